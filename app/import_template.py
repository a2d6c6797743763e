"""The templates of what is imported: existing bases, with the directions by number, and the credit list."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

from app.import_page import Page, book_of
from app.import_row import SHEET, STAGES, Row
from casework.credit_list import SHEET as CREDIT_SHEET
from casework.credit_list import CreditRow
from domain.policy.credit import CreditKind
from domain.policy.directions import DIRECTIONS_2021
from domain.terms import City, LeadKind, Level

_DIRECTIONS_SHEET = "产业方向"
_TEXT, _DAY, _MONEY = "@", "yyyy-mm-dd", "0.00"


def _words(allowed: Iterable[str]) -> str:
    return f'"{",".join(allowed)}"'


_BASES = Page(
    sheet=SHEET,
    model=Row,
    guide=(
        "从第 4 行起每行填一个已有的基地；金额单位为万元，日期如 2025-03-01；请不要改动第 3 行的表头，也不要改工作表的名称。"
        "有一行不对，整个文件都不导入；同一编号再次导入不会改变已有的基地。「示例」表只供参考，不会导入。"
    ),
    example=(
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
        "省教育厅",
        "示例副联系人",
        "0351-0000001",
        "示例负责人",
        "0351-0000002",
    ),
    formats={
        "基地编号": _TEXT,
        "联系人电话": _TEXT,
        "副联系人电话": _TEXT,
        "负责人电话": _TEXT,
        "试点起始日期": _DAY,
        "认定日期": _DAY,
        "计划总投资(万元)": _MONEY,
        "开工以来累计完成投资(万元)": _MONEY,
    },
    lists={
        "牵头单位类型": _words(LeadKind),
        "级别": _words(Level),
        "城市": _words(City),
        "产业方向序号": f"{_DIRECTIONS_SHEET}!$A$2:$A${len(DIRECTIONS_2021) + 1}",
        "阶段": _words(STAGES),
    },
)

_CREDIT = Page(
    sheet=CREDIT_SHEET,
    model=CreditRow,
    guide=(
        "从第 4 行起每行填一条记录；日期如 2025-03-01，仍然有效的不填失效日期；请不要改动第 3 行的表头，也不要用公式。"
        "有一行不对，整个文件都不导入；同一代码、类别和生效日期再次导入，以新填的为准。「示例」表只供参考，不会导入。"
    ),
    example=(
        "示例失信有限公司",
        "91140000MA0EXAMP1W",
        CreditKind.DISHONEST.value,
        date(2025, 3, 1),
        date(2028, 2, 29),
        "示例人民法院",
    ),
    formats={"统一社会信用代码": _TEXT, "生效日期": _DAY, "失效日期": _DAY},
    lists={"类别": _words(CreditKind)},
)


def write_template(path: Path) -> None:
    """Write an empty template for bases to `path`, over what is there. Raises OSError if it cannot be written."""
    book = book_of(_BASES)
    directions = book.create_sheet(_DIRECTIONS_SHEET)
    for line in (("序号", "名称", "重点"), *((d.no, d.name, d.focus) for d in DIRECTIONS_2021)):
        directions.append(line)
    directions.freeze_panes = "A2"
    directions.column_dimensions["B"].width = directions.column_dimensions["C"].width = 60
    book.save(path)


def write_credit_template(path: Path) -> None:
    """Write an empty template for a credit list to `path`, over what is there. Raises OSError if it cannot be written."""
    book_of(_CREDIT).save(path)
