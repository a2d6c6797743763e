"""The list as files: opened again and read, as an office does."""

import io
import re

import pytest
from docx import Document
from docx.document import Document as Paper
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.run import Run
from openpyxl import Workbook, load_workbook

from api.official_paper import as_docx
from api.published_list import COLUMNS, PublicList, as_xlsx
from casework.official import BODY_FONT, HEAD_FONT, TITLE_FALLBACK, TITLE_FONT
from domain.policy.directions import DIRECTIONS_2021
from domain.terms import Level
from persistence.database import Database
from persistence.listings import ListingRow
from tests.api.site import Site
from tests.persistence.lists import NUMBER, PUBLISHED_ON, in_notice, listed, published

HEADING, ROUND = "示例名单", "示例轮次（2021年）"
CLOSING = (NUMBER, "2022年5月16日")
OFFICIAL = "山西省示例大数据产教融合实训基地"


def row(no: int, level: Level = Level.PROVINCE, name: str = "示例基地") -> ListingRow:
    """One line of a list."""
    return ListingRow.model_validate(
        {
            "base_id": f"base-2021-{no:02d}-1",
            "level": level,
            "score": None,
            "scores": 3,
            "outliers": 0,
            "rank": 1,
            "tied": False,
            "explanation": "",
            "name": name,
            "lead": "示例大学",
            "city": "太原",
            "direction": no,
            "direction_name": DIRECTIONS_2021[no - 1].name,
            "step": "培育建设",
            "selected": True,
            "reason": "",
            "published_on": PUBLISHED_ON,
        }
    )


def public(*rows: ListingRow) -> PublicList:
    return PublicList(HEADING, ROUND, rows, CLOSING)


MIXED = public(row(3, Level.COUNTY), row(3, name="=1+1"), row(4, Level.CITY, "a\x0bb"), row(5))


def opened(listed_rows: PublicList) -> Paper:
    return Document(io.BytesIO(as_docx(listed_rows)))


def book(listed_rows: PublicList) -> Workbook:
    return load_workbook(io.BytesIO(as_xlsx(listed_rows)))


def east_asian(run: Run) -> str:
    """The font that its Chinese characters are set in."""
    return str(run._element.get_or_add_rPr().get_or_add_rFonts().get(qn("w:eastAsia")))


# DOCX


def test_the_table_is_numbered_and_goes_from_the_province_down() -> None:
    [table] = opened(MIXED).tables
    lines = [tuple(cell.text for cell in line.cells) for line in table.rows]
    assert lines == [
        COLUMNS,
        ("1", "省级", "大数据", "=1+1", "示例大学", "太原"),
        ("2", "省级", "人工智能", "示例基地", "示例大学", "太原"),
        ("3", "市级", "工业互联网", "ab", "示例大学", "太原"),
        ("4", "县级", "大数据", "示例基地", "示例大学", "太原"),
    ]


def test_it_begins_with_the_heading_and_ends_with_number_and_date() -> None:
    texts = [paragraph.text for paragraph in opened(MIXED).paragraphs]
    assert texts == ["附件", HEADING, ROUND, "", *CLOSING]


def test_it_is_set_as_offices_set_their_papers() -> None:
    paper = opened(MIXED)
    [attachment], [title] = paper.paragraphs[0].runs, paper.paragraphs[1].runs
    assert (east_asian(attachment), attachment.font.size) == (HEAD_FONT, Pt(16))
    assert (east_asian(title), title.font.size) == (TITLE_FONT, Pt(22))
    assert paper.paragraphs[1].alignment == 1
    [date] = paper.paragraphs[-1].runs
    assert (east_asian(date), date.font.size) == (BODY_FONT, Pt(16))
    assert paper.paragraphs[-1].alignment == 2
    for line in paper.tables[0].rows:
        for cell in line.cells:
            assert {east_asian(run) for run in cell.paragraphs[0].runs} <= {HEAD_FONT, BODY_FONT}
    section = paper.sections[0]
    lengths = (section.page_width, section.page_height, section.top_margin, section.left_margin)
    assert [round(length.mm) for length in lengths if length] == [210, 297, 37, 28]
    assert sum(column.width or 0 for column in paper.tables[0].columns) <= Mm(210 - 28 - 26)


def test_where_the_font_of_titles_is_missing_another_is_named() -> None:
    fonts = opened(MIXED).part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE).blob.decode()
    assert re.search(rf'w:name="{TITLE_FONT}"><w:altName w:val="{TITLE_FALLBACK}"', fonts)


def test_pages_are_numbered_and_headings_stand_on_each() -> None:
    paper = opened(MIXED)
    footer = paper.sections[0].footer.paragraphs[0]
    said = "".join(text.text or "" for text in footer._p.iter(qn("w:t")))
    assert said == "— 1 —"
    [field] = footer._p.iter(qn("w:fldSimple"))
    assert field.get(qn("w:instr")) == "PAGE"
    heads = [line._tr.trPr.find(qn("w:tblHeader")) is not None for line in paper.tables[0].rows]
    assert heads == [True, False, False, False, False]


# XLSX


def test_each_level_has_its_sheet_numbered_from_one() -> None:
    found = book(MIXED)
    assert found.sheetnames == ["省级", "市级", "县级"]
    sheet = found["省级"]
    lines = [tuple(cell.value for cell in line) for line in sheet.iter_rows(min_row=3)]
    assert lines == [
        COLUMNS,
        ("1", "省级", "大数据", "=1+1", "示例大学", "太原"),
        ("2", "省级", "人工智能", "示例基地", "示例大学", "太原"),
    ]
    assert (sheet["A1"].value, sheet["A2"].value) == (HEADING, "；".join((ROUND, *CLOSING)))
    assert found["市级"]["D4"].value == "ab"


def test_a_name_is_never_a_formula() -> None:
    assert book(MIXED)["省级"]["D4"].data_type == "s"


def test_it_is_ready_to_be_filtered_and_printed_on_a4() -> None:
    for sheet in book(MIXED):
        last = sheet.max_row
        assert sheet.freeze_panes == "A4"
        assert sheet.auto_filter.ref == f"A3:F{last}"
        assert sheet.print_title_rows == "$1:$3"
        assert (sheet.page_setup.paperSize, sheet.page_setup.fitToHeight) == (9, 0)
        assert sheet.sheet_properties.pageSetUpPr is not None
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.column_dimensions["D"].width > sheet.column_dimensions["A"].width


def test_an_empty_list_is_a_table_with_headings_only() -> None:
    assert book(public()).sheetnames == ["名单"]
    assert len(opened(public()).tables[0].rows) == 1


# Downloads


@pytest.mark.rule("B14", "B18")
async def test_the_files_are_the_proposed_list_and_then_the_published_one(
    records: Site, database: Database
) -> None:
    base = await listed(database, "base-2021-03-1")
    await in_notice(database)
    records.later("2022-05-10 10:00")
    for official in (False, True):
        if official:
            await published(database, base, OFFICIAL)
        paper = await records.http.get("/public/notices/2021.docx")
        sheets = await records.http.get("/public/notices/2021.xlsx")
        for answer, kind in ((paper, "wordprocessingml.document"), (sheets, "spreadsheetml.sheet")):
            assert answer.headers["content-type"].endswith(kind)
            assert answer.headers["content-disposition"].startswith('attachment; filename="2021.')
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
        found = Document(io.BytesIO(paper.content))
        texts = [paragraph.text for paragraph in found.paragraphs]
        assert texts[1].startswith("拟发布的") is not official
        assert texts[-1] == ("2022年5月16日" if official else "公示期：2022年5月9日至2022年5月13日")
        assert (NUMBER in texts) is official
        name = OFFICIAL if official else "示例基地 base-2021-03-1"
        assert found.tables[0].rows[1].cells[3].text == name
        assert load_workbook(io.BytesIO(sheets.content))["省级"]["D4"].value == name
