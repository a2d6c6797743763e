"""A hundred thousand pieces of noise: nothing breaks, nobody learns anything, and nothing changes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial

import httpx
import pytest
from fastapi import FastAPI

from api.application import application
from api.services import ApiServices
from bot.channels import telegram, wecom
from bot.english import meant
from bot.periods import read
from bot.render import Renderer
from bot.reply import MOST_BYTES, cut
from bot.words import chinese
from domain.forms.dialogue import take
from domain.forms.present import view
from domain.forms.questions import FormContext
from domain.forms.registry import FORMS
from domain.forms.said import Draft
from domain.terms import ObligationKind
from persistence.chat_turns import ChatTurns
from persistence.wecom import WeComInbox
from tests.fuzz.conftest import BASE, OTHER, STRANGER, Outside, complaints, digest
from tests.fuzz.envelopes import Envelopes
from tests.fuzz.noise import Noise, classes, tapped, typed
from tests.peers.wecom_member import KEYS
from tests.support import at

COUNTS = {
    "forms": 60_000,
    "texts": 24_000,
    "strangers": 4_000,
    "others": 3_000,
    "telegram": 4_000,
    "wecom": 5_000,
}
SECRET = "the-secret-of-the-hook"
_AT_ONCE = 8
_STRETCH = 40  # things said to one form
SEEN = ("chats", "inbound", "channel_seen")
"""Tables in which a person's own chat leaves its mark: when it was used last, which delivery was seen."""


def test_the_counts_come_to_a_hundred_thousand() -> None:
    assert sum(COUNTS.values()) == 100_000


async def side_by_side(work: Iterable[Callable[[], Awaitable[object]]]) -> int:
    """Do all of it, a few at once; how many there were."""
    left, done = iter(work), 0

    async def worker() -> None:
        nonlocal done
        for one in left:
            await one()
            done += 1

    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))
    return done


def test_whatever_is_said_to_a_form_it_answers(noise: Noise) -> None:
    renderer, ran = Renderer(chinese()), 0
    while ran < COUNTS["forms"]:
        kind = noise.random.choice([*ObligationKind])
        form, draft = FORMS[kind].asked(FormContext()), Draft()
        for _ in range(_STRETCH):
            turn = take(form, FormContext(), draft, noise.said(kind, draft.revision))
            draft = turn.draft
            shown = view(form, FormContext(), draft, "2021-12", at("2022-01-11 00:00"), turn.notes)
            assert all(len(part.text.encode()) <= MOST_BYTES for part in renderer.view(shown, 1).parts)
            ran += 1
    assert ran == COUNTS["forms"]


def test_whatever_is_typed_can_be_read(noise: Noise) -> None:
    for text in (noise.text(200) for _ in range(COUNTS["texts"])):
        named = read(text)
        assert named is None or (named.said and named.said in text)
        assert meant(meant(text)) == meant(text)
        assert "".join(cut(text, 64)).replace("\n", "") == text.replace("\n", "")


async def test_a_stranger_changes_nothing_and_learns_nothing(
    noise: Noise, outside: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    before, ids = await digest(outside.database), (BASE, "1", "2")

    def updates() -> Iterable[Callable[[], Awaitable[object]]]:
        for number in range(COUNTS["strangers"]):
            who, dice = STRANGER + number % 50, noise.random.random()
            if dice < 0.5:
                update = typed(number, who, noise.text(), group=dice < 0.05)
            else:
                update = tapped(number, who, noise.forged(classes(), ids))
            yield partial(outside.take, update)

    assert await side_by_side(updates()) == COUNTS["strangers"]
    assert complaints(caplog) == []
    assert await digest(outside.database) == before
    assert {text for heard in outside.ears.heard.values() for text in heard} == _for_strangers()


async def test_who_answers_for_another_base_changes_nothing_of_this_one(
    noise: Noise, outside: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    before, ids = await digest(outside.database, *SEEN), (BASE, "1", "2")

    def updates() -> Iterable[Callable[[], Awaitable[object]]]:
        for number in range(COUNTS["others"]):
            if noise.random.random() < 0.3:
                update = typed(number, OTHER, noise.text())
            else:
                update = tapped(number, OTHER, noise.forged(classes(), ids))
            yield partial(outside.take, update)

    assert await side_by_side(updates()) == COUNTS["others"]
    assert complaints(caplog) == []
    assert await digest(outside.database, *SEEN) == before
    assert [text for text in outside.ears.heard[OTHER] if f"示例基地 {BASE}" in text] == [], (
        "nor does anybody learn its name"
    )


@pytest.fixture
async def app(outside: Outside) -> AsyncIterator[FastAPI]:
    """Both webhooks, on the way in."""
    turns = ChatTurns(outside.database)

    async def hook(body: bytes) -> None:
        await telegram.webhook(outside.bot, outside.intake, turns, body)

    async def ready() -> bool:
        return True

    services = outside.services
    yield application(
        ApiServices(
            database=outside.database,
            documents=services.documents,
            gateway=services.gateway,
            casework=services.casework,
            clock=services.clock,
            explain=chinese().refusal,
            temporal_ready=ready,
            telegram_secret=SECRET,
            take_telegram=hook,
            wecom=wecom.Callback(KEYS, outside.database),
        )
    )
    await turns.close()


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody out there."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://fuzz") as client:
        yield client


@pytest.mark.filterwarnings("ignore:Detected unknown update type")
async def test_telegrams_webhook_takes_whatever_comes(
    noise: Noise, outside: Outside, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    before, answers = await digest(outside.database), Counter[int]()

    async def deliver(secret: str, body: bytes) -> None:
        headers = {b"X-Telegram-Bot-Api-Secret-Token": secret.encode()}
        answers[(await http.post("/telegram/webhook", content=body, headers=headers)).status_code] += 1

    def deliveries() -> Iterable[Callable[[], Awaitable[object]]]:
        for number in range(COUNTS["telegram"]):
            secret = SECRET if noise.random.random() < 0.8 else noise.text(20)
            body = noise.update(number, STRANGER) if noise.random.random() < 0.5 else noise.body()
            yield partial(deliver, secret, body)

    assert await side_by_side(deliveries()) == COUNTS["telegram"]
    assert set(answers) == {200, 400, 401}
    assert min(answers.values()) > COUNTS["telegram"] // 20, answers
    assert complaints(caplog) == []
    assert await digest(outside.database) == before


async def test_wecoms_callback_takes_whatever_comes(
    noise: Noise, outside: Outside, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    kept = ("wecom_inbox", "wecom_people")
    before, answers = await digest(outside.database, *kept), Counter[int]()
    envelopes = Envelopes(noise)

    async def deliver(query: dict[str, str], body: bytes | None) -> None:
        if body is None:
            answer = await http.get("/wecom/callback", params=query)
        else:
            answer = await http.post("/wecom/callback", params=query, content=body)
        answers[answer.status_code] += 1

    made = (partial(deliver, *envelopes.any()) for _ in range(COUNTS["wecom"]))
    assert await side_by_side(made) == COUNTS["wecom"]
    assert set(answers) == {200, 400, 403}
    assert min(answers.values()) > COUNTS["wecom"] // 20, answers
    assert await _worked_off(outside) > COUNTS["wecom"] // 50
    assert complaints(caplog) == []
    assert await digest(outside.database, *kept) == before
    assert {text for heard in outside.ears.heard.values() for text in heard} <= _for_strangers()


async def _worked_off(outside: Outside) -> int:
    """What was kept is worked through as it would be; how much it was."""
    way_in = wecom.WayIn(outside.bot, outside.intake, outside.database, chinese(), numbers=True)
    async with outside.database.transaction() as tx:
        people = await WeComInbox(tx).people_waiting()
    number = 0

    async def work_off(person: int) -> None:
        nonlocal number
        while True:
            async with outside.database.transaction() as tx:
                waiting = await WeComInbox(tx).next_of(person)
                if waiting is None:
                    return
                await WeComInbox(tx).took(waiting.id)
            outside.ears.queries[str(waiting.id)] = person
            await way_in.take(waiting)
            number += 1

    await side_by_side(partial(work_off, person) for person in people)
    return number


def _for_strangers() -> set[str]:
    say = chinese().say
    return {say("chat.stranger"), say("chat.bad_code"), say("chat.private_only")}
