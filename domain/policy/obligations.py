"""What a running base owes, when, and when it is reminded (A10 and our dated defaults)."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.calendar import Month, WorkingDays, end_of, last_day_before, message_instant
from domain.errors import Stale
from domain.policy.source import CALL_DATE, Clause, Dated, measures, on, ours
from domain.terms import ObligationKind, ObligationState

REGULAR_SUPERVISION = measures("八")
WHO_OWES = ours("应报范围")


class Cadence(BaseModel):
    """Working days of the month after the period: day of opening, last day on time, last day accepted at all."""

    model_config = ConfigDict(frozen=True)

    opens_day: int
    due_day: int
    lock_day: int
    reminders: tuple[int, ...]  # working days relative to the due day


DISPATCH_CADENCE = (
    Dated(
        CALL_DATE,
        Cadence(opens_day=1, due_day=5, lock_day=15, reminders=(-2, 0, 1)),
        ours("月调度时限"),
    ),
)
CADENCES = {ObligationKind.DISPATCH: DISPATCH_CADENCE}


class NudgeKind(StrEnum):
    """Why a reminder goes out."""

    SOON = "soon"
    TODAY = "today"
    OVERDUE = "overdue"


class Nudge(BaseModel):
    """One planned reminder."""

    model_config = ConfigDict(frozen=True)

    kind: NudgeKind
    at: datetime


class Schedule(BaseModel):
    """The deadlines of one obligation, computed once from the calendar as it was known then."""

    model_config = ConfigDict(frozen=True)

    kind: ObligationKind
    period: str
    opens: datetime
    due: datetime  # exclusive
    locks: datetime  # exclusive
    nudges: tuple[Nudge, ...]
    tentative: bool
    clause: Clause


def owes(period: Month, pilot_start: date, gone: date | None = None) -> bool:
    """Whether a base owes `period`: its pilot began by the last day, and it was not gone on that day."""
    return pilot_start <= period.last_day and (gone is None or gone > period.last_day)


def schedule(kind: ObligationKind, period: Month, days: WorkingDays, key: str) -> Schedule:
    """Deadlines of `kind` for `period`; `key` spreads the messages of different bases over the morning."""
    rule = on(CADENCES[kind], period.last_day)
    after = period.next
    due_day = days.nth(after.first_day, rule.value.due_day)
    nudges = tuple(
        Nudge(kind=_nudge_kind(offset), at=message_instant(days.add(due_day, offset), f"{key}:{offset}"))
        for offset in rule.value.reminders
    )
    return Schedule(
        kind=kind,
        period=str(period),
        opens=message_instant(days.nth(after.first_day, rule.value.opens_day), f"{key}:{period}"),
        due=end_of(due_day),
        locks=end_of(days.nth(after.first_day, rule.value.lock_day)),
        nudges=nudges,
        tentative=days.is_tentative(after.year),
        clause=rule.clause,
    )


def check_open(schedule: Schedule, state: ObligationState, now: datetime) -> None:
    """Refuse an answer to what was handed in, or is locked."""
    if state is ObligationState.OPEN and now < schedule.locks:
        return
    raise Stale(
        "obligation.submitted" if state is ObligationState.SUBMITTED else "obligation.locked",
        schedule.clause,
        period=schedule.period,
        kind=schedule.kind,
        locks=last_day_before(schedule.locks),
    )


def _nudge_kind(offset: int) -> NudgeKind:
    if offset < 0:
        return NudgeKind.SOON
    return NudgeKind.TODAY if offset == 0 else NudgeKind.OVERDUE
