"""Rows of the documents that no other test shows by itself."""

from datetime import date

import pytest

from domain.application import Application, Funding
from domain.base import BaseState
from domain.changes import decided
from domain.checks import check
from domain.decisions import Accept, Actor, DecisionRequest, Object, ResolveObjection, SignOff
from domain.errors import DomainError, NotAllowed, Refused, Stale
from domain.forms.dispatch import QUESTIONS
from domain.forms.parties import ENTERPRISE_DEPARTMENTS, NotAPartyError, parse_party
from domain.lifecycle import Step
from domain.policy.duties import duties
from domain.policy.formal_review import FormalReview, SignOffResult
from domain.policy.notice import rest_of_window
from domain.policy.source import Clause, call, measures
from domain.terms import LeadKind, Role
from tests.policy.applicants import values_of
from tests.policy.published import DAYS_2026
from tests.support import at, state_of

NOW = at("2024-03-01 10:00")
NOTICE_ENDS = date(2024, 3, 8)


def in_review() -> BaseState:
    """A school with a partner school and an enterprise of 省国资委, handed in and not signed by anybody."""
    state = state_of(step=Step.FORMAL_REVIEW)
    facts = state.facts.model_copy(update={"round_workflow": "round-2024"})
    application = Application.of(values_of(LeadKind.SCHOOL))
    return state.model_copy(update={"facts": facts, "review": FormalReview(duties=duties(application))})


def in_notice() -> BaseState:
    """Shown to the public until 8 March."""
    return in_review().model_copy(update={"step": Step.NOTICE, "notice_last_day": NOTICE_ENDS})


def signs(duty: str, department: str) -> DecisionRequest:
    by = Actor(role=Role.DEPARTMENT, id="token:x", department=department)
    return DecisionRequest(decision=SignOff(duty=duty, result=SignOffResult.PASS), by=by)


def asked(*parts: str) -> list[tuple[str, Clause]]:
    """The items of 月调度 whose label has any of these words, with their clause."""
    return [(q.label, q.clause) for q in QUESTIONS if any(part in q.label for part in parts)]


@pytest.mark.rule("B9")
@pytest.mark.parametrize(
    ("duty", "department"),
    [
        ("whole", "省发展改革委"),
        ("budget", "省财政厅"),
        ("school-0", "省教育厅"),
        ("enterprise-1", "省国资委"),
        ("school-2", "省教育厅"),
    ],
)
def test_each_duty_is_signed_by_its_own_department_and_by_no_other(duty: str, department: str) -> None:
    check(in_review(), signs(duty, department), NOW)
    for other in ("省工业和信息化厅", "省财政厅", "省教育厅", "省国资委"):
        if other != department:
            with pytest.raises(NotAllowed, match=r"sign_off\.other_department"):
                check(in_review(), signs(duty, other), NOW)


@pytest.mark.rule("B9")
def test_a_duty_is_signed_once_and_one_that_is_none_not_at_all() -> None:
    budget = signs("budget", "省财政厅")
    signed = decided(in_review(), budget.decision, NOW)
    with pytest.raises(Stale, match=r"sign_off\.signed"):
        check(signed, budget, NOW)
    with pytest.raises(Refused, match=r"sign_off\.no_such_duty"):
        check(in_review(), signs("school-1", "省教育厅"), NOW)


@pytest.mark.rule("B9", "B14")
def test_nobody_accepts_an_application_of_a_round_over_the_heads_of_the_departments() -> None:
    office = DecisionRequest(decision=Accept(), by=Actor(role=Role.OFFICE, id="token:office"))
    with pytest.raises(DomainError) as caught:
        check(in_review(), office, NOW)
    assert caught.value.refusal.clause == call("四")


@pytest.mark.rule("B10")
def test_an_enterprise_without_its_competent_department_is_no_party() -> None:
    for line in ("示例公司，企业", "示例公司，企业，，省教育厅"):
        with pytest.raises(NotAPartyError) as caught:
            parse_party(line)
        assert caught.value.code == "answer.party_department"
    for department in ENTERPRISE_DEPARTMENTS:
        assert parse_party(f"示例公司，企业，，{department}").department == department


@pytest.mark.rule("B10")
def test_the_competent_department_of_any_other_party_is_kept() -> None:
    assert parse_party("示例学院，院校，，省教育厅").department == "省教育厅"
    assert Application.of(values_of(LeadKind.ZONE)).parties[0].department == "示例市人民政府"


@pytest.mark.rule("B14")
def test_an_objection_stops_the_clock_and_the_working_days_that_are_left_run_after_it() -> None:
    objected = decided(in_notice(), Object(objection=7), NOW)
    assert (in_notice().next_due(), objected.next_due()) == (at("2024-03-09 00:00"), None)
    until = at("2024-03-16 00:00")
    dismissed = ResolveObjection(objection=7, upheld=False, reason="查无实据")
    assert decided(objected, dismissed, NOW, until).next_due() == until


@pytest.mark.rule("B14")
@pytest.mark.parametrize(
    ("stopped", "resumed", "last"),
    [
        ("2026-03-04", "2026-03-10", "2026-03-13"),  # Wednesday to Friday: three days were left
        ("2026-03-06", "2026-03-09", "2026-03-10"),  # the last day did not run
        ("2026-03-02", "2026-03-02", "2026-03-09"),  # all five
    ],
)
def test_a_notice_from_monday_to_friday_runs_on_for_what_was_left(
    stopped: str, resumed: str, last: str
) -> None:
    found = rest_of_window(
        date.fromisoformat(stopped), date(2026, 3, 6), date.fromisoformat(resumed), DAYS_2026
    )
    assert found == date.fromisoformat(last)


@pytest.mark.rule("A4")
def test_trainees_are_counted_by_their_five_groups_and_certificates_and_contests_besides() -> None:
    of = measures("二")
    assert asked("实训", "等级证书", "技能大赛") == [
        ("高校在校生实训", of),
        ("企业职工实训", of),
        ("农村转移就业劳动者实训", of),
        ("城镇失业人员实训", of),
        ("退役军人实训", of),
        ("取得职业技能等级证书人数", of),
        ("技能大赛场次", of),
    ]


@pytest.mark.rule("A5")
def test_income_is_reported_by_its_kinds() -> None:
    of = measures("二")
    assert asked("收入") == [("有偿社会培训收入", of), ("技术服务收入", of), ("成果孵化与交易转化收入", of)]


@pytest.mark.rule("A7")
def test_funds_are_reported_by_their_five_sources() -> None:
    assert asked("到位") == [(f"本月到位{source}", measures("四")) for source in Funding]
