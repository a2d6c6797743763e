"""What follows from poor results, over the API: standing still, putting right, paying back, leaving (A10-A12)."""

from datetime import date
from typing import Any

import pytest

from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.policy.effectiveness import Grade, Graded
from domain.terms import ObligationKind
from persistence.database import Database
from persistence.supervision import Rectifications
from tests.api.site import Json, Site, fine, refused
from tests.support import eventually

BASE = "base-2021-03-1"
STOP = {"reason": "示例：停工", "ground": "停建", "document_no": "示例函1号"}
CONFIRM = {"amount": "3000.00", "document_no": "示例投资〔2020〕1号", "on": "2021-12-01"}
REFORM = {
    "result": "推进不力",
    "document_no": "示例发改〔2022〕2号",
    "completed_on": "2021-12-01",
    "on": "2022-01-05",
}
RECALL: dict[str, Any] = {
    "amount": "1000.00",
    "document_no": "示例发改〔2022〕3号",
    "reason": "示例：推进不力",
    "ground": "改革推进不力",
    "instalments": [{"due": "2022-06-30", "amount": "400.00"}, {"due": "2022-12-31", "amount": "600.00"}],
}
ORDER = {"requirement": "示例：补齐台账", "owner": "示例责任人", "due": "2022-01-28"}


async def running(site: Site, **known: Any) -> None:
    await site.base(BASE, Step.RUNNING, published_on=date(2022, 1, 1), **known)  # nothing is owed yet


async def order(site: Site, key: str | None = None, by: str = "office", **change: Json) -> Any:
    headers = {"Idempotency_Key": key} if key else {}
    return await site.post(f"/api/bases/{BASE}/rectifications", ORDER | change, by, **headers)


@pytest.mark.rule("A10")
async def test_a_base_is_stopped_and_goes_on(site: Site) -> None:
    await running(site)
    base = fine(await site.decide(BASE, "暂停运行", **STOP))
    assert (base["step"], base["suspended_since"], base["waiting_for"]) == (
        "常态运行",
        "2022-01-05",
        "省发展改革委",
    )
    assert "恢复运行" in base["possible_decisions"]
    assert "暂停运行" not in base["possible_decisions"]
    assert refused(await site.decide(BASE, "暂停运行", **STOP), 409)["code"] == (
        "consequence.suspended_already"
    )
    base = fine(await site.decide(BASE, "恢复运行"))
    assert base["suspended_since"] is None
    assert [entry["kind"] for entry in fine(await site.get(f"/api/bases/{BASE}/timeline"))][:2] == [
        "暂停运行",
        "恢复运行",
    ]


@pytest.mark.rule("A9", "A11", "A12")
@pytest.mark.parametrize(
    ("kind", "ground", "said"),
    [
        ("摘牌", None, "「摘牌」须写明事由，可选：年考核不合格、整改逾期未完成、严重失信"),
        ("摘牌", "停建", "「停建」不能作为「摘牌」的事由"),
        ("摘牌", "停止运行", "须有依据：载明该事由的文件文号"),
        ("摘牌", "年考核不合格", "最近一次年考核等次为不合格。（依据《推进措施》八）"),
        ("摘牌", "严重失信", "不在严重失信主体名单内"),
        ("暂停运行", "整改逾期未完成", "有锁定时仍未完成的整改"),
    ],
)
async def test_a_base_is_not_stopped_or_sent_away_without_a_ground_that_stands(
    site: Site, kind: str, ground: str | None, said: str
) -> None:
    await running(site)
    problem = refused(await site.decide(BASE, kind, reason="示例", ground=ground), 422)
    if ground or kind == "摘牌":
        assert said in problem["detail"]
    assert fine(await site.get(f"/api/bases/{BASE}"))["step"] == "常态运行"


@pytest.mark.rule("A12")
async def test_a_poor_year_is_a_ground(site: Site) -> None:
    await running(site, grades=(Graded("2021", Grade.POOR),))
    base = fine(await site.decide(BASE, "摘牌", reason="示例", ground="年考核不合格"))
    assert (base["stage"], base["waiting_for"]) == ("摘牌", "无")


@pytest.mark.rule("A11")
async def test_central_money_is_recalled_in_instalments_until_it_is_back_also_after_the_plaque_is_gone(
    site: Site,
) -> None:
    await running(site)
    fine(await site.decide(BASE, "核定中央投资", **CONFIRM))
    fine(await site.decide(BASE, "改革工作考评", **REFORM))
    more: dict[str, Any] = RECALL | {
        "amount": "3000.01",
        "instalments": [{"due": "2022-06-30", "amount": "3000.01"}],
    }
    problem = refused(await site.decide(BASE, "收回中央投资", **more), 422)
    assert (problem["code"], problem["clause"]) == ("recall.more_than_received", "《推进措施》八")
    assert "可收回的 3,000.00 万元" in problem["detail"]
    base = fine(await site.decide(BASE, "收回中央投资", **RECALL))
    assert (base["waiting_for"], base["next_due"]) == ("申报主体", "2022-06-30")
    gone = fine(await site.decide(BASE, "摘牌", reason="示例", ground="改革推进不力"))
    assert (gone["stage"], gone["waiting_for"], gone["next_due"]) == ("摘牌", "申报主体", "2022-06-30")
    assert gone["possible_decisions"] == ["核定中央投资", "收回中央投资", "收回到账"]
    [recall] = gone["recalls"]
    assert (recall["amount"], recall["instalments"]) == ("1000.00", RECALL["instalments"])
    paid = {"document_no": "示例回单1号", "on": "2022-01-05"}
    problem = refused(await site.decide(BASE, "收回到账", amount="1000.01", **paid), 422)
    assert "超过尚未缴回的 1,000.00 万元" in problem["detail"]
    left = fine(await site.decide(BASE, "收回到账", amount="500.00", **paid))
    assert left["next_due"] == "2022-12-31"
    back = fine(await site.decide(BASE, "收回到账", amount="500.00", **paid))
    assert (back["stage"], back["waiting_for"]) == ("摘牌", "无")
    assert [one["amount"] for one in back["recoveries"]] == ["500.00", "500.00"]


@pytest.mark.rule("A11")
async def test_who_reported_no_central_money_has_none_to_give_back(site: Site) -> None:
    await running(site)
    problem = refused(await site.decide(BASE, "改革工作考评", **REFORM), 422)
    assert (problem["code"], problem["clause"]) == ("reform.no_central_funds", "《推进措施》八")


@pytest.mark.rule("A10")
async def test_rectification_is_ordered_with_words_that_stay_in_the_database(
    site: Site, database: Database
) -> None:
    await running(site)
    fine(await order(site, "k"), 201)
    fine(await order(site, "k"), 201)  # the same again
    fine(await order(site, requirement="示例：整修场地"), 201)
    owed = [obligation_id(BASE, ObligationKind.RECTIFICATION, f"2022-O{n}") for n in (1, 2)]

    async def opened() -> list[str]:
        base = fine(await site.get(f"/api/bases/{BASE}"))
        return [one["id"] for one in base["obligations"] if one["kind"] == "整改"]

    assert await eventually(opened, lambda found: len(found) == 2) == owed
    async with database.transaction() as tx:
        assert await Rectifications(tx).requirement(owed[0]) == "示例：补齐台账"
        assert await Rectifications(tx).requirement(owed[1]) == "示例：整修场地"
    entries = fine(await site.get(f"/api/bases/{BASE}/timeline"))
    ordered = [entry["detail"] for entry in entries if entry["kind"] == "责令整改"]
    assert ordered == [{"number": f"2022-O{n}", "due": "2022-01-28"} for n in (1, 2)]


async def test_what_cannot_be_ordered_leaves_no_words(site: Site, database: Database) -> None:
    await running(site)
    problem = refused(await order(site, due="2022-01-04"), 422)
    assert problem["code"] == "consequence.past_due"
    refused(await order(site, by="department"), 403)
    refused(await order(site, by="other city"), 404)
    async with database.transaction() as tx:
        owed = obligation_id(BASE, ObligationKind.RECTIFICATION, "2022-O1")
        assert await Rectifications(tx).requirement(owed) is None
