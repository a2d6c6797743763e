"""Whether something may be decided about a year's assessment: by this actor, in this phase, and against no rule."""

from datetime import datetime

from domain.assessment import POSSIBLE, AssessmentState
from domain.assessment_decisions import (
    Appeal,
    AssessmentDecisionKind,
    AssessmentRequest,
    ProposeGrade,
    PublishGrade,
    ResolveAppeal,
)
from domain.base import NOBODY
from domain.calendar import business_day, last_day_before
from domain.decisions import Actor
from domain.errors import NotAllowed, Refused, Stale
from domain.policy.authority import DIVISION_OF_WORK
from domain.policy.effectiveness import APPEAL, EFFECTIVENESS, GRADING, Grade
from domain.terms import Role


def check(state: AssessmentState, request: AssessmentRequest, now: datetime) -> None:
    """Refuse a decision that is not this actor's to take, comes too late, or is against a rule. Raises DomainError.

    Whether there are enough evaluations is told where they are kept.
    """
    decision = request.decision
    check_authority(request.by, decision.kind)
    if isinstance(decision, Appeal):
        _check_appeal(state, now)
    if POSSIBLE.get(state.phase) is not decision.kind:
        possible = POSSIBLE.get(state.phase) or NOBODY
        raise Stale(
            "assessment.wrong_phase",
            EFFECTIVENESS,
            decision=decision.kind,
            phase=state.phase,
            possible=possible,
        )
    match decision:
        case ProposeGrade():
            _check_proposal(state, decision)
        case ResolveAppeal():
            _check_resolution(state, decision)
        case PublishGrade():
            _check_publication(decision, now)


def check_authority(by: Actor, kind: AssessmentDecisionKind) -> None:
    """The lead appeals for itself (whose base it is, is asked before); all else is the office's."""
    whose = Role.LEAD if kind is AssessmentDecisionKind.APPEAL else Role.OFFICE
    if by.role is not whose:
        raise NotAllowed("assessment.not_yours", DIVISION_OF_WORK, decision=kind)


def _check_appeal(state: AssessmentState, now: datetime) -> None:
    """Once, and in time; whoever comes too late or again is told that."""
    if state.appealed_at:
        raise Stale("assessment.appealed", APPEAL, on=f"{business_day(state.appealed_at)}")
    if state.appeal_until and now >= state.appeal_until:
        raise Refused("assessment.appeal_too_late", APPEAL, last=last_day_before(state.appeal_until))


def _check_proposal(state: AssessmentState, decision: ProposeGrade) -> None:
    """Another grade than the computed one needs a reason, and only that one."""
    other = decision.grade is not None and decision.grade is not state.grade
    if other and decision.text is None:
        raise Refused("assessment.reason_needed", GRADING, computed=state.grade, grade=decision.grade)


def _check_resolution(state: AssessmentState, decision: ResolveAppeal) -> None:
    """Whoever appeals may only come to stand better."""
    if decision.upheld and not _better(decision.grade, state.grade):
        raise Refused("assessment.upheld_without_grade", APPEAL, grade=state.grade)
    if not decision.upheld and decision.grade is not None:
        raise Refused("assessment.dismissed_with_grade", APPEAL, grade=state.grade)


def _better(grade: Grade | None, than: Grade | None) -> bool:
    order = list(Grade)
    return grade is not None and than is not None and order.index(grade) < order.index(than)


def _check_publication(decision: PublishGrade, now: datetime) -> None:
    if decision.on > business_day(now):
        raise Refused("decision.future_date", EFFECTIVENESS, on=decision.on)
