"""Setting a list as offices set their papers (GB/T 9704, without the red head): fonts, margins, page numbers."""

import io

from docx import Document
from docx.document import Document as Paper
from docx.enum.table import WD_ALIGN_VERTICAL, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt
from docx.table import _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from api.published_list import COLUMNS, PublicList, printable

TITLE_FONT, TITLE_FALLBACK = "方正小标宋简体", "宋体"
BODY_FONT, HEAD_FONT, ROUND_FONT, NUMBER_FONT = "仿宋", "黑体", "楷体", "宋体"
_LATIN = "Times New Roman"
_WIDTHS = (12, 15, 29, 48, 36, 16)  # mm
_CENTRED = (0, 1, 5)
_CENTRE, _RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


def as_docx(listed: PublicList) -> bytes:
    """An attachment of a paper: heading, table, document number and date."""
    paper = Document()
    _lay_out(paper)
    _line(paper.add_paragraph(), "附件", HEAD_FONT, 16)
    _line(paper.add_paragraph(), listed.heading, TITLE_FONT, 22, _CENTRE)
    _line(paper.add_paragraph(), listed.round_title, ROUND_FONT, 16, _CENTRE)
    _tabulate(paper, listed)
    paper.add_paragraph()
    for text in listed.closing:
        _line(paper.add_paragraph(), text, BODY_FONT, 16, _RIGHT)
    target = io.BytesIO()
    paper.save(target)
    return target.getvalue()


def _lay_out(paper: Paper) -> None:
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    normal = paper.styles["Normal"]
    normal.font.name, normal.font.size = _LATIN, Pt(16)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), BODY_FONT)
    normal.paragraph_format.space_after = Pt(0)
    paper.core_properties.author = ""
    _number_pages(section.footer.paragraphs[0])
    _name_fallback(paper)


def _line(
    paragraph: Paragraph, text: str, font: str, points: int, align: WD_ALIGN_PARAGRAPH | None = None
) -> None:
    if align is not None:
        paragraph.alignment = align
    _dress(paragraph.add_run(printable(text)), font, points)


def _dress(run: Run, font: str, points: int) -> None:
    """Chinese characters take the East Asian font, which python-docx does not set."""
    run.font.name, run.font.size = _LATIN, Pt(points)
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _tabulate(paper: Paper, listed: PublicList) -> None:
    table = paper.add_table(0, len(COLUMNS), "Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, _WIDTHS, strict=True):
        column.width = Mm(width)
    for n, line in enumerate((COLUMNS, *listed.lines())):
        row = table.add_row()
        _keep_together(row, heading=n == 0)
        for place, (cell, text) in enumerate(zip(row.cells, line, strict=True)):
            cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
            centred = _CENTRE if n == 0 or place in _CENTRED else None
            _line(cell.paragraphs[0], text, HEAD_FONT if n == 0 else BODY_FONT, 12, centred)


def _keep_together(row: _Row, *, heading: bool) -> None:
    """No row is broken over two pages; the headings stand on every page."""
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if heading:
        properties.append(OxmlElement("w:tblHeader"))


def _number_pages(paragraph: Paragraph) -> None:
    """— 1 —"""
    paragraph.alignment = _CENTRE
    _dress(paragraph.add_run("— "), NUMBER_FONT, 14)
    field = OxmlElement("w:fldSimple", {qn("w:instr"): "PAGE"})
    number = Run(OxmlElement("w:r"), paragraph)
    number.text = "1"
    _dress(number, NUMBER_FONT, 14)
    field.append(number._element)
    paragraph._p.append(field)
    _dress(paragraph.add_run(" —"), NUMBER_FONT, 14)


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
