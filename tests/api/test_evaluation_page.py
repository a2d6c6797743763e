"""The page of an evaluator: what is to be evaluated, the self-assessment, the form, recusal, and the end (A12, A15)."""

from decimal import Decimal

import pytest
from sqlalchemy import insert, select

from domain.assessment import Phase
from domain.forms.assessment import ELEMENTS
from domain.ids import assessment_id, obligation_id
from domain.terms import ObligationKind
from persistence import tables
from persistence.assessments import Assessments
from persistence.database import Database
from persistence.evaluators import Evaluators
from tests.api.site import Site
from tests.api.test_upload_page import shown
from tests.persistence.evaluating import FIRST, NOW, SECOND, YEAR, assessed, invited

FORM = {f"item_{element.key}": "80" for element in ELEMENTS} | {"comment": "示例意见"}


@pytest.fixture
async def site(records: Site, database: Database) -> Site:
    """One base is evaluated by a third party in February 2026."""
    await assessed(database)
    records.later("2026-02-05 10:00")
    return records


async def link(database: Database, *base_ids: str, organisation: str = "示例评价机构") -> str:
    """An evaluator's page."""
    _, token = await invited(database, *base_ids, organisation=organisation)
    return f"/evaluate/{token}"


async def given(database: Database) -> list[tuple[str, str]]:
    async with database.transaction() as tx:
        rows = await tx.execute(select(tables.evaluations.c.total, tables.evaluations.c.comment))
        return [(str(total), comment) for total, comment in rows]


async def self_assessed(database: Database) -> None:
    """The base has handed its self-assessment in."""
    owed = obligation_id(FIRST, ObligationKind.ASSESSMENT, YEAR)
    row = {"kind": "年考核", "opens": NOW, "due": NOW, "locks": NOW, "state": "已报送", "tentative": False}
    figures: list[dict[str, object]] = [
        {"key": "planning_score", "number": Decimal(91), "text": None},
        {"key": "planning_note", "number": None, "text": "示例：编制了三年规划"},
        {"key": "self_summary", "number": None, "text": "示例：总体良好"},
    ]
    async with database.transaction() as tx:
        await tx.execute(
            insert(tables.obligations).values(id=owed, base_id=FIRST, period=YEAR, version=1, **row)
        )
        known: dict[str, object] = {"obligation_id": owed, "version": 1}
        await tx.execute(insert(tables.submissions).values(known | {"at": NOW, "role": "lead", "actor": ""}))
        await tx.execute(insert(tables.figures), [known | figure for figure in figures])


@pytest.mark.rule("A12", "A15")
async def test_an_evaluator_reads_gives_points_and_corrects(site: Site, database: Database) -> None:
    page = await link(database)
    listed = await site.http.get(page)
    assert f"{page}/{FIRST}" in listed.text
    assert "未评" in shown(listed)
    form = shown(await site.http.get(f"{page}/{FIRST}"))
    for element in ELEMENTS:
        assert f"{element.label}（权重 " in form
    assert "没有报送年考核自评" in form
    done = await site.http.post(f"{page}/{FIRST}", data=FORM)
    assert (done.status_code, done.headers["location"]) == (303, page)
    assert "已评：80.00 分" in shown(await site.http.get(page))
    again = await site.http.get(f"{page}/{FIRST}")
    assert "示例意见" in again.text
    await site.http.post(f"{page}/{FIRST}", data=FORM | {"item_tasks": "90.5", "comment": "改后的意见"})
    assert await given(database) == [("82.10", "改后的意见")]


@pytest.mark.rule("A15")
async def test_an_evaluator_sees_what_the_base_says_of_itself(site: Site, database: Database) -> None:
    await self_assessed(database)
    page = shown(await site.http.get(f"{await link(database)}/{FIRST}"))
    for said in ("91", "示例：编制了三年规划", "示例：总体良好", "全年报送：按时 0 次，逾期 0 次，缺报 0 次"):
        assert said in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"item_scale": ""}, "「规模价值」还没有评分"),
        ({"item_scale": "100.01"}, "不在 0 至 100 之间"),
        ({"item_scale": "80.555"}, "最多保留两位小数"),
        ({"item_scale": "优"}, "「优」不是 0 至 100 的数字"),
        ({"comment": "字" * 2001}, "共 2001 字，超过 2000 字"),
    ],
)
async def test_what_cannot_be_taken_comes_back_with_everything_that_was_filled_in(
    site: Site, database: Database, change: dict[str, str], said: str
) -> None:
    answer = await site.http.post(f"{await link(database)}/{FIRST}", data=FORM | change)
    assert said in shown(answer, 422)
    assert 'value="80"' in answer.text
    assert await given(database) == []


async def test_an_evaluator_asks_not_to_evaluate(site: Site, database: Database) -> None:
    page = await link(database)
    await site.http.post(f"{page}/{FIRST}", data=FORM)
    assert (await site.http.post(f"{page}/{FIRST}/recusal", data={"reason": ""})).status_code == 422
    done = await site.http.post(f"{page}/{FIRST}/recusal", data={"reason": "示例：曾任顾问"})
    assert done.status_code == 303
    assert "按回避规定不予评价" in shown(await site.http.get(page))
    assert (await site.http.get(f"{page}/{FIRST}")).status_code == 403
    assert await given(database) == []


async def test_whoever_takes_part_neither_reads_nor_gives_points(site: Site, database: Database) -> None:
    page = await link(database, organisation="示例职业技术大学")
    assert "按回避规定不予评价" in shown(await site.http.get(page))
    for answer in (
        await site.http.get(f"{page}/{FIRST}"),
        await site.http.post(f"{page}/{FIRST}", data=FORM),
    ):
        assert answer.status_code == 403
    assert await given(database) == []


@pytest.mark.rule("A12")
async def test_after_the_closing_nothing_is_given_or_changed(site: Site, database: Database) -> None:
    await assessed(database, SECOND, Phase.APPEAL)
    page = await link(database, FIRST, SECOND)
    async with database.transaction() as tx:
        await Assessments(tx).close(assessment_id(FIRST, YEAR), NOW)
    assert "评价已结束" in shown(await site.http.get(page))
    for base in (FIRST, SECOND):
        answer = await site.http.post(f"{page}/{base}", data=FORM)
        assert "评价已经结束" in shown(answer, 409)
    assert await given(database) == []


async def test_a_link_opens_nothing_else_and_dies_with_its_revocation(site: Site, database: Database) -> None:
    await assessed(database, SECOND)
    one, token = await invited(database)
    assert (await site.http.get(f"/evaluate/{token}/{SECOND}")).status_code == 404
    for wrong in ("/evaluate/" + "x" * 43, f"/evaluate/{token[:-1]}", "/evaluate/%00"):
        assert (await site.http.get(wrong)).status_code in (404, 422)
    async with database.transaction() as tx:
        await Evaluators(tx).revoke(one.id, NOW)
    answer = await site.http.get(f"/evaluate/{token}")
    assert "评价链接无效" in shown(answer, 404)


async def test_a_page_is_kept_nowhere_and_its_address_told_to_nobody(site: Site, database: Database) -> None:
    page = await site.http.get(await link(database))
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


async def test_what_people_wrote_is_shown_as_text(site: Site, database: Database) -> None:
    page = await link(database, organisation="<script>alert(1)</script>")
    listed = await site.http.get(page)
    assert "<script>" not in listed.text
    assert "&lt;script&gt;" in listed.text
