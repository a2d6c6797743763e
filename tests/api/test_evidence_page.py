"""The page for the files of one question: over a signed link, each file an answer in the form."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from temporalio.testing import WorkflowEnvironment

from casework.form_links import Allowed, Purpose, link_for, redeem
from domain.errors import NotFound
from domain.forms.files import files_of
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.terms import ObligationKind
from persistence.database import Database
from persistence.obligations import Obligations
from persistence.tables import base_contacts
from tests import pdfs
from tests.api.site import Site, serving
from tests.api.test_upload_page import shown
from tests.support import FULL_BY_KIND, eventually

BASE = "base-2021-03-1"
OWED = obligation_id(BASE, ObligationKind.REPORT, "2024")
PUBLISHED = obligation_id(BASE, ObligationKind.PUBLICATION, "2024-H2")
AT_NOON = "2025-01-03 12:00"
"""The second working day of a year: the reports of the year before are open."""


def photo() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 80, 120)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
async def site(
    skipping: WorkflowEnvironment, database: Database, database_url: str, tmp_path: Path
) -> AsyncIterator[Site]:
    """A base that owes its yearly report and what it published in the second half-year."""
    async with serving(skipping.client, database_url, AT_NOON, documents_url=f"file://{tmp_path}") as site:
        await site.base(BASE, Step.PILOT, published_on=date(2024, 2, 1))

        async def are_open() -> bool:
            found = [await site.parts.gateway.obligation(owed) for owed in (OWED, PUBLISHED)]
            return all(one.view for one in found)

        await eventually(are_open)
        yield site


async def link(site: Site, owed: str = OWED, contact: int = 1) -> str:
    """A link of the base's contact."""
    async with site.parts.database.transaction() as tx:
        no = (await Obligations(tx).get(owed)).no
    made = await link_for(site.parts.database, Purpose.EVIDENCE, Allowed(no, contact), datetime.now(UTC))
    return f"/evidence/{made.token}"


async def files(site: Site, owed: str) -> tuple[str, ...]:
    values = (await site.parts.gateway.obligation(owed)).draft.values
    return files_of(values.get("report", values.get("evidence", "")))


def sent(*contents: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("file", one) for one in contents]


@pytest.mark.rule("A14")
async def test_the_yearly_report_comes_in_over_its_link(site: Site) -> None:
    address = await link(site)
    page = shown(await site.http.get(address))
    assert "年度综合报告（《推进措施》八）：PDF 文件，最多 1 个，每个不超过 50 MB。 还没有文件" in page
    page = shown(await site.http.post(address, files=sent(("报告.pdf", pdfs.pdf(3)))))
    assert "✓ 报告.pdf：已收到" in page
    assert "✓ 已有 1 个" in page
    assert len(await files(site, OWED)) == 1


async def test_what_is_refused_says_why_beside_what_was_taken(site: Site) -> None:
    address = await link(site, PUBLISHED)
    contents = sent(("报样.pdf", pdfs.pdf()), ("<b>.docx", pdfs.docx()), ("截图.png", photo()))
    answer = await site.http.post(address, files=contents)
    page = shown(answer, 422)
    assert "✗ <b>.docx：报样或网页截图只收 PDF、JPEG、PNG 文件" in page
    assert "<b>" not in answer.text
    assert "✓ 已有 2 个" in page
    again = shown(await site.http.post(address, files=sent(("截图.png", photo()))))
    assert "✓ 已有 2 个" in again, "the same file is one file"


async def test_one_file_too_many_is_refused(site: Site) -> None:
    address = await link(site)
    await site.http.post(address, files=sent(("一.pdf", pdfs.pdf(1))))
    page = shown(await site.http.post(address, files=sent(("二.pdf", pdfs.pdf(2)))), 422)
    assert "✗ 二.pdf：年度综合报告最多收 1 个文件" in page
    assert len(await files(site, OWED)) == 1


async def test_after_handing_in_no_file_is_taken(site: Site) -> None:
    address = await link(site)
    for no, answer in enumerate(FULL_BY_KIND[ObligationKind.REPORT].values(), 1):
        await site.says(OWED, f"{no}={answer}")
    await site.says(OWED, "提交")
    page = shown(await site.http.post(address, files=sent(("二.pdf", pdfs.pdf()))), 422)
    assert "年度综合报告已经报送，不能再改。（依据本系统约定年度综合报告时限）" in page


async def test_without_a_file_nothing_happens(site: Site) -> None:
    address = await link(site)
    assert "还没有文件" in shown(await site.http.post(address, data={"x": "y"}))
    assert await files(site, OWED) == ()


@pytest.mark.parametrize("how", ["other contact", "changed", "nonsense", "no longer a contact"])
async def test_a_link_of_nobody_leads_nowhere(site: Site, how: str) -> None:
    address = await link(site, contact=99 if how == "other contact" else 1)
    if how == "changed":
        address = address[:-3] + ("AAA" if address[-3:] != "AAA" else "BBB")
    if how == "nonsense":
        address = "/evidence/示例"
    if how == "no longer a contact":
        async with site.parts.database.transaction() as tx:
            await tx.execute(base_contacts.delete())
    for answer in (await site.http.get(address), await site.http.post(address, files=sent(("一.pdf", b"x")))):
        assert "上传链接无效或已过期" in shown(answer, 404)


async def test_a_link_lasts_a_week_and_is_the_same_all_day(database: Database) -> None:
    allowed, now = Allowed(7, 8), datetime(2025, 1, 3, 2, tzinfo=UTC)
    made = await link_for(database, Purpose.EVIDENCE, allowed, now)
    assert (await link_for(database, Purpose.EVIDENCE, allowed, now + timedelta(hours=5))).token == made.token
    assert (
        await redeem(database, Purpose.EVIDENCE, made.token, made.expires_at - timedelta(seconds=1))
        == allowed
    )
    with pytest.raises(NotFound):
        await redeem(database, Purpose.EVIDENCE, made.token, made.expires_at)
    assert timedelta(days=6) < made.expires_at - now < timedelta(days=8)
    assert made.token not in {
        (await link_for(database, Purpose.EVIDENCE, Allowed(no, 8), now)).token for no in range(5)
    }
