"""Applications in a round: registered once, in time, for what the call asks for."""

import asyncio

import pytest
from sqlalchemy import text

from domain.lifecycle import Step
from persistence.people import People
from persistence.rounds import Rounds
from tests.api.site import OTHER, Json, Site, fine, refused
from tests.support import at

APPLICATION = {
    "code": "申报-2021-001",
    "round": "2021",
    "direction": 3,
    "name": "示例大数据实训基地",
    "lead": "示例职业技术大学",
    "lead_kind": "高等学校",
    "level": "省级",
    "city": "太原",
    "planned_total": "8600.50",
}


async def test_an_application_becomes_a_base_that_waits_for_its_applicant(site: Site) -> None:
    base = fine(await site.post("/api/bases", APPLICATION), 201)
    assert base["id"] == "base-2021-03-1"
    assert {key: base[key] for key in ("code", "round", "name", "lead", "lead_kind", "level", "city")} == {
        key: APPLICATION[key] for key in ("code", "round", "name", "lead", "lead_kind", "level", "city")
    }
    assert (base["direction"], base["direction_no"]) == ("大数据产教融合平台载体和实训基地", 3)
    assert (base["stage"], base["step"], base["waiting_for"]) == ("自愿申报", "填报申报材料", "申报主体")
    assert (base["next_due"], base["overdue"], base["obligations"]) == ("2022-01-21", False, [])
    assert base["credit_grade"] is None
    assert base["possible_decisions"] == ["提交申报", "撤回申报"]
    assert base == fine(await site.get("/api/bases/base-2021-03-1"))
    (entry,) = fine(await site.get("/api/bases/base-2021-03-1/timeline"))
    assert (entry["kind"], entry["actor"], entry["stage"]) == ("登记申报", "token:office", "自愿申报")


async def test_the_same_code_twice_is_one_base(site: Site) -> None:
    first = fine(await site.post("/api/bases", APPLICATION), 201)
    again = APPLICATION | {"name": "改了名", "direction": 4, "level": "市级"}
    assert fine(await site.post("/api/bases", again), 201) == first
    assert len(fine(await site.get("/api/bases"))["items"]) == 1
    assert len(fine(await site.get(f"/api/bases/{first['id']}/timeline"))) == 1


async def test_the_same_code_five_times_at_once_is_one_base(site: Site) -> None:
    answers = await asyncio.gather(*(site.post("/api/bases", APPLICATION) for _ in range(5)))
    assert {fine(answer, 201)["id"] for answer in answers} == {"base-2021-03-1"}


async def test_different_codes_at_once_are_different_bases(site: Site) -> None:
    answers = await asyncio.gather(
        *(site.post("/api/bases", APPLICATION | {"code": f"申报-{n}"}) for n in range(5))
    )
    assert {fine(a, 201)["id"] for a in answers} == {f"base-2021-03-{n}" for n in range(1, 6)}


async def test_a_base_whose_workflow_did_not_start_is_shown_and_healed_by_the_same_code(site: Site) -> None:
    base_id = await site.base("base-2021-03-1", Step.PREPARING, started=False)
    shown = fine(await site.get(f"/api/bases/{base_id}"))
    assert (shown["step"], shown["next_due"]) == ("填报申报材料", "2022-01-21")
    # What is registered counts, not what is sent the second time.
    sent = APPLICATION | {"code": base_id, "level": "县级", "lead_kind": "开发区"}
    healed = fine(await site.post("/api/bases", sent), 201)
    assert (healed["level"], healed["lead_kind"]) == ("省级", "高等学校")
    facts = (await site.parts.gateway.base(base_id)).state.facts
    assert (facts.level, facts.lead_kind, facts.deadline) == ("省级", "高等学校", at("2022-01-22 00:00"))
    assert f"{facts.deadline:%Y-%m-%d %H:%M}" == "2022-01-22 00:00", "as people in Shanghai read it"


@pytest.mark.parametrize("step", [Step.WITHDRAWN, Step.PILOT, Step.RUNNING])
async def test_the_code_of_a_base_that_is_further_on_starts_nothing_anew(site: Site, step: Step) -> None:
    base_id = await site.base("base-2021-03-1", step, started=False)
    base = fine(await site.post("/api/bases", APPLICATION | {"code": base_id}), 201)
    assert (base["id"], base["step"]) == (base_id, step)
    assert refused(await site.decide(base_id, "受理"), 404)["code"] == "workflow.not_found"


@pytest.mark.rule("B17")
async def test_until_midnight_of_the_last_day_it_is_in_time(site: Site) -> None:
    site.later("2022-01-21 23:59")
    fine(await site.post("/api/bases", APPLICATION), 201)


@pytest.mark.rule("B17")
async def test_after_the_deadline_it_is_refused_by_the_call(site: Site) -> None:
    fine(await site.post("/api/bases", APPLICATION), 201)
    site.later("2022-01-22 00:00")
    problem = refused(await site.post("/api/bases", APPLICATION | {"code": "申报-2"}), 422)
    assert (problem["code"], problem["clause"]) == ("round.closed", "《发榜公告》六-2")
    assert "2022-01-21" in problem["detail"]
    assert "《发榜公告》六-2" in problem["detail"]
    known = fine(await site.post("/api/bases", APPLICATION), 201)
    assert known["id"] == "base-2021-03-1", "what was registered in time stays"
    assert len(fine(await site.get("/api/bases"))["items"]) == 1


@pytest.mark.rule("B18")
@pytest.mark.parametrize("direction", [0, -1, 31, 10**12])
async def test_a_direction_that_was_not_called_for_is_refused(records: Site, direction: int) -> None:
    for _ in range(2):
        problem = refused(await records.post("/api/bases", APPLICATION | {"direction": direction}), 422)
        assert (problem["code"], problem["clause"]) == ("round.no_direction", "《发榜公告》附件1")
    await records.base("base-2021-03-1", started=False)
    known = APPLICATION | {"code": "base-2021-03-1", "direction": direction}
    assert refused(await records.post("/api/bases", known), 422)["code"] == "round.no_direction"


async def test_an_unknown_round_is_not_found(records: Site) -> None:
    problem = refused(await records.post("/api/bases", APPLICATION | {"round": "2099"}), 404)
    assert (problem["code"], problem["detail"]) == ("round.not_found", "没有这一轮发榜：2099。")
    assert refused(await records.get("/api/rounds/2099"), 404)["code"] == "round.not_found"


async def test_nobody_can_apply_among_the_bases_that_existed_already(records: Site) -> None:
    async with records.parts.database.transaction() as tx:
        await Rounds(tx).add_taken_over("existing", "既有基地")
    problem = refused(await records.post("/api/bases", APPLICATION | {"round": "existing"}), 404)
    assert problem["code"] == "round.not_found"


async def test_an_unknown_contact_leaves_nothing_behind(records: Site) -> None:
    problem = refused(await records.post("/api/bases", APPLICATION | {"contact_id": 7}), 404)
    assert problem["code"] == "contact.not_found"
    assert fine(await records.get("/api/bases"))["items"] == []


async def test_the_contact_of_the_application_answers_for_the_base(site: Site) -> None:
    contact = fine(await site.post("/api/contacts", {"name": "示例联系人"}), 201)["id"]
    base = fine(await site.post("/api/bases", APPLICATION | {"contact_id": contact}), 201)
    async with site.parts.database.transaction() as tx:
        assert await People(tx).of_base(base["id"]) == [contact]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "长" * 61}, "code"),
        ({"name": ""}, "name"),
        ({"lead_kind": "小学"}, "lead_kind"),
        ({"level": "国家级"}, "level"),
        ({"city": "北京"}, "city"),
        ({"direction": "三"}, "direction"),
        ({"planned_total": -1}, "planned_total"),
        ({"planned_total": "1.234"}, "planned_total"),
        ({"planned_total": "10000000000"}, "planned_total"),
        ({"planned_total": "NaN"}, "planned_total"),
        ({"contact_id": 0}, "contact_id"),
        ({"contact_id": 2**31}, "contact_id"),
        ({"stage": "认定授牌"}, "stage"),
    ],
)
async def test_a_wrong_field_is_named(records: Site, change: Json, field: str) -> None:
    problem = refused(await records.post("/api/bases", APPLICATION | change), 422)
    (error,) = problem["errors"]
    assert error["field"] == f"body.{field}"


async def test_missing_fields_are_all_named(records: Site) -> None:
    problem = refused(await records.post("/api/bases", {}, by="city"), 422)
    required = {f"body.{key}" for key in APPLICATION if key != "planned_total"}
    assert {error["field"] for error in problem["errors"]} == required
    assert {error["type"] for error in problem["errors"]} == {"missing"}


@pytest.mark.rule("B17", "B18")
async def test_the_round_shows_what_was_called_for_until_when(records: Site) -> None:
    found = fine(await records.get("/api/rounds/2021", by="readonly"))
    assert (found["slug"], found["announced_on"], found["briefing_on"]) == (
        "2021",
        "2021-12-20",
        "2021-12-30",
    )
    assert (found["deadline"], found["deadline_clause"]) == ("2022-01-21", "《发榜公告》六-2")
    assert [d["no"] for d in found["directions"]] == list(range(1, 31))
    assert found["directions"][2]["name"] == "大数据产教融合平台载体和实训基地"
    assert found["directions"][2]["clause"] == "《发榜公告》附件1第3项"


@pytest.mark.rule("B18")
async def test_what_the_office_sees_of_two_cities_is_numbered_by_direction(site: Site) -> None:
    await site.post("/api/bases", APPLICATION | {"code": "甲"})
    await site.post("/api/bases", APPLICATION | {"code": "乙", "city": OTHER})
    await site.post("/api/bases", APPLICATION | {"code": "丙", "direction": 30})
    ids = [base["id"] for base in fine(await site.get("/api/bases"))["items"]]
    assert ids == ["base-2021-03-1", "base-2021-03-2", "base-2021-30-1"]
    async with site.parts.database.transaction() as tx:
        counted = await tx.scalar(text("select count(*) from timeline where kind = '登记申报'"))
    assert counted == 3
