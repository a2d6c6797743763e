"""The page for a form that is filled in as a sheet: over a signed link, every cell an answer or none."""

import base64
import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from temporalio.testing import WorkflowEnvironment

from casework.form_links import Allowed, Purpose, link_for, redeem
from casework.form_sheet import SHEET
from domain.errors import NotFound
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.terms import ObligationKind
from persistence.database import Database
from persistence.obligations import Obligations
from tests.api.site import Site, serving
from tests.api.test_upload_page import shown
from tests.support import FULL_BY_KIND, eventually

BASE = "base-2021-03-1"
KIND = ObligationKind.REPORT
OWED = obligation_id(BASE, KIND, "2024")
OTHER = obligation_id(BASE, ObligationKind.PUBLICATION, "2024-H2")
AT_NOON = "2025-01-03 12:00"


@pytest.fixture
async def site(
    skipping: WorkflowEnvironment, database: Database, database_url: str, tmp_path: Path
) -> AsyncIterator[Site]:
    """A base that owes its yearly report and what it published."""
    async with serving(skipping.client, database_url, AT_NOON, documents_url=f"file://{tmp_path}") as site:
        await site.base(BASE, Step.PILOT, published_on=date(2024, 2, 1))

        async def are_open() -> bool:
            return all([(await site.parts.gateway.obligation(owed)).view for owed in (OWED, OTHER)])

        await eventually(are_open)
        yield site


async def link(site: Site, owed: str = OWED, contact: int = 1, purpose: Purpose = Purpose.SHEET) -> str:
    async with site.parts.database.transaction() as tx:
        no = (await Obligations(tx).get(owed)).no
    made = await link_for(site.parts.database, purpose, Allowed(no, contact), datetime.now(UTC))
    return f"/{purpose}/{made.token}"


async def template(site: Site, address: str) -> bytes:
    answer = await site.http.get(f"{address}/template.xlsx")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    return answer.content


def filled(content: bytes, **cells: Any) -> dict[str, tuple[str, bytes]]:
    book = load_workbook(io.BytesIO(content))
    for cell, value in cells.items():
        book[SHEET][cell].value = value
    out = io.BytesIO()
    book.save(out)
    return {"file": ("填好.xlsx", out.getvalue())}


async def values(site: Site) -> dict[str, str]:
    return (await site.parts.gateway.obligation(OWED)).draft.values


async def test_a_filled_in_template_is_taken_cell_by_cell(site: Site) -> None:
    address = await link(site)
    assert "已填 0/9 项" in shown(await site.http.get(address))
    content = await template(site, address)
    page = shown(await site.http.post(address, files=filled(content, F5=1200.5, F7=420, F10="<b>投产</b>")))
    assert "✓ 已填入 3 项，现已填 3/9 项。" in page
    assert "F5 1. 全年完成投资 1200.5 ✓" in page
    assert "已填 3/9 项" in page
    assert await values(site) == {
        "invest_year": "1200.50",
        "trainees_year": "420",
        "achievements": "<b>投产</b>",
    }
    again = shown(await site.http.post(address, files=filled(content, F5=1200.5)))
    assert "所填内容与已填的一致，没有改动。" in again


async def test_what_is_typed_into_a_cell_is_never_markup(site: Site) -> None:
    address = await link(site)
    answer = await site.http.post(
        address, files=filled(await template(site, address), F5="<script>1</script>")
    )
    assert "<script>" not in answer.text
    assert answer.status_code == 422


async def test_one_wrong_cell_and_nothing_is_taken(site: Site) -> None:
    address = await link(site)
    page = shown(
        await site.http.post(address, files=filled(await template(site, address), F5=1.234, F6=5, F7="很多")),
        422,
    )
    assert "3 项中有 2 处不能采用，本次全部没有填入" in page
    assert "F5 1. 全年完成投资 1.234 ✗ 「1.234」小数超过两位" in page
    assert "F6 2. 全年到位资金 5 未采用" in page
    assert "F7 3. 全年实训 很多 ✗ 「很多」不是能识别的数字" in page
    assert await values(site) == {}


async def test_the_template_of_another_report_is_refused_with_words(site: Site) -> None:
    theirs = filled(await template(site, await link(site, OTHER)), F6="示例日报")
    page = shown(await site.http.post(await link(site), files=theirs), 422)
    assert "这是 2024年下半年 半年发布 的模板" in page
    assert await values(site) == {}


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\x03\x04"])
async def test_what_is_no_sheet_is_refused(site: Site, content: bytes) -> None:
    page = shown(await site.http.post(await link(site), files={"file": ("x.xlsx", content)}), 422)
    assert "这个文件不是 XLSX" in page


async def test_more_than_a_sheet_can_be_is_not_even_read(site: Site) -> None:
    answer = await site.http.post(await link(site), files={"file": ("x.xlsx", b"0" * (4 * 2**20))})
    assert "每个文件不能超过 2 MB" in shown(answer, 413)


async def test_after_handing_in_there_is_no_template_and_nothing_is_taken(site: Site) -> None:
    address = await link(site)
    content = await template(site, address)
    for no, answer in enumerate(FULL_BY_KIND[KIND].values(), 1):
        await site.says(OWED, f"{no}={answer}")
    await site.says(OWED, "提交")
    assert "已经报送" in shown(await site.http.post(address, files=filled(content, F5=1)), 422)
    assert (await site.http.get(f"{address}/template.xlsx")).status_code == 409


async def test_without_a_file_nothing_happens(site: Site) -> None:
    assert "已填 0/9 项" in shown(await site.http.post(await link(site), data={"x": "y"}))


async def test_links_for_files_and_for_sheets_do_not_open_each_others_page(site: Site) -> None:
    for purpose, page in ((Purpose.SHEET, "evidence"), (Purpose.EVIDENCE, "sheet")):
        token = (await link(site, purpose=purpose)).rpartition("/")[2]
        assert "上传链接无效或已过期" in shown(await site.http.get(f"/{page}/{token}"), 404)


async def test_what_a_link_is_for_is_signed(database: Database) -> None:
    made = await link_for(database, Purpose.SHEET, Allowed(7, 8), datetime.now(UTC))
    assert await redeem(database, Purpose.SHEET, made.token, datetime.now(UTC)) == Allowed(7, 8)
    with pytest.raises(NotFound):
        await redeem(database, Purpose.EVIDENCE, made.token, datetime.now(UTC))


async def test_a_link_that_was_not_made_here_is_refused_whatever_it_says(database: Database) -> None:
    for said in ("9" * 5000 + ".1.1.x", "1.2.x", "....", "\x00", "1.2.3.٣"):
        token = base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")
        with pytest.raises(NotFound):
            await redeem(database, Purpose.SHEET, token, datetime.now(UTC))


async def test_a_link_of_somebody_else_leads_nowhere(site: Site) -> None:
    address = await link(site, contact=99)
    for answer in (await site.http.get(address), await site.http.get(f"{address}/template.xlsx")):
        assert "上传链接无效或已过期" in shown(answer, 404)
