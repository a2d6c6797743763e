"""The application form: what is asked of whom, how answers are read, and what they become."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter

from bot.words import chinese
from domain.application import Application, Dossier, Funding, HubRole, Party, PartyKind, SchoolKind
from domain.errors import Refused
from domain.forms.application import (
    BY_KEY,
    FORM_TITLE,
    MAJORS,
    QUESTIONS,
    answered,
    asked,
    majors_of,
    missing,
)
from domain.forms.questions import AnswerKind
from domain.policy.directions import DIRECTIONS_2021, OTHER_DIRECTION
from domain.terms import LeadKind
from tests.policy.applicants import GENERAL_SCHOOL, dossier, values_of

LINE = "示例公司，企业，91140000MA0KEXAMP1，省国资委"


def keys(kind: LeadKind, direction: int = 3, **values: str) -> set[str]:
    return {q.key for q in asked(kind, direction, values)}


# What is asked


@pytest.mark.rule("B4", "B5", "B6", "B7", "B8", "B18", "A1")
@pytest.mark.parametrize(
    ("kind", "direction", "values", "asked_too"),
    [
        (LeadKind.GOVERNMENT, 3, {}, set()),
        (LeadKind.ZONE, 3, {}, set()),
        (LeadKind.ENTERPRISE, 3, {}, {"pilot_list", "conditions", "origin"}),
        (LeadKind.ENTERPRISE, 3, {"origin": "省内"}, {"pilot_list", "conditions", "origin"}),
        (
            LeadKind.ENTERPRISE,
            3,
            {"origin": "省外"},
            {"pilot_list", "conditions", "origin", "local_subsidiary"},
        ),
        (
            LeadKind.ENTERPRISE,
            3,
            {"origin": "境外", "local_subsidiary": "无"},
            {"pilot_list", "conditions", "origin", "local_subsidiary", "global_500"},
        ),
        (
            LeadKind.ENTERPRISE,
            3,
            {"origin": "境外", "local_subsidiary": "无", "global_500": "是"},
            {"pilot_list", "conditions", "origin", "local_subsidiary", "global_500", "local_team"},
        ),
        (LeadKind.SCHOOL, 3, {}, {"school_kind"}),
        (LeadKind.SCHOOL, 3, {"school_kind": "职业院校"}, {"school_kind", "majors", "double_high"}),
        (LeadKind.SCHOOL, 3, {"school_kind": "应用型本科"}, {"school_kind", "majors"}),
        (LeadKind.SCHOOL, 3, {"school_kind": "普通本科"}, {"school_kind", "contribution", "major_transfer"}),
        (LeadKind.ZONE, 3, {"hub_role": "分基地"}, {"hub"}),
        (LeadKind.ZONE, 3, {"hub_role": "主基地"}, set()),
        (LeadKind.ZONE, OTHER_DIRECTION, {}, {"direction_name"}),
    ],
)
def test_what_is_asked_depends_on_the_applicant_and_its_answers(
    kind: LeadKind, direction: int, values: dict[str, str], asked_too: set[str]
) -> None:
    assert keys(kind, direction, **values) - keys(LeadKind.GOVERNMENT) == asked_too


@pytest.mark.parametrize("kind", list(LeadKind))
def test_nobody_is_asked_more_than_twenty_five_questions_in_the_ordinary_case(kind: LeadKind) -> None:
    assert 19 <= len(asked(kind, 3, values_of(kind))) <= 25


@pytest.mark.parametrize("kind", list(LeadKind))
def test_a_complete_form_misses_nothing_and_an_empty_one_all_that_is_asked(kind: LeadKind) -> None:
    assert missing(kind, 3, values_of(kind)) == ()
    assert missing(kind, 3, {}) == asked(kind, 3, {})


def test_answers_to_what_is_no_longer_asked_do_not_count() -> None:
    values = values_of(LeadKind.SCHOOL) | GENERAL_SCHOOL
    assert {"majors", "double_high"} & answered(LeadKind.SCHOOL, 3, values).keys() == set()


def test_questions_are_numbered_told_apart_and_each_has_a_clause() -> None:
    assert FORM_TITLE == "申报书"
    assert [q.no for q in QUESTIONS] == list(range(1, len(QUESTIONS) + 1))
    assert len({q.key for q in QUESTIONS}) == len({q.label for q in QUESTIONS}) == len(QUESTIONS)
    groups = [q.group for q in QUESTIONS]
    assert groups == sorted(groups, key=groups.index), "a group stands together"
    assert all(q.choices for q in QUESTIONS if q.kind in (AnswerKind.CHOICE, AnswerKind.CHOICES))


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q.kind is AnswerKind.CHOICES])
def test_no_choice_of_a_list_can_be_mistaken_for_two(question: Any) -> None:
    assert all(question.parse(choice) == choice for choice in question.choices)
    assert question.parse("全部") == "、".join(question.choices)


@pytest.mark.rule("B7", "B18")
def test_every_direction_but_the_other_one_has_its_majors_in_the_list() -> None:
    assert [d.no for d in DIRECTIONS_2021 if not majors_of(d.no)] == [OTHER_DIRECTION]
    assert {m for d in DIRECTIONS_2021 for m in majors_of(d.no)} == set(MAJORS)
    assert majors_of(7)[0] == majors_of(13)[0] == "资源环境与安全大类"


# How answers are read


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("floor_area", "1.2万平方米", "12000.00"),
        ("floor_area", "800", "800.00"),
        ("invest_own", "1.2亿元", "12000.00"),
        ("truthful", "是", "是"),
        ("truthful", "同意", "是"),
        ("truthful", "ＹＥＳ", "是"),
        ("truthful", "没有", "否"),
        ("plan_sections", "3，1、2", "建设的必要性和可行性、建设思路、建设目标"),
        ("plan_sections", "建设思路 经费", "建设思路、经费预算"),
        ("bodies", "联盟；理事会", "理事会、联盟"),
        ("bodies", "无", "无"),
        ("majors", "旅游", "旅游大类"),
        ("hub_role", "２", "分基地"),
        ("hub_role", "无", "无"),
        ("double_high", "无", "无"),
        ("pilot_list", "4", "无"),
        ("paired_unit", "科技", "省科技厅"),
        ("operator", "无", "无"),
        ("partners", "无", "无"),
        ("lead", LINE, LINE),
        ("lead", " 示例公司, 企业 ,91140000ma0kexamp1,省国资委 ", LINE),
        ("lead", "示例大学，院校", "示例大学，院校，，"),
        (
            "partners",
            f"{LINE}\n\n示例（太原）学院，院校，，省教育厅",
            f"{LINE}\n示例（太原）学院，院校，，省教育厅",
        ),
    ],
)
def test_an_answer_is_read_as_people_type_it_and_stays_itself(key: str, typed: str, value: str) -> None:
    assert BY_KEY[key].parse(typed) == value
    assert BY_KEY[key].parse(value) == value


@pytest.mark.parametrize(
    ("key", "typed", "code"),
    [
        ("floor_area", "很大", "not_a_number"),
        ("floor_area", "-1", "negative"),
        ("floor_area", "1.234", "decimals"),
        ("truthful", "也许", "not_yes_or_no"),
        ("truthful", "", "not_yes_or_no"),
        ("plan_sections", "建设", "not_listed"),  # of several
        ("plan_sections", "1、9", "not_listed"),
        ("plan_sections", "、", "empty"),
        ("plan_sections", "无", "not_listed"),
        ("hub_role", "中心", "not_listed"),
        ("paired_unit", "无", "not_listed"),
        ("support_from", "", "empty"),
        ("lead", f"{LINE}\n示例学院，院校", "too_many_parties"),
        ("lead", "", "empty"),
        ("lead", "示例公司", "party_fields"),
        ("lead", "，企业，，省国资委", "party_fields"),
        ("lead", f"{LINE}，多余", "party_fields"),
        ("lead", "示例公司，公司，，省国资委", "party_kind"),
        ("lead", "示例公司，企业，123，省国资委", "party_code"),
        ("lead", "示例公司，企业，，省教育厅", "party_department"),
        ("lead", "示例公司，企业", "party_department"),
        ("lead", f"{'示' * 101}，院校", "party_too_long"),
        ("partners", f"{LINE}\n{LINE}", "party_twice"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_with_the_reason(key: str, typed: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        BY_KEY[key].parse(typed)
    assert caught.value.refusal.code == f"answer.{code}"
    assert chinese().refusal(caught.value.refusal)


def test_a_bad_line_is_named_by_its_number() -> None:
    with pytest.raises(Refused) as caught:
        BY_KEY["partners"].parse(f"{LINE}\n示例学院，学校\n示例大学，院校")
    assert chinese().refusal(caught.value.refusal).startswith("第 2 行「示例学院，学校」的类型")


# What the answers become


@pytest.mark.rule("A1", "A2", "A7")
def test_the_answers_become_a_typed_application() -> None:
    application = Application.of(values_of(LeadKind.SCHOOL, operator="示例运营公司"))
    assert application.lead == Party(
        name="示例职业技术大学",
        kind=PartyKind.SCHOOL,
        credit_code="12140000MB0KEXAMP1",
        department="省教育厅",
    )
    assert [p.kind for p in application.parties] == [PartyKind.SCHOOL, PartyKind.ENTERPRISE, PartyKind.SCHOOL]
    assert application.investment[Funding.OWN] == Decimal("1200.50")
    assert (len(application.investment), application.invested) == (5, Decimal("1700.50"))
    assert (application.council, application.committee, application.alliance) == (True, False, True)
    assert (application.hub_role, application.school_kind) == (HubRole.NONE, SchoolKind.VOCATIONAL)
    assert application.majors == ("电子与信息大类",)
    assert (application.truthful, application.operator) == (True, "示例运营公司")


def test_a_draft_becomes_an_application_too() -> None:
    assert Application.of({}) == Application()
    draft = Application.of({"partners": "无", "bodies": "无", "pilot_list": "无", "truthful": "否"})
    assert (draft.parties, draft.partners, draft.council, draft.pilot_list) == ((), (), False, None)
    assert draft.truthful is False
    assert Application().council is None


def test_every_question_reaches_a_field_of_the_application() -> None:
    typed = {
        AnswerKind.MONEY: "1.00",
        AnswerKind.AREA: "1.00",
        AnswerKind.TEXT: "示例",
        AnswerKind.YES_NO: "是",
        AnswerKind.PARTIES: LINE,
    }
    for question in QUESTIONS:
        value = typed.get(question.kind) or question.choices[0]
        assert Application.of({question.key: value}) != Application(), question.key


@pytest.mark.parametrize("kind", list(LeadKind))
def test_a_dossier_crosses_json_unchanged(kind: LeadKind) -> None:
    papers = dossier(kind)
    again = TypeAdapter(Dossier).validate_json(papers.model_dump_json())
    assert again == papers
    assert again.application == papers.application
