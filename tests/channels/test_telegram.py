"""Telegram over the wire: what the platform refuses, loses or repeats, and what of ours is away meanwhile."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiogram.exceptions import TelegramConflictError, TelegramUnauthorizedError
from sqlalchemy import Row, select

from app.embedded import HOST, free_port
from app.http import serving
from app.wiring import assembled
from bot.channels import telegram
from persistence.tables import deliveries
from tests.channels.conftest import SECRET, Station
from tests.conversations.town import CANONICAL
from tests.delivering import chat_row, tasks
from tests.peers.bot_api import hang_up
from tests.peers.phone import Json, Person
from tests.support import FULL, eventually

HELP = "发「待办」：列出待报事项并切换"
BY_POLLING = pytest.mark.parametrize("way", ["polling"], indirect=True)
BY_WEBHOOK = pytest.mark.parametrize("way", ["webhook"], indirect=True)


async def helped(person: Person) -> None:
    """The person asks for help and gets it, once."""
    person.types("帮助")
    assert (await person.hears()).text.startswith(HELP)
    assert person.unread == []


async def confirmed(station: Station) -> None:
    """Wait until the platform has nothing left to deliver."""

    async def waiting() -> int:
        return len(station.api.waiting)

    await eventually(waiting, lambda n: n == 0, seconds=5)


async def started(station: Station) -> tuple[str, Person]:
    """A contact whose form asks its first question."""
    base = await station.town.base()
    person = await station.contact(base)
    await station.town.start(base)
    assert "点「开始填报」" in (await person.hears()).text
    person.taps("开始填报")
    assert (await person.hears()).text.startswith("1/22")
    return base, person


async def delivered(station: Station) -> Sequence[Row[Any]]:
    """What is written down about notices, once none is under way any more."""

    async def rows() -> Sequence[Row[Any]]:
        async with station.town.database.transaction() as tx:
            return (await tx.execute(select(deliveries).order_by(deliveries.c.external_id))).all()

    return await eventually(
        rows, lambda found: bool(found) and not {"queued", "sending"} & {r.state for r in found}
    )


# Both ways in


async def test_a_form_from_the_notice_to_the_figures(station: Station) -> None:
    async with station.listening():
        base, person = await started(station)
        for answer in FULL.values():
            person.types(answer)
            assert (await person.hears()).text.startswith("✓")
        person.taps("提交")
        assert (await person.hears()).text.startswith("✓ 已收到")
        await confirmed(station)
    assert await station.town.figures(base) == CANONICAL


async def test_what_is_typed_fast_is_taken_in_order(station: Station) -> None:
    async with station.listening():
        base, person = await started(station)
        for answer in list(FULL.values())[:8]:
            person.types(answer)
        said = [(await person.hears()).text for _ in range(8)]
    assert [text.splitlines()[1].split("/")[0] for text in said] == [str(n) for n in range(2, 10)]
    assert await station.town.draft(base) == dict(list(CANONICAL.items())[:8])


async def test_the_same_update_twice(station: Station) -> None:
    async with station.listening():
        base, person = await started(station)
        await confirmed(station)
    update = person.types("120.50")
    async with station.listening():
        first = await person.hears()
        await confirmed(station)
    station.api.deliver_again(update)
    async with station.listening():
        again = await person.hears()
        await confirmed(station)
    assert (again.text, again.buttons) == (first.text, first.buttons)
    assert await station.town.draft(base) == {"invest_month": "120.50"}


@pytest.mark.parametrize("how", ["500", "502 in HTML", "dropped", "stalled"])
async def test_a_reply_that_fails_is_sent_again(station: Station, how: str) -> None:
    person = await station.contact()
    async with station.listening():
        match how:
            case "500":
                station.api.fail(500, "sendMessage")
            case "502 in HTML":
                station.api.fail(502, "sendMessage", html=True)
            case "dropped":
                station.api.drop("sendMessage")
            case _:
                station.bot.session.timeout = 0.3
                station.api.stall("sendMessage")
        await helped(person)
        await confirmed(station)
    if station.way == "webhook":
        assert station.api.answers == [503, 200]


async def test_an_answer_while_the_database_is_away_is_not_lost(station: Station) -> None:
    async with station.listening():
        base, person = await started(station)
        await confirmed(station)
        station.to_database.cut()
        update = person.types("120.50")
        await asyncio.sleep(0.4)
        assert list(station.api.waiting) == [update["update_id"]]
        assert person.unread == []
        if station.way == "webhook":
            assert set(station.api.answers[-3:]) == {503}
        await station.to_database.mend()
        assert (await person.hears()).text.startswith("✓ 本月完成投资 120.50 万元。\n2/22")
        await confirmed(station)
        assert person.unread == []
    assert await station.town.draft(base) == {"invest_month": "120.50"}


async def test_an_answer_while_temporal_is_away_is_not_lost(station: Station) -> None:
    async with station.listening():
        base, person = await started(station)
        await confirmed(station)
        station.to_temporal.cut()
        update = person.types("120.50")
        await asyncio.sleep(0.6)
        assert list(station.api.waiting) == [update["update_id"]]
        assert person.unread == []
        if station.way == "webhook":
            assert station.api.answers[-1] == 503
        await station.to_temporal.mend()
        assert (await person.hears()).text.startswith("✓ 本月完成投资 120.50 万元。\n2/22")
        await confirmed(station)
        assert person.unread == []
    assert await station.town.draft(base) == {"invest_month": "120.50"}


async def test_who_has_blocked_the_bot_holds_nobody_up(station: Station) -> None:
    base, person = await station.town.base(), await station.contact()
    gone = await station.contact(base, name="宝")
    gone.blocked = True
    async with station.listening():
        gone.types("帮助")
        gone.types("帮助")
        await helped(person)
        await confirmed(station)
        assert station.api.calls.count("sendMessage") == 3, "trying again does not help"
        await station.town.start(base)

        assert [row.state for row in await delivered(station)] == ["failed"]
    assert gone.screen == []


async def test_a_fault_of_our_own_is_owned_up_to(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    async with station.listening():
        base, person = await started(station)
        tries = []

        async def answer(*_: object) -> None:
            tries.append(1)
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr(station.parts.gateway, "answer", answer)
            person.types("120.50")
            assert (await person.hears()).text.startswith("系统出了故障，您刚才发送的内容没有办理")
            await confirmed(station)
        assert len(tries) == 3
        person.types("120.50")
        assert (await person.hears()).text.startswith("✓ 本月完成投资 120.50 万元。\n2/22")
        await confirmed(station)
    assert await station.town.draft(base) == {"invest_month": "120.50"}


# Being asked to wait


@BY_POLLING
@pytest.mark.parametrize("all_chats", [False, True])
async def test_a_reply_waits_as_long_as_it_is_told_to(station: Station, all_chats: bool) -> None:
    person = await station.contact()
    async with station.listening():
        station.api.slow_down(2, None if all_chats else person.id)
        began = time.monotonic()
        await helped(person)
        assert 2 <= time.monotonic() - began < 4
    assert station.api.too_early == 0


@BY_POLLING
async def test_a_chat_that_has_to_wait_does_not_hold_up_another(station: Station) -> None:
    slow, person = await station.contact(name="慢"), await station.contact()
    station.api.slow_down(1, slow.id)
    slow.types("帮助")
    person.types("帮助")
    async with station.listening():
        assert (await person.hears(0.9)).text.startswith(HELP)
        assert slow.screen == []
        assert (await slow.hears()).text.startswith(HELP)
    assert station.api.too_early == 0


@BY_WEBHOOK
async def test_what_has_to_wait_is_delivered_again(station: Station) -> None:
    person = await station.contact()
    async with station.listening():
        station.api.slow_down(1, person.id)
        await helped(person)
        await confirmed(station)
    assert station.api.answers[0] == 503
    assert station.api.answers[-1] == 200


@BY_POLLING
async def test_a_notice_waits_as_long_as_it_is_told_to(station: Station) -> None:
    base = await station.town.base()
    person, other = await station.contact(base), await station.contact(base, name="宝")
    station.api.slow_down(
        3, person.id
    )  # by itself, a notice that failed would be tried again after one second
    began = time.monotonic()
    await station.town.start(base)
    assert "点「开始填报」" in (await other.hears()).text
    assert "点「开始填报」" in (await person.hears()).text
    assert 3 <= time.monotonic() - began < 8
    assert station.api.too_early == 0
    assert other.unread == [], "who has got it does not get it again"
    assert [(row.external_id, row.state, row.error) for row in await delivered(station)] == [
        (str(each.id), "sent", None) for each in (person, other)
    ]


@BY_POLLING
async def test_a_notice_is_tried_again_when_the_platform_is_out(station: Station) -> None:
    base = await station.town.base()
    person = await station.contact(base)
    station.api.fail(502, "sendMessage", html=True)
    await station.town.start(base)
    assert "点「开始填报」" in (await person.hears()).text
    assert person.unread == []


# Polling


@BY_POLLING
async def test_a_wrong_token_ends_the_poll(station: Station) -> None:
    bot = telegram.telegram_bot("4242:wrong", station.api.url)
    with pytest.raises(TelegramUnauthorizedError):
        await telegram.poll(bot, station.parts.intake, 1)
    await hang_up(bot)


@BY_POLLING
async def test_a_revoked_token_ends_the_poll_and_loses_nothing(station: Station) -> None:
    person = await station.contact()
    station.api.fail(401, "sendMessage")
    update = person.types("帮助")
    with pytest.raises(TelegramUnauthorizedError):
        await station.poll()
    assert list(station.api.waiting) == [update["update_id"]]
    valid, station.api.token = station.api.token, "4242:another"
    with pytest.raises(TelegramUnauthorizedError):
        await station.poll()
    station.api.token = valid
    async with station.polling():
        assert (await person.hears()).text.startswith(HELP)


@BY_POLLING
async def test_a_second_poller_is_waited_out(station: Station) -> None:
    person = await station.contact()
    rival = telegram.telegram_bot(station.api.token, station.api.url)
    async with station.polling():
        await helped(person)
        await confirmed(station)
        await rival.get_updates(timeout=0)  # ours, which was waiting, is told off
        await helped(person)
        await confirmed(station)
        with pytest.raises(TelegramConflictError):
            await rival.get_updates(timeout=5)  # now ours is the newer
    await hang_up(rival)


@BY_POLLING
async def test_a_webhook_of_before_is_taken_down_and_what_has_piled_up_is_kept(station: Station) -> None:
    person = await station.contact()
    await telegram.set_up_webhook(station.bot, station.hook, SECRET)
    person.types("帮助")
    async with station.polling():
        assert (await person.hears()).text.startswith(HELP)
        await confirmed(station)


@BY_POLLING
async def test_a_webhook_that_somebody_sets_is_waited_out(station: Station) -> None:
    person = await station.contact()
    async with station.polling():
        await helped(person)
        await telegram.set_up_webhook(station.bot, station.hook, SECRET)
        person.types("帮助")
        await asyncio.sleep(0.1)
        await station.bot.delete_webhook()
        assert (await person.hears()).text.startswith(HELP)


@BY_POLLING
@pytest.mark.parametrize(
    ("method", "how"),
    [
        ("deleteWebhook", "dropped"),
        ("getUpdates", "500"),
        ("getUpdates", "502 in HTML"),
        ("getUpdates", "dropped"),
        ("getUpdates", "429"),
    ],
)
async def test_polling_outlives(station: Station, method: str, how: str) -> None:
    person = await station.contact()
    match how:
        case "500":
            station.api.fail(500, method)
        case "502 in HTML":
            station.api.fail(502, method, html=True)
        case "dropped":
            station.api.drop(method)
        case _:
            station.api.slow_down(1, method=method)
    async with station.polling():
        await helped(person)


@BY_POLLING
async def test_a_poll_that_dies_before_its_confirmation_gets_the_update_again(station: Station) -> None:
    async with station.polling():
        base, person = await started(station)
        await confirmed(station)
        station.to_temporal.cut()
        person.types("120.50")
        await asyncio.sleep(0.2)
    await station.to_temporal.mend()
    assert person.unread == []
    async with station.polling():
        assert (await person.hears()).text.startswith("✓ 本月完成投资 120.50 万元。\n2/22")
    assert await station.town.draft(base) == {"invest_month": "120.50"}


@BY_POLLING
async def test_the_menu_of_commands(station: Station) -> None:
    station.api.fail(500, "setMyCommands")
    await telegram.set_commands(station.bot)
    assert station.api.commands == [], "not worth failing for"
    await telegram.set_commands(station.bot)
    menu = [c["command"] for c in station.api.commands]
    assert menu == ["todo", "mine", "base", "template", "apply", "help"]
    assert station.api.commands[1]["description"] == "待我办（办公室和成员单位）"


# Webhook


@BY_WEBHOOK
async def test_only_telegram_may_deliver(station: Station) -> None:
    person = await station.contact()
    async with station.listening(), aiohttp.ClientSession() as anybody:
        forged = {"update_id": 1, "message": person.types("/nonsense")["message"]}
        await person.hears()
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guessed"}):
            async with anybody.post(station.hook, json=forged, headers=headers) as answer:
                assert answer.status == 401
        mine = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        async with anybody.post(station.hook, data=b"{", headers=mine) as answer:
            assert answer.status == 400
        async with anybody.post(station.hook, data=b" " * 1_000_001, headers=mine) as answer:
            assert answer.status == 413
    assert person.unread == []


@BY_WEBHOOK
async def test_what_nobody_asked_for_is_acknowledged(station: Station) -> None:
    async with station.listening(), aiohttp.ClientSession() as platform:
        mine = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        new_kind = {"update_id": 1, "some_kind_of_2030": {"x": 1}}
        async with platform.post(station.hook, json=new_kind, headers=mine) as answer:
            assert answer.status == 200


@BY_POLLING
async def test_without_a_webhook_there_is_no_route(station: Station) -> None:
    take = station.parts.application().state.services.take_telegram
    assert take is None


@BY_POLLING
async def test_a_chat_that_does_not_exist_is_given_up(station: Station) -> None:
    base = await station.town.base()
    person = await station.contact(base)
    del station.api.people[person.id]
    await station.town.start(base)

    (row,) = await delivered(station)
    assert row.state == "failed"
    assert "chat not found" in row.error


# Blocked, and back


async def marked(station: Station, person: Person, *, gone: bool) -> None:
    """Wait until a chat is known to be gone, or not to be any more."""

    async def known() -> bool:
        row = await chat_row(station.town.database, str(person.id))
        return row.unreachable_since is not None

    await eventually(known, lambda found: found is gone)


async def test_who_blocks_the_bot_is_noticed_and_told_to_the_office_and_who_is_back_too(
    station: Station,
) -> None:
    base = await station.town.base()
    person, other = await station.contact(base), await station.contact(base, name="宝")
    async with station.listening():
        person.blocks()
        await marked(station, person, gone=True)
        await confirmed(station)
        (task,) = await tasks(station.town.database)
        assert (task.kind, task.base_id, task.closed_at) == ("联系不上", base, None)
        assert (task.params["channel"], task.params["untold"]) == (telegram.NAME, [])
        person.blocks()
        await confirmed(station)
        assert len(await tasks(station.town.database)) == 1, "one for each contact"
        person.unblocks()
        await marked(station, person, gone=False)
        await helped(other)
        (task,) = await tasks(station.town.database)
        assert task.closed_at is not None
        person.blocks()
        await marked(station, person, gone=True)
        assert [one.closed_at is None for one in await tasks(station.town.database)] == [False, True]
    assert (await chat_row(station.town.database, str(other.id))).unreachable_since is None


@BY_POLLING
async def test_a_chat_from_which_something_comes_is_back(station: Station) -> None:
    person = await station.contact()
    async with station.listening():
        person.blocks()
        await marked(station, person, gone=True)
        person.blocked = False  # the news of that is lost
        await helped(person)
        await marked(station, person, gone=False)
    assert [task.closed_at is None for task in await tasks(station.town.database)] == [False]


@BY_POLLING
async def test_a_reply_that_is_refused_shows_that_the_person_is_gone(station: Station) -> None:
    person = await station.contact()
    person.blocked = True
    async with station.listening():
        person.types("帮助")
        await marked(station, person, gone=True)
        await confirmed(station)
    assert [task.kind for task in await tasks(station.town.database)] == ["联系不上"]


@BY_POLLING
async def test_a_stranger_who_blocks_the_bot_and_a_group_that_removes_it_are_nobodys_business(
    station: Station,
) -> None:
    contact, stranger = await station.contact(), station.api.person("路人")
    async with station.listening():
        stranger.blocks()
        removed = contact._membership("member", "kicked") | {
            "chat": {"id": -5, "type": "group", "title": "群"}
        }
        station.api.arrive("my_chat_member", removed)
        await helped(contact)
        await confirmed(station)
    assert await tasks(station.town.database) == []
    assert (await chat_row(station.town.database, str(contact.id))).unreachable_since is None


# Several instances


@BY_WEBHOOK
async def test_two_instances_take_what_is_delivered_to_either(station: Station, database_url: str) -> None:
    async with station.listening(), another(station, database_url) as hook:
        base, person = await started(station)
        await confirmed(station)
        hooks = itertools.cycle([station.hook, hook])
        for answer in list(FULL.values())[:8]:
            await telegram.set_up_webhook(station.bot, next(hooks), SECRET)
            person.types(answer)
            assert (await person.hears()).text.startswith("✓")
        await telegram.set_up_webhook(station.bot, station.hook, SECRET)
    assert await station.town.draft(base) == dict(list(CANONICAL.items())[:8])


@BY_WEBHOOK
async def test_updates_of_one_chat_that_reach_two_instances_at_once_are_worked_through_in_order(
    station: Station, database_url: str
) -> None:
    """As when Telegram has given up waiting for one and delivers the next, or the same again, elsewhere."""
    async with (
        station.listening(),
        another(station, database_url) as hook,
        aiohttp.ClientSession() as platform,
    ):
        base, person = await started(station)
        await confirmed(station)
        hooks = [station.hook, hook]
        station.api.hold()
        station.api.delay("sendMessage", 0.2)
        updates = [person.types(answer) for answer in list(FULL.values())[:6]]
        mine = {"X-Telegram-Bot-Api-Secret-Token": SECRET}

        async def deliver(update: Json, hook: str) -> int:
            async with platform.post(hook, json=update, headers=mine) as answer:
                return answer.status

        sending = []
        for n, update in enumerate([updates[0], *updates]):  # the first one twice
            sending.append(asyncio.create_task(deliver(update, hooks[n % 2])))
            await asyncio.sleep(0.02)  # in this order
        assert await asyncio.gather(*sending) == [200] * 7
        said = [(await person.hears()).text for _ in range(7)]
    assert [text.splitlines()[1].split("/")[0] for text in said] == [str(n) for n in (2, 2, 3, 4, 5, 6, 7)]
    assert await station.town.draft(base) == dict(list(CANONICAL.items())[:6])


@asynccontextmanager
async def another(station: Station, database_url: str) -> AsyncIterator[str]:
    """A second instance of the program; where it takes updates."""
    client, clock, port = station.parts.client, station.parts.clock, free_port()
    async with assembled(station.parts.settings, database_url, client, clock) as parts:
        async with serving(parts.application(), HOST, port):
            yield f"http://{HOST}:{port}/telegram/webhook"
        await hang_up(parts.bots[telegram.NAME])
