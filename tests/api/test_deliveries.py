"""What went out, and what the office has to see to because it did not: who sees it, and what of it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.calendar import business_day
from domain.delivery import DeliveryState
from domain.lifecycle import Step
from domain.office_tasks import NewTask, OfficeTaskKind, Untold
from persistence.deliveries import Deliveries, Item
from persistence.office_tasks import OfficeTasks
from persistence.people import Chat, People
from persistence.tables import base_contacts
from tests.api.site import OTHER, PROBLEM, Json, Site, fine, refused
from tests.support import at

NOW = at("2022-01-05 10:20")
A, B = "base-2021-03-1", "base-2021-03-2"
CHAT_ID = "9000000001"


async def some_deliveries(site: Site) -> int:
    """One to each of two bases that arrived, one that did not, one to the office; the contact of the first base."""
    await site.base(A, Step.PILOT, started=False)
    await site.base(B, Step.PILOT, city=OTHER, started=False)
    async with site.parts.database.transaction() as tx:
        contacts = [
            (
                await tx.scalars(select(base_contacts.c.contact_id).where(base_contacts.c.base_id == base))
            ).one()
            for base in (A, B)
        ]
        office = await People(tx).add("示例值班员", department="省发展改革委")
        log = Deliveries(tx)
        for n, (contact, channel, base, kind, state) in enumerate(
            (
                (contacts[0], "telegram", A, "opened", DeliveryState.SENT),
                (contacts[1], "wecom", B, "opened", DeliveryState.SENT),
                (contacts[0], "wecom", A, "soon", DeliveryState.QUEUED),
                (office, "telegram", None, "digest", DeliveryState.FAILED),
            )
        ):
            item = Item(f"k{n}", base, kind)
            to = Chat(channel=channel, external_id=CHAT_ID, contact_id=contact)
            await log.begin([item], to, NOW + timedelta(hours=n))
            if state is DeliveryState.SENT:
                await log.sent([item], to, NOW + timedelta(hours=n))
            else:
                await log.not_sent([item], to, state, "示例原因")
    return int(contacts[0])


def keys(answer: Json) -> Sequence[str]:
    """Which deliveries are in a page."""
    return [one["key"] for one in answer["items"]]


async def test_the_newest_first_and_no_account_or_telephone_among_it(records: Site) -> None:
    contact = await some_deliveries(records)
    answer = await records.get("/api/deliveries")
    page = fine(answer)
    assert keys(page) == ["k3", "k2", "k1", "k0"]
    assert CHAT_ID not in answer.text
    newest, oldest = page["items"][1], page["items"][3]
    assert newest | {"id": 0, "tried_at": ""} == {
        "id": 0,
        "key": "k2",
        "kind": "soon",
        "base": A,
        "contact": contact,
        "channel": "wecom",
        "state": "queued",
        "why": "示例原因",
        "attempts": 1,
        "queued_at": newest["queued_at"],
        "tried_at": "",
        "sent_at": None,
    }
    assert (oldest["state"], oldest["why"]) == ("sent", None)
    assert oldest["sent_at"] == oldest["queued_at"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"base": A}, ["k2", "k0"]),
        ({"channel": "wecom"}, ["k2", "k1"]),
        ({"state": "sent"}, ["k1", "k0"]),
        ({"kind": "opened", "channel": "telegram"}, ["k0"]),
        ({"since": "2022-01-05T11:20:00+08:00"}, ["k3", "k2", "k1"]),
        ({"until": "2022-01-05T11:20:00+08:00"}, ["k0"]),
        ({"base": "base-none"}, []),
    ],
)
async def test_narrowed_down(records: Site, wanted: Json, found: list[str]) -> None:
    await some_deliveries(records)
    assert keys(fine(await records.get("/api/deliveries", **wanted))) == found


async def test_of_one_contact_page_by_page(records: Site) -> None:
    contact = await some_deliveries(records)
    assert keys(fine(await records.get("/api/deliveries", contact=contact))) == ["k2", "k0"]
    seen: list[str] = []
    cursor = None
    while True:
        asked: Json = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = fine(await records.get("/api/deliveries", **asked))
        seen += keys(page)
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["k3", "k2", "k1", "k0"]


@pytest.mark.parametrize(
    ("by", "found"),
    [
        *(("office", ["k3", "k2", "k1", "k0"]), ("admin", ["k3", "k2", "k1", "k0"])),
        *(("city", ["k2", "k0"]), ("other city", ["k1"])),
    ],
)
async def test_a_city_office_sees_its_own_bases(records: Site, by: str, found: list[str]) -> None:
    await some_deliveries(records)
    assert keys(fine(await records.get("/api/deliveries", by))) == found


@pytest.mark.parametrize("path", ["/api/deliveries", "/api/office-tasks"])
async def test_nobody_else_sees_any(records: Site, path: str) -> None:
    for by in ("department", "readonly", "lead"):
        answer = await records.get(path, by)
        assert (answer.status_code, answer.headers["content-type"]) == (403, PROBLEM)
    assert (await records.get(path, None)).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        *({"state": "lost"}, {"since": "yesterday"}, {"since": "2022-01-05T11:20:00"}, {"limit": 0}),
        *({"cursor": "x"}, {"contact": 2**31}, {"cursor": 0}),
    ],
)
async def test_what_cannot_be_understood_is_said_so(records: Site, wrong: Json) -> None:
    assert (await records.get("/api/deliveries", **wrong)).status_code == 422


# Tasks


async def some_tasks(site: Site) -> list[int]:
    """A contact of one base who is not reached, and another base with nobody; their ids."""
    contact = await some_deliveries(site)
    untold = Untold(key="k", kind="opened", base_id=A, about="2021-12 月调度", at=NOW)
    async with site.parts.database.transaction() as tx:
        tasks = OfficeTasks(tx)
        gone = NewTask(
            kind=OfficeTaskKind.UNREACHABLE,
            subject=str(contact),
            base_id=A,
            contact_id=contact,
            channel="telegram",
            why="示例原因",
            untold=untold,
        )
        nobody = NewTask(kind=OfficeTaskKind.NO_CONTACT, subject=B, base_id=B)
        return [await tasks.open_(task, NOW) for task in (gone, nobody)]


async def test_tasks_say_whom_they_are_about_and_what_could_not_be_told(records: Site) -> None:
    ids = await some_tasks(records)
    answer = await records.get("/api/office-tasks")
    first, second = fine(answer)["items"]
    assert CHAT_ID not in answer.text
    assert [first["id"], second["id"]] == ids
    assert (first["kind"], first["base"], first["contact_name"]) == ("联系不上", A, "示例联系人")
    assert (first["channel"], first["why"], first["clause"]) == ("telegram", "示例原因", "本系统约定无法送达")
    assert first["untold"][0] | {"at": ""} == {
        "key": "k",
        "kind": "opened",
        "base_id": A,
        "about": "2021-12 月调度",
        "at": "",
    }
    assert (second["kind"], second["base"], second["contact"], second["unit"]) == ("无联系人", B, None, None)
    for wanted, found in (
        *(({"base": B}, ids[1:]), ({"kind": "联系不上"}, ids[:1]), ({"open": "false"}, [])),
        *(({"cursor": ids[0]}, ids[1:]), ({"limit": 1}, ids[:1])),
    ):
        page = fine(await records.get("/api/office-tasks", **wanted))
        assert [one["id"] for one in page["items"]] == found, wanted


async def test_a_task_is_closed_with_a_remark_and_once(records: Site) -> None:
    (task, _) = await some_tasks(records)
    path = f"/api/office-tasks/{task}/close"
    for wrong in (None, {}, {"remark": ""}, {"remark": "  好 "}, {"remark": "长" * 501}):
        assert (await records.post(path, wrong)).status_code == 422
    closed = fine(await records.post(path, {"remark": " 已电话通知 "}))
    assert (closed["remark"], closed["closed_by"]) == ("已电话通知", "token:office")
    assert business_day(at("2022-01-05 10:20")).isoformat() in closed["closed_at"]
    again = await records.post(path, {"remark": "已电话通知"})
    said = refused(again, 409)
    assert said["detail"] == "该事项（联系不上）已经办结。（依据本系统约定无法送达）"
    assert (await records.post("/api/office-tasks/999/close", {"remark": "没有"})).status_code == 404


async def test_a_city_office_closes_those_of_its_own_bases(records: Site) -> None:
    mine, theirs = await some_tasks(records)
    page = fine(await records.get("/api/office-tasks", "city"))
    assert [one["id"] for one in page["items"]] == [mine]
    remark = {"remark": "已电话通知"}
    assert (await records.post(f"/api/office-tasks/{theirs}/close", remark, "city")).status_code == 404
    assert (await records.post(f"/api/office-tasks/{mine}/close", remark, "readonly")).status_code == 403
    assert (
        fine(await records.post(f"/api/office-tasks/{mine}/close", remark, "city"))["remark"] == "已电话通知"
    )
