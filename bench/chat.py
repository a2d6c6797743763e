"""Answers on each channel against a bare update of the same run, and WeCom's callback while many people type.

`python -m bench.chat --rounds 300` measures this alone.
"""

import argparse
import asyncio
import itertools
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from aiogram import Bot
from temporalio.client import WorkflowHandle

from app import embedded
from bench import setup
from bench.bare import QUEUE, BareUpdate
from bench.measures import FULL_FORM, HALF, Latency, latency, start_open, timed, until
from bench.peers import FIRST_PERSON, member, peer
from bench.setup import Bench, bench, in_office_hours, state, typed
from bot.channels import local, telegram, wecom
from bot.words import chinese
from domain.ids import obligation_id
from domain.terms import ObligationKind
from persistence.local_chat import LocalChat
from persistence.migrate import upgrade
from persistence.people import People
from persistence.wecom import WeComInbox
from tests.peers.bot_api import TOKEN
from tests.peers.wecom_api import WeCom
from tests.peers.wecom_member import ACCOUNT, KEYS

AT_ONCE = 50
"""People who type at the same time."""

_EACH = 5  # answers of each of them
_PERIOD = "2026-01"
_update_ids = itertools.count(1_000_000)


class Measured(NamedTuple):
    """A channel's answers, and bare updates in turns with them."""

    channel: str
    ours: Latency
    bare: Latency


async def channels(b: Bench, rounds: int) -> AsyncIterator[Measured]:
    """Every channel, one after the other, each with a base of its own."""
    bare = await b.client.start_workflow(BareUpdate.run, id="bare-chat", task_queue=QUEUE)
    try:
        for n, name in enumerate((local.NAME, telegram.NAME, wecom.NAME), 500):
            async with _bot(b, name, 1) as (bot, people):
                await _open(b, name, {n: people[0]})
                yield Measured(name, *await _in_turns(b, bot, name, people[0], bare, rounds))
    finally:
        await bare.terminate()


async def _in_turns(
    b: Bench, bot: Bot, channel: str, person: int, bare: WorkflowHandle[BareUpdate, None], rounds: int
) -> tuple[Latency, Latency]:
    ours, theirs = [], []
    for text in FULL_FORM[:HALF]:
        await b.intake.take(bot, typed(bot, next(_update_ids), person, text), channel)
    for n in range(rounds):
        update = typed(bot, next(_update_ids), person, f"5={n % 10}")
        ours.append(await timed(b.intake.take(bot, update, channel)))
        theirs.append(await timed(bare.execute_update(BareUpdate.say, f"5={n % 10}", id=f"{channel}-{n}")))
    return latency(ours), latency(theirs)


async def callbacks(b: Bench) -> Latency:
    """How long a callback of WeCom waits for its answer while fifty people type and are answered."""
    async with _bot(b, wecom.NAME, AT_ONCE) as (bot, people):
        await _open(b, wecom.NAME, dict(enumerate(people, 600)))
        callback, platform = wecom.Callback(KEYS, b.database), WeCom()
        way_in = wecom.WayIn(bot, b.intake, b.database, chinese(), numbers=False)
        working = asyncio.create_task(way_in.run())
        try:
            took = await asyncio.gather(*(_types(callback, platform, n) for n in range(AT_ONCE)))
            await until(lambda: _all_taken(b), seconds=300)
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
    return latency([seconds for of_one in took for seconds in of_one])


async def _types(callback: wecom.Callback, platform: WeCom, n: int) -> list[float]:
    """One person: an answer, and the next when the callback has been answered."""
    person, took = platform.member(member(n)), []
    for text in ("开始", *(f"5={k}" for k in range(_EACH - 1))):
        query, body = platform.envelope(person.typed(text))
        start = asyncio.get_running_loop().time()
        assert await callback.take(query, body) == HTTPStatus.OK  # noqa: S101 - otherwise nothing is measured
        took.append(asyncio.get_running_loop().time() - start)
    return took


async def _all_taken(b: Bench) -> bool:
    async with b.database.transaction() as tx:
        return not await WeComInbox(tx).people_waiting()


@asynccontextmanager
async def _bot(b: Bench, channel: str, count: int) -> AsyncIterator[tuple[Bot, list[int]]]:
    """The channel's bot, and so many people who can talk with it."""
    if channel == local.NAME:
        async with b.database.transaction() as tx:
            people = [(await LocalChat(tx).person(f"示例{n}")).id for n in range(count)]
        yield local.local_bot(b.database, b.clock), people
        return
    async with peer(channel, count) as url:
        if channel == telegram.NAME:
            bot, people = telegram.telegram_bot(TOKEN, url), [FIRST_PERSON + n for n in range(count)]
        else:
            bot = wecom.wecom_bot(ACCOUNT, b.database, chinese(), url, limits=())
            async with b.database.transaction() as tx:
                people = [await WeComInbox(tx).person(member(n)) for n in range(count)]
        try:
            yield bot, people
        finally:
            await bot.session.close()


async def _open(b: Bench, channel: str, people: Mapping[int, int]) -> None:
    """A base for each, by its number, whose month is open; and the person, bound on the channel."""
    await setup.register(b.database, [state(n) for n in people])
    for n, person in people.items():
        await _bind(b, channel, state(n).facts.base_id, person)
        await start_open(b, state(n), datetime.now(UTC))
    for n in people:
        child = obligation_id(state(n).facts.base_id, ObligationKind.DISPATCH, _PERIOD)
        await until(lambda child=child: b.gateway.view(child), seconds=120)  # type: ignore[misc]


async def _bind(b: Bench, channel: str, base_id: str, person: int) -> None:
    async with b.database.transaction() as tx:
        contact = await People(tx).of_code(base_id)
        code = await People(tx).invite(contact, datetime(2099, 1, 1, tzinfo=UTC))
        await People(tx).redeem(code, channel, str(person), datetime.now(UTC))


async def rows(b: Bench, rounds: int) -> AsyncIterator[tuple[str, str]]:
    """What is measured, and how much it is."""
    async for channel, ours, bare in channels(b, rounds):
        yield f"聊天（{channel}）：答复进 → 回复出", f"p50 {ours.p50:.1f} ms，p99 {ours.p99:.1f} ms"
        yield (
            "  与裸 update 的比值（目标 1.5、2）",
            f"p50 {ours.p50 / bare.p50:.2f}，p99 {ours.p99 / bare.p99:.2f}",
        )
    answered = await callbacks(b)
    yield (
        f"企业微信回调，{AT_ONCE} 人同时填报（目标 p99 < 1 s）",
        f"p50 {answered.p50:.0f} ms，p99 {answered.p99:.0f} ms",
    )


async def _alone(database_url: str, address: str, rounds: int) -> None:
    async with bench(database_url, address, in_office_hours()) as b:
        async for what, value in rows(b, rounds):
            sys.stdout.write(f"{what:<36}{value}\n")
            sys.stdout.flush()


def main() -> None:
    """Servers of our own in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300, help="answers for the latency")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jb-") as folder:
        home = Path(folder)
        with (
            embedded.postgres(home / "pg") as url,
            embedded.temporal(home, embedded.free_port(), None) as address,
        ):
            upgrade(url)
            asyncio.run(_alone(url, address, args.rounds))


if __name__ == "__main__":
    main()
