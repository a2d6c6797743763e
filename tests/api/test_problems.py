"""Errors as RFC 9457 problems, whatever goes wrong and wherever."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from temporalio.client import Client, RetryConfig
from temporalio.testing import WorkflowEnvironment

from app import embedded
from app.embedded import HOST, free_port
from persistence.database import Database
from persistence.migrate import upgrade
from tests.api.site import Json, Site, fine, refused, serving
from tests.api.test_access import ACCESS, KNOWN, sent
from tests.support import eventually, register_attributes
from workflows.converter import plugin

ROUTES_OF_TEXT = {
    "/api/contacts": "POST",
    "/api/bases": "POST",
    "/api/bases/base-2021-03-1/decisions": "POST",
    "/api/bases/base-2021-03-1/application": "PUT",
}
INSIDE = ("sqlalchemy", "asyncpg", "temporalio", "Traceback", "File ", "rpc", "RPC", "socket", "postgres")


def tells_nothing(body: str) -> None:
    """Nothing of the inside in what is sent outside."""
    assert [word for word in INSIDE if word in body] == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/api", 404),
        ("GET", "/api/nothing/here", 404),
        ("POST", "/healthz", 405),
        ("DELETE", "/api/bases", 405),
        ("PUT", "/api/obligations/one", 405),
    ],
)
@pytest.mark.parametrize("pages", [False, True])
async def test_an_unknown_address_is_a_problem_too(
    database: Database, database_url: str, pages: bool, method: str, path: str, status: int
) -> None:
    nowhere = await Client.connect(f"{HOST}:{free_port()}", lazy=True, plugins=[plugin()])
    async with serving(nowhere, database_url, workers=False, pages=pages) as site:
        answer = await site.http.request(method, path)
        refused(answer, status)
        assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize("body", [b"", b"{", b'{"name": ', b"\xff\xfe", b"null", b'"x"'])
async def test_a_body_that_is_no_json_is_a_problem(records: Site, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {records.tokens['office']}", "Content-Type": "application/json"}
    for path in ("/api/contacts", "/api/bases", "/api/bases/base-2021-03-1/decisions"):
        problem = refused(await records.http.post(path, content=body, headers=headers), 422)
        assert problem["errors"], path


async def test_a_body_that_is_nested_too_deep_is_a_problem(records: Site) -> None:
    headers = {"Authorization": f"Bearer {records.tokens['office']}", "Content-Type": "application/json"}
    refused(await records.http.post("/api/contacts", content=b"[" * 5000, headers=headers), 400)


@pytest.mark.parametrize(
    "path",
    [
        "/api/bases/%00",
        "/api/bases/base%00/timeline",
        "/api/bases?cursor=%00",
        "/api/bases?lead=%00",
        "/api/obligations?period=%00",
        "/api/obligations/%00",
        "/api/rounds/%00",
    ],
)
async def test_a_character_that_postgresql_cannot_keep_is_refused(records: Site, path: str) -> None:
    assert "空字符" in refused(await records.get(path), 422)["detail"]


@pytest.mark.parametrize("field", ["name", "phone"])
async def test_a_contact_with_such_a_character_is_refused(records: Site, field: str) -> None:
    problem = refused(await records.post("/api/contacts", {"name": "名"} | {field: "\x00"}), 422)
    assert "空字符" in problem["detail"]


@pytest.mark.parametrize("half", [rb"\ud800", rb"\uDFFF", rb"\udc00\ud800"])
async def test_half_a_character_is_refused(records: Site, half: bytes) -> None:
    headers = {"Authorization": f"Bearer {records.tokens['office']}", "Content-Type": "application/json"}
    for path, method in ROUTES_OF_TEXT.items():
        body = b'{"name": "' + half + b'"}'
        answer = await records.http.request(method, path, content=body, headers=headers)
        assert "不完整的字符" in refused(answer, 422)["detail"], path


async def test_a_character_in_two_halves_and_a_text_that_names_one_are_taken(records: Site) -> None:
    headers = {"Authorization": f"Bearer {records.tokens['office']}", "Content-Type": "application/json"}
    for name in (rb"\ud83d\ude00", rb"\\ud800"):
        body = b'{"name": "' + name + b'"}'
        fine(await records.http.post("/api/contacts", content=body, headers=headers), 201)


@pytest.mark.parametrize("declared", [True, False])
async def test_json_that_is_too_long_is_refused_before_anybody_asks_who_sends_it(
    records: Site, declared: bool
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    content = b" " * 2_000_000 if declared else pieces()
    answer = await records.http.post("/api/contacts", content=content)
    problem = refused(answer, 413)
    assert (problem["title"], problem["detail"]) == ("内容过大", "请求内容不能超过 1 MB。")


async def test_titles_are_chinese(records: Site) -> None:
    answers = [await records.get("/nowhere"), await records.send("DELETE", "/api/bases")]
    answers.append(await records.get("/api/bases", by=None))
    titles = [answer.json()["title"] for answer in answers]
    assert titles == ["没有找到", "不支持这种请求", "需要令牌"]


async def test_an_error_of_the_database_does_not_say_what_was_written(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with database.transaction() as tx:
            await tx.execute(text("SELECT CAST(:given AS integer) / 0"), {"given": 77_443})
    assert "77443" not in str(caught.value)


async def test_a_text_that_only_looks_like_it_is_taken(records: Site) -> None:
    fine(await records.post("/api/contacts", {"name": "增长100%00"}), 201)


@pytest.mark.parametrize("number", ["0", "-1", "2147483648", "99999999999999999999", "一"])
async def test_a_contact_number_that_cannot_be_is_named(records: Site, number: str) -> None:
    (error,) = refused(await records.post(f"/api/contacts/{number}/invite"), 422)["errors"]
    assert error["field"] == "path.contact_id"


async def test_an_accident_is_logged_once_and_tells_nothing_of_its_inside(
    records: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks() -> None:
        raise LookupError("the inside: postgres password")

    records.app.add_api_route("/breaks", breaks)
    answer = await records.http.get("/breaks")
    refused(answer, 500)
    assert "inside" not in answer.text
    tells_nothing(answer.text)


# Something is away


async def test_while_temporal_is_away_it_can_be_asked_again_later(
    database: Database, database_url: str
) -> None:
    env = await WorkflowEnvironment.start_time_skipping(
        plugins=[plugin()], test_server_existing_path=embedded.beside_python("temporal-test-server")
    )
    await register_attributes(env.client)
    address = env.client.service_client.config.target_host
    impatient = RetryConfig(max_elapsed_time_millis=500)  # by default 503 comes after ten seconds
    client = await Client.connect(address, plugins=[plugin()], retry_config=impatient)
    async with serving(client, database_url, workers=False) as site:
        await site.base("base-2021-03-1")
        fine(await site.get("/readyz"))
        await env.shutdown()
        fine(await site.get("/healthz"))
        fine(await site.get("/api/bases"))
        fine(await site.get("/api/bases/base-2021-03-1/timeline"))
        answers = await asyncio.gather(
            site.get("/readyz"),
            site.get("/api/bases/base-2021-03-1"),
            site.decide("base-2021-03-1", "受理"),
            site.post("/api/bases", _application()),
        )
        for answer in answers:
            refused(answer, 503)
            assert int(answer.headers["retry-after"]) > 0
            tells_nothing(answer.text)


async def test_while_postgresql_is_away_it_can_be_asked_again_later(
    skipping: WorkflowEnvironment, scratch: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with ExitStack() as servers:
        url = servers.enter_context(embedded.postgres(scratch / "pg-api"))
        await asyncio.to_thread(upgrade, url)
        async with serving(skipping.client, url) as site:
            await site.base("base-2021-03-1")
            fine(await site.get("/readyz"))
            await asyncio.to_thread(servers.close)
            fine(await site.get("/healthz"))
            for route in ACCESS:
                method, path = route.format(
                    **KNOWN, fresh="base-2021-03-1", judged=KNOWN["assessment"], task="1"
                ).split()
                answer = await site.send(method, path, **sent(route, 0))
                _is_away(answer.status_code, answer.headers.get("retry-after"), answer.text, route)
                refused(answer, 503)
            refused(await site.get("/readyz"), 503)
            assert (
                await asyncio.to_thread(servers.enter_context, embedded.postgres(scratch / "pg-api")) == url
            )
            fine(await site.get("/readyz"))
            assert fine(await site.decide("base-2021-03-1", "受理"))["step"] == "专家评议"
    assert [r.message for r in caplog.records if r.levelno >= logging.ERROR] == []


def _application() -> Json:
    given = {"code": "甲", "round": "2021", "direction": 3, "name": "基地", "lead": "大学"}
    return given | {"lead_kind": "高等学校", "level": "省级", "city": "太原"}


def _is_away(status: int, retry_after: str | None, body: str, route: str) -> None:
    assert status == 503, f"{route}: {body}"
    assert int(retry_after or 0) > 0, route
    tells_nothing(body)


async def test_connections_that_broke_are_made_anew(records: Site, database: Database) -> None:
    """PostgreSQL was restarted between two requests: at worst one is to be sent again."""
    for _ in range(3):
        await asyncio.gather(*(records.get("/api/bases") for _ in range(4)))
    async with database.transaction() as tx:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        await tx.execute(text(others))
    for _ in range(6):
        answer = await records.get("/api/bases")
        if answer.status_code != 200:
            refused(answer, 503)
            assert answer.headers["retry-after"]
    fine(await records.get("/api/bases"))


async def test_a_statement_that_is_cut_off_is_to_be_sent_again(records: Site, database: Database) -> None:
    """A lock keeps the request waiting; its connection is closed from outside meanwhile."""
    async with database.transaction() as tx:
        await tx.execute(text("LOCK TABLE bases IN ACCESS EXCLUSIVE MODE"))
        request = asyncio.create_task(records.get("/api/bases"))
        waits = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        pid = await eventually(lambda: tx.scalar(text(waits)))
        await tx.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        answer = await request
    refused(answer, 503)
    tells_nothing(answer.text)
    fine(await records.get("/api/bases"))


async def test_problems_are_written_in_chinese_as_utf8(records: Site) -> None:
    answer = await records.get("/api/bases/base-2021-03-9")
    problem = refused(answer, 404)
    assert problem == json.loads(answer.content.decode("utf-8"))
    assert problem["detail"] == "没有这个基地：base-2021-03-9。"
    assert problem["type"] == "about:blank"
