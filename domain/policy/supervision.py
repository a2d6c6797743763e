"""How the office supervises a quarter (A10 季督导), and how differently by credit grade (A9 分级监管).

The documents ask for both and give no number: the tables are ours, dated.
"""

from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from domain.calendar import WorkingDays
from domain.errors import Refused
from domain.policy.credit_account import CreditGrade
from domain.policy.source import MEASURES_DATE, Dated, measures, on, ours
from domain.terms import ObligationState

GRADED = measures("七")
SUPERVISION = measures("八")
DIFFERENTIATED = ours("分级督导")
CONCLUDING = ours("督导办结时限")
DEADLINES = ours("整改期限")
ORDERING = ours("责令整改")


class Severity(StrEnum):
    """How bad a finding is."""

    MINOR = "一般"
    MAJOR = "较重"
    GRAVE = "严重"


class Approach(StrEnum):
    """How a quarter is supervised."""

    PAPER_ONLY = "书面督导、免于现场"
    PAPER = "书面督导"
    ON_SITE = "现场督导"


class Measures(NamedTuple):
    """What a credit grade means for a base that is supervised."""

    approach: Approach
    days: MappingProxyType[Severity, int]  # working days for a 整改 when nobody sets another deadline
    may_be_longer: bool  # whether a deadline that is set may be later than these


def _measures(
    approach: Approach, minor: int, major: int, grave: int, *, may_be_longer: bool = True
) -> Measures:
    days = {Severity.MINOR: minor, Severity.MAJOR: major, Severity.GRAVE: grave}
    return Measures(approach, MappingProxyType(days), may_be_longer)


MEASURES = (
    Dated(
        MEASURES_DATE,
        MappingProxyType(
            {
                CreditGrade.A: _measures(Approach.PAPER_ONLY, 20, 15, 10),
                CreditGrade.B: _measures(Approach.PAPER, 20, 15, 10),
                CreditGrade.C: _measures(Approach.ON_SITE, 15, 10, 7),
                CreditGrade.D: _measures(Approach.ON_SITE, 10, 7, 5, may_be_longer=False),
            }
        ),
        DIFFERENTIATED,
    ),
)
"""By credit grade."""

MISSED_SELF_CHECK = (Dated(MEASURES_DATE, Approach.ON_SITE, DIFFERENTIATED),)
"""How a quarter is supervised whose self-check was not handed in, whatever the grade."""

CONCLUDE_WITHIN = (Dated(MEASURES_DATE, 15, CONCLUDING),)
"""Working days that the office has from the end of the self-check."""

MUST_BE_ORDERED = (Dated(MEASURES_DATE, (Severity.MAJOR, Severity.GRAVE), ORDERING),)
"""Findings that are not only pointed out: they have to be put right."""

LEAST_ORDER_DAYS = (Dated(MEASURES_DATE, 2, DEADLINES),)
LONGEST_ORDER_DAYS = (Dated(MEASURES_DATE, 60, DEADLINES),)
"""Working days within which a deadline for 整改 may be set."""


def approach_for(grade: CreditGrade, self_report: ObligationState, day: date) -> Approach:
    """How a quarter is supervised by the table in force on `day`."""
    if self_report is ObligationState.MISSING:
        return on(MISSED_SELF_CHECK, day).value
    return on(MEASURES, day).value[grade].approach


def conclude_by(day: date, days: WorkingDays) -> date:
    """The last day on which the office is in time, when the self-check ended on `day`."""
    return days.add(day, on(CONCLUDE_WITHIN, day).value)


def default_due(grade: CreditGrade, severity: Severity, day: date, days: WorkingDays) -> date:
    """By when something ordered on `day` has to be put right if nobody sets another deadline."""
    return days.add(day, on(MEASURES, day).value[grade].days[severity])


def due_of(grade: CreditGrade, severity: Severity, day: date, days: WorkingDays, asked: date | None) -> date:
    """The deadline of a 整改 ordered on `day`: the one asked for, or the table's. Raises Refused."""
    usual = default_due(grade, severity, day, days)
    if asked is None:
        return usual
    least, longest = on(LEAST_ORDER_DAYS, day), on(LONGEST_ORDER_DAYS, day)
    first, last = days.add(day, least.value), days.add(day, longest.value)
    if not first <= asked <= last:
        raise Refused("supervision.due_out_of_range", least.clause, due=asked, first=first, last=last)
    if not days.is_working(asked):
        raise Refused("supervision.due_not_working", DEADLINES, due=asked)
    if asked > usual and not on(MEASURES, day).value[grade].may_be_longer:
        raise Refused("supervision.due_shortened", DIFFERENTIATED, due=asked, last=usual, grade=grade)
    return asked


def check_ordered(severity: Severity, item: str, day: date, *, ordered: bool) -> None:
    """Refuse to only point out what has to be put right."""
    rule = on(MUST_BE_ORDERED, day)
    if severity in rule.value and not ordered:
        raise Refused("supervision.order_needed", rule.clause, severity=severity, item=item)
