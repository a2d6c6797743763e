"""A sheet to be filled in: a guide, hints and headings, formats, drop-down lists, and an example on a sheet of its own."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from pydantic import BaseModel

EXAMPLE_SHEET = "示例"
_HEADING_ROW = 3
_LAST_ROW = 10_000  # as far as the drop-down lists reach

Example = Sequence[str | int | date | Decimal | None]
"""The cells of an example that would be accepted."""


class Page(NamedTuple):
    """What stands on a sheet to be filled in."""

    sheet: str
    model: type[BaseModel]  # of a row: an alias is a heading, a description the hint above it
    guide: str
    example: Example
    formats: Mapping[str, str]  # by heading, as Excel writes them
    lists: Mapping[str, str]  # by heading: what may be chosen, as Excel writes it

    @property
    def headings(self) -> list[str]:
        """The columns in order."""
        return [str(field.alias) for field in self.model.model_fields.values()]


def book_of(page: Page) -> Workbook:
    """A workbook with the empty sheet and the example."""
    book = Workbook()
    book.worksheets[0].title = page.sheet
    _prepare(book.worksheets[0], page)
    example = book.create_sheet(EXAMPLE_SHEET)
    _prepare(example, page)
    for column, (heading, value) in enumerate(zip(page.headings, page.example, strict=True), 1):
        cell = example.cell(_HEADING_ROW + 1, column, value)
        cell.number_format = page.formats.get(heading, "General")
    return book


def _prepare(sheet: Worksheet, page: Page) -> None:
    """Guide, hints, headings, formats and drop-down lists."""
    sheet["A1"] = page.guide
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=min(8, len(page.headings)))
    sheet["A1"].alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[1].height = 48
    for column, field in enumerate(page.model.model_fields.values(), 1):
        heading, letter = page.headings[column - 1], get_column_letter(column)
        above = sheet.cell(_HEADING_ROW - 1, column, field.description)
        above.font = Font(italic=True, color="666666", size=9)
        above.alignment = Alignment(wrap_text=True)
        head = sheet.cell(_HEADING_ROW, column, heading)
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="DDEBF7")
        dimension = sheet.column_dimensions[letter]
        dimension.width = max(16, len(heading) * 2 + 4)
        dimension.number_format = page.formats.get(heading, "General")
        if heading in page.lists:
            options = _options(heading, page.lists[heading])
            options.add(f"{letter}{_HEADING_ROW + 1}:{letter}{_LAST_ROW}")
            sheet.add_data_validation(options)
    sheet.freeze_panes = f"A{_HEADING_ROW + 1}"


def _options(heading: str, source: str) -> DataValidation:
    options = DataValidation(type="list", formula1=source, allow_blank=True)
    options.showErrorMessage, options.errorTitle, options.error = True, heading, "请从下拉列表中选择。"
    return options
