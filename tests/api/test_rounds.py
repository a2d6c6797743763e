"""Rounds over HTTP: called, looked at, decided about, and the papers of their applications."""

import pytest

from domain.policy.materials import MATERIALS
from domain.terms import LeadKind
from tests.api.site import LEAD_CONTACT, Json, Site, fine, refused
from tests.pdfs import pdf
from tests.policy.applicants import values_of
from tests.support import eventually

CALL = {
    "slug": "2022",
    "title": "示例：2022年发榜",
    "deadline": "2022-01-22T00:00:00+08:00",
    "directions": [3, 4],
}
NEW = {
    "code": "申报-2022-1",
    "round": "2022",
    "direction": 3,
    "name": "示例大数据基地",
    "lead": "示例市人民政府",
    "lead_kind": "市人民政府",
    "level": "省级",
    "city": "太原",
}


async def called(site: Site, **changes: Json) -> Json:
    return fine(await site.post("/api/rounds", CALL | changes), 201)


async def test_a_round_is_called_and_waits_for_applicants(site: Site) -> None:
    made = await called(site)
    assert (made["phase"], made["deadline"]) == ("申报", "2022-01-21")
    assert [d["no"] for d in made["directions"]] == [3, 4]
    assert (made["terms"]["quotas"], made["terms"]["notice_days"]) == ([2, 10], 5)
    assert made["possible_decisions"] == ["延期"]
    fine(await site.post("/api/bases", NEW), 201)

    async def look() -> Json:
        return fine(await site.get("/api/rounds/2022"))

    found = await eventually(look, lambda r: bool(r["waiting_for"]))
    assert [(w["who"], w["what"], w["count"]) for w in found["waiting_for"]] == [("申报主体", "提交申报", 1)]
    assert found["applications"] == {"填报申报材料": 1}


async def test_the_same_call_again_changes_nothing(site: Site) -> None:
    first = await called(site)
    again = await called(site, title="改了名", directions=[1])
    assert again == first


async def test_a_call_known_as_reference_is_not_called_again(site: Site) -> None:
    problem = refused(await site.post("/api/rounds", CALL | {"slug": "2021"}), 422)
    assert problem["code"] == "round.known"


@pytest.mark.parametrize("by", ["city", "department", "readonly", "lead"])
async def test_only_the_office_calls_a_round(records: Site, by: str) -> None:
    problem = refused(await records.post("/api/rounds", CALL, by), 403)
    assert problem["clause"] == "《发榜公告》四"


@pytest.mark.rule("B2")
async def test_terms_that_the_documents_do_not_allow_are_refused_all_at_once(records: Site) -> None:
    rubric = {"高等学校": [["plan", "方案", 90]]}
    wrong = {
        "deadline": "2021-12-31T00:00:00+08:00",
        "directions": [3, 31],
        "per_direction": 3,
        "notice_days": 3,
        "rubrics": rubric,
    }
    problem = refused(await records.post("/api/rounds", CALL | wrong), 422)
    assert {e["code"] for e in problem["errors"]} == {
        "round.deadline_passed",
        "round.no_direction",
        "round.too_many_per_direction",
        "round.notice_too_short",
        "round.bad_rubric",
    }
    assert all(e["clause"] for e in problem["errors"])
    assert (await records.get("/api/rounds/2022")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"direction": 5}, "round.no_direction"), ({"level": "县级"}, "round.no_level")],
)
async def test_an_application_fits_what_was_called_for(site: Site, changes: Json, code: str) -> None:
    await called(site, levels=["省级", "市级"])
    problem = refused(await site.post("/api/bases", NEW | changes), 422)
    assert (problem["code"], bool(problem["clause"])) == (code, True)


async def test_a_decision_is_taken_once_for_its_key_and_refused_in_another_phase(site: Site) -> None:
    await called(site)
    later = {"kind": "延期", "deadline": "2022-01-29T00:00:00+08:00", "reason": "疫情影响"}
    for _ in range(2):
        got = fine(await site.post("/api/rounds/2022/decisions", later, Idempotency_Key="k"))
        assert got["deadline"] == "2022-01-28"
    kinds = [e["kind"] for e in fine(await site.get("/api/rounds/2022/timeline"))]
    assert kinds == ["发榜", "延期"]
    problem = refused(await site.post("/api/rounds/2022/decisions", {"kind": "确定名单"}), 409)
    assert problem["clause"] == "《发榜公告》五"
    refused(await site.post("/api/rounds/2022/decisions", later, by="department"), 403)
    refused(await site.post("/api/rounds/2022/decisions", {"kind": "延期"}), 422)
    refused(await site.post("/api/rounds/none/decisions", later), 404)


@pytest.mark.rule("B20", "B3")
async def test_an_applicants_own_system_fills_in_uploads_and_hands_in(site: Site) -> None:
    await called(site)
    made = fine(await site.post("/api/bases", NEW | {"contact_id": LEAD_CONTACT}, "lead"), 201)
    path = f"/api/bases/{made['id']}"
    incomplete = refused(await site.decide(made["id"], "提交申报", "lead"), 422)
    assert incomplete["code"] == "application.incomplete"
    gaps = fine(await site.get(f"{path}/application", "lead"))["missing"]
    assert [e["detail"] for e in incomplete["errors"]] == [g["detail"] for g in gaps]
    assert all(g["clause"] for g in gaps)
    values = values_of(LeadKind.GOVERNMENT, paired_unit="省财政厅")
    fine(await site.send("PUT", f"{path}/application", "lead", json=values))
    for item in MATERIALS:
        if item.key != "pilot_list_application":
            files = {"file": ("材料.pdf", pdf(), "application/pdf")}
            fine(
                await site.send("POST", f"{path}/materials", "lead", data={"item": item.key}, files=files),
                201,
            )
    done = fine(await site.decide(made["id"], "提交申报", "lead"))
    assert done["step"] == "形式审查"
    assert {r["department"] for r in done["reviews"]} == {"省发展改革委", "省财政厅", "省国资委", "省教育厅"}
    closed = refused(await site.send("PUT", f"{path}/application", "lead", json={"operator": "无"}), 422)
    assert closed["clause"] == "《发榜公告》四"


async def test_a_field_that_cannot_be_read_is_named_with_all_the_others(site: Site) -> None:
    await called(site)
    made = fine(await site.post("/api/bases", NEW), 201)
    wrong = {"floor_area": "很大", "nothing": 1, "truthful": "也许"}
    problem = refused(
        await site.send("PUT", f"/api/bases/{made['id']}/application", "office", json=wrong), 422
    )
    assert len(problem["errors"]) == 3
    assert fine(await site.get(f"/api/bases/{made['id']}/application"))["questions"][0]["value"] is None


async def test_nobody_decides_around_the_round(site: Site) -> None:
    await called(site)
    made = fine(await site.post("/api/bases", NEW), 201)
    for kind, fields in (
        ("受理", {}),
        ("拟入选", {}),
        ("公布", {"document_no": "x", "on": "2022-01-05", "official_name": "x"}),
    ):
        problem = refused(await site.decide(made["id"], kind, **fields), 409)
        assert problem["clause"]
    assert made["possible_decisions"] == ["简化遴选", "提交申报", "撤回申报"]
