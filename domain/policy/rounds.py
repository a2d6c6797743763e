"""The 2021 call (B17, B18) as data."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from domain.calendar import end_of
from domain.policy.directions import DIRECTIONS_2021, Direction
from domain.policy.source import CALL_DATE, Clause, call

SUBMISSION_DEADLINE = call("六-2")


class CallOfRound(BaseModel):
    """What a published call fixes for its applications."""

    model_config = ConfigDict(frozen=True)

    slug: str
    title: str
    announced_on: date
    briefing_on: date
    deadline: datetime  # exclusive: the first instant that is too late
    deadline_clause: Clause = SUBMISSION_DEADLINE

    @property
    def directions(self) -> tuple[Direction, ...]:
        """What can be applied for."""
        return DIRECTIONS_2021


ROUND_2021 = CallOfRound(
    slug="2021",
    title="山西省产教融合重大平台载体和实训基地发榜（2021年）",
    announced_on=CALL_DATE,
    briefing_on=date(2021, 12, 30),
    deadline=end_of(date(2022, 1, 21)),
)
