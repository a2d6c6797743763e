"""The HTTP API as its callers see it: one token for each role, bases at any step, and workflows behind them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import insert
from temporalio.client import Client

from app.settings import Settings
from app.wiring import Parts, assembled
from domain.base import BaseState
from domain.forms.said import Said
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.policy.rounds import ROUND_2021
from domain.terms import City, Level, ObligationKind, Role
from domain.views import View
from persistence.people import People
from persistence.rounds import Rounds
from persistence.tables import contacts
from persistence.tokens import Tokens
from tests.life.town import JumpingClock
from tests.support import FULL, LEAD, Recorder, at, eventually, register, state_of, working
from workflows.messages import Answer

ADMIN = "jb-admin-token-of-this-test"
MORNING = "2022-01-05 10:20"
"""The second working day of January, in office hours: 月调度 of December is open, and the 2021 round too."""

PERIOD = "2021-12"
OWN, OTHER = City.TAIYUAN, City.DATONG
"""The city of the caller `city`, and that of the caller `other city`."""

CALLERS = ("office", "admin", "city", "other city", "department", "readonly")
"""Those who work on applications, or look at them."""

LEAD_CONTACT = 1000
"""The contact behind the caller `lead`, an applicant's own system: it answers for what `answers_for` says."""

EVERYBODY = (*CALLERS, "lead")
PROBLEM = "application/problem+json"

Json = Any


class Site:
    """The API over one database and one Temporal."""

    def __init__(
        self,
        parts: Parts,
        app: FastAPI,
        http: httpx.AsyncClient,
        tokens: Mapping[str, str],
        clock: JumpingClock,
    ) -> None:
        self.parts, self.app, self.http, self.tokens, self.clock = parts, app, http, tokens, clock
        self._answered = 0

    def later(self, business: str) -> None:
        """It becomes later for the API, and for workflows that start from now on."""
        self.clock.jump(at(business))

    # What a caller does

    async def get(self, path: str, by: str | None = "office", **params: str | int) -> httpx.Response:
        """GET as a caller, or as nobody."""
        return await self.http.get(path, params=params or None, headers=self._bearer(by))

    async def post(
        self, path: str, body: Json = None, by: str | None = "office", **headers: str
    ) -> httpx.Response:
        """POST as a caller, or as nobody. Headers are written with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(path, json=body, headers=self._bearer(by) | sent)

    async def send(self, method: str, path: str, by: str | None = "office", **content: Any) -> httpx.Response:
        """Any request as a caller, or as nobody; `content` as httpx takes it."""
        return await self.http.request(method, path, headers=self._bearer(by), **content)

    async def decide(
        self, base: str, kind: str, by: str = "office", key: str | None = None, **fields: Json
    ) -> httpx.Response:
        """Take a decision."""
        headers = {"Idempotency_Key": key} if key else {}
        return await self.post(f"/api/bases/{base}/decisions", {"kind": kind, **fields}, by, **headers)

    async def decide_report(
        self, obligation: str, kind: str, by: str = "office", key: str | None = None, **fields: Json
    ) -> httpx.Response:
        """Take a decision about an obligation."""
        headers = {"Idempotency_Key": key} if key else {}
        return await self.post(
            f"/api/obligations/{obligation}/decisions", {"kind": kind, **fields}, by, **headers
        )

    def _bearer(self, by: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[by]}"} if by else {}

    # What there is

    async def base(
        self,
        base_id: str = "base-2021-03-1",
        step: Step = Step.FORMAL_REVIEW,
        *,
        city: City = OWN,
        level: Level = Level.PROVINCE,
        started: bool = True,
        **known: Any,
    ) -> str:
        """A base at a step with one contact; its workflow runs unless it is said not to."""
        state = state_of(base_id, step, level)
        facts = state.facts.model_copy(update={"city": city})
        state = state.model_copy(update={"facts": facts, **known})
        await register(self.parts.database, state, "1000")
        if started:
            await self.start(state)
        return base_id

    async def answers_for(self, *base_ids: str) -> None:
        """The caller `lead` is these bases' contact too."""
        async with self.parts.database.transaction() as tx:
            for base_id in base_ids:
                await People(tx).attach(LEAD_CONTACT, base_id)

    async def start(self, state: BaseState) -> None:
        """Let a base live."""
        assert await self.parts.gateway.start_base(state)

    async def pilot(
        self, base_id: str = "base-2021-03-1", city: City = OWN, level: Level = Level.PROVINCE
    ) -> str:
        """A base in its pilot since July whose 月调度 of December is open; the latter's id."""
        await self.base(base_id, Step.PILOT, city=city, level=level, published_on=date(2021, 7, 1))
        return await self.opened(base_id)

    async def opened(self, base_id: str) -> str:
        """Wait until the 月调度 of December is open; its id."""
        owed = obligation_id(base_id, ObligationKind.DISPATCH, PERIOD)

        async def has_a_form() -> bool:
            return (await self.parts.gateway.obligation(owed)).view is not None

        await eventually(has_a_form)
        return owed

    # What the contact does

    async def says(self, obligation: str, text: str) -> View:
        """Type something into the form."""
        self._answered += 1
        answer = Answer(said=Said(text=text), by=LEAD)
        return await self.parts.gateway.answer(obligation, answer, f"test:{self._answered}")

    async def hands_in(self, obligation: str) -> None:
        """Fill the form to its end."""
        view = await self.says(obligation, "开始")
        while view.question:
            view = await self.says(obligation, FULL[view.question])
        await self.says(obligation, "提交")


def refused(answer: httpx.Response, status: int) -> Json:
    """The problem document of an answer that must be one (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    problem = answer.json()
    assert {"type", "title", "status", "detail"} <= problem.keys()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return problem


def fine(answer: httpx.Response, status: int = 200) -> Json:
    """What an answer that went well says."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


@asynccontextmanager
async def serving(
    client: Client,
    database_url: str,
    business: str = MORNING,
    *,
    workers: bool = True,
    pages: bool = False,
    **settings: Any,
) -> AsyncIterator[Site]:
    """The API as `app.wiring` puts it together, with workers beside it."""
    known = Settings(admin_token=SecretStr(ADMIN), **settings)
    clock = JumpingClock(business)
    async with assembled(known, database_url, client, clock) as parts:
        tokens = await _tokens(parts)
        app = parts.application(pages=pages)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
            site = Site(parts, app, http, tokens, clock)
            if not workers:
                yield site
                return
            async with working(client, parts.database, clock.current, Recorder()):
                yield site


async def _tokens(parts: Parts) -> dict[str, str]:
    async with parts.database.transaction() as tx:
        await Rounds(tx).add(ROUND_2021)
        # With a number of its own, so that the contacts of a test are counted from 1.
        await tx.execute(insert(contacts).values(id=LEAD_CONTACT, name="示例申报单位联系人"))
        tokens = Tokens(tx)
        return {
            "admin": ADMIN,
            "office": await tokens.create("office", Role.OFFICE),
            "city": await tokens.create("city", Role.CITY, OWN),
            "other city": await tokens.create("other-city", Role.CITY, OTHER),
            "department": await tokens.create("department", Role.DEPARTMENT, department="省教育厅"),
            "readonly": await tokens.create("readonly", Role.READONLY),
            "lead": await tokens.create("lead", Role.LEAD, contact_id=LEAD_CONTACT),
        }
