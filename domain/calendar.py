"""Business time: periods, working days, and the clock that maps them to the machine's time.

Everything that a person sees is a date in Asia/Shanghai. An instant is an aware `datetime`.
The end of a day is the next midnight, exclusive.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


def business_day(instant: datetime) -> date:
    """The date of an instant in Shanghai."""
    return instant.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """Midnight at which `day` begins in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def end_of(day: date) -> datetime:
    """The first instant after `day`."""
    return start_of(day + DAY)


def last_day_before(instant: datetime) -> date:
    """The day that an exclusive end closes: the inverse of `end_of`."""
    return business_day(instant - timedelta(microseconds=1))


def shown_end(instant: datetime) -> str:
    """How an exclusive end is told: the last day, or the minute if it is not midnight."""
    local = instant.astimezone(SHANGHAI)
    return f"{local:%Y-%m-%d %H:%M}" if local.time() != time() else str(last_day_before(instant))


def corresponding_day(start: date, years: int) -> date:
    """The same day `years` later, or the month's last day where there is none (《民法典》二百零二条)."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, day=28)


class Clock(BaseModel):
    """Maps the machine's time to business time. Identity in production; the demo and tests run it fast or elsewhere.

    business = business_origin + (real - origin) * speed
    """

    model_config = ConfigDict(frozen=True)

    origin: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    business_origin: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    speed: float = 1.0

    def business(self, real: datetime) -> datetime:
        """Business instant of a machine instant, in Shanghai."""
        return (self.business_origin + (real - self.origin) * self.speed).astimezone(SHANGHAI)

    def real(self, business: datetime) -> datetime:
        """Machine instant at which a business instant comes."""
        return self.origin + (business - self.business_origin) / self.speed

    @property
    def current(self) -> "Clock":
        """Itself: see `BusinessTime`."""
        return self

    def now(self) -> datetime:
        """Business time of the calling process. Never call this in workflow code."""
        return self.business(datetime.now(UTC))


class BusinessTime(Protocol):
    """What time it is, by a clock that may be exchanged while the program runs (only the demo does)."""

    @property
    def current(self) -> Clock:
        """The clock in force, as it is given to workflows."""

    def now(self) -> datetime:
        """Business time now."""


class PeriodKind(StrEnum):
    """How long a reporting period is."""

    MONTH = "月"
    QUARTER = "季"
    HALF = "半年"
    YEAR = "年"


_MONTHS_IN = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF: 6, PeriodKind.YEAR: 12}
_WRITTEN = {
    PeriodKind.MONTH: "{year}-{number:02d}",
    PeriodKind.QUARTER: "{year}-Q{number}",
    PeriodKind.HALF: "{year}-H{number}",
    PeriodKind.YEAR: "{year}",
}
_PERIOD = re.compile(
    r"(?P<year>\d{4})(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|H(?P<half>[12])))?", re.ASCII
)


class Period(BaseModel):
    """A reporting period: `2026-11`, `2026-Q4`, `2026-H2` or `2026`. `number` counts within the year, from 1."""

    model_config = ConfigDict(frozen=True)

    kind: PeriodKind
    year: int
    number: int = 1

    @classmethod
    def of(cls, kind: PeriodKind, day: date) -> Self:
        """The period of that length that `day` is in."""
        return cls(kind=kind, year=day.year, number=(day.month - 1) // _MONTHS_IN[kind] + 1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """From how it is written; ValueError if it is not a period."""
        found = _PERIOD.fullmatch(text)
        if found is None or found["year"] == "0000":
            raise ValueError(f"{text!r} is not a period")
        for kind, name in (
            (PeriodKind.MONTH, "month"),
            (PeriodKind.QUARTER, "quarter"),
            (PeriodKind.HALF, "half"),
        ):
            if found[name]:
                return cls(kind=kind, year=int(found["year"]), number=int(found[name]))
        return cls(kind=PeriodKind.YEAR, year=int(found["year"]))

    def __str__(self) -> str:
        return _WRITTEN[self.kind].format(year=self.year, number=self.number)

    @property
    def first_day(self) -> date:
        """The first day of the period."""
        return date(self.year, (self.number - 1) * _MONTHS_IN[self.kind] + 1, 1)

    @property
    def last_day(self) -> date:
        """The last day of the period."""
        return self.next.first_day - DAY

    @property
    def next(self) -> Self:
        """The period after."""
        per_year = 12 // _MONTHS_IN[self.kind]
        later, number = divmod(self.number, per_year)
        return type(self)(kind=self.kind, year=self.year + later, number=number + 1)

    @property
    def previous(self) -> Self:
        """The period before."""
        return type(self).of(self.kind, self.first_day - DAY)


class WorkingDays:
    """Which days are worked: weekends, holidays and 调休 in one question.

    `known_through` is the last year whose holidays are announced; after it weekends only (暂定).
    """

    def __init__(
        self, off: frozenset[date] = frozenset(), extra: frozenset[date] = frozenset(), known_through: int = 0
    ) -> None:
        self._off, self._extra, self.known_through = off, extra, known_through

    def is_working(self, day: date) -> bool:
        """Whether offices work on `day`."""
        return day in self._extra or (day.weekday() < 5 and day not in self._off)

    def is_tentative(self, year: int) -> bool:
        """Whether the holidays of `year` are not announced yet (暂定)."""
        return year > self.known_through

    def around(self, year: int) -> "CalendarDays":
        """What is known of the year before, this one and the next."""
        years = (year - 1, year, year + 1)
        return CalendarDays(
            off=tuple(sorted(d for d in self._off if d.year in years)),
            extra=tuple(sorted(d for d in self._extra if d.year in years)),
            known_through=self.known_through,
        )

    def _from(self, day: date, step: timedelta) -> Iterator[date]:
        while True:
            if self.is_working(day):
                yield day
            day += step

    def nth(self, first: date, n: int) -> date:
        """The n-th working day counted from `first`, which counts itself if worked (n ≥ 1)."""
        days = self._from(first, DAY)
        for _ in range(n - 1):
            next(days)
        return next(days)

    def add(self, day: date, n: int) -> date:
        """`n` working days after (n > 0) or before (n < 0) `day`; `day` itself for 0."""
        if n == 0:
            return day
        step = DAY if n > 0 else -DAY
        days = self._from(day + step, step)
        for _ in range(abs(n) - 1):
            next(days)
        return next(days)

    def count(self, first: date, last: date) -> int:
        """Working days from `first` to `last`, both included."""
        span = (last - first).days + 1
        return sum(self.is_working(first + DAY * i) for i in range(max(span, 0)))


class CalendarDays(BaseModel):
    """The working-day calendar as it was known when it was asked for, to be kept with what was begun with it."""

    model_config = ConfigDict(frozen=True)

    off: tuple[date, ...] = ()
    extra: tuple[date, ...] = ()
    known_through: int = 0

    def working_days(self) -> WorkingDays:
        """Which days are worked."""
        return WorkingDays(frozenset(self.off), frozenset(self.extra), self.known_through)
