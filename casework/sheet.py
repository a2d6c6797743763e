"""Tables that somebody fills in, XLSX or CSV: their lines by number, and everything that is wrong with them."""

import csv
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from zipfile import ZipFile, is_zipfile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from pydantic import BaseModel, ValidationError

from casework.cells import Unusable

M = TypeVar("M", bound=BaseModel)

_MAX_UNPACKED = 32 * 2**20
_MAX_COLUMNS = 256
_MAX_CELLS = 3_000_000  # empty ones included; a sheet of Excel has a million rows
_GUIDE_ROWS = 100  # above the headings
_FORMULA = "是公式；请改为公式的结果（复制后选择性粘贴为数值）"

Line = Mapping[int, object]
"""What a row holds by column, counted from 0; an empty cell is not in it."""

Numbered = tuple[int, Line]
"""A line and its number, as Excel counts."""


class Layout(NamedTuple):
    """What a table has to look like. Its columns may stand in any order, with a guide above the headings or without."""

    sheet: str
    headings: tuple[str, ...]
    where: str  # where one that looks so is to be had
    most_rows: int
    formulas: bool = False  # whether the result of a formula counts
    any_name: bool = False  # whether the only sheet will do, whatever it is called
    may_lack: frozenset[str] = frozenset()  # headings that tables from before may do without


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


class Taken(NamedTuple):
    """How many rows of a file were taken in, and how many were known before."""

    new: int
    known: int


def refused(message: str) -> ImportRefused:
    """The refusal of a file as a whole."""
    return ImportRefused([RowError(0, "", message)])


def content_of(path: Path) -> bytes:
    """What a file holds. Raises ImportRefused if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as e:
        raise refused(f"{path} 读不了（{e.strerror}）；请检查文件名和权限") from e


def is_xlsx(content: bytes) -> bool:
    """Whether it may be a workbook; what the file is called does not matter."""
    return is_zipfile(io.BytesIO(content))


def xlsx_lines(content: bytes, name: str, layout: Layout) -> list[Numbered]:
    """The rows of the sheet that hold anything. Raises ImportRefused if there is none such, or too much of it."""
    try:
        _check_size(content, name)
        return _cells(content, layout)
    except ImportRefused:
        raise
    except Exception as e:  # a damaged workbook fails in a hundred ways inside openpyxl
        raise refused(f"{name} 已损坏或不是 XLSX，打不开；请用 Excel 或 WPS 重新另存为 .xlsx") from e


def csv_lines(content: bytes, name: str, layout: Layout) -> list[Numbered]:
    """The rows that hold anything, of UTF-8 or GB18030. Raises ImportRefused for what is no such text."""
    text = _decoded(content, name)
    try:
        return _filled(
            (_csv_line(record) for record in csv.reader(io.StringIO(text, newline=""), strict=True)), layout
        )
    except csv.Error as e:
        raise refused(f"{name} 不是完整的 CSV（引号没有成对，或一格过长）；请重新另存为 CSV 或 .xlsx") from e


def data_of(lines: Sequence[Numbered], layout: Layout) -> tuple[list[Numbered], dict[str, int]]:
    """The lines below the headings, and the column of each heading. Raises ImportRefused if there are none."""
    heading_no, columns = _headings_of(lines, layout)
    below = [(row_no, line) for row_no, line in lines if row_no > heading_no]
    if not below:
        raise refused(f"「{layout.sheet}」表的表头下面没有一行数据；请从表头的下一行起填写")
    if len(below) > layout.most_rows:
        raise _too_many_rows(layout)
    return below, columns


def parsed(
    lines: Sequence[Numbered], columns: Mapping[str, int], model: type[M], context: object = None
) -> tuple[list[tuple[int, M]], list[RowError]]:
    """Each line as a model that has the headings as aliases, and what is wrong with the others."""
    rows: list[tuple[int, M]] = []
    errors: list[RowError] = []
    for row_no, line in lines:
        errors += _outside(row_no, line, columns)
        try:
            cells = {heading: line.get(i) for heading, i in columns.items()}
            rows.append((row_no, model.model_validate(cells, context=context)))
        except ValidationError as e:
            errors += [RowError(row_no, str(d["loc"][0]), str(d["ctx"]["error"])) for d in e.errors()]
    return rows, errors


def check(errors: list[RowError]) -> None:
    """Raises ImportRefused if there are any errors, in the order of the rows."""
    if errors:
        raise ImportRefused(sorted(errors, key=lambda error: error.row_no))


# XLSX


def _check_size(content: bytes, name: str) -> None:
    """A small archive can hold a workbook that fills the memory. No more is unpacked of a file than it declares."""
    with ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(item.file_size for item in archive.infolist())
    if unpacked > _MAX_UNPACKED:
        raise refused(
            f"{name} 解压后超过 {_MAX_UNPACKED // 2**20} MB；请删除图片和多余的行列，再另存为 .xlsx"
        )


def _cells(content: bytes, layout: Layout) -> list[Numbered]:
    """Read twice: once for the values, once to know which of them are formulas."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # openpyxl on extensions that it does not know
        shown, written = (_rows(content, layout, data_only=only) for only in (True, False))
        pairs = zip(shown, written, strict=True)
        return _filled((_xlsx_line(cells, sources, layout) for cells, sources in pairs), layout)


def _rows(content: bytes, layout: Layout, *, data_only: bool) -> Iterator[tuple[Any, ...]]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=data_only)
    sheets = book.worksheets
    found = [sheet for sheet in sheets if sheet.title == layout.sheet]
    if not found and not (layout.any_name and len(sheets) == 1):
        names = "、".join(book.sheetnames)
        raise refused(f"没有名为「{layout.sheet}」的工作表，只有：{names}；{layout.where}")
    sheet = (found or sheets)[0]
    sheet.reset_dimensions()  # what the file says of its size is wrong with some programs
    return iter(sheet.rows)


def _xlsx_line(cells: Sequence[Any], sources: Sequence[Any], layout: Layout) -> list[object]:
    return [_xlsx_value(cell, source, layout) for cell, source in zip(cells, sources, strict=True)]


def _xlsx_value(cell: Any, source: Any, layout: Layout) -> object:
    value = cell.value
    if source.data_type == "f" and not layout.formulas:
        return Unusable(_FORMULA)
    if source.data_type == "f" and value is None and cell.data_type != "str":  # "str": its result is ""
        return Unusable("是一个没有计算结果的公式；请用 Excel 或 WPS 打开并保存一次，或直接填写数值")
    if cell.data_type == "e":
        return Unusable(f"是错误值「{value}」；请更正公式，或直接填写")
    return _stripped(value) if isinstance(value, str) else value


# CSV


def _decoded(content: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            text = content.decode(encoding)
            if "\0" not in text:
                return text
    raise refused(f"{name} 既不是 XLSX，也不是 UTF-8 或 GB18030 编码的 CSV；请另存为 .xlsx 或 CSV UTF-8")


def _csv_line(record: Sequence[str]) -> list[object]:
    return [Unusable(_FORMULA) if cell.startswith("=") else _stripped(cell) for cell in record]


# Both


def _stripped(text: str) -> str | None:
    return " ".join(text.split()) or None


def _filled(rows: Iterator[list[object]], layout: Layout) -> list[Numbered]:
    """The rows that hold anything. Stops as soon as it is too much."""
    lines: list[Numbered] = []
    seen = 0
    for row_no, values in enumerate(rows, 1):
        seen += len(values) + 1
        line = {i: value for i, value in enumerate(values) if value is not None}
        if line and max(line) >= _MAX_COLUMNS:
            raise ImportRefused([RowError(row_no, "", f"超过 {_MAX_COLUMNS} 列；请删除多余的列")])
        if line:
            lines.append((row_no, line))
        if seen > _MAX_CELLS or len(lines) > layout.most_rows + _GUIDE_ROWS:
            raise _too_many_rows(layout)
    return lines


def _too_many_rows(layout: Layout) -> ImportRefused:
    most = layout.most_rows
    return refused(f"超过 {most} 行（空行也占位置）；请删除多余的行，或分成几个文件，每个不超过 {most} 行")


def _headings_of(lines: Sequence[Numbered], layout: Layout) -> tuple[int, dict[str, int]]:
    for row_no, line in lines:
        found = {i: _heading(value) for i, value in line.items()}
        if set(found.values()) & set(layout.headings):
            _check_headings(row_no, list(found.values()), layout)
            return row_no, {heading: i for i, heading in found.items()}
    raise refused(f"「{layout.sheet}」表里没有表头（{'、'.join(layout.headings)}）；{layout.where}")


def _heading(value: object) -> str:
    """Full-width brackets and blanks are the same heading."""
    return str(value).replace("（", "(").replace("）", ")").replace(" ", "")


def _check_headings(row_no: int, found: list[str], layout: Layout) -> None:
    wanted = layout.headings
    missing = [heading for heading in wanted if heading not in (*found, *layout.may_lack)]
    problems = [f"缺少「{heading}」这一列" for heading in missing]
    problems += [f"有不认识的列「{heading}」" for heading in found if heading not in wanted]
    problems += [f"「{heading}」这一列出现了不止一次" for heading in wanted if found.count(heading) > 1]
    if problems:
        raise ImportRefused([RowError(row_no, "", f"{problem}；{layout.where}") for problem in problems])


def _outside(row_no: int, line: Line, columns: Mapping[str, int]) -> Iterator[RowError]:
    for i in sorted(line.keys() - columns.values()):
        column = get_column_letter(i + 1)
        yield RowError(row_no, column, "这一列没有表头，填写的内容不会导入；请清空，或移到有表头的列")
