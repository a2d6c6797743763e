"""The local channel's way in: what people typed waits in the database until it was worked through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest

from bot.channels import local
from persistence.local_chat import LocalChat
from persistence.people import People
from tests.channels.conftest import Station
from tests.conversations.town import CANONICAL
from tests.support import FULL, eventually

pytestmark = pytest.mark.parametrize("way", ["polling"], indirect=True)


class Page:
    """Somebody's chat page, past the line that the bot has to the database."""

    def __init__(self, station: Station, number: int) -> None:
        self._database, self.number = station.town.database, number

    async def types(self, text: str) -> None:
        """Send a text."""
        async with self._database.transaction() as tx:
            await LocalChat(tx).say(self.number, text, datetime.now(UTC))

    async def screen(self) -> list[str]:
        """What was said to this person."""
        async with self._database.transaction() as tx:
            return [m.text for m in await LocalChat(tx).messages(self.number) if not m.mine]

    async def hears(self, count: int) -> str:
        """The message number `count`."""
        return (await eventually(self.screen, lambda said: len(said) >= count, seconds=10))[count - 1]


@asynccontextmanager
async def polling(station: Station) -> AsyncIterator[None]:
    """The bot takes what is typed."""
    bot = station.parts.bots[local.NAME]
    task = asyncio.create_task(local.poll(bot, station.parts.intake, station.parts.database))
    try:
        yield
    finally:
        if not task.done():
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def contact(station: Station, name: str, *bases: str) -> Page:
    """A contact with a page."""
    async with station.town.database.transaction() as tx:
        number = (await LocalChat(tx).person(name)).id
        contact = await People(tx).add(name)
        for base in bases:
            await People(tx).attach(contact, base)
        code = await People(tx).invite(contact, datetime(2099, 1, 1, tzinfo=UTC))
        await People(tx).redeem(code, local.NAME, str(number), datetime.now(UTC))
    return Page(station, number)


async def started(station: Station) -> tuple[str, Page]:
    """A contact whose form asks its first question."""
    base = await station.town.base()
    anna = await contact(station, "安", base)
    await station.town.start(base)
    assert "点「开始填报」" in await anna.hears(1)
    await anna.types("开始")
    assert (await anna.hears(2)).startswith("1/22")
    return base, anna


async def waiting(station: Station) -> int:
    """What is not worked through."""
    async with station.town.database.transaction() as tx:
        return len(await LocalChat(tx).waiting())


async def test_what_is_typed_fast_is_taken_in_order(station: Station) -> None:
    async with polling(station):
        base, anna = await started(station)
        for answer in FULL.values():
            await anna.types(answer)
        await anna.types("提交")
        assert (await anna.hears(25)).startswith("✓ 已收到")
        await eventually(lambda: waiting(station), lambda n: n == 0)
    assert await station.town.figures(base) == CANONICAL


async def test_what_was_typed_before_the_bot_came_is_taken(station: Station) -> None:
    anna, boris = await contact(station, "安"), await contact(station, "宝")
    await anna.types("帮助")
    await boris.types("待办")
    async with polling(station):
        assert "发「待办」" in await anna.hears(1)
        assert await boris.hears(1) == "目前没有待办事项。"


async def test_an_answer_while_the_database_is_away_is_not_lost(station: Station) -> None:
    async with polling(station):
        base, anna = await started(station)
        station.to_database.cut()
        await anna.types("120.50")
        await asyncio.sleep(0.3)
        assert await waiting(station) == 1
        await station.to_database.mend()
        assert (await anna.hears(3)).startswith("✓ 本月完成投资 120.50 万元。\n2/22")
        await eventually(lambda: waiting(station), lambda n: n == 0)
        assert len(await anna.screen()) == 3
    assert await station.town.draft(base) == {"invest_month": "120.50"}


async def test_an_answer_while_temporal_is_away_is_not_lost(station: Station) -> None:
    async with polling(station):
        base, anna = await started(station)
        station.to_temporal.cut()
        await anna.types("120.50")
        await asyncio.sleep(0.5)
        assert await waiting(station) == 1
        await station.to_temporal.mend()
        assert (await anna.hears(3)).startswith("✓ 本月完成投资 120.50 万元。\n2/22")
    assert await station.town.draft(base) == {"invest_month": "120.50"}
