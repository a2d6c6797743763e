"""The upload page: a contact hands documents in over a link and is told what became of each."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from domain.decisions import Actor
from domain.errors import Refused
from domain.policy.materials import MATERIALS, PILOT_LIST_APPLICATION
from domain.policy.source import call
from domain.terms import LeadKind, Role
from persistence.database import Database
from persistence.materials import Materials, UploadLinks
from persistence.tables import bases
from tests import pdfs
from tests.api.materials import BASE, LAST_MINUTE, TOO_LATE, applying, kept_files, kept_rows
from tests.api.site import Site

HOUR = timedelta(hours=1)
GOOD = {"plan": ("方案.pdf", pdfs.pdf(2)), "profile": ("简介.pdf", pdfs.pdf(1, "简介"))}


@pytest.fixture
async def site(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """An application that is being prepared."""
    async with applying(database_url, tmp_path) as site:
        yield site


@pytest.fixture
async def link(site: Site) -> str:
    """A link of its contact."""
    return await link_until(site, datetime.now(UTC) + HOUR)


async def link_until(site: Site, expires_at: datetime) -> str:
    async with site.parts.database.transaction() as tx:
        return f"/upload/{await UploadLinks(tx).create(BASE, 1, expires_at)}"


def shown(answer: httpx.Response, status: int = 200) -> str:
    """What a page says, without its tags; every page keeps to the same rules."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    for rule in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "<script" not in answer.text
    assert '<html lang="zh-CN">' in answer.text
    body = answer.text.partition("</style>")[2]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", body)))


def line(page: str, label: str) -> str:
    """What a page says about one document: from its label to that of the next."""
    rest = page.partition(f" {label} ")[2]
    ends = [rest.find(f" {item.label} ") for item in MATERIALS if f" {item.label} " in rest]
    return rest[: min(ends, default=len(rest))]


async def test_the_page_shows_what_is_missing(site: Site, link: str) -> None:
    page = shown(await site.http.get(link))
    assert f"示例基地 {BASE}" in page
    assert "申报截止：2022-01-22 00:00" in page
    assert "50 MB" in page
    for item in MATERIALS:
        if item is not PILOT_LIST_APPLICATION:
            assert "缺" in line(page, item.label)
            assert item.clause.cite() in line(page, item.label)
    assert "✓" not in page


@pytest.mark.rule("B4")
async def test_the_application_for_the_pilot_list_is_asked_of_enterprises_only(
    site: Site, link: str, database: Database
) -> None:
    assert PILOT_LIST_APPLICATION.label not in shown(await site.http.get(link))
    async with database.transaction() as tx:
        await tx.execute(update(bases).values(lead_kind=LeadKind.ENTERPRISE))
    assert "如适用" in line(shown(await site.http.get(link)), PILOT_LIST_APPLICATION.label)


@pytest.mark.rule("B20")
async def test_several_documents_are_taken_in_at_once(site: Site, link: str) -> None:
    page = shown(await site.http.post(link, files=GOOD))
    for label in ("建设实施方案", "参与主体简介"):
        assert line(page, label).count("✓") == 2  # it is there, and it came just now
    assert "缺" in line(page, "支持政策清单")
    later = shown(await site.http.get(link))
    assert "方案.pdf，2 页" in line(later, "建设实施方案")
    async with site.parts.database.transaction() as tx:
        assert {(row.role, row.actor) for row in await Materials(tx).of(BASE)} == {("lead", "contact:1")}


async def test_what_is_refused_says_why_and_the_rest_is_taken_in(
    site: Site, link: str, database: Database, tmp_path: Path
) -> None:
    files = {**GOOD, "premises": ("证明.pdf", pdfs.docx()), "photo": ("照片.pdf", pdfs.pdf())}
    page = shown(await site.http.post(link, files=files), 422)
    assert "已收到" in line(page, "建设实施方案")
    assert "✗ 这个文件的内容不是 PDF" in line(page, "土地及物理空间证明")
    assert "（依据《发榜公告》六-2）" in line(page, "土地及物理空间证明")
    assert "缺" in line(page, "土地及物理空间证明")
    assert "没有「photo」这项材料" in page
    assert await kept_rows(database) == (2, 2)
    assert len(kept_files(tmp_path / "documents")) == 2


async def test_fields_that_were_left_empty_are_no_documents(
    site: Site, link: str, database: Database
) -> None:
    left = {item.key: ("", b"") for item in MATERIALS}
    page = shown(await site.http.post(link, files={**left, "plan": GOOD["plan"]}))
    assert page.count("✗") == 0
    assert await kept_rows(database) == (1, 1)


@pytest.mark.rule("B17")
async def test_the_start_of_an_upload_counts_here_too(site: Site, link: str) -> None:
    site.later(LAST_MINUTE)
    shown(await site.http.post(link, files={"plan": GOOD["plan"]}))
    site.later(TOO_LATE)
    page = shown(await site.http.post(link, files={"profile": GOOD["profile"]}), 422)
    said = page.partition("以开始上传的时间为准。")[2].partition("缺")[0]
    assert "（依据《发榜公告》六-2）" in said


async def test_a_wrong_or_expired_link_says_what_to_do(site: Site, database: Database) -> None:
    expired = await link_until(site, datetime.now(UTC) - HOUR)
    for link in (expired, "/upload/x", "/upload/" + "x" * 5000, "/upload/%E9%93%BE"):
        for answer in (await site.http.get(link), await site.http.post(link, files=GOOD)):
            page = shown(answer, 404)
            assert "无效或已过期" in page
            assert "重新索取" in page
    assert await kept_rows(database) == (0, 0)


async def test_names_are_shown_as_text(site: Site, link: str, database: Database) -> None:
    evil = "<img src=x onerror=alert(1)>"
    async with database.transaction() as tx:
        await tx.execute(update(bases).values(name=evil, lead=f'"{evil}'))
    answer = await site.http.post(link, files={"plan": ("'><b>方案</b>.pdf", pdfs.pdf())})
    assert shown(answer).count(evil) == 2
    assert "<img" not in answer.text
    assert "<b>" not in answer.text
    answer = await site.http.post(link, files={"<b>": GOOD["plan"]})
    assert "没有「<b>」这项材料" in shown(answer, 422)
    assert "<b>" not in answer.text


async def test_an_outage_is_a_page_too(site: Site, link: str, tmp_path: Path) -> None:
    (tmp_path / "documents").write_text("in the way")
    answer = await site.http.post(link, files=GOOD)
    assert "稍后" in shown(answer, 503)
    assert answer.headers["retry-after"]


# Handing the application in from here


class Submissions:
    """Where applications go that are handed in after an upload."""

    def __init__(self, refusal: Refused | None = None) -> None:
        self.refusal = refusal
        self.taken: list[tuple[str, Actor, datetime]] = []

    async def submit(self, base_id: str, actor: Actor, began: datetime) -> None:
        """Take one, or refuse it."""
        if self.refusal:
            raise self.refusal
        self.taken.append((base_id, actor, began))


async def test_an_application_can_be_handed_in_with_its_last_document(site: Site, link: str) -> None:
    site.app.state.services.submit = None
    assert "上传后提交申报" not in shown(await site.http.get(link))
    desk = Submissions()
    site.app.state.services.submit = desk.submit
    assert "上传后提交申报" in shown(await site.http.get(link))
    shown(await site.http.post(link, files=GOOD))
    assert desk.taken == []
    began = site.clock.now()
    assert "申报已提交" in shown(await site.http.post(link, files=GOOD, data={"submit": "1"}))
    [(base_id, actor, at)] = desk.taken
    assert (base_id, actor) == (BASE, Actor(role=Role.LEAD, id="contact:1"))
    assert timedelta() <= at - began < timedelta(minutes=1)


async def test_an_application_is_not_handed_in_if_a_document_was_refused(site: Site, link: str) -> None:
    desk = Submissions()
    site.app.state.services.submit = desk.submit
    files = {**GOOD, "premises": ("证明.pdf", b"")}
    shown(await site.http.post(link, files=files, data={"submit": "1"}), 422)
    assert desk.taken == []


async def test_why_an_application_cannot_be_handed_in_is_said(site: Site, link: str) -> None:
    refusal = Refused("upload.closed", call("五(一)"), step="形式审查")
    site.app.state.services.submit = Submissions(refusal).submit
    page = shown(await site.http.post(link, files=GOOD, data={"submit": "1"}), 422)
    assert "现在是「形式审查」" in page
    assert "（依据《发榜公告》五(一)）" in page
