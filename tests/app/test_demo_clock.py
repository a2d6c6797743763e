"""The demo's clock: fast, at rest while the demo is stopped, at a walk while somebody is at work."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import demo_clock
from app.demo_clock import DEMO_BEGINS, YEAR, DemoClock, parse_month, parse_year
from app.embedded import SetupError
from domain.calendar import Clock
from tests.support import at, eventually

MINUTES = timedelta(minutes=5)
FAST = YEAR / MINUTES

Running = Callable[[DemoClock], AbstractAsyncContextManager[list[Clock]]]


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Running:
    """Lets a clock run that looks often; gives the clocks that workflows were told."""
    monkeypatch.setattr(demo_clock, "_LOOK_SECONDS", 0.02)

    @asynccontextmanager
    async def run(clock: DemoClock) -> AsyncIterator[list[Clock]]:
        told: list[Clock] = []

        async def tell(changed: Clock) -> None:
            told.append(changed)

        task = asyncio.create_task(clock.run(tell))
        yield told
        assert not task.done()
        task.cancel()

    return run


def written(file: Path) -> datetime:
    """What time the file says."""
    return datetime.fromisoformat(json.loads(file.read_text())["business"])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30m", 1800),
        ("12m", 720),
        ("1d", 86400),
        ("2h", 7200),
        ("90s", 90),
        (" 5m ", 300),
        ("365d", 31_536_000),
    ],
)
def test_a_year_is_written_in_one_unit(text: str, seconds: int) -> None:
    assert parse_year(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("2023-10", "2023-10-07 08:50"),  # a Saturday that is worked, after the holidays
        ("2023-07", "2023-07-03 08:50"),
        (" 2024-01 ", "2024-01-02 08:50"),
        ("2030-12", "2030-12-02 08:50"),
    ],
)
def test_a_demo_may_begin_on_the_first_working_day_of_a_month(text: str, begins: str) -> None:
    assert parse_month(text) == at(begins)


@pytest.mark.parametrize(
    "text", ["2023-06", "2031-01", "2023", "2023-Q4", "2023-13", "2023-10-09", "十月", ""]
)
def test_other_months_are_refused_with_what_would_be_taken(text: str) -> None:
    with pytest.raises(SetupError, match="如 2023-10，可从 2023-07 至 2030-12"):
        parse_month(text)


def test_a_later_demo_begins_there_once(tmp_path: Path) -> None:
    file, begins = tmp_path / "clock.json", parse_month("2023-10")
    first = DemoClock(file, MINUTES, begins)
    assert timedelta(0) <= first.now() - begins < timedelta(minutes=1)
    first.save()
    again = DemoClock(file, MINUTES, parse_month("2025-01"))
    assert timedelta(0) <= again.now() - begins < timedelta(minutes=1)


def test_a_new_demo_begins_on_the_first_working_day_of_2022_at_a_walk(tmp_path: Path) -> None:
    clock = DemoClock(tmp_path / "clock.json", MINUTES)
    assert timedelta(0) <= clock.now() - DEMO_BEGINS < timedelta(minutes=1)
    assert clock.current.speed == 1.0


async def test_once_it_runs_it_is_as_fast_as_was_asked_for(tmp_path: Path, running: Running) -> None:
    clock = DemoClock(tmp_path / "clock.json", MINUTES)
    async with running(clock) as told:
        await eventually(lambda: _length(told))
        (fast,) = told
        assert clock.current == fast
        assert fast.business_origin - DEMO_BEGINS < timedelta(minutes=1)
        passed = fast.business(fast.origin + timedelta(seconds=1)) - fast.business_origin
        assert passed == YEAR / MINUTES.total_seconds()


def test_it_goes_on_where_it_stood(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    first = DemoClock(file, MINUTES)
    first.save()
    stood = written(file)
    assert stood >= DEMO_BEGINS
    again = DemoClock(file, timedelta(days=1))
    assert timedelta(0) <= again.now() - stood < timedelta(minutes=1)


def test_a_demo_that_is_killed_while_it_writes_keeps_the_last_time(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    DemoClock(file, MINUTES).save()
    stood = written(file)
    file.with_suffix(".new").write_text('{"busi')
    assert DemoClock(file, timedelta(days=1)).now() >= stood


async def test_it_is_saved_while_it_runs(tmp_path: Path, running: Running) -> None:
    file = tmp_path / "clock.json"
    clock = DemoClock(file, MINUTES)
    async with running(clock) as told:

        async def saved() -> bool:
            return file.exists() and written(file) > DEMO_BEGINS + timedelta(hours=6)

        await eventually(saved)
        assert await _length(told) == 1


async def test_it_walks_while_somebody_is_at_work_and_then_runs_again(
    tmp_path: Path, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_clock, "_HOLD", timedelta(seconds=0.5))
    clock = DemoClock(tmp_path / "clock.json", MINUTES)
    async with running(clock) as told:
        await eventually(lambda: _length(told), lambda n: n == 1)
        began, at_once = clock.now(), datetime.now(UTC)
        clock.hold()
        await eventually(lambda: _length(told), lambda n: n == 2)
        assert clock.current == told[1]
        assert clock.current.speed == 1.0
        assert clock.now() >= began, "time does not go back"
        walked, since = clock.now(), datetime.now(UTC)
        clock.hold()
        await asyncio.sleep(0.2)
        assert clock.now() - walked < (datetime.now(UTC) - since) * 2
        await eventually(lambda: _length(told), lambda n: n == 3)
        assert datetime.now(UTC) - at_once > timedelta(seconds=0.5), "held from the second thing on"
        assert clock.current.speed == FAST
        assert told[2].business_origin >= walked


async def _length(told: list[Clock]) -> int:
    return len(told)
