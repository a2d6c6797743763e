"""What comes in: worked through once, in order, whatever dies or is away meanwhile."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from aiogram import Bot
from aiogram.types import Update
from sqlalchemy import select

from app.process import Running
from app.up import start_bots, start_watch
from domain.office_tasks import OfficeTaskKind
from persistence.people import People
from persistence.tables import channel_seen, chats, office_tasks, wecom_inbox
from tests.channels.wecom.conftest import HELP, Office
from tests.peers.phone import Said
from tests.support import eventually

STRANGER = "您好。这里只对已登记的基地联系人开放。"


async def test_text_in_and_text_out(office: Office) -> None:
    anna = await office.contact()
    async with office.open():
        anna.types("帮助")
        assert (await anna.hears()).text.startswith(HELP)
        await office.done()
    assert office.wecom.answers == [200]
    assert anna.unread == []


@pytest.mark.parametrize("typed", ["/start {code}", "/start  {code} ", "绑定 {code}", "绑定{code}"])
async def test_a_member_is_bound_by_a_code(office: Office, typed: str) -> None:
    base = await office.town.base()
    code = await office.town.code_for(base)
    anna = office.wecom.member("anna")
    async with office.open():
        anna.types("待办")
        assert (await anna.hears()).text.startswith(STRANGER)
        anna.types(typed.format(code=code))
        assert (await anna.hears()).text.startswith("示例联系人，您好，绑定成功。")
        await office.done()
    async with office.town.database.transaction() as tx:
        chat = str(await office.number_of(anna))
        assert await People(tx).contact_of("wecom", chat) == await People(tx).of_code(base)


async def test_the_menu_is_as_if_it_was_typed(office: Office) -> None:
    anna = await office.contact()
    async with office.open():
        anna.does("click", "帮助")
        assert (await anna.hears()).text.startswith(HELP)
        await office.done()


async def test_who_comes_is_greeted_and_who_goes_is_noted(office: Office) -> None:
    anna = await office.contact()
    async with office.open():
        anna.does("subscribe")
        assert (await anna.hears()).text.startswith(HELP)
        anna.does("enter_agent")
        anna.does("unsubscribe")
        await office.done()
    assert anna.unread == []
    async with office.town.database.transaction() as tx:
        assert await tx.scalar(select(office_tasks.c.kind)) == OfficeTaskKind.UNREACHABLE
        row = (await tx.execute(select(chats).where(chats.c.channel == "wecom"))).one()
    assert row.unreachable_why
    assert row.unreachable_since > datetime.now(UTC) - timedelta(minutes=1)


@pytest.mark.parametrize("kind", ["voice", "video", "location", "link", "file"])
async def test_what_cannot_be_read_gets_a_polite_line(office: Office, kind: str) -> None:
    anna, stranger = await office.contact(), office.wecom.member("stranger")
    async with office.open():
        anna.sends_off(kind)
        assert (await anna.hears()).text.startswith("企业微信里只能接收文字、按钮和图片。")
        stranger.sends_off(kind)
        assert (await stranger.hears()).text.startswith(STRANGER)
        await office.done()


async def test_what_is_typed_fast_is_taken_in_order(office: Office) -> None:
    anna = await office.contact()
    async with office.open():
        for _ in range(3):
            anna.types("帮助")
            anna.types("待办")
        said = [(await anna.hears()).text[:4] for _ in range(6)]
        await office.done()
    assert said == ["发「待办", "目前没有"] * 3


async def test_a_delivery_that_comes_again_is_taken_once(office: Office) -> None:
    """The platform did not get its answer in time and delivers again, also after the work is done."""
    anna = await office.contact()
    async with office.open():
        fields = anna.types("帮助")
        await anna.hears()
        await office.done()
        for _ in range(3):
            office.wecom.deliver(fields)
        await office.done()
    assert anna.unread == []


async def test_a_member_who_has_to_wait_does_not_hold_up_another(office: Office) -> None:
    anna, boris = await office.contact(name="a"), await office.contact(name="b")
    async with office.open():
        office.wecom.refuse(45033, "message/send")
        anna.types("帮助")
        await eventually(lambda: _count(office, "message/send"), lambda n: n == 1)
        began = time.monotonic()
        boris.types("帮助")
        assert (await boris.hears(3)).text.startswith(HELP)
        assert time.monotonic() - began < 3
        assert anna.screen == []
        assert (await anna.hears(10)).text.startswith(HELP)
        await office.done()


async def _count(office: Office, what: str) -> int:
    return office.wecom.calls.count(what)


async def test_while_the_database_is_away_nothing_is_lost(office: Office) -> None:
    anna = await office.contact()
    async with office.open():
        anna.types("待办")
        await anna.hears()
        await office.done()
        office.to_database.cut()
        anna.types("帮助")
        await eventually(lambda: _answered(office, 503), bool, seconds=5)
        await office.to_database.mend()
        assert (await anna.hears()).text.startswith(HELP)
        await office.done()
    assert anna.unread == []
    assert office.wecom.lost == []


async def _answered(office: Office, status: int) -> bool:
    return status in office.wecom.answers


async def test_while_the_platform_is_unplugged_answers_wait(office: Office) -> None:
    anna = await office.contact()
    async with office.open():
        office.wecom.unplugged = True
        anna.types("帮助")
        anna.types("待办")
        await office.wecom.delivered()
        await asyncio.sleep(0.5)
        assert await office.waiting() == 2
        office.wecom.unplugged = False
        assert (await anna.hears()).text.startswith(HELP)
        assert (await anna.hears()).text == "目前没有待办事项。"
        await office.done()
    assert anna.unread == []


async def test_what_came_before_the_bot_is_worked_through(office: Office) -> None:
    anna, boris = await office.contact(name="a"), await office.contact(name="b")
    async with office.answering():
        anna.types("帮助")
        boris.types("待办")
        await office.wecom.delivered()
    async with office.working():
        assert (await anna.hears()).text.startswith(HELP)
        assert (await boris.hears()).text == "目前没有待办事项。"


async def test_killed_between_the_work_and_its_mark(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The update is worked through again, and is known as the same."""
    base = await office.town.base()
    code, anna = await office.town.code_for(base), office.wecom.member("anna")
    dead = asyncio.Event()

    async def never(*_: object) -> None:
        dead.set()
        await asyncio.Event().wait()

    async with office.answering():
        with monkeypatch.context() as patch:
            patch.setattr("persistence.wecom.WeComInbox.took", never)
            async with office.working():
                anna.types(f"/start {code}")
                await asyncio.wait_for(dead.wait(), 10)
        first = await anna.hears()
        assert await office.waiting() == 1
        async with office.working():
            again = await anna.hears()
            await office.done()
    assert first.text == again.text
    assert first.text.startswith("示例联系人，您好，绑定成功。")


async def test_only_one_process_takes_and_another_takes_over(office: Office) -> None:
    anna = await office.contact()
    async with office.answering(), office.working() as first:
        anna.types("帮助")
        await anna.hears()
        async with office.working() as second:
            for n in range(6):
                anna.types("待办" if n % 2 else "帮助")
            for _ in range(6):
                await anna.hears()
            await office.done()
            assert anna.unread == [], "by one of them, once"
            first.cancel()
            anna.types("待办")
            assert (await anna.hears()).text == "目前没有待办事项。"
            assert not second.done()
            await office.done()
    assert anna.unread == []


async def test_what_cannot_be_understood_does_not_block_the_way(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    anna = await office.contact()
    async with office.answering():
        anna.types("帮助")
        await office.wecom.delivered()
        async with office.town.database.transaction() as tx:
            await tx.execute(wecom_inbox.update().values(content={"kind": "of another version"}))
        anna.types("待办")
        async with office.working():
            assert (await anna.hears()).text == "目前没有待办事项。"
            await office.done()
    assert "cannot be worked through" in caplog.text


async def test_as_the_commands_start_it(office: Office) -> None:
    """Callbacks, the work, the menu and the watch, as `jiebang up` has them in one process."""
    anna = await office.contact()
    async with office.answering(), Running() as running:
        start_watch(office.parts, running)
        await start_bots(office.parts, running, local_chat=False)
        assert office.wecom.menu
        anna.types("帮助")
        assert (await anna.hears()).text.startswith(HELP)
        await office.done()
    async with office.town.database.transaction() as tx:
        assert await tx.scalar(select(channel_seen.c.channel)) == "wecom"


async def test_what_was_said_is_not_kept(office: Office) -> None:
    anna = await office.contact()
    async with office.open():
        anna.types("帮助")
        await anna.hears()
        await office.done()
    async with office.town.database.transaction() as tx:
        rows = (await tx.execute(select(wecom_inbox))).all()
    assert [(row.taken, row.content) for row in rows] == [(True, {})]


async def test_a_picture_is_fetched_where_the_handlers_fetch_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await office.contact()
    taken: list[str] = []

    async def feed(_: object, bot: Bot, update: Update, **__: object) -> None:
        assert update.message
        assert update.message.photo
        taken.append(update.message.photo[-1].file_id)

    monkeypatch.setattr("aiogram.Dispatcher.feed_update", feed)
    async with office.open():
        fields = anna.photographed(b"\x89PNG a picture")
        office.wecom.deliver(fields)
        await office.done()
    assert taken == [fields["MediaId"]]


async def test_a_tap_on_what_is_no_card_of_ours(office: Office) -> None:
    anna = await office.contact()
    async with office.open():
        fields = anna.tapped("?", Said(1, "", {"?": "x:1:2:3"})) | {"TaskId": "somebody-elses"}
        office.wecom.deliver(fields)
        assert (await anna.hears()).text.startswith("这个按钮已经失效。请发「待办」")
        await office.done()
