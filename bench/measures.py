"""The measurements. Each is a ratio to the bare operation, measured in turns with it."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

import psutil
from sqlalchemy import func, select

from bench.bare import QUEUE, BareParent, BareUpdate, done
from bench.setup import CHANNEL, Bench, register, schedule, state, typed
from domain.base import BaseState
from domain.ids import obligation_id
from domain.terms import ObligationKind
from persistence.tables import obligations
from workflows import queues
from workflows.base import Base
from workflows.messages import Appointment, BaseInput

FULL_FORM = [
    "开始",
    "120",
    "1120",
    "0",
    "0",
    "0",
    "0",
    "120",
    "示例进度",
    "320",
    "80",
    "0",
    "0",
    "5",
    "60",
    "1",
    "25",
    "2",
    "3",
    "0",
    "0",
    "无",
    "无",
]
"""What a contact says to fill a form, but for 提交."""

_PERIOD = "2026-01"
HALF = 16
"""As in the middle of a form: each answer is followed by the next question."""


class Latency(NamedTuple):
    """Milliseconds."""

    p50: float
    p99: float


class Opening(NamedTuple):
    """How fast a month opens."""

    bases: int
    per_second: float
    bare_per_second: float
    bytes_per_base: float


def latency(seconds: list[float]) -> Latency:
    """From what each took."""
    ordered = sorted(seconds)
    return Latency(statistics.median(ordered) * 1e3, ordered[int(len(ordered) * 0.99)] * 1e3)


async def timed(work: Awaitable[object]) -> float:
    """Seconds."""
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


async def chat_latency(bench: Bench, rounds: int) -> tuple[Latency, Latency]:
    """An answer in to the reply out, and a bare update, in turns."""
    sample = state(1)
    await register(bench.database, [sample])
    await start_open(bench, sample, datetime.now(UTC))
    child = obligation_id(sample.facts.base_id, ObligationKind.DISPATCH, _PERIOD)
    await until(lambda: bench.gateway.view(child))
    bare = await bench.client.start_workflow(BareUpdate.run, id="bare-update", task_queue=QUEUE)
    for n, text in enumerate(FULL_FORM[:HALF]):
        await bench.intake.take(bench.bot, typed(bench.bot, n + 1, 1, text), CHANNEL)
    ours, theirs = [], []
    for n in range(rounds):
        update = typed(bench.bot, 10_000 + n, 1, f"5={n % 10}")
        ours.append(await timed(bench.intake.take(bench.bot, update, CHANNEL)))
        theirs.append(await timed(bare.execute_update(BareUpdate.say, f"5={n % 10}", id=f"u{n}")))
    filled = (await bench.gateway.obligation(child)).draft.values["funds_bond"]
    assert filled == f"{(rounds - 1) % 10}.00", filled  # noqa: S101 - the answers did arrive
    await bare.terminate()
    return latency(ours), latency(theirs)


async def opening(bench: Bench, count: int) -> Opening:
    """A month that opens for `count` bases at one instant, and as many bare children with one activity."""
    states = [state(1000 + n) for n in range(count)]
    await register(bench.database, states)
    bare = await _open_bare(bench, count)
    memory = psutil.Process().memory_info().rss
    at = datetime.now(UTC) + timedelta(seconds=3 + count / 50)
    await _side_by_side([partial(start_open, bench, s, at) for s in states])
    await until(partial(_opened, bench, count), seconds=300)
    took = (datetime.now(UTC) - at).total_seconds()
    grown = psutil.Process().memory_info().rss - memory
    return Opening(count, count / took, bare, grown / count)


async def _open_bare(bench: Bench, count: int) -> float:
    at = datetime.now(UTC) + timedelta(seconds=3 + count / 50)

    async def start(n: int) -> None:
        await bench.client.start_workflow(BareParent.run, at, id=f"bare-{n}", task_queue=QUEUE)

    await _side_by_side([partial(start, n) for n in range(count)])

    async def opened() -> bool:
        return len(done) >= count

    await until(opened, seconds=300)
    took = (datetime.now(UTC) - at).total_seconds()
    for n in range(count):
        await bench.client.get_workflow_handle(f"bare-{n}-child").terminate()
    return count / took


async def _opened(bench: Bench, count: int) -> bool:
    async with bench.database.transaction() as tx:
        query = select(func.count()).where(obligations.c.base_id.like("base-bench-03-1%"))
        found = await tx.scalar(query)
    return (found or 0) > count  # one of them is the chat's own


async def start_open(bench: Bench, base: BaseState, opens: datetime) -> None:
    """A base whose month opens at an instant."""
    plan = schedule(_PERIOD, bench.clock.business(opens))
    await start_with(bench, base, (Appointment(at=plan.opens, schedule=plan),))


async def start_with(bench: Bench, base: BaseState, agenda: tuple[Appointment, ...]) -> None:
    """A base whose year is planned already."""
    far = bench.clock.now() + timedelta(days=300)
    start = BaseInput(clock=bench.clock, state=base, agenda=agenda, planned_through=far)
    await bench.client.start_workflow(Base.run, start, id=base.facts.base_id, task_queue=queues.MAIN_QUEUE)


async def _side_by_side(work: list[Callable[[], Awaitable[object]]], at_once: int = 32) -> None:
    limit = asyncio.Semaphore(at_once)

    async def one(do: Callable[[], Awaitable[object]]) -> None:
        async with limit:
            await do()

    await asyncio.gather(*(one(do) for do in work))


async def until(ask: Callable[[], Awaitable[object]], seconds: float = 60) -> None:
    """Wait for an answer that is true."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if await ask():
                return
        except Exception:  # noqa: S110 - not there yet; the deadline tells
            pass
        if time.monotonic() > deadline:
            raise TimeoutError("the measurement did not come to its end")
        await asyncio.sleep(0.02)
