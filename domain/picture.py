"""The picture of a period: who reported, how the groups compare, what the items add up to, what changed, who asks for help.

Money is in 万元.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from pydantic import BaseModel, ConfigDict, computed_field

from domain.calendar import Period, PeriodKind
from domain.league import Counts, Dimension, Investment, League, percent
from domain.terms import ObligationKind

_TENTH = Decimal("0.1")
_NUMERALS = "一二三四"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Outcome(StrEnum):
    """How a base stands with what it owes for the period."""

    ON_TIME = "按时"
    LATE = "迟报"
    MISSING = "缺报"
    OPEN = "未报"  # and there is still time
    WAIVED = "免报"


class ItemTotal(_Value):
    """One item of the form, added up over all that stands reported."""

    no: int
    key: str
    label: str
    group: str
    unit: str
    period: Decimal
    previous: Decimal
    year: Decimal | None  # from January on; None: the months of this item cannot be added up
    since_start: (
        Decimal | None
    )  # all that was ever reported; of a running total, what each base reported last

    @computed_field  # type: ignore[prop-decorator]
    @property
    def change(self) -> Decimal | None:
        """Against the period before, in percent; None if that was nothing."""
        if not self.previous:
            return None
        return percent(Fraction(self.period - self.previous) / Fraction(self.previous))


class Change(_Value):
    """What one base reported for an item, against what it reported the period before."""

    base_id: str
    base: str
    city: str
    key: str
    label: str
    unit: str
    before: Decimal
    now: Decimal
    weight: Decimal  # the difference in percent of the larger total of the item in the two periods

    @computed_field  # type: ignore[prop-decorator]
    @property
    def difference(self) -> Decimal:
        """More than before, or less."""
        return self.now - self.before


class Problem(_Value):
    """What a base has trouble with, and the member unit it asks for help."""

    base_id: str
    base: str
    city: str
    unit: str | None
    text: str  # may be empty: only help was asked for


class Help(_Value):
    """The open problems that one member unit is asked for help with; None: nobody is."""

    unit: str | None
    problems: tuple[Problem, ...]


class Outstanding(_Value):
    """A base from which there is no report."""

    base_id: str
    base: str
    city: str
    department: str | None
    outcome: Outcome


class Picture(_Value):
    """All of a period and a kind, of the province or of one city."""

    kind: ObligationKind
    period: str
    city: str | None
    at: datetime
    due: date
    locks: date  # the last day on which late ones are taken
    locked: bool
    tentative: bool  # deadlines from a calendar that is not announced yet
    counts: Counts
    investment: Investment | None
    leagues: tuple[League, ...]
    items: tuple[ItemTotal, ...]
    changes: tuple[Change, ...]
    help: tuple[Help, ...]
    outstanding: tuple[Outstanding, ...]

    @property
    def title(self) -> str:
        """2026年10月月调度."""
        return f"{words_of(Period.parse(self.period))}{self.kind}"

    @property
    def scope(self) -> str:
        """全省, or the city."""
        return f"{self.city}市" if self.city else "全省"

    def league(self, dimension: Dimension) -> League:
        """The table of one dimension."""
        return next(league for league in self.leagues if league.dimension is dimension)


def weight(difference: Decimal, totals: Iterable[Decimal]) -> Decimal:
    """How much a change is of the larger of two totals, in percent."""
    whole = max(totals)
    return (abs(difference) * 100 / whole).quantize(_TENTH, ROUND_HALF_UP) if whole else Decimal("0.0")


def grouped(problems: Iterable[Problem], units: Sequence[str]) -> tuple[Help, ...]:
    """Problems by the unit asked for help, who is asked most first, then in the order of `units`; at last the others."""
    by_unit: dict[str | None, list[Problem]] = {}
    for problem in problems:
        by_unit.setdefault(problem.unit, []).append(problem)
    order = {unit: n for n, unit in enumerate(units)}
    found = [Help(unit=unit, problems=tuple(told)) for unit, told in by_unit.items()]
    return tuple(
        sorted(found, key=lambda h: (h.unit is None, -len(h.problems), order.get(h.unit or "", len(order))))
    )


def words_of(period: Period) -> str:
    """A period as people say it: 2026年10月, 2026年第三季度, 2026年上半年, 2026年度."""
    match period.kind:
        case PeriodKind.MONTH:
            return f"{period.year}年{period.number}月"
        case PeriodKind.QUARTER:
            return f"{period.year}年第{_NUMERALS[period.number - 1]}季度"
        case PeriodKind.HALF:
            return f"{period.year}年{'上下'[period.number - 1]}半年"
        case PeriodKind.YEAR:
            return f"{period.year}年度"
