"""What could not be delivered is lost: who is in the middle of a form is told, once."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from bot.channels.wecom.reconcile import Reconciliation, note, watch
from persistence.people import People
from persistence.tables import channel_seen, chats, deliveries, wecom_inbox
from tests.channels.wecom.conftest import Office
from tests.peers.wecom_member import Member
from tests.support import at, eventually


async def in_form(office: Office, base: str, name: str = "anna") -> Member:
    """A contact who has answered the first question."""
    anna = await office.contact(base, name=name)
    await office.town.start(base)
    notice = await anna.hears()
    assert "点「开始填报」" in notice.text
    anna.types("开始")
    assert (await anna.hears()).text.startswith("1/22")
    anna.types("120.50")
    assert (await anna.hears()).text.startswith("✓ 本月完成投资 120.50 万元。\n2/22")
    await office.done()
    return anna


def reconciliation(office: Office) -> Reconciliation:
    """As the bot's process has it."""
    return Reconciliation(office.bot, office.parts.services)


async def closed(office: Office, seconds: float) -> None:
    """The way in was closed for so long, until now."""
    database, clock = office.town.database, office.parts.clock
    now = datetime.now(UTC)
    await note(database, clock, now - timedelta(seconds=seconds))
    await note(database, clock, now)


async def told(office: Office) -> list[tuple[str, str]]:
    """What is on record about gaps."""
    query = select(deliveries.c.external_id, deliveries.c.state).where(deliveries.c.kind == "missed")
    async with office.town.database.transaction() as tx:
        return [(row.external_id, row.state) for row in await tx.execute(query)]


async def test_who_is_in_a_form_is_told_where_it_stands(office: Office) -> None:
    base = await office.town.base()
    async with office.open():
        anna = await in_form(office, base)
        bystander = await office.contact(name="bystander")
        await closed(office, 600)
        await reconciliation(office).tell()
        said = await anna.hears()
        first, _, rest = said.text.partition("\n\n")
        assert "系统未能接收企业微信消息，其间您发送的内容可能没有收到。" in first
        assert rest.startswith("2/22")
        assert "上一项" in said.buttons
        for _ in range(2):
            await reconciliation(office).tell()
        assert (anna.unread, bystander.unread) == ([], [])
        anna.types("1120.50")
        assert (await anna.hears()).text.startswith("✓")
        await office.done()
    assert await told(office) == [(str(await office.number_of(anna)), "sent")]


async def test_a_short_gap_is_covered_by_the_platform(office: Office) -> None:
    base = await office.town.base()
    async with office.open():
        anna = await in_form(office, base)
        await closed(office, 14)
        await reconciliation(office).tell()
    assert anna.unread == []
    assert await told(office) == []


async def test_who_has_not_written_for_a_day_is_not_told(office: Office) -> None:
    base = await office.town.base()
    async with office.open():
        anna = await in_form(office, base)
        long_ago = datetime.now(UTC) - timedelta(hours=26)
        async with office.town.database.transaction() as tx:
            await tx.execute(update(wecom_inbox).values(received_at=long_ago))
            await tx.execute(update(chats).values(last_used_at=long_ago))
        await closed(office, 600)
        await reconciliation(office).tell()
    assert anna.unread == []


async def test_nobody_is_told_at_night(office: Office) -> None:
    base = await office.town.base()
    async with office.open():
        anna = await in_form(office, base)
        await closed(office, 600)
        services = office.parts.services
        day = services.clock

        class Night:
            """Long after offices have closed."""

            current = day.current

            def now(self) -> datetime:
                """Now."""
                return at("2022-01-05 22:00")

        services.clock = Night()
        await reconciliation(office).tell()
        assert anna.unread == []
        services.clock = day
        await reconciliation(office).tell()
        assert "可能没有收到" in (await anna.hears()).text


async def test_who_has_left_the_form_meanwhile_is_not_told(office: Office) -> None:
    base = await office.town.base()
    async with office.open():
        anna = await in_form(office, base)
        await closed(office, 600)
        async with office.town.database.transaction() as tx:
            await People(tx).turn_to("wecom", str(await office.number_of(anna)), None)
        await reconciliation(office).tell()
    assert anna.unread == []
    assert [state for _, state in await told(office)] == ["failed"]


async def test_two_gaps_are_told_twice_and_an_outage_waits(office: Office) -> None:
    base = await office.town.base()
    async with office.open():
        anna = await in_form(office, base)
        await closed(office, 600)
        office.wecom.unplugged = True
        await reconciliation(office).tell()
        assert [state for _, state in await told(office)] == ["queued"]
        office.wecom.unplugged = False
        await reconciliation(office).tell()
        await anna.hears()
        async with office.town.database.transaction() as tx:
            earlier = channel_seen.c.at - timedelta(seconds=60)
            await tx.execute(update(channel_seen).values(at=earlier))
        await note(office.town.database, office.parts.clock, datetime.now(UTC))
        await reconciliation(office).tell()
        await anna.hears()
    assert [state for _, state in await told(office)] == ["sent", "sent"]


async def test_the_process_that_answers_keeps_watch(office: Office) -> None:
    """Also over an outage of the database, in which callbacks are not kept either."""
    task = asyncio.create_task(watch(office.parts.database, office.parts.clock))
    seen = await eventually(lambda: _seen(office), lambda found: found is not None)
    assert seen
    assert datetime.now(UTC) - seen < timedelta(seconds=5)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    office.to_database.cut()
    task = asyncio.create_task(watch(office.parts.database, office.parts.clock))
    await asyncio.sleep(0.1)
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await office.to_database.mend()


async def _seen(office: Office) -> datetime | None:
    async with office.town.database.transaction() as tx:
        found: datetime | None = await tx.scalar(select(channel_seen.c.at))
        return found
