"""Who may decide what, at which level and of which city (B9, B12, B14, B16)."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from domain.base import BaseState
from domain.checks import check
from domain.decisions import Certify, Consent, DecisionRequest, Publish, Reject, StartNotice
from domain.errors import NotAllowed, Refused, Stale
from domain.lifecycle import TRANSITIONS, DecisionKind, Step
from domain.policy.authority import AUTHORITY
from domain.policy.obligations import Suspension
from domain.policy.recall import Instalment, Recall
from domain.terms import Level, Role
from tests.policy.cast import ACTORS, BY_HAND, NOW, OF_KIND, TODAY, WHO
from tests.support import at, state_of

RECALL = Recall(
    amount=Decimal(100),
    document_no="晋发改〔2024〕4号",
    on=date(2024, 2, 1),
    instalments=(Instalment(due=date(2024, 6, 30), amount=Decimal(100)),),
)


def standing_at(step: Step, level: Level = Level.PROVINCE, kind: DecisionKind | None = None) -> BaseState:
    """At a step, and so that the decision makes sense there."""
    state = state_of(step=step, level=level, published_on=date(2023, 2, 1))
    changes: dict[DecisionKind, dict[str, object]] = {
        DecisionKind.RESUME: {"suspensions": (Suspension(first=date(2024, 2, 1)),)},
        DecisionKind.RECOVER: {"recalls": (RECALL,)},
    }
    return state.model_copy(update=changes.get(kind, {})) if kind else state


def before(kind: DecisionKind) -> Step:
    """A step at which the decision is possible, and not stopped by the deadline of the 2021 round."""
    steps = [step for step, decision in TRANSITIONS if decision is kind]
    return next((s for s in steps if s is not Step.PREPARING), steps[0])


def request(kind: DecisionKind, who: str = "office") -> DecisionRequest:
    return DecisionRequest(decision=OF_KIND[kind], by=ACTORS[who])


def when(kind: DecisionKind) -> datetime:
    return at("2022-01-10 10:00") if kind is DecisionKind.SUBMIT else NOW


@pytest.mark.rule("B9", "B12")
@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("kind", BY_HAND)
def test_every_decision_has_somebody_who_may_take_it_at_each_level(kind: DecisionKind, level: Level) -> None:
    assert AUTHORITY[kind][level]
    assert Role.READONLY not in AUTHORITY[kind][level]


@pytest.mark.rule("B9", "B12", "B14", "B16")
@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("kind", BY_HAND)
def test_a_decision_is_taken_by_whom_the_documents_name_and_nobody_else(
    kind: DecisionKind, level: Level, who: str
) -> None:
    state = standing_at(before(kind), level, kind)
    if who in WHO[level][kind]:
        check(state, request(kind, who), when(kind))
        return
    with pytest.raises(NotAllowed) as caught:
        check(state, request(kind, who), when(kind))
    refusal = caught.value.refusal
    role_may = ACTORS[who].role in AUTHORITY[kind][level]
    assert refusal.code == ("decision.other_city" if role_may else "decision.not_yours")
    assert refusal.clause is not None


@pytest.mark.rule("B11")
@pytest.mark.parametrize(
    ("step", "kind"), [(s, k) for s in Step for k in BY_HAND if (s, k) not in TRANSITIONS]
)
def test_a_decision_is_refused_at_every_step_but_its_own(step: Step, kind: DecisionKind) -> None:
    with pytest.raises(Stale) as caught:
        check(standing_at(step), request(kind), NOW)
    assert caught.value.refusal.code == "decision.wrong_step"
    assert caught.value.refusal.params["step"] == step
    assert caught.value.refusal.clause is not None


# Rules beyond who and when


@pytest.mark.rule("B17")
def test_an_application_is_taken_until_the_last_moment_of_the_deadline() -> None:
    state, submit = state_of(), request(DecisionKind.SUBMIT, "lead")
    check(state, submit, datetime.fromisoformat("2022-01-21T23:59:59.999+08:00"))
    with pytest.raises(Refused) as caught:
        check(state, submit, at("2022-01-22 00:00"))
    assert caught.value.refusal.code == "application.too_late"
    assert caught.value.refusal.clause is not None
    assert caught.value.refusal.clause.cite() == "《发榜公告》六-2"


@pytest.mark.rule("B15", "B16")
def test_certification_cannot_be_applied_for_before_the_pilot_is_over() -> None:
    state = state_of(step=Step.CERTIFICATION_DUE, published_on=date(2024, 2, 29))
    apply = request(DecisionKind.APPLY_CERTIFICATION, "lead")
    with pytest.raises(Refused, match=r"certification\.too_early") as caught:
        check(state, apply, datetime.fromisoformat("2025-02-28T23:59:59+08:00"))
    assert caught.value.refusal.params == {"last_day": "2025-02-28"}
    check(state, apply, at("2025-03-01 00:00"))


@pytest.mark.rule("B14")
def test_a_public_notice_cannot_start_in_the_past() -> None:
    past = DecisionRequest(
        decision=StartNotice(first=date(2024, 2, 29), last=date(2024, 3, 20)), by=ACTORS["office"]
    )
    with pytest.raises(Refused, match=r"五\(三\)"):
        check(standing_at(Step.NOTICE_DUE), past, NOW)
    check(standing_at(Step.NOTICE_DUE), request(DecisionKind.START_NOTICE), NOW)  # today is not past


@pytest.mark.rule("B14")
def test_a_list_is_published_after_its_notice_and_not_in_the_future() -> None:
    state = standing_at(Step.PUBLICATION).model_copy(update={"notice_last_day": date(2024, 2, 28)})

    def publish(on: date) -> DecisionRequest:
        return DecisionRequest(
            decision=Publish(document_no="x", on=on, official_name="示例"), by=ACTORS["office"]
        )

    check(state, publish(date(2024, 2, 29)), NOW)
    check(state, publish(TODAY), NOW)
    with pytest.raises(Refused, match=r"publication\.before_notice_end"):
        check(state, publish(date(2024, 2, 28)), NOW)
    with pytest.raises(Refused, match=r"decision\.future_date"):
        check(state, publish(date(2024, 3, 2)), NOW)


@pytest.mark.rule("B14", "B16")
@pytest.mark.parametrize(
    "decision",
    [Consent(document_no="x", on=date(2024, 3, 2)), Certify(document_no="x", on=date(2024, 3, 2))],
    ids=["consent", "certificate"],
)
def test_a_document_cannot_be_dated_in_the_future(decision: Consent | Certify) -> None:
    state = standing_at(before(decision.kind))
    with pytest.raises(Refused, match=r"decision\.future_date"):
        check(state, DecisionRequest(decision=decision, by=ACTORS["office"]), NOW)


@pytest.mark.rule("B14")
def test_a_public_notice_cannot_end_in_a_far_year() -> None:
    far = DecisionRequest(
        decision=StartNotice(first=NOW.date(), last=date(9999, 12, 31)), by=ACTORS["office"]
    )
    with pytest.raises(Refused, match=r"window\.too_far"):
        check(standing_at(Step.NOTICE_DUE), far, NOW)


def test_a_reason_that_cannot_be_written_down_is_no_reason() -> None:
    with pytest.raises(ValidationError, match="空字符"):
        Reject(reason="材料\x00不全")
