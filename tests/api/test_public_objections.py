"""Objections to a public notice, from the form on the page to the list of the office (B14)."""

import asyncio
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import httpx
import pytest
from sqlalchemy import func, select, text, update
from temporalio.client import Client

from api import robots
from app.embedded import HOST, free_port
from app.http import serving
from app.settings import Settings
from app.wiring import assembled
from domain.errors import Refused
from domain.lifecycle import Step
from domain.policy.objections import ObjectionState
from domain.terms import City
from persistence import tables
from persistence.database import Database
from persistence.objections import Objections
from tests.api.site import CALLERS, Site, fine, refused
from tests.api.test_upload_page import shown
from tests.life.town import JumpingClock
from tests.persistence.lists import in_notice, listed
from tests.support import at, eventually, register, state_of
from workflows.converter import plugin

BASE, OTHER = "base-2021-03-1", "base-2021-04-1"
NOTICES, NOTICE = "/public/notices", "/public/notices/2021"
FORM = f"{NOTICE}/objections/{BASE}"
API = "/api/rounds/2021/objections"
REASON = "该单位不具备所申报的场地条件，请核实。"
PERSON = {"name": "示例公民", "contact": "0351-1234567", "reason": REASON}
KEY = b"of this test"
WORDS = "零一二三四五六七八九"


@pytest.fixture
async def site(records: Site, database: Database) -> Site:
    """The second day of a public notice of two applications; there are no workflows to be told."""
    records.app.state.services.objected = None
    await listed(database, BASE)
    await listed(database, OTHER)
    await in_notice(database)
    records.later("2022-05-10 10:00")
    return records


def answered(page: httpx.Response) -> dict[str, str]:
    """The seal of a form and the answer to its question."""
    question = re.search(rf"([{WORDS}])加([{WORDS}])等于几", page.text)
    seal = re.search(r'name="seal" value="([^"]+)"', page.text)
    assert question
    assert seal
    return {"answer": str(sum(WORDS.index(word) for word in question.groups())), "seal": unescape(seal[1])}


async def objects(site: Site, path: str = FORM, **changed: str) -> httpx.Response:
    """Open the form and send it filled in."""
    answer = await site.http.post(path, data=PERSON | answered(await site.http.get(path)) | changed)
    assert answer.status_code in (201, 422), answer.text
    return answer


async def stored(database: Database) -> int:
    async with database.transaction() as tx:
        return await tx.scalar(select(func.count()).select_from(tables.objections)) or 0


@pytest.mark.rule("B14")
async def test_an_objection_gets_a_receipt_and_stops_the_clock_of_its_base(
    site: Site, database: Database
) -> None:
    told: list[tuple[str, int]] = []

    async def objected(base_id: str, number: int) -> None:
        told.append((base_id, number))

    site.app.state.services.objected = objected
    answer = await objects(site)
    assert "回执号： 2021-000001" in shown(answer, 201)
    assert told == [(BASE, 1)]
    async with database.transaction() as tx:
        row = await Objections(tx).get(1)
    assert (row.name, row.contact, row.reason) == tuple(PERSON.values())
    assert timedelta() <= row.at - at("2022-05-10 10:00") < timedelta(minutes=5)


async def test_the_receipt_is_given_if_the_base_no_longer_takes_it(
    site: Site, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async def objected(base_id: str, number: int) -> None:
        raise Refused("objection.not_now", step="试点培育")

    site.app.state.services.objected = objected
    assert "回执号" in shown(await objects(site), 201)
    assert await stored(database) == 1
    assert "objection 1 is on record, but its base did not take it: objection.not_now" in caplog.text


async def test_a_form_of_one_process_is_taken_by_another(site: Site, database_url: str) -> None:
    form = PERSON | answered(await site.http.get(FORM))
    nowhere = await Client.connect(f"{HOST}:{free_port()}", lazy=True, plugins=[plugin()])
    clock = JumpingClock("2022-05-10 10:00")
    async with assembled(Settings(), database_url, nowhere, clock) as parts:
        app = parts.application()
        app.state.services.objected = None
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
            shown(await http.post(FORM, data=form), 201)


@pytest.mark.parametrize(("trusted", "opened"), [("127.0.0.1", [4, 0]), ("", [3, 1])])
async def test_citizens_behind_a_trusted_proxy_each_have_an_address(
    site: Site, database: Database, monkeypatch: pytest.MonkeyPatch, trusted: str, opened: list[int]
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", trusted)
    port = free_port()
    async with serving(site.app, HOST, port), httpx.AsyncClient(base_url=f"http://{HOST}:{port}") as http:
        for n in range(4):
            form = PERSON | answered(await http.get(FORM))
            # What a citizen writes there is in front of what the proxy adds.
            forwarded = {"X-Forwarded-For": f"198.51.100.9, 203.0.113.{n}"}
            assert (await http.post(FORM, data=form, headers=forwarded)).status_code == 201
    async with database.transaction() as tx:
        rows = await Objections(tx).of_round("2021")
    states = [row.state for row in rows]
    assert [states.count(ObjectionState.OPEN), states.count(ObjectionState.MERGED)] == opened


@pytest.mark.rule("B14")
async def test_from_the_fourth_on_one_address_stops_nothing_and_is_told_so(
    site: Site, database: Database
) -> None:
    told: list[int] = []

    async def objected(base_id: str, number: int) -> None:
        told.append(number)

    site.app.state.services.objected = objected
    for _ in range(3):
        assert "较多" not in shown(await objects(site), 201)
    assert "今天从您所在的网络地址收到的异议较多" in shown(await objects(site), 201)
    assert told == [1, 2, 3]
    assert await stored(database) == 4


async def test_in_an_outage_of_the_workflows_the_receipt_is_given_all_the_same(
    site: Site, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async def objected(base_id: str, number: int) -> None:
        raise ConnectionError("Temporal is away")

    site.app.state.services.objected = objected
    assert "回执号" in shown(await objects(site), 201)
    assert await stored(database) == 1
    assert "objection 1 is on record" in caplog.text
    for secret in PERSON.values():
        assert secret not in caplog.text


@pytest.mark.rule("B14")
@pytest.mark.parametrize("step", [Step.CONSENT, Step.NOTICE_DUE, Step.PUBLICATION, Step.PILOT])
async def test_only_what_is_in_its_notice_can_be_objected_to_and_of_the_rest_nothing_is_said(
    site: Site, database: Database, step: Step
) -> None:
    filled = PERSON | answered(await site.http.get(FORM))
    async with database.transaction() as tx:
        await tx.execute(update(tables.bases).values(step=step))
    for answer in (await site.http.get(FORM), await site.http.post(FORM, data=filled)):
        assert step not in shown(answer, 404)
    assert await stored(database) == 0


@pytest.mark.rule("B14")
@pytest.mark.parametrize("first", [None, date(2022, 5, 11)])
async def test_before_the_first_day_of_the_notice_there_is_no_form(
    site: Site, database: Database, first: date | None
) -> None:
    await in_notice(database, first)
    assert "没有这个基地" in shown(await site.http.get(FORM), 404)


async def test_a_base_is_found_under_its_own_round_only(site: Site) -> None:
    shown(await site.http.get(f"{NOTICES}/2022/objections/{BASE}"), 404)


@pytest.mark.rule("B14")
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": " "}, "请填写真实姓名，2 至 50 个字。（依据本系统约定异议）"),
        ({"contact": ""}, "请填写能联系到您的电话或电子邮箱"),
        ({"reason": "太短"}, "请写明异议理由，10 至 2000 字；现在是 2 字。"),
        ({"reason": "字" * 2001}, "现在是 2001 字"),
        ({"website": "http://spam.example"}, "请清空后重新提交"),
        ({"answer": "99"}, "验证问题的回答不对"),
        ({"answer": ""}, "验证问题的回答不对"),
        ({"seal": ""}, "请回答新的验证问题"),
        ({"seal": "9" * 5000 + ".x"}, "请回答新的验证问题"),
        ({"seal": "99999999999.ü"}, "验证问题的回答不对"),
    ],
)
async def test_a_wrong_form_comes_back_as_filled_in_with_a_new_question(
    site: Site, database: Database, changed: dict[str, str], said: str
) -> None:
    answer = await objects(site, **changed)
    assert said in shown(answer, 422)
    for field in PERSON.keys() - changed.keys():
        assert PERSON[field] in answer.text
    assert answered(answer)
    assert await stored(database) == 0


async def test_characters_that_cannot_be_seen_are_left_out(site: Site, database: Database) -> None:
    shown(await objects(site, name="示例\u202e公\x00民", reason=f" {REASON}\r\n第二行\x07\u200b "), 201)
    async with database.transaction() as tx:
        row = await Objections(tx).get(1)
    assert (row.name, row.reason) == ("示例公民", f"{REASON}\n第二行")


async def test_everything_that_is_wrong_is_said_at_once(site: Site) -> None:
    answer = await site.http.post(FORM, data={})
    assert answer.text.count('role="alert"') == 4
    shown(answer, 422)


async def test_a_form_of_one_base_does_not_serve_for_another(site: Site, database: Database) -> None:
    seal = answered(await site.http.get(FORM))
    answer = await site.http.post(f"{NOTICE}/objections/{OTHER}", data=PERSON | seal)
    assert "验证问题的回答不对" in shown(answer, 422)
    assert await stored(database) == 0


def test_a_question_is_good_for_an_hour_and_can_be_answered_in_figures_and_words() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    first, second = 0, 0
    while first + second < 11:  # an answer of two words
        question = robots.ask(KEY, BASE, now)
        first, second = (WORDS.index(word) for word in question.text if word in WORDS)
    total = first + second
    late = now + robots.VALID
    for given in (
        str(total),
        f"{total:03d}",
        f"十{WORDS[total - 10]}",
        chr(0xFF11) + chr(0xFF10 + total - 10),
    ):
        robots.check(KEY, BASE, question.seal, given, late)
    for given in ("", "十", "二十", "十一一", str(total + 1), "½", "x"):
        with pytest.raises(Refused, match="wrong_answer"):
            robots.check(KEY, BASE, question.seal, given, late)
    with pytest.raises(Refused, match="form_expired"):
        robots.check(KEY, BASE, question.seal, str(total), late + timedelta(seconds=1))


async def test_what_was_written_comes_back_and_is_never_markup(site: Site) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    answer = await objects(site, reason=f"</textarea>{evil}", contact='"><script>', answer="99")
    assert "<img" not in answer.text
    assert f"</textarea>{evil}" in shown(answer, 422)


async def test_nobody_reads_of_an_objection_on_a_public_page(site: Site) -> None:
    await objects(site)
    for path in (NOTICES, NOTICE, FORM):
        text = (await site.http.get(path)).text
        for secret in PERSON.values():
            assert secret not in text


async def test_in_an_outage_what_was_written_comes_back_to_be_sent_again(
    site: Site, database: Database
) -> None:
    form = PERSON | answered(await site.http.get(FORM))
    async with database.transaction() as tx:
        await tx.execute(text("LOCK TABLE objections IN ACCESS EXCLUSIVE MODE"))
        request = asyncio.create_task(site.http.post(FORM, data=form))
        waits = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        pid = await eventually(lambda: tx.scalar(text(waits)))
        await tx.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        answer = await request
    page = shown(answer, 503)
    assert "重新提交" in page
    for value in PERSON.values():
        assert value in page
    assert form["seal"] in answer.text
    assert (await site.http.post(FORM, data=form)).status_code == 201


# The list for the office


@pytest.mark.rule("B14")
async def test_the_office_sees_the_person_and_a_city_office_only_the_objection(
    site: Site, database: Database
) -> None:
    await objects(site)
    state = state_of("base-2021-06-1", Step.NOTICE)
    facts = state.facts.model_copy(update={"city": City.DATONG})
    await register(database, state.model_copy(update={"facts": facts}))
    await objects(site, f"{NOTICE}/objections/base-2021-06-1")
    seen = {by: await site.get(API, by=by) for by in CALLERS}
    for by in ("office", "admin"):
        first, second = fine(seen[by])
        assert (first["base"], second["base"]) == (BASE, "base-2021-06-1")
        assert (first["state"], first["reason"]) == (ObjectionState.OPEN, REASON)
        assert (first["name"], first["contact"]) == (PERSON["name"], PERSON["contact"])
    for by, base in (("city", BASE), ("other city", "base-2021-06-1")):
        [one] = fine(seen[by])
        assert (one["base"], one["reason"], one["name"], one["contact"]) == (base, REASON, None, None)
    for by in ("department", "readonly"):
        assert refused(seen[by], 403)["clause"] == "《发榜公告》五(三)"
    refused(await site.get(API, by=None), 401)
    refused(await site.get("/api/rounds/2099/objections"), 404)


async def test_objections_can_be_listed_by_state(site: Site) -> None:
    for _ in range(4):
        await objects(site)
    assert [row["id"] for row in fine(await site.get(API, state="已并入"))] == [4]
    assert fine(await site.get(API, state="成立")) == []
    refused(await site.get(API, state="没有的"), 422)
