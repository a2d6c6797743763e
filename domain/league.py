"""Groups of bases and how they compare: shares that add up, 完成率 against 序时进度, league tables with true ties.

Percentages have one decimal, rounded half-up from the unrounded ratio. Money is in 万元.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from pydantic import BaseModel, ConfigDict, computed_field

from domain.policy.progress import Progress

_TENTH = Decimal("0.1")
_ALL = Decimal("100.0")


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Dimension(StrEnum):
    """What the bases are compared by."""

    CITY = "市"
    DIRECTION = "产业方向"
    DEPARTMENT = "主管部门"


class Shares(_Value):
    """Percentages of those who owe the period. They add up to 100.0.

    Rounded where the parts meet (cumulative rounding), so that `on_time`, and `on_time` and `late` together, are
    half-up of their own exact ratios, and what rounding leaves over falls to the others.
    """

    on_time: Decimal
    late: Decimal
    missing: Decimal
    open: Decimal


class Counts(_Value):
    """Bases by outcome. Who was let off (免报) owes nothing."""

    on_time: int = 0
    late: int = 0
    missing: int = 0
    open: int = 0
    waived: int = 0

    @computed_field  # type: ignore[prop-decorator]
    @property
    def expected(self) -> int:
        """Those who owe the period."""
        return self.on_time + self.late + self.missing + self.open

    @computed_field  # type: ignore[prop-decorator]
    @property
    def shares(self) -> Shares | None:
        """In percent; None if nobody owes the period."""
        if not self.expected:
            return None
        met = self._percent(self.on_time)
        reported = self._percent(self.on_time + self.late)
        settled = self._percent(self.expected - self.open)
        return Shares(on_time=met, late=reported - met, missing=settled - reported, open=_ALL - settled)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def completeness(self) -> Decimal | None:
        """报送率: reported, late or not, in percent of those who owe the period."""
        return self._percent(self.on_time + self.late) if self.expected else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def on_time_rate(self) -> Decimal | None:
        """按时率: reported on time, in percent of those who owe the period."""
        return self._percent(self.on_time) if self.expected else None

    def _percent(self, part: int) -> Decimal:
        return percent(Fraction(part, self.expected))


class Investment(_Value):
    """What is invested against what is planned, of all bases of a group whose plan is known."""

    done: Decimal
    plan: Decimal
    elapsed: Decimal  # of each base's plan its months elapsed of twelve, added up and not divided yet

    @property
    def ratio(self) -> Fraction | None:
        """完成率, exact; None without a plan."""
        return Fraction(self.done) / Fraction(self.plan) if self.plan else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def progress(self) -> Progress | None:
        """完成率, 序时进度 weighted by plan, and their gap; as of a single base if there is only one."""
        completion = self.ratio
        if completion is None:
            return None
        time = Fraction(self.elapsed) / Fraction(self.plan) / 12
        return Progress(completion=percent(completion), time=percent(time), gap=percent(completion - time))


class Group(_Value):
    """Bases that have something in common."""

    name: str
    counts: Counts
    investment: Investment | None = None  # None: the form does not ask for it


class Place(Group):
    """A group in a league table. The same ratio is the same place, and the next is left out; None: no ratio."""

    on_time_rank: int | None
    completion_rank: int | None


class League(_Value):
    """Groups by on-time rate, the best first; each has its place by 完成率 as well."""

    dimension: Dimension
    places: tuple[Place, ...]

    @property
    def by_completion(self) -> tuple[Place, ...]:
        """The same by 完成率; those without one are left out."""
        ranked = [(place.completion_rank, place) for place in self.places if place.completion_rank]
        return tuple(place for _, place in sorted(ranked, key=lambda pair: pair[0]))


def percent(ratio: Fraction) -> Decimal:
    """A ratio in percent with one decimal, half-up (away from zero). Never -0.0."""
    exact = ratio * 1000
    whole = int(abs(exact) + Fraction(1, 2))
    return (Decimal(whole if exact >= 0 else -whole) * _TENTH).quantize(_TENTH)


def ranks(values: Sequence[Fraction | None]) -> list[int | None]:
    """Places from the highest down: 1, 2, 2, 4. What has no value has no place."""
    known = [value for value in values if value is not None]
    return [None if v is None else 1 + sum(other > v for other in known) for v in values]


def league(dimension: Dimension, groups: Iterable[Group]) -> League:
    """The groups with their places, by on-time rate and within one place by name."""
    found = list(groups)
    on_time = ranks([_on_time(group.counts) for group in found])
    completion = ranks([group.investment.ratio if group.investment else None for group in found])
    places = [
        Place(
            name=group.name,
            counts=group.counts,
            investment=group.investment,
            on_time_rank=met,
            completion_rank=done,
        )
        for group, met, done in zip(found, on_time, completion, strict=True)
    ]
    return League(
        dimension=dimension,
        places=tuple(sorted(places, key=lambda p: (p.on_time_rank or len(places) + 1, p.name))),
    )


def _on_time(counts: Counts) -> Fraction | None:
    return Fraction(counts.on_time, counts.expected) if counts.expected else None
