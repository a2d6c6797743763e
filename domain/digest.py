"""Which pictures go to the office, and when: on the day on which a period is due, and after it is locked."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.calendar import DAY, Period, WorkingDays
from domain.office_hours import AFTERNOON, MORNING, message_instant, office_instant
from domain.policy.obligations import CADENCES, in_force
from domain.policy.picture import LOOKS_BACK
from domain.policy.source import on
from domain.terms import OBLIGATION_SLUG, ObligationKind


class Moment(StrEnum):
    """When a picture goes out."""

    DUE = "应报日"
    LOCKED = "锁定后"


_SLUG = {Moment.DUE: "due", Moment.LOCKED: "locked"}
_WINDOW = {Moment.DUE: AFTERNOON, Moment.LOCKED: MORNING}
_WITHIN_MINUTES = 30
"""So early in the window that there is time to make the picture, and to do something about it on the same day."""


class DigestDue(BaseModel):
    """One picture that goes out, and the working day on which it does."""

    model_config = ConfigDict(frozen=True)

    kind: ObligationKind
    period: str
    moment: Moment
    day: date

    @property
    def id(self) -> str:
        """`digest-monthly-2026-01-due`: its workflow, and the beginning of its business keys."""
        return f"digest-{OBLIGATION_SLUG[self.kind]}-{self.period}-{_SLUG[self.moment]}"


def due_on(today: date, days: WorkingDays) -> list[DigestDue]:
    """Those of today, and of the few working days before: what went out already is known by its business key."""
    first = days.add(today, -on(LOOKS_BACK, today).value)
    return sorted(
        (due for due in _candidates(today, days) if first <= due.day <= today),
        key=lambda due: (due.day, due.id),
    )


def _candidates(today: date, days: WorkingDays) -> Iterator[DigestDue]:
    """Of the last two periods of every kind: the one before may be locked after the next one has ended."""
    for kind, dated in CADENCES.items():
        length = on(dated, today).value.period
        if length is None:
            continue
        last = Period.of(length, today).previous
        for period in (last, last.previous):
            if in_force(kind, period):
                yield from _of_period(kind, period, days)


def _of_period(kind: ObligationKind, period: Period, days: WorkingDays) -> Iterator[DigestDue]:
    cadence = on(CADENCES[kind], period.last_day).value
    first = period.next.first_day
    after_lock = days.nth(days.nth(first, cadence.lock_day) + DAY, 1)
    for moment, day in ((Moment.DUE, days.nth(first, cadence.due_day)), (Moment.LOCKED, after_lock)):
        yield DigestDue(kind=kind, period=str(period), moment=moment, day=day)


def goes_out(due: DigestDue, now: datetime, days: WorkingDays) -> datetime:
    """When it does: in the afternoon of the due day, in the morning after the lock; what is late, in office hours."""
    planned = message_instant(due.day, due.id, _WINDOW[due.moment], _WITHIN_MINUTES)
    return planned if now < planned else office_instant(now, days, due.id)
