"""The people of a base over HTTP: roles, who has answered what, and leaving. A base is never without one silently."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from casework import handing_over
from casework.form_links import Allowed, Purpose, link_for
from domain.errors import NotFound
from domain.forms.said import Said
from domain.office_tasks import OfficeTaskKind
from domain.terms import Role
from persistence.materials import UploadLinks
from persistence.obligations import Obligations
from persistence.office_tasks import OfficeTaskFilter, OfficeTaskRow, OfficeTasks
from persistence.people import People
from persistence.tokens import Tokens
from tests.api.site import OTHER, OWN, Json, Site, fine, refused
from workflows.messages import Answer

BASE, ELSEWHERE = "base-2021-03-1", "base-2021-03-2"
CONTACT = 1
"""With whom a base is registered first."""

GONE = {"reason": "示例：调离"}


async def person(site: Site, role: str, *bases: str, bound: bool = True) -> int:
    """Somebody of these bases."""
    answered: Json = [{"base": base, "role": role} for base in bases or (BASE,)]
    new = {"name": f"示例{role}", "phone": "13900004711", "bases": answered}
    contact = fine(await site.post("/api/contacts", new), 201)["id"]
    if bound:
        await bind(site, contact)
    return int(contact)


async def bind(site: Site, contact: int) -> None:
    code = fine(await site.post(f"/api/contacts/{contact}/invite"), 201)["code"]
    async with site.parts.database.transaction() as tx:
        await People(tx).redeem(code, "test", f"chat-{contact}", datetime.now(UTC))


async def leaves(site: Site, contact: int, by: str = "office", status: int = 200, **said: Json) -> Json:
    answer = await site.post(f"/api/contacts/{contact}/leave", GONE | said, by)
    return fine(answer) if status == 200 else refused(answer, status)


async def people_of(site: Site, base: str = BASE) -> list[tuple[int, str, bool]]:
    found = fine(await site.get(f"/api/bases/{base}"))["contacts"]
    return [(one["id"], one["role"], one["bound"]) for one in found]


async def tasks(site: Site) -> list[OfficeTaskRow]:
    async with site.parts.database.transaction() as tx:
        return await OfficeTasks(tx).find(OfficeTaskFilter(open=True))


async def entries(site: Site, base: str = BASE) -> list[tuple[str, Json]]:
    found = fine(await site.get(f"/api/bases/{base}/timeline"))
    return [(one["kind"], one["detail"]) for one in found if one["kind"].startswith("联系人")]


@pytest.fixture
async def based(site: Site) -> Site:
    """A base with one contact, who is bound."""
    await site.base(BASE, city=OWN, started=False)
    await bind(site, CONTACT)
    return site


# Who they are


async def test_a_base_shows_its_people_by_number_the_contact_first(based: Site) -> None:
    head = await person(based, "负责人", bound=False)
    deputy = await person(based, "副联系人")
    assert await people_of(based) == [
        (CONTACT, "联系人", True),
        (deputy, "副联系人", True),
        (head, "负责人", False),
    ]


async def test_names_are_for_the_office_and_the_city_of_the_base(based: Site) -> None:
    for by in ("office", "city"):
        (found,) = fine(await based.get("/api/contacts", by, base=BASE))
        assert found == {"id": 1, "role": "联系人", "bound": True, "name": "示例联系人", "phone": None}
    assert refused(await based.get("/api/contacts", "other city", base=BASE), 404)["code"] == "base.not_found"
    for by in ("readonly", "department"):
        assert refused(await based.get("/api/contacts", by, base=BASE), 403)["code"] == "access.not_yours"


async def test_bases_without_a_contact_can_be_listed(based: Site) -> None:
    await based.base(ELSEWHERE, started=False)
    await person(based, "副联系人", ELSEWHERE)
    for wanted, base in (("true", ELSEWHERE), ("false", BASE)):
        found = fine(await based.get("/api/bases", without_contact=wanted))["items"]
        assert [one["id"] for one in found] == [base]


async def test_only_the_office_says_who_belongs_to_a_city_office_and_who_decides_in_chat(based: Site) -> None:
    city = {"name": "示例市级办公室经办人", "city": OWN, "may_decide": True}
    fine(await based.post("/api/contacts", city), 201)
    for more in ({"city": OWN}, {"department": "省教育厅"}, {"city": OWN, "may_decide": True}):
        new = {"name": "示例", "bases": [BASE], **more}
        assert refused(await based.post("/api/contacts", new, "city"), 403)["code"] == "access.not_yours"
    for wrong in ({"may_decide": True}, {"city": OWN, "department": "省教育厅"}, {"city": "北京"}):
        assert refused(await based.post("/api/contacts", {"name": "示例", **wrong}), 422)["errors"]


# Leaving


async def test_a_base_is_not_left_without_a_contact_unless_that_is_said(based: Site) -> None:
    problem = await leaves(based, CONTACT, status=422)
    assert (problem["code"], problem["clause"]) == ("leaving.nobody_left", "本系统约定联系人离任")
    assert BASE in problem["detail"]
    assert "无人绑定" in problem["detail"]
    assert await people_of(based) == [(CONTACT, "联系人", True)], "nothing has changed"
    assert await tasks(based) == []

    (left,) = await leaves(based, CONTACT, without=True)
    assert left == {"base": BASE, "contacts": [], "lacks": ["无人绑定", "联系人空缺"]}
    assert await people_of(based) == []
    opened = [(one.kind, one.base_id) for one in await tasks(based)]
    assert opened == [(OfficeTaskKind.NO_CONTACT, BASE), (OfficeTaskKind.VACANT, BASE)]
    assert await entries(based) == [("联系人离任", {"contact": "contact:1", "reason": "示例：调离"})]


async def test_a_successor_takes_over_the_role_and_what_was_handed_over(site: Site) -> None:
    owed = await site.pilot(BASE)
    await bind(site, CONTACT)
    deputy = await person(site, "副联系人")
    async with site.parts.database.transaction() as tx:
        row = await Obligations(tx).get(owed)
    await handing_over.hand_over(site.parts.casework, row, deputy, CONTACT, "test:handed")
    detail = fine(await site.get(f"/api/obligations/{owed}"))
    assert detail["assignee"] == CONTACT
    assert [(one["from_contact"], one["to_contact"]) for one in detail["handovers"]] == [(deputy, CONTACT)]

    (left,) = await leaves(site, CONTACT, successor=deputy)
    assert left["contacts"] == [{"id": deputy, "role": "联系人", "bound": True}]
    assert left["lacks"] == []
    assert fine(await site.get(f"/api/obligations/{owed}"))["assignee"] == deputy
    assert OfficeTaskKind.VACANT not in [one.kind for one in await tasks(site)]
    assert (await entries(site))[0][1]["successor"] == f"contact:{deputy}"


async def test_a_successor_without_a_chat_is_a_task_until_it_is_bound(based: Site) -> None:
    new = await person(based, "副联系人", bound=False)
    await leaves(based, CONTACT, successor=new)
    assert await people_of(based) == [(new, "联系人", False)]
    assert [one.kind for one in await tasks(based)] == [OfficeTaskKind.NO_CONTACT]
    await bind(based, new)
    async with based.parts.database.transaction() as tx:
        await OfficeTasks(tx).settle(based.clock.now(), new)
    assert await tasks(based) == []


async def test_a_deputy_who_is_left_stands_in_until_it_is_made_the_contact(based: Site) -> None:
    deputy = await person(based, "副联系人")
    assert "联系人空缺" in (await leaves(based, CONTACT, status=422))["detail"]
    await leaves(based, CONTACT, without=True)
    (task,) = await tasks(based)
    assert (task.kind, task.contact_id) == (OfficeTaskKind.VACANT, deputy)
    left = fine(await based.send("PUT", f"/api/contacts/{deputy}/bases/{BASE}", json={"role": "联系人"}))
    assert left == {
        "base": BASE,
        "contacts": [{"id": deputy, "role": "联系人", "bound": True}],
        "lacks": [],
    }
    assert await tasks(based) == []
    assert (await entries(based))[-1] == ("联系人变更", {"contact": f"contact:{deputy}", "role": "联系人"})


async def test_the_last_contact_is_not_made_a_deputy_silently(based: Site) -> None:
    path = f"/api/contacts/{CONTACT}/bases/{BASE}"
    problem = refused(await based.send("PUT", path, json={"role": "副联系人"}), 422)
    assert problem["code"] == "leaving.nobody_left"
    assert await people_of(based) == [(CONTACT, "联系人", True)]
    fine(await based.send("PUT", path, json={"role": "副联系人", "without": True}))
    assert await people_of(based) == [(CONTACT, "副联系人", True)]
    assert [one.kind for one in await tasks(based)] == [OfficeTaskKind.VACANT]


async def test_a_deputy_and_a_head_may_leave(based: Site) -> None:
    for role in ("副联系人", "负责人"):
        (left,) = await leaves(based, await person(based, role))
        assert left["contacts"] == [{"id": CONTACT, "role": "联系人", "bound": True}]
    assert await tasks(based) == []


async def test_asked_again_it_is_the_same_and_nothing_happens_twice(based: Site) -> None:
    deputy = await person(based, "副联系人")
    first = await leaves(based, CONTACT, "city", successor=deputy)
    assert await leaves(based, CONTACT, "city", successor=deputy) == first
    assert len(await entries(based)) == 1


async def test_of_two_who_leave_at_once_one_stays(based: Site) -> None:
    other = await person(based, "联系人")
    found = await asyncio.gather(
        *(based.post(f"/api/contacts/{one}/leave", GONE) for one in (CONTACT, other))
    )
    assert sorted(answer.status_code for answer in found) == [200, 422]
    assert len(await people_of(based)) == 1


async def test_a_city_office_unbinds_people_of_its_own_bases_only(based: Site) -> None:
    await based.base(ELSEWHERE, city=OTHER, started=False)
    both = await person(based, "副联系人", BASE, ELSEWHERE)
    theirs = await person(based, "副联系人", ELSEWHERE)
    for contact, said in ((both, {}), (theirs, {}), (CONTACT, {"successor": theirs})):
        assert (await leaves(based, contact, "city", 403, **said))["code"] == "access.not_yours"
    own = await person(based, "副联系人")
    await leaves(based, own, "city")
    fine(await based.send("PUT", f"/api/contacts/{CONTACT}/bases/{BASE}", "city", json={"role": "联系人"}))
    refused(
        await based.send(
            "PUT", f"/api/contacts/{CONTACT}/bases/{BASE}", "other city", json={"role": "联系人"}
        ),
        403,
    )
    taken = await based.send("PUT", f"/api/contacts/{both}/bases/{BASE}", "city", json={"role": "联系人"})
    refused(taken, 403)


async def test_nobody_but_the_office_gives_out_or_takes_away_the_chat_of_an_official(based: Site) -> None:
    """Who answers for a base of the city besides: a code for that contact would be a code for its unit's decisions."""
    new = {"name": "示例处室", "department": "省教育厅", "may_decide": True}
    both = fine(await based.post("/api/contacts", new | {"bases": [BASE]}), 201)["id"]
    assert (
        refused(await based.post(f"/api/contacts/{both}/invite", by="city"), 403)["code"]
        == "access.not_yours"
    )
    assert (await leaves(based, both, "city", 403))["code"] == "access.not_yours"
    await bind(based, both)
    await leaves(based, both)


async def test_nobody_takes_over_who_is_not_there(based: Site) -> None:
    gone = await person(based, "副联系人")
    await leaves(based, gone)
    for successor, status, code in (
        (CONTACT, 422, "leaving.own_successor"),
        (gone, 422, "leaving.has_left"),
        (99, 404, "contact.not_found"),
    ):
        assert (await leaves(based, CONTACT, status=status, successor=successor))["code"] == code
    assert (await leaves(based, 99, status=404))["code"] == "contact.not_found"
    problem = refused(
        await based.send("PUT", f"/api/contacts/{gone}/bases/{BASE}", json={"role": "联系人"}), 422
    )
    assert problem["code"] == "leaving.has_left"
    for wrong in ({}, {"reason": ""}, GONE | {"successor": 0}, GONE | {"since": "2022"}):
        assert refused(await based.post(f"/api/contacts/{CONTACT}/leave", wrong), 422)["errors"]


# What stops working


async def test_codes_and_tokens_of_who_has_left_are_void(based: Site) -> None:
    code = fine(await based.post(f"/api/contacts/{CONTACT}/invite"), 201)["code"]
    async with based.parts.database.transaction() as tx:
        token = await Tokens(tx).create("own", Role.LEAD, contact_id=CONTACT)
    own = {"Authorization": f"Bearer {token}"}
    assert len(fine(await based.http.get("/api/bases", headers=own))["items"]) == 1
    await leaves(based, CONTACT, without=True)
    refused(await based.http.get("/api/bases", headers=own), 401)
    assert refused(await based.post(f"/api/contacts/{CONTACT}/invite"), 422)["code"] == "leaving.has_left"
    async with based.parts.database.transaction() as tx:
        with pytest.raises(NotFound, match=r"invite\.invalid"):
            await People(tx).redeem(code, "test", "another chat", datetime.now(UTC))
        assert await People(tx).chats_of_base(BASE) == []


async def test_links_of_who_has_left_open_nothing(site: Site) -> None:
    owed, later = await site.pilot(BASE), datetime.now(UTC) + timedelta(hours=1)
    async with site.parts.database.transaction() as tx:
        no = (await Obligations(tx).get(owed)).no
        token = await UploadLinks(tx).create(BASE, CONTACT, later)
    paths = [f"/upload/{token}"]
    for purpose, page in ((Purpose.EVIDENCE, "evidence"), (Purpose.SHEET, "sheet")):
        made = await link_for(site.parts.database, purpose, Allowed(no, CONTACT), datetime.now(UTC))
        paths.append(f"/{page}/{made.token}")
    assert (await site.http.get(paths[0])).status_code == 200
    await leaves(site, CONTACT, without=True)
    for path in paths:
        assert (await site.http.get(path)).status_code == 404, path


# Who has answered what


async def test_every_version_tells_whose_answers_it_has(site: Site) -> None:
    owed = await site.pilot(BASE)
    deputy = await person(site, "副联系人")
    typed = Answer(said=Said(text="1=120.5"), by={"role": "lead", "id": f"contact:{deputy}"})
    await site.parts.gateway.answer(owed, typed, "test:deputy")
    await site.hands_in(owed)
    (version,) = fine(await site.get(f"/api/obligations/{owed}", "readonly"))["versions"]
    assert version["answered_by"].pop("invest_month") == f"contact:{deputy}"
    assert set(version["answered_by"].values()) == {version["actor"]}
