"""The dialogue of the form, said and shown."""

import copy
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.forms.dialogue import take
from domain.forms.present import view
from domain.forms.questions import FormContext
from domain.forms.said import Draft, Said
from domain.forms.skipped import is_skipped
from domain.views import Action, Mode, View
from tests.forms.talk import FORM, Talk, codes
from tests.support import FULL, at

LAST = {key: FORM.by_key[key].parse(value) for key, value in FULL.items()}
KNOWN = FormContext(last={**LAST, "invest_total": "1000.00"}, planned_total=Decimal(5000), pilot_months=6)


def shown(talk: Talk) -> View:
    return view(FORM, talk.context, talk.draft, "2022-01", at("2022-02-12 00:00"))


@pytest.mark.parametrize("first", ["开始", "开始填报", "你好", "120", "提交", ""])
def test_whatever_is_said_first_begins_with_the_first_question(first: str) -> None:
    talk = Talk()
    talk.say(first)
    assert (talk.draft.mode, talk.draft.cursor, talk.draft.values) == (Mode.ASKING, "invest_month", {})


def test_the_questions_are_asked_in_order_and_then_comes_the_summary() -> None:
    talk, asked = Talk(), []
    talk.say("开始")
    while talk.draft.cursor:
        asked.append(talk.draft.cursor)
        assert codes(talk.say(FULL[talk.draft.cursor])) == ["note.accepted"]
    assert asked == list(FULL)
    assert talk.draft.mode is Mode.SUMMARY
    assert talk.draft.values == LAST


def test_a_refused_answer_changes_nothing_and_is_asked_again() -> None:
    talk = Talk()
    talk.say("开始")
    before = talk.draft
    assert codes(talk.say("三十二")) == ["answer.not_a_number"]
    assert talk.draft == before.model_copy(update={"failures": 1})


def test_the_form_is_handed_in_once_it_is_complete() -> None:
    talk = Talk()
    talk.fill()
    assert talk.say("提交").submit
    assert talk.draft.mode is Mode.SUBMITTED
    assert talk.draft.values == LAST


def test_an_incomplete_form_is_not_handed_in_but_goes_on_where_it_is_open() -> None:
    talk = Talk()
    talk.say("开始", "100")
    turn = talk.say("提交")
    assert not turn.submit
    assert turn.notes[0].code == "note.not_complete"
    assert turn.notes[0].params == {"filled": "1", "total": "22"}
    assert talk.draft.cursor == "invest_total"


# Back, correct, same as last month


def test_back_asks_the_question_before_and_keeps_what_was_answered() -> None:
    talk = Talk()
    talk.say("开始", "100", "100", "7")
    talk.say("上一项")
    assert (talk.draft.cursor, talk.draft.values["funds_central"]) == ("funds_central", "7.00")
    assert codes(talk.say("8")) == ["note.corrected"]
    assert talk.draft.values["funds_central"] == "8.00"
    assert talk.draft.cursor == "funds_province"


def test_there_is_nothing_before_the_first_question() -> None:
    talk = Talk()
    talk.say("开始")
    assert codes(talk.say("上一项")) == ["note.first_question"]


def test_back_from_the_summary_asks_the_last_question() -> None:
    talk = Talk()
    talk.fill()
    talk.tap(Action.BACK)
    assert talk.draft.cursor == "help_from"


@pytest.mark.parametrize("typed", ["5=40", "5 = 40", " 5=40 ", "５＝４０", "5=40万元", "05=40.00"])
def test_an_item_is_corrected_by_its_number(typed: str) -> None:
    talk = Talk()
    talk.fill()
    assert codes(talk.say(typed)) == ["note.corrected"]
    assert talk.draft.values == {**LAST, "funds_bond": "40.00"}
    assert talk.draft.mode is Mode.SUMMARY


def test_a_correction_is_taken_at_any_time_and_the_form_goes_on() -> None:
    talk = Talk()
    talk.say("5=40")
    assert talk.draft.values == {"funds_bond": "40.00"}
    talk.say("100", "100")
    assert talk.draft.cursor == "funds_central"
    talk.say("1=110")
    assert talk.draft.values["invest_month"] == "110.00"
    assert talk.draft.cursor == "funds_central"
    talk.say("0", "0", "0")  # 5 is answered already
    assert talk.draft.cursor == "funds_self"


@pytest.mark.parametrize("typed", ["0=1", "23=1", "99=1"])
def test_an_item_that_does_not_exist_is_not_corrected(typed: str) -> None:
    talk = Talk()
    talk.fill()
    turn = talk.say(typed)
    assert codes(turn) == ["note.no_such_item"]
    assert turn.notes[0].params["total"] == "22"


def test_a_refused_correction_keeps_the_old_answer() -> None:
    talk = Talk()
    talk.fill()
    assert codes(talk.say("5=三十二")) == ["answer.not_a_number"]
    assert talk.draft.values == LAST


def test_a_correction_of_a_text_keeps_its_punctuation() -> None:
    talk = Talk()
    talk.fill()
    talk.say("8=主体结构封顶（二期）：进度１００％")
    assert talk.draft.values["progress"] == "主体结构封顶（二期）：进度１００％"


def test_same_as_last_month_takes_the_value_of_last_month() -> None:
    talk = Talk(KNOWN)
    talk.say("开始", "同上月")
    assert talk.draft.values == {"invest_month": "120.50"}
    talk.tap(Action.OFFER)
    assert talk.draft.values["invest_total"] == "1120.50"
    for _ in range(20):
        talk.tap(Action.SAME)
    assert talk.draft.mode is Mode.SUMMARY
    assert talk.draft.values == LAST


def test_same_as_last_month_works_in_a_correction() -> None:
    talk = Talk(KNOWN)
    talk.say("8=地基")
    talk.say("8=同上月")
    assert talk.draft.values["progress"] == "主体结构封顶"


@pytest.mark.parametrize("typed", ["同上月", "1=同上月", "8=同上月"])
def test_without_a_last_month_there_is_no_same(typed: str) -> None:
    talk = Talk()
    talk.say("开始")
    assert codes(talk.say(typed)) == ["note.no_last_value"]
    assert talk.draft.values == {}


@pytest.mark.parametrize(
    ("cursor", "action", "value"),
    [
        ("funds_central", Action.ZERO, "0.00"),
        ("contests", Action.ZERO, "0"),
        ("problems", Action.NONE, "无"),
        ("help_from", Action.NONE, "无"),
    ],
)
def test_a_button_gives_an_answer(cursor: str, action: Action, value: str) -> None:
    talk = Talk(draft=Draft(mode=Mode.ASKING, cursor=cursor))
    talk.tap(action)
    assert talk.draft.values == {cursor: value}


@pytest.mark.parametrize(
    ("cursor", "action"),
    [
        ("progress", Action.ZERO),
        ("progress", Action.NONE),
        ("contests", Action.OFFER),
        ("contests", Action.NONE),
    ],
)
def test_a_button_that_does_not_belong_to_the_question_is_refused(cursor: str, action: Action) -> None:
    talk = Talk(draft=Draft(mode=Mode.ASKING, cursor=cursor))
    assert codes(talk.tap(action)) == ["note.no_last_value"]
    assert talk.draft.values == {}


# Doubts


def test_a_doubtful_answer_is_asked_back_and_kept_if_it_is_confirmed() -> None:
    talk = Talk(KNOWN)
    talk.say("开始")
    assert codes(talk.say("500")) == ["doubt.change"]
    assert (talk.draft.mode, talk.draft.values) == (Mode.DOUBTING, {})
    assert codes(talk.say("确认")) == ["note.accepted"]
    assert talk.draft.values == {"invest_month": "500.00"}
    assert talk.draft.cursor == "invest_total"


def test_a_doubtful_answer_is_typed_anew() -> None:
    talk = Talk(KNOWN)
    talk.say("开始", "500", "130")
    assert talk.draft.values == {"invest_month": "130.00"}


def test_a_doubtful_answer_is_thrown_away_by_again() -> None:
    talk = Talk(KNOWN)
    talk.say("开始", "500")
    talk.tap(Action.AGAIN)
    assert (talk.draft.mode, talk.draft.cursor, talk.draft.pending) == (Mode.ASKING, "invest_month", None)


def test_there_is_nothing_to_confirm_when_nothing_is_doubted() -> None:
    talk = Talk(KNOWN)
    talk.say("开始")
    assert codes(talk.say("确认")) == ["note.nothing_to_confirm"]


def test_a_doubtful_correction_leaves_the_accepted_value_until_it_is_confirmed() -> None:
    talk = Talk(KNOWN)
    talk.fill()
    talk.say("16=900")
    assert (talk.draft.mode, talk.draft.values["teachers_dual"]) == (Mode.DOUBTING, "25")
    talk.say("确认")
    assert (talk.draft.mode, talk.draft.values["teachers_dual"]) == (Mode.SUMMARY, "900")


def test_what_was_confirmed_is_not_asked_again_at_the_end() -> None:
    talk = Talk(KNOWN)
    talk.say("开始", "500", "确认", "1500")
    talk.fill()
    assert talk.say("提交").submit


def test_a_correction_that_makes_another_answer_doubtful_is_asked_back_at_the_end() -> None:
    talk = Talk(KNOWN)
    talk.fill()
    talk.say("1=125")  # the total no longer fits
    turn = talk.say("提交")
    assert (turn.submit, codes(turn), talk.draft.cursor) == (False, ["doubt.sum"], "invest_total")
    talk.say("确认")
    assert talk.draft.mode is Mode.SUMMARY
    assert talk.say("提交").submit


def test_a_confirmed_doubt_is_asked_again_about_other_figures() -> None:
    talk = Talk(KNOWN)
    talk.say("开始", "500", "确认")
    assert codes(talk.say("1=600")) == ["doubt.change"]


# Summary, pause, buttons of old views, stray texts


def test_the_summary_shows_all_values_and_what_is_computed() -> None:
    talk = Talk(KNOWN)
    talk.fill()
    seen = shown(talk)
    assert (seen.mode, seen.values, seen.filled, seen.total) == (Mode.SUMMARY, LAST, 22, 22)
    assert seen.progress == {"completion": "22.4", "time": "50.0", "gap": "-27.6"}
    assert seen.buttons == (Action.SUBMIT, Action.BACK, Action.PAUSE)


def test_there_is_no_summary_of_nothing() -> None:
    talk = Talk()
    talk.say("开始")
    assert codes(talk.say("汇总")) == ["note.nothing_yet"]
    talk.say("100")
    talk.say("汇总")
    assert (talk.draft.mode, shown(talk).values) == (Mode.SUMMARY, {"invest_month": "100.00"})


def test_a_text_at_the_summary_is_answered_with_help() -> None:
    talk = Talk()
    talk.fill()
    before = talk.draft
    assert codes(talk.say("谢谢")) == ["note.summary_help"]
    assert talk.draft is before


def test_pausing_and_going_on_loses_nothing() -> None:
    talk = Talk()
    talk.say("开始", "100", "1000", "5")
    turn = talk.say("暂停")
    assert turn.notes[0].code == "note.paused"
    assert turn.notes[0].params == {"filled": "3", "total": "22"}
    assert shown(talk).buttons == (Action.START, Action.SNOOZE)
    talk.say("开始")
    assert talk.draft.cursor == "funds_province"
    assert talk.draft.values == {"invest_month": "100.00", "invest_total": "1000.00", "funds_central": "5.00"}


def test_going_on_with_a_complete_form_shows_the_summary() -> None:
    talk = Talk()
    talk.fill()
    talk.say("暂停", "开始")
    assert talk.draft.mode is Mode.SUMMARY


def test_pausing_at_a_doubt_forgets_the_doubtful_answer_only() -> None:
    talk = Talk(KNOWN)
    talk.say("开始", "120.50", "5555", "暂停", "开始")
    assert (talk.draft.mode, talk.draft.cursor) == (Mode.ASKING, "invest_total")
    assert talk.draft.values == {"invest_month": "120.50"}


def test_a_button_under_an_older_view_does_nothing() -> None:
    talk = Talk(KNOWN)
    talk.say("开始")
    old = talk.draft.revision
    talk.say("120")
    before = talk.draft
    assert codes(talk.tap(Action.SAME, old)) == ["note.stale_button"]
    assert talk.draft is before
    assert talk.draft.values == {"invest_month": "120.00"}


def test_every_change_makes_a_new_revision_and_nothing_else_does() -> None:
    talk = Talk(KNOWN)
    revisions = [talk.draft.revision]
    for text in ("开始", "120", "三十二", "确认", "1120"):
        talk.say(text)
        revisions.append(talk.draft.revision)
    assert revisions == [0, 1, 2, 2, 2, 3]


@pytest.mark.parametrize(
    ("cursor", "context", "buttons"),
    [
        ("invest_month", KNOWN, {Action.SAME, Action.ZERO, Action.PAUSE}),
        ("invest_month", FormContext(), {Action.ZERO, Action.PAUSE}),
        ("funds_central", KNOWN, {Action.SAME, Action.BACK, Action.PAUSE}),  # last month was 0 too
        ("progress", KNOWN, {Action.SAME, Action.BACK, Action.PAUSE}),
        ("problems", FormContext(), {Action.NONE, Action.BACK, Action.PAUSE}),
        ("invest_total", KNOWN, {Action.BACK, Action.PAUSE}),  # no offer while this month is unknown
    ],
)
def test_a_question_offers_the_buttons_that_make_sense(
    cursor: str, context: FormContext, buttons: set[Action]
) -> None:
    talk = Talk(context, Draft(mode=Mode.ASKING, cursor=cursor))
    assert set(shown(talk).buttons) == buttons


def test_the_total_is_offered_once_this_month_is_known() -> None:
    talk = Talk(KNOWN)
    talk.say("开始", "120.50")
    assert shown(talk).offer == "1120.50"
    assert Action.OFFER in shown(talk).buttons


# Whatever is said

SAYINGS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "开始",
            "返回",
            "上一项",
            "同上月",
            "暂停",
            "汇总",
            "提交",
            "确认",
            "重填",
            "无",
            "5=40",
            "1=999",
            "8=同上月",
            "99=1",
        ]
    ),
    st.decimals(-100, 100_000, places=2).map(str),
    st.sampled_from(list(FULL.values())),
    st.builds("{}={}".format, st.integers(0, 30), st.one_of(st.integers(0, 2000), st.text(max_size=5))),
    st.just("9" * 5000),
)
TAPS = st.builds(Said, action=st.sampled_from(Action), revision=st.none() | st.integers(0, 60))
THINGS_SAID = st.lists(st.one_of(SAYINGS.map(lambda text: Said(text=text)), TAPS), max_size=60)


@given(THINGS_SAID, st.sampled_from([KNOWN, FormContext()]), st.booleans())
@settings(database=None, deadline=None, max_examples=200)
def test_nothing_that_is_said_raises_or_loses_an_accepted_answer(
    sayings: list[Said], context: FormContext, complete: bool
) -> None:
    talk = Talk(context)
    if complete:
        talk.fill()
    for said in sayings:
        before = talk.draft
        talk.draft = take(FORM, context, talk.draft, said).draft
        assert set(before.values) <= set(talk.draft.values)
        changed = {k for k, v in before.values.items() if talk.draft.values[k] != v}
        assert len(changed) <= 1  # one thing said answers one question
        assert all(is_skipped(v) or FORM.by_key[k].parse(v) == v for k, v in talk.draft.values.items())
        shown(talk)


@given(THINGS_SAID)
@settings(database=None, deadline=None, max_examples=60)
def test_the_same_words_to_the_same_draft_give_the_same_turn_and_leave_the_draft_alone(
    sayings: list[Said],
) -> None:
    draft = Draft()
    for said in sayings:
        untouched = copy.deepcopy(draft)
        first = take(FORM, KNOWN, draft, said)
        assert draft == untouched
        assert take(FORM, KNOWN, draft, said) == first
        draft = first.draft
