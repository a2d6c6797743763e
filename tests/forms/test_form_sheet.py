"""A form as a sheet: what goes out, and what is read of what comes back."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from casework.form_sheet import ANSWER_COLUMN, MARKS, SHEET, Owed, row_of, xlsx
from casework.form_sheet_reading import answers_of, read
from domain.errors import Refused
from domain.forms.dialogue import take
from domain.forms.questions import AnswerKind, FormContext, Question
from domain.forms.registry import FORMS, Form
from domain.forms.said import Draft, Given, Said
from domain.policy.uploads import SHEET_BYTES
from domain.terms import LeadKind, ObligationKind
from tests.forms.talk import Talk
from tests.support import FULL_BY_KIND, at

K = AnswerKind
NOW = at("2026-10-05 10:00")
DISPATCH = FORMS[ObligationKind.DISPATCH]
LAST = {q.key: q.parse(FULL_BY_KIND[ObligationKind.DISPATCH][q.key]) for q in DISPATCH.questions}


def owed(kind: ObligationKind = ObligationKind.DISPATCH) -> Owed:
    return Owed(no=7, base="示例基地", kind=kind, period="2026-09")


def template(values: dict[str, str] | None = None, kind: ObligationKind = ObligationKind.DISPATCH) -> bytes:
    context = FormContext(last=LAST if kind is ObligationKind.DISPATCH else {})
    return xlsx(owed(kind), FORMS[kind], context, values or {})


def changed(content: bytes, change: Callable[[Workbook], object]) -> bytes:
    """The file after somebody had it open."""
    book = load_workbook(io.BytesIO(content))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def filled(content: bytes, cells: dict[str, Any]) -> bytes:
    def fill(book: Workbook) -> None:
        for cell, value in cells.items():
            book[SHEET][cell].value = value

    return changed(content, fill)


def answers(content: bytes, kind: ObligationKind = ObligationKind.DISPATCH) -> tuple[Given, ...]:
    return answers_of(read(content, NOW), kind, FORMS[kind])


def taken(content: bytes, values: dict[str, str], kind: ObligationKind = ObligationKind.DISPATCH) -> Draft:
    """What the dialogue makes of it."""
    draft = Draft(values=values)
    said = Said(batch=answers(content, kind))
    return take(FORMS[kind], FormContext(around=date(2026, 10, 1)), draft, said).draft


# What goes out


def test_last_months_figures_units_and_what_is_answered_stand_in_the_template() -> None:
    sheet = load_workbook(io.BytesIO(template({"invest_month": "88.00", "progress": "=封顶"})))[SHEET]
    heads = [cell.value for cell in sheet[4]]
    assert heads == ["序号", "分组", "项目", "单位", "上月", "本月", "说明"]
    first = [cell.value for cell in sheet[5]]
    assert first[:6] == [1, "投资完成", "本月完成投资", "万元", 120.5, 88]
    assert sheet["E5"].number_format == sheet["F5"].number_format == "#,##0.00"
    assert (sheet["F12"].value, sheet["F12"].data_type, sheet["F12"].quotePrefix) == ("=封顶", "s", True)
    assert (sheet["E13"].value, sheet["E13"].number_format) == (320, "#,##0")
    assert sheet.freeze_panes == "D5"
    assert "示例基地 月调度 2026-09" in str(sheet["A1"].value)


def test_only_the_answers_can_be_changed() -> None:
    for kind, form in FORMS.items():
        sheet = load_workbook(io.BytesIO(template(kind=kind)))[SHEET]
        assert sheet.protection.sheet
        for question in form.questions:
            row = row_of(form, question.no)
            locked = [sheet.cell(row, column).protection.locked for column in range(1, 8)]
            open_ = question.kind is not K.EVIDENCE
            assert locked == [column != ANSWER_COLUMN or not open_ for column in range(1, 8)]


def test_each_cell_checks_what_is_typed_into_it() -> None:
    book = load_workbook(io.BytesIO(template()))
    rules = {str(rule.sqref): rule for rule in book[SHEET].data_validations.dataValidation}
    money, count, text, choice = (rules[cell] for cell in ("F5", "F13", "F12", "F26"))
    assert (money.type, money.formula1, money.formula2) == ("decimal", "0", "9999999999.99")
    assert (count.type, count.formula1) == ("whole", "0")
    assert (text.type, text.formula1) == ("textLength", "200")
    assert choice.type == "list"
    sheet, area = str(choice.formula1).split("!")
    listed = [row[0].value for row in book[sheet][area.replace("$", "")]]
    assert listed == [*DISPATCH.by_key["help_from"].choices, "无"]
    assert all(rule.showErrorMessage and rule.error for rule in rules.values())
    assert book[MARKS].sheet_state == "veryHidden"


# What comes back


@pytest.mark.parametrize("kind", FORMS)
def test_a_template_that_comes_back_as_it_is_answers_nothing_new(kind: ObligationKind) -> None:
    form = FORMS[kind]
    values = {q.key: q.parse(FULL_BY_KIND[kind][q.key]) for q in form.questions}
    values |= {q.key: "暂缺：示例原因" for q in form.questions[:1] if q.is_number}
    draft = Draft(values=values)
    turn = take(form, FormContext(), draft, Said(batch=answers(template(values, kind), kind)))
    assert [note.code for note in turn.notes] == ["pasted.nothing_new"]
    assert turn.draft is draft


def test_an_empty_template_is_no_answer() -> None:
    with pytest.raises(Refused, match=r"sheet\.nothing"):
        answers(template())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (120.5, "120.5"),
        (0.1 + 0.2, "0.3"),
        (32, "32"),
        (1e9, "1000000000"),
        ("1,200万元", "1,200万元"),
        (" １２００ ", " １２００ "),
        (True, "是"),
        (at("2026-11-05 00:00").replace(tzinfo=None), "2026-11-05"),
        (Decimal("1.23"), "1.23"),
    ],
)
def test_a_cell_is_read_as_somebody_would_have_typed_it(value: object, text: str) -> None:
    assert answers(filled(template(), {"F5": value})) == (Given(text=f"1={text}", cell="F5"),)


def test_the_result_of_a_formula_counts_and_a_formula_without_one_does_not() -> None:
    content = filled(template(), {"F5": "=1+2", "F13": 320})
    assert answers(content) == (
        Given(text="1=", cell="F5", wrong="sheet.no_result"),
        Given(text="9=320", cell="F13"),
    )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    for result, expected in (
        (b"<v>3</v>", Given(text="1=3", cell="F5")),
        (b"<v>#DIV/0!</v>", Given(text="1=", cell="F5", wrong="sheet.error_value")),
    ):
        kind = b' t="e"' if b"#" in result else b""
        changed_sheet = (
            parts[sheet]
            .replace(b"<f>1+2</f><v></v>", b"<f>1+2</f>" + result)
            .replace(b"<f>1+2</f><v />", b"<f>1+2</f>" + result)
        )
        assert changed_sheet != parts[sheet]
        if kind:
            changed_sheet = changed_sheet.replace(b'<c r="F5"', b'<c r="F5"' + kind)
        assert answers(zipped(parts | {sheet: changed_sheet}))[0] == expected


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_macros(content: bytes) -> bytes:
    return zipped(parts_of(content) | {"xl/vbaProject.bin": b"x"})


def as_xlsm(content: bytes) -> bytes:
    parts = parts_of(content)
    types = parts["[Content_Types].xml"]
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    assert plain in types
    macro = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    return zipped(parts | {"[Content_Types].xml": types.replace(plain, macro)})


def bomb(content: bytes) -> bytes:
    return zipped(parts_of(content) | {"xl/media/x.bin": b"0" * (17 * 2**20)})


def of_many_parts(content: bytes) -> bytes:
    return zipped(parts_of(content) | {f"xl/media/{n}": b"" for n in range(200)})


def laughing(content: bytes) -> bytes:
    """Entities that grow."""
    parts = parts_of(content)
    head = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    )
    sheet = parts["xl/worksheets/sheet1.xml"]
    body = sheet[sheet.index(b"<worksheet") :].replace(b"<t>", b"<t>&b;")
    assert b"&b;" in body
    return zipped(parts | {"xl/worksheets/sheet1.xml": head + body})


def without_mark(content: bytes) -> bytes:
    def change(book: Workbook) -> None:
        book.remove(book[MARKS])

    return changed(content, change)


def with_another_mark(content: bytes) -> bytes:
    return changed(content, lambda book: book[MARKS].__setitem__("A1", "something else"))


def of_another_form(content: bytes) -> bytes:
    return changed(content, lambda book: book[MARKS].__setitem__("A4", "000000000000"))


def without_numbers(content: bytes) -> bytes:
    return filled(content, {"A5": "甲", "F5": 3})


def with_other_headings(content: bytes) -> bytes:
    return filled(content, {"F4": "数", "F5": 3})


def below_the_form(content: bytes) -> bytes:
    return filled(content, {"F60": 3})


def with_styles_without_end(content: bytes) -> bytes:
    """Small as a file, and half a minute for openpyxl."""
    parts = parts_of(content)
    styles = parts["xl/styles.xml"].replace(b"</cellXfs>", b"<xf/>" * 500_000 + b"</cellXfs>")
    return zipped(parts | {"xl/styles.xml": styles})


def with_an_item_twice(content: bytes) -> bytes:
    return filled(content, {"A6": 1, "F5": 3, "F6": 3})


def with_a_number_beyond_all(content: bytes) -> bytes:
    return filled(content, {"A5": float("1e308"), "F5": 3})


def of_an_obligation_beyond_all(content: bytes) -> bytes:
    return changed(content, lambda book: book[MARKS].__setitem__("A2", 10**12))


def infinite(content: bytes) -> bytes:
    parts, sheet = parts_of(filled(content, {"F5": 3})), "xl/worksheets/sheet1.xml"
    spoilt = re.sub(rb'(<c r="A5"[^>]*>)<v>1</v>', rb"\g<1><v>1E999</v>", parts[sheet])
    assert spoilt != parts[sheet]
    return zipped(parts | {sheet: spoilt})


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda _: b"", "sheet.not_a_sheet"),
        (lambda _: b"%PDF-1.7", "sheet.not_a_sheet"),
        (lambda content: content[:-100], "sheet.not_a_sheet"),
        (lambda content: content[:200] + b"\0" * 300 + content[500:], "sheet.not_a_sheet"),
        (lambda _: zipped({"a.txt": b"x"}), "sheet.not_a_sheet"),
        (lambda content: content + b"x" * SHEET_BYTES[0].value, "sheet.too_large"),
        (bomb, "sheet.not_a_sheet"),
        (of_many_parts, "sheet.not_a_sheet"),
        (laughing, "sheet.not_a_sheet"),
        (with_macros, "sheet.macros"),
        (as_xlsm, "sheet.macros"),
        (without_mark, "sheet.no_mark"),
        (with_another_mark, "sheet.no_mark"),
        (of_another_form, "sheet.old_form"),
        (without_numbers, "sheet.heading"),
        (with_other_headings, "sheet.heading"),
        (below_the_form, "sheet.heading"),
        (with_styles_without_end, "sheet.not_a_sheet"),
        (with_an_item_twice, "sheet.heading"),
        (with_a_number_beyond_all, "sheet.heading"),
        (infinite, "sheet.heading"),
        (of_an_obligation_beyond_all, "sheet.no_mark"),
    ],
)
def test_a_file_that_is_not_our_template_is_refused_with_words(
    spoil: Callable[[bytes], bytes], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        answers(spoil(template({"invest_month": "1.00"})))
    assert caught.value.refusal.code == code
    assert caught.value.refusal.clause


def test_what_is_wrong_is_told_cell_by_cell_and_nothing_is_taken() -> None:
    content = filled(template(), {"F5": 1.234, "F13": "很多", "F14": 80, "F26": "外星局"})
    turn = take(DISPATCH, FormContext(), Draft(), Said(batch=answers(content)))
    assert [(note.code, note.place and note.place.cell) for note in turn.notes] == [
        ("pasted.refused", None),
        ("answer.decimals", "F5"),
        ("answer.not_a_number", "F13"),
        ("answer.no_such_choice", "F26"),
    ]
    assert turn.draft.values == {}


# Whatever is filled in


def an_answer(question: Question) -> st.SearchStrategy[Any]:
    """What somebody puts into the cell of a question, and Excel lets pass."""
    match question.kind:
        case K.MONEY | K.AREA:
            return st.decimals(0, 99_999, places=2)
        case K.COUNT:
            return st.integers(0, 99_999)
        case K.SCORE:
            return st.decimals(0, 100, places=2)
        case K.CHOICE | K.YES_NO:
            return st.sampled_from(question.choices)
        case K.CHOICES:
            return st.sets(st.sampled_from(question.choices), min_size=1).map("、".join)
        case K.DATE:
            return st.dates(date(2001, 1, 1), date(2099, 12, 31))
        case _:
            return st.text("示例进度=+-@_x0041 \n\t12，。<&>\"'", min_size=1, max_size=30).filter(str.strip)


@pytest.mark.parametrize("kind", FORMS)
@given(data=st.data())
@settings(database=None, deadline=None, max_examples=12)
def test_what_is_filled_in_is_what_is_answered(kind: ObligationKind, data: st.DataObject) -> None:
    form = FORMS[kind]
    asked = [q for q in form.questions if q.kind is not K.EVIDENCE]
    chosen = data.draw(st.lists(st.sampled_from(asked), min_size=1, unique=True))
    values = {q.key: data.draw(an_answer(q)) for q in chosen}
    content = changed(template(kind=kind), lambda book: put(book, form, values))
    draft = taken(content, {}, kind)
    assert draft.values == {q.key: q.parse(str(values[q.key])) for q in chosen}
    again = xlsx(owed(kind), form, FormContext(), draft.values)
    assert taken(again, draft.values, kind).values == draft.values


def put(book: Workbook, form: Form, values: dict[str, Any]) -> None:
    for key, value in values.items():
        cell = book[SHEET].cell(row_of(form, form.by_key[key].no), ANSWER_COLUMN)
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"


@given(st.text(max_size=40))
@settings(database=None, deadline=None, max_examples=60)
def test_a_text_answer_survives_the_way_out_and_back(text: str) -> None:
    talk = Talk(FormContext(lead_kind=LeadKind.ENTERPRISE))
    talk.say("开始", "1=5", f"8={text}")
    values = talk.draft.values
    if "progress" in values:
        assert taken(template(values), values).values == values
