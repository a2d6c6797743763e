"""What the province's reports say of a half year or a year (A14): counted and summed from what the bases reported.

Money in 万元; percentages with one decimal, half-up, from the exact ratio.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.application import INVESTMENT_KEYS, Funding
from domain.calendar import Period
from domain.forms import dispatch
from domain.lifecycle import Stage
from domain.policy.effectiveness import Grade
from domain.policy.members import ALL_MEMBER_UNITS
from domain.policy.progress import Progress, months_into_pilot
from domain.province_facts import DIRECTION_NAMES, BaseFact, Facts, Handing, Problem
from domain.terms import City, Level, ObligationKind, ObligationState

FUNDS_KEYS = {
    "funds_central": Funding.CENTRAL,
    "funds_province": Funding.PROVINCE,
    "funds_bond": Funding.BOND,
    "funds_loan": Funding.LOAN,
    "funds_self": Funding.OWN,
}
"""The question of 月调度 that asks how much of each source came in."""
TRAINING, SKILLS, INCOME = "实训人次", "技能与合作", "经营收入"
"""Groups of the questions of 月调度."""
STOCKS = frozenset({"teachers_dual"})
"""Reported as they stand at the end of the month: the newest count, they are not added up over months."""

_STAGES = (Stage.PILOT, Stage.CERTIFIED)
_OF_A_SOURCE = ("planned", "in_period", "total")
_ZERO, _TENTH = Decimal(0), Decimal("0.1")
_MONTHS_OF_A_PILOT = 12


class Count(BaseModel):
    """So many of one name, and the share of all."""

    model_config = ConfigDict(frozen=True)

    name: str
    count: int
    share: Decimal | None


class Source(BaseModel):
    """Money of one source against its plan."""

    model_config = ConfigDict(frozen=True)

    name: str
    planned: Decimal
    in_period: Decimal
    total: Decimal
    rate: Decimal | None  # None: no plan


class Amount(BaseModel):
    """What was reported for one question."""

    model_config = ConfigDict(frozen=True)

    label: str
    unit: str
    stock: bool = False  # as it stands, not added up
    in_period: Decimal
    total: Decimal


class OnTime(BaseModel):
    """How the reports of one kind came in. On time, late, missing and still open are all that were owed."""

    model_config = ConfigDict(frozen=True)

    kind: ObligationKind
    owed: int
    on_time: int
    late: int
    missing: int
    open: int
    waived: int  # not owed after all
    rate: Decimal | None


class ProvinceReport(BaseModel):
    """The figures of one report."""

    model_config = ConfigDict(frozen=True)

    period: Period
    day: date
    bases: int
    begun: int  # pilots that began in the period
    certified: int
    gone: int
    suspended: int
    levels: tuple[Count, ...]
    cities: tuple[Count, ...]
    directions: tuple[Count, ...]
    stages: tuple[Count, ...]
    planned: Decimal
    invested: Decimal  # by the bases that have a plan: what the rate is of
    invested_in_period: Decimal
    without_plan: int
    progress: Progress | None  # None: no base has a plan
    sources: tuple[Source, ...]
    funds: Source
    training: tuple[Amount, ...]
    trained: Amount
    skills: tuple[Amount, ...]
    income: tuple[Amount, ...]
    earned: Amount
    on_time: tuple[OnTime, ...]
    helpers: tuple[Count, ...]
    problems: tuple[Problem, ...]
    grades: tuple[Count, ...]


def report_of(facts: Facts) -> ProvinceReport:
    """Count and sum."""
    running = [base for base in facts.bases if base.runs_on(facts.day)]
    return ProvinceReport.model_validate(
        {"period": facts.period, "day": facts.day, "problems": facts.problems}
        | _bases(facts, running)
        | _investment(facts, running)
        | _activity(facts)
        | {
            "on_time": _on_time(facts.handings),
            "helpers": _tally(facts.helpers, sum(facts.helpers.values()), _most_asked(facts.helpers)),
            "grades": _tally(facts.grades, sum(facts.grades.values()), Grade),
        }
    )


def _bases(facts: Facts, running: Sequence[BaseFact]) -> dict[str, object]:
    def in_period(day: date | None) -> bool:
        return day is not None and facts.period.first_day <= day <= facts.day

    all_, day = len(running), facts.day
    return {
        "bases": all_,
        "begun": sum(in_period(base.pilot_start) for base in facts.bases),
        "certified": sum(in_period(base.certified_on) for base in facts.bases),
        "gone": sum(in_period(base.gone_on) for base in facts.bases),
        "suspended": sum(base.suspended for base in running),
        "levels": _tally(Counter(base.level for base in running), all_, Level),
        "cities": _tally(Counter(base.city for base in running), all_, City),
        "directions": _tally(
            Counter(base.direction_name for base in running), all_, DIRECTION_NAMES.values()
        ),
        "stages": _tally(Counter(base.stage_on(day) for base in running), all_, _STAGES),
    }


def _investment(facts: Facts, running: Sequence[BaseFact]) -> dict[str, object]:
    planned = [base for base in running if base.planned_total]
    sources = tuple(_source(facts, key, running) for key in FUNDS_KEYS)
    return {
        "planned": sum((base.planned_total or _ZERO for base in planned), _ZERO),
        "invested": sum((base.invested for base in planned), _ZERO),
        "invested_in_period": facts.of("invest_month").in_period,
        "without_plan": len(running) - len(planned),
        "progress": progress_of(planned, facts.day),
        "sources": sources,
        "funds": _source_of(
            "合计", *(sum((getattr(one, name) for one in sources), _ZERO) for name in _OF_A_SOURCE)
        ),
    }


def _activity(facts: Facts) -> dict[str, object]:
    training, income = _amounts(facts, TRAINING), _amounts(facts, INCOME)
    return {
        "training": training,
        "trained": _together(training),
        "skills": _amounts(facts, SKILLS),
        "income": income,
        "earned": _together(income),
    }


def progress_of(bases: Sequence[BaseFact], day: date) -> Progress | None:
    """完成率 and 序时进度 of bases that have a plan: what they should have invested by `day`, each by the months of
    its own pilot, against all that they plan. None without a plan."""
    plan = sum((base.planned_total or _ZERO for base in bases), _ZERO)
    if not plan:
        return None
    done = sum((base.invested for base in bases), _ZERO) * 100 / plan
    months = ((base.planned_total or _ZERO, months_into_pilot(base.pilot_start, day)) for base in bases)
    time = sum((own * min(n, _MONTHS_OF_A_PILOT) for own, n in months), _ZERO)
    time = time * 100 / (plan * _MONTHS_OF_A_PILOT)
    return Progress(completion=_tenth(done), time=_tenth(time), gap=_tenth(done - time))


def _source(facts: Facts, key: str, running: Sequence[BaseFact]) -> Source:
    source = FUNDS_KEYS[key]
    question = next(asked for asked, about in INVESTMENT_KEYS.items() if about is source)
    planned = sum((base.planned.get(question, _ZERO) for base in running), _ZERO)
    return _source_of(source, planned, facts.of(key).in_period, facts.of(key).total)


def _source_of(name: str, planned: Decimal, in_period: Decimal, total: Decimal) -> Source:
    rate = share(total, planned)
    return Source(name=name, planned=planned, in_period=in_period, total=total, rate=rate)


def _amounts(facts: Facts, group: str) -> tuple[Amount, ...]:
    return tuple(
        Amount(label=q.label, unit=q.unit, stock=q.key in STOCKS, **dict(facts.of(q.key)))
        for q in dispatch.QUESTIONS
        if q.group == group
    )


def _together(amounts: Sequence[Amount]) -> Amount:
    return Amount(
        label="合计",
        unit=amounts[0].unit,
        in_period=sum((one.in_period for one in amounts), _ZERO),
        total=sum((one.total for one in amounts), _ZERO),
    )


def _on_time(handings: Iterable[Handing]) -> tuple[OnTime, ...]:
    by_kind: dict[ObligationKind, Counter[str]] = {}
    for one in handings:
        by_kind.setdefault(one.kind, Counter())[_how(one)] += one.count
    return tuple(_rated(kind, by_kind[kind]) for kind in ObligationKind if kind in by_kind)


def _how(one: Handing) -> str:
    """What was never put right after it was returned is missing, whenever it first came in."""
    if one.state is ObligationState.WAIVED:
        return "waived"
    if one.state is ObligationState.MISSING:
        return "missing"
    return {True: "on_time", False: "late", None: "open"}[one.on_time]


def _rated(kind: ObligationKind, counted: Counter[str]) -> OnTime:
    owed = sum(count for how, count in counted.items() if how != "waived")
    known = {how: counted[how] for how in ("on_time", "late", "missing", "open", "waived")}
    return OnTime(kind=kind, owed=owed, rate=share(known["on_time"], owed), **known)


def _tally(counted: Mapping[Any, int], all_: int, names: Iterable[str]) -> tuple[Count, ...]:
    """The names that occur, in this order."""
    return tuple(
        Count(name=name, count=counted[name], share=share(counted[name], all_))
        for name in names
        if counted.get(name)
    )


def _most_asked(helpers: Mapping[str, int]) -> list[str]:
    """Who is asked most first; the others as they stand in the documents."""
    return sorted(ALL_MEMBER_UNITS, key=lambda unit: -helpers.get(unit, 0))


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """In percent; None of nothing."""
    return _tenth(Decimal(part) * 100 / whole) if whole else None


def _tenth(value: Decimal) -> Decimal:
    return value.quantize(_TENTH, ROUND_HALF_UP) or Decimal("0.0")
