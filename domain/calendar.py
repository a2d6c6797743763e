"""Business time: periods, working days, office hours, and the clock that maps them to the machine's time.

Everything that a person sees is a date in Asia/Shanghai. An instant is an aware `datetime`.
The end of a day is the next midnight, exclusive.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
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


class Month(BaseModel):
    """A calendar month as a reporting period, written 2026-11."""

    model_config = ConfigDict(frozen=True)

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Self:
        """The month that `day` is in."""
        return cls(year=day.year, month=day.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `2026-11`; ValueError if it is not a month."""
        return cls.of(datetime.strptime(text, "%Y-%m").date())  # noqa: DTZ007 - a month, not an instant

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"

    @property
    def first_day(self) -> date:
        """The first of the month."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The last of the month."""
        return self.next.first_day - DAY

    @property
    def next(self) -> Self:
        """The month after."""
        return type(self).of(self.first_day + timedelta(days=31))

    @property
    def previous(self) -> Self:
        """The month before."""
        return type(self).of(self.first_day - DAY)


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


_MORNING = time(9, 0)
_MORNING_MINUTES = 150


def message_instant(day: date, key: str) -> datetime:
    """When on `day` a message goes out: office hours of the morning, by a stable jitter, never on :00 or :30.

    Source: 本系统约定 (office hours 09:00–11:30).
    """
    minutes = [m for m in range(_MORNING_MINUTES) if m % 30]
    digest = hashlib.sha256(key.encode()).digest()
    minute = minutes[int.from_bytes(digest[:4], "big") % len(minutes)]
    return datetime.combine(day, _MORNING, SHANGHAI) + timedelta(minutes=minute, seconds=digest[4] % 60)
