"""Credit accounts over HTTP: findings, what they lead to, lists, and the export for the credit platform (A9)."""

import csv
import io
from datetime import UTC, date, timedelta

import httpx
import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from sqlalchemy import func, select
from temporalio.api.history.v1 import HistoryEvent
from temporalio.testing import WorkflowEnvironment

from activities.calendar import working_days
from domain.lifecycle import Step
from domain.office_hours import is_office_time
from domain.policy.credit_account import CreditReason
from domain.terms import LeadKind
from persistence.applications import Applications
from persistence.bases import Bases, NewBase, Timeline
from persistence.credit_accounts import CreditAccounts
from persistence.people import People
from persistence.tables import credit_events, credit_findings, deliveries
from tests.api.site import OTHER, OWN, Json, Site, fine, refused
from tests.policy.applicants import values_of
from tests.support import LEAD, at, eventually, register, state_of

FINDINGS, ACCOUNTS = "/api/credit/findings", "/api/credit/accounts"
BASE, OTHERS = "base-2021-03-1", "base-2021-03-2"
NAME, OTHER_NAME = "示例职业技术大学", "示例学院"
CODE = "12140000MB0EXAMP14"
FINDING = {
    "lead": NAME,
    "kind": "失信",
    "reason": "虚报实训人次",
    "document_no": "示例〔2022〕1号",
    "effective_from": "2022-01-04",
}
SERIOUS = FINDING | {"kind": "严重失信", "credit_code": CODE}
REPAIRED = {"kind": "失信修复", "reason": "已整改到位", "document_no": "示例〔2022〕8号"}
CORRECTED = REPAIRED | {"kind": "更正"}


async def base(site: Site, base_id: str = BASE, *, lead: str = NAME, city: str = OWN) -> str:
    """A base in its pilot that is only written down."""
    state = state_of(base_id, Step.PILOT)
    facts = state.facts.model_copy(update={"city": city})
    state = state.model_copy(update={"facts": facts})
    if lead == NAME:
        await register(site.parts.database, state)
        return base_id
    async with site.parts.database.transaction() as tx:
        await Bases(tx).add(NewBase(code=base_id, name=f"示例基地 {base_id}", lead=lead), state)
    return base_id


async def books(
    site: Site, key: str, reason: CreditReason, base_id: str = BASE, at_: str = "2022-01-05 10:00"
) -> None:
    """What the process books."""
    detail = {"period": "2021-12", "kind": "月调度"}
    async with site.parts.database.transaction() as tx:
        await CreditAccounts(tx).book(base_id, key, reason, at(at_), detail)


async def history(site: Site, lead: str = NAME, by: str = "office") -> Json:
    return fine(await site.get(f"{ACCOUNTS}/{lead}/history", by))


async def finds(site: Site, **changes: Json) -> Json:
    return fine(await site.post(FINDINGS, FINDING | changes), 201)


def is_notice(event: HistoryEvent) -> bool:
    """Whether a message leaves with it."""
    return event.activity_task_scheduled_event_attributes.activity_type.name == "notify"


async def rows(site: Site) -> tuple[int, int]:
    """How many findings and entries there are."""
    async with site.parts.database.transaction() as tx:
        counts = [
            await tx.scalar(select(func.count()).select_from(t)) for t in (credit_findings, credit_events)
        ]
    return counts[0] or 0, counts[1] or 0


@pytest.mark.rule("A9")
async def test_a_finding_is_booked_once_however_often_it_is_sent(site: Site) -> None:
    await base(site)
    first = await finds(site)
    assert (first["points"], first["total"], first["grade"]) == ("-20.00", "65.00", "C")
    assert {k: first["finding"][k] for k in FINDING} == FINDING
    assert await finds(site) == first
    assert await finds(site, base=BASE, lead=None) == first
    assert await rows(site) == (1, 1)
    (entry,) = await history(site)
    assert (entry["reason"], entry["about"]) == ("失信认定", {"document_no": "示例〔2022〕1号"})
    problem = refused(await site.post(FINDINGS, FINDING | {"reason": "另一理由"}), 422)
    assert (problem["code"], problem["clause"]) == ("credit.finding_known", "《推进措施》七")


@pytest.mark.rule("A9")
async def test_a_serious_finding_lists_the_lead_until_it_is_ended(site: Site) -> None:
    await base(site)
    made = fine(await site.post(FINDINGS, SERIOUS), 201)
    assert (made["points"], made["total"], made["grade"]) == ("-60.00", "25.00", "D")
    (listed,) = fine(await site.get("/api/credit", kind="严重失信", on="2022-01-05"))
    assert listed == {
        "name": NAME,
        "credit_code": CODE,
        "kind": "严重失信",
        "effective_from": "2022-01-04",
        "effective_to": None,
        "source": "示例〔2022〕1号",
    }
    path = f"{FINDINGS}/{made['finding']['id']}/end"
    ended = fine(await site.post(path, REPAIRED))
    assert (ended["points"], ended["total"], ended["grade"]) == ("20.00", "45.00", "D")
    assert (ended["finding"]["end_kind"], ended["finding"]["end_reason"]) == ("失信修复", "已整改到位")
    assert fine(await site.get("/api/credit", kind="严重失信", on="2022-01-05")) == []
    assert fine(await site.get("/api/credit", kind="严重失信", on="2022-01-04")) == [
        listed | {"effective_to": "2022-01-04"}
    ]
    assert fine(await site.post(path, REPAIRED)) == ended, "the same again changes nothing"
    assert fine(await site.post(FINDINGS, SERIOUS), 201)["total"] == "25.00", "nor does the finding"
    assert fine(await site.get("/api/credit", kind="严重失信", on="2022-01-05")) == []
    assert refused(await site.post(path, CORRECTED), 409)["code"] == "credit.finding_ended"
    assert await rows(site) == (1, 2)


@pytest.mark.rule("A9")
async def test_a_finding_that_was_wrong_is_taken_back_whole_and_stays_on_record(site: Site) -> None:
    await base(site)
    made = fine(await site.post(FINDINGS, SERIOUS | {"effective_from": "2022-01-05"}), 201)
    await books(site, "late", CreditReason.LATE)
    ended = fine(await site.post(f"{FINDINGS}/{made['finding']['id']}/end", CORRECTED))
    assert (ended["points"], ended["total"], ended["grade"]) == ("60.00", "83.00", "B")
    assert fine(await site.get("/api/credit", kind="严重失信", on="2022-01-05")) == []
    newest, _, oldest = await history(site)
    assert (newest["reason"], newest["corrects"], oldest["reason"]) == ("更正", oldest["id"], "严重失信认定")
    (row,) = fine(await site.get(FINDINGS))
    assert (row["kind"], row["end_kind"]) == ("严重失信", "更正")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"effective_from": "2022-01-06"}, 422, "credit.finding_in_future"),
        ({"effective_to": "2022-01-03"}, 422, "credit.finding_backwards"),
        ({"kind": "严重失信"}, 422, "credit.code_needed"),
        ({"lead": "没有这个单位"}, 404, "credit.no_lead"),
        ({"lead": None, "base": "base-2021-03-9"}, 404, "base.not_found"),
        ({"lead": None}, 422, None),
        ({"base": BASE}, 422, None),
        ({"credit_code": "12140000MB0EXAMP1"}, 422, None),
        ({"kind": "轻微失信"}, 422, None),
        ({"reason": ""}, 422, None),
        ({"somebody": "示例"}, 422, None),
    ],
)
async def test_what_is_no_finding_is_refused_and_leaves_nothing(
    site: Site, changes: Json, status: int, code: str | None
) -> None:
    await base(site)
    assert refused(await site.post(FINDINGS, FINDING | changes), status).get("code") == code
    assert await rows(site) == (0, 0)


async def test_a_serious_finding_needs_no_code_where_the_application_gives_one(site: Site) -> None:
    await base(site)
    async with site.parts.database.transaction() as tx:
        await Applications(tx).create(BASE, LEAD, site.clock.now())
        known = await Applications(tx).get(BASE, lock=True)
        line = {"lead": f"{NAME}，院校，{CODE}，省教育厅"}
        await Applications(tx).save(known, LEAD, site.clock.now(), values=line)
    assert (await finds(site, kind="严重失信"))["finding"]["credit_code"] == CODE
    (listed,) = fine(await site.get("/api/credit", kind="严重失信"))
    assert (listed["name"], listed["credit_code"]) == (NAME, CODE)


@pytest.mark.rule("A9")
async def test_every_base_of_the_lead_has_it_on_its_timeline_and_its_contacts_are_told_in_office_hours(
    site: Site, skipping: WorkflowEnvironment
) -> None:
    for base_id in (BASE, OTHERS):
        await base(site, base_id)
    database = site.parts.database
    async with database.transaction() as tx:
        people = People(tx)
        contact = await people.add("示例联系人")
        for base_id in (BASE, OTHERS):
            await people.attach(contact, base_id)
        await people.redeem(
            await people.invite(contact, at("2099-01-01 00:00")), "local", "7", site.clock.now()
        )
    site.later("2022-01-05 12:00")
    await finds(site)
    async with database.transaction() as tx:
        for base_id in (BASE, OTHERS):
            (entry,) = await Timeline(tx).of(base_id)
            assert (entry.kind, entry.detail["document_no"]) == ("失信认定", "示例〔2022〕1号")

    async def queued() -> list[tuple[str, str]]:
        async with database.transaction() as tx:
            found = await tx.execute(select(deliveries.c.key, deliveries.c.kind))
            return [(row.key, row.kind) for row in found]

    handle = skipping.client.get_workflow_handle("news-credit-finding-1")

    async def waits() -> bool:
        events = (await handle.fetch_history()).events
        return any(e.HasField("timer_started_event_attributes") for e in events)

    await eventually(waits)
    assert await queued() == [], "at noon nobody is told"
    await skipping.sleep(timedelta(hours=5))  # the messages kept the time from before it was noon
    assert await eventually(queued) == [("credit-finding-1", "credit")], "once in the one chat"
    sent = [e for e in (await handle.fetch_history()).events if is_notice(e)]
    told = {site.clock.current.business(e.event_time.ToDatetime(UTC)) for e in sent}
    assert len(sent) == 2, "one for each base"
    assert all(is_office_time(at_, working_days()) for at_ in told)
    assert {at_.date() for at_ in told} == {date(2022, 1, 5)}
    assert "虚报" not in str(sent), "what somebody wrote stays in the database"
    await finds(site)
    assert await queued() == [("credit-finding-1", "credit")], "and not again"


# Lists


@pytest.mark.rule("A9")
async def test_accounts_are_listed_with_grade_bases_and_reasons(records: Site) -> None:
    await base(records)
    await base(records, OTHERS, lead=OTHER_NAME, city=OTHER)
    await books(records, "a", CreditReason.MISSING)
    for n in range(6):
        await books(records, f"b{n}", CreditReason.ON_TIME, OTHERS)
    first, second = fine(await records.get(ACCOUNTS))["items"]
    assert (first["names"], first["grade"], first["total"], first["entries"]) == ([NAME], "B", "77.00", 1)
    assert (second["names"], second["grade"], second["total"]) == ([OTHER_NAME], "A", "91.00")
    assert first["bases"] == [{"id": BASE, "name": f"示例基地 {BASE}", "city": "太原", "stage": "试点培育"}]
    assert [a["names"] for a in fine(await records.get(ACCOUNTS, grade="A"))["items"]] == [[OTHER_NAME]]
    page = fine(await records.get(ACCOUNTS, limit=1))
    rest = fine(await records.get(ACCOUNTS, limit=1, cursor=page["next_cursor"]))
    assert [a["names"] for a in (*page["items"], *rest["items"])] == [[NAME], [OTHER_NAME]]
    entry = (await history(records))[0]
    assert {
        k: entry[k] for k in ("reason", "points", "total", "grade_before", "grade", "clause", "base")
    } == {
        "reason": "缺报",
        "points": "-8.00",
        "total": "77.00",
        "grade_before": "B",
        "grade": "B",
        "clause": "本系统约定信用计分",
        "base": BASE,
    }


@pytest.mark.rule("A9")
async def test_a_city_office_sees_the_accounts_of_its_own_bases_leads(records: Site) -> None:
    await base(records)
    await base(records, OTHERS, lead=OTHER_NAME, city=OTHER)
    for n, base_id in enumerate((BASE, OTHERS)):
        await books(records, str(n), CreditReason.LATE, base_id)
    for by, name, hidden in (("city", NAME, OTHER_NAME), ("other city", OTHER_NAME, NAME)):
        assert [a["names"] for a in fine(await records.get(ACCOUNTS, by))["items"]] == [[name]]
        assert len(await history(records, name, by)) == 1
        problem = refused(await records.get(f"{ACCOUNTS}/{hidden}/history", by), 404)
        assert problem["code"] == "credit.no_account"
        assert [lead["name"] for lead in fine(await records.get("/api/credit/export.json", by))["leads"]] == [
            name
        ]
        lines = (await records.get("/api/credit/export.csv", by)).text.splitlines()
        assert [line.split(",")[0] for line in lines[1:]] == [name]


@pytest.mark.rule("A9")
async def test_bases_show_their_leads_grade_and_are_found_by_it(records: Site) -> None:
    await base(records)
    await base(records, OTHERS, lead=OTHER_NAME)
    await books(records, "a", CreditReason.DISHONEST)
    shown = {b["id"]: b["credit_grade"] for b in fine(await records.get("/api/bases"))["items"]}
    assert shown == {BASE: "C", OTHERS: None}
    found = fine(await records.get("/api/bases", credit_grade="C"))["items"]
    assert [b["id"] for b in found] == [BASE]
    assert fine(await records.get("/api/bases", credit_grade="A"))["items"] == []
    refused(await records.get("/api/bases", credit_grade="E"), 422)


async def test_an_account_is_found_by_a_name_that_needs_escaping(records: Site) -> None:
    name = "示例学院/山西（产业学院）?#"
    await base(records, lead=name)
    await books(records, "a", CreditReason.LATE)
    quoted = httpx.URL("http://api").join(f"{ACCOUNTS}/").path + "".join(
        f"%{byte:02X}" for byte in name.encode()
    )
    (entry,) = fine(await records.get(f"{quoted}/history"))
    assert entry["reason"] == "逾期报送"
    assert refused(await records.get(f"{ACCOUNTS}/没有/history"), 404)["code"] == "credit.no_account"


# Export


async def schema_of(site: Site) -> Draft202012Validator:
    """What the export is checked against, which is a valid schema itself."""
    schema = fine(await site.get("/api/credit/export.schema.json", by="lead"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.rule("A9")
async def test_the_export_keeps_to_its_schema(site: Site) -> None:
    validator = await schema_of(site)
    validator.validate(fine(await site.get("/api/credit/export.json")))
    await base(site)
    await base(site, OTHERS, lead=OTHER_NAME)
    async with site.parts.database.transaction() as tx:
        await Applications(tx).create(BASE, LEAD, site.clock.now())
        known = await Applications(tx).get(BASE, lock=True)
        await Applications(tx).save(known, LEAD, site.clock.now(), values=values_of(LeadKind.SCHOOL))
    await books(site, "a", CreditReason.ON_TIME)
    await books(site, "b", CreditReason.LATE, OTHERS)
    made = fine(await site.post(FINDINGS, SERIOUS), 201)
    fine(await site.post(f"{FINDINGS}/{made['finding']['id']}/end", CORRECTED))
    exported = fine(await site.get("/api/credit/export.json"))
    validator.validate(exported)
    first, second = exported["leads"]
    assert (first["name"], first["grade"], first["total"], first["listed"]) == (NAME, "B", "86.00", False)
    assert first["bases"][0]["commitment"] is True
    assert second["bases"][0]["commitment"] is None
    assert [e["reason"] for e in first["entries"]] == ["按时报送", "严重失信认定", "更正"]
    assert first["findings"][0] == {
        "kind": "严重失信",
        "document_no": "示例〔2022〕1号",
        "effective_from": "2022-01-04",
        "effective_to": None,
        "ended": "更正",
        "ended_on": "2022-01-05",
    }
    assert "虚报" not in str(exported), "no free text"
    assert exported["scale"]["least"] == {"A": "90", "B": "75", "C": "60"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lead: lead.update(grade="E"),
        lambda lead: lead.pop("credit_code"),
        lambda lead: lead.update(contact="示例联系人"),
        lambda lead: lead["entries"][0].update(reason="其他"),
        lambda lead: lead.update(total="满分"),
    ],
)
async def test_what_is_not_as_promised_does_not_keep_to_the_schema(records: Site, spoil: Json) -> None:
    await base(records)
    await books(records, "a", CreditReason.ON_TIME)
    exported = fine(await records.get("/api/credit/export.json"))
    spoil(exported["leads"][0])
    with pytest.raises(ValidationError):
        (await schema_of(records)).validate(exported)


@pytest.mark.rule("A9")
async def test_the_csv_opens_in_a_spreadsheet(records: Site) -> None:
    await base(records)
    await base(records, OTHERS, lead="=示例公式公司")
    await books(records, "a", CreditReason.ON_TIME)
    await books(records, "b", CreditReason.MISSING)
    await books(records, "c", CreditReason.ON_TIME, OTHERS)
    answer = await records.get("/api/credit/export.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="credit.csv"' in answer.headers["content-disposition"]
    head, first, second = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert dict(zip(head, first, strict=True)) == {
        "单位名称": NAME,
        "统一社会信用代码": "",
        "信用等级": "B",
        "信用分": "78",
        "严重失信主体": "否",
        "签署信用承诺的基地": "0",
        "基地": "1",
        "记分次数": "2",
        "最近记分日期": "2022-01-05",
        "最近记分事由": "缺报",
        "最近分值变动": "-8",
        "评价日期": "2022-01-05",
        "评价依据": "《推进措施》七、本系统约定信用计分",
    }
    assert second[0] == "'=示例公式公司", "no formula"
