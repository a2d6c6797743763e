"""A form as a sheet to be filled in: last period's figures beside the cells, and what a cell takes checked by the cell.

What belongs to it stands on a hidden sheet, so that the file of another month or base is known for what it is.
"""

import hashlib
import io
from decimal import Decimal
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from domain.application import LIST_SEPARATOR
from domain.forms.files import files_of
from domain.forms.questions import MAX_NUMBER, MAX_SCORE, NONE_WORD, AnswerKind, FormContext, Question
from domain.forms.registry import Form
from domain.forms.skipped import is_skipped
from domain.terms import ObligationKind

SHEET, MARKS = "填报", "标记"
MARK = "jiebang-form"
HEADING_ROW = 4
ITEM_COLUMN, ANSWER_COLUMN = 1, 6
_LISTS_COLUMN = 3  # of the hidden sheet, and those to the right of it

K = AnswerKind

_GUIDE = (
    "请填写黄色单元格，其他单元格请勿改动；填好后保存，把文件发回聊天，或用链接上传。"
    "有一格不对则整份不填入，并逐格说明；空着的单元格不改变已填的内容。"
)
_NOT_XML = dict.fromkeys((0xFFFE, 0xFFFF))
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FORMATS = {K.MONEY: "#,##0.00", K.AREA: "#,##0.00", K.COUNT: "#,##0", K.SCORE: "0.##", K.DATE: "yyyy-mm-dd"}
_TEXT = "@"
_HEAD = PatternFill("solid", start_color="FF1F4E79")
_TO_FILL = PatternFill("solid", start_color="FFFFF8DC")
_WHITE = Font(bold=True, color="FFFFFFFF")
_SIDE = Side("thin", color="FFBFBFBF")
_LINE = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
_WIDTHS = (6, 14, 34, 10, 22, 26, 52)


class Owed(NamedTuple):
    """What a sheet is for."""

    no: int  # of the obligation
    base: str
    kind: ObligationKind
    period: str


def version_of(form: Form) -> str:
    """Tells whether a sheet asks what the form asks now."""
    asked = "\n".join(f"{q.no}:{q.key}:{q.kind}:{q.unit}:{q.max_length}:{q.choices}" for q in form.questions)
    return hashlib.sha256(asked.encode()).hexdigest()[:12]


def filename_of(owed: Owed) -> str:
    """What the file is called; no channel minds it."""
    safe = "".join(c if c.isalnum() else "-" for c in f"{owed.base[:40]} {owed.kind} {owed.period}")
    return f"{safe}.xlsx"


def xlsx(owed: Owed, form: Form, context: FormContext, values: dict[str, str]) -> bytes:
    """The workbook. Takes a while: call it in a thread."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET
    marks = book.create_sheet(MARKS)
    marks.sheet_state = "veryHidden"
    for row, mark in enumerate((MARK, owed.no, owed.period, version_of(form)), 1):
        marks.cell(row, 1, mark)
    _head(sheet, owed)
    for row, question in enumerate(form.questions, HEADING_ROW + 1):
        _line(sheet, marks, row, question, context.last.get(question.key), values.get(question.key))
    _finish(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def headings(kind: ObligationKind) -> tuple[str, ...]:
    """A month has a 上月; other periods have a 上期."""
    last, now = ("上月", "本月") if kind is ObligationKind.DISPATCH else ("上期", "本期")
    return ("序号", "分组", "项目", "单位", last, now, "说明")


def row_of(form: Form, no: int) -> int:
    """On which row an item stands."""
    return HEADING_ROW + 1 + [q.no for q in form.questions].index(no)


def _head(sheet: Worksheet, owed: Owed) -> None:
    _text(_cell(sheet, 1, 1), f"{owed.base} {owed.kind} {owed.period}")
    sheet["A1"].font = Font(bold=True, size=14)
    _text(_cell(sheet, 2, 1), _GUIDE)
    sheet.merge_cells("A2:G2")
    sheet["A2"].alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[2].height = 34
    for column, heading in enumerate(headings(owed.kind), 1):
        cell = sheet.cell(HEADING_ROW, column, heading)
        cell.font, cell.fill, cell.border = _WHITE, _HEAD, _LINE
        cell.alignment = Alignment(horizontal="center", vertical="center")
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS[column - 1]


def _line(
    sheet: Worksheet, marks: Worksheet, row: int, question: Question, last: str | None, now: str | None
) -> None:
    sheet.cell(row, ITEM_COLUMN, question.no)
    _text(_cell(sheet, row, 2), question.group)
    _text(_cell(sheet, row, 3), question.label)
    _text(_cell(sheet, row, 4), question.unit)
    _put(_cell(sheet, row, 5), question, None if question.kind is K.EVIDENCE else last)
    answer = _cell(sheet, row, ANSWER_COLUMN)
    _put(answer, question, now)
    _text(_cell(sheet, row, 7), _how(question))
    for column in range(1, len(_WIDTHS) + 1):
        cell = sheet.cell(row, column)
        cell.border = _LINE
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    if question.kind is not K.EVIDENCE:
        answer.protection, answer.fill = Protection(locked=False), _TO_FILL
        _check(sheet, marks, answer, question)


def _cell(sheet: Worksheet, row: int, column: int) -> Cell:
    """A cell that is not hidden under a merged one."""
    found = sheet.cell(row, column)
    if not isinstance(found, Cell):
        raise TypeError(f"{found.coordinate} is merged")
    return found


def _put(cell: Cell, question: Question, value: str | None) -> None:
    """A figure as a figure, everything else as a text."""
    cell.number_format = _FORMATS.get(question.kind, _TEXT)
    if value is None:
        return
    if question.kind is K.EVIDENCE and value != NONE_WORD:
        _text(cell, f"附件 {len(files_of(value))} 个")
    elif question.is_number and not is_skipped(value):
        number = Decimal(value)
        cell.value = int(number) if question.kind is K.COUNT else number
    else:
        _text(cell, value)


def _text(cell: Cell, text: str) -> None:
    """A text as a text, whatever it begins with."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text).translate(_NOT_XML)
    cell.data_type = "s"
    cell.number_format = _TEXT
    cell.quotePrefix = text.startswith(_STARTS_A_FORMULA)


def _how(question: Question) -> str:
    """What the cell takes."""
    none = "；没有的填「无」" if question.may_be_none else ""
    match question.kind:
        case K.MONEY | K.AREA:
            total = "；为上月累计加本月" if question.cumulative else ""
            return f"数字，不小于 0，最多两位小数{total}"
        case K.COUNT:
            return "整数，不小于 0"
        case K.SCORE:
            return "0 至 100 的数，最多两位小数"
        case K.TEXT:
            return f"文字，不超过 {question.max_length} 字{none}"
        case K.CHOICE | K.YES_NO:
            return f"从下拉列表中选择{none}"
        case K.CHOICES:
            return f"可选多项，用「{LIST_SEPARATOR}」分开：{LIST_SEPARATOR.join(question.choices)}{none}"
        case K.DATE:
            return "日期，如 2026-11-05"
        case K.EVIDENCE:
            return f"文件（{LIST_SEPARATOR.join(question.files)}），请在聊天中发送，不在表中填写{none}"
        case K.PARTIES:
            return f"每行一家：名称，类型，统一社会信用代码，主管部门{none}"


def _check(sheet: Worksheet, marks: Worksheet, cell: Cell, question: Question) -> None:
    """What Excel refuses by itself; what slips by is refused when the file comes back."""
    rule = _rule(marks, question)
    if rule is None:
        return
    rule.allow_blank = True
    rule.showErrorMessage, rule.errorTitle, rule.error = True, f"第 {question.no} 项", _how(question)[:220]
    rule.add(cell)
    sheet.add_data_validation(rule)


def _rule(marks: Worksheet, question: Question) -> DataValidation | None:
    match question.kind:
        case K.MONEY | K.AREA:
            return DataValidation("decimal", operator="between", formula1="0", formula2=str(MAX_NUMBER))
        case K.COUNT:
            return DataValidation("whole", operator="between", formula1="0", formula2=str(int(MAX_NUMBER)))
        case K.SCORE:
            return DataValidation("decimal", operator="between", formula1="0", formula2=str(MAX_SCORE))
        case K.CHOICE | K.YES_NO:
            return DataValidation("list", formula1=_list(marks, question))
        case K.TEXT:
            return DataValidation("textLength", operator="lessThanOrEqual", formula1=str(question.max_length))
        case K.DATE:
            return DataValidation("date", operator="greaterThan", formula1="36526")  # 2000-01-01
        case _:
            return None


def _list(marks: Worksheet, question: Question) -> str:
    """Where the choices stand: in a rule itself Excel takes 255 characters."""
    none = (NONE_WORD,) if question.may_be_none else ()
    column = _LISTS_COLUMN + question.no
    for row, choice in enumerate((*question.choices, *none), 1):
        _text(_cell(marks, row, column), choice)
    letter = get_column_letter(column)
    return f"{MARKS}!${letter}$1:${letter}${len(question.choices) + len(none)}"


def _finish(sheet: Worksheet) -> None:
    sheet.freeze_panes = f"D{HEADING_ROW + 1}"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False  # may be done: False is "not locked"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{HEADING_ROW}:{HEADING_ROW}"
