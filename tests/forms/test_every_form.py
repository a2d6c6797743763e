"""Every form: what its questions take, what they refuse, and that each names its rule."""

from datetime import date
from decimal import Decimal

import pytest

from bot.words import chinese
from domain.errors import Refused
from domain.forms.assessment import ELEMENTS, TAX_KEYS
from domain.forms.files import FileKind, said_file
from domain.forms.questions import MOST_BUTTONS, AnswerKind, FormContext, Question, choices_of
from domain.forms.registry import FORMS, Form
from domain.policy.source import Clause, measures, ours
from domain.terms import LeadKind, ObligationKind
from domain.views import Action, Mode
from tests.forms.talk import Talk, codes
from tests.support import FULL_BY_KIND

K = AnswerKind
EVERY = [(kind, question) for kind, form in FORMS.items() for question in form.questions]
ENTERPRISE = FormContext(lead_kind=LeadKind.ENTERPRISE)
AROUND = date(2026, 7, 1)

GOOD = {
    K.MONEY: {"1,200.5": "1200.50", "1.2亿元": "12000.00", "０": "0.00"},
    K.COUNT: {"32": "32", "1,200 ": "1200"},
    K.SCORE: {"85": "85", "92.5": "92.50", "100": "100", "0": "0", "８５": "85", "85.00": "85"},
    K.DATE: {"2026-07-20": "2026-07-20", "2026年7月20日": "2026-07-20", "7月20日": "2026-07-20"},
    K.EVIDENCE: {said_file("ab" * 32): "ab" * 32},
}
BAD = {
    K.MONEY: {"三十二": "answer.not_a_number", "-1": "answer.negative", "1.234": "answer.decimals"},
    K.COUNT: {"1.5": "answer.fraction", "很多": "answer.not_a_number"},
    K.SCORE: {
        "100.01": "answer.out_of_range",
        "-1": "answer.out_of_range",
        "1.234": "answer.decimals",
        "优": "answer.not_a_number",
    },
    K.DATE: {"上周五": "answer.not_a_date", "2026-02-30": "answer.no_such_day", "": "answer.empty"},
    K.TEXT: {"": "answer.empty", "字" * 501: "answer.too_long"},
    K.CHOICE: {"别的": "answer.", "99": "answer."},
    K.CHOICES: {"别的": "answer.not_listed", "": "answer.empty"},
    K.YES_NO: {"也许": "answer.not_yes_or_no"},
    K.EVIDENCE: {"照片.jpg": "answer.not_a_file", "": "answer.not_a_file"},
}


def ids(value: object) -> str | None:
    return value.key if isinstance(value, Question) else None


@pytest.mark.rule("A10", "A14")
def test_every_kind_of_obligation_has_its_form() -> None:
    assert FORMS.keys() == set(ObligationKind)
    assert {kind: len(form.questions) for kind, form in FORMS.items()} == {
        ObligationKind.DISPATCH: 22,
        ObligationKind.SUPERVISION: 14,
        ObligationKind.ASSESSMENT: 21,
        ObligationKind.PUBLICATION: 6,
        ObligationKind.REPORT: 9,
        ObligationKind.RECTIFICATION: 4,
    }


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.kind)
def test_questions_are_numbered_told_apart_and_have_what_their_kind_needs(form: Form) -> None:
    assert [q.no for q in form.questions] == list(range(1, len(form.questions) + 1))
    for names in ([q.key for q in form.questions], [q.label for q in form.questions]):
        assert len(set(names)) == len(names)
    groups = [q.group for q in form.questions]
    runs = [group for n, group in enumerate(groups) if n == 0 or groups[n - 1] != group]
    assert len(set(runs)) == len(runs), "a group stands together"
    assert sum(q.kind is K.EVIDENCE for q in form.questions) <= 1, "a file needs no word to find its question"
    for q in form.questions:
        assert q.clause == measures(q.clause.article) or q.clause == ours(q.clause.article)
        assert bool(q.max_length) == (q.kind is K.TEXT)
        assert bool(q.choices) == (q.kind in (K.CHOICE, K.CHOICES, K.YES_NO))
        assert bool(q.files) == bool(q.most) == (q.kind is K.EVIDENCE)
        assert bool(q.unit) == q.is_number


@pytest.mark.parametrize("kind", FORMS)
def test_the_full_answers_of_the_tests_answer_every_question(kind: ObligationKind) -> None:
    form = FORMS[kind]
    assert list(FULL_BY_KIND[kind]) == [q.key for q in form.questions]
    for q in form.questions:
        assert q.parse(FULL_BY_KIND[kind][q.key])


@pytest.mark.parametrize(("kind", "question"), EVERY, ids=ids)
def test_good_answers_are_taken(kind: ObligationKind, question: Question) -> None:
    for text, value in GOOD.get(question.kind, {}).items():
        assert question.parse(text, AROUND) == value
    for no, choice in enumerate(question.choices, 1):
        assert question.parse(choice) == choice
        if question.kind is not K.YES_NO:
            assert question.parse(str(no)) == choice
    if question.kind is K.TEXT:
        longest = "字" * question.max_length
        assert question.parse(f" {longest} ") == longest
    if question.may_be_none:
        assert question.parse("无") == "无"
    if question.is_number:
        value = question.parse(FULL_BY_KIND[kind][question.key])
        assert question.parse(str(question.number(value).quantize(Decimal("0.01")))) == value, (
            "as the database has it"
        )


@pytest.mark.parametrize(("kind", "question"), EVERY, ids=ids)
def test_bad_answers_are_refused_with_the_value_the_rule_and_words(
    kind: ObligationKind, question: Question
) -> None:
    for text, code in BAD[question.kind].items():
        with pytest.raises(Refused) as caught:
            question.parse(text, AROUND)
        refusal = caught.value.refusal
        assert refusal.code.startswith(code)
        assert refusal.clause == question.clause
        said = chinese().refusal(refusal)
        assert question.label in said or "成员单位名单" in said
        assert said.endswith(f"（依据{question.clause.cite()}）")


@pytest.mark.parametrize(("kind", "question"), EVERY, ids=ids)
def test_a_question_and_its_choices_fit_on_six_buttons(kind: ObligationKind, question: Question) -> None:
    last = {q.key: q.parse(FULL_BY_KIND[kind][q.key]) for q in FORMS[kind].questions}
    contexts = (FormContext(lead_kind=LeadKind.ENTERPRISE, last=last), ENTERPRISE)
    for context in contexts:
        for values in ({}, last):
            talk = Talk(context, kind=kind)
            talk.draft = talk.draft.model_copy(
                update={"mode": Mode.ASKING, "cursor": question.key, "values": values}
            )
            buttons = len(talk.view().buttons) + len(choices_of(question))
            assert 1 <= buttons <= MOST_BUTTONS
            assert Action.PAUSE in talk.view().buttons


# Who is asked what


@pytest.mark.rule("A6")
@pytest.mark.parametrize("lead", [None, *LeadKind])
def test_only_enterprises_are_asked_for_taxes_and_training_funds(lead: LeadKind | None) -> None:
    form = FORMS[ObligationKind.ASSESSMENT].asked(FormContext(lead_kind=lead))
    asked = tuple(q.key for q in form.questions if q.key in TAX_KEYS)
    assert asked == (TAX_KEYS if lead is LeadKind.ENTERPRISE else ())
    assert [q.no for q in form.questions] == list(range(1, len(form.questions) + 1))
    assert form.by_no.keys() == {q.no for q in form.questions}
    assert {q.clause for q in form.questions if q.key in TAX_KEYS} <= {measures("三")}
    again = form.asked(ENTERPRISE)
    assert again is FORMS[ObligationKind.ASSESSMENT], "whatever was asked before"


@pytest.mark.parametrize("kind", [kind for kind in FORMS if kind is not ObligationKind.ASSESSMENT])
def test_the_other_forms_are_the_same_for_everybody(kind: ObligationKind) -> None:
    for lead in LeadKind:
        assert FORMS[kind].asked(FormContext(lead_kind=lead)) is FORMS[kind]


@pytest.mark.rule("A6")
def test_an_enterprise_is_asked_after_the_loop() -> None:
    talk = Talk(ENTERPRISE, kind=ObligationKind.ASSESSMENT)
    talk.fill()
    assert talk.say("提交").submit
    assert len(talk.draft.values) == 21
    others = Talk(kind=ObligationKind.ASSESSMENT)
    others.fill()
    assert others.say("提交").submit
    assert talk.draft.values.keys() - others.draft.values.keys() == set(TAX_KEYS)


# What the documents ask for


@pytest.mark.rule("A15")
def test_the_loop_has_the_eight_elements_each_with_a_score_and_its_ground() -> None:
    assert [element.label for element in ELEMENTS] == [
        *("计划规划", "组织方式", "目标定位", "重点任务"),
        *("指标体系", "规模价值", "预期效益", "绩效评价"),
    ]
    form = FORMS[ObligationKind.ASSESSMENT]
    for element in ELEMENTS:
        score, note = form.by_key[element.score_key], form.by_key[element.note_key]
        assert (score.kind, score.group, score.clause) == (K.SCORE, element.label, measures("八"))
        assert (note.kind, note.group) == (K.TEXT, element.label)


def asked(kind: ObligationKind, key: str) -> tuple[str, Clause]:
    question = FORMS[kind].by_key[key]
    return question.label, question.clause


S, P, R = ObligationKind.SUPERVISION, ObligationKind.PUBLICATION, ObligationKind.REPORT


@pytest.mark.rule("A4")
def test_training_really_held_is_asked_for_each_quarter_and_year() -> None:
    assert asked(S, "trainings") == ("本季度实际开展的实训", measures("二"))
    assert asked(R, "trainees_year") == ("全年实训", measures("二"))


@pytest.mark.rule("A5")
def test_the_use_of_income_is_asked_for_by_the_allowed_purposes() -> None:
    question = FORMS[S].by_key["income_uses"]
    assert question.choices[:3] == ("设备更新", "实训耗材", "薪酬分配")
    assert question.clause == measures("二")
    assert question.parse("1、3") == "设备更新、薪酬分配"


@pytest.mark.rule("A7")
def test_the_use_of_funds_is_asked_for() -> None:
    assert asked(S, "funds_as_approved") == ("资金是否全部按批复用途使用", measures("四"))


@pytest.mark.rule("A11")
def test_reform_tasks_are_asked_for() -> None:
    assert asked(S, "reform") == ("产教融合改革任务的推进情况", measures("八"))


@pytest.mark.rule("A14")
def test_what_was_published_is_asked_for_with_date_medium_and_place() -> None:
    assert [q.key for q in FORMS[P].questions[:4]] == ["published_on", "media", "title", "reference"]
    assert {q.clause for q in FORMS[P].questions} == {measures("八")}


@pytest.mark.rule("A14")
def test_the_yearly_report_itself_is_a_pdf_that_cannot_be_left_out() -> None:
    question = FORMS[R].by_key["report"]
    assert (question.files, question.most, question.may_be_none) == ((FileKind.PDF,), 1, False)


# What is asked back


@pytest.mark.rule("A8")
@pytest.mark.parametrize(("share", "doubted"), [("15", False), ("15.01", True), ("0", False), ("40", True)])
def test_too_large_a_compatible_share_is_asked_back(share: str, doubted: bool) -> None:
    talk = Talk(kind=S)
    talk.say(f"7={share}")
    assert (talk.draft.mode is Mode.DOUBTING) == doubted
    if doubted:
        assert talk.draft.doubted[0].params == {"value": share, "most": "15"}
        talk.tap(Action.CONFIRM)
    assert talk.draft.values["compatible_share"] == share


@pytest.mark.rule("A8")
def test_land_that_was_split_and_transferred_is_asked_back() -> None:
    talk = Talk(kind=S)
    assert codes(talk.say("8=是")) == ["doubt.land_split"]
    assert codes(talk.say("否")) == ["note.accepted"]
    assert talk.draft.values == {"land_split": "否"}


@pytest.mark.rule("A6")
@pytest.mark.parametrize(
    ("first", "second", "right"), [("20=100", "21=100.01", "100"), ("21=100.01", "20=100", "100.01")]
)
def test_a_part_of_the_training_funds_is_not_more_than_the_whole(first: str, second: str, right: str) -> None:
    talk = Talk(ENTERPRISE, kind=ObligationKind.ASSESSMENT)
    assert codes(talk.say(first)) == ["note.corrected"]
    assert codes(talk.say(second)) == ["doubt.frontline"]
    assert talk.draft.doubted[0].params == {"frontline": "100.01", "funds": "100.00"}
    talk.say("重填")
    assert codes(talk.say(right)) == ["note.accepted"]
