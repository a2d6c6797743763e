"""A round as pure state: its phases, the applications as they report themselves, and the list that is made of them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.base import BaseState
from domain.calendar import CalendarDays
from domain.lifecycle import EXITS, Step
from domain.policy.eligibility import Claim
from domain.policy.ranking import Remark
from domain.policy.rounds import CallOfRound
from domain.terms import City, LeadKind, Level


class Phase(StrEnum):
    """What a round is at (B11, B14). 发榜 starts it."""

    APPLICATION = "申报"
    FORMAL_REVIEW = "形式审查"
    EXPERT_REVIEW = "专家评议"
    CONFERENCE = "联席会议讨论"
    CONSENT = "报请省政府同意"
    NOTICE = "公示"
    PUBLICATION = "公布"
    OVER = "结束"


class Standing(BaseModel):
    """Where one application stands, in its own words."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    seq: int
    step: Step
    since: datetime
    level: Level
    city: City
    direction: int
    lead_kind: LeadKind
    waiting: tuple[str, ...] = ()
    waiting_since: Mapping[str, datetime] = {}  # where that is not `since`
    deadline: datetime | None = None
    claims: tuple[Claim, ...] = ()
    hub: bool = False

    @classmethod
    def of(cls, state: BaseState) -> "Standing":
        """What a base reports of itself."""
        facts = state.facts
        return cls(
            base_id=facts.base_id,
            seq=state.seq,
            step=state.step,
            since=state.since,
            level=facts.level,
            city=facts.city,
            direction=facts.direction,
            lead_kind=facts.lead_kind,
            waiting=state.reviewers() or (state.waiting_for(),),
            waiting_since=state.waiting_since(),
            deadline=facts.deadline,
            claims=state.claims,
            hub=state.hub,
        )


class Entry(BaseModel):
    """One application on the list."""

    model_config = ConfigDict(frozen=True)

    level: Level
    score: Decimal | None
    rank: int | None  # within its direction and level (and city); None: too few scores
    tied: bool = False
    count: int = 0  # scores
    outliers: int = 0  # of them far from the others
    notes: tuple[Remark, ...] = ()  # why it is where it is
    selected: bool | None = None  # None: nobody has proposed anything yet
    reason: str = ""
    by_conference: bool = False  # changed from what the ranking proposed


class RoundState(BaseModel):
    """Where a round stands and what has been decided so far."""

    model_config = ConfigDict(frozen=True)

    terms: CallOfRound
    phase: Phase = Phase.APPLICATION
    since: datetime
    seq: int = 0
    deadline: datetime  # exclusive
    calendar: CalendarDays = CalendarDays()
    applications: Mapping[str, Standing] = {}
    scored: bool = False  # the expert review is closed
    entries: Mapping[str, Entry] = {}
    proposed: tuple[str, ...] = ()  # lists of cities that are in, see `list_name`
    confirmed: bool = False
    consent_no: str | None = None
    notice_first: date | None = None
    notice_last: date | None = None
    publication_no: str | None = None
    official_names: Mapping[str, str] = {}
    publishing: tuple[str, ...] = ()  # told to be published

    def at(self, *steps: Step) -> tuple[Standing, ...]:
        """Applications at one of some steps."""
        return tuple(s for s in self.applications.values() if s.step in steps)

    @property
    def under_way(self) -> bool:
        """Whether any application may still be published."""
        return any(s.step not in EXITS and s.step not in PUBLISHED for s in self.applications.values())

    def lists_awaited(self) -> tuple[tuple[City, Level], ...]:
        """Lists of cities that have applications at the conference and have not been proposed (B12)."""
        wanted = {(s.city, s.level) for s in self.at(Step.CONFERENCE) if s.level is not Level.PROVINCE}
        return tuple(sorted(pair for pair in wanted if list_name(*pair) not in self.proposed))

    def gone(self, base_id: str) -> "RoundState":
        """Without an application whose workflow is not there any more: it counts as withdrawn."""
        known = self.applications.get(base_id)
        if known is None:
            return self
        left = {"step": Step.WITHDRAWN, "seq": known.seq + 1, "waiting": ()}
        return self.stood(known.model_copy(update=left))

    def stood(self, standing: Standing) -> "RoundState":
        """With what an application reports; an older report that comes late changes nothing."""
        known = self.applications.get(standing.base_id)
        if known and known.seq >= standing.seq:
            return self
        return self.model_copy(update={"applications": {**self.applications, standing.base_id: standing}})


PUBLISHED = frozenset({Step.PILOT, Step.CERTIFICATION_DUE, Step.ACCEPTANCE, Step.PLAQUE, Step.RUNNING})
"""Steps of a base that the round is done with."""


def list_name(city: City, level: Level) -> str:
    """How the list of a city is called: 太原市级."""
    return f"{city}{level}"
