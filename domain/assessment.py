"""A year's assessment of a base as pure state: 自评 → 第三方评价 → 拟定等次 → 告知申诉 → 公布 (A10, A12, A15)."""

from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict

from domain.assessment_decisions import (
    Appeal,
    AssessmentDecision,
    AssessmentDecisionKind,
    CloseEvaluation,
    ProposeGrade,
    PublishGrade,
    ResolveAppeal,
)
from domain.base import NOBODY, TIME
from domain.calendar import WorkingDays, business_day, end_of
from domain.ids import assessment_id
from domain.office_hours import office_instant
from domain.policy.effectiveness import (
    APPEAL_DAYS,
    EVALUATION_DAYS,
    PROPOSAL_DAYS,
    PUBLICATION_DAYS,
    REVIEW_DAYS,
    Grade,
    Result,
)
from domain.policy.members import LEADING_UNIT
from domain.policy.source import on
from domain.terms import ObligationState

EVALUATORS_WAITED_FOR = "第三方评价机构"


class Phase(StrEnum):
    """What an assessment is at."""

    EVALUATION = "第三方评价"
    PROPOSAL = "待拟定等次"
    APPEAL = "告知申诉"
    REVIEW = "申诉处理"
    PUBLICATION = "待公布"
    PUBLISHED = "已公布"


class AppealState(StrEnum):
    """Where an appeal stands."""

    OPEN = "处理中"
    UPHELD = "成立"
    DISMISSED = "不成立"


POSSIBLE = MappingProxyType(
    {
        Phase.EVALUATION: AssessmentDecisionKind.CLOSE,
        Phase.PROPOSAL: AssessmentDecisionKind.PROPOSE,
        Phase.APPEAL: AssessmentDecisionKind.APPEAL,
        Phase.REVIEW: AssessmentDecisionKind.RESOLVE,
        Phase.PUBLICATION: AssessmentDecisionKind.PUBLISH,
    }
)
"""The one decision that each phase waits for."""

_AFTER = MappingProxyType(
    {
        AssessmentDecisionKind.CLOSE: Phase.PROPOSAL,
        AssessmentDecisionKind.PROPOSE: Phase.APPEAL,
        AssessmentDecisionKind.APPEAL: Phase.REVIEW,
        AssessmentDecisionKind.RESOLVE: Phase.PUBLICATION,
        AssessmentDecisionKind.PUBLISH: Phase.PUBLISHED,
    }
)

WITHIN = MappingProxyType(
    {
        Phase.EVALUATION: EVALUATION_DAYS,
        Phase.PROPOSAL: PROPOSAL_DAYS,
        Phase.APPEAL: APPEAL_DAYS,
        Phase.REVIEW: REVIEW_DAYS,
        Phase.PUBLICATION: PUBLICATION_DAYS,
    }
)
"""Working days that each phase has."""

_WAITED_FOR = MappingProxyType(
    {Phase.EVALUATION: EVALUATORS_WAITED_FOR, Phase.APPEAL: TIME, Phase.PUBLISHED: NOBODY}
)


class AssessmentFacts(BaseModel):
    """What is assessed."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    year: str
    self_report: ObligationState  # 已报送 or 缺报

    @property
    def id(self) -> str:
        """Of the workflow, and of the row."""
        return assessment_id(self.base_id, self.year)


class AssessmentState(BaseModel):
    """Where an assessment stands and what has been decided so far."""

    model_config = ConfigDict(frozen=True)

    facts: AssessmentFacts
    phase: Phase = Phase.EVALUATION
    since: datetime
    due: datetime | None  # exclusive; of the phase
    seq: int = 1
    result: Result | None = None
    closed_at: datetime | None = None  # when the evaluation was closed
    grade: Grade | None = None  # as it is proposed by now
    appeal_until: datetime | None = None  # exclusive
    appealed_at: datetime | None = None
    appeal: str | None = None  # its text, by digest
    appeal_state: AppealState | None = None
    resolution: str | None = None  # why, by digest
    document_no: str | None = None
    published_on: date | None = None

    @property
    def over(self) -> bool:
        """Whether the grade is published."""
        return self.phase is Phase.PUBLISHED

    def waiting_for(self) -> str:
        """Whom the phase waits for."""
        return _WAITED_FOR.get(self.phase, LEADING_UNIT)

    def overdue(self, now: datetime) -> bool:
        """Whether somebody is late: the time for an appeal just ends."""
        return self.due is not None and self.phase is not Phase.APPEAL and now >= self.due


def opened(facts: AssessmentFacts, now: datetime, days: WorkingDays) -> AssessmentState:
    """The state that an assessment begins with."""
    return AssessmentState(facts=facts, since=now, due=due_of(Phase.EVALUATION, business_day(now), days))


def due_of(phase: Phase, day: date, days: WorkingDays) -> datetime | None:
    """The end (exclusive) of a phase that began on `day`: so many whole working days after it."""
    within = WITHIN.get(phase)
    return end_of(days.add(day, on(within, day).value)) if within else None


def told_at(state: AssessmentState, now: datetime, days: WorkingDays) -> datetime:
    """When the lead is told of the grade: at once, or when offices open again."""
    return office_instant(now, days, f"{state.facts.id}:{state.seq + 1}")


def decided(
    state: AssessmentState,
    decision: AssessmentDecision,
    now: datetime,
    days: WorkingDays,
    computed: Result | None = None,
) -> AssessmentState:
    """The state after a decision that `assessment_checks.check` let through; `computed` with the closing."""
    phase = _AFTER[decision.kind]
    after = _entered(state, phase, now, days)
    match decision:
        case CloseEvaluation():
            grade = computed.grade if computed else None
            return after.model_copy(update={"result": computed, "grade": grade, "closed_at": now})
        case ProposeGrade():
            # The days for an appeal are counted from the day on which the lead is told.
            until = due_of(phase, business_day(told_at(state, now, days)), days)
            grade = decision.grade or state.grade
            return after.model_copy(update={"grade": grade, "due": until, "appeal_until": until})
        case Appeal():
            filed = {"appealed_at": now, "appeal": decision.text, "appeal_state": AppealState.OPEN}
            return after.model_copy(update=filed)
        case ResolveAppeal():
            outcome = AppealState.UPHELD if decision.upheld else AppealState.DISMISSED
            resolved = {"appeal_state": outcome, "resolution": decision.text}
            return after.model_copy(update=resolved | {"grade": decision.grade or state.grade})
        case PublishGrade():
            known = {"document_no": decision.document_no, "published_on": decision.on}
            return after.model_copy(update=known)


def appeal_over(state: AssessmentState, now: datetime, days: WorkingDays) -> AssessmentState | None:
    """The state after the time for an appeal has run out; None as long as it has not."""
    if state.phase is not Phase.APPEAL or state.due is None or now < state.due:
        return None
    return _entered(state, Phase.PUBLICATION, now, days)


def _entered(state: AssessmentState, phase: Phase, now: datetime, days: WorkingDays) -> AssessmentState:
    due = due_of(phase, business_day(now), days)
    return state.model_copy(update={"phase": phase, "since": now, "due": due, "seq": state.seq + 1})
