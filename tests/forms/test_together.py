"""Several people over one form: whose answer each item is, and what was typed for a question that has passed."""

import pytest

from domain.forms.files import said_file
from domain.forms.reading import read
from domain.forms.said import Draft, Given, Said
from domain.forms.together import Together
from domain.views import Action, Mode

ANNA, BORIS = "contact:1", "contact:2"
FIRST = Draft(mode=Mode.ASKING, cursor="invest_month")
SECOND = Draft(mode=Mode.ASKING, cursor="invest_total", values={"invest_month": "1.00"})


def test_an_answer_is_whose_it_was_and_a_correction_whose_that_was() -> None:
    one = Together().answered(FIRST, SECOND, ANNA)
    assert one.answered_by == {"invest_month": ANNA}
    corrected = SECOND.model_copy(update={"values": {"invest_month": "2.00", "invest_total": "3.00"}})
    assert one.answered(SECOND, corrected, BORIS).answered_by == {
        "invest_month": BORIS,
        "invest_total": BORIS,
    }


def test_what_is_said_again_the_same_keeps_its_author() -> None:
    one = Together(answered_by={"invest_month": ANNA})
    assert one.answered(SECOND, SECOND, BORIS).answered_by == {"invest_month": ANNA}


def test_after_a_return_what_is_answered_again_has_a_new_author_even_if_it_is_the_same() -> None:
    known = Together(answered_by={"invest_month": ANNA, "invest_total": ANNA})
    left = Draft(values={"invest_total": "3.00"})  # the other was returned
    again = Draft(values={"invest_total": "3.00", "invest_month": "1.00"})
    assert known.authors(left.values) == {"invest_total": ANNA}
    assert known.answered(left, again, BORIS).authors(again.values) == {
        "invest_total": ANNA,
        "invest_month": BORIS,
    }


def test_of_answers_from_before_there_were_authors_none_is_made_up() -> None:
    assert Together().authors({"invest_month": "1.00"}) == {}


def both_see_the_first() -> Together:
    return Together().shown(FIRST, ANNA).shown(FIRST, BORIS)


@pytest.mark.parametrize(
    "text", ["32", "同上月", "同上", "无", "确认", "上一项", "完成", "跳过 没有台账", "主体封顶"]
)
def test_what_is_typed_for_the_question_that_another_has_answered_is_missed(text: str) -> None:
    known = both_see_the_first().answered(FIRST, SECOND, ANNA)
    assert known.misses(SECOND, read(text), BORIS)
    assert not known.misses(SECOND, read(text), ANNA), "who has answered sees the next"
    assert not known.shown(SECOND, BORIS).misses(SECOND, read(text), BORIS), "now it is seen"


@pytest.mark.parametrize(
    "said",
    [
        *(Said(text=text) for text in ("5=40", "5＝40", "暂停", "汇总", "提交", "开始填报")),
        Said(action=Action.HELP),
        Said(action=Action.SAME, revision=3),  # a button: its revision tells
        Said(text="1", revision=3),
        Said(text="投资 3", batch=(Given(text="投资 3"),)),
    ],
)
def test_what_does_not_mean_the_question_is_taken(said: Said) -> None:
    assert not both_see_the_first().answered(FIRST, SECOND, ANNA).misses(SECOND, said, BORIS)


@pytest.mark.parametrize("mode", [Mode.IDLE, Mode.SUMMARY, Mode.SUBMITTED])
def test_where_nothing_is_asked_nothing_is_missed(mode: Mode) -> None:
    assert not Together().misses(Draft(mode=mode), Said(text="32"), BORIS)


def test_a_doubt_that_came_up_meanwhile_is_another_question() -> None:
    doubting = FIRST.model_copy(update={"mode": Mode.DOUBTING})
    assert both_see_the_first().answered(FIRST, doubting, ANNA).misses(doubting, read("确认"), BORIS)


def test_a_file_goes_to_its_own_question() -> None:
    said = Said(text=said_file("0" * 64))
    assert not both_see_the_first().answered(FIRST, SECOND, ANNA).misses(SECOND, said, BORIS)
