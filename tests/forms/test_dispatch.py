"""The twenty-two items of 月调度: what is refused, what is asked back, what is computed."""

from decimal import Decimal

import pytest

from domain.errors import Refused
from domain.forms.dispatch import QUESTIONS, computed, doubts
from domain.forms.questions import AnswerKind, FormContext
from domain.policy.members import ALL_MEMBER_UNITS
from tests.forms.talk import FORM
from tests.support import FULL

LAST = {key: FORM.by_key[key].parse(value) for key, value in FULL.items()}


@pytest.mark.parametrize(
    ("no", "key", "kind", "unit"),
    [
        (1, "invest_month", "money", "万元"),
        (2, "invest_total", "money", "万元"),
        (3, "funds_central", "money", "万元"),
        (4, "funds_province", "money", "万元"),
        (5, "funds_bond", "money", "万元"),
        (6, "funds_loan", "money", "万元"),
        (7, "funds_self", "money", "万元"),
        (8, "progress", "text", ""),
        (9, "trainees_students", "count", "人次"),
        (10, "trainees_employees", "count", "人次"),
        (11, "trainees_rural", "count", "人次"),
        (12, "trainees_unemployed", "count", "人次"),
        (13, "trainees_veterans", "count", "人次"),
        (14, "certified", "count", "人"),
        (15, "contests", "count", "场"),
        (16, "teachers_dual", "count", "人"),
        (17, "partners_new", "count", "家"),
        (18, "income_training", "money", "万元"),
        (19, "income_tech", "money", "万元"),
        (20, "income_transfer", "money", "万元"),
        (21, "problems", "text", ""),
        (22, "help_from", "choice", ""),
    ],
)
def test_each_item_stands_at_its_number(no: int, key: str, kind: str, unit: str) -> None:
    question = FORM.by_no[no]
    assert (question.key, question.kind, question.unit) == (key, AnswerKind(kind), unit)


def test_there_are_twenty_two_items_and_each_cites_its_clause() -> None:
    assert len(QUESTIONS) == len(FORM.by_key) == len(FORM.by_no) == 22
    assert all(q.clause.cite() for q in QUESTIONS)


# Texts and choices


@pytest.mark.parametrize(("key", "limit"), [("progress", 200), ("problems", 500)])
def test_a_text_is_taken_up_to_its_limit(key: str, limit: int) -> None:
    assert FORM.by_key[key].parse("长" * limit) == "长" * limit
    with pytest.raises(Refused) as caught:
        FORM.by_key[key].parse("长" * (limit + 1))
    assert caught.value.refusal.code == "answer.too_long"
    assert caught.value.refusal.params["max"] == str(limit)
    assert caught.value.refusal.params["length"] == str(limit + 1)


@pytest.mark.parametrize("key", ["progress", "problems", "help_from", "invest_month", "certified"])
@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_is_no_answer(key: str, text: str) -> None:
    with pytest.raises(Refused):
        FORM.by_key[key].parse(text)


def test_no_problem_is_an_answer() -> None:
    assert FORM.by_key["problems"].parse("无") == "无"


@pytest.mark.parametrize("unit", ALL_MEMBER_UNITS)
def test_help_is_asked_of_a_member_unit_by_its_name(unit: str) -> None:
    assert FORM.by_key["help_from"].parse(unit) == unit


@pytest.mark.parametrize(
    ("typed", "unit"),
    [
        ("1", "省发展改革委"),
        ("14", "山西银保监局"),
        ("１４", "山西银保监局"),
        (" 财政厅 ", "省财政厅"),
        ("税务", "省税务局"),
        ("无", "无"),
        ("0", "无"),
    ],
)
def test_help_is_asked_by_number_or_part_of_the_name(typed: str, unit: str) -> None:
    assert FORM.by_key["help_from"].parse(typed) == unit


@pytest.mark.parametrize("typed", ["15", "-1", "99", "省", "厅", "公安厅", "没有", "9" * 5000])
def test_a_unit_that_is_none_or_several_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as caught:
        FORM.by_key["help_from"].parse(typed)
    assert caught.value.refusal.code == "answer.no_such_choice"


# Doubts


def doubted(key: str, given: dict[str, str], context: FormContext) -> list[str]:
    return [d.code for d in doubts(key, given, context)]


@pytest.mark.parametrize(
    ("last", "now", "asked_back"),
    [
        ("100", "150", False),  # exactly half more
        ("100", "151", True),
        ("100", "50", False),  # exactly half less
        ("100", "49", True),
        ("100", "0", True),
        ("20", "30", False),  # exactly half more and exactly ten
        ("20", "31", True),
        ("4", "14", False),  # far more than half, but only ten
        ("4", "15", True),
        ("10", "0", False),
        ("11", "0", True),
        ("0", "10", False),
        ("0", "11", True),
        ("100", "100", False),
        ("1000", "1011", False),  # more than ten, but not half
    ],
)
def test_a_change_by_more_than_half_and_more_than_ten_is_asked_back(
    last: str, now: str, asked_back: bool
) -> None:
    found = doubted("teachers_dual", {"teachers_dual": now}, FormContext(last={"teachers_dual": last}))
    assert found == (["doubt.change"] if asked_back else [])


@pytest.mark.parametrize(
    ("last", "now", "asked_back"),
    [
        ("100.00", "150.00", False),
        ("100.00", "150.01", True),
        ("100.00", "49.99", True),
        ("10.00", "20.00", False),
        ("10.00", "20.01", True),
        ("0.00", "10.00", False),
        ("0.00", "10.01", True),
    ],
)
def test_money_is_compared_to_the_cent(last: str, now: str, asked_back: bool) -> None:
    found = doubted("income_tech", {"income_tech": now}, FormContext(last={"income_tech": last}))
    assert found == (["doubt.change"] if asked_back else [])


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q.is_number and not q.cumulative])
def test_every_figure_but_the_total_is_compared_with_last_month(question: object) -> None:
    key = question.key  # type: ignore[attr-defined]
    last, now = FORM.by_key[key].parse("100"), FORM.by_key[key].parse("200")
    assert "doubt.change" in doubted(key, {key: now}, FormContext(last={key: last}))
    assert "doubt.change" not in doubted(key, {key: now}, FormContext())


@pytest.mark.parametrize(("now", "percent"), [("200", "+100%"), ("10", "-90%"), ("175", "+75%")])
def test_the_doubt_says_by_how_much(now: str, percent: str) -> None:
    (doubt,) = doubts("contests", {"contests": now}, FormContext(last={"contests": "100"}))
    assert doubt.params == {"value": now, "last": "100", "unit": "场", "percent": percent}


def test_from_nothing_there_is_no_percentage() -> None:
    (doubt,) = doubts("contests", {"contests": "100"}, FormContext(last={"contests": "0"}))
    assert doubt.params["percent"] == "由零起"


@pytest.mark.parametrize(
    ("total", "found"), [("1120.50", []), ("1120.51", ["doubt.sum"]), ("1000.00", ["doubt.sum"])]
)
def test_a_total_that_differs_from_last_total_and_this_month_is_asked_back(
    total: str, found: list[str]
) -> None:
    context = FormContext(last={"invest_total": "1000.00"})
    assert doubted("invest_total", {"invest_month": "120.50", "invest_total": total}, context) == found


def test_the_first_total_has_nothing_to_be_compared_with() -> None:
    assert doubted("invest_total", {"invest_month": "1.00", "invest_total": "900.00"}, FormContext()) == []


@pytest.mark.parametrize(("total", "found"), [("5000.00", []), ("5000.01", ["doubt.over_plan"])])
def test_a_total_over_the_planned_investment_is_asked_back(total: str, found: list[str]) -> None:
    context = FormContext(planned_total=Decimal(5000))
    assert doubted("invest_total", {"invest_total": total}, context) == found


def test_a_total_can_be_doubtful_for_two_reasons() -> None:
    context = FormContext(last={"invest_total": "1000.00"}, planned_total=Decimal(5000))
    found = doubted("invest_total", {"invest_month": "1.00", "invest_total": "9000.00"}, context)
    assert found == ["doubt.sum", "doubt.over_plan"]


TRAINEES = {k: v for k, v in LAST.items() if k.startswith("trainees_")}  # 405 together


@pytest.mark.parametrize(("certified", "found"), [("405", []), ("406", ["doubt.certificates"])])
def test_more_certificates_than_trainees_are_asked_back(certified: str, found: list[str]) -> None:
    assert doubted("certified", {**TRAINEES, "certified": certified}, FormContext()) == found


def test_certificates_are_not_compared_while_a_group_of_trainees_is_missing() -> None:
    known = {k: v for k, v in TRAINEES.items() if k != "trainees_rural"}
    assert doubted("certified", {**known, "certified": "9999"}, FormContext()) == []


# What is computed


def test_the_offered_total_is_the_last_total_and_this_month() -> None:
    context = FormContext(last={"invest_total": "1000.00"})
    assert FORM.offered_total({"invest_month": "120.50"}, context) == Decimal("1120.50")
    assert FORM.offered_total({"invest_month": "120.50"}, FormContext()) == Decimal("120.50")
    assert FORM.offered_total({}, context) is None


def test_completion_and_time_are_computed_from_the_total() -> None:
    context = FormContext(planned_total=Decimal(5000), pilot_months=6)
    found = computed({"invest_total": "1120.50"}, context)
    assert found is not None
    assert [str(v) for v in (found.completion, found.time, found.gap)] == ["22.4", "50.0", "-27.6"]
    assert computed({}, context) is None
