"""A base as pure state: where it stands, whom it waits for, until when. See `checks` and `changes`."""

from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from domain.calendar import business_day, end_of, start_of
from domain.decisions import Offer
from domain.lifecycle import EXITS, LEFT, STAGE_OF, Stage, Step
from domain.policy.effectiveness import Grade, Graded
from domain.policy.eligibility import Claim
from domain.policy.formal_review import FormalReview
from domain.policy.members import LEADING_UNIT
from domain.policy.obligations import Suspension
from domain.policy.pilot import lapse_at, pilot_end
from domain.policy.recall import (
    NOTHING,
    RECALL_WITHIN_DAYS,
    Instalment,
    Recall,
    Reform,
    last_day_to_recall,
    outstanding,
    recalled,
)
from domain.policy.rounds import UPLOAD_GRACE
from domain.policy.source import call, on
from domain.terms import City, LeadKind, Level, ObligationState

PROCEDURE = call("五")

LEAD_WAITED_FOR = "申报主体"
CONTACT_WAITED_FOR = "基地联系人"
EXPERTS_WAITED_FOR = "评审专家"
NOBODY = "无"
TIME = "时间届满"

_WAITED_FOR_IN_ROUND = {
    Step.EXPERT_REVIEW: EXPERTS_WAITED_FOR,
    Step.NOTICE_DUE: LEADING_UNIT,  # shows the whole list, whatever the level
    Step.PUBLICATION: TIME,  # the round publishes by itself
}
"""Otherwise at these steps than a base that no round runs."""

_WAIT_FOR_TIME = frozenset({Step.PILOT, Step.RUNNING})
"""Here nobody has to do anything, unless the base was stopped or owes money back."""


class BaseFacts(BaseModel):
    """What a base is. No names: those are in the database."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    round: str
    direction: int
    direction_name: str
    level: Level
    city: City
    lead_kind: LeadKind
    deadline: datetime | None  # exclusive; None for a base that was taken over in mid-life
    called_on: date | None = None  # the day of the call, whose values hold
    round_workflow: str | None = (
        None  # the round that runs the application; None: it is decided about by itself
    )


class BaseState(BaseModel):
    """Where a base stands and what has been decided so far."""

    model_config = ConfigDict(frozen=True)

    facts: BaseFacts
    step: Step
    since: datetime
    seq: int = 0  # of the last entry on the timeline
    score: Decimal | None = None
    consent_no: str | None = None
    notice_last_day: date | None = None
    published_no: str | None = None
    published_on: date | None = None
    certificate_no: str | None = None
    certified_on: date | None = None
    title: str | None = None
    gone_on: date | None = None
    review: FormalReview | None = None
    claims: tuple[Claim, ...] = ()
    hub: bool = False
    offer: Offer | None = None
    objections: tuple[int, ...] = ()  # open ones
    objected_on: date | None = None  # since when the notice's clock stands still
    upheld: str | None = None  # why an objection was upheld
    suspensions: tuple[Suspension, ...] = ()
    grades: tuple[Graded, ...] = ()  # published ones, by year
    overdue_rectifications: tuple[str, ...] = ()  # numbers of those that locked without being done
    reform: Reform | None = None
    central_funds: Decimal | None = None  # 万元, as confirmed; None: only the base's own reports tell
    recalls: tuple[Recall, ...] = ()
    recovered: Decimal = NOTHING

    @property
    def in_round(self) -> bool:
        """Whether a round runs the application."""
        return self.facts.round_workflow is not None

    @property
    def stage(self) -> Stage:
        """The stage of the current step."""
        return STAGE_OF[self.step]

    @property
    def over(self) -> bool:
        """Whether the base has left by one of the exits."""
        return self.step in EXITS

    @property
    def suspended_since(self) -> date | None:
        """The first day on which the base stands still; None if it does not."""
        last = self.suspensions[-1] if self.suspensions and not self.over else None
        return last.first if last and last.last is None else None

    @property
    def last_grade(self) -> Grade | None:
        """The newest published grade."""
        return self.grades[-1].grade if self.grades else None

    @property
    def recalled(self) -> Decimal:
        """Central money that was ordered back, in 万元."""
        return recalled(self.recalls)

    @property
    def recall_open(self) -> bool:
        """Whether recalled money has not all come in: a base that has left is not finished before."""
        return self.recovered < self.recalled

    @property
    def owed_back(self) -> tuple[Instalment, ...]:
        """What is left of each instalment that was not paid in full, by day."""
        return outstanding(self.recalls, self.recovered)

    def recall_overdue(self, day: date) -> bool:
        """Whether an instalment was to be paid before `day`."""
        return any(i.due < day for i in self.owed_back)

    def may_be_recalled_until(self) -> datetime | None:
        """Until when the recall of a gone base's confirmed central money can still be decided (exclusive)."""
        if self.gone_on is None or self.step not in LEFT or self.recalled >= (self.central_funds or NOTHING):
            return None
        return end_of(last_day_to_recall(self.gone_on, on(RECALL_WITHIN_DAYS, self.gone_on).value))

    def settled(self, now: datetime) -> bool:
        """Whether a base that has left has nothing to come any more, as far as its central money is concerned."""
        until = self.may_be_recalled_until()
        return self.over and not self.recall_open and (until is None or now >= until)

    def waiting_for(self) -> str:
        """Whom the current step waits for, as an office or a party is called."""
        if self.recall_open and self.step in _WAIT_FOR_TIME | EXITS:
            return LEAD_WAITED_FOR
        if self.over:
            return NOBODY
        if self.suspended_since and self.step in _WAIT_FOR_TIME:
            return _reviewer(self.facts, self.step)
        if self.step in (Step.PREPARING, Step.OFFERED, Step.CERTIFICATION_DUE):
            return LEAD_WAITED_FOR
        if self.review and self.step is Step.FORMAL_REVIEW:
            return "、".join(self.reviewers())
        if self.in_round and self.step in _WAITED_FOR_IN_ROUND:
            return _WAITED_FOR_IN_ROUND[self.step]
        if self.step in _WAIT_FOR_TIME or (self.step is Step.NOTICE and not self.objections):
            return TIME
        return _reviewer(self.facts, self.step)

    def reviewers(self) -> tuple[str, ...]:
        """Whom the formal review waits for: silent departments, and the applicant if something was returned."""
        review = self.review
        if review is None or self.step is not Step.FORMAL_REVIEW:
            return ()
        return (*review.departments, *((LEAD_WAITED_FOR,) if review.returned else ()))

    def waiting_since(self) -> dict[str, datetime]:
        """Since when somebody is waited for, where that is not since the step began."""
        review = self.review
        if self.step is Step.NOTICE and self.objections and self.objected_on:
            return {self.waiting_for(): start_of(self.objected_on)}
        if self.step in _WAIT_FOR_TIME | EXITS:
            return self._stopped_since()
        if self.step is not Step.FORMAL_REVIEW or review is None:
            return {}
        found = {d.department: review.again_since for d in review.pending if review.again_since}
        if review.returned:
            found[LEAD_WAITED_FOR] = min(s.at for s in review.returned.values())
        return found

    def _stopped_since(self) -> dict[str, datetime]:
        """Since when money is awaited, or somebody who lets the base go on."""
        since = self.recalls[0].on if self.recall_open else self.suspended_since
        return {self.waiting_for(): start_of(since)} if since else {}

    def next_due(self) -> datetime | None:
        """The instant at which the current step ends by itself, or something is too late (exclusive)."""
        own, owed = self._step_ends(), self.owed_back
        return min([end_of(owed[0].due), *([own] if own else [])]) if owed else own

    def _step_ends(self) -> datetime | None:
        if self.step is Step.PREPARING:
            return self.facts.deadline
        if self.step is Step.FORMAL_REVIEW and self.review:
            return min((s.until for s in self.review.returned.values() if s.until), default=None)
        if self.step is Step.OFFERED and self.offer:
            return self.offer.until
        if self.step is Step.NOTICE and self.notice_last_day and not self.objections:
            return end_of(self.notice_last_day)
        if self.step is Step.PILOT and self.published_on:
            return pilot_end(self.published_on)
        if self.step is Step.CERTIFICATION_DUE and self.published_on:
            return lapse_at(self.published_on, business_day(self.since))
        return None

    def ends_at(self) -> datetime | None:
        """When the current step is over by itself. What was being uploaded at the deadline may still come in."""
        due = self._step_ends()
        if due and self.in_round and self.step is Step.PREPARING:
            return due + UPLOAD_GRACE
        return due


def assessed(state: BaseState, year: str, grade: Grade | str) -> BaseState:
    """The state after a year's grade was published; published again, the newer one counts."""
    known = {g.year: g for g in state.grades} | {year: Graded(year, Grade(grade))}
    return state.model_copy(update={"grades": tuple(known[y] for y in sorted(known))})


def rectification_ended(state: BaseState, number: str, ended: ObligationState) -> BaseState:
    """The state after a 整改 ended: one that locked without being done stays on the record until it is accepted."""
    others = tuple(n for n in state.overdue_rectifications if n != number)
    changed = {ObligationState.MISSING: (*others, number), ObligationState.ACCEPTED: others}
    overdue = changed.get(ended, state.overdue_rectifications)
    return state.model_copy(update={"overdue_rectifications": overdue})


def city_office(city: City) -> str:
    """How a city's office is called."""
    return f"{city}市级办公室"


def _reviewer(facts: BaseFacts, step: Step) -> str:
    if step is Step.CONSENT:
        return "省政府"
    if step is Step.PLAQUE or facts.level is Level.PROVINCE:
        return LEADING_UNIT
    return city_office(facts.city)


def title_of(level: Level) -> str:
    """The title granted with the plaque (B16)."""
    return f"{level}产教融合重大平台载体和实训基地"
