"""One base, two people, two platforms: the contact fills half a month on WeCom, the deputy the rest on Telegram."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from typing import Any, Protocol

from app.embedded import free_port
from app.http import serving
from app.process import Running
from app.up import start_bots
from domain.forms.dispatch import QUESTIONS
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.terms import ContactRole, ObligationKind
from persistence.database import Database
from tests.life.town import Town, town
from tests.peers.bot_api import BotApi
from tests.peers.phone import Json, Said
from tests.peers.wecom_api import WeCom
from tests.peers.wecom_member import AES_KEY, AGENT_ID, CORP_ID, SECRET, TOKEN
from tests.support import FULL, eventually, register, state_of

BASE = "base-two-03-1"
OWED = obligation_id(BASE, ObligationKind.DISPATCH, "2021-12")
_HALF = 11
_PATIENCE = 60.0


class Talker(Protocol):
    """Somebody with a phone."""

    screen: list[Said]

    def types(self, text: str) -> Json:
        """Send a text."""

    def taps(self, label: str) -> Json:
        """Tap a button."""


@asynccontextmanager
async def on_both_platforms(database_url: str, address: str) -> AsyncIterator[tuple[Town, WeCom, BotApi]]:
    """The installation with both channels, as `jiebang up` starts them, and the platforms' own servers."""
    port = free_port()
    async with AsyncExitStack() as stack:
        work = await stack.enter_async_context(WeCom().serving())
        work.hook = f"http://127.0.0.1:{port}/wecom/callback"
        phones = await stack.enter_async_context(BotApi().serving())
        channels = {
            "telegram_token": phones.token,
            "telegram_api_base": phones.url,
            "wecom_corp_id": CORP_ID,
            "wecom_agent_id": AGENT_ID,
            "wecom_secret": SECRET,
            "wecom_token": TOKEN,
            "wecom_encoding_aes_key": AES_KEY,
            "wecom_api_base": work.url,
        }
        begins = "2022-01-05 09:20"
        place = await stack.enter_async_context(
            town(database_url, address, begins, bot=False, channels=channels)
        )
        await stack.enter_async_context(serving(place.parts.application(), "127.0.0.1", port))
        running = await stack.enter_async_context(Running())
        await start_bots(place.parts, running, local_chat=False)
        yield place, work, phones


async def says(person: Talker, text: str, expected: str) -> None:
    """Type something, and read one message with these words in answer."""
    before = len(person.screen)
    person.types(text)

    async def answered() -> list[Said]:
        return [said for said in person.screen[before:] if expected in said.text]

    await eventually(answered, seconds=_PATIENCE)


async def hears(person: Talker, words: str) -> None:
    """Wait for a message with these words."""

    async def found() -> bool:
        return any(words in said.text for said in person.screen)

    await eventually(found, seconds=_PATIENCE)


async def binds(place: Town, person: Talker, name: str, role: ContactRole) -> int:
    """The office writes somebody down, who then types the code."""
    made = await place.post("/api/contacts", {"name": name, "bases": [{"base": BASE, "role": role}]})
    code = (await place.post(f"/api/contacts/{made['id']}/invite"))["code"]
    await says(person, f"绑定 {code}", "绑定成功")
    return int(made["id"])


async def answers(person: Talker, since: int, until: int) -> None:
    """Item by item; each is taken before the next is typed."""
    for n, text in enumerate([*FULL.values()][since:until], since + 1):
        await says(person, text, f"{n + 1}/{len(QUESTIONS)} · " if n < len(QUESTIONS) else "汇总")


async def test_half_on_wecom_and_half_on_telegram_make_one_month(
    database: Database, database_url: str, real_temporal: str
) -> None:
    async with on_both_platforms(database_url, real_temporal) as (place, work, phones):
        state = state_of(BASE, Step.PILOT, published_on=date(2021, 7, 1))
        await register(database, state, "1000")
        anna, boris = work.member("anna"), phones.person("boris")
        contact = await binds(place, anna, "示例甲", ContactRole.CONTACT)
        deputy = await binds(place, boris, "示例乙", ContactRole.DEPUTY)
        await place.parts.gateway.start_base(state)

        await hears(anna, "月调度，共 22 项")
        await says(anna, "开始填报", "1/22 · ")
        await answers(anna, 0, _HALF)
        await says(anna, "转交", "已填 11/22 项")
        await hears(boris, "示例甲将")
        boris.taps("开始填报")
        await hears(boris, "12/22 · ")
        await answers(boris, _HALF, len(QUESTIONS))
        await says(boris, "提交", "已收到")

        async def handed_in() -> Any:
            found = await place.ask(f"/api/obligations/{OWED}")
            return found if found["versions"] else None

        month = await eventually(handed_in, seconds=_PATIENCE)
        assert (month["state"], month["filled"], month["total"]) == ("已报送", 22, 22)
        (version,) = month["versions"]
        by = version["answered_by"]
        keys = [question.key for question in QUESTIONS]
        assert {by[key] for key in keys[:_HALF]} == {f"contact:{contact}"}, by
        assert {by[key] for key in keys[_HALF:]} == {f"contact:{deputy}"}, by
        sent = await place.ask("/api/deliveries", base=BASE)
        assert {(one["contact"], one["channel"]) for one in sent["items"] if one["state"] == "sent"} == {
            (contact, "wecom"),
            (deputy, "telegram"),
        }
