"""Decisions over HTTP: taken, refused with the reason and the clause, and never taken twice."""

import asyncio
from datetime import date, timedelta
from urllib.parse import quote

import pytest

from domain.lifecycle import Step
from domain.terms import Level
from tests.api.site import Json, Site, fine, refused
from workflows import gateway

BASE = "base-2021-03-1"

NOTICE = {"kind": "公示", "first": "2022-01-06", "last": "2022-01-12"}
PUBLICATION = {"kind": "公布", "document_no": "示例〔2022〕1号", "official_name": "示例大数据平台载体"}
PLAQUE = {"kind": "授牌", "document_no": "示例〔2022〕2号"}

WRONG = [
    # decision, what its errors name
    ({}, ["body"]),
    ({"kind": "点赞"}, ["body"]),
    ({"kind": "受理", "score": 1}, ["body.受理.score"]),
    ({"kind": "不予受理"}, ["body.不予受理.reason"]),
    ({"kind": "不予受理", "reason": ""}, ["body.不予受理.reason"]),
    ({"kind": "不予受理", "reason": "长" * 501}, ["body.不予受理.reason"]),
    ({"kind": "评议", "score": "100.5", "organiser": "示例", "methods": []}, ["score", "methods"]),
    ({"kind": "评议", "score": "NaN", "organiser": "示例", "methods": ["基础资料评审"]}, ["score"]),
    ({"kind": "评议", "score": "90.123", "organiser": "示例", "methods": ["基础资料评审"]}, ["score"]),
    ({"kind": "公示", "first": "2022-02-30", "last": "一月"}, ["first", "last"]),
    ([], ["body"]),
    ("受理", ["body"]),
]

REFUSED = [
    # step, decision, clause, words
    (
        Step.NOTICE_DUE,
        NOTICE | {"last": "2022-01-11"},
        "本系统约定公示期",
        "只有 4 个工作日，至少需要 5 个工作日",
    ),
    (Step.NOTICE_DUE, NOTICE | {"first": "2022-01-04"}, "《发榜公告》五(三)", "2022-01-04 已经过去"),
    (
        Step.PUBLICATION,
        PUBLICATION | {"on": "2022-01-04"},
        "《发榜公告》五(三)",
        "公示到 2022-01-04 为止",
    ),
    (Step.PUBLICATION, PUBLICATION | {"on": "2022-01-06"}, "《发榜公告》五(四)", "还没有到"),
    (Step.PLAQUE, PLAQUE | {"on": "2022-01-06"}, "《发榜公告》五", "还没有到"),
    (
        Step.CONSENT,
        {"kind": "省政府同意", "document_no": "示例〔2022〕3号", "on": "2022-01-06"},
        "《发榜公告》五",
        "还没有到",
    ),
]

NOT_YOURS = [
    # step, level, decision, who may not
    (Step.FORMAL_REVIEW, Level.PROVINCE, {"kind": "受理"}, ["city", "department", "readonly"]),
    (Step.FORMAL_REVIEW, Level.CITY, {"kind": "不予受理", "reason": "不合规"}, ["department", "readonly"]),
    (Step.PREPARING, Level.CITY, {"kind": "提交申报"}, ["office", "admin", "city"]),
    (Step.PREPARING, Level.CITY, {"kind": "撤回申报"}, ["office", "admin", "city"]),
    (Step.PREPARING, Level.CITY, {"kind": "视为放弃"}, ["office", "admin", "city"]),
    (Step.CERTIFICATION_DUE, Level.CITY, {"kind": "申请认定"}, ["office", "admin", "city"]),
    (Step.NOTICE, Level.CITY, {"kind": "公示期满"}, ["office", "admin", "city"]),
    (Step.ACCEPTANCE, Level.PROVINCE, {"kind": "验收通过"}, ["city", "readonly"]),
    (Step.PLAQUE, Level.CITY, PLAQUE | {"on": "2022-01-05"}, ["city", "department", "readonly"]),
    (Step.RUNNING, Level.COUNTY, {"kind": "摘牌", "reason": "停办"}, ["city", "department", "readonly"]),
]


async def test_a_decision_leads_on_and_stands_on_the_timeline(site: Site) -> None:
    await site.base(BASE)
    base = fine(await site.decide(BASE, "受理", reason="材料齐全"))
    assert (base["stage"], base["step"], base["waiting_for"]) == ("专家评议", "专家评议", "省发展改革委")
    assert base["possible_decisions"] == ["评议", "撤回申报"]
    assert base == fine(await site.get(f"/api/bases/{BASE}")), "what the decision answers is what stands"

    scored = await site.decide(BASE, "评议", score="91.5", organiser="示例中心", methods=["基础资料评审"])
    assert fine(scored)["step"] == "联席会议讨论"
    timeline = fine(await site.get(f"/api/bases/{BASE}/timeline"))
    assert [(e["kind"], e["role"], e["actor"]) for e in timeline] == [
        ("受理", "office", "token:office"),
        ("评议", "office", "token:office"),
    ]
    assert timeline[0]["detail"] == {"reason": "材料齐全"}
    assert timeline[1]["detail"]["score"] == "91.5"
    assert all(e["at"].startswith("2022-01-05T10:") and e["at"].endswith("+08:00") for e in timeline)


@pytest.mark.rule("B11", "B14")
async def test_the_office_takes_a_base_from_review_to_notice(site: Site) -> None:
    await site.base(BASE)
    today = "2022-01-05"
    way: list[tuple[str, Json, str]] = [
        ("受理", {}, "专家评议"),
        ("评议", {"score": 90, "organiser": "示例中心", "methods": ["基础资料评审"]}, "联席会议讨论"),
        ("拟入选", {}, "报请省政府同意"),
        ("省政府同意", {"document_no": "示例〔2022〕3号", "on": today}, "待公示"),
        ("公示", {"first": "2022-01-06", "last": "2022-01-12"}, "公示"),
    ]
    for kind, fields, step in way:
        base = fine(await site.decide(BASE, kind, **fields))
        assert base["step"] == step
    assert (base["stage"], base["next_due"], base["waiting_for"]) == ("揭榜落地", "2022-01-12", "时间届满")


@pytest.mark.rule("B15", "B18")
async def test_a_publication_renames_the_base_and_begins_its_pilot(site: Site) -> None:
    await site.base(BASE, Step.PUBLICATION, notice_last_day=date(2022, 1, 4))
    base = fine(await site.post(f"/api/bases/{BASE}/decisions", PUBLICATION | {"on": "2022-01-05"}))
    assert (base["stage"], base["name"]) == ("试点培育", "示例大数据平台载体")
    assert (base["pilot_start"], base["next_due"]) == ("2022-01-05", "2023-01-05")


@pytest.mark.rule("B16")
async def test_a_plaque_gives_number_day_and_title(site: Site) -> None:
    await site.base(BASE, Step.PLAQUE, published_on=date(2020, 12, 1))
    base = fine(await site.post(f"/api/bases/{BASE}/decisions", PLAQUE | {"on": "2022-01-05"}))
    assert base["stage"] == "认定授牌"
    assert (base["certificate_no"], base["certified_on"]) == ("示例〔2022〕2号", "2022-01-05")
    assert base["title"] == "省级产教融合重大平台载体和实训基地"


@pytest.mark.rule("B16")
async def test_a_member_unit_takes_part_in_the_acceptance(site: Site) -> None:
    await site.base(BASE, Step.ACCEPTANCE, published_on=date(2020, 12, 1))
    assert fine(await site.decide(BASE, "验收通过", by="department"))["step"] == "待授牌"


@pytest.mark.rule("B11")
async def test_a_decision_at_the_wrong_step_is_a_conflict_that_says_what_is_possible(site: Site) -> None:
    await site.base(BASE, Step.PILOT, published_on=date(2021, 7, 1))
    problem = refused(await site.decide(BASE, "受理"), 409)
    assert (problem["code"], problem["clause"]) == ("decision.wrong_step", "《发榜公告》五")
    assert "现在是「培育建设」，不能「受理」" in problem["detail"]
    assert "终止培育" in problem["detail"]
    assert fine(await site.get(f"/api/bases/{BASE}"))["step"] == "培育建设"


@pytest.mark.rule("B9", "B12")
@pytest.mark.parametrize(("step", "level", "decision", "callers"), NOT_YOURS)
async def test_a_decision_that_is_not_the_callers_to_take(
    site: Site, step: Step, level: Level, decision: Json, callers: list[str]
) -> None:
    await site.base(
        BASE, step, level=level, notice_last_day=date(2022, 2, 1), published_on=date(2020, 12, 20)
    )
    for caller in callers:
        problem = refused(await site.post(f"/api/bases/{BASE}/decisions", decision, caller), 403)
        assert (problem["code"], problem["clause"]) == ("decision.not_yours", "《发榜公告》四"), caller
    assert (await site.parts.gateway.base(BASE)).state.step is step


@pytest.mark.rule("B14", "B16")
@pytest.mark.parametrize(("step", "decision", "clause", "words"), REFUSED)
async def test_a_decision_against_a_rule_is_refused_with_the_clause(
    site: Site, step: Step, decision: Json, clause: str, words: str
) -> None:
    known: Json = {"published_on": date(2020, 12, 1)} if step is Step.PLAQUE else {}
    await site.base(BASE, step, notice_last_day=date(2022, 1, 4), **known)
    problem = refused(await site.post(f"/api/bases/{BASE}/decisions", decision), 422)
    assert problem["clause"] == clause
    assert words in problem["detail"]
    assert clause in problem["detail"]
    assert (await site.parts.gateway.base(BASE)).state.step is step
    timeline = fine(await site.get(f"/api/bases/{BASE}/timeline"))
    assert [entry for entry in timeline if entry["role"] == "office"] == []


@pytest.mark.parametrize(("decision", "named"), WRONG)
async def test_a_decision_that_is_no_decision_names_each_error(
    records: Site, decision: Json, named: list[str]
) -> None:
    await records.base(BASE, started=False)
    problem = refused(await records.post(f"/api/bases/{BASE}/decisions", decision), 422)
    fields = [error["field"] for error in problem["errors"]]
    assert len(fields) == len(named)
    assert all(field.endswith(name) for field, name in zip(fields, named, strict=True)), fields
    assert all(error["message"] and error["type"] for error in problem["errors"])


async def test_a_decision_about_an_unknown_base_is_not_found(records: Site) -> None:
    assert refused(await records.decide("base-2021-03-9", "受理"), 404)["code"] == "base.not_found"


async def test_a_base_that_has_left_is_still_shown_and_takes_no_decision(site: Site) -> None:
    await site.base(BASE)
    fine(await site.decide(BASE, "不予受理", reason="材料不全"))
    base = fine(await site.get(f"/api/bases/{BASE}"))
    assert (base["stage"], base["waiting_for"], base["next_due"]) == ("不予受理", "无", None)
    assert base["possible_decisions"] == []
    assert "当前可以：无" in refused(await site.decide(BASE, "受理"), 409)["detail"]


# An Idempotency-Key


@pytest.mark.parametrize(
    "key", ["k-1", quote("太原:受理:2022-01-05"), "%E5%8F%97%E7%90%86", "a:b/c d", "1" * 100]
)
async def test_the_same_key_twice_changes_nothing_and_gets_the_same_answer(site: Site, key: str) -> None:
    await site.base(BASE)
    first = fine(await site.decide(BASE, "受理", key=key))
    assert fine(await site.decide(BASE, "受理", key=key)) == first
    assert [e["kind"] for e in fine(await site.get(f"/api/bases/{BASE}/timeline"))] == ["受理"]
    refused(await site.decide(BASE, "受理", key="another"), 409)
    refused(await site.decide(BASE, "受理"), 409)


async def test_five_at_once_with_the_same_key_are_one(site: Site) -> None:
    await site.base(BASE)
    answers = await asyncio.gather(*(site.decide(BASE, "受理", key="k") for _ in range(5)))
    assert {fine(answer)["step"] for answer in answers} == {"专家评议"}
    assert len(fine(await site.get(f"/api/bases/{BASE}/timeline"))) == 1


async def test_a_key_is_one_callers_own(site: Site) -> None:
    await site.base(BASE, level=Level.CITY)
    fine(await site.decide(BASE, "受理", by="office", key="k"))
    refused(await site.decide(BASE, "受理", by="city", key="k"), 409)


async def test_a_key_holds_for_one_base(site: Site) -> None:
    for base in (BASE, "base-2021-03-2"):
        await site.base(base)
        assert fine(await site.decide(base, "受理", key="k"))["step"] == "专家评议"


async def test_the_same_key_after_the_base_has_left_gets_the_same_answer(site: Site) -> None:
    await site.base(BASE)
    first = fine(await site.decide(BASE, "不予受理", key="k", reason="材料不全"))
    await site.parts.client.get_workflow_handle(BASE).result()
    assert fine(await site.decide(BASE, "不予受理", key="k", reason="材料不全")) == first


async def test_a_refused_decision_can_be_corrected_under_the_same_key(site: Site) -> None:
    await site.base(BASE, Step.NOTICE_DUE)
    refused(await site.decide(BASE, "公示", key="k", first="2022-01-04", last="2022-01-12"), 422)
    fine(await site.decide(BASE, "公示", key="k", first="2022-01-06", last="2022-01-12"))


async def test_a_key_that_is_too_long_is_refused(records: Site) -> None:
    await records.base(BASE, started=False)
    problem = refused(await records.decide(BASE, "受理", key="1" * 101), 422)
    assert problem["errors"][0]["field"] == "header.idempotency-key"


# What must not go wrong inside


async def test_a_character_that_cannot_be_written_down_does_not_hold_the_base_up(site: Site) -> None:
    await site.base(BASE)
    refused(await site.decide(BASE, "不予受理", reason="材料\x00不全"), 422)
    assert fine(await site.decide(BASE, "受理", reason="材料齐全"))["step"] == "专家评议"


async def test_without_workers_a_decision_waits_and_can_be_sent_again(
    idle: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "_RPC_TIMEOUT", timedelta(seconds=1))
    await idle.base(BASE)
    answer = await idle.decide(BASE, "受理", key="k")
    refused(answer, 503)
    assert answer.headers["retry-after"]
