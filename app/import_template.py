"""The template of an import file: the sheet to fill in, an example on a sheet of its own, the directions by number."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from app.import_row import HEADINGS, STAGES, Row
from app.import_sheet import SHEET
from domain.policy.directions import DIRECTIONS_2021
from domain.terms import City, LeadKind, Level

_EXAMPLE_SHEET = "示例"
_DIRECTIONS_SHEET = "产业方向"
_HEADING_ROW = 3
_GUIDE_COLUMNS = 8  # so many are seen on a screen
_LAST_ROW = 2000  # as far as the drop-down lists reach

_GUIDE = (
    "从第 4 行起每行填一个已有的基地；金额单位为万元，日期如 2025-03-01；请不要改动第 3 行的表头，也不要改工作表的名称。"
    "有一行不对，整个文件都不导入；同一编号再次导入不会改变已有的基地。「示例」表只供参考，不会导入。"
)

_EXAMPLE: tuple[str | int | date | Decimal, ...] = (
    "示例-001",
    "示例大数据产教融合平台载体和实训基地",
    "示例职业技术大学",
    LeadKind.SCHOOL.value,
    Level.PROVINCE.value,
    City.TAIYUAN.value,
    3,
    STAGES[1].value,
    date(2022, 7, 1),
    "示例〔2023〕1号",
    date(2023, 8, 15),
    Decimal("5000.00"),
    Decimal("1000.00"),
    "示例联系人",
    "0351-0000000",
)

_LISTS = {
    "牵头单位类型": ",".join(LeadKind),
    "级别": ",".join(Level),
    "城市": ",".join(City),
    "阶段": ",".join(STAGES),
}
_FORMATS = {
    "基地编号": "@",
    "联系人电话": "@",
    "试点起始日期": "yyyy-mm-dd",
    "认定日期": "yyyy-mm-dd",
    "计划总投资(万元)": "0.00",
    "开工以来累计完成投资(万元)": "0.00",
}


def write_template(path: Path) -> None:
    """Write an empty template to `path`, over what is there. Raises OSError if it cannot be written."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET
    _prepare(sheet)
    example = book.create_sheet(_EXAMPLE_SHEET)
    _prepare(example)
    for column, value in enumerate(_EXAMPLE, 1):
        cell = example.cell(_HEADING_ROW + 1, column, value)
        cell.number_format = _FORMATS.get(HEADINGS[column - 1], "General")
    directions = book.create_sheet(_DIRECTIONS_SHEET)
    for line in (("序号", "名称", "重点"), *((d.no, d.name, d.focus) for d in DIRECTIONS_2021)):
        directions.append(line)
    directions.freeze_panes = "A2"
    directions.column_dimensions["B"].width = directions.column_dimensions["C"].width = 60
    book.save(path)


def _prepare(sheet: Worksheet) -> None:
    """Guide, hints, headings, formats and drop-down lists."""
    sheet["A1"] = _GUIDE
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=_GUIDE_COLUMNS)
    sheet["A1"].alignment = Alignment(wrap_text=True, vertical="top")
    sheet.row_dimensions[1].height = 48
    for column, field in enumerate(Row.model_fields.values(), 1):
        heading, letter = HEADINGS[column - 1], get_column_letter(column)
        above = sheet.cell(_HEADING_ROW - 1, column, field.description)
        above.font = Font(italic=True, color="666666", size=9)
        above.alignment = Alignment(wrap_text=True)
        head = sheet.cell(_HEADING_ROW, column, heading)
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="DDEBF7")
        dimension = sheet.column_dimensions[letter]
        dimension.width = max(16, len(heading) * 2 + 4)
        dimension.number_format = _FORMATS.get(heading, "General")
        options = _options(heading)
        if options:
            options.add(f"{letter}{_HEADING_ROW + 1}:{letter}{_LAST_ROW}")
            sheet.add_data_validation(options)
    sheet.freeze_panes = f"A{_HEADING_ROW + 1}"


def _options(heading: str) -> DataValidation | None:
    if heading == "产业方向序号":
        source = f"{_DIRECTIONS_SHEET}!$A$2:$A${len(DIRECTIONS_2021) + 1}"
    elif heading in _LISTS:
        source = f'"{_LISTS[heading]}"'
    else:
        return None
    options = DataValidation(type="list", formula1=source, allow_blank=True)
    options.showErrorMessage, options.errorTitle, options.error = True, heading, "请从下拉列表中选择。"
    return options
