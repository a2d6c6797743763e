"""What follows from poor results (A9-A12): grounds with something behind them, standing still, paying back."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.base import BaseState, assessed, rectification_ended
from domain.changes import decided
from domain.checks import check, open_to
from domain.decisions import (
    AssessReform,
    ConfirmFunds,
    Decision,
    DecisionRequest,
    OrderRectification,
    RecallFunds,
    Recover,
    Resume,
    Revoke,
    Suspend,
    Terminate,
)
from domain.errors import DomainError, Refused, Stale
from domain.grounds import check_grounds
from domain.lifecycle import EXITS, LEFT, REPORTING, DecisionKind, Step
from domain.notices import notice_of
from domain.policy.effectiveness import Grade
from domain.policy.grounds import EVIDENCE, GROUNDS, Evidence, Ground
from domain.policy.obligations import Suspension
from domain.policy.recall import Instalment, Reform, ReformResult
from domain.terms import ObligationState
from tests.support import OFFICE, at, state_of

NOW = at("2026-03-02 10:00")
TODAY = NOW.date()
PAPER = "示例函〔2026〕1号"


def running(step: Step = Step.RUNNING, **known: Any) -> BaseState:
    state = state_of(step=step, published_on=date(2024, 5, 1))
    return state.model_copy(update=known)


def take(state: BaseState, decision: Decision, now: datetime = NOW) -> BaseState:
    """Checked in every way, and taken."""
    request = DecisionRequest(decision=decision, by=OFFICE)
    check(state, request, now)
    check_grounds(state, request, now)
    return decided(state, decision, now)


def refused(state: BaseState, decision: Decision, now: datetime = NOW) -> str:
    """The code of the refusal, which has a clause."""
    with pytest.raises(DomainError) as caught:
        take(state, decision, now)
    assert caught.value.refusal.clause is not None
    return caught.value.refusal.code


def instalments(*parts: tuple[str, str]) -> tuple[Instalment, ...]:
    return tuple(Instalment(due=date.fromisoformat(day), amount=Decimal(amount)) for day, amount in parts)


def recall(amount: str, *parts: tuple[str, str], ground: Ground = Ground.REFORM) -> RecallFunds:
    return RecallFunds(
        amount=Decimal(amount),
        document_no="示例发改〔2026〕3号",
        reason="示例：推进不力",
        ground=ground,
        instalments=instalments(*parts),
    )


def recover(amount: str, on: date = TODAY) -> Recover:
    return Recover(amount=Decimal(amount), document_no="示例回单1号", on=on)


POOR_REFORM = Reform(result=ReformResult.POOR, document_no="示例发改〔2026〕2号", on=TODAY)
POORLY_REFORMED: dict[str, Any] = {"reform": POOR_REFORM, "central_funds": Decimal(3000)}

# Grounds


@pytest.mark.rule("A11", "A12")
@pytest.mark.parametrize(
    ("decision", "step", "possible"),
    [
        (Revoke(reason="示例"), Step.RUNNING, GROUNDS[DecisionKind.REVOKE]),
        (Terminate(reason="示例"), Step.PILOT, GROUNDS[DecisionKind.TERMINATE]),
    ],
)
def test_an_exit_without_a_ground_is_refused_with_those_that_there_are(
    decision: Decision, step: Step, possible: Any
) -> None:
    with pytest.raises(Refused) as caught:
        take(running(step), decision)
    assert caught.value.refusal.code == "grounds.none"
    assert caught.value.refusal.params["possible"] == "、".join(possible[0].value)


def test_a_ground_that_was_decided_on_before_there_were_grounds_is_still_read() -> None:
    revoked = DecisionRequest.model_validate(
        {"decision": {"kind": "摘牌", "reason": "示例：不再运行"}, "by": OFFICE.model_dump()}
    )
    check(running(), revoked, NOW)
    assert decided(running(), revoked.decision, NOW).step is Step.REVOKED


BEHIND: dict[Ground, dict[str, Any]] = {
    Ground.GRADE: {"grades": (("2025", Grade.POOR),)},
    Ground.RECTIFICATION: {"overdue_rectifications": ("2026-Q1-1",)},
    Ground.DISHONEST: {},  # looked up on the credit list
    Ground.REFORM: {"reform": POOR_REFORM},
    Ground.LEFT: {"step": Step.REVOKED},
    Ground.WISH: {},
    Ground.HALTED: {},
    Ground.CLOSED: {},
}


def with_ground(kind: DecisionKind, ground: Ground, document_no: str | None) -> Decision:
    if kind is DecisionKind.RECALL_FUNDS:
        return recall("100.00", ("2026-06-30", "100.00"), ground=ground)
    asked = {"kind": kind, "reason": "示例", "ground": ground, "document_no": document_no}
    return DecisionRequest.model_validate({"decision": asked, "by": OFFICE}).decision


def standing_for(kind: DecisionKind) -> BaseState:
    return running(Step.PILOT if kind is DecisionKind.TERMINATE else Step.RUNNING)


@pytest.mark.rule("A9", "A11", "A12")
@pytest.mark.parametrize(("kind", "ground"), [(k, g) for k, rule in GROUNDS.items() for g in rule[0].value])
def test_a_ground_stands_on_its_evidence_and_falls_without_it(kind: DecisionKind, ground: Ground) -> None:
    state, paper = standing_for(kind), PAPER if EVIDENCE[ground] is Evidence.PAPER else None
    take(state.model_copy(update=_validated(BEHIND[ground])), with_ground(kind, ground, paper))
    if EVIDENCE[ground] is not Evidence.LISTED:
        assert refused(state, with_ground(kind, ground, None)) == "grounds.no_evidence"


def _validated(known: dict[str, Any]) -> dict[str, Any]:
    """As the state holds them."""
    kept = BaseState.model_validate({**running().model_dump(), **known})
    return {name: getattr(kept, name) for name in known}


@pytest.mark.rule("A11", "A12")
@pytest.mark.parametrize("kind", GROUNDS)
def test_a_ground_of_another_decision_is_none(kind: DecisionKind) -> None:
    others = [g for g in Ground if g not in GROUNDS[kind][0].value]
    for ground in others:
        state = standing_for(kind).model_copy(update=_validated(BEHIND[ground] | {"step": Step.RUNNING}))
        if kind is DecisionKind.TERMINATE:
            state = state.model_copy(update={"step": Step.PILOT})
        assert refused(state, with_ground(kind, ground, PAPER)) == "grounds.not_for"


@pytest.mark.rule("A12")
def test_only_the_last_grade_counts_and_a_reform_that_went_well_takes_the_ground_away() -> None:
    revoke = Revoke(reason="示例", ground=Ground.GRADE)
    state = assessed(assessed(running(), "2025", Grade.POOR), "2024", "优秀")
    assert [tuple(g) for g in state.grades] == [("2024", "优秀"), ("2025", "不合格")]
    take(state, revoke)
    assert refused(assessed(state, "2025", Grade.FAIR), revoke) == "grounds.no_evidence"
    well = POOR_REFORM.model_copy(update={"result": ReformResult.VIGOROUS})
    assert refused(running(reform=well), Revoke(reason="示例", ground=Ground.REFORM)) == "grounds.no_evidence"


@pytest.mark.rule("A12")
def test_a_rectification_that_locked_stands_against_the_base_until_it_is_accepted() -> None:
    state = rectification_ended(running(), "2026-Q1-1", ObligationState.MISSING)
    state = rectification_ended(state, "2026-Q1-1", ObligationState.MISSING)
    state = rectification_ended(state, "2026-Q1-2", ObligationState.ACCEPTED)
    assert state.overdue_rectifications == ("2026-Q1-1",)
    state = rectification_ended(state, "2026-Q1-1", ObligationState.SUBMITTED)
    assert state.overdue_rectifications == ("2026-Q1-1",)
    assert rectification_ended(state, "2026-Q1-1", ObligationState.ACCEPTED).overdue_rectifications == ()


# Standing still


STOP = Suspend(reason="示例：停工", ground=Ground.HALTED, document_no=PAPER)


@pytest.mark.rule("A10")
@pytest.mark.parametrize("step", sorted(REPORTING))
def test_a_base_stands_still_from_the_day_of_the_decision_to_the_day_before_it_goes_on(step: Step) -> None:
    stopped = take(running(step), STOP)
    assert (stopped.step, stopped.suspended_since, stopped.since) == (step, TODAY, running(step).since)
    assert refused(stopped, STOP) == "consequence.suspended_already"
    on = take(stopped, Resume(), at("2026-03-20 09:00"))
    assert on.suspensions == (Suspension(first=TODAY, last=date(2026, 3, 19)),)
    assert on.suspended_since is None
    assert refused(on, Resume()) == "consequence.not_suspended"


@pytest.mark.rule("A10")
def test_a_base_that_goes_on_the_same_day_did_not_stand_still() -> None:
    assert take(take(running(), STOP), Resume(), at("2026-03-02 23:59")).suspensions == ()
    again = take(take(take(running(), STOP), Resume(), at("2026-03-03 09:00")), STOP, at("2026-03-03 10:00"))
    assert [s.first for s in again.suspensions] == [TODAY, date(2026, 3, 3)]


def test_a_base_that_stands_still_waits_for_whoever_lets_it_go_on() -> None:
    stopped = take(running(), STOP)
    assert (stopped.waiting_for(), stopped.waiting_since()) == (
        "省发展改革委",
        {"省发展改革委": at("2026-03-02 00:00")},
    )
    assert take(running(Step.CERTIFICATION_DUE), STOP).waiting_for() == "申报主体"
    assert DecisionKind.SUSPEND not in open_to(stopped)
    assert DecisionKind.RESUME in open_to(stopped)
    assert DecisionKind.RESUME not in open_to(running())


@pytest.mark.rule("A10")
def test_rectification_is_ordered_for_a_day_to_come() -> None:
    take(running(), OrderRectification(number="2026-O1", due=TODAY))
    yesterday = OrderRectification(number="2026-O1", due=date(2026, 3, 1))
    assert refused(running(), yesterday) == "consequence.past_due"


# Central money


def reform(**known: Any) -> AssessReform:
    usual = {"completed_on": date(2025, 12, 1), "on": TODAY, "document_no": "示例发改〔2026〕2号"}
    return AssessReform.model_validate({"result": "推进不力"} | usual | known)


@pytest.mark.rule("A11")
def test_reform_is_assessed_after_the_project_was_built_and_only_where_central_money_went() -> None:
    state = take(running(central_funds=Decimal(3000)), reform())
    assert state.reform == POOR_REFORM
    not_built = reform(completed_on=date(2026, 3, 3))
    assert refused(running(), not_built) == "reform.not_completed"
    assert refused(running(central_funds=Decimal(0)), reform()) == "reform.no_central_funds"
    assert refused(running(), reform(on=date(2026, 3, 3))) == "decision.future_date"
    assert DecisionKind.ASSESS_REFORM not in open_to(running(central_funds=Decimal(0)))


@pytest.mark.rule("A11")
def test_reform_that_makes_no_headway_costs_the_central_money_in_instalments() -> None:
    state = take(running(**POORLY_REFORMED), recall("1000.00", ("2026-06-30", "400"), ("2026-12-31", "600")))
    assert (state.recall_open, state.recalled, state.step) == (True, Decimal("1000.00"), Step.RUNNING)
    assert (state.waiting_for(), state.next_due()) == ("申报主体", at("2026-07-01 00:00"))
    assert not state.recall_overdue(date(2026, 6, 30))
    assert state.recall_overdue(date(2026, 7, 1))
    state = take(state, recover("500"), at("2026-07-01 10:00"))
    assert state.owed_back == instalments(("2026-12-31", "500"))
    assert state.next_due() == at("2027-01-01 00:00")
    state = take(state, recover("500.00"), at("2026-08-03 10:00"))
    assert (state.recall_open, state.next_due(), state.waiting_for()) == (False, None, "时间届满")


@pytest.mark.rule("A11")
@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([("2026-06-30", "400"), ("2026-12-31", "599.99")], "recall.not_adding_up"),
        ([("2026-06-30", "400"), ("2026-12-31", "600.01")], "recall.not_adding_up"),
        ([("2026-12-31", "400"), ("2026-06-30", "600")], "recall.not_in_order"),
        ([("2026-06-30", "400"), ("2026-06-30", "600")], "recall.not_in_order"),
        ([("2026-03-01", "1000")], "recall.past_due"),
        ([(f"2026-05-{day:02d}", "40") for day in range(1, 26)], "recall.too_many"),
    ],
)
def test_instalments_add_up_and_come_one_after_the_other(parts: list[tuple[str, str]], code: str) -> None:
    assert refused(running(**POORLY_REFORMED), recall("1000", *parts)) == code


@pytest.mark.rule("A11")
def test_no_more_is_recalled_than_was_received_and_not_recalled_before() -> None:
    state = take(running(**POORLY_REFORMED), recall("2000", ("2026-06-30", "2000")))
    more = recall("1000.01", ("2026-06-30", "1000.01"))
    with pytest.raises(Refused) as caught:
        take(state, more)
    assert caught.value.refusal.params["most"] == "1,000.00"
    state = take(state, recall("1000", ("2026-05-31", "1000")))
    assert [i.due for i in state.owed_back] == [date(2026, 5, 31), date(2026, 6, 30)]
    assert DecisionKind.RECALL_FUNDS not in open_to(state)


@pytest.mark.rule("A11")
def test_no_more_comes_in_than_is_owed() -> None:
    state = take(running(**POORLY_REFORMED), recall("100", ("2026-06-30", "100")))
    assert refused(state, recover("100.01")) == "recall.more_than_owed"
    assert refused(state, recover("1", on=date(2026, 3, 3))) == "decision.future_date"
    with pytest.raises(Stale, match=r"recall\.nothing_open"):
        take(take(state, recover("100")), recover("0.01"))
    assert DecisionKind.RECOVER not in open_to(running())


@pytest.mark.rule("A7", "A11")
def test_what_was_received_is_confirmed_but_never_below_what_was_recalled() -> None:
    def confirmed(amount: str) -> ConfirmFunds:
        return ConfirmFunds(amount=Decimal(amount), document_no="示例投资〔2025〕1号", on=TODAY)

    state = take(running(), confirmed("3000.00"))
    assert state.central_funds == Decimal("3000.00")
    state = take(state.model_copy(update={"reform": POOR_REFORM}), recall("100", ("2026-06-30", "100")))
    assert refused(state, confirmed("99.99")) == "funds.less_than_recalled"
    assert take(state, confirmed("100")).central_funds == Decimal(100)


@pytest.mark.rule("A11")
def test_a_base_that_has_left_is_not_finished_before_the_money_is_back() -> None:
    state = take(running(**POORLY_REFORMED), recall("100", ("2026-06-30", "100")))
    gone = take(state, Revoke(reason="示例", ground=Ground.REFORM))
    assert (gone.step, gone.gone_on, gone.waiting_for()) == (Step.REVOKED, TODAY, "申报主体")
    assert not gone.settled(at("2030-01-01 00:00"))
    paid = take(gone, recover("100", on=date(2026, 6, 1)), at("2026-06-01 10:00"))
    assert (paid.gone_on, paid.since, paid.waiting_for(), paid.next_due()) == (TODAY, NOW, "无", None)


@pytest.mark.rule("A11")
@pytest.mark.parametrize("step", sorted(EXITS))
def test_the_recall_of_confirmed_money_can_be_decided_for_half_a_year_after_the_exit(step: Step) -> None:
    gone = running(step, gone_on=TODAY, central_funds=Decimal(3000))
    until = gone.may_be_recalled_until()
    if step not in LEFT:
        assert until is None
        return
    assert until == at("2026-08-30 00:00")
    assert not gone.settled(at("2026-08-29 23:59"))
    assert gone.settled(until)
    recalled = take(gone, recall("3000", ("2026-06-30", "3000"), ground=Ground.LEFT))
    assert (recalled.step, recalled.gone_on, recalled.recall_open) == (step, TODAY, True)
    assert recalled.may_be_recalled_until() is None
    assert running(step, gone_on=TODAY).settled(NOW)  # without confirmed money there is nothing to wait for


@pytest.mark.rule("A11")
def test_the_applicant_is_told_what_to_pay_back_until_when_and_what_is_left() -> None:
    asked = recall("1000.00", ("2026-06-30", "400"), ("2026-12-31", "600"))
    state = take(running(**POORLY_REFORMED), asked)
    told = notice_of(state, asked)
    assert told is not None
    assert told.params["instalments"] == "2026-06-30 前 400.00 万元；2026-12-31 前 600.00 万元"
    paid = recover("400")
    told = notice_of(take(state, paid), paid)
    assert told is not None
    assert (told.kind, told.params["amount"], told.params["left"]) == ("recovered", "400.00", "600.00")
