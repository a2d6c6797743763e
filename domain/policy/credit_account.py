"""The credit account of a lead (A9 「信用分级分类监管」): what an event counts, and which grade a total is.

The documents ask for grades and for differentiated supervision; the numbers are ours. A lead begins with 85 points,
which is a B: nothing is held against a newcomer, but A, which comes first at equal conditions, is earned by
reporting on time. Nothing fades by itself: every report on time gives a point back. What was booked in error is
corrected as if it had never been booked, and stays on record. While a lead is on the list of 严重失信主体 it is D.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from domain.policy.source import MEASURES_DATE, Clause, Dated, measures, on, ours

PRINCIPLE = measures("七")
SCORING = ours("信用计分")


class CreditGrade(StrEnum):
    """Credit grade, the best first."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class CreditReason(StrEnum):
    """Why points are booked."""

    ON_TIME = "按时报送"
    LATE = "逾期报送"
    MISSING = "缺报"
    RETURNED_TWICE = "两次退回"
    RECTIFICATION_OVERDUE = "整改逾期"
    DISHONEST = "失信认定"
    SERIOUSLY_DISHONEST = "严重失信认定"
    REPAIRED = "失信修复"
    CORRECTED = "更正"


def _points(value: int) -> tuple[Dated[Decimal], ...]:
    return (Dated(MEASURES_DATE, Decimal(value), SCORING),)


POINTS = {
    CreditReason.ON_TIME: _points(1),
    CreditReason.LATE: _points(-2),
    CreditReason.MISSING: _points(-8),
    CreditReason.RETURNED_TWICE: _points(-3),
    CreditReason.RECTIFICATION_OVERDUE: _points(-10),
    CreditReason.DISHONEST: _points(-20),
    CreditReason.SERIOUSLY_DISHONEST: _points(-60),
    CreditReason.REPAIRED: _points(20),
}
"""What each event counts. A correction (更正) counts what the entry that it corrects came to."""


class Limits(NamedTuple):
    """Where an account begins, and between what it stays."""

    start: Decimal
    floor: Decimal
    cap: Decimal


LIMITS = (Dated(MEASURES_DATE, Limits(start=Decimal(85), floor=Decimal(0), cap=Decimal(100)), SCORING),)

GRADES = (
    Dated(
        MEASURES_DATE,
        {CreditGrade.A: Decimal(90), CreditGrade.B: Decimal(75), CreditGrade.C: Decimal(60)},
        SCORING,
    ),
)
"""The least total of each grade, the best first; below the last it is D."""

WORDED = ("period", "kind", "document_no")
"""What of an entry's detail may travel with a notice and be put into words: never free text."""


class CreditChange(BaseModel):
    """One entry of an account and what it led to."""

    model_config = ConfigDict(frozen=True)

    reason: CreditReason
    points: Decimal  # what the total changed by: at the floor and the cap less than the table says
    nominal: Decimal  # what the table says
    total: Decimal  # afterwards
    grade: CreditGrade
    grade_before: CreditGrade
    clause: Clause
    detail: dict[str, str] = {}  # what it was about, e.g. period and kind of the obligation

    def params(self) -> dict[str, str]:
        """Everything that its words are made from, as flat texts."""
        said = {key: self.detail[key] for key in WORDED if key in self.detail}
        return said | {
            "credit": str(self.reason),
            "points": signed(self.points),
            "total": plain(self.total),
            "grade": str(self.grade),
            "grade_before": str(self.grade_before),
            "clause": self.clause.cite(),
        }


class Standing(BaseModel):
    """The total of an account from a day on."""

    model_config = ConfigDict(frozen=True)

    since: date
    total: Decimal


def standing_on(standings: Iterable[Standing], day: date) -> Standing | None:
    """The last one booked that counts on `day`; None: the lead is not graded yet."""
    known = [standing for standing in standings if standing.since <= day]
    return known[-1] if known else None


def clause_of(reason: CreditReason, day: date) -> Clause:
    """The rule behind an entry that was booked on `day`."""
    return on(POINTS[reason], day).clause if reason in POINTS else on(LIMITS, day).clause


def plain(value: Decimal) -> str:
    """Points as people write them: 85, 72.5."""
    return f"{value.normalize():f}"


def signed(value: Decimal) -> str:
    """A change as people write it: +1, -8, 0."""
    return f"+{plain(value)}" if value > 0 else plain(value)


def start_of_account(day: date) -> Decimal:
    """What an account that is opened on `day` begins with."""
    return on(LIMITS, day).value.start


def grade(total: Decimal, day: date, *, listed: bool = False) -> CreditGrade:
    """The grade of a total by the table in force on `day`; `listed`: the lead is on the list of 严重失信主体."""
    reached = (g for g, least in on(GRADES, day).value.items() if total >= least)
    return CreditGrade.D if listed else next(reached, CreditGrade.D)


def applied(
    total: Decimal,
    reason: CreditReason,
    day: date,
    *,
    detail: Mapping[str, str] | None = None,
    listed: bool = False,
) -> CreditChange:
    """What an event of `day` makes of a total. Not for corrections: see `corrected`."""
    counts = on(POINTS[reason], day)
    after = _bounded(total + counts.value, day)
    return CreditChange(
        reason=reason,
        points=after - total,
        nominal=counts.value,
        total=after,
        grade=grade(after, day, listed=listed),
        grade_before=grade(total, day, listed=listed),
        clause=counts.clause,
        detail=dict(detail or {}),
    )


def corrected(
    total: Decimal,
    without: Decimal,
    day: date,
    *,
    detail: Mapping[str, str] | None = None,
    listed: bool = False,
) -> CreditChange:
    """The entry that takes another back: afterwards the total is what it were `without` that one."""
    return CreditChange(
        reason=CreditReason.CORRECTED,
        points=without - total,
        nominal=without - total,
        total=without,
        grade=grade(without, day, listed=listed),
        grade_before=grade(total, day, listed=listed),
        clause=clause_of(CreditReason.CORRECTED, day),
        detail=dict(detail or {}),
    )


def replayed(start: Decimal, entries: Iterable[tuple[date, Decimal]]) -> Decimal:
    """The total after entries, each with its day and what the table said, in the order in which they were booked."""
    total = start
    for day, nominal in entries:
        total = _bounded(total + nominal, day)
    return total


def _bounded(total: Decimal, day: date) -> Decimal:
    limits = on(LIMITS, day).value
    return min(max(total, limits.floor), limits.cap)
