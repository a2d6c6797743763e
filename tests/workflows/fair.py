"""A round on the time-skipping server: applicants, departments, experts, and the office over all of them.

The habits of the test server are told in `tests/workflows/scene.py`.
"""

import hashlib
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from temporalio.testing import WorkflowEnvironment

from casework.registration import NewApplication, register
from casework.submission import Casework
from domain.calendar import Clock
from domain.decisions import Actor, Decision, DecisionRequest, SignOff, lead_actor
from domain.lifecycle import Step
from domain.policy.directions import DIRECTIONS_2021
from domain.policy.formal_review import SignOffResult
from domain.policy.materials import MATERIALS
from domain.policy.rounds import ROUND_2021, CallOfRound
from domain.rounds.decisions import (
    CloseExpertReview,
    ConfirmList,
    Consent,
    RoundDecision,
    RoundRequest,
    StartNotice,
)
from domain.rounds.state import Phase
from domain.terms import City, LeadKind, Level, Role
from persistence.database import Database
from persistence.listings import ListingRow, Listings
from persistence.materials import Materials
from persistence.people import People
from persistence.review import Experts, Scores
from persistence.rounds import RoundEvent, Rounds
from tests.policy.applicants import NAMES, values_of
from tests.support import OFFICE, Recorder, at, clock_from, eventually, working
from tests.workflows.scene import under_way
from workflows.gateway import Gateway
from workflows.messages import BaseSnapshot, RoundSnapshot, RoundView

CLOSE = CloseExpertReview(organiser="示例评估中心", methods=("基础资料评审", "互联网+现场答辩"))
CONSENT_NO = "示例政函〔2022〕1号"
PUBLICATION_NO = "示例发改科教发〔2022〕1号"

_numbers = itertools.count(1)


class Applicant(NamedTuple):
    """Somebody who applies."""

    direction: int
    level: Level = Level.PROVINCE
    city: City = City.TAIYUAN
    kind: LeadKind = LeadKind.GOVERNMENT
    score: str = "80"
    answers: Mapping[str, str] = MappingProxyType({})


def department(name: str) -> Actor:
    """A member unit."""
    return Actor(role=Role.DEPARTMENT, id=f"token:{name}", department=name)


def city_office(city: City) -> Actor:
    """A city's office."""
    return Actor(role=Role.CITY, id=f"token:{city}", city=city)


class ServerTime:
    """Business time on the skipping server, as last looked at."""

    def __init__(self, clock: Clock, now: datetime) -> None:
        self.current, self.instant = clock, now

    def now(self) -> datetime:
        """Business time now."""
        return self.instant


class Fair:
    """One round and all who take part in it."""

    def __init__(
        self,
        env: WorkflowEnvironment,
        database: Database,
        time: ServerTime,
        terms: CallOfRound,
        told: Recorder,
    ) -> None:
        self.env, self.database, self.time, self.terms, self.told = env, database, time, terms, told
        self.gateway = Gateway(env.client, time)
        self.casework = Casework(database, self.gateway, time)
        self.slug = terms.slug
        self.applicants: dict[str, Applicant] = {}
        self._updates = itertools.count(1)

    # Time

    async def look(self) -> datetime:
        """Look at the clock."""
        self.time.instant = self.time.current.business(await self.env.get_current_time())
        return self.time.instant

    async def until(self, instant: datetime | str) -> None:
        """Let time pass."""
        target = at(instant) if isinstance(instant, str) else instant
        wait = self.time.current.real(target) - await self.env.get_current_time()
        if wait > timedelta(0):
            await self.quiet()
            await self.env.sleep(wait)
        await self.look()

    async def quiet(self, *base_ids: str) -> None:
        """Wait until nothing is under way: in the round, and in some or all of its applications."""
        for workflow_id in (*(base_ids or self.applicants), f"round-{self.slug}"):
            await eventually(partial(under_way, self.env, workflow_id), lambda count: count == 0)

    # People

    async def applies(self, applicant: Applicant) -> str:
        """Register and fill in everything; the base's id."""
        n = next(_numbers)
        async with self.database.transaction() as tx:
            contact = await People(tx).add(f"示例联系人{n}")
        new = NewApplication(
            code=f"示例-{n}",
            round=self.slug,
            direction=applicant.direction,
            name=f"示例{DIRECTIONS_2021[applicant.direction - 1].short}基地{n}",
            lead=NAMES[applicant.kind],
            lead_kind=applicant.kind,
            level=applicant.level,
            city=applicant.city,
            contact_id=contact,
        )
        base_id = await register(self.database, self.gateway, self.time, new, lead_actor(contact))
        self.applicants[base_id] = applicant
        values = values_of(applicant.kind, **{"paired_unit": "省人力资源社会保障厅", **applicant.answers})
        await self.casework.fill_in(base_id, values, lead_actor(contact))
        await self.hands_in(base_id, *(item.key for item in MATERIALS))
        return base_id

    async def hands_in(self, base_id: str, *items: str) -> None:
        """Put documents on file."""
        await self.look()
        async with self.database.transaction() as tx:
            for item in items:
                digest = hashlib.sha256(f"{base_id}{item}{self.time.instant}".encode()).hexdigest()
                known = (digest, 1000, 1, f"{item}.pdf", lead_actor(1), self.time.instant, self.time.instant)
                await Materials(tx).add(base_id, item, *known)

    async def submits(self, base_id: str) -> BaseSnapshot:
        """提交申报."""
        await self.quiet(base_id)
        await self.look()
        return await self.casework.submit(base_id, lead_actor(1), self._next_id())

    async def all_apply(self, applicants: Iterable[Applicant]) -> list[str]:
        """Apply and submit."""
        base_ids = [await self.applies(applicant) for applicant in applicants]
        for base_id in base_ids:
            await self.submits(base_id)
        return base_ids

    async def signs(
        self, base_id: str, duty: str, by: Actor, result: str = "通过", **more: object
    ) -> BaseSnapshot:
        """A department signs."""
        decision = SignOff.model_validate({"duty": duty, "result": SignOffResult(result), **more})
        return await self.decides(base_id, decision, by)

    async def decides(self, base_id: str, decision: Decision, by: Actor = OFFICE) -> BaseSnapshot:
        """A decision about one application."""
        await self.quiet(base_id)
        request = DecisionRequest(decision=decision, by=by)
        return await self.gateway.decide(base_id, request, self._next_id())

    async def all_pass(self, *base_ids: str) -> None:
        """Every department signs everything of some or all applications, in batch."""
        for base_id in base_ids or self.applicants:
            state = (await self.gateway.base(base_id)).state
            review = state.review if state.step is Step.FORMAL_REVIEW else None
            handle = self.env.client.get_workflow_handle(base_id)
            for duty in review.pending if review else ():
                decision = SignOff(duty=duty.id, result=SignOffResult.PASS)
                by = department(duty.department)
                await handle.signal("decision", DecisionRequest(decision=decision, by=by))

    async def all_are_scored(self, experts: int = 3) -> None:
        """Experts give every application in review its score, spread by a point around it."""
        async with self.database.transaction() as tx:
            far = self.time.instant + timedelta(days=365)
            directions = [d.no for d in DIRECTIONS_2021]
            for n in range(experts):
                organisation = f"示例评估机构{n}"
                _, token = await Experts(tx).invite(
                    self.slug, f"示例专家{n}", organisation, None, directions, far
                )
                expert = await Experts(tx).by_token(token, self.time.instant)
                for base_id, applicant in self.applicants.items():
                    if (await self.gateway.base(base_id)).state.step is Step.EXPERT_REVIEW:
                        total = Decimal(applicant.score) + n - 1
                        await Scores(tx).put(
                            expert, base_id, {}, total, "基础资料评审", "", self.time.instant
                        )

    async def office(self, decision: RoundDecision, by: Actor = OFFICE) -> RoundView:
        """A decision about the round."""
        await self.quiet()
        return await self.gateway.decide_round(
            self.slug, RoundRequest(decision=decision, by=by), self._next_id()
        )

    def _next_id(self) -> str:
        return f"test:{self.slug}:{next(self._updates)}"

    # The office's way through the phases

    async def to_expert_review(self, *applicants: Applicant) -> list[str]:
        """Everybody has applied and passed the formal review."""
        base_ids = await self.all_apply(applicants)
        await self.until("2022-01-22 00:31")
        await self.all_pass()
        await self.reaches(Phase.EXPERT_REVIEW)
        return base_ids

    async def to_conference(self, *applicants: Applicant) -> list[str]:
        """The experts are done."""
        base_ids = await self.to_expert_review(*applicants)
        await self.all_are_scored()
        await self.office(CLOSE)
        await self.reaches(Phase.CONFERENCE)
        return base_ids

    async def to_notice(self, *applicants: Applicant, first: date, last: date) -> list[str]:
        """The list is shown to the public."""
        base_ids = await self.to_conference(*applicants)
        await self.office(ConfirmList())
        await self.reaches(Phase.CONSENT)
        await self.office(Consent(document_no=CONSENT_NO, on=self.time.instant.date()))
        await self.reaches(Phase.NOTICE)
        await self.office(StartNotice(first=first, last=last, publication_no=PUBLICATION_NO))
        await self.steps(lambda steps: set(steps.values()) == {Step.NOTICE})
        return base_ids

    # What stands

    async def round(self) -> RoundSnapshot:
        """Where the round stands."""
        return await self.gateway.round(self.slug)

    async def reaches(self, phase: Phase) -> RoundSnapshot:
        """Wait until the round is at a phase, without letting time pass."""
        return await eventually(self.round, lambda r: r.state.phase is phase)

    async def step(self, base_id: str) -> Step:
        """The step of an application."""
        return (await self.gateway.base(base_id)).state.step

    async def steps(self, wanted: Callable[[dict[str, Step]], bool] = bool) -> dict[str, Step]:
        """The steps of all applications, once they are as wanted."""

        async def ask() -> dict[str, Step]:
            return {base_id: await self.step(base_id) for base_id in self.applicants}

        return await eventually(ask, wanted)

    async def listed(self) -> dict[str, ListingRow]:
        """The list on record."""
        async with self.database.transaction() as tx:
            return {row.base_id: row for row in await Listings(tx).of_round(self.slug)}

    async def events(self) -> list[RoundEvent]:
        """The round's timeline."""
        async with self.database.transaction() as tx:
            return await Rounds(tx).timeline(self.slug)

    async def waits_for(self, *wanted: tuple[str, str]) -> dict[tuple[str, str], int]:
        """Whom the round waits for, once these are among them."""

        async def ask() -> dict[tuple[str, str], int]:
            return self.waits(await self.round())

        return await eventually(ask, lambda found: set(wanted) <= set(found))

    def waits(self, snapshot: RoundSnapshot) -> dict[tuple[str, str], int]:
        """Whom the round waits for, for what, with how many applications."""
        return {(w.who, w.what): w.count for w in snapshot.view.waiting_for}


@asynccontextmanager
async def fair(
    env: WorkflowEnvironment,
    database: Database,
    business: str = "2021-12-20 09:00",
    terms: CallOfRound = ROUND_2021,
) -> AsyncIterator[Fair]:
    """A round that is called at a business time."""
    clock = clock_from(business, await env.get_current_time())
    told = Recorder()
    scene = Fair(env, database, ServerTime(clock, at(business)), terms, told)
    async with database.transaction() as tx:
        await Rounds(tx).add(terms, run=True)
    async with working(env.client, database, clock, told):
        assert await scene.gateway.start_round(terms)
        yield scene
