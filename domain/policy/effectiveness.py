"""年考核 and 效能评价 (A12, A15): the eight elements, how the parts of a score are weighed, and the grades.

The documents ask for a yearly assessment with a third-party evaluation whose results are published, and name the eight
elements. All numbers are ours, dated.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from domain.calendar import Period
from domain.errors import Refused
from domain.policy.ranking import mean, outliers
from domain.policy.rubric import CENT, FULL, Rubric, RubricItem
from domain.policy.source import MEASURES_DATE, Dated, measures, on, ours

EFFECTIVENESS = measures("八")
WEIGHING = ours("效能评价计分")
GRADING = ours("考核等次")
CAPS = ours("等次限制")
EVALUATORS = ours("最少评价份数")
APPEAL = ours("考核申诉期")
DEADLINES = ours("考核办理时限")


class Grade(StrEnum):
    """What a year's assessment comes to, the best first."""

    EXCELLENT = "优秀"
    GOOD = "合格"
    FAIR = "基本合格"
    POOR = "不合格"


class Graded(NamedTuple):
    """The published grade of a year."""

    year: str
    grade: Grade


RUBRIC: tuple[Dated[Rubric], ...] = (
    Dated(
        MEASURES_DATE,
        (
            RubricItem("planning", "计划规划", 10),
            RubricItem("organisation", "组织方式", 10),
            RubricItem("positioning", "目标定位", 10),
            RubricItem("tasks", "重点任务", 20),
            RubricItem("indicators", "指标体系", 10),
            RubricItem("scale", "规模价值", 15),
            RubricItem("benefits", "预期效益", 15),
            RubricItem("evaluation", "绩效评价", 10),
        ),
        WEIGHING,
    ),
)
"""The eight elements of the management loop (A15), 0 to 100 points for each; the weights sum to 100."""


class Shares(NamedTuple):
    """What the parts of a total weigh; they sum to 100."""

    third_party: int
    self_report: int
    reporting: int


SHARES = (Dated(MEASURES_DATE, Shares(third_party=70, self_report=10, reporting=20), WEIGHING),)
LATE_COUNTS = (Dated(MEASURES_DATE, Decimal("0.5"), WEIGHING),)
"""What a late report counts, one on time counting 1 and a missing one nothing."""

LEAST_POINTS: tuple[Dated[Mapping[Grade, Decimal]], ...] = (
    Dated(
        MEASURES_DATE,
        MappingProxyType(
            {Grade.EXCELLENT: Decimal(90), Grade.GOOD: Decimal(75), Grade.FAIR: Decimal(60)},
        ),
        GRADING,
    ),
)
"""The least total of each grade; below all of them it is 不合格."""


class Cap(StrEnum):
    """Why a grade is not better than it is, whatever the total."""

    NO_SELF_REPORT = "年考核自评缺报"
    MISSING_REPORTS = "当年有缺报"


BEST_WITH = (
    Dated(
        MEASURES_DATE,
        MappingProxyType({Cap.NO_SELF_REPORT: Grade.FAIR, Cap.MISSING_REPORTS: Grade.GOOD}),
        CAPS,
    ),
)
"""The best grade there can be."""

LEAST_EVALUATIONS = (Dated(MEASURES_DATE, 3, EVALUATORS),)
OUTLIER_POINTS = (Dated(MEASURES_DATE, Decimal(15), ours("离群分")),)
"""An evaluation further than this from the median is pointed out; it counts all the same."""

EVALUATION_DAYS = (Dated(MEASURES_DATE, 20, DEADLINES),)
PROPOSAL_DAYS = (Dated(MEASURES_DATE, 5, DEADLINES),)
APPEAL_DAYS = (Dated(MEASURES_DATE, 5, APPEAL),)
REVIEW_DAYS = (Dated(MEASURES_DATE, 10, DEADLINES),)
PUBLICATION_DAYS = (Dated(MEASURES_DATE, 5, DEADLINES),)
"""Working days: of the third party, of the office for a grade, of the lead for an appeal, of the office for deciding
about it, and for publishing."""

REMIND_EVERY_DAYS = (Dated(MEASURES_DATE, 5, DEADLINES),)
"""Working days after which the office is reminded again of what is overdue."""


class ReportingRecord(BaseModel):
    """How the base reported in the year: what it owed, and what of it was on time, late, or missing."""

    model_config = ConfigDict(frozen=True)

    on_time: int = 0
    late: int = 0
    missing: int = 0

    @property
    def owed(self) -> int:
        """All of it."""
        return self.on_time + self.late + self.missing


class Result(BaseModel):
    """What a year comes to, with all that it was computed from. Points are 0 to 100, two decimals, half up."""

    model_config = ConfigDict(frozen=True)

    third_party: Decimal | None  # the mean; None: nobody evaluated
    evaluations: int
    outliers: int
    self_report: Decimal
    reporting: Decimal
    record: ReportingRecord
    total: Decimal
    grade: Grade
    caps: tuple[Cap, ...] = ()


def ruling_day(year: str) -> date:
    """The day whose values a year is assessed by: its last."""
    return Period.parse(year).last_day


def self_points(values: Mapping[str, str], day: date) -> Decimal:
    """The weighted total of the self-scores in a self-assessment; nothing, where there is none."""
    scores = [(item.weight, Decimal(values.get(f"{item.key}_score", "0"))) for item in on(RUBRIC, day).value]
    return _half_up(sum((weight * score for weight, score in scores), Decimal(0)) / 100)


def reporting_points(record: ReportingRecord, day: date) -> Decimal:
    """100 for a base that reported everything on time, or owed nothing."""
    if not record.owed:
        return _half_up(FULL)
    counted = record.on_time + record.late * on(LATE_COUNTS, day).value
    return _half_up(counted * 100 / record.owed)


def result(
    scores: Sequence[Decimal], own: Mapping[str, str] | None, record: ReportingRecord, day: date
) -> Result:
    """The total and the grade by the values in force on `day`.

    `own` is the self-assessment, None if it is missing. If nobody evaluated, the other parts are all there is.
    """
    shares = on(SHARES, day).value
    third = mean(scores) if scores else None
    self_report, reporting = self_points(own or {}, day), reporting_points(record, day)
    parts = [(shares.self_report, self_report), (shares.reporting, reporting)]
    parts += [(shares.third_party, third)] if third is not None else []
    total = _half_up(sum((w * p for w, p in parts), Decimal(0)) / sum(w for w, _ in parts))
    caps = _caps(own is None, record)
    return Result(
        third_party=third,
        evaluations=len(scores),
        outliers=len(outliers(scores, on(OUTLIER_POINTS, day).value)),
        self_report=self_report,
        reporting=reporting,
        record=record,
        total=total,
        grade=_capped(grade_of(total, day), caps, day),
        caps=caps,
    )


def grade_of(total: Decimal, day: date) -> Grade:
    """The grade of a total, before anything that limits it."""
    reached = (grade for grade, least in on(LEAST_POINTS, day).value.items() if total >= least)
    return next(reached, Grade.POOR)


def _caps(no_self_report: bool, record: ReportingRecord) -> tuple[Cap, ...]:
    holds = ((Cap.NO_SELF_REPORT, no_self_report), (Cap.MISSING_REPORTS, record.missing > 0))
    return tuple(cap for cap, it_does in holds if it_does)


def _capped(grade: Grade, caps: Sequence[Cap], day: date) -> Grade:
    order = list(Grade)
    best = [on(BEST_WITH, day).value[cap] for cap in caps]
    return max([grade, *best], key=order.index)


def check_enough(evaluations: int, day: date, *, explained: bool) -> None:
    """Refuse to close with too few evaluations, unless somebody says why."""
    least = on(LEAST_EVALUATIONS, day)
    if evaluations < least.value and not explained:
        raise Refused("assessment.too_few", least.clause, count=evaluations, least=least.value)


def _half_up(points: Decimal) -> Decimal:
    return points.quantize(CENT, ROUND_HALF_UP)
