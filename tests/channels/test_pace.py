"""Not faster than a platform takes it, and as long a pause as it asks for: in every process."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramRetryAfter
from sqlalchemy import select

from bot.channels.pace import LIMITS, Limits, Pace, Rate, Turns
from bot.channels.telegram import NAME, telegram_bot
from persistence.channel_pauses import ChannelPauses
from persistence.database import Database
from persistence.tables import channel_pauses
from tests.peers.bot_api import BotApi, hang_up
from tests.support import eventually

FREELY = Limits(overall=Rate(1 / 1000, 1000), per_chat=Rate(1 / 1000, 1000))


class Process:
    """A bot as one of several processes has it: with its own pool of connections."""

    def __init__(self, api: BotApi, url: str, limits: Limits = FREELY) -> None:
        self.database = Database(url, pool_size=3)
        self.pauses = ChannelPauses(self.database)
        self.bot: Bot = telegram_bot(api.token, api.url)
        self.bot.session.middleware(Pace(NAME, limits, self.pauses))

    async def end(self) -> None:
        """Let go of everything."""
        await hang_up(self.bot)
        await self.pauses.close()
        await self.database.close()

    async def knows(self, chat: int) -> None:
        """Wait until this process has heard of a pause."""

        async def left() -> float:
            return await self.pauses.seconds_left(NAME, str(chat))

        await eventually(left, lambda seconds: seconds > 0, seconds=2)


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A Bot API that counts who comes too early."""
    async with BotApi().serving() as api:
        yield api


@pytest.fixture
async def two(api: BotApi, database: Database, database_url: str) -> AsyncIterator[tuple[Process, Process]]:
    """Two processes of one bot."""
    pair = Process(api, database_url), Process(api, database_url)
    yield pair
    for one in pair:
        await one.end()


# Turns


def test_a_few_at_once_and_then_one_by_one() -> None:
    turns = Turns(Rate(1.0, 3))
    assert [turns.wait(1, 100.0) for _ in range(5)] == [0, 0, 0, 1, 2]
    assert turns.wait(2, 100.0) == 0, "each chat for itself"
    assert turns.wait(1, 106.0) == 0, "who was silent has a few at once again"
    assert [turns.wait(1, 110.0) for _ in range(4)] == [0, 0, 0, 1]


def test_in_the_long_run_never_more_than_the_rate() -> None:
    turns, sent = Turns(Rate(1.0, 3)), []
    for tenth in range(600):
        now = 1000 + tenth / 10
        if turns.wait(7, now) == 0:
            sent.append(now)
        else:
            turns.give_back(7)
    assert len(sent) == 62, "sixty seconds, and two before their time"


def test_chats_that_are_silent_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.pace._MOST_CHATS", 100)
    turns = Turns(Rate(1.0, 3))
    for chat in range(1000):
        turns.wait(chat, chat * 10.0)
    assert len(turns._next) <= 100


def test_a_person_who_is_told_something_and_answered_at_once_does_not_wait() -> None:
    assert LIMITS[NAME].per_chat.burst >= 3
    assert 1 / LIMITS[NAME].overall.seconds * 2 <= 30, "two processes side by side"


async def test_a_chat_gets_so_many_at_once_and_the_rest_in_order(api: BotApi, database_url: str) -> None:
    process = Process(api, database_url, Limits(Rate(1 / 100, 100), Rate(0.2, 3)))
    anna, boris = api.person("安"), api.person("宝")
    began = time.monotonic()
    await asyncio.gather(*(process.bot.send_message(anna.id, str(n)) for n in range(6)))
    assert 0.55 <= time.monotonic() - began < 1.5
    said = [said.text for said in anna.screen]
    assert (sorted(said[:3]), said[3:]) == (["0", "1", "2"], ["3", "4", "5"])
    began = time.monotonic()
    await process.bot.send_message(boris.id, "x")
    assert time.monotonic() - began < 0.2, "others do not wait for that"
    await process.end()


async def test_all_together_not_more_than_the_platform_takes(api: BotApi, database_url: str) -> None:
    process = Process(api, database_url, Limits(Rate(0.05, 2), Rate(1.0, 3)))
    people = [api.person(str(n)) for n in range(12)]
    began = time.monotonic()
    await asyncio.gather(*(process.bot.send_message(one.id, "x") for one in people))
    assert 0.45 <= time.monotonic() - began < 1.5
    assert [len(one.screen) for one in people] == [1] * 12
    await process.end()


async def test_whoever_would_wait_for_long_comes_again(api: BotApi, database_url: str) -> None:
    process = Process(api, database_url, Limits(Rate(1 / 100, 100), Rate(60, 1)))
    anna = api.person("安")
    await process.bot.send_message(anna.id, "1")
    for _ in range(3):
        with pytest.raises(TelegramRetryAfter) as told:
            await process.bot.send_message(anna.id, "2")
        assert 59 <= told.value.retry_after <= 60, "being refused takes no turn"
    assert api.calls.count("sendMessage") == 1
    await process.end()


# Pauses


async def test_a_pause_is_kept_by_the_other_process_too(api: BotApi, two: tuple[Process, Process]) -> None:
    anna, boris = api.person("安"), api.person("宝")
    first, second = two
    await second.bot.send_message(anna.id, "before")
    api.slow_down(3, anna.id)
    with pytest.raises(TelegramRetryAfter):
        await first.bot.send_message(anna.id, "1")
    await second.knows(anna.id)
    began = time.monotonic()
    for process in two:
        with pytest.raises(TelegramRetryAfter) as told:
            await process.bot.send_message(anna.id, "2")
        assert 1 <= told.value.retry_after <= 3
        await process.bot.send_message(boris.id, "meanwhile")
    assert time.monotonic() - began < 1
    assert api.too_early == 0
    await asyncio.sleep(told.value.retry_after)
    for process in two:
        await process.bot.send_message(anna.id, "3")
    assert api.too_early == 0
    assert [said.text for said in anna.screen] == ["before", "3", "3"]


async def test_a_process_that_starts_later_knows_of_the_pause(
    api: BotApi, database: Database, database_url: str
) -> None:
    anna = api.person("安")
    early = Process(api, database_url)
    api.slow_down(30, anna.id)
    with pytest.raises(TelegramRetryAfter):
        await early.bot.send_message(anna.id, "1")
    await early.end()
    late = Process(api, database_url)
    with pytest.raises(TelegramRetryAfter) as told:
        await late.bot.send_message(anna.id, "2")
    assert 28 <= told.value.retry_after <= 30
    assert api.too_early == 0
    await late.end()


async def test_when_two_chats_have_to_wait_all_do(api: BotApi, two: tuple[Process, Process]) -> None:
    people = [api.person(str(n)) for n in range(6)]
    first, second = two
    await second.bot.send_message(people[5].id, "before")
    api.slow_down(3)
    for person in people:
        with pytest.raises(TelegramRetryAfter):
            await first.bot.send_message(person.id, "x")
    await second.knows(people[5].id)
    with pytest.raises(TelegramRetryAfter):
        await second.bot.send_message(people[5].id, "x")
    assert api.too_early == 1, "that which showed that all are meant"
    await asyncio.sleep(3)
    await second.bot.send_message(people[5].id, "after")
    assert api.too_early == 1


async def test_the_rest_of_a_pause_is_waited_for(api: BotApi, two: tuple[Process, Process]) -> None:
    anna = api.person("安")
    api.slow_down(1, anna.id)
    with pytest.raises(TelegramRetryAfter):
        await two[0].bot.send_message(anna.id, "1")
    await two[0].bot.send_message(anna.id, "2")
    assert api.too_early == 0
    assert [said.text for said in anna.screen] == ["2"]


async def test_taps_are_answered_during_a_pause(api: BotApi, two: tuple[Process, Process]) -> None:
    anna = api.person("安")
    await two[0].pauses.pause(NAME, "", 30)
    query = api.new_query(anna)
    assert await two[0].bot.answer_callback_query(query, "好")
    assert (await two[0].bot.get_me()).is_bot


async def test_without_a_database_messages_go_and_pauses_are_kept_at_home(
    api: BotApi, database: Database
) -> None:
    anna = api.person("安")
    cut_off = Process(api, "postgresql+asyncpg://postgres@127.0.0.1:9/postgres")
    await cut_off.bot.send_message(anna.id, "1")
    api.slow_down(30, anna.id)
    for _ in range(2):
        with pytest.raises(TelegramRetryAfter):
            await cut_off.bot.send_message(anna.id, "2")
    assert api.too_early == 0
    await cut_off.end()


async def test_the_longer_of_two_pauses_holds_and_old_ones_are_cleared_away(
    api: BotApi, two: tuple[Process, Process], database: Database
) -> None:
    first, second = two
    await first.pauses.pause(NAME, "1", 60)
    await second.pauses.pause(NAME, "1", 5)
    async with database.transaction() as tx:
        old = channel_pauses.insert().values(
            channel=NAME, external_id="2", until=datetime(2020, 1, 1, tzinfo=UTC)
        )
        await tx.execute(old)
    await second.pauses.pause(NAME, "3", 5)
    async with database.transaction() as tx:
        rows = (await tx.execute(select(channel_pauses.c.external_id))).scalars().all()
    assert sorted(rows) == ["1", "3"]

    async def left() -> float:
        return await second.pauses.seconds_left(NAME, "1")

    await eventually(left, lambda seconds: seconds > 55, seconds=2)


async def test_a_message_that_need_not_wait_costs_microseconds(
    two: tuple[Process, Process], database: Database
) -> None:
    process = two[0]
    await process.pauses.seconds_left(NAME, "0")
    statements = []

    async def at_once() -> None:
        for n in range(1000):
            statements.append(await process.pauses.seconds_left(NAME, str(n)))

    began = time.perf_counter()
    await at_once()
    assert max(statements) <= 0
    assert (time.perf_counter() - began) / 1000 < 100e-6
