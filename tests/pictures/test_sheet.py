"""The workbook: opened again, it has one sheet per table, a frozen heading, numbers as numbers, texts as texts."""

import io
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from casework.picture_sheet import tables, xlsx
from domain.picture import Picture
from tests.pictures.samples import RATES, sample

HEADING, FIRST = 3, 4


def opened(picture: Picture) -> Workbook:
    return load_workbook(io.BytesIO(xlsx(picture)))


def column(sheet: Worksheet, heading: str) -> list[Any]:
    """The cells under a heading."""
    headings = [cell.value for cell in sheet[HEADING]]
    return [row[headings.index(heading)] for row in sheet.iter_rows(min_row=FIRST)]


@pytest.mark.rule("A3")
def test_there_is_a_sheet_for_each_table() -> None:
    assert opened(sample()).sheetnames == [
        "总体情况",
        "按市",
        "按产业方向",
        "按主管部门",
        "指标合计",
        "变动最大",
        "问题协调",
        "未报送名单",
    ]
    without = opened(sample(figures=False))
    assert without.sheetnames == ["总体情况", "按市", "按产业方向", "按主管部门", "问题协调", "未报送名单"]
    assert "完成率" not in [cell.value for cell in without["按市"][HEADING]]


def test_headings_stay_in_sight_and_can_be_filtered() -> None:
    picture = sample()
    for sheet, table in zip(opened(picture).worksheets, tables(picture), strict=True):
        assert sheet.freeze_panes == f"A{FIRST}"
        assert str(sheet.auto_filter.ref).startswith(f"A{HEADING}:")
        assert [cell.value for cell in sheet[HEADING]] == [c.heading for c in table.columns]
        assert all(cell.font.bold for cell in sheet[HEADING])
        letters = [get_column_letter(n + 1) for n in range(len(table.columns))]
        assert [sheet.column_dimensions[each].width for each in letters] == [c.width for c in table.columns]
        assert sheet.max_row == HEADING + len(table.rows)
        assert sheet["A1"].value == f"2026年10月月调度 全省：{table.name}（截至 2026-11-06 15:07）"


@pytest.mark.rule("A10")
def test_the_league_of_the_cities_has_both_places_and_numbers_with_formats() -> None:
    sheet = opened(sample())["按市"]
    by_city = {
        name.value: (rank.value, float(rate.value))
        for name, rank, rate in zip(
            column(sheet, "市"), column(sheet, "完成率名次"), column(sheet, "完成率"), strict=True
        )
    }
    assert by_city == {city: (place, rate) for place, (city, rate) in enumerate(RATES, 1)}
    formats = {
        heading: {cell.number_format for cell in column(sheet, heading)}
        for heading in ("应报", "按时率", "累计完成投资（万元）", "相差")
    }
    assert formats == {
        "应报": {"#,##0"},
        "按时率": {'0.0"%"'},
        "累计完成投资（万元）": {"#,##0.00"},
        "相差": {'+0.0" 个百分点";-0.0" 个百分点";0.0" 个百分点"'},
    }
    places = [cell.value for cell in column(sheet, "按时率名次")]
    assert places == sorted(places)
    assert {type(cell.value) for cell in column(sheet, "按时率")} <= {int, float}


def test_shares_are_in_the_first_sheet_and_add_up() -> None:
    sheet = opened(sample())["总体情况"]
    rows = {row[0]: row[1:] for row in sheet.iter_rows(min_row=FIRST, values_only=True)}
    assert rows["应报"] == (112, 100)
    parts = [rows[name] for name in ("按时", "迟报", "缺报", "未报（尚可补报）")]
    assert sum(int(str(number)) for number, _ in parts) == 112
    assert round(sum(float(str(share)) for _, share in parts), 6) == 100
    assert rows["按时率"][1] == 85.7


def test_money_has_decimals_and_people_have_none() -> None:
    sheet = opened(sample())["指标合计"]
    money, people = column(sheet, "本期")
    assert (money.value, money.number_format) == (1234567.5, "#,##0.00")
    assert (people.value, people.number_format) == (2500, "#,##0")
    assert [cell.value for cell in column(sheet, "本年累计")] == [9000000, None]


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1+2", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1", "\r=1"])
def test_what_looks_like_a_formula_stays_a_text(evil: str) -> None:
    content = xlsx(sample(evil=evil))
    book = load_workbook(io.BytesIO(content))
    cells = [
        *column(book["问题协调"], "存在问题与建议"),
        *column(book["变动最大"], "基地"),
        *column(book["未报送名单"], "基地"),
    ]
    hit = [cell for cell in cells if str(cell.value).strip() == evil.strip()]
    assert len(hit) == 3
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in hit)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        sheets = [packed.read(n) for n in packed.namelist() if n.startswith("xl/worksheets/")]
    assert all(b"<f>" not in sheet and b"<f " not in sheet for sheet in sheets)


def test_characters_that_a_workbook_cannot_hold_are_left_out() -> None:
    book = opened(sample(evil="示例\x00\x0b困难\x1f"))
    assert column(book["变动最大"], "基地")[0].value == "示例困难"


def test_an_empty_table_says_so() -> None:
    picture = sample().model_copy(update={"outstanding": (), "help": (), "changes": ()})
    book = opened(picture)
    for name in ("变动最大", "问题协调", "未报送名单"):
        assert book[name].cell(FIRST, 1).value == "（无）"
        assert book[name].freeze_panes == f"A{FIRST}"
