"""The life of a base as a table (B11): nothing unreachable, nothing forgotten, no way back from an exit."""

import pytest

from domain.decisions import Decision
from domain.lifecycle import (
    ABOUT_FUNDS,
    EXITS,
    LEFT,
    REPORTING,
    STAGE_OF,
    TRANSITIONS,
    DecisionKind,
    Stage,
    Step,
    possible,
)

THE_WAY = [
    (DecisionKind.SUBMIT, Step.FORMAL_REVIEW),
    (DecisionKind.ACCEPT, Step.EXPERT_REVIEW),
    (DecisionKind.SCORE, Step.CONFERENCE),
    (DecisionKind.PROPOSE, Step.CONSENT),
    (DecisionKind.CONSENT, Step.NOTICE_DUE),
    (DecisionKind.START_NOTICE, Step.NOTICE),
    (DecisionKind.NOTICE_OVER, Step.PUBLICATION),
    (DecisionKind.PUBLISH, Step.PILOT),
    (DecisionKind.PILOT_OVER, Step.CERTIFICATION_DUE),
    (DecisionKind.APPLY_CERTIFICATION, Step.ACCEPTANCE),
    (DecisionKind.PASS_ACCEPTANCE, Step.PLAQUE),
    (DecisionKind.CERTIFY, Step.RUNNING),
]


@pytest.mark.rule("B11")
def test_the_way_from_application_to_plaque_passes_the_stages_in_the_order_of_the_call() -> None:
    step, stages = Step.PREPARING, [STAGE_OF[Step.PREPARING]]
    for decision, expected in THE_WAY:
        step = TRANSITIONS[step, decision]
        assert step is expected
        if STAGE_OF[step] is not stages[-1]:
            stages.append(STAGE_OF[step])
    in_order = ["自愿申报", "专家评议", "揭榜落地", "试点培育", "认定授牌"]
    assert stages == in_order


@pytest.mark.rule("B11")
def test_every_step_is_reached_from_the_application() -> None:
    reached, ahead = {Step.PREPARING}, [Step.PREPARING]
    while ahead:
        here = ahead.pop()
        found = {to for (step, _), to in TRANSITIONS.items() if step is here} - reached
        reached |= found
        ahead += found
    assert reached == set(Step)


@pytest.mark.rule("B11", "A11")
def test_no_decision_leads_on_from_an_exit_and_only_money_is_still_decided_about() -> None:
    assert {to for (step, _), to in TRANSITIONS.items() if step in EXITS and to is not step} == set()
    for step in EXITS:
        assert possible(step) == possible(step, in_round=True) == (ABOUT_FUNDS if step in LEFT else ())
    assert {step for step in Step if not possible(step)} - {Step.OFFERED} == set(EXITS - LEFT)


@pytest.mark.rule("A10", "A11", "A12")
def test_whoever_reports_can_be_stopped_told_to_put_right_and_made_to_pay_back_without_moving_on() -> None:
    kinds = ("暂停运行", "恢复运行", "责令整改", "改革工作考评", *ABOUT_FUNDS)
    where = {step for step, kind in TRANSITIONS if kind == DecisionKind.SUSPEND}
    assert where == set(REPORTING)
    for step in REPORTING:
        assert {TRANSITIONS[step, DecisionKind(kind)] for kind in kinds} == {step}


@pytest.mark.parametrize("step", [s for s in Step if s not in EXITS])
def test_every_step_before_an_exit_leads_to_one(step: Step) -> None:
    reached, ahead = {step}, [step]
    while ahead:
        here = ahead.pop()
        found = {to for (at, _), to in TRANSITIONS.items() if at is here} - reached
        reached |= found
        ahead += found
    assert reached & EXITS


@pytest.mark.rule("B11")
def test_every_stage_of_a_base_and_every_exit_has_a_step() -> None:
    # 公开发榜 is the round's own stage, before there is a base.
    assert set(STAGE_OF.values()) == set(Stage) - {Stage.CALL}
    assert set(STAGE_OF) == set(Step)


@pytest.mark.parametrize(
    ("stage", "by"),
    [
        (Stage.WITHDRAWN, {DecisionKind.WITHDRAW, DecisionKind.LAPSE}),
        (Stage.REJECTED, {DecisionKind.REJECT}),
        (
            Stage.NOT_SELECTED,
            {DecisionKind.NOT_SELECT, DecisionKind.DECLINE_OFFER, DecisionKind.LAPSE},
        ),
        (Stage.TERMINATED, {DecisionKind.TERMINATE, DecisionKind.LAPSE}),
        (Stage.NOT_CERTIFIED, {DecisionKind.FAIL_ACCEPTANCE}),
        (Stage.REVOKED, {DecisionKind.REVOKE}),
    ],
)
def test_each_exit_is_taken_by_its_own_decisions(stage: Stage, by: set[DecisionKind]) -> None:
    into = {decision for (at, decision), to in TRANSITIONS.items() if STAGE_OF[to] is stage and at is not to}
    assert into == by
    assert {step for step in EXITS if STAGE_OF[step] is stage}


def test_every_decision_is_possible_somewhere_and_has_a_model() -> None:
    assert {decision for _, decision in TRANSITIONS} == set(DecisionKind)
    models = Decision.__origin__.__args__  # type: ignore[attr-defined]  # of the Annotated union
    assert [m.model_fields["kind"].default for m in models] == list(DecisionKind)


@pytest.mark.rule("A10")
def test_a_base_reports_from_its_pilot_until_it_leaves() -> None:
    assert {s for s in Step if STAGE_OF[s] in (Stage.PILOT, Stage.CERTIFIED)} == set(REPORTING)
