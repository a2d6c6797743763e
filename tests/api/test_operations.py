"""Health, the webhook of Telegram, and the description of the API."""

import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr
from temporalio.testing import WorkflowEnvironment

from app.settings import Settings
from persistence.database import Database
from tests.api.site import EVERYBODY, Json, Site, fine, refused, serving
from tests.api.test_access import ACCESS
from tests.peers.bot_api import TOKEN, BotApi

SECRET = "the_webhook-secret"


async def test_it_is_alive_and_ready_without_a_token(site: Site) -> None:
    for path in ("/healthz", "/readyz"):
        assert fine(await site.get(path, by=None)) == {"status": "ok"}


# The webhook


@pytest.fixture
async def peer() -> AsyncIterator[BotApi]:
    """A Bot API server."""
    async with BotApi().serving() as api:
        yield api


@pytest.fixture
async def hooked(
    skipping: WorkflowEnvironment, database: Database, database_url: str, peer: BotApi
) -> AsyncIterator[Site]:
    """The API with a webhook."""
    async with serving(
        skipping.client,
        database_url,
        workers=False,
        telegram_token=SecretStr(TOKEN),
        telegram_api_base=peer.url,
        telegram_webhook_url="https://jiebang.example/telegram/webhook",
        telegram_webhook_secret=SecretStr(SECRET),
    ) as site:
        yield site


async def deliver(site: Site, content: bytes, secret: str | None = SECRET) -> httpx.Response:
    """As Telegram delivers."""
    headers = {"Content-Type": "application/json"}
    if secret is not None:
        headers["X-Telegram-Bot-Api-Secret-Token"] = secret
    return await site.http.post("/telegram/webhook", content=content, headers=headers)


def said(peer: BotApi, words: str) -> bytes:
    """An update of somebody who types something."""
    update = peer.person("路人").types(words)
    return json.dumps(update).encode()


async def test_an_update_is_worked_through_before_it_is_acknowledged(hooked: Site, peer: BotApi) -> None:
    person = peer.person("路人")
    answer = await deliver(hooked, json.dumps(person.types("/start")).encode())
    assert (answer.status_code, answer.content) == (200, b"")
    assert "一次性邀请码" in (await person.hears()).text


async def test_the_webhook_is_not_there_when_it_is_not_configured(records: Site) -> None:
    refused(await deliver(records, b"{}"), 404)


async def test_the_webhook_is_not_there_without_a_bot(database: Database, records: Site) -> None:
    settings = Settings(
        telegram_webhook_url="https://jiebang.example/telegram/webhook",
        telegram_webhook_secret=SecretStr(SECRET),
    )
    assert settings.telegram_token is None
    records.app.state.services.telegram_secret = SECRET
    refused(await deliver(records, b"{}"), 404)


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "密"])
async def test_a_wrong_secret_is_turned_away(hooked: Site, peer: BotApi, secret: str | None) -> None:
    content = said(peer, "/start")
    headers = {} if secret is None else {b"X-Telegram-Bot-Api-Secret-Token": secret.encode()}
    answer = await hooked.http.post("/telegram/webhook", content=content, headers=headers)
    refused(answer, 401)
    assert SECRET not in answer.text
    assert peer.calls == []


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"{}", b'{"update_id": "x"}', b"\xff", b"[]"])
async def test_what_is_not_an_update_is_refused(hooked: Site, content: bytes) -> None:
    assert "回调" in refused(await deliver(hooked, content), 400)["detail"]


async def test_an_update_that_is_too_large_is_refused(hooked: Site) -> None:
    refused(await deliver(hooked, b" " * 1_000_001), 413)
    refused(await deliver(hooked, b" " * 1_000_001, "wrong"), 401)


async def test_an_update_that_cannot_be_worked_through_now_is_to_come_again(
    hooked: Site, peer: BotApi
) -> None:
    person = peer.person("路人")
    content = json.dumps(person.types("/start")).encode()
    peer.fail(502, "sendMessage")
    answer = await deliver(hooked, content)
    refused(answer, 503)
    assert answer.headers["retry-after"]
    assert (await deliver(hooked, content)).status_code == 200
    assert "一次性邀请码" in (await person.hears()).text


async def test_an_update_of_a_kind_that_is_not_served_is_acknowledged(hooked: Site, peer: BotApi) -> None:
    update = peer.person("路人").types("改一个字")
    update["edited_message"] = update.pop("message")
    assert (await deliver(hooked, json.dumps(update).encode())).status_code == 200
    assert peer.calls == []


# What it says of itself


async def test_the_description_lists_all_routes(records: Site) -> None:
    described = fine(await records.get("/openapi.json", by=None))
    routes = {
        f"{method.upper()} {path}" for path, methods in described["paths"].items() for method in methods
    }
    assert routes == {
        "GET /healthz",
        "GET /readyz",
        "POST /api/rounds",
        "GET /api/rounds/{slug}",
        "GET /api/rounds/{slug}/timeline",
        "GET /api/rounds/{slug}/list",
        "POST /api/rounds/{slug}/decisions",
        "POST /api/rounds/{slug}/experts",
        "GET /api/rounds/{slug}/experts",
        "DELETE /api/rounds/{slug}/experts/{expert_id}",
        "GET /api/rounds/{slug}/scores",
        "GET /api/rounds/{slug}/objections",
        "POST /api/bases",
        "GET /api/bases",
        "GET /api/bases/{base_id}",
        "GET /api/bases/{base_id}/timeline",
        "POST /api/bases/{base_id}/decisions",
        "GET /api/bases/{base_id}/application",
        "PUT /api/bases/{base_id}/application",
        "POST /api/bases/{base_id}/materials",
        "GET /api/bases/{base_id}/materials",
        "GET /api/bases/{base_id}/materials/{item}",
        "POST /api/bases/{base_id}/rectifications",
        "GET /api/obligations",
        "GET /api/obligations/{obligation_id}",
        "POST /api/obligations/{obligation_id}/decisions",
        "GET /api/periods/{period}",
        "GET /api/periods/{period}/export.xlsx",
        "GET /api/periods/{period}/chart.png",
        "GET /api/supervisions",
        "GET /api/supervisions/{supervision_id}",
        "POST /api/supervisions/{supervision_id}/decisions",
        "POST /api/supervisions/{supervision_id}/documents",
        "GET /api/documents/{sha256}",
        "GET /api/assessments",
        "GET /api/assessments/{assessment_id}",
        "POST /api/assessments/{assessment_id}/decisions",
        "GET /api/assessments/{assessment_id}/evaluations",
        "POST /api/evaluators",
        "GET /api/evaluators",
        "DELETE /api/evaluators/{evaluator_id}",
        "GET /api/reports",
        "GET /api/reports/{period}/draft.docx",
        "PUT /api/reports/{period}",
        "POST /api/reports/{period}/release",
        "GET /api/reports/{period}/{version}.docx",
        "GET /api/figures",
        "GET /api/tax",
        "GET /api/tax/{base_id}",
        "POST /api/contacts",
        "POST /api/contacts/{contact_id}/invite",
        "GET /api/contacts",
        "PUT /api/contacts/{contact_id}/bases/{base_id}",
        "POST /api/contacts/{contact_id}/leave",
        "GET /api/deliveries",
        "GET /api/office-tasks",
        "POST /api/office-tasks/{task_id}/close",
        "POST /api/credit",
        "GET /api/credit",
        "POST /api/credit/findings",
        "GET /api/credit/findings",
        "POST /api/credit/findings/{finding_id}/end",
        "GET /api/credit/accounts",
        "GET /api/credit/accounts/{lead}/history",
        "GET /api/credit/export.json",
        "GET /api/credit/export.csv",
        "GET /api/credit/export.schema.json",
    }
    assert len(routes) == len(ACCESS) + 2


async def test_the_description_names_tokens_filters_and_every_decision(records: Site) -> None:
    described = fine(await records.get("/openapi.json", by=None))
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            assert route["summary"], path
            assert bool(route.get("security")) == path.startswith("/api/"), f"{method} {path}"
    assert _query(described, "/api/bases") == {
        *(
            "stage",
            "level",
            "direction",
            "city",
            "lead",
            "contact",
            "overdue",
            "credit_grade",
            "without_contact",
        ),
        *("limit", "cursor"),
    }
    assert _query(described, "/api/obligations") == {
        *("period", "kind", "state", "base", "city", "contact", "limit", "cursor")
    }
    assert _query(described, "/api/rounds/{slug}/objections") == {"state"}
    assert _query(described, "/api/credit") == {"kind", "on"}
    assert {"受理", "公示", "授牌", "摘牌"} <= _kinds(described, "/api/bases/{base_id}/decisions")
    assert {"审核通过", "退回", "申请更正", "同意更正"} <= _kinds(
        described, "/api/obligations/{obligation_id}/decisions"
    )
    fields = described["components"]["schemas"]["BaseDetail"]["properties"].keys()
    assert fields >= {
        *("id", "name", "lead", "lead_kind", "level", "city", "direction", "stage", "waiting_for"),
        *("next_due", "overdue", "obligations", "credit_grade"),
    }


def _kinds(described: Json, path: str) -> set[str]:
    body = described["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return set(body["discriminator"]["mapping"])


def _query(described: Json, path: str) -> set[str]:
    return {p["name"] for p in described["paths"][path]["get"]["parameters"] if p["in"] == "query"}


async def test_the_description_can_be_read_in_a_browser_and_holds_no_secret(records: Site) -> None:
    page = await records.get("/docs", by=None)
    assert page.status_code == 200
    assert "/openapi.json" in page.text
    described = (await records.get("/openapi.json", by=None)).text
    for caller in EVERYBODY:
        assert records.tokens[caller] not in described
    assert not re.search(r"jb_[0-9a-f]{40}", described)
