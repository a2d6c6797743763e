"""Deliveries that can be trusted: one message for one person, by the chat that works, on record, and never twice unsaid."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Row, update

from bot.channels import local, telegram
from bot.messenger import BotMessenger
from bot.render import Renderer
from bot.words import chinese
from domain.delivery import Also
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.office_tasks import OfficeTaskKind
from domain.policy.members import LEADING_UNIT
from domain.views import Notice, NoticeKind
from persistence.local_chat import LocalChat
from persistence.people import People
from persistence.tables import chats
from tests.channels.conftest import Station
from tests.conversations.town import KIND, MORNING, new_base_id
from tests.delivering import PATIENCE, Told, chat_row, delivered, tasks, tell
from tests.peers.bot_api import hang_up
from tests.peers.phone import Person
from tests.support import at, eventually, state_of

pytestmark = pytest.mark.parametrize("way", ["polling"], indirect=True)

AGAIN = "（如已收到请忽略）"
MAY_HAVE = "平台没有应答，不知是否送达"


def decided(base: str, n: int = 1) -> Notice:
    """Something that happened, and stays true."""
    params = {"decision": f"示例决定{n}", "stage": "试点培育", "step": "培育建设"}
    return Notice(key=f"{base}:示例-{n}", base_id=base, kind=NoticeKind.DECIDED, params=params)


class Reached(NamedTuple):
    """A contact with a phone and a page."""

    person: Person
    page: int

    async def screen(self, station: Station) -> list[str]:
        """What is on the page."""
        async with station.town.database.transaction() as tx:
            return [m.text for m in await LocalChat(tx).messages(self.page)]


async def both_ways(station: Station, base: str, last: str) -> Reached:
    """A contact who is on Telegram and on the page, and was last on this channel."""
    person = await station.contact(base)
    async with station.town.database.transaction() as tx:
        page = (await LocalChat(tx).person(person.name)).id
        people = People(tx)
        contact = await people.contact_of(telegram.NAME, str(person.id))
        assert contact
        code = await people.invite(contact, datetime(2099, 1, 1, tzinfo=UTC))
        await people.redeem(code, local.NAME, str(page), datetime.now(UTC))
    await used(station, last)
    return Reached(person, page)


async def used(station: Station, channel: str) -> None:
    """All chats of the channel were used just now."""
    async with station.town.database.transaction() as tx:
        on = update(chats).where(chats.c.channel == channel)
        await tx.execute(on.values(last_used_at=datetime.now(UTC)))


async def attempt(station: Station, notice: Notice, **when: Any) -> Told:
    """The activity tries once."""
    town = station.town
    return await tell(town.database, station.parts.messenger, town.clock, notice, **when)


async def rows(station: Station) -> list[tuple[str, str, str | None]]:
    """Channel, state and reason of every delivery."""
    return [(row.channel, row.state, row.error) for row in await delivered(station.town.database)]


async def open_tasks(station: Station) -> Sequence[Row[Any]]:
    """What the office has to see to."""
    return [task for task in await tasks(station.town.database) if task.closed_at is None]


# One person, one message


@pytest.mark.parametrize("last", [telegram.NAME, local.NAME])
async def test_a_person_with_two_chats_is_told_in_the_one_used_last(station: Station, last: str) -> None:
    base = await station.town.base()
    anna = await both_ways(station, base, last)
    assert (await attempt(station, decided(base))).error is None
    assert (len(anna.person.screen), len(await anna.screen(station))) == (
        (1, 0) if last == telegram.NAME else (0, 1)
    )
    assert await rows(station) == [(last, "sent", None)]


async def test_what_comes_in_says_which_chat_was_used_last(station: Station) -> None:
    base = await station.town.base()
    anna = await both_ways(station, base, local.NAME)
    async with station.listening():
        anna.person.types("帮助")
        await anna.person.hears()

        async def noted() -> bool:
            row = await chat_row(station.town.database, str(anna.person.id))
            return row.last_used_at is not None

        await eventually(noted)
    await attempt(station, decided(base))
    assert "示例决定1" in (await anna.person.hears()).text
    assert await anna.screen(station) == []


async def test_what_one_chat_refuses_goes_by_the_other(station: Station) -> None:
    base = await station.town.base()
    anna = await both_ways(station, base, telegram.NAME)
    anna.person.blocked = True
    assert (await attempt(station, decided(base))).error is None
    (said,) = await anna.screen(station)
    assert said.startswith(f"示例基地 {base}：示例决定1")
    assert await rows(station) == [
        ("telegram", "failed", "Forbidden: bot was blocked by the user"),
        ("local", "sent", None),
    ]
    row = await chat_row(station.town.database, str(anna.person.id))
    assert row.unreachable_since is not None
    assert row.unreachable_why == "Forbidden: bot was blocked by the user"
    assert await open_tasks(station) == [], "somebody who was told is no task"
    calls = station.api.calls.count("sendMessage")
    assert (await attempt(station, decided(base, 2))).error is None
    assert len(await anna.screen(station)) == 2
    assert station.api.calls.count("sendMessage") == calls, "a chat that is gone is not tried first again"


async def test_a_channel_that_is_not_configured_is_passed_over(station: Station) -> None:
    base = await station.town.base()
    anna = await both_ways(station, base, telegram.NAME)
    bot = station.parts.bots.pop(telegram.NAME)
    assert (await attempt(station, decided(base))).error is None
    station.parts.bots[telegram.NAME] = bot
    assert len(await anna.screen(station)) == 1
    assert (await rows(station))[0] == ("telegram", "failed", "channel telegram is not configured")
    assert (await chat_row(station.town.database, str(anna.person.id))).unreachable_since is None


# Over to the office


async def test_who_is_reached_nowhere_becomes_one_task(station: Station) -> None:
    base = await station.town.base()
    gone, other = await station.contact(base), await station.contact(base, name="宝")
    gone.blocked = True
    for n in (1, 2):
        assert (await attempt(station, decided(base, n))).error is None
        assert f"示例决定{n}" in (await other.hears()).text, "one's trouble is not the other's"
        assert (await attempt(station, decided(base, n))).error is None, "the same once more"
    (task,) = await open_tasks(station)
    assert (task.kind, task.base_id) == ("联系不上", base)
    assert task.params["why"] == "Forbidden: bot was blocked by the user"
    assert [one["key"] for one in task.params["untold"]] == [f"{base}:示例-1", f"{base}:示例-2"]
    assert [one["kind"] for one in task.params["untold"]] == ["decided", "decided"]
    gone.blocked = False
    assert (await attempt(station, decided(base, 3))).error is None
    assert "示例决定3" in (await gone.hears()).text, "a chat that is gone is tried where there is no other"
    assert await open_tasks(station) == []
    (closed,) = await tasks(station.town.database)
    assert (closed.closed_by, closed.remark) == ("calendar", "已能送达")


async def test_a_base_whose_contacts_have_bound_no_chat_is_one_task_until_one_has(station: Station) -> None:
    base = await station.town.base()
    for n in (1, 2):
        assert (await attempt(station, decided(base, n))).error is None
    (task,) = await open_tasks(station)
    assert (task.kind, task.base_id, task.contact_id) == ("无联系人", base, None)
    assert [one["key"] for one in task.params["untold"]] == [f"{base}:示例-1", f"{base}:示例-2"]
    assert await rows(station) == []
    boris = await station.town.stranger("宝")
    assert (await boris.says(f"/start {await station.town.code_for(base)}")).text.startswith(
        "示例联系人，您好"
    )
    assert await open_tasks(station) == []


async def test_a_unit_in_which_nobody_has_bound_a_chat_is_a_task(station: Station) -> None:
    params = {"round": "示例", "count": "1", "department": "省财政厅"}
    notice = Notice(key="示例:催办", department="省财政厅", kind=NoticeKind.SIGN_OFF_WAITING, params=params)
    assert (await attempt(station, notice)).error is None
    (task,) = await open_tasks(station)
    assert (task.kind, task.base_id, task.params["subject"]) == ("无联系人", None, "省财政厅")
    async with station.town.database.transaction() as tx:
        people = People(tx)
        contact = await people.add("示例财政联系人", department="省财政厅")
        code = await people.invite(contact, datetime(2099, 1, 1, tzinfo=UTC))
    stranger = await station.town.stranger("财")
    await stranger.sends(await stranger.platform.typed(f"/start {code}"))
    assert await open_tasks(station) == []


async def test_what_could_not_be_sent_for_as_long_as_messages_are_tried_is_the_offices(
    station: Station,
) -> None:
    base = await station.town.base()
    person = await station.contact(base)
    station.api.fail(500, "sendMessage", times=99)
    now = station.town.clock.current.real(station.town.clock.now())
    long_ago = now - PATIENCE + timedelta(minutes=20)
    assert isinstance((await attempt(station, decided(base), scheduled=now)).error, Exception)
    assert (await attempt(station, decided(base), scheduled=long_ago, started=now)).error is None
    assert await rows(station) == [("telegram", "failed", "多次发送未成功，不再重试：TelegramServerError")]
    (task,) = await open_tasks(station)
    assert (task.kind, len(task.params["untold"])) == ("未能送达", 1)
    assert person.screen == []


async def test_what_would_have_to_wait_for_offices_until_it_is_too_late_is_the_offices(
    station: Station,
) -> None:
    base = await station.town.base()
    person = await station.contact(base)
    started = station.town.clock.current.real(at("2022-01-05 20:00"))
    nearly_over = started - PATIENCE + timedelta(hours=5)
    told = await attempt(station, decided(base), scheduled=nearly_over, started=started)
    assert told.error is None
    assert await rows(station) == [("telegram", "failed", "多次发送未成功，不再重试")]
    assert [task.kind for task in await open_tasks(station)] == ["未能送达"]
    assert person.screen == []


# What is certain and what is not


@pytest.mark.parametrize("how", ["500", "502 in HTML", "429"])
async def test_what_certainly_did_not_arrive_is_sent_once(station: Station, how: str) -> None:
    base = await station.town.base()
    person = await station.contact(base)
    if how == "429":
        station.api.slow_down(1, person.id)
    else:
        station.api.fail(int(how[:3]), "sendMessage", html="HTML" in how)
    told = await attempt(station, decided(base))
    assert told.error
    assert told.next_try == (timedelta(seconds=1) if how == "429" else None)
    why = "retry after 1 s" if how == "429" else "TelegramServerError"
    assert await rows(station) == [("telegram", "queued", why)]
    assert (await attempt(station, decided(base))).error is None
    assert (await person.hears()).text.startswith(f"示例基地 {base}：示例决定1")
    assert (await attempt(station, decided(base))).error is None
    assert person.unread == []
    (row,) = await delivered(station.town.database)
    assert (row.state, row.error, row.attempts) == ("sent", None, 2)
    assert row.sent_at is not None
    assert row.tried_at is not None


async def test_a_platform_that_is_not_there_has_got_nothing(station: Station) -> None:
    base = await station.town.base()
    person = await station.contact(base)
    nowhere = telegram.telegram_bot(station.api.token, "http://127.0.0.1:9")
    renderer = Renderer(chinese())
    cut_off = BotMessenger({telegram.NAME: nowhere}, station.town.database, renderer, station.town.clock)
    told = await tell(station.town.database, cut_off, station.town.clock, decided(base))
    assert told.error
    assert await rows(station) == [("telegram", "queued", "TelegramNetworkError")]
    await attempt(station, decided(base))
    assert (await person.hears()).text.startswith("示例基地")
    await hang_up(nowhere)


@pytest.mark.parametrize("how", ["dropped", "no answer", "504"])
async def test_what_may_have_arrived_is_sent_again_and_says_so(station: Station, how: str) -> None:
    base = await station.town.base()
    person = await station.contact(base)
    match how:
        case "dropped":
            station.api.drop("sendMessage")
        case "504":
            station.api.fail(504, "sendMessage", html=True)
        case _:
            station.api.lose_answer("sendMessage")
    assert (await attempt(station, decided(base))).error
    assert await rows(station) == [("telegram", "sending", MAY_HAVE)]
    station.api.fail(500, "sendMessage")
    assert (await attempt(station, decided(base))).error, "a refusal does not make it any more certain"
    assert await rows(station) == [("telegram", "sending", "TelegramServerError")]
    assert (await attempt(station, decided(base))).error is None
    said = [one.text for one in person.screen]
    assert said[-1].startswith(f"{AGAIN}示例基地 {base}：示例决定1")
    assert len(said) == (2 if how == "no answer" else 1)
    assert await rows(station) == [("telegram", "sent", None)]


async def test_a_process_that_dies_between_sending_and_writing_down(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = await station.town.base()
    person = await station.contact(base)
    station.api.lose_answer("sendMessage", seconds=30)
    dying = asyncio.create_task(attempt(station, decided(base)))
    await person.hears()
    dying.cancel()
    with suppress(asyncio.CancelledError):
        await dying
    assert await rows(station) == [("telegram", "sending", None)]
    told = await attempt(station, decided(base))
    assert told.next_try == timedelta(seconds=1), "as long as somebody may be at it, nobody else is"
    assert person.unread == []
    monkeypatch.setattr("persistence.deliveries.UNDER_WAY", timedelta(0))
    assert (await attempt(station, decided(base))).error is None
    assert (await person.hears()).text.startswith(f"{AGAIN}示例基地 {base}：示例决定1")
    assert (await attempt(station, decided(base))).error is None
    assert person.unread == []


async def test_the_same_notice_from_two_processes_at_once(station: Station) -> None:
    base = await station.town.base()
    person = await station.contact(base)
    told = await asyncio.gather(*(attempt(station, decided(base)) for _ in range(4)))
    assert [one for one in told if one.error is None]
    assert (await attempt(station, decided(base))).error is None
    assert len(person.screen) == 1
    assert await rows(station) == [("telegram", "sent", None)]


async def test_a_database_that_is_away_for_a_moment_does_not_make_it_arrive_twice(station: Station) -> None:
    base = await station.town.base()
    person = await station.contact(base)
    cut_off = _CutsTheLine(station)
    town, parts = station.town, station.parts
    sending = asyncio.create_task(tell(parts.database, cut_off, town.clock, decided(base)))
    assert "示例决定1" in (await person.hears()).text
    await asyncio.sleep(0.3)
    await station.to_database.mend()
    assert (await sending).error is None
    assert (await attempt(station, decided(base))).error is None
    assert person.unread == []
    assert await rows(station) == [("telegram", "sent", None)]


class _CutsTheLine:
    """A messenger after whose message the line to the database is cut."""

    def __init__(self, station: Station) -> None:
        self._station = station

    async def send(
        self,
        channel: str,
        external_id: str,
        notice: Notice,
        obligation_no: int | None,
        also: Sequence[Also] = (),
        again: bool = False,
    ) -> None:
        """Send it, then cut."""
        await self._station.town.messenger.send(channel, external_id, notice, obligation_no, also, again)
        self._station.to_database.cut()


async def test_of_a_long_message_of_which_only_a_part_arrived_all_is_sent_again(station: Station) -> None:
    base = await station.town.base()
    person = await station.contact(base)
    notice = decided(base)
    long = notice.model_copy(update={"params": notice.params | {"reason": "示例理由。\n" * 200}})
    sent = station.api.calls.count("sendMessage")
    station.api.fail_after(1, 500, "sendMessage")
    assert (await attempt(station, long)).error
    assert station.api.calls.count("sendMessage") == sent + 2
    assert await rows(station) == [("telegram", "sending", "只送达了一部分")]
    assert (await attempt(station, long)).error is None
    assert person.screen[0].text.startswith("示例基地")
    assert person.screen[1].text.startswith(AGAIN)


# A channel that is out


async def test_a_channel_that_is_out_for_an_hour_gives_way_to_the_other(station: Station) -> None:
    base = await station.town.base()
    anna = await both_ways(station, base, telegram.NAME)
    station.api.fail(500, "sendMessage", times=99)
    began = station.town.clock.current.real(at(MORNING))
    for minutes in (0, 30, 59):
        assert (await attempt(station, decided(base), started=began + timedelta(minutes=minutes))).error
    assert await anna.screen(station) == []
    assert (await attempt(station, decided(base), started=began + timedelta(minutes=62))).error is None
    assert len(await anna.screen(station)) == 1
    assert await rows(station) == [("telegram", "failed", "已改由 local 送达"), ("local", "sent", None)]
    assert (await attempt(station, decided(base), started=began + timedelta(minutes=70))).error is None
    assert anna.person.screen == []


async def test_whoever_has_only_that_channel_waits_for_it(station: Station) -> None:
    base = await station.town.base()
    person = await station.contact(base)
    station.api.fail(500, "sendMessage", times=2)
    began = station.town.clock.current.real(at(MORNING))
    for minutes in (0, 65):
        assert (await attempt(station, decided(base), started=began + timedelta(minutes=minutes))).error
    assert (await attempt(station, decided(base), started=began + timedelta(minutes=66))).error is None
    assert len(person.screen) == 1
    assert await open_tasks(station) == []


# What is not true any more


async def test_what_was_handed_in_meanwhile_is_not_asked_for(station: Station) -> None:
    base = await station.town.base()
    person = await station.contact(base)
    await station.town.reported(base, "2021-12")
    owed = obligation_id(base, KIND, "2021-12")
    params = {
        "period": "2021-12",
        "kind": "月调度",
        "due": "2022-01-10",
        "locks": "2022-01-24",
        "total": "22",
    }
    late = Notice(key=f"{owed}:soon", base_id=base, kind=NoticeKind.SOON, obligation_id=owed, params=params)
    assert (await attempt(station, late)).error is None
    assert await rows(station) == [("telegram", "failed", "已过时：现为「已报送」")]
    assert person.screen == []


async def test_the_office_sees_to_what_was_lost_for_want_of_being_told(station: Station) -> None:
    base = await station.town.base(state_of(new_base_id(), Step.REJECTED))
    person = await station.contact(base)
    late = Notice(
        key=f"{base}:returned", base_id=base, kind=NoticeKind.RETURNED, params={"last": "2022-01-04"}
    )
    for _ in range(2):
        assert (await attempt(station, late)).error is None
    assert await rows(station) == [("telegram", "failed", "已过时：期限已过，已到「不予受理」")]
    assert person.screen == []
    (task,) = await open_tasks(station)
    assert (task.kind, task.base_id) == (OfficeTaskKind.UNDELIVERED, base)
    assert [one["key"] for one in task.params["untold"]] == [late.key]


async def test_an_office_in_which_nobody_has_bound_a_chat_is_a_task(station: Station) -> None:
    base = await station.town.base()
    notice = decided(base).model_copy(update={"department": LEADING_UNIT})
    assert (await attempt(station, notice)).error is None
    assert [task.params["subject"] for task in await open_tasks(station)] == [LEADING_UNIT]
