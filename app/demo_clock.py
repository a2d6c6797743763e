"""The demo's clock: runs fast, stands still while the demo is stopped, and walks while a person is typing."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from activities.calendar import working_days
from app.embedded import SetupError
from demo.stories import FIRST_MONTH
from domain.calendar import SHANGHAI, Clock, Period, PeriodKind

YEAR = timedelta(days=365)
DEMO_BEGINS = datetime(2022, 1, 4, 8, 50, tzinfo=SHANGHAI)
"""The first working day of 2022: December's 月调度 opens within minutes, and the 2021 round is still open."""

LAST_MONTH = Period(kind=PeriodKind.MONTH, year=2030, number=12).first_day
_BEGINS_AT = time(8, 50)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LOOK_SECONDS = 1.0
_HOLD = timedelta(seconds=60)

TellWorkflows = Callable[[Clock], Awaitable[object]]


def parse_year(text: str) -> timedelta:
    """How long a business year takes: 30m, 12m, 1d. Raises SetupError if it is none of these."""
    found = re.fullmatch(r"(\d+)([smhd])", text.strip())
    if not found or int(found[1]) == 0:
        raise SetupError(f"--year {text}：请写成 30m、12m、2h 或 1d")
    seconds = int(found[1]) * _UNITS[found[2]]
    if seconds > YEAR.total_seconds():
        raise SetupError(f"--year {text}：不能比真实的一年还长")
    return timedelta(seconds=seconds)


def parse_month(text: str) -> datetime:
    """The morning of a month's first working day, before anything goes out. Raises SetupError if it is none."""
    try:
        period = Period.parse(text.strip())
    except ValueError:
        period = None
    if (
        period is None
        or period.kind is not PeriodKind.MONTH
        or not FIRST_MONTH <= period.first_day <= LAST_MONTH
    ):
        span = f"{FIRST_MONTH:%Y-%m} 至 {LAST_MONTH:%Y-%m}"
        raise SetupError(f"--from {text}：请写成年和月，如 2023-10，可从 {span}")
    return datetime.combine(working_days().nth(period.first_day, 1), _BEGINS_AT, SHANGHAI)


class DemoClock:
    """A `BusinessTime` kept in a file. Nobody fills a form in the seconds that a fast month takes, so it runs at the
    machine's pace for a minute after each thing that a person does on the page."""

    def __init__(self, file: Path, year: timedelta, begins: datetime = DEMO_BEGINS) -> None:
        self._file = file
        self._fast = YEAR / year
        self._held_until = datetime.now(UTC)
        stood = json.loads(file.read_text())["business"] if file.exists() else begins.isoformat()
        # At a walk until it is run: starting takes seconds, and days may not pass before anybody is there.
        self._clock = Clock(origin=datetime.now(UTC), business_origin=datetime.fromisoformat(stood))

    @property
    def current(self) -> Clock:
        """The clock in force."""
        return self._clock

    def now(self) -> datetime:
        """Business time now."""
        return self._clock.now()

    def hold(self) -> None:
        """A person is at work: walk for a minute."""
        self._held_until = datetime.now(UTC) + _HOLD

    def save(self) -> None:
        """Write down what time it is."""
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps({"business": self.now().isoformat()}))
        new.replace(self._file)

    async def run(self, tell_workflows: TellWorkflows) -> None:
        """Save once a second, so that even a killed demo goes on where it was, and change pace when it is time."""
        while True:
            held = datetime.now(UTC) < self._held_until
            speed = 1.0 if held else self._fast
            if speed != self._clock.speed:
                self._clock = Clock(origin=datetime.now(UTC), business_origin=self.now(), speed=speed)
                await tell_workflows(self._clock)
            await asyncio.to_thread(self.save)
            await asyncio.sleep(_LOOK_SECONDS)
