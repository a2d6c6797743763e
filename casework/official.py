"""How offices set their papers (GB/T 9704, without the red head): page, fonts, lines, tables, page numbers."""

import re
from collections.abc import Sequence
from datetime import date

from docx.document import Document as Paper
from docx.enum.table import WD_ALIGN_VERTICAL, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from docx.table import Table, _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

TITLE_FONT, TITLE_FALLBACK = "方正小标宋简体", "宋体"
BODY_FONT, HEAD_FONT, ROUND_FONT, NUMBER_FONT = "仿宋", "黑体", "楷体", "宋体"
LATIN = "Times New Roman"
CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML cannot hold them


def printable(text: str) -> str:
    """Without what a file of an office program cannot hold."""
    return _UNPRINTABLE.sub("", text)


def chinese_date(day: date) -> str:
    """As papers are dated: 2022年5月9日."""
    return f"{day.year}年{day.month}月{day.day}日"


def lay_out(paper: Paper) -> None:
    """The page and what stands on each: A4, the margins, 仿宋 in 三号, page numbers."""
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    normal = paper.styles["Normal"]
    normal.font.name, normal.font.size = LATIN, Pt(16)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), BODY_FONT)
    normal.paragraph_format.space_after = Pt(0)
    paper.core_properties.author = paper.core_properties.comments = ""
    _number_pages(section.footer.paragraphs[0])
    _name_fallback(paper)


def line(
    paragraph: Paragraph, text: str, font: str, points: int, align: WD_ALIGN_PARAGRAPH | None = None
) -> None:
    """Write into a paragraph."""
    if align is not None:
        paragraph.alignment = align
    dress(paragraph.add_run(printable(text)), font, points)


def dress(run: Run, font: str, points: int) -> None:
    """Chinese characters take the East Asian font, which python-docx does not set."""
    run.font.name, run.font.size = LATIN, Pt(points)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def table_of(paper: Paper, widths: Sequence[int]) -> Table:
    """An empty table with columns so wide (mm)."""
    table: Table = paper.add_table(0, len(widths), "Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    return table


def add_row(table: Table, *, heading: bool = False) -> _Row:
    """A row that is not broken over two pages; headings stand on every page."""
    row: _Row = table.add_row()  # type: ignore[no-untyped-call]
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if heading:
        properties.append(OxmlElement("w:tblHeader"))
    for cell in row.cells:
        cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    return row


def _number_pages(paragraph: Paragraph) -> None:
    """— 1 —"""
    paragraph.alignment = CENTRE
    dress(paragraph.add_run("— "), NUMBER_FONT, 14)
    field = OxmlElement("w:fldSimple", {qn("w:instr"): "PAGE"})
    number = Run(OxmlElement("w:r"), paragraph)
    number.text = "1"
    dress(number, NUMBER_FONT, 14)
    field.append(number._element)
    paragraph._p.append(field)
    dress(paragraph.add_run(" —"), NUMBER_FONT, 14)


def _name_fallback(paper: Paper) -> None:
    """Say which font to take where the font of titles is not installed."""
    table = (
        f'<w:fonts {nsdecls("w")}><w:font w:name="{TITLE_FONT}"><w:altName w:val="{TITLE_FALLBACK}"/>'
        '<w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="variable"/></w:font></w:fonts>'
    )
    part = paper.part
    known = next(each.rId for each in part.rels.values() if each.reltype == RELATIONSHIP_TYPE.FONT_TABLE)
    del part.rels[known]
    name = PackURI("/word/fontTable.xml")
    fonts = Part(name, CONTENT_TYPE.WML_FONT_TABLE, table.encode(), part.package)
    part.relate_to(fonts, RELATIONSHIP_TYPE.FONT_TABLE)
