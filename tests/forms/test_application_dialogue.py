"""The dialogue of an application, without any server."""

from datetime import UTC, datetime

import pytest

from domain.forms.application import asked
from domain.forms.application_dialogue import Filling, Turn, asking, opened, take, view
from domain.forms.questions import MOST_BUTTONS, AnswerKind, choices_of
from domain.forms.reading import read
from domain.forms.said import Said
from domain.terms import LeadKind
from domain.views import Action, Mode
from tests.policy.applicants import values_of

DIRECTION = 3
ONCE = datetime(2022, 1, 10, tzinfo=UTC)
AGAIN = datetime(2022, 1, 12, tzinfo=UTC)


def talk(kind: LeadKind, turn: Turn, *said: str | Action) -> Turn:
    for one in said:
        what = Said(action=one) if isinstance(one, Action) else Said(text=one)
        turn = take(kind, DIRECTION, turn.values, turn.draft, what)
    return turn


def begun(kind: LeadKind) -> Turn:
    return talk(kind, Turn({}, Filling()), Action.START)


@pytest.mark.parametrize("kind", list(LeadKind))
def test_every_kind_of_applicant_gets_from_the_first_question_to_the_summary(kind: LeadKind) -> None:
    complete = values_of(kind)
    turn = begun(kind)
    while turn.draft.mode is Mode.ASKING:
        turn = talk(kind, turn, complete[turn.draft.cursor or ""])
        assert [note.code for note in turn.notes] == ["note.accepted"]
    assert turn.draft.mode is Mode.SUMMARY
    assert turn.values == {q.key: complete[q.key] for q in asked(kind, DIRECTION, complete)}
    shown = view(asking(kind, DIRECTION, turn.values, turn.draft), turn.draft)
    assert (shown.filled, shown.total) == (len(turn.values), len(turn.values))


def test_questions_are_numbered_as_they_are_asked() -> None:
    form = asking(LeadKind.ZONE, DIRECTION, {}, Filling())
    assert [q.no for q in form.questions] == list(range(1, len(form.questions) + 1))
    assert form.given({"hub_role": "分基地"}).by_key["hub"].no == form.by_key["hub_role"].no + 1


def test_a_wrong_answer_changes_nothing_and_carries_its_clause() -> None:
    turn = begun(LeadKind.SCHOOL)
    after = talk(LeadKind.SCHOOL, turn, "示例大学")
    assert after.draft == turn.draft
    assert after.notes[0].code == "answer.party_fields"
    assert after.notes[0].clause is not None
    assert after.notes[0].clause.cite() == "《发榜公告》一"


def test_a_question_that_is_asked_no_more_lets_the_dialogue_go_on() -> None:
    draft = Filling(mode=Mode.ASKING, cursor="hub", values={"hub_role": "分基地"})
    turn = take(
        LeadKind.ZONE,
        DIRECTION,
        {"hub_role": "无"},
        draft.model_copy(update={"values": {"hub_role": "无"}}),
        Said(text="x"),
    )
    assert turn.draft.cursor == "lead"


def test_what_was_returned_is_asked_and_nothing_else() -> None:
    complete = values_of(LeadKind.SCHOOL)
    draft = opened(complete, {}, {"floor_area": ONCE, "plan": ONCE})
    assert draft.old == {"floor_area": "10000.00"}
    turn = talk(LeadKind.SCHOOL, Turn(complete, draft), Action.START)
    assert turn.draft.cursor == "floor_area"
    turn = talk(LeadKind.SCHOOL, turn, "12000")
    assert turn.draft.mode is Mode.SUMMARY
    assert turn.values == complete | {"floor_area": "12000.00"}


def test_what_is_returned_once_more_is_asked_once_more() -> None:
    complete = values_of(LeadKind.SCHOOL)
    first = opened(complete, {}, {"floor_area": ONCE, "operator": ONCE})
    turn = talk(LeadKind.SCHOOL, Turn(complete, first), Action.START, "12000", "示例运营公司")
    stored = turn.draft.model_dump(mode="json")
    same = opened(turn.values, stored, {"floor_area": ONCE, "operator": ONCE})
    assert same.values == {"floor_area": "12000.00", "operator": "示例运营公司"}
    again = opened(turn.values, stored, {"floor_area": ONCE, "operator": AGAIN})
    assert again.values == {"floor_area": "12000.00"}
    assert again.old == {"floor_area": "10000.00", "operator": "示例运营公司"}
    assert again.mode is Mode.IDLE


def test_after_completing_everything_is_asked_again() -> None:
    complete = values_of(LeadKind.SCHOOL)
    stored = opened(complete, {}, {"floor_area": ONCE}).model_dump(mode="json")
    assert opened(complete, stored, None).returned is None
    assert opened(complete, stored, None).values == complete


@pytest.mark.parametrize("kind", list(LeadKind))
def test_at_most_six_choices_are_buttons(kind: LeadKind) -> None:
    for question in asked(kind, DIRECTION, values_of(kind)):
        buttons = choices_of(question)
        assert len(buttons) <= 6
        if question.kind is AnswerKind.CHOICES:
            assert buttons == ()
        for no, choice in enumerate(buttons, 1):
            typed = choice if question.kind is AnswerKind.YES_NO else str(no)
            assert question.parse(typed) == choice


@pytest.mark.parametrize("kind", list(LeadKind))
def test_every_question_of_an_application_and_its_choices_fit_on_six_buttons(kind: LeadKind) -> None:
    complete = values_of(kind)
    for values in ({}, complete):
        form = asking(kind, DIRECTION, {}, Filling(values=values))
        for question in form.questions:
            draft = Filling(mode=Mode.ASKING, cursor=question.key, values=values)
            buttons = view(form, draft).buttons
            assert 1 <= len(buttons) + len(choices_of(question)) <= MOST_BUTTONS
            assert Action.PAUSE in buttons


def test_an_item_of_an_application_is_asked_again_helped_with_and_not_skipped() -> None:
    turn = begun(LeadKind.SCHOOL)
    for said, code in ((read("这个怎么填？"), "note.help_parties"), (read("跳过 示例原因"), "note.no_skip")):
        after = take(LeadKind.SCHOOL, DIRECTION, turn.values, turn.draft, said)
        assert ([note.code for note in after.notes], after.draft) == ([code], turn.draft)
    after = take(LeadKind.SCHOOL, DIRECTION, turn.values, turn.draft, read("改 3"))
    assert view(asking(LeadKind.SCHOOL, DIRECTION, after.values, after.draft), after.draft).question


def test_several_answers_of_an_application_are_taken_at_once() -> None:
    turn = begun(LeadKind.SCHOOL)
    after = take(
        LeadKind.SCHOOL,
        DIRECTION,
        turn.values,
        turn.draft,
        read("总建筑面积：12000\n其中兼容设施建筑面积：800"),
    )
    assert [note.code for note in after.notes] == ["pasted.taken"]
    assert (after.values["floor_area"], after.values["compatible_area"]) == ("12000.00", "800.00")
