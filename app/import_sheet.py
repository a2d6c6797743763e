"""The cells of an import file, and the refusal of a file that is no such workbook."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import is_zipfile

from openpyxl import load_workbook

from app.import_row import HEADINGS, Unusable

SHEET = "基地"
_USE_TEMPLATE = "请用 jiebang import --template 得到的模板填写"

Line = Mapping[int, object]
"""What a row holds by column, counted from 0; an empty cell is not in it."""


class RowError(NamedTuple):
    """What is wrong with one cell. Row 0 is the file itself; the column is empty for a whole row."""

    row_no: int  # as Excel counts
    column: str
    message: str

    def __str__(self) -> str:
        place = f"第 {self.row_no} 行" if self.row_no else "文件"
        return f"{place}{f'「{self.column}」' if self.column else ''}：{self.message}"


class ImportRefused(Exception):
    """A file that cannot be imported, with everything that is wrong with it."""

    def __init__(self, errors: list[RowError]) -> None:
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))


def refused(message: str) -> ImportRefused:
    """The refusal of a file as a whole."""
    return ImportRefused([RowError(0, "", message)])


def lines_of(path: Path) -> list[tuple[int, Line]]:
    """The rows of the sheet to import that hold anything, by number. Raises ImportRefused if there is none such."""
    try:
        content = path.read_bytes()
    except OSError as e:
        raise refused(f"{path} 读不了（{e.strerror}）；请检查文件名和权限") from e
    if not is_zipfile(BytesIO(content)):
        raise refused(
            f"{path.name} 的内容不是 XLSX（旧版 .xls、CSV 或加密的文件都不行）；{_USE_TEMPLATE}，另存为不加密的 .xlsx"
        )
    try:
        return _cells(content)
    except ImportRefused:
        raise
    except Exception as e:  # a damaged workbook fails in a hundred ways inside openpyxl
        raise refused(f"{path.name} 已损坏或不是 XLSX，打不开；请用 Excel 或 WPS 重新另存为 .xlsx") from e


def _cells(content: bytes) -> list[tuple[int, Line]]:
    """Read twice: once for the values, once to know which of them are formulas."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # openpyxl on extensions that it does not know
        shown, written = (_rows(content, data_only=only) for only in (True, False))
        lines = [_line(cells, sources) for cells, sources in zip(shown, written, strict=True)]
    return [(row_no, line) for row_no, line in enumerate(lines, 1) if line]


def _line(cells: Sequence[Any], sources: Sequence[Any]) -> Line:
    values = [_value(cell, source) for cell, source in zip(cells, sources, strict=True)]
    return {i: value for i, value in enumerate(values) if value is not None}


def _rows(content: bytes, *, data_only: bool) -> Iterator[tuple[Any, ...]]:
    book = load_workbook(BytesIO(content), read_only=True, data_only=data_only)
    sheet = next((sheet for sheet in book.worksheets if sheet.title == SHEET), None)
    if sheet is None:
        raise refused(f"没有名为「{SHEET}」的工作表，只有：{'、'.join(book.sheetnames)}；{_USE_TEMPLATE}")
    sheet.reset_dimensions()  # what the file says of its size is wrong with some programs
    return iter(sheet.rows)


def _value(cell: Any, source: Any) -> object:
    value = cell.value
    if source.data_type == "f" and value is None and cell.data_type != "str":  # "str": its result is ""
        return Unusable("是一个没有计算结果的公式；请用 Excel 或 WPS 打开并保存一次，或直接填写数值")
    if cell.data_type == "e":
        return Unusable(f"是错误值「{value}」；请更正公式，或直接填写")
    return " ".join(value.split()) or None if isinstance(value, str) else value


def headings_of(lines: Sequence[tuple[int, Line]]) -> tuple[int, dict[str, int]]:
    """Number of the heading row, and the column of each heading. The guide above it may be there or not.

    Raises ImportRefused if there is none, or not with exactly the template's columns, in whatever order.
    """
    for row_no, line in lines:
        found = {i: _heading(value) for i, value in line.items()}
        if set(found.values()) & set(HEADINGS):
            _check_headings(row_no, list(found.values()))
            return row_no, {heading: i for i, heading in found.items()}
    raise refused(f"「{SHEET}」表里没有表头（{'、'.join(HEADINGS)}）；{_USE_TEMPLATE}")


def _heading(value: object) -> str:
    """Full-width brackets and blanks are the same heading."""
    return str(value).replace("（", "(").replace("）", ")").replace(" ", "")


def _check_headings(row_no: int, found: list[str]) -> None:
    problems = [f"缺少「{heading}」这一列" for heading in HEADINGS if heading not in found]
    problems += [f"有不认识的列「{heading}」" for heading in found if heading not in HEADINGS]
    problems += [f"「{heading}」这一列出现了不止一次" for heading in HEADINGS if found.count(heading) > 1]
    if problems:
        raise ImportRefused([RowError(row_no, "", f"{problem}；{_USE_TEMPLATE}") for problem in problems])
