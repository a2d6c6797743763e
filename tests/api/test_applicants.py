"""What an applicant's own system may do over HTTP: everything for its own applications, nothing for others'."""

from domain.lifecycle import Step
from domain.policy.materials import MATERIALS, PILOT_LIST_APPLICATION
from domain.terms import LeadKind
from tests.api.site import LEAD_CONTACT, Site, fine, refused
from tests.api.test_access import APPLICATION, PDF, ROUND, draft, whole
from tests.policy.applicants import NAMES, values_of

__all__ = ["whole"]


async def test_an_applicant_sees_only_its_own_bases(site: Site) -> None:
    own = await site.pilot("base-2021-03-1")
    others = await site.pilot("base-2021-03-2")
    await site.answers_for("base-2021-03-1")

    assert [one["id"] for one in fine(await site.get("/api/bases", by="lead"))["items"]] == ["base-2021-03-1"]
    assert [one["id"] for one in fine(await site.get("/api/obligations", by="lead"))["items"]] == [own]
    assert fine(await site.get("/api/obligations", by="lead", base="base-2021-03-2"))["items"] == []
    for path in ("", "/timeline", "/application", "/materials", "/materials/plan"):
        problem = refused(await site.get(f"/api/bases/base-2021-03-2{path}", by="lead"), 404)
        assert problem["code"] == "base.not_found"
    problem = refused(await site.get(f"/api/obligations/{others}", by="lead"), 404)
    assert problem["code"] == "obligation.not_found"


async def test_an_applicant_applies_for_itself_from_registration_to_submission(whole: Site) -> None:
    fine(await whole.post("/api/rounds", ROUND | {"slug": "called"}), 201)
    new = APPLICATION | {
        "code": "示例-1",
        "round": "called",
        "lead": NAMES[LeadKind.GOVERNMENT],
        "lead_kind": LeadKind.GOVERNMENT,
        "contact_id": LEAD_CONTACT,
    }
    base = fine(await whole.post("/api/bases", new, by="lead"), 201)["id"]
    early = refused(await whole.decide(base, "提交申报", by="lead"), 422)
    assert early["errors"], "what is still missing"

    answers = values_of(LeadKind.GOVERNMENT, paired_unit="省人力资源社会保障厅")
    filled = fine(await whole.send("PUT", f"/api/bases/{base}/application", "lead", json=answers))
    assert {q["key"]: q["value"] for q in filled["questions"]} == answers
    for item in MATERIALS:
        if item is not PILOT_LIST_APPLICATION:
            upload = {"data": {"item": item.key}, "files": PDF}
            fine(await whole.send("POST", f"/api/bases/{base}/materials", "lead", **upload), 201)
    assert (await whole.get(f"/api/bases/{base}/materials/plan", by="lead")).content == PDF["file"][1]

    assert fine(await whole.decide(base, "提交申报", by="lead"))["step"] == "形式审查"
    for kind, more in (("受理", {}), ("不予受理", {"reason": "示例"})):
        refused(await whole.decide(base, kind, by="lead", **more), 403)
    assert fine(await whole.decide(base, "撤回申报", by="lead"))["step"] == "撤回"


async def test_an_applicant_touches_nothing_of_another(whole: Site) -> None:
    base = await draft(whole)
    upload = {"data": {"item": "plan"}, "files": PDF}
    fine(await whole.send("POST", f"/api/bases/{base}/materials", "office", **upload), 201)
    before = fine(await whole.get(f"/api/bases/{base}/application"))
    for answer in (
        await whole.send("PUT", f"/api/bases/{base}/application", "lead", json={"truthful": True}),
        await whole.send("POST", f"/api/bases/{base}/materials", "lead", **upload),
        await whole.get(f"/api/bases/{base}/materials/plan", by="lead"),
        await whole.decide(base, "提交申报", by="lead"),
        await whole.decide(base, "撤回申报", by="lead"),
    ):
        assert refused(answer, 404)["code"] == "base.not_found"
    assert fine(await whole.get(f"/api/bases/{base}/application")) == before
    (material,) = fine(await whole.get(f"/api/bases/{base}/materials"))
    assert material["version"] == 1


async def test_an_applicant_registers_neither_for_another_nor_what_another_has(site: Site) -> None:
    await site.base("base-2021-03-1", Step.PREPARING)  # contact 1
    taken = await site.post("/api/bases", APPLICATION | {"code": "base-2021-03-1"}, by="lead")
    assert refused(taken, 403)["code"] == "access.not_yours"
    for_another = await site.post("/api/bases", APPLICATION | {"code": "甲", "contact_id": 1}, by="lead")
    assert refused(for_another, 403)["code"] == "access.not_yours"
    assert len(fine(await site.get("/api/bases"))["items"]) == 1, "nothing is half written"
