"""The list of a round as files: DOCX set as official papers are, XLSX with a sheet for each level."""

import io
from collections.abc import Iterator
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from casework.official import printable
from domain.terms import Level
from persistence.listings import ListingRow

COLUMNS = ("序号", "级别", "产业方向", "基地名称", "牵头单位", "所在市")
_WIDTHS = (6, 8, 22, 44, 32, 10)  # in characters, as XLSX counts them
_TITLE_ROWS = 3
_CENTRED = (1, 2, 6)
_A4 = 9
_THIN = Side(style="thin")
_GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


class PublicList(NamedTuple):
    """A list as it is shown to the public."""

    heading: str
    round_title: str
    rows: tuple[ListingRow, ...]
    closing: tuple[str, ...]  # document number and date, or the days of the public notice

    def ordered(self) -> list[ListingRow]:
        """From the province down."""
        return [row for level in Level for row in self.rows if row.level == level]

    def lines(self, level: Level | None = None) -> Iterator[tuple[str, ...]]:
        """The rows of the table, numbered; those of one level if it is named."""
        wanted = (row for row in self.ordered() if level is None or row.level == level)
        for n, row in enumerate(wanted, 1):
            texts = (row.level, row.industry, row.name, row.lead, row.city)
            yield (str(n), *(printable(text) for text in texts))


def as_xlsx(listed: PublicList) -> bytes:
    """For further work: frozen headings, filters, ready to be printed on A4."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for level in Level:
        if lines := list(listed.lines(level)):
            _fill(book.create_sheet(level), listed, lines)
    if not book.worksheets:
        _fill(book.create_sheet("名单"), listed, [])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _fill(sheet: Worksheet, listed: PublicList, lines: list[tuple[str, ...]]) -> None:
    _write(sheet, 1, 1, listed.heading, Font(name="宋体", size=16, bold=True), centred=True)
    _write(
        sheet,
        2,
        1,
        "；".join((listed.round_title, *listed.closing)),
        Font(name="宋体", size=11),
        centred=True,
    )
    for row, line in enumerate((COLUMNS, *lines), _TITLE_ROWS):
        font = Font(name="黑体" if row == _TITLE_ROWS else "宋体", size=11)
        for column, text in enumerate(line, 1):
            _write(sheet, row, column, text, font, centred=row == _TITLE_ROWS or column in _CENTRED)
            sheet.cell(row, column).border = _GRID
    _set_up(sheet, last_row=_TITLE_ROWS + len(lines))


def _write(sheet: Worksheet, row: int, column: int, text: str, font: Font, *, centred: bool) -> None:
    cell = sheet.cell(row, column, printable(text))
    cell.data_type = "s"  # a name that begins with = is no formula
    cell.font = font
    cell.alignment = Alignment(horizontal="center" if centred else None, vertical="center", wrap_text=True)


def _set_up(sheet: Worksheet, last_row: int) -> None:
    last = get_column_letter(len(COLUMNS))
    for row in range(1, _TITLE_ROWS):
        sheet.merge_cells(f"A{row}:{last}{row}")
    for column, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = f"A{_TITLE_ROWS + 1}"
    sheet.auto_filter.ref = f"A{_TITLE_ROWS}:{last}{last_row}"
    sheet.print_title_rows = f"1:{_TITLE_ROWS}"
    sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = _A4, 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    footer = HeaderFooterItem()
    footer.center.text = "— &P —"
    sheet.oddFooter = footer
