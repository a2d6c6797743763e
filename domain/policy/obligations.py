"""What a running base owes, when, who is told when, and who reviews it (A10, A14 and our dated defaults).

A kind of obligation is a period, a cadence, a ladder and a review: one entry of `CADENCES`. Its questions are in
`domain/forms`, its words in `bot/texts`.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from domain.calendar import Period, PeriodKind, WorkingDays, business_day, end_of, last_day_before
from domain.errors import Stale
from domain.office_hours import AFTERNOON, MORNING, message_instant
from domain.policy.source import CALL_DATE, MEASURES_DATE, Clause, Dated, measures, on, ours
from domain.terms import OWED, ObligationKind, ObligationState, Recipient

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
    review_days: int | None = None
    """Working days for a return, after which it counts as accepted; 0: somebody has to look. None: no review."""


def _regular(period: PeriodKind, due_day: int, review_days: int | None = None) -> Cadence:
    """Late by ten working days at most, as with 月调度."""
    return Cadence(period=period, due_day=due_day, lock_day=due_day + 10, review_days=review_days)


DISPATCH_CADENCE = (Dated(CALL_DATE, _regular(PeriodKind.MONTH, 5, 10), ours("月调度时限")),)
SUPERVISION_CADENCE = (Dated(MEASURES_DATE, _regular(PeriodKind.QUARTER, 10), ours("季督导时限")),)
ASSESSMENT_CADENCE = (Dated(MEASURES_DATE, _regular(PeriodKind.YEAR, 20), ours("年考核时限")),)
PUBLICATION_CADENCE = (Dated(MEASURES_DATE, _regular(PeriodKind.HALF, 15, 10), ours("半年发布时限")),)
REPORT_CADENCE = (Dated(MEASURES_DATE, _regular(PeriodKind.YEAR, 20, 10), ours("年度综合报告时限")),)
RECTIFICATION_CADENCE = (
    Dated(MEASURES_DATE, Cadence(period=None, due_day=0, lock_day=10, review_days=0), ours("整改时限")),
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
    offset: int = 0  # working days after the due day


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
    counted_from: date | None = None  # the day its ladder is counted from, once the deadlines were moved


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

    What was overdue when it stopped stays so; only the lock moves, and what of the ladder was still to come.
    """
    lost = days.count(business_day(stopped), business_day(now)) - days.count(*[business_day(now)] * 2)
    due, lock = last_day_before(plan.due), last_day_before(plan.locks)
    counted_from = days.add(plan.counted_from or due, lost)
    moved = due if plan.due <= stopped else counted_from
    return _again(plan, moved, days.add(lock, lost), now, days, key, counted_from)


def returned(plan: Schedule, submitted: datetime, now: datetime, days: WorkingDays, key: str) -> Schedule:
    """Deadlines for answering again: the days that were left when it was handed in, but a few at least."""
    rest = resumed(plan, submitted, now, days, key)
    least = days.add(business_day(now), on(LEAST_DAYS_AFTER_RETURN, business_day(now)).value)
    due = max(last_day_before(rest.due), least)
    return _again(plan, due, max(last_day_before(rest.locks), days.add(due, _grace(plan))), now, days, key)


def extended(plan: Schedule, due: date, now: datetime, days: WorkingDays, key: str) -> Schedule:
    """Deadlines after an extension: as long as before between due day and lock."""
    return _again(plan, due, days.add(due, _grace(plan)), now, days, key)


def recomputed(plan: Schedule, now: datetime, days: WorkingDays, key: str) -> Schedule:
    """Deadlines by the calendar as it is known now, if they were 暂定; a day that was ordered or granted is kept."""
    if not plan.tentative:
        return plan.model_copy(update={"nudges": tuple(n for n in plan.nudges if n.at > now)})
    if plan.counted_from or _cadence(plan).period is None:
        due = last_day_before(plan.due)
        lock = max(last_day_before(plan.locks), days.add(due, _grace(plan)))
        return _again(plan, due, lock, now, days, key, plan.counted_from)
    new = schedule(plan.kind, Period.parse(plan.period), days, key)
    return new.model_copy(update={"opens": plan.opens, "nudges": tuple(n for n in new.nudges if n.at > now)})


def _again(
    plan: Schedule,
    due: date,
    lock: date,
    now: datetime,
    days: WorkingDays,
    key: str,
    counted_from: date | None = None,
) -> Schedule:
    """New deadlines with what of the ladder is still to come: also today, if it is not the contacts who are told."""
    ladder = _ladder(_cadence(plan), counted_from or due, days, key)
    nudges = tuple(n for n in ladder if _still_to_come(n, now) and n.at < end_of(lock))
    return plan.model_copy(
        update={
            "due": end_of(due),
            "locks": end_of(lock),
            "nudges": nudges,
            "tentative": days.is_tentative(lock.year),
            "counted_from": counted_from or due,
        }
    )


def _still_to_come(nudge: Nudge, now: datetime) -> bool:
    passed_today = nudge.at <= now and business_day(nudge.at) == business_day(now)
    return nudge.at > now or (passed_today and Recipient.CONTACT not in nudge.to)


def _cadence(plan: Schedule) -> Cadence:
    return on(CADENCES[plan.kind], plan.ruled_on or business_day(plan.opens)).value


def _grace(plan: Schedule) -> int:
    """Working days between the due day and the lock."""
    cadence = _cadence(plan)
    return cadence.lock_day - cadence.due_day


def _ladder(cadence: Cadence, due: date, days: WorkingDays, key: str) -> tuple[Nudge, ...]:
    """Contacts are told in the morning, those above them in the afternoon: who reports that morning spares them.

    On a due day that was granted and is a day off nobody is told.
    """
    return tuple(
        Nudge(
            kind=rung.kind,
            at=message_instant(
                days.add(due, rung.offset),
                f"{key}:{rung.offset}",
                MORNING if Recipient.CONTACT in rung.to else AFTERNOON,
            ),
            to=rung.to,
            offset=rung.offset,
        )
        for rung in cadence.ladder
        if rung.offset or days.is_working(due)
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


class Remindable(Protocol):
    """What a reminder is about, as it stands on record."""

    @property
    def state(self) -> ObligationState:
        """Where it stands."""

    @property
    def due(self) -> datetime:
        """The end of the time for handing in (exclusive)."""

    @property
    def paused(self) -> bool:
        """Whether its clock stands still."""


def still_true(kind: str, about: Remindable, now: datetime) -> bool:
    """Whether a reminder that was held up still says the truth: it is owed, and the due day it names is right."""
    if about.state not in OWED or about.paused:
        return False
    match kind:
        case NudgeKind.OPENED | NudgeKind.SOON:
            return now < about.due
        case NudgeKind.TODAY:
            return business_day(now) == last_day_before(about.due)
        case NudgeKind.OVERDUE | NudgeKind.DEPARTMENT | NudgeKind.OFFICE:
            return now >= about.due
    return True
