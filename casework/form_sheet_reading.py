"""Reading back a form that was filled in as a sheet: what it is for, and its cells as answers.

The file comes from outside: it is looked at before it is unpacked, and no more of it is read than a form can have.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, time
from typing import Any, NamedTuple
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText

from casework.cells import EXACT_DIGITS
from casework.form_sheet import (
    ANSWER_COLUMN,
    HEADING_ROW,
    ITEM_COLUMN,
    MARK,
    MARKS,
    SHEET,
    headings,
    version_of,
)
from domain.application import NO, YES
from domain.calendar import business_day
from domain.errors import Refused
from domain.forms.files import typed
from domain.forms.questions import AnswerKind
from domain.forms.registry import Form
from domain.forms.said import Given
from domain.policy.source import on, ours
from domain.policy.uploads import SHEET_BYTES
from domain.terms import ObligationKind

SHEETS = ours("填报模板")

_MOST_UNPACKED = 2 * 2**20  # a template is a twentieth of it; each byte may cost openpyxl microseconds
_MOST_PARTS = 200
_MOST_ROWS = 200  # below the headings; a form has thirty
_LONGEST = 4000  # of a cell: more is no answer to anything
_MOST_NUMBER = 2**31 - 1  # of an obligation
_MACROS = ("vbaproject", "macrosheets/", "activex")
_MACRO_TYPES = (b"macroenabled", b"vbaproject")


class Mark(NamedTuple):
    """What a sheet says that it is for."""

    no: int
    period: str
    version: str


class Filled(NamedTuple):
    """A sheet that came back."""

    mark: Mark
    headings: tuple[str, ...]
    rows: tuple[tuple[int, object, Given], ...]  # the row, what stands for its item's number, and the answer


def check_size(size: int, now: datetime) -> None:
    """Raises Refused for a file that is too large to be looked at."""
    most = on(SHEET_BYTES, business_day(now))
    if size > most.value:
        raise Refused("sheet.too_large", most.clause, limit=most.value // 2**20)


def read(content: bytes, now: datetime) -> Filled:
    """What is filled in. Takes a while: call it in a thread. Raises Refused for what is no sheet of ours."""
    check_size(len(content), now)
    _check_archive(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # openpyxl on extensions that it does not know
            return _read(content)
    except Refused:
        raise
    except Exception as e:  # a damaged workbook fails in a hundred ways inside openpyxl
        raise Refused("sheet.not_a_sheet", SHEETS) from e


def answers_of(filled: Filled, kind: ObligationKind, form: Form) -> tuple[Given, ...]:
    """The cells that hold anything, by their items. Raises Refused if the sheet is not that of this form."""
    if filled.mark.version != version_of(form):
        raise Refused("sheet.old_form", SHEETS)
    if filled.headings != headings(kind):
        raise Refused("sheet.heading", SHEETS)
    given, seen = [], set()
    for _, item, answer in filled.rows:
        question = next((q for q in form.questions if q.no == item), None)
        if question is None or question.no in seen:
            raise Refused("sheet.heading", SHEETS)
        number = question.no
        seen.add(number)
        if question.kind is not AnswerKind.EVIDENCE:
            given.append(answer.model_copy(update={"text": f"{number}={answer.text}"}))
    if not given:
        raise Refused("sheet.nothing", SHEETS)
    return tuple(given)


def _check_archive(content: bytes) -> None:
    """No more is unpacked of a file than it declares, so that what it declares decides."""
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            names = [part.filename.lower() for part in parts]
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
                raise Refused("sheet.not_a_sheet", SHEETS)
            types = archive.read("[Content_Types].xml").lower()
    except (BadZipFile, KeyError, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as e:
        raise Refused("sheet.not_a_sheet", SHEETS) from e
    if any(one in name for name in names for one in _MACROS) or any(one in types for one in _MACRO_TYPES):
        raise Refused("sheet.macros", SHEETS)


def _read(content: bytes) -> Filled:
    """Read twice: once for the values, once to know which of them are formulas."""
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    if SHEET not in book.sheetnames or MARKS not in book.sheetnames:
        raise Refused("sheet.no_mark", SHEETS)
    mark = _mark_of(book[MARKS])
    written = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    shown_rows, written_rows = _rows(book[SHEET]), _rows(written[SHEET])
    heads: tuple[str, ...] = ()
    rows = []
    for no, (shown, source) in enumerate(zip(shown_rows, written_rows, strict=True), HEADING_ROW):
        if no == HEADING_ROW:
            heads = tuple(str(cell.value or "").strip() for cell in shown)
            continue
        answer = _given(f"F{no}", shown[ANSWER_COLUMN - 1], source[ANSWER_COLUMN - 1])
        if answer:
            rows.append((no, shown[ITEM_COLUMN - 1].value, answer))
    return Filled(mark, heads, tuple(rows))


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # what the file says of its size is wrong with some programs
    last = HEADING_ROW + _MOST_ROWS
    return iter(sheet.iter_rows(min_row=HEADING_ROW, max_row=last, max_col=7))


def _mark_of(sheet: Any) -> Mark:
    found = [row[0].value for row in sheet.iter_rows(min_row=1, max_row=4, max_col=1)]
    with suppress(ValueError, TypeError):
        mark, no, period, version = found
        if mark == MARK and 0 < int(no) <= _MOST_NUMBER:
            return Mark(int(no), str(period), str(version))
    raise Refused("sheet.no_mark", SHEETS)


def _given(name: str, cell: Any, source: Any) -> Given | None:
    """What a cell holds, as somebody would have typed it; None if it is empty."""
    if cell.data_type == "e":
        return Given(text="", cell=name, wrong="sheet.error_value")
    if source.data_type == "f" and cell.value is None and cell.data_type != "str":  # "str": its result is ""
        return Given(text="", cell=name, wrong="sheet.no_result")
    text = typed(_typed(cell.value))[:_LONGEST]
    return Given(text=text, cell=name) if text.strip() else None


def _typed(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return YES if value else NO
        case int():
            return str(value)
        case float():
            return f"{value:.{EXACT_DIGITS}g}" if abs(value) < 10**EXACT_DIGITS else f"{value:.0f}"
        case datetime() if value.time() == time():
            return f"{value:%Y-%m-%d}"
        case str() | CellRichText():
            return str(value).replace("_x000D_", "").replace("\r\n", "\n")
        case _:
            return str(value)
