"""Builds the templates of the province's reports: `python -m casework.report_templates` writes casework/templates/.

A template is a paper set as offices set theirs, with Word merge fields («…») where `casework.reports` puts figures. It
may be edited in Word as well; a field that it names and the report lacks, or the other way round, is a red test.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from docx import Document
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from casework.official import (
    BODY_FONT,
    CENTRE,
    HEAD_FONT,
    LATIN,
    RIGHT,
    ROUND_FONT,
    TITLE_FONT,
    add_row,
    lay_out,
    table_of,
)
from domain.calendar import PeriodKind
from domain.policy.province_reports import TO_BE_WRITTEN

FOLDER = Path(__file__).parent / "templates"
TEMPLATES = {PeriodKind.HALF: FOLDER / "half_year.docx", PeriodKind.YEAR: FOLDER / "annual.docx"}

_FIELD = re.compile(r"«(\w+)»")
_TABLE, _TABLE_HEAD, _CAPTION = "表格文字", "表格标题行", "表题"


class Column(NamedTuple):
    """A column of a table: its heading, the field in its cells, its width in mm; texts stand left."""

    heading: str
    field: str
    width: int
    text: bool = False


class Rows(NamedTuple):
    """A table whose only row is repeated for each line of a list."""

    caption: str
    columns: tuple[Column, ...]


class Head(NamedTuple):
    """一、…"""

    text: str


Block = Head | Rows | str
"""A string is a paragraph."""


def _counted(caption: str, name: str, of: str) -> Rows:
    columns = (
        Column(name, f"{of}_name", 70),
        Column("基地数（个）", f"{of}_count", 40),
        Column("占比（%）", f"{of}_share", 40),
    )
    return Rows(caption, columns)


def _amounts(caption: str, name: str, of: str) -> Rows:
    columns = (
        Column(name, f"{of}_name", 72, text=True),
        Column("单位", f"{of}_unit", 18),
        Column("本期", f"{of}_period", 32),
        Column("累计", f"{of}_total", 34),
    )
    return Rows(caption, columns)


_SYSTEM: tuple[Block, ...] = (
    "截至«day»，全省在培育和已授牌的基地共«bases»个，其中«levels»；«stages»。«period»新进入试点培育«begun»个，"
    "认定授牌«certified»个，退出«gone»个；暂停运行«suspended»个。",
    _counted("基地分布（按市）", "市", "city"),
    _counted("基地分布（按产业方向）", "产业方向", "direction"),
)
_INVESTMENT: tuple[Block, ...] = (
    "«period»完成投资«invested_in_period»万元。«progress»",
    "«period»到位建设资金«funds_in_period»万元，累计到位«funds_total»万元。",
    Rows(
        "建设资金到位情况（万元）",
        (
            Column("资金来源", "source_name", 44, text=True),
            Column("计划", "source_planned", 30),
            Column("本期到位", "source_period", 30),
            Column("累计到位", "source_total", 30),
            Column("到位率（%）", "source_rate", 22),
        ),
    ),
)
_TRAINING: tuple[Block, ...] = (
    "«period»组织实训«trained»人次，累计«trained_total»人次。",
    _amounts("实训情况（按群体）", "群体", "training"),
    _amounts("技能与合作", "项目", "skill"),
)
_INCOME: tuple[Block, ...] = (
    "«period»有偿社会培训、技术服务、成果孵化与交易转化等收入共«earned»万元，累计«earned_total»万元。",
    _amounts("经营收入", "项目", "income"),
)
_REPORTING: tuple[Block, ...] = (
    "对运行中的基地全面落实月调度、季督导、年考核，«period»各类报送情况如下。",
    Rows(
        "报送情况（项次）",
        (
            Column("事项", "report_kind", 36),
            Column("应报", "report_owed", 20),
            Column("按时", "report_on_time", 20),
            Column("逾期报送", "report_late", 20),
            Column("缺报", "report_missing", 20),
            Column("未报", "report_open", 20),
            Column("按时率（%）", "report_rate", 20),
        ),
    ),
)
_PROBLEMS: tuple[Block, ...] = (
    "«problems»",
    _counted("需成员单位协调的基地", "成员单位", "helper"),
)
_IN_WORDS: tuple[Block, ...] = (
    Rows(
        "基地反映的问题和建议",
        (
            Column("基地", "problem_base", 44, text=True),
            Column("月份", "problem_month", 22),
            Column("问题和建议", "problem_text", 60, text=True),
            Column("需协调单位", "problem_helper", 30, text=True),
        ),
    ),
)
"""What single bases said is for the office, not for the media."""
_GRADES: tuple[Block, ...] = ("«grades»", _counted("考核评估结果", "等次", "grade"))

HALF_YEAR: tuple[Block, ...] = (
    "根据《山西省产教融合创新平台和实训基地建设推进措施》（晋发改科教发〔2023〕254号），现将«period»全省产教融合重大平台"
    "载体和实训基地（以下简称基地）体系指标能力建设运行情况发布如下，数据截至«day»，由各基地按月报送。",
    Head("一、体系建设"),
    *_SYSTEM,
    Head("二、指标完成"),
    *_INVESTMENT,
    Head("三、能力建设"),
    *_TRAINING,
    Head("四、运行情况"),
    *_INCOME,
    *_REPORTING,
    Head("五、效能考核评估"),
    *_GRADES,
    Head("六、存在问题"),
    *_PROBLEMS,
    Head("七、下一步安排"),
    TO_BE_WRITTEN,
)
ANNUAL: tuple[Block, ...] = (
    "根据《山西省产教融合创新平台和实训基地建设推进措施》（晋发改科教发〔2023〕254号），现将«period»全省产教融合重大平台"
    "载体和实训基地（以下简称基地）建设运行情况综合报告如下，数据截至«day»，由各基地按月报送。",
    Head("一、基地体系"),
    *_SYSTEM,
    Head("二、建设投资和资金到位"),
    *_INVESTMENT,
    Head("三、实训和技能人才培养"),
    *_TRAINING,
    Head("四、经营收入"),
    *_INCOME,
    Head("五、月调度、季督导、年考核"),
    *_REPORTING,
    Head("六、效能考核评估"),
    *_GRADES,
    Head("七、存在问题和需要协调的事项"),
    *_PROBLEMS,
    *_IN_WORDS,
    Head("八、下一年度工作安排"),
    TO_BE_WRITTEN,
)


def build(blocks: Iterable[Block]) -> Paper:
    """One template."""
    paper = Document()
    lay_out(paper)
    _styles(paper)
    _write(paper.add_paragraph(style="Title"), "«title»")
    _write(paper.add_paragraph(style="Subtitle"), "（«period»）")
    for block in blocks:
        match block:
            case Head():
                _write(paper.add_paragraph(style="Heading 1"), block.text)
            case Rows():
                _tabulate(paper, block)
            case _:
                _write(paper.add_paragraph(style="Body Text"), block)
    _write(paper.add_paragraph(style="Signature"), "省促进产教融合厅际联席会议办公室")
    _write(paper.add_paragraph(style="Signature"), "«today»")
    return paper


def _styles(paper: Paper) -> None:
    styles = paper.styles
    for name in (_TABLE, _TABLE_HEAD, _CAPTION, "Signature"):
        styles.add_style(name, 1)
    _style(styles["Title"], TITLE_FONT, 22, CENTRE, spacing=36)
    _style(styles["Subtitle"], ROUND_FONT, 16, CENTRE, spacing=36)
    _style(styles["Heading 1"], HEAD_FONT, 16, indent=2)
    _style(styles["Body Text"], BODY_FONT, 16, WD_ALIGN_PARAGRAPH.JUSTIFY, indent=2)
    _style(styles["Signature"], BODY_FONT, 16, RIGHT)
    _style(styles[_CAPTION], HEAD_FONT, 14, CENTRE)
    _style(styles[_TABLE], BODY_FONT, 12, spacing=None)
    _style(styles[_TABLE_HEAD], HEAD_FONT, 12, CENTRE, spacing=None)


def _style(
    style: ParagraphStyle,
    font: str,
    points: int,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT,
    *,
    indent: int = 0,
    spacing: int | None = 28,
) -> None:
    """Indented by so many characters; lines exactly so many points apart, or as the text needs."""
    properties = style.element.get_or_add_rPr()
    for name in ("w:rFonts", "w:spacing", "w:color"):
        for old in properties.findall(qn(name)):
            properties.remove(old)
    for border in style.element.findall(f".//{qn('w:pBdr')}"):
        border.getparent().remove(border)
    style.font.name, style.font.size = LATIN, Pt(points)
    style.font.bold = style.font.italic = False
    style.font.color.rgb = RGBColor(0, 0, 0)
    properties.rFonts.set(qn("w:eastAsia"), font)
    form = style.paragraph_format
    form.alignment, form.space_before, form.space_after = align, Pt(0), Pt(0)
    form.first_line_indent = Pt(indent * points)
    if spacing:
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(spacing)


def _tabulate(paper: Paper, rows: Rows) -> None:
    caption = paper.add_paragraph(style=_CAPTION)
    _write(caption, rows.caption)
    caption.paragraph_format.keep_with_next = True
    table = table_of(paper, [column.width for column in rows.columns])
    head, line = add_row(table, heading=True), add_row(table)
    for place, column in enumerate(rows.columns):
        for row, text, style in ((head, column.heading, _TABLE_HEAD), (line, f"«{column.field}»", _TABLE)):
            paragraph = row.cells[place].paragraphs[0]
            paragraph.style = style
            if not column.text:
                paragraph.alignment = CENTRE
            _write(paragraph, text)


def _write(paragraph: Paragraph, text: str) -> None:
    """Text with merge fields where «…» stand."""
    for n, part in enumerate(_FIELD.split(text)):
        if n % 2:
            _merge_field(paragraph, part)
        elif part:
            paragraph.add_run(part)


def _merge_field(paragraph: Paragraph, name: str) -> None:
    """As Word writes one: begin, instruction, separator, what is shown, end."""
    for kind, text in (
        ("begin", ""),
        ("", f" MERGEFIELD {name} "),
        ("separate", ""),
        ("shown", name),
        ("end", ""),
    ):
        run = paragraph.add_run()
        if kind == "shown":
            run.text = f"«{text}»"
        elif kind:
            run._r.append(OxmlElement("w:fldChar", {qn("w:fldCharType"): kind}))
        else:
            instruction = OxmlElement("w:instrText", {qn("xml:space"): "preserve"})
            instruction.text = text
            run._r.append(instruction)


if __name__ == "__main__":
    build(HALF_YEAR).save(str(TEMPLATES[PeriodKind.HALF]))
    build(ANNUAL).save(str(TEMPLATES[PeriodKind.YEAR]))
