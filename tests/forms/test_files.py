"""Files as answers: one by one, 「完成」, and never by typing a name."""

import pytest

from domain.forms.files import digests_in, files_of, said_file, typed
from domain.forms.said import Draft
from domain.terms import ObligationKind
from domain.views import Action, Mode
from tests.forms.talk import Talk, codes

R = ObligationKind.RECTIFICATION
FILES = [f"{n:02x}" * 32 for n in range(1, 8)]


def at_the_files(kind: ObligationKind = R, key: str = "evidence") -> Talk:
    """The form is at its question for files."""
    return Talk(draft=Draft(mode=Mode.ASKING, cursor=key), kind=kind)


def sends(talk: Talk, n: int) -> list[str]:
    return codes(talk.say(said_file(FILES[n])))


@pytest.mark.parametrize(
    "text", ["", "sha256:", FILES[0], f"sha256:{FILES[0][1:]}", f"sha256:{FILES[0].upper()[:63]}G", "照片"]
)
def test_what_names_no_file_is_none(text: str) -> None:
    assert digests_in(text) is None


def test_files_are_said_and_understood() -> None:
    assert digests_in(said_file(*FILES[:2], FILES[0])) == (FILES[0], FILES[1])
    assert files_of("无") == ()
    assert files_of("、".join(FILES[:3])) == tuple(FILES[:3])


def test_what_somebody_types_names_no_file() -> None:
    for text in (said_file(FILES[0]), said_file(*FILES[:2]), f"4={said_file(FILES[0])}"):
        assert digests_in(typed(text).removeprefix("4=")) is None
    assert typed("整改措施：换线 5=40") == "整改措施：换线 5=40"


def test_one_file_after_the_other_until_it_is_said_that_this_is_all() -> None:
    talk = at_the_files()
    assert Action.DONE not in talk.view().buttons
    assert sends(talk, 0) == ["note.file_kept"]
    assert (talk.draft.mode, talk.draft.cursor) == (Mode.ASKING, "evidence")
    assert talk.view().files == 1
    assert {Action.DONE, Action.AGAIN} <= set(talk.view().buttons)
    assert talk.say(said_file(FILES[1])).notes[0].params == {
        "label": "整改前后照片或证明文件",
        "count": "2",
        "most": "5",
    }
    assert talk.draft.values == {"evidence": f"{FILES[0]}、{FILES[1]}"}
    talk.say("完成")
    assert talk.draft.cursor == "measures", "the first question without an answer"


def test_the_same_file_again_is_one_file() -> None:
    talk = at_the_files()
    sends(talk, 0)
    sends(talk, 0)
    assert talk.draft.values == {"evidence": FILES[0]}


def test_with_as_many_as_there_may_be_the_form_goes_on_and_one_more_is_not_taken() -> None:
    talk = at_the_files()
    for n in range(5):
        assert talk.draft.cursor == "evidence"
        assert sends(talk, n) == ["note.file_kept"]
    assert talk.draft.cursor == "measures"
    assert sends(talk, 5) == ["answer.too_many_files"]
    assert files_of(talk.draft.values["evidence"]) == tuple(FILES[:5])


def test_a_single_file_is_enough_where_one_is_asked_for() -> None:
    talk = at_the_files(ObligationKind.REPORT, "report")
    sends(talk, 0)
    assert talk.draft.cursor == "invest_year"


@pytest.mark.parametrize("kind", [R, ObligationKind.SUPERVISION])
def test_without_a_file_there_is_nothing_to_finish(kind: ObligationKind) -> None:
    talk = at_the_files(kind)
    assert codes(talk.say("完成")) == ["note.no_file_yet"]
    assert talk.draft.cursor == "evidence"


def test_none_is_an_answer_only_where_files_may_be_left_out() -> None:
    talk = at_the_files(ObligationKind.SUPERVISION)
    assert Action.NONE in talk.view().buttons
    talk.tap(Action.NONE)
    assert talk.draft.values == {"evidence": "无"}
    talk = at_the_files(ObligationKind.SUPERVISION)
    talk.say("14=无")
    sends(talk, 0)
    assert talk.draft.values == {"evidence": FILES[0]}
    talk = at_the_files(R)
    assert codes(talk.say("无")) == ["answer.not_a_file"]


def test_files_can_be_sent_anew() -> None:
    talk = at_the_files()
    sends(talk, 0)
    talk.tap(Action.AGAIN)
    assert (talk.draft.cursor, talk.draft.values, talk.view().files) == ("evidence", {}, 0)
    sends(talk, 1)
    talk.say("重新上传")
    assert talk.draft.values == {}


def test_a_file_finds_its_question_whatever_is_asked_now() -> None:
    talk = Talk(kind=R)
    sends(talk, 0)
    assert (talk.draft.mode, talk.draft.cursor) == (Mode.ASKING, "measures"), "it wakes the form"
    sends(talk, 1)
    assert talk.draft.cursor == "measures", "and does not answer another question"
    talk.say("换了线路", "2026-05-12", "无")
    assert talk.draft.mode is Mode.SUMMARY
    sends(talk, 2)
    assert talk.draft.mode is Mode.SUMMARY
    assert files_of(talk.draft.values["evidence"]) == tuple(FILES[:3])
    assert talk.say("提交").submit


def test_a_form_without_a_question_for_files_takes_none() -> None:
    talk = Talk()
    talk.say("开始")
    assert sends(talk, 0) == ["note.no_file_wanted"]
    assert talk.draft.cursor == "invest_month"
    assert codes(talk.tap(Action.DONE)) == ["note.no_file_wanted"]


def test_finished_is_what_a_building_may_be() -> None:
    talk = Talk()
    talk.say("8=在建", "开始")
    talk.draft = talk.draft.model_copy(update={"cursor": "progress"})
    talk.say("完成")
    assert talk.draft.values["progress"] == "完成"


def test_a_text_is_not_taken_for_a_file() -> None:
    talk = at_the_files()
    turn = talk.say("见附件")
    assert codes(turn) == ["answer.not_a_file"]
    assert turn.notes[0].params["kinds"] == "JPEG、PNG、PDF"


def test_files_of_last_period_are_no_evidence_for_this_one() -> None:
    talk = Talk(kind=ObligationKind.PUBLICATION)
    talk.context = talk.context.model_copy(
        update={"last": {"evidence": FILES[0], "published_on": "2026-01-10"}}
    )
    for key in ("evidence", "published_on"):
        talk.draft = Draft(mode=Mode.ASKING, cursor=key)
        assert (talk.view().last, Action.SAME in talk.view().buttons) == (None, False)
        assert codes(talk.say("同上期")) == ["note.no_last_value"]
