"""Several answers at once: all of them are taken, or none, and everything that is wrong is told."""

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.forms.dialogue import take
from domain.forms.questions import AnswerKind, FormContext
from domain.forms.reading import read
from domain.forms.registry import FORMS
from domain.forms.said import Draft, Given, Said, Turn
from domain.terms import ObligationKind
from domain.views import Mode
from tests.forms.talk import FORM, Talk, codes
from tests.support import FULL, FULL_BY_KIND

VALUES = {key: FORM.by_key[key].parse(text) for key, text in FULL.items()}
KNOWN = FormContext(last={**VALUES, "invest_total": "1000.00"}, planned_total=Decimal(5000), pilot_months=6)


def paste(talk: Talk, text: str) -> Turn:
    """Type it as a chat reads it."""
    turn = take(talk.form, talk.context, talk.draft, read(text))
    talk.draft = turn.draft
    return turn


def begun(context: FormContext = KNOWN) -> Talk:
    talk = Talk(context)
    talk.say("开始")
    return talk


@pytest.mark.parametrize(
    "lines",
    [
        "9=320\n10=80",
        "9：320 人次；\n10：80 人次。",
        "９＝３２０\n１０：８０",
        "9 320\n10 80",
        "第9项：320\n第10项=80",
        "高校在校生实训：320\n企业职工实训 80",
        "高校在校生实训\t320\n企业职工实训\t80",
        "高校在校生实训（人次）= 320人次\n企业职工实训 = 80",
        "9. 高校在校生实训：320 人次\n10. 企业职工实训：80 人次",
        "9 高校在校生实训 320\n10 企业职工实训 80",
        "高校：320\n企业职工：80",
        "\n  9=320  \n\n10=同上月\n",
    ],
)
def test_lines_are_answers_in_whatever_way_they_name_their_items(lines: str) -> None:
    talk = begun()
    turn = paste(talk, lines)
    assert [note.code for note in turn.notes] == ["pasted.taken"]
    assert turn.notes[0].params == {"count": "2", "corrected": "0", "filled": "2", "total": "22"}
    assert talk.draft.values == {"trainees_students": "320", "trainees_employees": "80"}
    assert (talk.draft.mode, talk.draft.cursor) == (Mode.ASKING, "invest_month")


def test_the_summary_itself_can_be_changed_and_sent_back() -> None:
    talk = Talk(KNOWN)
    talk.fill()
    lines = "1. 本月完成投资：120.50 万元\n【资金到位】\n7. 本月到位主体自筹：130.00 万元".replace(
        "【资金到位】\n", ""
    )
    turn = paste(talk, lines)
    assert codes(turn) == ["pasted.taken_anew"]
    assert turn.notes[0].params["corrected"] == "1"
    assert talk.draft.values == VALUES | {"funds_self": "130.00"}


def test_one_wrong_line_and_nothing_is_taken_with_every_reason() -> None:
    talk = begun()
    before = talk.draft
    turn = paste(talk, "3=5\n9=三十二\n10=1.5\n99=1\n外星培训：3\n9=7\n11=")
    assert talk.draft is before
    assert codes(turn) == [
        "pasted.refused",
        "answer.not_a_number",
        "answer.fraction",
        "pasted.unknown",
        "pasted.unknown",
        "pasted.twice",
        "answer.empty",
    ]
    assert turn.notes[0].params == {"wrong": "6", "count": "7"}
    assert [note.place.no for note in turn.notes[1:] if note.place] == [9, 10, 0, 0, 9, 11]


def test_what_is_said_again_changes_nothing() -> None:
    talk = begun()
    paste(talk, "9=320\n10=80")
    before = talk.draft
    assert codes(paste(talk, "9=320\n10=80 人次")) == ["pasted.nothing_new"]
    assert talk.draft is before


def test_the_revision_rises_by_one_and_a_redelivery_gets_the_same_reply() -> None:
    talk = begun()
    before, said = talk.draft, read("9=320\n10=80")
    first, again = (take(talk.form, talk.context, before, said) for _ in range(2))
    assert first == again
    assert first.draft.revision == before.revision + 1


def test_doubts_are_asked_one_by_one_and_then_the_form_goes_on() -> None:
    talk = begun()
    assert codes(paste(talk, "1=900\n9=2000\n10=81")) == ["pasted.taken", "doubt.change"]
    assert (talk.draft.mode, talk.draft.cursor) == (Mode.DOUBTING, "invest_month")
    assert codes(talk.say("确认")) == ["note.corrected", "doubt.change"]
    assert talk.draft.cursor == "trainees_students"
    assert codes(talk.say("200")) == ["note.corrected"]
    assert (talk.draft.mode, talk.draft.cursor) == (Mode.ASKING, "invest_total")
    assert talk.draft.values == {
        "invest_month": "900.00",
        "trainees_students": "200",
        "trainees_employees": "81",
    }


def test_a_whole_form_at_once_is_checked_against_itself() -> None:
    talk = begun()
    lines = [f"{q.no}={FULL[q.key]}" for q in FORM.questions if q.key != "certified"]
    turn = paste(talk, "\n".join([*lines, "14=9999"]))
    assert [doubt.code for doubt in turn.draft.doubted] == ["doubt.change", "doubt.certificates"]
    talk.say("60")
    assert talk.draft.mode is Mode.SUMMARY
    assert talk.say("提交").submit


@pytest.mark.parametrize(
    "text",
    [
        "完成主体施工\n开始设备安装",
        "1. 完成主体施工\n2. 开始设备安装",
        "1、完成 80%\n2、其余 6 月",
        "1 号楼封顶\n2 号楼装修",
        "一期：已完工\n二期：在建",
        "进度：80%\n资金：到位",
    ],
)
def test_a_text_with_lines_stays_one_answer(text: str) -> None:
    talk = begun()
    talk.draft = talk.draft.model_copy(update={"mode": Mode.ASKING, "cursor": "progress"})
    assert codes(paste(talk, text)) == ["note.accepted"]
    assert talk.draft.values == {"progress": text}


def test_while_a_text_is_asked_for_lines_that_can_be_nothing_else_are_answers() -> None:
    talk = begun()
    talk.draft = talk.draft.model_copy(update={"mode": Mode.ASKING, "cursor": "progress"})
    paste(talk, "9=320\n企业职工实训：80")
    assert talk.draft.values == {"trainees_students": "320", "trainees_employees": "80"}
    assert talk.draft.cursor == "invest_month"


def test_lines_come_before_the_first_question_as_well() -> None:
    talk = Talk(KNOWN)
    paste(talk, "9=320\n10=80")
    assert talk.draft.values == {"trainees_students": "320", "trainees_employees": "80"}


def test_an_item_is_left_out_with_its_reason() -> None:
    talk = begun()
    paste(talk, "9=320\n16=暂缺：名单尚未核定")
    assert talk.draft.values["teachers_dual"] == "暂缺：名单尚未核定"
    assert codes(paste(talk, "9=321\n17=暂缺：1")) == ["pasted.refused", "pasted.reason"]
    assert codes(paste(talk, "9=321\n2=暂缺：不清楚")) == ["pasted.refused", "answer.not_a_number"], (
        "a running total"
    )


def test_the_cells_of_a_sheet_are_named_in_what_is_wrong() -> None:
    talk = begun()
    said = Said(
        batch=(
            Given(text="9=320", cell="F13"),
            Given(text="10=很多", cell="F14"),
            Given(text="11=", cell="F15", wrong="sheet.no_result"),
        )
    )
    turn = take(talk.form, talk.context, talk.draft, said)
    assert codes(turn) == ["pasted.refused", "answer.not_a_number", "sheet.no_result"]
    assert [note.place.cell for note in turn.notes if note.place] == ["F14", "F15"]
    assert turn.draft is talk.draft


def test_one_cell_is_enough() -> None:
    talk = begun()
    turn = take(talk.form, talk.context, talk.draft, Said(batch=(Given(text="9=320", cell="F13"),)))
    assert turn.draft.values == {"trainees_students": "320"}


# Whatever is pasted

LINES = st.lists(
    st.one_of(
        st.builds("{}={}".format, st.integers(0, 30), st.one_of(st.integers(-5, 2000), st.text(max_size=8))),
        st.builds(
            "{}：{}".format,
            st.sampled_from([q.label for q in FORM.questions]),
            st.one_of(st.integers(0, 500), st.text(max_size=8)),
        ),
        st.builds("{} {}".format, st.integers(0, 30), st.integers(0, 500)),
        st.text(max_size=15),
    ),
    max_size=8,
).map("\n".join)


@given(st.lists(LINES, max_size=4), st.sampled_from([FormContext(), KNOWN]))
@settings(database=None, deadline=None, max_examples=150)
def test_all_or_nothing_whatever_is_pasted(texts: list[str], context: FormContext) -> None:
    talk = begun(context)
    for text in texts:
        before, said = talk.draft, read(text)
        turn = take(talk.form, context, before, said)
        assert take(talk.form, context, before, said) == turn
        found = {note.code for note in turn.notes}
        if "pasted.refused" in found:
            assert turn.draft is before
        if found & {"pasted.taken", "pasted.taken_anew"}:
            changed = {k for k, v in turn.draft.values.items() if before.values.get(k) != v}
            assert str(len(changed)) == turn.notes[0].params["count"]
            assert turn.draft.revision == before.revision + 1
        talk.draft = turn.draft
        assert talk.view()


@pytest.mark.parametrize("kind", FORMS)
def test_every_form_is_filled_at_once(kind: ObligationKind) -> None:
    talk = Talk(kind=kind)
    talk.draft = Draft()
    lines = [
        f"{q.label}：{FULL_BY_KIND[kind][q.key]}"
        for q in talk.form.questions
        if q.kind is not AnswerKind.EVIDENCE
    ]
    turn = paste(talk, "\n".join(lines))
    assert turn.notes[0].code == "pasted.taken", turn.notes
    assert len(talk.draft.values) == len(lines)


@pytest.mark.parametrize("line", ["(" * 2700 + " a" * 650, "( " * 2000, "\ufdfa " * 2000])
def test_a_long_line_is_looked_at_in_no_time(line: str) -> None:
    """A workflow that thinks for two seconds is taken for dead."""
    talk = begun()
    began = time.process_time()
    turn = paste(talk, f"{line}\n9=320")
    assert time.process_time() - began < 0.5
    assert [note.code for note in turn.notes] == ["pasted.refused", "pasted.unknown"]
