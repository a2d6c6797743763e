"""What the office returned is asked again, and only that, with the old value and the reason."""

import pytest

from domain.forms.questions import FormContext
from domain.forms.registry import FORMS
from domain.forms.said import Draft
from domain.terms import ObligationKind
from domain.views import Action, Mode
from tests.forms.talk import Talk, codes
from tests.support import FULL_BY_KIND

WHY = {"funds_self": "与银行回单不符", "certified": "请核对证书数"}


def values_of(kind: ObligationKind) -> dict[str, str]:
    return {q.key: q.parse(FULL_BY_KIND[kind][q.key]) for q in FORMS[kind].questions}


def returned(why: dict[str, str], kind: ObligationKind = ObligationKind.DISPATCH, **known: str) -> Talk:
    """A form that was handed in and came back."""
    before = values_of(kind)
    left = {key: value for key, value in before.items() if key not in why}
    context = FormContext(returned=why, before=before, last=known)
    return Talk(context, Draft(values=left, revision=9), kind)


def test_only_what_was_returned_is_asked_in_the_order_of_the_form() -> None:
    talk, asked = returned(WHY), []
    talk.say("开始")
    while talk.draft.cursor:
        asked.append(talk.draft.cursor)
        talk.say("50")
    assert asked == ["funds_self", "certified"]
    assert talk.say("提交").submit
    assert talk.draft.values == values_of(ObligationKind.DISPATCH) | {
        "funds_self": "50.00",
        "certified": "50",
    }


def test_the_question_shows_the_old_value_and_the_reason() -> None:
    talk = returned(WHY)
    assert talk.view().open_again == 2
    talk.say("开始")
    view = talk.view()
    assert (view.question, view.old, view.returned_for) == ("funds_self", "120.50", "与银行回单不符")
    assert (view.position, view.total, view.filled) == (7, 22, 20)
    talk.say("50")
    assert (talk.view().returned_for, talk.view().open_again) == ("请核对证书数", 1)


def test_back_goes_to_what_was_returned_only() -> None:
    talk = returned(WHY)
    talk.say("开始")
    assert Action.BACK not in talk.view().buttons
    assert codes(talk.say("上一项")) == ["note.first_question"]
    talk.say("50")
    assert Action.BACK in talk.view().buttons
    talk.say("上一项")
    assert talk.draft.cursor == "funds_self"


def test_another_item_can_be_put_right_all_the_same() -> None:
    talk = returned(WHY)
    talk.say("开始", "50", "3=1.5")
    assert talk.draft.values["funds_central"] == "1.50"
    assert talk.draft.cursor == "certified"
    talk.say("9=5")
    assert talk.draft.cursor == "certified"


def test_the_summary_marks_what_changed_and_what_did_not() -> None:
    talk = returned(WHY)
    talk.say("开始", "50", "60", "3=1.5")
    assert talk.draft.mode is Mode.SUMMARY
    assert talk.view().corrected == {"funds_central": True, "funds_self": True, "certified": False}


def test_nothing_is_marked_the_first_time() -> None:
    talk = Talk()
    talk.fill()
    assert talk.view().corrected == {}


def test_an_incomplete_correction_is_not_handed_in() -> None:
    talk = returned(WHY)
    talk.say("开始", "50")
    turn = talk.say("提交")
    assert not turn.submit
    assert (turn.notes[0].code, talk.draft.cursor) == ("note.not_complete", "certified")


def test_what_was_reopened_whole_begins_with_the_summary() -> None:
    before = values_of(ObligationKind.DISPATCH)
    talk = Talk(FormContext(before=before), Draft(values=before, revision=9))
    talk.say("开始")
    assert talk.draft.mode is Mode.SUMMARY
    talk.say("5=40")
    assert talk.view().corrected == {"funds_bond": True}
    assert talk.say("提交").submit


def test_files_that_were_returned_are_sent_again() -> None:
    kind = ObligationKind.RECTIFICATION
    talk = returned({"evidence": "照片看不清"}, kind)
    talk.say("开始")
    assert talk.draft.cursor == "evidence"
    assert talk.view().old == values_of(kind)["evidence"]
    talk.fill()
    assert talk.draft.mode is Mode.SUMMARY


@pytest.mark.parametrize("kind", FORMS)
def test_every_form_can_come_back_whole(kind: ObligationKind) -> None:
    before = values_of(kind)
    talk = Talk(
        FormContext(lead_kind="行业骨干企业", returned=dict.fromkeys(before, "重填"), before=before),
        kind=kind,
    )
    talk.fill()
    assert talk.draft.values == before
    assert set(talk.view().corrected) == set(before)
    assert talk.say("提交").submit


@pytest.mark.parametrize("said", ["明天", "明天提醒我", Action.SNOOZE])
@pytest.mark.parametrize("mode", [Mode.IDLE, Mode.ASKING, Mode.SUMMARY])
def test_to_be_reminded_tomorrow_is_no_answer(said: str | Action, mode: Mode) -> None:
    talk = Talk(draft=Draft(mode=mode, cursor="progress" if mode is Mode.ASKING else None))
    before = talk.draft
    turn = talk.tap(said) if isinstance(said, Action) else talk.say(said)
    assert (talk.draft, turn.notes, turn.submit) == (before, (), False)


def test_a_form_at_rest_can_be_put_off() -> None:
    assert Talk().view().buttons == (Action.START, Action.SNOOZE)


def test_what_was_ordered_is_shown_with_every_view() -> None:
    talk = Talk(FormContext(note="更换实训楼老化线路"), kind=ObligationKind.RECTIFICATION)
    assert talk.view().note == "更换实训楼老化线路"
    talk.say("开始")
    assert talk.view().note == "更换实训楼老化线路"
