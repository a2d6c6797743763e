"""The page for the files of what waits for an official: over a signed link, as long as it waits for them."""

from datetime import UTC, datetime

import pytest

from casework.form_links import Purpose, signed
from domain.forms.questions import AnswerKind
from domain.forms.registry import FORMS
from domain.policy.members import LEADING_UNIT
from domain.terms import ObligationKind, ObligationState
from domain.worklist import ItemKind
from persistence.obligations import Obligations
from persistence.people import People
from tests import pdfs
from tests.api.site import Site, fine
from tests.api.test_evidence_page import OWED, files, link, sent, site
from tests.api.test_upload_page import shown
from tests.support import FULL_BY_KIND, eventually

__all__ = ["site"]

KIND = ObligationKind.REPORT
OVER = "材料链接无效、已过期，或该事项已经办结"


async def handed_in(site: Site) -> str:
    """A yearly report with a file waits for the office; how it is called in its list."""
    await site.http.post(await link(site), files=sent(("报告.pdf", pdfs.pdf(3))))
    for question in FORMS[KIND].questions:
        if question.kind is not AnswerKind.EVIDENCE:
            await site.says(OWED, f"{question.no}={FULL_BY_KIND[KIND][question.key]}")
    await site.says(OWED, "提交")
    await stands(site, ObligationState.SUBMITTED)
    async with site.parts.database.transaction() as tx:
        return str((await Obligations(tx).get(OWED)).no)


async def stands(site: Site, wanted: ObligationState) -> None:
    """Wait until it is on record."""

    async def state() -> ObligationState:
        async with site.parts.database.transaction() as tx:
            return (await Obligations(tx).get(OWED)).state

    await eventually(state, lambda now: now is wanted)


async def official(site: Site, department: str = LEADING_UNIT) -> int:
    async with site.parts.database.transaction() as tx:
        return await People(tx).add("示例经办人", department=department)


async def reading(site: Site, ref: str, contact: int, kind: ItemKind = ItemKind.REPORT) -> str:
    made = await signed(site.parts.database, Purpose.READING, f"{kind}:{ref}", contact, datetime.now(UTC))
    return f"/files/{made.token}"


async def test_the_office_reads_what_came_with_a_report_as_long_as_it_waits(site: Site) -> None:
    ref = await handed_in(site)
    (sha256,) = await files(site, OWED)
    address = await reading(site, ref, await official(site))
    answer = await site.http.get(address)
    assert "年度综合报告" in shown(answer)
    assert f'href="{address}/{sha256}"' in answer.text
    content = await site.http.get(f"{address}/{sha256}")
    assert (content.status_code, content.headers["content-type"]) == (200, "application/pdf")
    assert content.content == pdfs.pdf(3)
    assert OVER in shown(await site.http.get(f"{address}/{'0' * 64}"), 404)
    fine(await site.decide_report(OWED, "审核通过"))
    await stands(site, ObligationState.ACCEPTED)
    for path in (address, f"{address}/{sha256}"):
        assert OVER in shown(await site.http.get(path), 404)


@pytest.mark.parametrize("how", ["a unit that does not decide", "a contact", "nonsense", "other purpose"])
async def test_nobody_else_reads_it(site: Site, how: str) -> None:
    ref = await handed_in(site)
    address = {
        "a unit that does not decide": await reading(site, ref, await official(site, "省财政厅")),
        "a contact": await reading(site, ref, 1),
        "nonsense": "/files/示例",
        "other purpose": (await link(site)).replace("/evidence/", "/files/"),
    }[how]
    assert OVER in shown(await site.http.get(address), 404)
    assert OVER in shown(await site.http.get(f"{address}/{(await files(site, OWED))[0]}"), 404)
