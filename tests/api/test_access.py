"""Who may do what: every caller at every route, and nobody without a token."""

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from temporalio.testing import WorkflowEnvironment

from casework.credit_list import layout
from domain.ids import assessment_id, obligation_id, supervision_id
from domain.lifecycle import Step
from domain.office_tasks import NewTask, OfficeTaskKind
from domain.terms import ContactRole, Level, ObligationKind, ObligationState
from persistence import tables
from persistence.applications import Applications
from persistence.database import Database
from persistence.office_tasks import OfficeTasks
from persistence.people import People
from persistence.tokens import Tokens
from tests import pdfs
from tests.api.site import EVERYBODY, LEAD_CONTACT, OTHER, OWN, PERIOD, Json, Site, fine, refused, serving
from tests.api.supervisions import NOTED, begun
from tests.api.test_reports import edited
from tests.persistence.jury import closed
from tests.persistence.reported import an_enterprise
from tests.support import LEAD, eventually, register, state_of
from workflows import queues
from workflows.assessment import Assessment
from workflows.messages import FollowUpInput

APPLICATION = {
    "round": "2021",
    "direction": 3,
    "name": "示例实训基地",
    "lead": "示例职业技术大学",
    "lead_kind": "高等学校",
    "level": "市级",
    "city": OWN,
}
ROUND = {"title": "示例轮次", "briefing_on": "2022-01-10", "deadline": "2022-02-01T00:00:00+08:00"}
EXPERT = {
    "name": "欧阳示例",
    "organisation": "示例大学",
    "phone": "0351-7654321",
    "directions": [3],
    "expires_on": "2022-03-01",
}
EVALUATOR = {
    "year": "2020",
    "name": "欧阳示例",
    "organisation": "示例评价机构",
    "bases": ["base-2021-03-1"],
    "expires_on": "2022-03-01",
}
LIST = ",".join(layout(date(2022, 1, 5)).headings).encode() + (
    "\n示例公司,91140000MA0EXAMP1W,严重失信,2022-01-01,,示例人民法院\n".encode()
)
PDF = {"file": ("方案.pdf", pdfs.pdf(), "application/pdf")}

# The bases are ones of 太原, and of the caller `lead`; contact 1 is another.
#                                                     office admin city other department readonly lead
ACCESS = {
    "POST /api/rounds": (201, 201, 403, 403, 403, 403, 403),
    "GET /api/rounds/{round}": (200, 200, 200, 200, 200, 200, 200),
    "GET /api/rounds/{round}/timeline": (200, 200, 403, 403, 200, 403, 403),
    "GET /api/rounds/{round}/list": (200, 200, 200, 200, 200, 403, 403),
    "POST /api/rounds/{round}/decisions": (200, 200, 403, 403, 403, 403, 403),
    "POST /api/rounds/{reviewed}/experts": (201, 201, 403, 403, 403, 403, 403),
    "GET /api/rounds/{reviewed}/experts": (200, 200, 403, 403, 403, 403, 403),
    "DELETE /api/rounds/{reviewed}/experts/{expert}": (204, 204, 403, 403, 403, 403, 403),
    "GET /api/rounds/{reviewed}/scores": (200, 200, 403, 403, 403, 403, 403),
    "GET /api/rounds/{reviewed}/objections": (200, 200, 200, 200, 403, 403, 403),
    "GET /api/bases": (200, 200, 200, 200, 200, 200, 200),
    "GET /api/bases/{base}": (200, 200, 200, 404, 200, 200, 200),
    "GET /api/bases/{base}/timeline": (200, 200, 200, 404, 200, 200, 200),
    "POST /api/bases": (201, 201, 201, 403, 403, 403, 201),
    "POST /api/bases/{fresh}/decisions": (200, 200, 200, 404, 403, 403, 403),
    "GET /api/bases/{draft}/application": (200, 200, 200, 404, 200, 403, 200),
    "PUT /api/bases/{draft}/application": (200, 200, 200, 404, 403, 403, 200),
    "POST /api/bases/{draft}/materials": (201, 201, 201, 404, 403, 403, 201),
    "GET /api/bases/{draft}/materials": (200, 200, 200, 404, 200, 200, 200),
    "GET /api/bases/{draft}/materials/{item}": (200, 200, 200, 404, 200, 403, 200),
    "POST /api/bases/{base}/rectifications": (201, 201, 403, 404, 403, 403, 403),
    "GET /api/obligations": (200, 200, 200, 200, 200, 200, 200),
    "GET /api/obligations/{obligation}": (200, 200, 200, 404, 200, 200, 200),
    "POST /api/obligations/{obligation}/decisions": (200, 200, 403, 404, 403, 403, 403),
    "GET /api/periods/{period}": (200, 200, 200, 200, 200, 200, 403),
    "GET /api/periods/{period}/export.xlsx": (200, 200, 200, 200, 200, 200, 403),
    "GET /api/periods/{period}/chart.png": (200, 200, 200, 200, 200, 200, 403),
    "GET /api/assessments": (200, 200, 200, 200, 200, 200, 200),
    "GET /api/assessments/{assessment}": (200, 200, 200, 404, 200, 200, 200),
    "POST /api/assessments/{judged}/decisions": (200, 200, 403, 404, 403, 403, 403),
    "GET /api/assessments/{assessment}/evaluations": (200, 200, 403, 403, 403, 403, 403),
    "POST /api/evaluators": (201, 201, 403, 403, 403, 403, 403),
    "GET /api/evaluators?year={year}": (200, 200, 403, 403, 403, 403, 403),
    "DELETE /api/evaluators/{evaluator}": (204, 204, 403, 403, 403, 403, 403),
    "GET /api/supervisions": (200, 200, 200, 200, 200, 200, 200),
    "GET /api/supervisions/{supervision}": (200, 200, 200, 404, 200, 200, 200),
    "POST /api/supervisions/{supervision}/decisions": (200, 200, 403, 404, 403, 403, 403),
    "POST /api/supervisions/{supervision}/documents": (201, 201, 403, 404, 403, 403, 403),
    "GET /api/documents/{sha256}?base_id={base}": (200, 200, 200, 404, 403, 403, 200),
    "GET /api/figures": (200, 200, 200, 200, 200, 200, 200),
    "GET /api/tax": (200, 200, 200, 200, 200, 200, 200),
    "GET /api/tax/{enterprise}": (200, 200, 200, 404, 200, 200, 200),
    "GET /api/reports": (200, 200, 403, 403, 403, 403, 403),
    "GET /api/reports/{half}/draft.docx": (200, 200, 403, 403, 403, 403, 403),
    "PUT /api/reports/{half}": (200, 200, 403, 403, 403, 403, 403),
    "POST /api/reports/{half}/release": (200, 200, 403, 403, 403, 403, 403),
    "GET /api/reports/{half}/{version}.docx": (200, 200, 403, 403, 403, 403, 403),
    "POST /api/contacts": (201, 201, 201, 403, 403, 403, 403),
    "POST /api/contacts/{contact}/invite": (201, 201, 201, 403, 403, 403, 403),
    "GET /api/contacts?base={base}": (200, 200, 200, 404, 403, 403, 403),
    "PUT /api/contacts/{colleague}/bases/{base}": (200, 200, 200, 403, 403, 403, 403),
    "POST /api/contacts/{contact}/leave": (200, 200, 200, 403, 403, 403, 403),
    "GET /api/deliveries": (200, 200, 200, 200, 403, 403, 403),
    "GET /api/office-tasks": (200, 200, 200, 200, 403, 403, 403),
    "POST /api/office-tasks/{task}/close": (200, 200, 200, 404, 403, 403, 403),
    "POST /api/credit": (200, 200, 403, 403, 403, 403, 403),
    "GET /api/credit": (200, 200, 403, 403, 200, 403, 403),
    "POST /api/credit/findings": (201, 201, 403, 403, 403, 403, 403),
    "POST /api/credit/findings/{finding}/end": (200, 200, 403, 403, 403, 403, 403),
    "GET /api/credit/findings": (200, 200, 200, 200, 403, 403, 403),
    "GET /api/credit/accounts": (200, 200, 200, 200, 403, 403, 403),
    "GET /api/credit/accounts/{lead}/history": (200, 200, 200, 404, 403, 403, 403),
    "GET /api/credit/export.json": (200, 200, 200, 200, 403, 403, 403),
    "GET /api/credit/export.csv": (200, 200, 200, 200, 403, 403, 403),
    "GET /api/credit/export.schema.json": (200, 200, 200, 200, 200, 200, 200),
}

FINDING = {
    "lead": "示例职业技术大学",
    "kind": "失信",
    "reason": "示例理由",
    "document_no": "示例〔2022〕1号",
    "effective_from": "2022-01-04",
}
ORDER = {"owner": "示例责任人", "due": "2022-02-25"}
CLOSING = {"kind": "结束评价", "reason": "示例"}
ENDING = {"kind": "失信修复", "reason": "示例理由", "document_no": "示例〔2022〕9号"}

DRAFT, PILOT = "base-2021-04-1", "base-2021-03-1"
QUARTER = "2021-Q4"
YEAR = "2020"
REPORT: dict[str, Json] = {"files": {"file": ("报告.docx", edited())}, "data": {"reason": "示例"}}
KNOWN = {
    "round": "called",
    "reviewed": "2021",
    "expert": "1",
    "base": PILOT,
    "draft": DRAFT,
    "item": "plan",
    "obligation": obligation_id(PILOT, ObligationKind.DISPATCH, PERIOD),
    "contact": "1",
    "colleague": "2",
    "supervision": supervision_id(PILOT, QUARTER),
    "sha256": hashlib.sha256(PDF["file"][1]).hexdigest(),
    "finding": "1",
    "lead": "示例职业技术大学",
    "enterprise": "base-2021-07-1",
    "half": "2021-H2",
    "version": "1",
    "period": PERIOD,
    "assessment": assessment_id(PILOT, YEAR),
    "year": YEAR,
    "evaluator": "1",
}
"""What every route can be asked about, by its name in `ACCESS`; decisions that end something are about a base that is
`fresh`, and about an assessment of a year of its own, `judged`."""


@pytest.fixture
async def whole(
    skipping: WorkflowEnvironment, database: Database, database_url: str, tmp_path: Path
) -> AsyncIterator[Site]:
    """As `site`, with a place for documents."""
    async with serving(skipping.client, database_url, home=tmp_path) as site:
        yield site


async def draft(site: Site, base_id: str = DRAFT) -> str:
    """An application that is being prepared in 太原."""
    state = state_of(base_id, Step.PREPARING)
    facts = state.facts.model_copy(update={"direction": int(base_id.split("-")[2])})
    await register(site.parts.database, state.model_copy(update={"facts": facts}))
    async with site.parts.database.transaction() as tx:
        await Applications(tx).create(base_id, LEAD, site.clock.now())
    return base_id


async def something_of_everything(site: Site, database: Database) -> None:
    """All that is in `KNOWN`."""
    assert await site.pilot(PILOT) == KNOWN["obligation"]
    await draft(site)
    backed = f"/api/supervisions/{await begun(site, PILOT, period=QUARTER)}/documents"
    fine(await site.send("POST", backed, files=PDF), 201)
    await site.answers_for(PILOT, DRAFT)
    await site.answers_for(await an_enterprise(database, KNOWN["enterprise"], pilot_start=date(2021, 7, 1)))
    fine(await site.send("PUT", f"/api/reports/{KNOWN['half']}", **REPORT))
    fine(await site.post("/api/rounds", ROUND | {"slug": KNOWN["round"]}), 201)
    fine(await site.post(f"/api/rounds/{KNOWN['reviewed']}/experts", EXPERT), 201)
    await closed(database)
    fine(await site.post("/api/credit/findings", FINDING), 201)
    fine(await site.post("/api/evaluators", EVALUATOR), 201)
    await judged(site, YEAR)
    fine(await site.post(f"/api/assessments/{KNOWN['assessment']}/decisions", CLOSING))


async def a_task(site: Site, n: int) -> int:
    """Something that the office has to see to, about the base in its pilot."""
    task = NewTask(kind=OfficeTaskKind.UNREACHABLE, subject=f"示例{n}", base_id=PILOT)
    async with site.parts.database.transaction() as tx:
        return await OfficeTasks(tx).open_(task, site.clock.now())


async def judged(site: Site, year: str) -> str:
    """The assessment of a year of the base in its pilot begins; its id."""
    known = assessment_id(PILOT, year)
    start = FollowUpInput(
        base_id=PILOT, period=year, clock=site.clock.current, self_report=ObligationState.MISSING
    )
    await site.parts.client.start_workflow(Assessment.run, start, id=known, task_queue=queues.MAIN_QUEUE)
    await eventually(lambda: site.parts.gateway.assessment(known), lambda found: found.state is not None)
    return known


def sent(route: str, n: int) -> dict[str, Json]:
    """What the n-th caller sends along, as httpx takes it."""
    later = f"2022-02-{n + 2:02d}T00:00:00+08:00"
    bodies: dict[str, Json] = {
        "POST /api/rounds": ROUND | {"slug": f"round-{n}"},
        "POST /api/rounds/{round}/decisions": {"kind": "延期", "deadline": later, "reason": "示例"},
        "POST /api/rounds/{reviewed}/experts": EXPERT | {"name": f"示例专家{n}"},
        "POST /api/bases": APPLICATION | {"code": f"申报-{n}"},
        "POST /api/bases/{fresh}/decisions": {"kind": "受理"},
        "POST /api/bases/{base}/rectifications": ORDER | {"requirement": f"示例要求{n}"},
        "POST /api/obligations/{obligation}/decisions": {
            "kind": "准予延期",
            "due": f"2022-02-{n + 7:02d}",
            "reason": "示例",
        },
        "POST /api/assessments/{judged}/decisions": CLOSING,
        "POST /api/evaluators": EVALUATOR | {"name": f"示例评价人{n}"},
        "PUT /api/bases/{draft}/application": {"truthful": True},
        "POST /api/supervisions/{supervision}/decisions": {"kind": "督导记录", "findings": [NOTED]},
        "POST /api/reports/{half}/release": {"on": "2022-01-05", "media": ["示例日报"]},
        "POST /api/contacts": {"name": "示例新联系人", "bases": [PILOT]},
        "PUT /api/contacts/{colleague}/bases/{base}": {"role": "负责人", "without": True},
        "POST /api/contacts/{contact}/leave": {"reason": "示例：调离", "without": True},
        "POST /api/office-tasks/{task}/close": {"remark": "示例：已电话联系"},
        "POST /api/credit/findings": FINDING | {"document_no": f"示例〔2022〕{n + 2}号"},
        "POST /api/credit/findings/{finding}/end": ENDING,
    }
    if route == "POST /api/bases" and EVERYBODY[n] == "lead":
        return {"json": bodies[route] | {"contact_id": LEAD_CONTACT}}
    forms: dict[str, dict[str, Json]] = {
        "PUT /api/reports/{half}": REPORT,
        "POST /api/bases/{draft}/materials": {"data": {"item": "plan"}, "files": PDF},
        "POST /api/supervisions/{supervision}/documents": {"files": PDF},
        "POST /api/credit": {"files": {"file": ("名单.csv", LIST)}},
    }
    return forms.get(route) or ({"json": bodies[route]} if route in bodies else {})


async def test_every_caller_at_every_route(whole: Site, database: Database) -> None:
    await something_of_everything(whole, database)
    for n, _ in enumerate(EVERYBODY, 2):
        await whole.answers_for(await whole.base(f"base-2021-03-{n}", level=Level.CITY))
    own_years = [await judged(whole, str(2010 + n)) for n, _ in enumerate(EVERYBODY)]
    tasks = [await a_task(whole, n) for n, _ in enumerate(EVERYBODY)]
    order = sorted(ACCESS, key=lambda route: not route.startswith("POST"))  # what is asked for has come in
    found = {route: [0] * len(EVERYBODY) for route in ACCESS}
    for route in order:
        for n, caller in enumerate(EVERYBODY):
            fresh = {"fresh": f"base-2021-03-{n + 2}", "judged": own_years[n], "task": tasks[n]}
            method, path = route.format(**KNOWN, **fresh).split()
            answer = await whole.send(method, path, caller, **sent(route, n))
            if answer.status_code >= 400:
                refused(answer, answer.status_code)
            found[route][n] = answer.status_code
    assert {route: tuple(statuses) for route, statuses in found.items()} == ACCESS


async def test_who_only_looks_sees_the_application_of_a_base_that_was_published(
    records: Site, database: Database
) -> None:
    path = f"/api/bases/{await draft(records)}/application"
    refused(await records.get(path, "readonly"), 403)
    async with database.transaction() as tx:
        await tx.execute(update(tables.bases).values(pilot_start=date(2022, 1, 3)))
    fine(await records.get(path, "readonly"))


ENTRIES = {
    "签署审查意见": ({"result": "退回补正", "items": ["plan"]}, {"result": "退回补正", "items": ["plan"]}),
    "签署审查意见（通过）": ({"result": "通过", "reason": "示例意见"}, {}),
    "评议": ({"score": "81.50", "organiser": "示例机构"}, {}),
    "拟入选": ({"rank": 2, "reason": "得分81.50"}, {}),
    "建议改报": (
        {"level": "市级", "until": "2022-05-01", "rank": 3, "reason": "得分81.50"},
        {"level": "市级", "until": "2022-05-01"},
    ),
    "公示": ({"first": "2022-05-09"}, {"first": "2022-05-09"}),
}
"""What stands on a timeline, and what an applicant sees of it."""


async def test_an_applicant_sees_no_scores_or_opinions_on_the_timeline(
    records: Site, database: Database
) -> None:
    base = await draft(records)
    await records.answers_for(base)
    known = {"base_id": base, "at": records.clock.now(), "role": "office", "actor": "x"}
    async with database.transaction() as tx:
        for n, (kind, (detail, _)) in enumerate(ENTRIES.items()):
            row = {"key": str(n), "kind": kind.partition("（")[0], "detail": detail}
            await tx.execute(insert(tables.timeline).values(known | row))
    for by, which in (("office", 0), ("lead", 1)):
        found = fine(await records.get(f"/api/bases/{base}/timeline", by))
        assert [row["detail"] for row in found] == [entry[which] for entry in ENTRIES.values()]


async def test_the_table_of_access_has_every_route(records: Site) -> None:
    def nameless(route: str) -> str:
        return re.sub(r"{\w+}", "{}", route.partition("?")[0])

    paths = (await records.get("/openapi.json")).json()["paths"]
    routes = {
        nameless(f"{method.upper()} {path}")
        for path, methods in paths.items()
        if path.startswith("/api/")
        for method in methods
    }
    assert routes == {nameless(route) for route in ACCESS}


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer",
        "Bearer ",
        "Bearer jb_0000000000000000000000000000000000000000",
        "Bearer 令牌",
        "Basic b2ZmaWNlOg==",
    ],
)
async def test_without_a_valid_token_every_route_is_closed(records: Site, header: str | None) -> None:
    headers = {b"Authorization": header.encode()} if header else {}
    for route in ACCESS:
        method, path = re.sub(r"{\w+}", "1", route).split()
        answer = await records.http.request(method, path, headers=headers)
        problem = refused(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer", route
        assert "令牌" in problem["detail"]


async def test_without_an_admin_token_in_the_settings_an_empty_one_opens_nothing(records: Site) -> None:
    records.app.state.services.admin_token = ""
    refused(await records.http.get("/api/bases", headers={"Authorization": "Bearer "}), 401)
    refused(await records.get("/api/bases", by="admin"), 401)
    fine(await records.get("/api/bases", by="office"))


async def test_a_revoked_token_opens_nothing_any_more(records: Site) -> None:
    fine(await records.get("/api/bases", by="readonly"))
    async with records.parts.database.transaction() as tx:
        assert await Tokens(tx).revoke("readonly")
    refused(await records.get("/api/bases", by="readonly"), 401)
    fine(await records.get("/api/bases", by="city"))


# A city office and its own


async def test_a_city_office_sees_only_its_own_bases(site: Site) -> None:
    own = await site.pilot("base-2021-03-1", OWN)
    others = await site.pilot("base-2021-03-2", OTHER)

    listed = fine(await site.get("/api/bases", by="city"))["items"]
    assert [base["city"] for base in listed] == ["太原"]
    owed = fine(await site.get("/api/obligations", by="city"))["items"]
    assert [one["id"] for one in owed] == [own]

    for path in ("/api/bases", "/api/obligations"):
        assert fine(await site.get(path, by="city", city="大同")) == {"items": [], "next_cursor": None}
        assert len(fine(await site.get(path, by="city", city="太原"))["items"]) == 1
        assert len(fine(await site.get(path, by="office"))["items"]) == 2
    assert fine(await site.get("/api/obligations", by="city", base="base-2021-03-2"))["items"] == []

    for path in ("/api/bases/base-2021-03-2", "/api/bases/base-2021-03-2/timeline"):
        assert refused(await site.get(path, by="city"), 404)["code"] == "base.not_found"
    assert (
        refused(await site.get(f"/api/obligations/{others}", by="city"), 404)["code"]
        == "obligation.not_found"
    )


async def test_what_a_city_office_may_not_see_looks_as_if_it_were_not_there(site: Site) -> None:
    await site.base("base-2021-03-2", city=OTHER)
    hidden = refused(await site.get("/api/bases/base-2021-03-2", by="city"), 404)
    nothing = refused(await site.get("/api/bases/base-2021-03-9", by="city"), 404)
    assert hidden | {"detail": ""} == nothing | {"detail": ""}
    assert hidden["detail"] == nothing["detail"].replace("-9", "-2")


async def test_a_city_office_decides_about_its_own_city_and_county_bases_only(site: Site) -> None:
    for n, (city, level) in enumerate(
        [(OWN, Level.CITY), (OWN, Level.COUNTY), (OWN, Level.PROVINCE), (OTHER, Level.CITY)], 1
    ):
        await site.base(f"base-2021-03-{n}", city=city, level=level)
    assert fine(await site.decide("base-2021-03-1", "受理", by="city"))["step"] == "专家评议"
    assert fine(await site.decide("base-2021-03-2", "受理", by="city"))["step"] == "专家评议"
    assert refused(await site.decide("base-2021-03-3", "受理", by="city"), 403)["clause"] == "《发榜公告》四"
    refused(await site.decide("base-2021-03-4", "受理", by="city"), 404)
    assert (await site.parts.gateway.base("base-2021-03-4")).state.step is Step.FORMAL_REVIEW


async def test_a_city_office_registers_for_its_own_city_only(site: Site) -> None:
    fine(await site.post("/api/bases", APPLICATION | {"code": "甲"}, by="city"), 201)
    problem = refused(
        await site.post("/api/bases", APPLICATION | {"code": "乙", "city": OTHER}, by="city"), 403
    )
    assert (problem["code"], problem["clause"]) == ("access.not_yours", "《发榜公告》五")
    known = await site.post("/api/bases", APPLICATION | {"code": "甲", "city": OTHER}, by="other city")
    assert refused(known, 403)["code"] == "access.not_yours", "the code of another city's base"
    assert len(fine(await site.get("/api/bases"))["items"]) == 1


async def test_a_city_office_manages_contacts_of_its_own_bases_only(records: Site) -> None:
    await records.base("base-2021-03-1", city=OWN, started=False)  # contact 1
    await records.base("base-2021-03-2", city=OTHER, started=False)  # contact 2
    own, others = "base-2021-03-1", "base-2021-03-2"
    fine(await records.post("/api/contacts", {"name": "新", "bases": [own]}, by="city"), 201)
    for bases in ([others], [own, others], []):
        refused(await records.post("/api/contacts", {"name": "新", "bases": bases}, by="city"), 403)
    fine(await records.post("/api/contacts/1/invite", by="city"), 201)
    refused(await records.post("/api/contacts/2/invite", by="city"), 403)
    refused(await records.post("/api/contacts/99/invite", by="city"), 403)
    assert refused(await records.post("/api/contacts/99/invite"), 404)["code"] == "contact.not_found"


async def test_a_city_office_cannot_take_another_citys_contact(site: Site) -> None:
    await site.base("base-2021-03-1", city=OTHER)
    taken = await site.post("/api/bases", APPLICATION | {"code": "甲", "contact_id": 1}, by="city")
    assert refused(taken, 403)["code"] == "access.not_yours"
    assert len(fine(await site.get("/api/bases"))["items"]) == 1, "nothing is half written"
    fine(await site.post("/api/contacts/1/invite", by="other city"), 201)


async def test_a_contact_of_two_cities_is_the_offices_to_invite(records: Site) -> None:
    await records.base("base-2021-03-1", city=OWN, started=False)
    await records.base("base-2021-03-2", city=OTHER, started=False)
    async with records.parts.database.transaction() as tx:
        await People(tx).attach(1, "base-2021-03-2")
    refused(await records.post("/api/contacts/1/invite", by="city"), 403)
    refused(await records.post("/api/contacts/1/invite", by="other city"), 403)
    fine(await records.post("/api/contacts/1/invite", by="office"), 201)


# Contacts and personal data


async def test_an_invite_code_binds_once_and_is_valid_for_a_week(records: Site) -> None:
    contact = fine(await records.post("/api/contacts", {"name": "示例联系人", "phone": "0351-1"}), 201)
    assert contact == {"id": 1}
    invite = fine(await records.post("/api/contacts/1/invite"), 201)
    assert re.fullmatch(r"[0-9a-f]{32}", invite["code"])
    left = datetime.fromisoformat(invite["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    async with records.parts.database.transaction() as tx:
        assert await People(tx).redeem(invite["code"], "test", "chat", datetime.now(UTC)) == 1


@pytest.mark.parametrize(
    "contact",
    [{}, {"name": ""}, {"name": "长" * 101}, {"name": "名", "phone": "1" * 31}, {"name": "名", "mail": "x"}],
)
async def test_a_contact_with_a_wrong_field_is_refused(records: Site, contact: Json) -> None:
    assert refused(await records.post("/api/contacts", contact), 422)["errors"]


async def test_a_contact_for_an_unknown_base_is_not_half_written(records: Site) -> None:
    await records.base("base-2021-03-1", started=False)  # contact 1
    unknown = {"name": "新", "bases": ["base-2021-03-1", "base-2021-03-9"]}
    assert refused(await records.post("/api/contacts", unknown), 404)["code"] == "base.not_found"
    async with records.parts.database.transaction() as tx:
        assert await People(tx).of_base("base-2021-03-1") == [1]
        assert not await People(tx).exists(2)


NAMING = "GET /api/contacts?base={base}"
"""The only one: for those who manage the base."""


async def test_no_answer_to_a_get_holds_personal_data(whole: Site, database: Database) -> None:
    await something_of_everything(whole, database)
    named = {"name": "欧阳示例", "phone": "0351-7654321", "bases": [PILOT, DRAFT]}
    contact = fine(await whole.post("/api/contacts", named), 201)["id"]
    fine(await whole.post("/api/bases", APPLICATION | {"code": "甲", "contact_id": contact}), 201)
    upload = {"data": {"item": "plan"}, "files": PDF}
    fine(await whole.send("POST", f"/api/bases/{DRAFT}/materials", "lead", **upload), 201)
    await whole.hands_in(KNOWN["obligation"])
    for route in ACCESS:
        if route.startswith("GET") and route != NAMING:
            path = route.format(**KNOWN).split()[1]
            answer = await whole.get(path)
            assert answer.status_code == 200, path
            for private in ("欧阳", "7654321", "示例联系人", "示例申报单位联系人"):
                assert private not in answer.text, path


async def test_a_contact_may_be_the_deputy_of_a_base(records: Site) -> None:
    for base_id in (PILOT, DRAFT):
        await records.base(base_id, started=False)
    answered = [{"base": PILOT, "role": "副联系人"}, DRAFT]
    contact = fine(await records.post("/api/contacts", {"name": "示例副手", "bases": answered}), 201)["id"]
    async with records.parts.database.transaction() as tx:
        people = People(tx)
        await people.redeem(
            await people.invite(contact, datetime.now(UTC) + timedelta(days=1)),
            "test",
            "7",
            datetime.now(UTC),
        )
        reached = {
            (base_id, role): [c.contact_id for c in await people.chats_of_base(base_id, [role])]
            for base_id in (PILOT, DRAFT)
            for role in ContactRole
        }
    assert reached == {
        (PILOT, ContactRole.CONTACT): [],
        (PILOT, ContactRole.DEPUTY): [contact],
        (PILOT, ContactRole.HEAD): [],
        (DRAFT, ContactRole.CONTACT): [contact],
        (DRAFT, ContactRole.DEPUTY): [],
        (DRAFT, ContactRole.HEAD): [],
    }
    for wrong in ({"base": PILOT, "role": "主任"}, {"role": "副联系人"}, {"base": PILOT, "since": "2022"}):
        assert refused(await records.post("/api/contacts", {"name": "示例", "bases": [wrong]}), 422)["errors"]
