"""The picture of a period as a workbook: one sheet per table, with a frozen heading and number formats."""

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from casework.picture import UNKNOWN, unit_of
from domain.calendar import SHANGHAI
from domain.league import Dimension, League, Place
from domain.picture import Picture

Value = str | int | Decimal | None

COUNT, MONEY, PERCENT, TEXT = "#,##0", "#,##0.00", '0.0"%"', "@"
POINTS = '+0.0" 个百分点";-0.0" 个百分点";0.0" 个百分点"'

_HEADING_ROW = 3  # below the title and an empty line
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_HEAD = PatternFill("solid", start_color="FF1F4E79")
_WHITE = Font(bold=True, color="FFFFFFFF")
_WIDEST = 60
_MEASURED = ("万元", "平方米")


class Column(NamedTuple):
    """A column: its heading, how its numbers are shown, how wide it is in characters."""

    heading: str
    number_format: str = TEXT
    width: int = 14


class Table(NamedTuple):
    """What one sheet holds."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]


def xlsx(picture: Picture) -> bytes:
    """The workbook. Takes a while for many bases: call it in a thread."""
    book = Workbook()
    for table in tables(picture):
        _write(book.create_sheet(table.name), picture, table)
    del book[book.sheetnames[0]]  # the empty one that a new workbook has
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def tables(picture: Picture) -> list[Table]:
    """Every table of the picture, those without a row too: that there is nothing is told as well."""
    found = [_whole(picture)]
    found += [_league(picture, picture.league(dimension)) for dimension in Dimension]
    if picture.items:
        found += [_items(picture), _changes(picture)]
    return [*found, _help(picture), _outstanding(picture)]


def _whole(picture: Picture) -> Table:
    counts, shares = picture.counts, picture.counts.shares
    rows: list[tuple[Value, ...]] = [
        ("应报", counts.expected, Decimal(100) if shares else None),
        ("按时", counts.on_time, shares.on_time if shares else None),
        ("迟报", counts.late, shares.late if shares else None),
        ("缺报", counts.missing, shares.missing if shares else None),
        ("未报（尚可补报）", counts.open, shares.open if shares else None),
        ("免报（不计入应报）", counts.waived, None),
        ("报送率", None, counts.completeness),
        ("按时率", None, counts.on_time_rate),
    ]
    progress = picture.investment.progress if picture.investment else None
    if progress:
        rows += [("累计投资完成率", None, progress.completion), ("序时进度", None, progress.time)]
    return Table("总体情况", (Column("指标", width=24), Column("家数", COUNT), Column("比例", PERCENT)), rows)


def _league(picture: Picture, league: League) -> Table:
    columns = [
        Column("按时率名次", COUNT),
        Column(str(league.dimension), width=24),
        *(Column(heading, COUNT, 10) for heading in ("应报", "按时", "迟报", "缺报", "未报", "免报")),
        Column("按时率", PERCENT, 10),
        Column("报送率", PERCENT, 10),
    ]
    if picture.investment:
        columns += [
            Column("完成率名次", COUNT),
            Column("累计完成投资（万元）", MONEY, 22),
            Column("计划总投资（万元）", MONEY, 22),
            Column("完成率", PERCENT, 10),
            Column("序时进度", PERCENT, 10),
            Column("相差", POINTS, 18),
        ]
    return Table(f"按{league.dimension}", columns, [_place(place) for place in league.places])


def _place(place: Place) -> list[Value]:
    counts, invested = place.counts, place.investment
    row: list[Value] = [place.on_time_rank, place.name, counts.expected, counts.on_time, counts.late]
    row += [counts.missing, counts.open, counts.waived, counts.on_time_rate, counts.completeness]
    if invested:
        done = invested.progress
        row += [place.completion_rank, invested.done, invested.plan]
        row += [done.completion, done.time, done.gap] if done else [None, None, None]
    return row


def _items(picture: Picture) -> Table:
    columns = (
        Column("序号", COUNT, 8),
        Column("分组"),
        Column("指标", width=28),
        Column("单位", width=8),
        Column("本期", MONEY, 18),
        Column("上期", MONEY, 18),
        Column("较上期", PERCENT, 12),
        Column("本年累计", MONEY, 18),
        Column("历次累计", MONEY, 18),
    )
    rows = [
        (
            *(i.no, i.group, i.label, i.unit),
            *_figures(i.unit, i.period, i.previous),
            i.change,
            *_figures(i.unit, i.year, i.since_start),
        )
        for i in picture.items
    ]
    return Table("指标合计", columns, rows)


def _changes(picture: Picture) -> Table:
    columns = (
        Column("基地", width=36),
        Column("市", width=8),
        Column("指标", width=28),
        Column("单位", width=8),
        Column("上期", MONEY, 18),
        Column("本期", MONEY, 18),
        Column("增减", MONEY, 18),
        Column("占全部该项的比例", PERCENT, 18),
    )
    rows = [
        (c.base, c.city, c.label, c.unit, c.before, c.now, c.difference, c.weight) for c in picture.changes
    ]
    return Table("变动最大", columns, rows)


def _figures(unit: str, *values: Decimal | None) -> tuple[Value, ...]:
    """What is counted, as whole numbers."""
    return values if unit in _MEASURED else tuple(None if v is None else int(v) for v in values)


def _help(picture: Picture) -> Table:
    columns = (
        Column("请求协调的成员单位", width=24),
        Column("基地", width=36),
        Column("市", width=8),
        Column("存在问题与建议", width=_WIDEST),
    )
    rows = [(unit_of(h), p.base, p.city, p.text) for h in picture.help for p in h.problems]
    return Table("问题协调", columns, rows)


def _outstanding(picture: Picture) -> Table:
    columns = (
        Column("市", width=8),
        Column("基地", width=36),
        Column("主管部门", width=24),
        Column("情况", width=8),
    )
    rows = [(o.city, o.base, o.department or UNKNOWN, str(o.outcome)) for o in picture.outstanding]
    return Table("未报送名单", columns, rows)


def _write(sheet: Worksheet, picture: Picture, table: Table) -> None:
    at = picture.at.astimezone(SHANGHAI)
    _put(sheet, 1, 1, f"{picture.title} {picture.scope}：{table.name}（截至 {at:%Y-%m-%d %H:%M}）", TEXT)
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    for no, column in enumerate(table.columns, 1):
        _head(sheet.cell(_HEADING_ROW, no, column.heading))
        sheet.column_dimensions[get_column_letter(no)].width = column.width
    for row_no, row in enumerate(table.rows, _HEADING_ROW + 1):
        for no, (column, value) in enumerate(zip(table.columns, row, strict=True), 1):
            _put(sheet, row_no, no, value, column.number_format)
    if not table.rows:
        _put(sheet, _HEADING_ROW + 1, 1, "（无）", TEXT)
    sheet.freeze_panes = f"A{_HEADING_ROW + 1}"
    last = get_column_letter(len(table.columns))
    sheet.auto_filter.ref = f"A{_HEADING_ROW}:{last}{_HEADING_ROW + len(table.rows)}"
    _for_print(sheet)


def _head(cell: Cell) -> None:
    cell.font, cell.fill = _WHITE, _HEAD
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)


def _put(sheet: Worksheet, row: int, column: int, value: Value, number_format: str) -> None:
    """A number as a number; a text as a text, whatever it begins with."""
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
        cell.number_format = TEXT
        cell.quotePrefix = value.startswith(_STARTS_A_FORMULA)
        cell.alignment = Alignment(vertical="top", wrap_text=len(value) > _WIDEST // 2 and row > 1)
    elif value is not None:
        cell.value = value
        cell.number_format = COUNT if isinstance(value, int) else number_format


def _for_print(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{_HEADING_ROW}:{_HEADING_ROW}"
