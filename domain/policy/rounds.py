"""What a call fixes for its applications (B2, B12, B13, B17, B18), and the 2021 call as data."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from pydantic import BaseModel, ConfigDict

from domain.calendar import end_of
from domain.policy.directions import DIRECTIONS, DIRECTIONS_2021, Direction
from domain.policy.notice import MINIMUM_WORKING_DAYS
from domain.policy.quotas import QUOTAS, Quotas
from domain.policy.rubric import RUBRICS, Rubric
from domain.policy.source import CALL_DATE, Clause, Dated, call, on, ours
from domain.terms import City, LeadKind, Level

SUBMISSION = call("五(一)")
SUBMISSION_DEADLINE = call("六-2")
OFFER = ours("改报期限")
OFFER_WORKING_DAYS = (Dated(CALL_DATE, 5, OFFER),)
UPLOAD_GRACE = timedelta(minutes=30)
"""How long after the deadline an upload that began before it may take to come in."""


class CallOfRound(BaseModel):
    """What a published call fixes for its applications."""

    model_config = ConfigDict(frozen=True)

    slug: str
    title: str
    announced_on: date
    briefing_on: date | None = None
    deadline: datetime  # exclusive: the first instant that is too late
    deadline_clause: Clause = SUBMISSION_DEADLINE
    levels: tuple[Level, ...] = tuple(Level)
    open_directions: tuple[int, ...] = tuple(d.no for d in DIRECTIONS_2021)
    quotas: Quotas = QUOTAS[0].value
    notice_days: int = MINIMUM_WORKING_DAYS[0].value
    rubrics: Mapping[LeadKind, Rubric] = {}  # empty: as in force when the call was announced
    layout: Mapping[
        City, tuple[int, ...]
    ] = {}  # directions laid down for 县级 by city; empty: nothing laid down yet

    @property
    def directions(self) -> tuple[Direction, ...]:
        """What can be applied for."""
        known = on(DIRECTIONS, self.announced_on).value
        return tuple(d for d in known if d.no in self.open_directions)

    def rubric(self, kind: LeadKind) -> Rubric:
        """How experts score applicants of a kind in this round."""
        return self.rubrics.get(kind) or on(RUBRICS[kind], self.announced_on).value


ROUND_2021 = CallOfRound(
    slug="2021",
    title="山西省产教融合重大平台载体和实训基地发榜（2021年）",
    announced_on=CALL_DATE,
    briefing_on=date(2021, 12, 30),
    deadline=end_of(date(2022, 1, 21)),
)
