"""暂缺: an item that is left out for a reason."""

from decimal import Decimal

import pytest

from domain.forms.dialogue import take
from domain.forms.files import files_of
from domain.forms.questions import AnswerKind, FormContext
from domain.forms.reading import read
from domain.forms.registry import FORMS
from domain.forms.said import Draft, Said
from domain.forms.skipped import SKIP_AFTER, NotAReasonError, answered, is_skipped, may_be_skipped, skipped
from domain.terms import ObligationKind
from domain.views import Action, Mode
from tests.forms.talk import Talk, codes


def at(key: str, kind: ObligationKind = ObligationKind.DISPATCH, context: FormContext | None = None) -> Talk:
    talk = Talk(context or FormContext(), kind=kind)
    talk.draft = Draft(mode=Mode.ASKING, cursor=key)
    return talk


def test_after_two_answers_in_vain_skipping_is_offered_and_not_before() -> None:
    talk = at("contests")
    for _ in range(SKIP_AFTER):
        assert Action.SKIP not in talk.view().buttons
        assert codes(talk.say("很多")) == ["answer.not_a_number"]
    assert Action.SKIP in talk.view().buttons
    assert talk.draft.revision == 0, "the buttons above are as good as before"
    talk.say("1")
    assert (talk.draft.failures, Action.SKIP in talk.view().buttons) == (0, False)


def test_what_went_wrong_elsewhere_does_not_count() -> None:
    talk = at("contests")
    talk.say("9=很多", "99=1", "9=许多")
    assert talk.draft.failures == 0
    talk.say("很多", "许多", "上一项")
    assert talk.draft.failures == 0


def test_the_reason_is_asked_for_and_stands_where_the_answer_would() -> None:
    talk = at("contests")
    talk.tap(Action.SKIP)
    assert talk.draft.mode is Mode.SKIPPING
    assert talk.view().buttons == (Action.AGAIN, Action.PAUSE)
    turn = talk.say("大赛结果\n尚未公布")
    assert codes(turn) == ["note.skipped"]
    assert talk.draft.values == {"contests": "暂缺：大赛结果 尚未公布"}
    assert (talk.draft.mode, talk.draft.cursor) == (Mode.ASKING, "invest_month")


@pytest.mark.parametrize("reason", ["无", "1", "12345", "。。。", "字" * 101])
def test_what_is_no_reason_is_not_taken_for_one(reason: str) -> None:
    talk = at("contests")
    talk.tap(Action.SKIP)
    assert codes(talk.say(reason)) == ["note.skip_reason"]
    assert (talk.draft.mode, talk.draft.values) == (Mode.SKIPPING, {})
    with pytest.raises(NotAReasonError):
        skipped(reason)


def test_an_answer_after_all() -> None:
    talk = at("contests")
    talk.tap(Action.SKIP)
    talk.tap(Action.AGAIN)
    assert (talk.draft.mode, talk.draft.cursor) == (Mode.ASKING, "contests")
    talk.tap(Action.SKIP)
    talk.say("9=5")
    assert talk.draft.values == {"trainees_students": "5"}
    assert talk.draft.mode is Mode.ASKING


def test_it_is_typed_with_its_reason_at_any_time_and_answered_later() -> None:
    talk = at("contests")
    talk.draft = take(talk.form, talk.context, talk.draft, read("跳过 结果尚未公布")).draft
    assert talk.draft.values == {"contests": "暂缺：结果尚未公布"}
    assert codes(talk.say("15=2")) == ["note.corrected"]
    assert talk.draft.values == {"contests": "2"}


@pytest.mark.parametrize(
    ("key", "kind", "code"),
    [
        ("problems", ObligationKind.DISPATCH, "note.none_instead"),
        ("invest_total", ObligationKind.DISPATCH, "note.no_skip"),
        ("report", ObligationKind.REPORT, "note.no_skip"),
    ],
)
def test_what_is_owed_as_such_cannot_be_skipped(key: str, kind: ObligationKind, code: str) -> None:
    talk = at(key, kind)
    talk.draft = talk.draft.model_copy(update={"failures": 5})
    assert Action.SKIP not in talk.view().buttons
    assert codes(talk.tap(Action.SKIP)) == [code]
    assert talk.draft.mode is Mode.ASKING


def test_there_is_nothing_to_skip_in_the_summary() -> None:
    talk = Talk()
    talk.fill()
    assert codes(talk.tap(Action.SKIP)) == ["note.summary_help"]


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_with_everything_skipped_that_may_be_is_checked_computed_and_handed_in(
    kind: ObligationKind,
) -> None:
    last = {"invest_total": "1000.00", "trainees_students": "300", "certified": "50"}
    talk = Talk(FormContext(last=last, planned_total=Decimal(5000), pilot_months=3), kind=kind)
    talk.say("开始")
    for question in talk.form.questions:
        if may_be_skipped(question):
            talk.draft = talk.draft.model_copy(update={"mode": Mode.ASKING, "cursor": question.key})
            talk.draft = take(
                talk.form, talk.context, talk.draft, Said(action=Action.SKIP, text="示例原因")
            ).draft
    talk.fill()
    assert talk.view().values
    turn = talk.say("提交")
    assert turn.submit
    skippable = {q.key for q in talk.form.questions if may_be_skipped(q)}
    assert {key for key, value in talk.draft.values.items() if is_skipped(value)} == skippable
    assert answered(talk.draft.values).keys() == talk.draft.values.keys() - skippable


def test_the_sum_that_is_offered_leaves_out_what_is_not_known() -> None:
    talk = at("invest_month", context=FormContext(last={"invest_total": "1000.00"}))
    talk.draft = take(talk.form, talk.context, talk.draft, read("跳过 待银行对账")).draft
    assert (talk.draft.cursor, talk.view().offer) == ("invest_total", None)
    talk.say("1100")
    assert talk.draft.values["invest_total"] == "1100.00"


def test_a_reason_is_never_taken_for_files() -> None:
    assert files_of(skipped("原" * 61 + "、" + "因" * 20)) == ()
    assert all(
        q.kind is not AnswerKind.EVIDENCE or not may_be_skipped(q)
        for f in FORMS.values()
        for q in f.questions
    )
