"""What the province's reports are made from, as it stands on record (A14). Money in 万元."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from domain.calendar import Period
from domain.lifecycle import Stage
from domain.policy.directions import DIRECTIONS_2021
from domain.policy.effectiveness import Grade
from domain.terms import City, Level, ObligationKind, ObligationState

DIRECTION_NAMES = {direction.no: direction.short for direction in DIRECTIONS_2021}

_ZERO = Decimal(0)


class BaseFact(BaseModel):
    """A base as far as it is counted."""

    model_config = ConfigDict(frozen=True)

    id: str
    level: Level
    city: City
    direction: int
    pilot_start: date
    certified_on: date | None = None
    gone_on: date | None = None
    suspended: bool = False  # on the day that is looked at
    planned_total: Decimal | None = None
    planned: Mapping[str, Decimal] = {}  # by question of the application, see INVESTMENT_KEYS
    invested: Decimal = _ZERO  # since it began to build

    def runs_on(self, day: date) -> bool:
        """Whether it is one of the bases on that day, in its pilot or certified."""
        return self.pilot_start <= day and (self.gone_on is None or day < self.gone_on)

    @property
    def direction_name(self) -> str:
        """The industry."""
        return DIRECTION_NAMES[self.direction]

    def stage_on(self, day: date) -> Stage:
        """What a base that runs has reached."""
        return Stage.CERTIFIED if self.certified_on and self.certified_on <= day else Stage.PILOT


class Sums(BaseModel):
    """What the bases reported for one question of 月调度, all together."""

    model_config = ConfigDict(frozen=True)

    in_period: Decimal = _ZERO
    total: Decimal = _ZERO  # up to the end of the period; of a stock: as it stands


class Handing(BaseModel):
    """So many reports of one kind that stand in one state."""

    model_config = ConfigDict(frozen=True)

    kind: ObligationKind
    state: ObligationState
    on_time: bool | None
    count: int


class Problem(BaseModel):
    """What a base said that it needs."""

    model_config = ConfigDict(frozen=True)

    base: str
    period: str
    text: str
    help_from: str


class Facts(BaseModel):
    """Everything that a report is made from."""

    model_config = ConfigDict(frozen=True)

    period: Period
    day: date  # the last day of the period, or today if that is earlier
    bases: tuple[BaseFact, ...]
    sums: Mapping[str, Sums]
    handings: tuple[Handing, ...] = ()
    helpers: Mapping[str, int] = {}  # so many bases ask this member unit for help
    problems: tuple[Problem, ...] = ()
    grades: Mapping[Grade, int] = {}

    def of(self, key: str) -> Sums:
        """What was reported for one question."""
        return self.sums.get(key, Sums())
