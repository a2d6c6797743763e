"""The list of a round as an attachment of a paper, set as offices set their papers."""

import io

from docx import Document
from docx.document import Document as Paper

from api.published_list import COLUMNS, PublicList
from casework.official import (
    BODY_FONT,
    CENTRE,
    HEAD_FONT,
    RIGHT,
    ROUND_FONT,
    TITLE_FONT,
    add_row,
    lay_out,
    line,
    table_of,
)

_WIDTHS = (12, 15, 29, 48, 36, 16)  # mm
_CENTRED = (0, 1, 5)


def as_docx(listed: PublicList) -> bytes:
    """An attachment of a paper: heading, table, document number and date."""
    paper = Document()
    lay_out(paper)
    line(paper.add_paragraph(), "附件", HEAD_FONT, 16)
    line(paper.add_paragraph(), listed.heading, TITLE_FONT, 22, CENTRE)
    line(paper.add_paragraph(), listed.round_title, ROUND_FONT, 16, CENTRE)
    _tabulate(paper, listed)
    paper.add_paragraph()
    for text in listed.closing:
        line(paper.add_paragraph(), text, BODY_FONT, 16, RIGHT)
    target = io.BytesIO()
    paper.save(target)
    return target.getvalue()


def _tabulate(paper: Paper, listed: PublicList) -> None:
    table = table_of(paper, _WIDTHS)
    for n, texts in enumerate((COLUMNS, *listed.lines())):
        row = add_row(table, heading=n == 0)
        for place, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            centred = CENTRE if n == 0 or place in _CENTRED else None
            line(cell.paragraphs[0], text, HEAD_FONT if n == 0 else BODY_FONT, 12, centred)
