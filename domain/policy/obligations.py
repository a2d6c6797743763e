"""What a running base owes, when, who is told when, and who reviews it (A10, A14 and our dated defaults).

A kind of obligation is a period, a cadence, a ladder and a review: one entry of `CADENCES`. Its questions are in
`domain/forms`, its words in `bot/texts`.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.calendar import Period, PeriodKind, WorkingDays, business_day, end_of, last_day_before
from domain.errors import Stale
from domain.office_hours import AFTERNOON, MORNING, message_instant
from domain.policy.source import CALL_DATE, MEASURES_DATE, Clause, Dated, measures, on, ours
from domain.terms import OWED, ObligationKind, ObligationState

REGULAR_SUPERVISION = measures("八")
WHO_OWES = ours("应报范围")
RETURNS = ours("退回重报")

OPENS_BEFORE = timedelta(minutes=10)
"""So much before it is told an obligation is opened: whoever owes several is told of all in one message."""

LEAST_DAYS_AFTER_RETURN = (Dated(CALL_DATE, 2, RETURNS),)
"""Working days that whoever has to answer again has at least."""


class NudgeKind(StrEnum):
    """Why a message goes out."""

    OPENED = "opened"
    SOON = "soon"
    TODAY = "today"
    OVERDUE = "overdue"
    DEPARTMENT = "department"
    OFFICE = "office"
    ASKED = "asked"  # 「明天提醒我」


class Recipient(StrEnum):
    """Who is told."""

    CONTACT = "联系人"
    DEPUTY = "副联系人"
    DEPARTMENT = "主管部门"
    OFFICE = "厅际联席会议办公室"


class Rung(BaseModel):
    """One step of the ladder: how many working days after the due day (before it, if negative) who is told."""

    model_config = ConfigDict(frozen=True)

    kind: NudgeKind
    offset: int
    to: tuple[Recipient, ...]


LADDER = (
    Rung(kind=NudgeKind.SOON, offset=-2, to=(Recipient.CONTACT,)),
    Rung(kind=NudgeKind.TODAY, offset=0, to=(Recipient.CONTACT,)),
    Rung(kind=NudgeKind.OVERDUE, offset=1, to=(Recipient.CONTACT, Recipient.DEPUTY)),
    Rung(kind=NudgeKind.DEPARTMENT, offset=3, to=(Recipient.DEPARTMENT,)),
    Rung(kind=NudgeKind.OFFICE, offset=5, to=(Recipient.OFFICE,)),
)


class Cadence(BaseModel):
    """A kind's working days after its period: opening, last day on time, last day accepted at all; its ladder.

    A kind without a period is ordered: whoever orders it says by when.
    """

    model_config = ConfigDict(frozen=True)

    period: PeriodKind | None
    opens_day: int = 1
    due_day: int
    lock_day: int
    ladder: tuple[Rung, ...] = LADDER
    review_days: int | None = (
        None  # working days for a return; after them it counts as accepted. None: no review
    )


def _regular(period: PeriodKind, due_day: int, review_days: int | None = None) -> Cadence:
    """Late by ten working days at most, as with 月调度."""
    return Cadence(period=period, due_day=due_day, lock_day=due_day + 10, review_days=review_days)


DISPATCH_CADENCE = (Dated(CALL_DATE, _regular(PeriodKind.MONTH, 5, 10), ours("月调度时限")),)
SUPERVISION_CADENCE = (Dated(MEASURES_DATE, _regular(PeriodKind.QUARTER, 10), ours("季督导时限")),)
ASSESSMENT_CADENCE = (Dated(MEASURES_DATE, _regular(PeriodKind.YEAR, 20), ours("年考核时限")),)
PUBLICATION_CADENCE = (Dated(MEASURES_DATE, _regular(PeriodKind.HALF, 15, 10), ours("半年发布时限")),)
REPORT_CADENCE = (Dated(MEASURES_DATE, _regular(PeriodKind.YEAR, 20, 10), ours("年度综合报告时限")),)
RECTIFICATION_CADENCE = (
    Dated(MEASURES_DATE, Cadence(period=None, due_day=0, lock_day=10, review_days=10), ours("整改时限")),
)

CADENCES = {
    ObligationKind.DISPATCH: DISPATCH_CADENCE,
    ObligationKind.SUPERVISION: SUPERVISION_CADENCE,
    ObligationKind.ASSESSMENT: ASSESSMENT_CADENCE,
    ObligationKind.PUBLICATION: PUBLICATION_CADENCE,
    ObligationKind.REPORT: REPORT_CADENCE,
    ObligationKind.RECTIFICATION: RECTIFICATION_CADENCE,
}


class Nudge(BaseModel):
    """One planned message."""

    model_config = ConfigDict(frozen=True)

    kind: NudgeKind
    at: datetime
    to: tuple[Recipient, ...] = (Recipient.CONTACT,)


class Schedule(BaseModel):
    """The deadlines of one obligation, computed from the calendar as it was known then."""

    model_config = ConfigDict(frozen=True)

    kind: ObligationKind
    period: str
    opens: datetime
    due: datetime  # exclusive
    locks: datetime  # exclusive
    nudges: tuple[Nudge, ...]
    tentative: bool
    clause: Clause
    ruled_on: date | None = None  # the day whose cadence holds
    review_days: int | None = None


class Suspension(BaseModel):
    """A base stands still from `first` to `last`, both included; without a last day it still does."""

    model_config = ConfigDict(frozen=True)

    first: date
    last: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the base stands still on `day`."""
        return self.first <= day and (self.last is None or day <= self.last)


def owes(
    period: Period, pilot_start: date, gone: date | None = None, suspensions: Sequence[Suspension] = ()
) -> bool:
    """Whether a base owes `period`: on its last day it is in pilot or certified, not gone and not suspended."""
    day = period.last_day
    if pilot_start > day or (gone is not None and gone <= day):
        return False
    return not any(s.covers(day) for s in suspensions)


def in_force(kind: ObligationKind, period: Period) -> bool:
    """Whether there was a rule for this kind on the last day of the period."""
    return any(dated.effective_from <= period.last_day for dated in CADENCES[kind])


def opening_in(year: int) -> Iterator[tuple[ObligationKind, Period]]:
    """Every kind and period whose time for handing in begins in `year`."""
    for kind, dated in CADENCES.items():
        length = dated[-1].value.period
        if length is None:
            continue
        period = Period.of(length, date(year - 1, 12, 31))
        while period.next.first_day.year == year:
            if in_force(kind, period):
                yield kind, period
            period = period.next


def schedule(kind: ObligationKind, period: Period, days: WorkingDays, key: str) -> Schedule:
    """Deadlines of `kind` for `period`; `key` spreads the messages of different bases over the morning."""
    rule = on(CADENCES[kind], period.last_day)
    first = period.next.first_day
    due_day = days.nth(first, rule.value.due_day)
    opening = days.nth(first, rule.value.opens_day)
    told = message_instant(opening, f"{key}:{opening}")  # the same for all that a base owes from this day on
    return Schedule(
        kind=kind,
        period=str(period),
        opens=told - OPENS_BEFORE,
        due=end_of(due_day),
        locks=end_of(days.nth(first, rule.value.lock_day)),
        nudges=(Nudge(kind=NudgeKind.OPENED, at=told), *_ladder(rule.value, due_day, days, key)),
        tentative=days.is_tentative(first.year),
        clause=rule.clause,
        ruled_on=period.last_day,
        review_days=rule.value.review_days,
    )


def ordered(
    kind: ObligationKind, number: str, opens: datetime, due: date, days: WorkingDays, key: str
) -> Schedule:
    """Deadlines of something that was ordered to be done by `due`; `number` stands where a period would."""
    rule = on(CADENCES[kind], business_day(opens))
    first = Nudge(kind=NudgeKind.OPENED, at=opens)
    later = [n for n in _ladder(rule.value, due, days, key) if n.at > opens]
    return Schedule(
        kind=kind,
        period=number,
        opens=opens,
        due=end_of(due),
        locks=end_of(days.add(due, rule.value.lock_day)),
        nudges=(first, *later),
        tentative=days.is_tentative(due.year),
        clause=rule.clause,
        ruled_on=business_day(opens),
        review_days=rule.value.review_days,
    )


def resumed(plan: Schedule, stopped: datetime, now: datetime, days: WorkingDays, key: str) -> Schedule:
    """Deadlines after the clock stood still from `stopped` to `now`: later by the working days in between.

    What was overdue when it stopped stays so; only the lock moves.
    """
    lost = days.count(business_day(stopped), business_day(now)) - days.count(*[business_day(now)] * 2)
    due, lock = last_day_before(plan.due), last_day_before(plan.locks)
    moved = due if plan.due <= stopped else days.add(due, lost)
    return _again(plan, moved, days.add(lock, lost), now, days, key)


def returned(plan: Schedule, submitted: datetime, now: datetime, days: WorkingDays, key: str) -> Schedule:
    """Deadlines for answering again: the days that were left when it was handed in, but a few at least."""
    rest = resumed(plan, submitted, now, days, key)
    least = days.add(business_day(now), on(LEAST_DAYS_AFTER_RETURN, business_day(now)).value)
    due = max(last_day_before(rest.due), least)
    return _again(plan, due, max(last_day_before(rest.locks), days.add(due, _grace(plan))), now, days, key)


def extended(plan: Schedule, due: date, now: datetime, days: WorkingDays, key: str) -> Schedule:
    """Deadlines after an extension: as long as before between due day and lock."""
    return _again(plan, due, days.add(due, _grace(plan)), now, days, key)


def _again(plan: Schedule, due: date, lock: date, now: datetime, days: WorkingDays, key: str) -> Schedule:
    """New deadlines with what of the ladder is still to come."""
    nudges = tuple(n for n in _ladder(_cadence(plan), due, days, key) if now < n.at < end_of(lock))
    return plan.model_copy(
        update={
            "due": end_of(due),
            "locks": end_of(lock),
            "nudges": nudges,
            "tentative": days.is_tentative(lock.year),
        }
    )


def _cadence(plan: Schedule) -> Cadence:
    return on(CADENCES[plan.kind], plan.ruled_on or business_day(plan.opens)).value


def _grace(plan: Schedule) -> int:
    """Working days between the due day and the lock."""
    cadence = _cadence(plan)
    return cadence.lock_day - cadence.due_day


def _ladder(cadence: Cadence, due: date, days: WorkingDays, key: str) -> tuple[Nudge, ...]:
    """Contacts are told in the morning, those above them in the afternoon: who reports that morning spares them."""
    return tuple(
        Nudge(
            kind=rung.kind,
            at=message_instant(
                days.add(due, rung.offset),
                f"{key}:{rung.offset}",
                MORNING if Recipient.CONTACT in rung.to else AFTERNOON,
            ),
            to=rung.to,
        )
        for rung in cadence.ladder
    )


def check_open(schedule: Schedule, state: ObligationState, now: datetime) -> None:
    """Refuse an answer to what was handed in, or is locked."""
    if state in OWED and now < schedule.locks:
        return
    locked = state in OWED or state is ObligationState.MISSING
    raise Stale(
        "obligation.locked" if locked else "obligation.submitted",
        schedule.clause,
        period=schedule.period,
        kind=schedule.kind,
        locks=last_day_before(schedule.locks),
    )
