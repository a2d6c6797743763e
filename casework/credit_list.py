"""The credit list that the office takes over from where it is published (A9): XLSX or CSV in, credit records out.

`read` refuses a whole list with every error it has; `take_in` writes all of it or nothing, and may be run again.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from casework.cells import cited, day_of, one_of, optional, quoted, text_of
from casework.sheet import (
    ImportRefused,
    Layout,
    RowError,
    Taken,
    check,
    csv_lines,
    data_of,
    is_xlsx,
    parsed,
    refused,
    xlsx_lines,
)
from domain.policy.credit import CREDIT, CreditKind, CreditRecord
from domain.policy.source import MEASURES_DATE, Dated, on, ours
from persistence.credit import Credit
from persistence.database import Database

__all__ = [
    "MAX_BYTES",
    "MAX_ROWS",
    "SHEET",
    "CreditRow",
    "ImportRefused",
    "Taken",
    "layout",
    "read",
    "take_in",
]

SHEET = "信用名单"
_LENGTH = ours("信用名单导入")
MAX_ROWS = (Dated(MEASURES_DATE, 10_000, _LENGTH),)
"""Entries of one list."""
MAX_BYTES = (Dated(MEASURES_DATE, 5 * 2**20, _LENGTH),)
"""Size of one list."""

_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Of 统一社会信用代码 by value (GB 32100-2015)."""
_CODE_LENGTH = 18


def _check_digit(first: str) -> str:
    """What the last character has to be after these seventeen (GB 32100-2015)."""
    weighed = sum(_DIGITS.index(c) * pow(3, i, len(_DIGITS)) for i, c in enumerate(first))
    return _DIGITS[-weighed % len(_DIGITS)]


def _code_of(value: object) -> str:
    code = text_of(100)(value).upper()
    if len(code) != _CODE_LENGTH or not set(code) <= set(_DIGITS):
        raise ValueError(
            f"{quoted(code)}不是统一社会信用代码，须为 18 位数字或大写字母（不用 I、O、S、V、Z），请按登记证照填写"
        )
    if code[-1] != (right := _check_digit(code[:-1])):
        raise ValueError(
            f"{quoted(code)}的校验码不对：前 17 位无误时末位应为「{right}」，请按登记证照核对（GB 32100-2015）"
        )
    return code


class CreditRow(BaseModel):
    """One line of a list. A field's alias is the heading of its column, its description the hint above it."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, BeforeValidator(text_of(100))] = Field(alias="名称", description="单位全称")
    credit_code: Annotated[str, BeforeValidator(_code_of)] = Field(
        alias="统一社会信用代码", description="18 位"
    )
    kind: Annotated[CreditKind, BeforeValidator(one_of(CreditKind, CREDIT))] = Field(
        alias="类别", description="从下拉列表选择"
    )
    effective_from: Annotated[date, BeforeValidator(day_of)] = Field(
        alias="生效日期", description="如 2025-03-01"
    )
    effective_to: Annotated[date | None, BeforeValidator(optional(day_of))] = Field(
        alias="失效日期", description="最后一个有效日；仍有效的不填"
    )
    source: Annotated[str, BeforeValidator(text_of(200))] = Field(alias="来源", description="名单由谁公布")

    @field_validator("effective_to")
    @classmethod
    def _not_before_it_begins(cls, value: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("effective_from")
        if value and first and value < first:
            raise ValueError(
                f"「{value}」早于生效日期（{first}）；请填 {first} 或以后的日期，或更正生效日期{cited(CREDIT)}"
            )
        return value


def layout(day: date) -> Layout:
    """What a list has to look like that is taken in on `day`."""
    return Layout(
        sheet=SHEET,
        headings=tuple(str(field.alias) for field in CreditRow.model_fields.values()),
        where="请用 jiebang import --credit --template 得到的模板填写",
        most_rows=on(MAX_ROWS, day).value,
        any_name=True,
    )


def read(content: bytes, name: str, day: date) -> list[CreditRecord]:
    """The records of a list called `name`. Raises ImportRefused with all errors; writes nothing."""
    most = on(MAX_BYTES, day).value
    if len(content) > most:
        raise refused(f"{name} 超过 {most // 2**20} MB；请删除多余的内容，或分成几个文件")
    wanted = layout(day)
    lines_of = xlsx_lines if is_xlsx(content) else csv_lines
    lines, columns = data_of(lines_of(content, name, wanted), wanted)
    rows, errors = parsed(lines, columns, CreditRow)
    check([*errors, *_repeated(rows)])
    return [CreditRecord.model_validate(row.model_dump()) for _, row in rows]


def _repeated(rows: Iterable[tuple[int, CreditRow]]) -> Iterator[RowError]:
    first_with: dict[tuple[str, CreditKind, date], int] = {}
    for row_no, row in rows:
        first = first_with.setdefault((row.credit_code, row.kind, row.effective_from), row_no)
        if first != row_no:
            message = (
                f"「{row.credit_code}」与第 {first} 行重复；同一主体、类别和生效日期只填一行，请删去一行"
            )
            yield RowError(row_no, "统一社会信用代码", message)


async def take_in(records: list[CreditRecord], database: Database) -> Taken:
    """Write all records in one transaction. What is known by code, kind and first day is brought up to date."""
    async with database.transaction() as tx:
        new = await Credit(tx).put(records)
    return Taken(new=new, known=len(records) - new)
