"""A credit list as it is published or filled in: XLSX or CSV in, records or one error per row and column out (A9)."""

import csv
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from app.import_template import write_credit_template
from casework.credit_list import MAX_BYTES, MAX_ROWS, ImportRefused, layout, read
from casework.sheet import RowError
from domain.policy.credit import CreditKind, CreditRecord
from persistence.credit import Credit
from persistence.database import Database
from tests.app.cli import Terminal

TODAY = date(2024, 3, 1)
HEADINGS = layout(TODAY).headings
CODE, OTHER_CODE = "91140000MA0EXAMP1W", "12140000MB0EXAMP14"
ROW: dict[str, Any] = {
    "名称": "示例失信有限公司",
    "统一社会信用代码": CODE,
    "类别": "严重失信",
    "生效日期": "2024-01-01",
    "失效日期": None,
    "来源": "示例人民法院",
}
RECORD = CreditRecord(
    name="示例失信有限公司",
    credit_code=CODE,
    kind=CreditKind.DISHONEST,
    effective_from=date(2024, 1, 1),
    source="示例人民法院",
)


def as_csv(*rows: dict[str, Any], encoding: str = "utf-8") -> bytes:
    """A list as CSV."""
    text = StringIO()
    writer = csv.DictWriter(text, HEADINGS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(*rows: dict[str, Any], title: str = "Sheet1") -> bytes:
    """A list as a workbook."""
    book, file = Workbook(), BytesIO()
    book.worksheets[0].title = title
    book.worksheets[0].append(HEADINGS)
    for row in rows:
        book.worksheets[0].append([row.get(heading) for heading in HEADINGS])
    book.save(file)
    return file.getvalue()


def errors_of(content: bytes) -> list[RowError]:
    """What a list is refused for."""
    with pytest.raises(ImportRefused) as refused:
        read(content, "名单", TODAY)
    return refused.value.errors


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    "content",
    [
        as_csv(ROW),
        as_csv(ROW, encoding="utf-8-sig"),
        as_csv(ROW, encoding="gb18030"),
        as_xlsx(ROW),
        as_xlsx(ROW, title="信用名单"),
    ],
    ids=["utf-8", "utf-8 with BOM", "gb18030", "xlsx", "xlsx of the template"],
)
def test_a_list_is_read_from_every_form_it_comes_in(content: bytes) -> None:
    assert read(content, "名单", TODAY) == [RECORD]


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
@pytest.mark.parametrize(
    ("column", "given", "field", "value"),
    [
        ("统一社会信用代码", CODE.lower(), "credit_code", CODE),
        ("统一社会信用代码", f" {CODE}\n", "credit_code", CODE),
        ("类别", "守信激励", "kind", CreditKind.HONEST),
        ("生效日期", "2024/2/1", "effective_from", date(2024, 2, 1)),
        ("生效日期", "2024年2月1日", "effective_from", date(2024, 2, 1)),
        ("失效日期", "2024-01-01", "effective_to", date(2024, 1, 1)),
        ("失效日期", " ", "effective_to", None),
        ("名称", "示例，“引号”\n公司", "name", "示例，“引号” 公司"),
    ],
)
def test_what_people_write_is_understood(
    write: Callable[..., bytes], column: str, given: object, field: str, value: object
) -> None:
    (found,) = read(write(ROW | {column: given}), "名单", TODAY)
    assert getattr(found, field) == value


def test_a_day_may_be_a_cell_with_a_date() -> None:
    as_dates = {"生效日期": datetime(2024, 1, 1), "失效日期": date(2024, 6, 30)}  # noqa: DTZ001 - as openpyxl has it
    (found,) = read(as_xlsx(ROW | as_dates), "名单", TODAY)
    assert (found.effective_from, found.effective_to) == (date(2024, 1, 1), date(2024, 6, 30))


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
@pytest.mark.parametrize(
    ("column", "given", "says"),
    [
        ("名称", None, "必填"),
        ("名称", "长" * 101, "最多 100 个字"),
        ("统一社会信用代码", None, "必填"),
        ("统一社会信用代码", CODE[:-1], "须为 18 位数字或大写字母（不用 I、O、S、V、Z）"),
        ("统一社会信用代码", CODE[:-1] + "O", "须为 18 位"),
        (
            "统一社会信用代码",
            CODE[:-1] + "1",
            "前 17 位无误时末位应为「W」，请按登记证照核对（GB 32100-2015）",
        ),
        ("统一社会信用代码", "9" + CODE[:-1], "须为 18 位|校验码不对"),
        ("类别", "失信", "可填：严重失信、守信激励（依据《推进措施》七）"),
        ("类别", None, "必填"),
        ("生效日期", None, "必填"),
        ("生效日期", "2024-02-30", "「2024-02-30」不是有效日期"),
        ("生效日期", "20240101", "或写成 2025-03-01"),
        ("失效日期", "至今", "「至今」不是有效日期"),
        ("失效日期", "2023-12-31", "早于生效日期（2024-01-01）；请填 2024-01-01 或以后的日期"),
        ("来源", None, "必填"),
        ("来源", "长" * 201, "最多 200 个字"),
        *((heading, "=A1", "是公式") for heading in HEADINGS),
    ],
)
def test_each_error_has_its_row_and_column(
    write: Callable[..., bytes], column: str, given: object, says: str
) -> None:
    good = ROW | {"统一社会信用代码": OTHER_CODE}
    (error,) = errors_of(write(good, ROW | {column: given}))
    assert (error.row_no, error.column) == (3, column)
    assert any(words in error.message for words in says.split("|"))


def test_a_code_that_excel_has_rounded_is_refused() -> None:
    (error,) = errors_of(as_xlsx(ROW | {"统一社会信用代码": 911400001234567890}))
    assert (error.column, "Excel 会丢失末尾数字" in error.message) == ("统一社会信用代码", True)


def test_a_formula_is_refused_even_with_a_result() -> None:
    content, file = as_xlsx(ROW | {"来源": "=1+1"}), BytesIO()
    with ZipFile(BytesIO(content)) as was, ZipFile(file, "w") as now:
        for item in was.namelist():
            now.writestr(item, was.read(item).replace(b"</f><v></v>", b"</f><v>2</v>"))
    assert load_workbook(file, data_only=True).worksheets[0]["F2"].value == 2
    (error,) = errors_of(file.getvalue())
    assert (error.row_no, error.column) == (2, "来源")


@pytest.mark.parametrize(
    "first_17",
    ["91440300715267260", "00000000000000000", "YYYYYYYYYYYYYYYYY", "12140000MB0EXAMP1"],
)
def test_of_all_last_characters_one_is_right(first_17: str) -> None:
    """Sum of value times 3ⁿ is a multiple of 31 when the last character has the weight 1 (GB 32100-2015)."""
    values = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    rest = sum(values.index(c) * 3**n for n, c in enumerate(first_17))
    (right,) = [c for c in values if (rest + values.index(c)) % 31 == 0]
    for last in values:
        content = as_csv(ROW | {"统一社会信用代码": first_17 + last})
        if last == right:
            assert read(content, "名单", TODAY)[0].credit_code == first_17 + last
        else:
            assert f"末位应为「{right}」" in errors_of(content)[0].message


def test_all_errors_come_at_once_and_a_repeated_row_is_one() -> None:
    wrong = ROW | {"名称": None, "类别": "失信", "来源": None}
    found = errors_of(as_csv(ROW, wrong, ROW | {"名称": "示例更名公司"}, ROW | {"类别": "守信激励"}))
    assert [(e.row_no, e.column) for e in found] == [
        (3, "名称"),
        (3, "类别"),
        (3, "来源"),
        (4, "统一社会信用代码"),
    ]
    assert f"「{CODE}」与第 2 行重复" in str(found[-1])


@pytest.mark.parametrize(
    ("headings", "says"),
    [
        (HEADINGS[:-1], "缺少「来源」这一列"),
        ((*HEADINGS, "备注"), "有不认识的列「备注」"),
        ((*HEADINGS, "名称"), "「名称」这一列出现了不止一次"),
        (("a", "b"), "没有表头"),
    ],
)
def test_wrong_headings(headings: tuple[str, ...], says: str) -> None:
    (error,) = errors_of(f"{','.join(headings)}\n".encode())
    assert says in error.message


def test_blank_rows_are_left_out_and_columns_may_stand_in_another_order() -> None:
    order = list(reversed(HEADINGS))
    lines = [order, [], [ROW[heading] or "" for heading in order], ["", " "]]
    content = "\r\n".join(",".join(line) for line in lines).encode()
    assert read(content, "名单", TODAY) == [RECORD]


def test_a_value_outside_the_columns_is_refused() -> None:
    content = as_csv(ROW).rstrip() + ",备注".encode()
    (error,) = errors_of(content)
    assert (error.row_no, error.column) == (2, "G")


def bomb(sheet: bytes) -> bytes:
    """A workbook whose sheet is something else."""
    content, file = as_xlsx(ROW), BytesIO()
    with ZipFile(BytesIO(content)) as was, ZipFile(file, "w", ZIP_DEFLATED) as now:
        for item in was.namelist():
            now.writestr(item, sheet if item == "xl/worksheets/sheet1.xml" else was.read(item))
    return file.getvalue()


def sheet_of(rows: bytes, before: bytes = b"") -> bytes:
    """The XML of a sheet with these rows."""
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return before + b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (space, rows)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "没有表头"),
        (b"a" * (MAX_BYTES[0].value + 1), "超过 5 MB"),
        (as_csv(ROW, encoding="utf-16"), "既不是 XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old workbook", "既不是 XLSX"),
        (as_csv(ROW) + b'"', "不是完整的 CSV"),
        (as_csv(ROW).replace(b"W", b"\0"), "既不是 XLSX"),
        (as_csv(*[ROW] * (MAX_ROWS[0].value + 1)), "超过 10000 行"),
        (as_csv() + b",,,,,\r\n" * 700_000, "空行也占位置"),
        (bomb(b" " * (33 * 2**20)), "解压后超过 32 MB"),
        (bomb(sheet_of(b'<row><c r="XFD1"/></row>' * 2000)), "超过 10000 行"),
        (bomb(sheet_of(b'<row r="999999999999"><c t="n"><v>1</v></c></row>')), "超过 10000 行"),
        (bomb(sheet_of(b"&a;", b'<!DOCTYPE a [<!ENTITY a "a">]>')), "已损坏或不是 XLSX"),
        (bomb(sheet_of(b"<row>")[:-9]), "已损坏或不是 XLSX"),
    ],
    ids=[
        *("empty", "too large", "utf-16", "xls", "open quote", "NUL", "too many rows", "blank rows"),
        *("zip bomb", "wide rows", "far row", "entity", "damaged"),
    ],
)
def test_a_file_that_is_no_list_is_refused_as_a_whole(content: bytes, says: str) -> None:
    (error,) = errors_of(content)
    assert error.row_no == 0
    assert says in error.message


def test_the_longest_list_is_read() -> None:
    row = ",".join(str(ROW[heading] or "") for heading in HEADINGS)
    days = [date.fromordinal(TODAY.toordinal() + n) for n in range(MAX_ROWS[0].value)]
    lines = [",".join(HEADINGS), *(row.replace("2024-01-01", str(day)) for day in days)]
    found = read("\n".join(lines).encode(), "名单", TODAY)
    assert [record.effective_from for record in found] == days


# The command


@pytest.fixture
def terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str, tmp_path: Path
) -> Terminal:
    """A terminal over the tests' database; there is no Temporal."""
    made = Terminal(monkeypatch, capsys)
    made.set(JIEBANG_DATABASE_URL=database_url, JIEBANG_HOME=tmp_path / "home")
    return made


def test_the_example_of_the_template_would_be_accepted(tmp_path: Path) -> None:
    write_credit_template(tmp_path / "t.xlsx")
    book = load_workbook(tmp_path / "t.xlsx")
    assert [cell.value for cell in book["信用名单"][3]] == list(HEADINGS)
    (options,) = book["信用名单"].data_validations.dataValidation
    assert (str(options.sqref)[:2], options.formula1) == ("C4", '"严重失信,守信激励"')
    del book["信用名单"]
    book.save(tmp_path / "t.xlsx")
    (example,) = read((tmp_path / "t.xlsx").read_bytes(), "t.xlsx", TODAY)
    assert example.name.startswith("示例")
    assert example.source.startswith("示例")


@pytest.mark.rule("A9")
async def test_a_template_is_filled_in_and_imported_twice(
    terminal: Terminal, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "名单.xlsx"
    assert (await terminal.jiebang("import", "--credit", "--template", file)).line() == f"模板已写到 {file}"
    book = load_workbook(file)
    for code in (CODE, OTHER_CODE):
        book["信用名单"].append([(ROW | {"统一社会信用代码": code})[heading] for heading in HEADINGS])
    book.save(file)
    for counts in ("新增 2 条信用记录，0 条此前已有", "新增 0 条信用记录，2 条此前已有"):
        assert (await terminal.jiebang("import", "--credit", file)).line() == counts
    async with database.transaction() as tx:
        assert RECORD in await Credit(tx).find()


async def test_a_list_with_errors_is_named_line_by_line_and_not_taken_in(
    terminal: Terminal, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "名单.csv"
    file.write_bytes(as_csv(ROW, ROW | {"类别": "失信", "来源": None}))
    outcome = await terminal.jiebang("import", "--credit", file)
    assert (outcome.code, outcome.out) == (1, "")
    *errors, last = outcome.err.splitlines()
    assert [error.split("：")[0] for error in errors] == ["第 3 行「类别」", "第 3 行「来源」"]
    assert last == "共 2 处有误，全部未导入。"
    assert "读不了" in (await terminal.jiebang("import", "--credit", tmp_path / "none.csv")).err
    async with database.transaction() as tx:
        assert await Credit(tx).find() == []
