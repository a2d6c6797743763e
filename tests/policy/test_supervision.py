"""How a quarter is supervised by credit grade, and what may be decided about it."""

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from domain.calendar import end_of
from domain.decisions import Actor
from domain.errors import DomainError, NotAllowed, Refused, Stale
from domain.policy.credit_account import CreditGrade
from domain.policy.source import ours
from domain.policy.supervision import (
    Approach,
    Severity,
    approach_for,
    conclude_by,
    default_due,
    due_of,
)
from domain.supervision import (
    SupervisionFacts,
    SupervisionState,
    SupervisionStep,
    by_itself,
    decided,
    possible_conclusion,
    reported,
    supervised_items,
)
from domain.supervision_checks import MOST_FINDINGS, check
from domain.supervision_decisions import (
    Conclude,
    Conclusion,
    NewFinding,
    OrderAsked,
    RecordFindings,
    SupervisionDecision,
    SupervisionRequest,
)
from domain.terms import City, Level, ObligationState, Role
from tests.policy.published import DAYS_2026
from tests.support import OFFICE, at

A, B, C, D = CreditGrade
MINOR, MAJOR, GRAVE = Severity
TODAY = date(2026, 4, 10)  # a Friday
NOW = at("2026-04-10 10:00")
DIGEST = "ab" * 32

CITY = Actor(role=Role.CITY, id="token:city", city=City.TAIYUAN)
OTHER_CITY = Actor(role=Role.CITY, id="token:other", city=City.DATONG)
DEPARTMENT = Actor(role=Role.DEPARTMENT, id="token:department", department="省教育厅")
OTHER_DEPARTMENT = Actor(role=Role.DEPARTMENT, id="token:unit", department="省财政厅")
LEAD = Actor(role=Role.LEAD, id="contact:1")


def supervision(
    grade: CreditGrade = B,
    level: Level = Level.PROVINCE,
    self_report: ObligationState = ObligationState.SUBMITTED,
    **known: Any,
) -> SupervisionState:
    facts = SupervisionFacts(
        base_id="base-2021-03-1",
        period="2026-Q1",
        level=level,
        city=City.TAIYUAN,
        department="省教育厅",
        grade=grade,
        self_report=self_report,
        approach=approach_for(grade, self_report, TODAY),
    )
    until = end_of(conclude_by(TODAY, DAYS_2026))
    return SupervisionState(facts=facts, since=NOW, until=until, seq=1, **known)


def found(severity: Severity = MINOR, due: date | None = None, *, order: bool = True) -> NewFinding:
    asked = OrderAsked(due=due) if order else None
    return NewFinding(item="safety", severity=severity, text=DIGEST, order=asked)


def recorded(*findings: NewFinding, visited: date | None = None) -> RecordFindings:
    return RecordFindings(findings=findings, visited=visited)


def after(
    state: SupervisionState, decision: SupervisionDecision, by: Actor = OFFICE, now: datetime = NOW
) -> SupervisionState:
    check(state, SupervisionRequest(decision=decision, by=by), now, DAYS_2026)
    return decided(state, decision, now, DAYS_2026)


def refusal(state: SupervisionState, decision: SupervisionDecision, by: Actor = OFFICE) -> DomainError:
    with pytest.raises(DomainError) as caught:
        after(state, decision, by)
    assert caught.value.refusal.clause is not None
    return caught.value


# The tables


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("grade", "approach", "days"),
    [
        (A, Approach.PAPER_ONLY, (20, 15, 10)),
        (B, Approach.PAPER, (20, 15, 10)),
        (C, Approach.ON_SITE, (15, 10, 7)),
        (D, Approach.ON_SITE, (10, 7, 5)),
    ],
)
def test_the_lower_the_grade_the_closer_the_supervision(
    grade: CreditGrade, approach: Approach, days: tuple[int, ...]
) -> None:
    assert approach_for(grade, ObligationState.SUBMITTED, TODAY) is approach
    dues = [default_due(grade, severity, TODAY, DAYS_2026) for severity in Severity]
    assert dues == [DAYS_2026.add(TODAY, n) for n in days]


@pytest.mark.rule("A9", "A10")
@pytest.mark.parametrize("grade", CreditGrade)
def test_a_self_check_that_was_missed_brings_somebody_there_whatever_the_grade(grade: CreditGrade) -> None:
    assert approach_for(grade, ObligationState.MISSING, TODAY) is Approach.ON_SITE


@pytest.mark.rule("A10")
def test_the_office_has_fifteen_working_days_over_the_may_holiday() -> None:
    """From 10 April: 1 to 5 May are off, 9 May is worked."""
    assert conclude_by(TODAY, DAYS_2026) == date(2026, 5, 1 + 5)
    assert DAYS_2026.count(date(2026, 4, 13), date(2026, 5, 6)) == 15


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("grade", "severity", "asked", "code", "clause"),
    [
        (B, MINOR, date(2026, 4, 13), "supervision.due_out_of_range", "本系统约定整改期限"),
        (B, MINOR, date(2026, 4, 10), "supervision.due_out_of_range", "本系统约定整改期限"),
        (B, MINOR, date(2026, 12, 1), "supervision.due_out_of_range", "本系统约定整改期限"),
        (B, MINOR, date(2026, 4, 18), "supervision.due_not_working", "本系统约定整改期限"),
        (D, GRAVE, date(2026, 4, 20), "supervision.due_shortened", "本系统约定分级督导"),
    ],
)
def test_a_deadline_that_cannot_be_set(
    grade: CreditGrade, severity: Severity, asked: date, code: str, clause: str
) -> None:
    with pytest.raises(Refused) as caught:
        due_of(grade, severity, TODAY, DAYS_2026, asked)
    assert caught.value.refusal.code == code
    assert caught.value.refusal.clause is not None
    assert caught.value.refusal.clause.cite() == clause


@pytest.mark.rule("A9")
def test_a_deadline_may_be_longer_than_usual_except_at_grade_d() -> None:
    later = date(2026, 6, 1)
    assert due_of(C, GRAVE, TODAY, DAYS_2026, later) == later
    assert due_of(D, GRAVE, TODAY, DAYS_2026, date(2026, 4, 14)) == date(2026, 4, 14)
    assert due_of(D, GRAVE, TODAY, DAYS_2026, None) == date(2026, 4, 17)


# Findings


@pytest.mark.rule("A10")
def test_a_finding_is_numbered_and_its_order_is_an_obligation_of_the_base() -> None:
    state = after(supervision(), recorded(found(order=False), found(GRAVE)))
    assert [(f.number, f.severity) for f in state.findings] == [(1, MINOR), (2, GRAVE)]
    (order,) = state.orders
    assert (order.number, order.finding, order.due) == ("2026-Q1-2", 2, date(2026, 4, 24))
    assert (state.step, state.waiting_for()) == (SupervisionStep.RECTIFYING, "基地联系人")
    assert state.next_due() == end_of(date(2026, 4, 24))
    more = after(state, recorded(found()))
    assert [order.number for order in more.orders] == ["2026-Q1-2", "2026-Q1-3"]


@pytest.mark.rule("A10")
@pytest.mark.parametrize("severity", [MAJOR, GRAVE])
def test_what_is_worse_than_minor_is_ordered_to_be_put_right(severity: Severity) -> None:
    refused = refusal(supervision(), recorded(found(severity, order=False)))
    assert refused.refusal.code == "supervision.order_needed"
    assert refused.refusal.clause == ours("责令整改")


def test_a_finding_is_about_an_item_of_the_self_check_or_something_else() -> None:
    assert {"safety", "land_split", "other"} <= supervised_items().keys()
    unknown = found().model_copy(update={"item": "weather"})
    refused = refusal(supervision(), recorded(unknown))
    assert refused.refusal.code == "supervision.unknown_item"
    assert "其他（other）" in refused.refusal.params["known"]
    after(supervision(), recorded(found().model_copy(update={"item": "other"})))


def test_there_is_an_end_to_findings() -> None:
    state = supervision()
    for _ in range(4):
        state = after(state, recorded(*(found(order=False) for _ in range(50))))
    assert len(state.findings) == MOST_FINDINGS
    assert refusal(state, recorded(found())).refusal.code == "supervision.too_many_findings"


def test_a_record_says_something() -> None:
    with pytest.raises(ValidationError, match="须写明"):
        RecordFindings()


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("grade", "self_report", "visited", "code"),
    [
        (A, ObligationState.SUBMITTED, TODAY, "supervision.no_visit"),
        (A, ObligationState.MISSING, TODAY, None),
        (B, ObligationState.SUBMITTED, TODAY, None),
        (C, ObligationState.SUBMITTED, date(2026, 1, 1), None),
        (C, ObligationState.SUBMITTED, date(2025, 12, 31), "supervision.visit_date"),
        (C, ObligationState.SUBMITTED, date(2026, 4, 11), "supervision.visit_date"),
    ],
)
def test_who_is_visited_and_when(
    grade: CreditGrade, self_report: ObligationState, visited: date, code: str | None
) -> None:
    state = supervision(grade, self_report=self_report)
    if code is None:
        assert after(state, recorded(visited=visited)).visited == visited
    else:
        assert refusal(state, recorded(visited=visited)).refusal.code == code


# Who may


@pytest.mark.rule("B10", "B12")
@pytest.mark.parametrize(
    ("level", "by", "may_record", "may_conclude"),
    [
        (Level.PROVINCE, OFFICE, True, True),
        (Level.CITY, OFFICE, True, True),
        (Level.PROVINCE, CITY, False, False),
        (Level.CITY, CITY, True, True),
        (Level.COUNTY, CITY, True, True),
        (Level.CITY, OTHER_CITY, False, False),
        (Level.PROVINCE, DEPARTMENT, True, False),
        (Level.COUNTY, DEPARTMENT, True, False),
        (Level.PROVINCE, OTHER_DEPARTMENT, False, False),
        (Level.CITY, LEAD, False, False),
    ],
)
def test_who_supervises(level: Level, by: Actor, may_record: bool, may_conclude: bool) -> None:
    state = supervision(level=level)
    for decision, may in (
        (recorded(found()), may_record),
        (Conclude(conclusion=Conclusion.NOTHING_FOUND), may_conclude),
    ):
        if may:
            after(state, decision, by)
        else:
            assert isinstance(refusal(state, decision, by), NotAllowed)


@pytest.mark.rule("B12")
@pytest.mark.parametrize(
    ("level", "whom"), [(Level.PROVINCE, "省发展改革委"), (Level.COUNTY, "太原市级办公室")]
)
def test_whom_it_waits_for_and_until_when(level: Level, whom: str) -> None:
    state = supervision(level=level)
    assert (state.waiting_for(), state.next_due()) == (whom, end_of(date(2026, 5, 6)))
    assert not state.overdue(at("2026-05-06 23:59"))
    assert state.overdue(at("2026-05-07 00:00"))


# How it ends


def with_orders(*outcomes: ObligationState, grade: CreditGrade = B) -> SupervisionState:
    state = after(supervision(grade), recorded(*(found() for _ in outcomes)))
    for n, outcome in enumerate(outcomes, 1):
        state = reported(state, f"2026-Q1-{n}", outcome, None, NOW)
    return state


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("outcomes", "step", "conclusion", "alone"),
    [
        (("已通过", "已通过"), SupervisionStep.REVIEWING, Conclusion.RECTIFIED, True),
        (("已通过", "免报"), SupervisionStep.REVIEWING, Conclusion.RECTIFIED, True),
        (("免报",), SupervisionStep.REVIEWING, Conclusion.POINTED_OUT, True),
        (("已通过", "已报送"), SupervisionStep.RECTIFYING, None, False),
        (("已退回",), SupervisionStep.RECTIFYING, None, False),
        (("缺报",), SupervisionStep.CONSEQUENCE_DUE, Conclusion.NOT_RECTIFIED, False),
        (("缺报", "已通过"), SupervisionStep.CONSEQUENCE_DUE, Conclusion.NOT_RECTIFIED, False),
        (("缺报", "已报送"), SupervisionStep.CONSEQUENCE_DUE, None, False),
    ],
)
def test_what_it_comes_to_and_whether_by_itself(
    outcomes: tuple[str, ...], step: SupervisionStep, conclusion: Conclusion | None, alone: bool
) -> None:
    state = with_orders(*(ObligationState(outcome) for outcome in outcomes))
    assert (state.step, possible_conclusion(state)) == (step, conclusion)
    assert by_itself(state) == (Conclude(conclusion=conclusion) if alone and conclusion else None)


@pytest.mark.rule("A10")
def test_without_orders_the_office_says_what_it_came_to() -> None:
    clean, noted = supervision(), after(supervision(), recorded(found(order=False)))
    assert (by_itself(clean), by_itself(noted)) == (None, None)
    assert after(clean, Conclude(conclusion=Conclusion.NOTHING_FOUND)).step is SupervisionStep.CONCLUDED
    refused = refusal(noted, Conclude(conclusion=Conclusion.NOTHING_FOUND))
    assert refused.refusal.code == "supervision.other_conclusion"
    assert refused.refusal.params["possible"] == "已指出问题"
    ended = after(noted, Conclude(conclusion=Conclusion.POINTED_OUT, remark=DIGEST))
    assert (ended.remark, ended.waiting_for(), ended.next_due()) == (DIGEST, "无", None)


@pytest.mark.rule("A10")
def test_nothing_is_concluded_while_something_ordered_is_under_way() -> None:
    refused = refusal(
        with_orders(ObligationState.MISSING, ObligationState.SUBMITTED),
        Conclude(conclusion=Conclusion.NOT_RECTIFIED),
    )
    assert (refused.refusal.code, refused.refusal.params["orders"]) == (
        "supervision.orders_open",
        "2026-Q1-2",
    )


@pytest.mark.rule("A9")
def test_where_somebody_has_to_go_there_nothing_is_concluded_before() -> None:
    poor = supervision(C)
    conclude = Conclude(conclusion=Conclusion.NOTHING_FOUND)
    assert refusal(poor, conclude).refusal.code == "supervision.visit_needed"
    assert after(after(poor, recorded(visited=TODAY)), conclude).conclusion is Conclusion.NOTHING_FOUND
    put_right = with_orders(ObligationState.ACCEPTED, grade=C)
    assert (by_itself(put_right), put_right.waiting_for()) == (None, "省发展改革委")
    visited = after(put_right, recorded(visited=TODAY))
    assert by_itself(visited) == Conclude(conclusion=Conclusion.RECTIFIED)


def test_what_is_handed_in_waits_for_whoever_verifies_it() -> None:
    state = with_orders(ObligationState.SUBMITTED)
    assert (state.waiting_for(), state.next_due()) == ("省发展改革委", None)
    due = at("2026-05-20 00:00")
    again = reported(state, "2026-Q1-1", ObligationState.RETURNED, due, NOW)
    assert (again.waiting_for(), again.next_due()) == ("基地联系人", due)


def test_more_time_for_an_order_moves_the_deadline_of_its_supervision() -> None:
    state = with_orders(ObligationState.OPEN)
    later = at("2026-05-20 00:00")
    extended = reported(state, "2026-Q1-1", ObligationState.OPEN, later, NOW)
    assert state.next_due() != later
    assert (extended.next_due(), extended.since) == (later, state.since)


def test_after_its_conclusion_nothing_changes() -> None:
    ended = after(with_orders(ObligationState.MISSING), Conclude(conclusion=Conclusion.NOT_RECTIFIED))
    assert isinstance(refusal(ended, recorded(found())), Stale)
    assert reported(ended, "2026-Q1-1", ObligationState.ACCEPTED, None, NOW) is ended


def test_news_that_are_none_change_nothing() -> None:
    state = with_orders(ObligationState.SUBMITTED)
    assert reported(state, "2026-Q1-1", ObligationState.SUBMITTED, None, NOW) is state
    assert reported(state, "2026-Q1-9", ObligationState.ACCEPTED, None, NOW) is state
