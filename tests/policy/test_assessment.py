"""A year's assessment as pure state: phase after phase, who may do what, and the five working days of an appeal."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.assessment import (
    POSSIBLE,
    AppealState,
    AssessmentFacts,
    AssessmentState,
    Phase,
    appeal_over,
    decided,
    opened,
)
from domain.assessment_checks import check
from domain.assessment_decisions import (
    Appeal,
    AssessmentDecision,
    AssessmentDecisionKind,
    AssessmentRequest,
    CloseEvaluation,
    ProposeGrade,
    PublishGrade,
    ResolveAppeal,
)
from domain.decisions import Actor
from domain.errors import DomainError, NotAllowed, Refused, Stale
from domain.policy.effectiveness import Grade, ReportingRecord, Result, result
from domain.terms import ObligationState
from tests.policy.cast import ACTORS
from tests.policy.published import DAYS_2026
from tests.support import LEAD, OFFICE, at

FACTS = AssessmentFacts(base_id="base-2021-03-1", year="2025", self_report=ObligationState.SUBMITTED)
NOW = at("2026-02-05 10:00")
TEXT = "0" * 64
RESULT: Result = result([Decimal(80)] * 3, {}, ReportingRecord(on_time=12), NOW.date())  # 76, 合格
CLOSE, PROPOSE, APPEAL = CloseEvaluation(), ProposeGrade(), Appeal(text=TEXT)
DISMISS = ResolveAppeal(upheld=False, text=TEXT)
PUBLISH = PublishGrade(document_no="示例发改〔2026〕9号", on=NOW.date())
OF_KIND = {d.kind: d for d in (CLOSE, PROPOSE, APPEAL, DISMISS, PUBLISH)}


def at_phase(phase: Phase, **known: Any) -> AssessmentState:
    state = opened(FACTS, NOW, DAYS_2026)
    usual = {"phase": phase, "result": RESULT, "grade": RESULT.grade, "due": at("2026-02-27 00:00")}
    until = {"appeal_until": at("2026-02-27 00:00")} if phase is Phase.APPEAL else {}
    return state.model_copy(update=usual | until | known)


def take(
    state: AssessmentState, decision: AssessmentDecision, by: Actor = OFFICE, now: datetime = NOW
) -> AssessmentState:
    check(state, AssessmentRequest(decision=decision, by=by), now)
    return decided(state, decision, now, DAYS_2026, RESULT)


@pytest.mark.rule("A12")
def test_an_assessment_goes_from_evaluation_to_publication() -> None:
    state = opened(FACTS, NOW, DAYS_2026)
    assert (state.phase, state.waiting_for()) == (Phase.EVALUATION, "第三方评价机构")
    assert state.due == at(
        "2026-03-12 00:00"
    )  # twenty working days, two worked Saturdays and the Spring Festival
    state = take(state, CLOSE)
    assert (state.phase, state.grade, state.waiting_for()) == (Phase.PROPOSAL, Grade.GOOD, "省发展改革委")
    state = take(state, PROPOSE)
    assert (state.phase, state.waiting_for()) == (Phase.APPEAL, "时间届满")
    after = appeal_over(state, at("2026-02-27 00:00"), DAYS_2026)
    assert after is not None
    assert (after.phase, after.waiting_for()) == (Phase.PUBLICATION, "省发展改革委")
    done = take(after, PUBLISH)
    assert (done.over, done.grade, done.published_on, done.due) == (True, Grade.GOOD, NOW.date(), None)
    assert done.seq == 5


@pytest.mark.rule("A12")
@pytest.mark.parametrize(
    ("told", "until"),
    [
        ("2026-02-05 10:00", "2026-02-13 00:00"),  # Thursday; the next Thursday is the fifth day
        ("2026-02-05 20:00", "2026-02-14 00:00"),  # told on Friday morning
        ("2026-02-13 10:00", "2026-02-28 00:00"),  # a worked Saturday, then the Spring Festival
    ],
)
def test_five_whole_working_days_for_an_appeal_from_the_day_on_which_the_lead_is_told(
    told: str, until: str
) -> None:
    state = take(at_phase(Phase.PROPOSAL), PROPOSE, now=at(told))
    assert state.due == state.appeal_until == at(until)
    last_second = datetime.fromisoformat(until.replace(" ", "T") + ":00+08:00") - datetime.resolution
    assert appeal_over(state, last_second, DAYS_2026) is None
    assert take(state, APPEAL, LEAD, last_second).phase is Phase.REVIEW
    with pytest.raises(Refused) as caught:
        take(state, APPEAL, LEAD, at(until))
    assert caught.value.refusal.code == "assessment.appeal_too_late"
    gone_on = appeal_over(state, at(until), DAYS_2026)
    assert gone_on is not None
    with pytest.raises(Refused, match="appeal_too_late"):
        take(gone_on, APPEAL, LEAD, at(until))


@pytest.mark.rule("A12")
def test_an_appeal_is_upheld_with_a_better_grade_or_dismissed_with_the_same() -> None:
    state = take(at_phase(Phase.APPEAL), APPEAL, LEAD)
    assert (state.appeal_state, state.appeal, state.appealed_at) == (AppealState.OPEN, TEXT, NOW)
    better = take(state, ResolveAppeal(upheld=True, grade=Grade.EXCELLENT, text=TEXT))
    assert (better.phase, better.grade) == (Phase.PUBLICATION, Grade.EXCELLENT)
    assert better.appeal_state is AppealState.UPHELD
    same = take(state, DISMISS)
    assert (same.phase, same.grade, same.appeal_state) == (Phase.PUBLICATION, Grade.GOOD, "不成立")
    for wrong, code in (
        (ResolveAppeal(upheld=True, text=TEXT), "assessment.upheld_without_grade"),
        (ResolveAppeal(upheld=True, grade=Grade.GOOD, text=TEXT), "assessment.upheld_without_grade"),
        (ResolveAppeal(upheld=True, grade=Grade.POOR, text=TEXT), "assessment.upheld_without_grade"),
        (ResolveAppeal(upheld=False, grade=Grade.FAIR, text=TEXT), "assessment.dismissed_with_grade"),
    ):
        with pytest.raises(Refused) as caught:
            take(state, wrong)
        assert caught.value.refusal.code == code
    with pytest.raises(Stale, match=r"assessment\.appealed"):
        take(same, APPEAL, LEAD)


@pytest.mark.rule("A12")
def test_the_office_takes_another_grade_than_the_computed_one_only_with_a_reason() -> None:
    state = at_phase(Phase.PROPOSAL)
    with pytest.raises(Refused, match=r"assessment\.reason_needed"):
        take(state, ProposeGrade(grade=Grade.FAIR))
    assert take(state, ProposeGrade(grade=Grade.FAIR, text=TEXT)).grade is Grade.FAIR
    assert take(state, ProposeGrade(grade=Grade.GOOD)).grade is Grade.GOOD
    assert take(state, PROPOSE).result == RESULT  # as it was computed stays on record


@pytest.mark.parametrize("kind", AssessmentDecisionKind)
@pytest.mark.parametrize("phase", Phase)
def test_each_phase_waits_for_one_decision(phase: Phase, kind: AssessmentDecisionKind) -> None:
    by = LEAD if kind is AssessmentDecisionKind.APPEAL else OFFICE
    if POSSIBLE.get(phase) is kind:
        take(at_phase(phase), OF_KIND[kind], by)
        return
    with pytest.raises(DomainError) as caught:
        take(at_phase(phase), OF_KIND[kind], by)
    assert caught.value.refusal.code == "assessment.wrong_phase"
    assert caught.value.refusal.clause is not None


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("kind", AssessmentDecisionKind)
def test_the_lead_appeals_and_the_office_does_the_rest(kind: AssessmentDecisionKind, who: str) -> None:
    phase = next(phase for phase, its in POSSIBLE.items() if its is kind)
    if who == ("lead" if kind is AssessmentDecisionKind.APPEAL else "office"):
        take(at_phase(phase), OF_KIND[kind], ACTORS[who])
        return
    with pytest.raises(NotAllowed) as caught:
        take(at_phase(phase), OF_KIND[kind], ACTORS[who])
    assert caught.value.refusal.clause is not None


def test_a_grade_is_not_published_in_the_future() -> None:
    tomorrow = PUBLISH.model_copy(update={"on": date(2026, 2, 6)})
    with pytest.raises(Refused, match=r"decision\.future_date"):
        take(at_phase(Phase.PUBLICATION), tomorrow)


def test_the_office_is_late_and_the_time_for_an_appeal_just_ends() -> None:
    state = at_phase(Phase.PROPOSAL)
    assert not state.overdue(at("2026-02-26 23:59"))
    assert state.overdue(at("2026-02-27 00:00"))
    assert not at_phase(Phase.APPEAL).overdue(at("2026-03-27 00:00"))
