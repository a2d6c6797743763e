"""Deciding about a report over HTTP: 审核通过, 退回, 延期, 异议, 更正 — by whom, how often, and what is seen of it after."""

from datetime import timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.terms import City, Level
from tests.api.site import OTHER, OWN, Json, Site, fine, refused
from tests.support import eventually

BASE = "base-2021-03-1"
WHY = {"certified": "请核对证书数", "funds_self": "与银行回单不符"}


async def handed_in(
    site: Site, base_id: str = BASE, *, level: Level = Level.PROVINCE, city: City = OWN
) -> str:
    """A report that waits for its review; its id."""
    owed = await site.pilot(base_id, city, level)
    await site.hands_in(owed)
    return owed


async def shown(site: Site, owed: str, by: str = "office") -> Json:
    """The obligation as a caller sees it."""
    return fine(await site.get(f"/api/obligations/{owed}", by))


async def ended(site: Site, owed: str) -> None:
    """Wait until its workflow is over."""
    await site.parts.client.get_workflow_handle(owed).result()


@pytest.mark.rule("A10")
async def test_a_report_waits_for_its_review_and_is_accepted_once(site: Site) -> None:
    owed = await handed_in(site)
    waiting = await shown(site, owed)
    assert (waiting["state"], waiting["submitted"], waiting["version"]) == ("已报送", True, 1)
    assert (waiting["waiting_for"], waiting["review_until"]) == ("省发展改革委", "2022-01-19")
    assert waiting["possible_decisions"] == ["审核通过", "退回"]
    assert (waiting["decisions"], waiting["returned"]) == ([], [])

    done = fine(await site.decide_report(owed, "审核通过", key="k", remark="数据完整"))
    assert (done["state"], done["waiting_for"], done["review_until"]) == ("已通过", "无", None)
    assert done["possible_decisions"] == ["申请更正"]
    (decision,) = done["decisions"]
    assert (decision["kind"], decision["role"], decision["version"]) == ("审核通过", "office", 1)
    assert decision["detail"] == {"remark": "数据完整"}
    assert decision["at"].startswith("2022-01-05T10:")

    await ended(site, owed)
    assert fine(await site.decide_report(owed, "审核通过", key="k", remark="数据完整")) == done
    problem = refused(await site.decide_report(owed, "审核通过", key="another"), 409)
    assert (problem["code"], problem["clause"]) == ("obligation.wrong_state", "《推进措施》八")
    assert "申请更正" in problem["detail"]


@pytest.mark.rule("A10")
async def test_what_was_returned_and_what_was_changed_is_shown_item_by_item(site: Site) -> None:
    owed = await handed_in(site)
    sent_back = fine(await site.decide_report(owed, "退回", items=WHY))
    assert (sent_back["state"], sent_back["returns"], sent_back["version"]) == ("已退回", 1, 1)
    assert (sent_back["waiting_for"], sent_back["ended_at"]) == ("基地联系人", None)
    assert sent_back["returned"] == [
        {"key": "certified", "label": "取得职业技能等级证书人数", "reason": "请核对证书数"},
        {"key": "funds_self", "label": "本月到位主体自筹", "reason": "与银行回单不符"},
    ]
    assert (sent_back["filled"], len(sent_back["values"])) == (20, 22)

    for text in ("开始", "100", "60", "提交"):
        await site.says(owed, text)
    again = await shown(site, owed)
    assert (again["state"], again["version"], again["returned"]) == ("已报送", 2, [])
    first, second = again["versions"]
    assert (first["version"], first["changes"], first["actor"]) == (1, [], "contact:1")
    assert second["changes"] == [
        {"key": "funds_self", "label": "本月到位主体自筹", "before": "120.50", "after": "100.00"}
    ]
    assert second["values"] == again["values"] == first["values"] | {"funds_self": "100.00"}


async def test_only_what_was_handed_in_can_be_returned(site: Site) -> None:
    owed = await handed_in(site)
    problem = refused(await site.decide_report(owed, "退回", items={"certifed": "写错了"}), 422)
    assert (problem["code"], problem["clause"]) == ("obligation.unknown_item", "本系统约定退回重报")
    refused(await site.decide_report(owed, "退回", items={}), 422)
    assert (await shown(site, owed))["state"] == "已报送"


@pytest.mark.rule("A10")
async def test_more_time_moves_the_due_day_and_the_lock(site: Site) -> None:
    owed = await site.pilot(BASE)
    extended = fine(await site.decide_report(owed, "准予延期", due="2022-01-14", reason="疫情影响"))
    assert (extended["due"], extended["locks"], extended["state"]) == ("2022-01-14", "2022-01-28", "填报中")
    problem = refused(await site.decide_report(owed, "准予延期", due="2022-01-14", reason="再延"), 422)
    assert problem["code"] == "obligation.not_later"


@pytest.mark.rule("B12")
async def test_a_city_reviews_the_bases_that_it_cultivates(site: Site) -> None:
    own = await handed_in(site, "base-2021-03-1", level=Level.CITY)
    provincial = await handed_in(site, "base-2021-03-2")
    others = await handed_in(site, "base-2021-03-3", level=Level.CITY, city=OTHER)
    assert fine(await site.decide_report(own, "审核通过", by="city"))["state"] == "已通过"
    assert refused(await site.decide_report(provincial, "审核通过", by="city"), 403)["code"] == (
        "obligation.not_yours"
    )
    hidden = refused(await site.decide_report(others, "审核通过", by="city"), 404)
    assert hidden["code"] == "obligation.not_found"
    assert (await shown(site, others))["decisions"] == []
    await ended(site, own)
    stale = refused(await site.decide_report(own, "退回", by="city", items=WHY), 409)
    assert stale["code"] == "obligation.wrong_state", "its own still, though nothing runs any more"


@pytest.mark.parametrize("by", ["department", "readonly", "lead"])
async def test_others_do_not_review(site: Site, by: str) -> None:
    owed = await handed_in(site)
    await site.answers_for(BASE)
    problem = refused(await site.decide_report(owed, "审核通过", by=by), 403)
    assert problem["code"] == "obligation.not_yours"


@pytest.mark.parametrize("kind", ["视为通过", "重算期限", "暂停计时", "恢复计时"])
async def test_what_comes_by_itself_is_nobodys_to_decide(site: Site, kind: str) -> None:
    owed = await handed_in(site)
    assert refused(await site.decide_report(owed, kind), 403)["code"] == "obligation.not_yours"


@pytest.mark.rule("A10")
async def test_an_objection_stops_the_clock_until_the_office_has_decided(site: Site) -> None:
    owed = await site.pilot(BASE)
    await site.answers_for(BASE)
    refused(await site.decide_report(owed, "提出异议", by="office", reason="示例"), 403)
    objected = fine(await site.decide_report(owed, "提出异议", by="lead", key="k", reason="项目尚未开工"))
    assert (objected["state"], objected["paused"]) == ("填报中", True)
    assert objected["waiting_for"] == "省发展改革委"
    assert objected["possible_decisions"] == ["免报", "准予延期", "异议处理"]
    resolved = fine(await site.decide_report(owed, "异议处理", upheld=True, reason="情况属实"))
    assert (resolved["state"], resolved["paused"], resolved["waiting_for"]) == ("免报", False, "无")
    await ended(site, owed)
    again = fine(await site.decide_report(owed, "提出异议", by="lead", key="k", reason="项目尚未开工"))
    assert again == resolved


@pytest.mark.rule("A10")
async def test_a_correction_is_asked_for_once_however_often_it_is_sent(site: Site) -> None:
    owed = await handed_in(site)
    await site.answers_for(BASE)
    fine(await site.decide_report(owed, "审核通过"))
    await ended(site, owed)

    async def asks(key: str) -> Json:
        return fine(await site.decide_report(owed, "申请更正", by="lead", key=key, reason="证书数录错"))

    asked = await asks("first")
    assert (asked["state"], asked["waiting_for"]) == ("申请更正", "省发展改革委")
    assert asked["possible_decisions"] == ["同意更正", "不同意更正"]
    assert await asks("first") == asked
    refused(await site.decide_report(owed, "申请更正", by="lead", key="second", reason="示例"), 409)

    stands = fine(await site.decide_report(owed, "不同意更正", reason="数据已汇总上报"))
    assert stands["state"] == "已通过"
    await ended(site, owed)
    assert await asks("first") == stands, "it was asked and answered"

    asked = await asks("second")
    assert [one["kind"] for one in asked["decisions"]] == ["审核通过", "申请更正", "不同意更正", "申请更正"]
    agreed = fine(await site.decide_report(owed, "同意更正"))
    assert (agreed["state"], agreed["returned"], agreed["waiting_for"]) == ("已退回", [], "基地联系人")
    for text in ("14=58", "提交"):
        await site.says(owed, text)
    corrected = await shown(site, owed)
    assert (corrected["version"], corrected["values"]["certified"], corrected["on_time"]) == (2, "58", True)


async def test_what_is_missing_cannot_be_corrected(site: Site, skipping: WorkflowEnvironment) -> None:
    owed = await site.pilot(BASE)
    await site.answers_for(BASE)
    await skipping.sleep(timedelta(days=20))

    async def state() -> str:
        return str((await shown(site, owed))["state"])

    await eventually(state, lambda found: found == "缺报")
    problem = refused(await site.decide_report(owed, "申请更正", by="lead", reason="补报"), 409)
    assert problem["code"] == "obligation.wrong_state"


async def test_a_report_of_another_base_is_not_there(site: Site) -> None:
    owed = await handed_in(site)
    refused(await site.decide_report(owed, "申请更正", by="lead", reason="示例"), 404)
    refused(await site.decide_report("obligation-x", "审核通过"), 404)
