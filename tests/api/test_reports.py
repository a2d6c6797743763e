"""The province's reports over HTTP: drafted from the figures, edited by people, released, and shown to everybody (A14)."""

import asyncio
import io
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import httpx
import pytest
from docx import Document
from docx.document import Document as Paper
from sqlalchemy import insert, update

from casework.report_templates import ANNUAL, HALF_YEAR, TEMPLATES, Head, build
from domain.calendar import PeriodKind
from domain.forms.registry import FORMS
from domain.policy.province_reports import MAX_BYTES, MAX_UNPACKED_BYTES, TO_BE_WRITTEN
from domain.terms import City, Level, ObligationKind, ObligationState
from persistence import tables
from persistence.database import Database
from tests.api.site import Json, Site, fine, refused
from tests.api.test_upload_page import shown
from tests.persistence.reported import BASE, OTHER, a_base, an_enterprise, applied, reported
from tests.support import FULL, at

pytestmark = pytest.mark.rule("A14")

REPORTS, PUBLIC = "/api/reports", "/public/reports"
H1 = f"{REPORTS}/2026-H1"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
K = ObligationKind
RELEASE = {"on": "2026-07-20", "media": ["示例日报", "示例广播电视台"]}
DISPATCH = FORMS[K.DISPATCH].by_key
MONTH = {key: DISPATCH[key].parse(value) for key, value in FULL.items()}


@pytest.fixture
async def site(records: Site) -> Site:
    """The half year is over."""
    records.later("2026-07-20 10:00")
    return records


def paper(answer: httpx.Response) -> Paper:
    """A DOCX that was downloaded."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == DOCX
    assert answer.headers["x-content-type-options"] == "nosniff"
    return Document(io.BytesIO(answer.content))


def texts(one: Paper) -> list[str]:
    return [paragraph.text for paragraph in one.paragraphs]


def rows(one: Paper, heading: str) -> list[list[str]]:
    """The lines of the table whose first column is called so."""
    (found,) = [table for table in one.tables if table.rows[0].cells[0].text == heading]
    return [[cell.text for cell in row.cells] for row in found.rows][1:]


def edited(text: str = "示例正文", change: Callable[[Paper], None] = lambda _: None) -> bytes:
    """A report as somebody has finished it."""
    one, target = Document(), io.BytesIO()
    one.add_paragraph(text)
    change(one)
    one.save(target)
    return target.getvalue()


async def puts(site: Site, content: bytes, by: str = "office", path: str = H1, **data: str) -> httpx.Response:
    """Hand an edited report in."""
    return await site.send("PUT", path, by, files={"file": ("半年报告.docx", content)}, data=data)


async def half_a_year(database: Database) -> None:
    """Two bases; one has reported January and June, the other is late with June, and May was before its time."""
    await a_base(database)
    await an_enterprise(
        database, OTHER, city=City.DATONG, level=Level.CITY, pilot_start=date(2026, 5, 1), planned_total=None
    )
    await applied(database, BASE, invest_central="400.00", invest_own="1000.00")
    before = MONTH | {"invest_month": "1000.00", "invest_total": "1000.00"}
    await reported(database, BASE, K.DISPATCH, "2025-12", before)
    await reported(database, BASE, K.DISPATCH, "2026-01", MONTH)
    corrected = MONTH | {"invest_month": "200.00", "invest_total": "1300.00", "teachers_dual": "30"}
    await reported(database, BASE, K.DISPATCH, "2026-06", MONTH)
    said = {"problems": "示例问题：<设备>采购 & 验收慢", "help_from": "省财政厅"}
    await reported(database, BASE, K.DISPATCH, "2026-06", corrected | said, version=2)
    await reported(database, OTHER, K.DISPATCH, "2026-05", MONTH, on_time=False)
    await reported(database, OTHER, K.DISPATCH, "2026-06", state=ObligationState.MISSING, on_time=None)
    await reported(database, BASE, K.DISPATCH, "2026-07", MONTH)  # after the half year
    await reported(database, BASE, K.PUBLICATION, "2026-H1", state=ObligationState.OPEN, on_time=None)


async def test_the_draft_says_what_was_reported(site: Site, database: Database) -> None:
    await half_a_year(database)
    one = paper(await site.get(f"{H1}/draft.docx"))
    said = texts(one)
    assert said[:2] == ["山西省产教融合重大平台载体和实训基地体系指标能力建设运行情况", "（2026年上半年）"]
    heads = [p.text for p in one.paragraphs if p.style and p.style.name == "Heading 1"]
    assert heads == [block.text for block in HALF_YEAR if isinstance(block, Head)]
    text = "\n".join(said)
    assert "截至2026年6月30日，全省在培育和已授牌的基地共2个，其中省级1个、市级1个；试点培育2个。" in text
    # 120.50 in January, 200 in June as corrected, 120.50 of the other base in May.
    assert "2026年上半年完成投资441.00万元。" in text
    assert (
        "计划总投资5,000.00万元，累计完成1,300.00万元，完成率26.0%，序时进度100.0%，慢于序时进度74.0个百分点"
        in text
    )
    assert "另有1个基地没有登记计划总投资，未计入。" in text
    assert "共有1个基地提出需要成员单位协调的事项。" in text
    assert said[-2:] == ["省促进产教融合厅际联席会议办公室", "2026年7月20日"]
    assert said[-3] == TO_BE_WRITTEN
    assert "«" not in one.element.xml
    assert "MERGEFIELD" not in one.element.xml


async def test_the_tables_of_the_draft_add_up(site: Site, database: Database) -> None:
    await half_a_year(database)
    one = paper(await site.get(f"{H1}/draft.docx"))
    assert rows(one, "市") == [["太原", "1", "50.0"], ["大同", "1", "50.0"]]
    assert rows(one, "产业方向") == [["大数据", "1", "50.0"], ["工业互联网", "1", "50.0"]]
    assert rows(one, "资金来源") == [
        ["中央预算内资金", "400.00", "0.00", "0.00", "0.0"],
        ["省级补助投资", "—", "0.00", "0.00", "—"],
        ["地方政府债券", "—", "0.00", "0.00", "—"],
        ["国内外贷款", "—", "0.00", "0.00", "—"],
        ["主体自筹", "1,000.00", "361.50", "482.00", "48.2"],
        ["合计", "1,400.00", "361.50", "482.00", "34.4"],
    ]
    assert rows(one, "群体")[-1] == ["合计", "人次", "1,215", "1,620"]
    skills = next(table for table in one.tables if table.rows[0].cells[0].text == "项目")
    assert [cell.text for cell in skills.rows[3].cells] == ["双师型教师人数（期末数）", "人", "55", "—"]
    assert rows(one, "事项") == [
        ["月调度", "4", "2", "1", "1", "0", "50.0"],
        ["半年发布", "1", "0", "0", "0", "1", "0.0"],
    ]
    assert rows(one, "成员单位") == [["省财政厅", "1", "100.0"]]
    assert rows(one, "等次") == [["—", "—", "—"]]


async def test_the_year_has_its_own_report_with_what_single_bases_said(
    site: Site, database: Database
) -> None:
    site.later("2027-02-10 10:00")
    await half_a_year(database)
    await reported(database, BASE, K.ASSESSMENT, "2026", {"planning_score": "90"})
    graded = {
        "base_id": BASE,
        "year": "2026",
        "self_report": "已报送",
        "phase": "已公布",
        "waiting_for": "无",
    }
    when: Json = {"since": at("2027-02-01 10:00"), "published_on": date(2027, 2, 1)}
    async with database.transaction() as tx:
        await tx.execute(insert(tables.assessments).values(**graded, **when, id="assessment-x", grade="优秀"))
    one = paper(await site.get(f"{REPORTS}/2026/draft.docx"))
    assert texts(one)[0] == "山西省产教融合重大平台载体和实训基地年度综合报告"
    assert "已公布1个基地的考核评估结果：优秀1个。" in "\n".join(texts(one))
    assert rows(one, "等次") == [["优秀", "1", "100.0"]]
    assert rows(one, "事项")[1:] == [
        ["年考核", "1", "1", "0", "0", "0", "100.0"],
        ["半年发布", "1", "0", "0", "0", "1", "0.0"],
    ]
    # July is what it said last: there is nothing to help with any more.
    assert rows(one, "基地") == [["—", "—", "—", "—"]]


async def test_what_bases_wrote_is_no_markup_and_breaks_no_file(site: Site, database: Database) -> None:
    await a_base(database, name="示例<b>基地</b>&\x0b«title»")
    said = {"problems": "第一行\n第二行\x1f<w:t>&amp;", "help_from": "省财政厅"}
    await reported(database, BASE, K.DISPATCH, "2026-01", MONTH | said)
    one = paper(await site.get(f"{REPORTS}/2026/draft.docx"))
    assert rows(one, "基地") == [
        ["示例<b>基地</b>&«title»", "2026-01", "第一行\n第二行<w:t>&amp;", "省财政厅"]
    ]


async def test_a_draft_of_nothing_is_a_paper_too(site: Site) -> None:
    text = "\n".join(texts(paper(await site.get(f"{H1}/draft.docx"))))
    assert "基地共0个，其中没有基地；没有基地。" in text
    assert "没有基地登记计划总投资，不计算完成率。" in text


@pytest.mark.parametrize(
    ("path", "status"), [("2027-H1", 422), ("2026-06", 404), ("2026-H3", 404), ("x", 404)]
)
async def test_there_is_no_draft_of_what_has_not_begun_or_is_no_period(
    site: Site, path: str, status: int
) -> None:
    refused(await site.get(f"{REPORTS}/{path}/draft.docx"), status)


@pytest.mark.parametrize("kind", [PeriodKind.HALF, PeriodKind.YEAR])
def test_the_templates_are_what_the_builder_builds(kind: PeriodKind) -> None:
    kept = Document(str(TEMPLATES[kind]))
    built = build(HALF_YEAR if kind is PeriodKind.HALF else ANNUAL)
    assert kept.element.xml == built.element.xml
    assert kept.styles.element.xml == built.styles.element.xml


# Handing in and releasing


async def test_from_draft_to_release_and_to_a_corrected_version(site: Site) -> None:
    assert fine(await site.get(REPORTS)) == []
    assert "目前没有已发布的报告" in shown(await site.http.get(PUBLIC))
    content = edited()
    first = fine(await puts(site, content))
    assert (first["period"], first["version"], first["released_on"], first["media"]) == (
        "2026-H1",
        1,
        None,
        [],
    )
    assert fine(await puts(site, content)) == first, "the same file again is the same version"
    assert fine(await puts(site, edited("改过的正文")))["version"] == 2
    assert (await site.http.get(f"{PUBLIC}/2026-H1.docx")).status_code == 404

    out = fine(await site.post(f"{H1}/release", RELEASE | {"version": 2}))
    assert (out["version"], out["released_on"], out["media"]) == (2, RELEASE["on"], RELEASE["media"])
    assert out["title"].endswith("体系指标能力建设运行情况")
    assert fine(await site.post(f"{H1}/release", RELEASE)) == out, "the same again changes nothing"
    page = shown(await site.http.get(PUBLIC))
    assert "（2026年上半年） 发布日期：2026-07-20；发布媒体：示例日报、示例广播电视台" in page
    assert texts(paper(await site.http.get(f"{PUBLIC}/2026-H1.docx"))) == ["改过的正文"]

    assert refused(await puts(site, edited("再改")), 422)["code"] == "report.reason_needed"
    third = fine(await puts(site, edited("再改"), reason="更正完成率"))
    assert (third["version"], third["reason"]) == (3, "更正完成率")
    assert texts(paper(await site.http.get(f"{PUBLIC}/2026-H1.docx"))) == ["改过的正文"], (
        "until it is released"
    )
    fine(await site.post(f"{H1}/release", RELEASE | {"title": "示例更正报告"}))
    assert "更正后重新发布（第 3 版）" in shown(await site.http.get(PUBLIC))
    assert texts(paper(await site.http.get(f"{PUBLIC}/2026-H1.docx"))) == ["再改"]
    listed = fine(await site.get(REPORTS))
    assert [(row["version"], row["released_on"] is not None) for row in listed] == [
        (3, True),
        (2, True),
        (1, False),
    ]
    assert texts(paper(await site.get(f"{H1}/1.docx"))) == ["示例正文"]
    refused(await site.get(f"{H1}/4.docx"), 404)


REFUSED_RELEASES: list[tuple[Json, int, str]] = [
    ({"on": "2026-07-20", "media": []}, 422, "report.no_media"),
    ({"on": "2026-06-30", "media": ["示例日报"]}, 422, "report.not_over"),
    ({"on": "2026-07-21", "media": ["示例日报"]}, 422, "report.future"),
    (RELEASE | {"version": 2}, 409, "report.newer_version"),
]


@pytest.mark.parametrize(("body", "status", "code"), REFUSED_RELEASES)
async def test_what_may_not_be_released_is_refused_with_the_clause(
    site: Site, body: Json, status: int, code: str
) -> None:
    fine(await puts(site, edited()))
    problem = refused(await site.post(f"{H1}/release", body), status)
    assert (problem["code"], problem["clause"]) == (code, "《推进措施》八")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"on": "x"},
        RELEASE | {"media": "示例日报"},
        RELEASE | {"media": ["示\u0000例"]},
        RELEASE | {"by": 1},
    ],
)
async def test_a_release_that_cannot_be_read_is_refused(site: Site, body: Json) -> None:
    fine(await puts(site, edited()))
    refused(await site.post(f"{H1}/release", body), 422)


async def test_what_is_released_is_not_released_again_as_something_else(site: Site) -> None:
    refused(await site.post(f"{H1}/release", RELEASE), 404)
    fine(await puts(site, edited()))
    fine(await site.post(f"{H1}/release", RELEASE))
    other = RELEASE | {"media": ["示例日报"]}
    assert refused(await site.post(f"{H1}/release", other), 409)["code"] == "report.released"


async def test_two_who_hand_in_at_once_get_a_version_each(site: Site) -> None:
    answers = await asyncio.gather(*(puts(site, edited(f"第{n}人")) for n in range(4)))
    assert sorted(fine(answer)["version"] for answer in answers) == [1, 2, 3, 4]


async def test_markup_in_a_title_or_a_medium_stays_text(site: Site, database: Database) -> None:
    evil = "<script>alert(1)</script>"
    fine(await puts(site, edited()))
    fine(await site.post(f"{H1}/release", RELEASE | {"title": evil, "media": [evil]}))
    answer = await site.http.get(PUBLIC)
    assert shown(answer).count(evil) == 2
    name = (await site.http.get(f"{PUBLIC}/2026-H1.docx")).headers["content-disposition"]
    assert "<" not in name
    async with database.transaction() as tx:
        await tx.execute(update(tables.reports).values(released_on=None))
    assert evil not in shown(await site.http.get(PUBLIC))


# What is no report


def packed(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return target.getvalue()


def repacked(change: Callable[[dict[str, bytes]], object]) -> bytes:
    """A good report, changed inside."""
    with zipfile.ZipFile(io.BytesIO(edited())) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    change(parts)
    return packed(parts)


def says(part: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    """Replace something in a part."""

    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new)

    return change


TYPES, RELS = "[Content_Types].xml", "word/_rels/document.xml.rels"
MAIN = b"wordprocessingml.document.main+xml"
OUTSIDE = (
    b'<Relationship Id="rX" TargetMode="External" Target="https://example.org/x" Type='
    b'"http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s"/></Relationships>'
)
BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa">]><Types>&a;</Types>'
BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "report.not_docx"),
    "pdf": (b"%PDF-1.7\n", "report.not_docx"),
    "a zip": (packed({"a.txt": b"x"}), "report.not_docx"),
    "xlsx": (repacked(says(TYPES, MAIN, b"spreadsheetml.sheet.main+xml")), "report.not_docx"),
    "old .doc, or locked": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "report.locked"),
    "docm": (
        repacked(
            says(
                TYPES,
                b"vnd.openxmlformats-officedocument." + MAIN,
                b"vnd.ms-word.document.macroEnabled.main+xml",
            )
        ),
        "report.active",
    ),
    "a macro": (repacked(lambda parts: parts.update({"word/vbaProject.bin": b"x"})), "report.active"),
    "ActiveX": (repacked(lambda parts: parts.update({"word/activeX/activeX1.xml": b"x"})), "report.active"),
    "an object": (
        repacked(lambda parts: parts.update({"word/embeddings/oleObject1.bin": b"x"})),
        "report.active",
    ),
    "a template from elsewhere": (
        repacked(says(RELS, b"</Relationships>", OUTSIDE % b"attachedTemplate")),
        "report.reaches_out",
    ),
    "a picture from elsewhere": (
        repacked(says(RELS, b"</Relationships>", OUTSIDE % b"image")),
        "report.reaches_out",
    ),
    "entities": (repacked(lambda parts: parts.update({TYPES: BOMB})), "report.not_docx"),
    "no text": (repacked(lambda parts: parts.pop("word/document.xml")), "report.broken"),
    "broken text": (repacked(lambda parts: parts.update({"word/document.xml": b"<x"})), "report.broken"),
    "cut off": (edited()[:-200], "report.not_docx"),
    "not finished": (edited(f"一、{TO_BE_WRITTEN}"), "report.unfinished"),
    "not finished in a table": (
        edited(change=lambda one: setattr(one.add_table(1, 1).rows[0].cells[0], "text", TO_BE_WRITTEN)),
        "report.unfinished",
    ),
    "a bomb": (
        repacked(lambda parts: parts.update({"word/x.xml": b"0" * (MAX_UNPACKED_BYTES[0].value + 1)})),
        "report.too_large",
    ),
}


@pytest.mark.parametrize("what", list(BAD))
async def test_what_is_no_finished_docx_is_refused_and_kept_nowhere(site: Site, what: str) -> None:
    content, code = BAD[what]
    problem = refused(await puts(site, content), 422)
    assert (problem["code"], problem["clause"]) == (code, "本系统约定报告文件")
    assert fine(await site.get(REPORTS)) == []


async def test_a_link_that_somebody_has_to_click_is_no_harm(site: Site) -> None:
    fine(await puts(site, repacked(says(RELS, b"</Relationships>", OUTSIDE % b"hyperlink"))))


async def test_the_draft_itself_is_taken_as_soon_as_nothing_is_left_to_write(site: Site) -> None:
    content = (await site.get(f"{H1}/draft.docx")).content
    assert refused(await puts(site, content), 422)["code"] == "report.unfinished"
    one, target = Document(io.BytesIO(content)), io.BytesIO()
    for paragraph in one.paragraphs:
        if paragraph.text == TO_BE_WRITTEN:
            paragraph.text = "示例安排。"
    one.save(target)
    fine(await puts(site, target.getvalue()))


async def test_a_file_that_is_too_large_is_not_read_to_its_end(site: Site) -> None:
    too_much = b"0" * (MAX_BYTES[0].value + 1)
    assert refused(await puts(site, too_much), 422)["code"] == "report.too_large"
    refused(await puts(site, too_much * 2), 413)


async def test_without_a_file_or_with_a_novel_as_reason_nothing_is_taken(site: Site) -> None:
    refused(await site.send("PUT", H1, data={"reason": "x"}), 422)
    refused(await puts(site, edited(), reason="长" * 501), 422)


async def test_totals_are_money(site: Site, database: Database) -> None:
    """Two decimals, whatever the sum."""
    await a_base(database)
    for n in range(1, 7):
        await reported(database, BASE, K.DISPATCH, f"2026-{n:02d}", MONTH | {"invest_month": "0.10"})
    text = "\n".join(texts(paper(await site.get(f"{H1}/draft.docx"))))
    assert f"2026年上半年完成投资{Decimal('0.60')}万元。" in text
