"""The lists that everybody can see: in their public notice, and published (B14, B18)."""

import re

import pytest
from sqlalchemy import update

from domain.lifecycle import Step
from domain.terms import Level
from persistence import tables
from persistence.database import Database
from tests.api.site import Site
from tests.api.test_upload_page import shown
from tests.persistence.lists import NUMBER, in_notice, listed, published

BASE, OTHER = "base-2021-03-1", "base-2021-04-1"
NOTICES, NOTICE = "/public/notices", "/public/notices/2021"
FORM = f"{NOTICE}/objections/{BASE}"


@pytest.fixture
async def site(records: Site, database: Database) -> Site:
    """The second day of a public notice of two applications; a third was not selected."""
    await listed(database, BASE)
    await listed(database, OTHER, level=Level.CITY)
    await listed(database, "base-2021-05-1", Step.NOT_SELECTED, selected=False)
    await in_notice(database)
    records.later("2022-05-10 10:00")
    return records


@pytest.mark.rule("B14")
async def test_during_the_notice_everybody_sees_the_proposed_list_and_how_to_object(site: Site) -> None:
    assert "正在公示：2022-05-09 至 2022-05-13" in shown(await site.http.get(NOTICES))
    answer = await site.http.get(NOTICE)
    text = shown(answer)
    assert "公示期：2022年5月9日至2022年5月13日" in text
    assert re.search(r"省级 大数据 示例基地 base-2021-03-1 示例职业技术大学 太原 提出异议", text)
    assert text.index("base-2021-03-1") < text.index("base-2021-04-1")
    assert "base-2021-05-1" not in text
    assert f'href="{FORM}"' in answer.text
    assert "真实姓名、联系方式和理由" in text
    assert NUMBER not in text


@pytest.mark.rule("B14")
async def test_before_its_first_day_nothing_is_shown(records: Site, database: Database) -> None:
    await listed(database, BASE)
    await in_notice(database)
    records.later("2022-05-08 23:59")
    assert "目前没有公示或公布的名单" in shown(await records.http.get(NOTICES))
    for path in (NOTICE, f"{NOTICE}.docx", f"{NOTICE}.xlsx"):
        shown(await records.http.get(path), 404)


@pytest.mark.rule("B14")
async def test_after_the_notice_the_list_waits_for_its_publication(site: Site, database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(update(tables.bases).values(step=Step.PUBLICATION))
    site.later("2022-05-14 10:00")
    assert "待公布" in shown(await site.http.get(NOTICES))
    answer = await site.http.get(NOTICE)
    assert "公示期已满，待公布" in shown(answer)
    assert "objections" not in answer.text


@pytest.mark.rule("B14", "B18")
async def test_the_published_list_carries_official_names_number_and_date(
    site: Site, database: Database
) -> None:
    await published(database, BASE, "山西省示例大数据产教融合实训基地")
    site.later("2022-05-16 10:00")
    assert f"已公布：2022-05-16，{NUMBER}" in shown(await site.http.get(NOTICES))
    text = shown(await site.http.get(NOTICE))
    official, _, still = text.partition("拟发布的")
    assert "省级 大数据 山西省示例大数据产教融合实训基地 示例职业技术大学 太原" in official
    assert f"{NUMBER} 2022年5月16日" in official
    assert "base-2021-04-1" in still, "what is still in its notice is still to be seen"
    assert "base-2021-04-1" not in official


async def test_a_base_that_an_objection_took_off_the_list_is_no_longer_shown(
    site: Site, database: Database
) -> None:
    async with database.transaction() as tx:
        gone = update(tables.bases).where(tables.bases.c.id == BASE)
        await tx.execute(gone.values(step=Step.NOT_SELECTED))
    assert BASE not in (await site.http.get(NOTICE)).text


@pytest.mark.parametrize(
    "path", ["2099", "2099.docx", "2099.xlsx", f"2099/objections/{BASE}", "2021/objections/x", "%00"]
)
async def test_what_there_is_not_is_said_on_a_page(site: Site, path: str) -> None:
    status = 422 if path == "%00" else 404
    text = shown(await site.http.get(f"{NOTICES}/{path}"), status)
    assert "没有" in text or "不能有空字符" in text
    assert (await site.http.head(f"{NOTICES}/{path}")).status_code == status


async def test_pages_answer_to_head(site: Site) -> None:
    for path in (NOTICES, NOTICE, f"{NOTICE}.docx", f"{NOTICE}.xlsx", FORM):
        assert (await site.http.head(path)).status_code == 200


async def test_names_are_never_markup(site: Site, database: Database) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    async with database.transaction() as tx:
        await tx.execute(update(tables.bases).values(name=evil, lead=evil))
        await tx.execute(update(tables.rounds).values(title=evil))
    for path in (NOTICES, NOTICE, FORM):
        answer = await site.http.get(path)
        assert evil in shown(answer)
        assert "<img" not in answer.text
