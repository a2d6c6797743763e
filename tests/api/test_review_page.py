"""The page of an expert: what is to be judged, its documents, the scoring form, recusal, and the end of the review."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.lifecycle import Step
from domain.policy.recusal import OWN_ORGANISATION
from domain.policy.rounds import ROUND_2021
from domain.policy.rubric import METHODS, RUBRICS, RubricItem
from domain.policy.source import Dated, ours
from domain.terms import LeadKind
from persistence import tables
from persistence.database import Database
from tests import pdfs
from tests.api.materials import applying, hand_in
from tests.api.site import Site
from tests.api.test_upload_page import shown
from tests.persistence.jury import ELSEWHERE, FIRST, OPERATOR, PARTNER, POINTS, application, closed, invited

FORM = {f"item_{key}": "80" for key in POINTS} | {"method": METHODS[1], "comment": "示例意见"}
PDF = pdfs.pdf(2)


@pytest.fixture
async def site(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """One application with one document is in the expert review."""
    async with applying(database_url, tmp_path) as site:
        assert (await hand_in(site, PDF)).status_code == 201
        await to_step(database, Step.EXPERT_REVIEW)
        site.later("2022-02-15 10:00")
        yield site


async def to_step(database: Database, step: Step) -> None:
    async with database.transaction() as tx:
        await tx.execute(tables.bases.update().values(step=step))


async def link(database: Database, organisation: str = "示例大学", name: str = "示例专家甲") -> str:
    """An expert's page."""
    _, token = await invited(database, name, organisation)
    return f"/public/review/{token}"


async def recorded(database: Database) -> list[tuple[str, str]]:
    async with database.transaction() as tx:
        rows = await tx.execute(select(tables.scores.c.total, tables.scores.c.comment))
        return [(str(total), comment) for total, comment in rows]


@pytest.mark.rule("B13")
async def test_an_expert_reads_scores_and_corrects(site: Site, database: Database) -> None:
    page = await link(database)
    listed = await site.http.get(page)
    assert f"{page}/{FIRST}" in listed.text
    assert "未评" in shown(listed)
    form = await site.http.get(f"{page}/{FIRST}")
    for item in RUBRICS[LeadKind.SCHOOL][0].value:
        assert f"{item.label}（权重 {item.weight}%）" in shown(form)
    for method in METHODS:
        assert f"<option>{method}</option>" in form.text
    assert "建设实施方案" in shown(form)
    document = await site.http.get(f"{page}/{FIRST}/plan")
    assert (document.content, document.headers["content-type"]) == (PDF, "application/pdf")

    done = await site.http.post(f"{page}/{FIRST}", data=FORM)
    assert (done.status_code, done.headers["location"]) == (303, page)
    assert "已评：80.00 分" in shown(await site.http.get(page))
    again = await site.http.get(f"{page}/{FIRST}")
    assert f"<option selected>{METHODS[1]}</option>" in again.text
    assert "示例意见" in again.text
    await site.http.post(f"{page}/{FIRST}", data=FORM | {"item_majors": "90.5", "comment": "改后的意见"})
    assert await recorded(database) == [("82.10", "改后的意见")]


@pytest.mark.rule("B13")
async def test_a_round_keeps_the_rubric_that_it_was_announced_with(
    site: Site, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = Dated(date(2022, 1, 1), (RubricItem("merit", "示例新评分项", 100),), ours("评分表"))
    monkeypatch.setitem(RUBRICS, LeadKind.SCHOOL, (*RUBRICS[LeadKind.SCHOOL], newer))
    page = await link(database)
    assert "示例新评分项" not in shown(await site.http.get(f"{page}/{FIRST}"))
    async with database.transaction() as tx:
        await tx.execute(tables.rounds.update().values(announced_on=date(2022, 1, 1)))
    assert "示例新评分项（权重 100%）" in shown(await site.http.get(f"{page}/{FIRST}"))


@pytest.mark.rule("B13")
async def test_a_round_with_a_rubric_of_its_own_is_scored_by_it(site: Site, database: Database) -> None:
    rubric = (RubricItem("merit", "示例评分项", 60), RubricItem("rest", "示例其余项", 40))
    terms = ROUND_2021.model_copy(update={"rubrics": {LeadKind.SCHOOL: rubric}})
    async with database.transaction() as tx:
        await tx.execute(tables.rounds.update().values(terms=terms.model_dump(mode="json")))
    page = await link(database)
    text = shown(await site.http.get(f"{page}/{FIRST}"))
    assert "示例评分项（权重 60%）" in text
    assert "骨干学科专业群与产业集群匹配度" not in text
    scored = {"item_merit": "90", "item_rest": "80", "method": METHODS[0]}
    assert (await site.http.post(f"{page}/{FIRST}", data=scored)).status_code == 303
    assert await recorded(database) == [("86.00", "")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"item_plan": ""}, "「建设实施方案的必要性与可行性」还没有评分"),
        ({"item_plan": "101"}, "不在 0 至 100 之间"),
        ({"item_plan": "80.555"}, "最多保留两位小数"),
        ({"item_plan": "优"}, "「优」不是 0 至 100 的数字"),
        ({"item_plan": "NaN"}, "「NaN」不是 0 至 100 的数字"),
        ({"item_plan": "-1"}, "「-1」不是 0 至 100 的数字"),
        ({"method": "电话"}, "请选择评议方式：基础资料评审、互联网+现场答辩、视频转播考察"),
        ({"comment": "字" * 2001}, "共 2001 字，超过 2000 字"),
    ],
)
async def test_a_wrong_form_comes_back_as_filled_in_with_what_is_wrong(
    site: Site, database: Database, change: dict[str, str], said: str
) -> None:
    page = await link(database)
    answer = await site.http.post(f"{page}/{FIRST}", data=FORM | {"comment": "留下的意见"} | change)
    text = shown(answer, 422)
    assert said in text
    assert 'value="80"' in answer.text
    assert "comment" in change or "留下的意见" in text
    assert await recorded(database) == []


@pytest.mark.rule("B13")
@pytest.mark.parametrize("organisation", [PARTNER, OPERATOR, "示例职业技术大学"])
async def test_an_expert_whose_organisation_takes_part_never_sees_the_material(
    site: Site, database: Database, organisation: str
) -> None:
    values = {"partners": f"{PARTNER}，企业，，省国资委", "operator": OPERATOR}
    new = tables.applications.insert().values(base_id=FIRST, values=values, draft={}, updated_by="contact:1")
    async with database.transaction() as tx:
        await tx.execute(new.values(updated_at=site.clock.now()))
    page = await link(database, organisation)
    listed = await site.http.get(page)
    assert "按回避规定不予评审" in shown(listed)
    assert f"{page}/{FIRST}" not in listed.text
    for answer in (
        await site.http.get(f"{page}/{FIRST}"),
        await site.http.get(f"{page}/{FIRST}/plan"),
        await site.http.post(f"{page}/{FIRST}", data=FORM),
    ):
        assert "（依据本系统约定评议回避）" in shown(answer, 403)
        assert PDF not in answer.content
    async with database.transaction() as tx:
        assert list(await tx.scalars(select(tables.recusals.c.reason))) == [OWN_ORGANISATION]
    assert await recorded(database) == []


@pytest.mark.rule("B13")
async def test_after_asking_to_be_recused_there_is_neither_material_nor_score(
    site: Site, database: Database
) -> None:
    page = await link(database)
    await site.http.post(f"{page}/{FIRST}", data=FORM)
    assert "请写明回避理由" in shown(
        await site.http.post(f"{page}/{FIRST}/recusal", data={"reason": " "}), 422
    )
    assert len(await recorded(database)) == 1
    done = await site.http.post(f"{page}/{FIRST}/recusal", data={"reason": "与申报单位有合作"})
    assert done.status_code == 303
    assert "按回避规定不予评审" in shown(await site.http.get(page))
    assert await recorded(database) == []
    shown(await site.http.get(f"{page}/{FIRST}/plan"), 403)


@pytest.mark.rule("B13")
async def test_after_the_review_is_closed_nothing_can_be_scored_and_the_clause_is_named(
    site: Site, database: Database
) -> None:
    page = await link(database)
    await site.http.post(f"{page}/{FIRST}", data=FORM)
    await closed(database)
    assert "本轮评议已经结束" in shown(await site.http.get(page))
    for answer in (
        await site.http.post(f"{page}/{FIRST}", data=FORM | {"comment": "迟到的意见"}),
        await site.http.get(f"{page}/{FIRST}"),
        await site.http.get(f"{page}/{FIRST}/plan"),
        await site.http.post(f"{page}/{FIRST}/recusal", data={"reason": "与申报单位有合作"}),
    ):
        assert "（依据《发榜公告》五(二)）" in shown(answer, 409)
    assert await recorded(database) == [("80.00", "示例意见")]


@pytest.mark.rule("B13")
async def test_no_expert_sees_the_score_of_another(site: Site, database: Database) -> None:
    first, second = await link(database), await link(database, name="示例专家乙")
    await site.http.post(f"{first}/{FIRST}", data=FORM | {"item_majors": "93.25", "comment": "只有甲知道"})
    for path in (second, f"{second}/{FIRST}"):
        text = (await site.http.get(path)).text
        for secret in ("93.25", "82.65", "只有甲知道", "示例专家甲"):
            assert secret not in text


async def test_only_what_is_in_the_experts_directions_can_be_reached(site: Site, database: Database) -> None:
    await application(database, ELSEWHERE)
    page = await link(database)
    assert ELSEWHERE not in (await site.http.get(page)).text
    for path in (ELSEWHERE, f"{ELSEWHERE}/plan", "base-2021-03-9"):
        shown(await site.http.get(f"{page}/{path}"), 404)


@pytest.mark.parametrize(
    "path", ["/public/review/x", f"/public/review/x/{FIRST}", f"/public/review/x/{FIRST}/plan"]
)
async def test_a_wrong_link_says_what_to_do(site: Site, path: str) -> None:
    assert "请联系厅际联席会议办公室重新索取" in shown(await site.http.get(path), 404)
    assert (await site.http.head(path)).status_code == 404


async def test_an_expired_link_opens_nothing(site: Site, database: Database) -> None:
    page = await link(database)
    site.later("2022-03-17 10:00")
    shown(await site.http.get(page), 404)
    shown(await site.http.post(f"{page}/{FIRST}", data=FORM), 404)


async def test_what_applicants_and_experts_write_is_never_markup(site: Site, database: Database) -> None:
    evil = "<script>alert(1)</script>\"'&"
    async with database.transaction() as tx:
        await tx.execute(tables.bases.update().values(name=evil, lead=evil))
    page = await link(database)
    await site.http.post(f"{page}/{FIRST}", data=FORM | {"comment": f"</textarea>{evil}"})
    for path in (page, f"{page}/{FIRST}"):
        answer = await site.http.get(path)
        assert evil.strip() in shown(answer)
        assert answer.text.count("</textarea>") in (0, 2)


async def test_a_form_that_is_longer_than_a_person_writes_is_not_read(site: Site, database: Database) -> None:
    page = await link(database)
    answer = await site.http.post(f"{page}/{FIRST}", data=FORM | {"comment": "x" * 70_000})
    shown(answer, 413)


async def test_an_outage_is_logged_without_the_link(
    site: Site, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    page = await link(database)
    await site.parts.database.close()
    site.parts.database.engine = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing").engine
    answer = await site.http.get(page)
    assert "暂时" in shown(answer, 503)
    assert answer.headers["retry-after"] == "5"
    assert "/public/review/{token}" in caplog.text
    assert page not in caplog.text


async def test_a_score_that_comes_after_the_close_gives_back_what_was_written(
    site: Site, database: Database
) -> None:
    page = await link(database)
    await closed(database)
    answer = await site.http.post(f"{page}/{FIRST}", data=FORM | {"comment": "写了很久的意见"})
    text = shown(answer, answer.status_code)
    assert answer.status_code >= 400
    assert "写了很久的意见" in text
    assert "重新提交" not in text
