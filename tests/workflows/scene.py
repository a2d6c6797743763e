"""One base on the time-skipping server, and what a test does to it.

The test server has habits. Its clock stands still for good if an update arrives while a workflow is busy, so `quiet`
waits; and if a child ends after its parent's run, so such tests end there. A refused update leaves an empty workflow task, on a real server nothing: `traces` leaves those out. And the client cannot
read its description of a workflow whose search attribute was unset: `run_id` reads the raw one.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
)
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from activities.calendar import working_days
from domain.base import BaseState
from domain.calendar import Clock, Period
from domain.decisions import Actor, Decision, DecisionRequest
from domain.forms.registry import FORMS
from domain.forms.said import Said
from domain.ids import obligation_id
from domain.obligation_decisions import ObligationDecision, ObligationRequest
from domain.office_hours import is_office_time, office_instant
from domain.policy.obligations import Schedule, schedule
from domain.terms import ObligationKind
from domain.views import Action, View
from persistence.bases import Bases, Timeline, TimelineRow
from persistence.database import Database
from persistence.obligations import ObligationFilter, ObligationRow, Obligations
from persistence.people import People
from tests.support import FULL, LEAD, OFFICE, Recorder, at, clock_from, eventually, register, working
from workflows.gateway import Gateway
from workflows.messages import Answer, BaseSnapshot, ObligationSnapshot

KIND = ObligationKind.DISPATCH
_numbers = itertools.count(1)


def new_base_id() -> str:
    """An id that no other test uses: the server is shared."""
    return f"base-2021-03-{next(_numbers)}"


class Scene:
    """A base, its records, its messages, and the time."""

    def __init__(
        self, env: WorkflowEnvironment, database: Database, clock: Clock, base_id: str, messenger: Recorder
    ) -> None:
        self.env, self.database, self.clock, self.base_id = env, database, clock, base_id
        self.messenger = messenger
        self.gateway = Gateway(env.client, clock)
        self._update_ids = itertools.count(1)

    # Time

    async def now(self) -> datetime:
        """Business time on the server."""
        return self.clock.business(await self.env.get_current_time())

    async def until(self, instant: datetime | str) -> None:
        """Let time pass until a business instant."""
        target = at(instant) if isinstance(instant, str) else instant
        wait = self.clock.real(target) - await self.env.get_current_time()
        if wait > timedelta(0):
            await self._between_tasks()
            await self.env.sleep(wait)

    # People

    async def decide(
        self, decision: Decision, by: Actor = OFFICE, update_id: str | None = None
    ) -> BaseSnapshot:
        """Take a decision."""
        await self.quiet()
        request = DecisionRequest(decision=decision, by=by)
        return await self.gateway.decide(self.base_id, request, update_id or self._next_id())

    async def signal(self, decision: Decision, by: Actor = OFFICE) -> None:
        """Send a decision without waiting for an answer."""
        await self.handle.signal("decision", DecisionRequest(decision=decision, by=by))

    async def say(self, period: str, said: str | Action, update_id: str | None = None) -> View:
        """Type a text or tap a button in the form of a period."""
        what = Said(action=said) if isinstance(said, Action) else Said(text=said)
        return await self.gateway.answer(
            self.obligation_id(period), Answer(said=what, by=LEAD), update_id or self._next_id()
        )

    def say_without_waiting(self, period: str, text: str, update_id: str) -> asyncio.Task[View]:
        """As `say`, on the side."""
        return asyncio.create_task(self.say(period, text, update_id))

    async def hand_in(self, period: str, **different: str) -> View:
        """Answer all questions of a period and submit."""
        values = FULL | different
        view = await self.say(period, "开始")
        while view.question:
            text = view.offer if view.offer and view.question not in different else values[view.question]
            view = await self.say(period, text)
        return await self.say(period, "提交")

    def _next_id(self) -> str:
        return f"test:{self.base_id}:{next(self._update_ids)}"

    # What stands

    def obligation_id(self, period: str) -> str:
        """The id of a period's obligation."""
        return obligation_id(self.base_id, KIND, period)

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """The base's workflow, whichever run is the newest."""
        return self.env.client.get_workflow_handle(self.base_id)

    async def base(self) -> BaseSnapshot:
        """Where the base stands."""
        return await self.gateway.base(self.base_id)

    async def step(self) -> str:
        """The base's step, from its row."""
        async with self.database.transaction() as tx:
            return (await Bases(tx).get(self.base_id, at("2030-01-01 00:00"))).step

    async def timeline(self) -> list[TimelineRow]:
        """What is on record, oldest first."""
        async with self.database.transaction() as tx:
            return await Timeline(tx).of(self.base_id)

    async def kinds(self) -> list[str]:
        """Kinds of what is on record."""
        return [entry.kind for entry in await self.timeline()]

    async def periods(self) -> dict[str, ObligationRow]:
        """月调度 on record, by period."""
        return {row.period: row for row in await self._on_record() if row.kind is KIND}

    async def owed(self) -> dict[str, list[str]]:
        """Periods of all obligations on record, by kind."""
        found: dict[str, list[str]] = {}
        for row in await self._on_record():
            found.setdefault(row.kind, []).append(row.period)
        return found

    async def _on_record(self) -> list[ObligationRow]:
        async with self.database.transaction() as tx:
            return await Obligations(tx).find(ObligationFilter(base=self.base_id), limit=1000)

    async def figures(self, period: str) -> dict[str, str]:
        """What was handed in for a period."""
        async with self.database.transaction() as tx:
            return await Obligations(tx).values(self.obligation_id(period))

    def schedule(self, period: str) -> Schedule:
        """When a period opens, is due and locks."""
        return schedule(KIND, Period.parse(period), working_days(), self.base_id)

    async def opening(self, period: str) -> None:
        """Let time pass until a period is on record."""
        await self.until(self.schedule(period).opens)
        await eventually(self.periods, lambda found: period in found)

    async def opened(self, period: str) -> None:
        """Let time pass until a period is open and everybody was told."""
        await self.opening(period)
        told_at = max(self.schedule(period).nudges[0].at, await self.now())
        if not is_office_time(told_at, working_days()):
            told_at = office_instant(told_at, working_days(), "") + timedelta(minutes=30)
        await self.until(told_at)
        await eventually(self.notices_of(period))
        await self.quiet(self.obligation_id(period))

    async def ended(self, period: str) -> ObligationRow:
        """Wait until the contact owes nothing more for a period, and the base knows."""
        await eventually(self.base, lambda b: self.obligation_id(period) not in b.open)
        return (await self.periods())[period]

    async def review(
        self, period: str, decision: ObligationDecision, by: Actor = OFFICE, update_id: str | None = None
    ) -> ObligationSnapshot:
        """Take a decision about what is owed, or was handed in, for a period."""
        await self.quiet(self.obligation_id(period))
        request = ObligationRequest(decision=decision, by=by)
        return await self.gateway.decide_report(
            self.obligation_id(period), request, update_id or self._next_id()
        )

    def told(self, period: str | None = None) -> list[str]:
        """Kinds of messages sent, of one period or all."""
        wanted = self.obligation_id(period) if period else None
        return [str(n.kind) for n in self.messenger.sent if wanted in (None, n.obligation_id)]

    def notices_of(self, period: str | None = None) -> Callable[[], Awaitable[list[str]]]:
        """What was told, to be asked again and again."""

        async def ask() -> list[str]:
            return self.told(period)

        return ask

    def attempts_of(self, period: str) -> Callable[[], Awaitable[int]]:
        """How often the activity under way in a period's obligation has been tried again."""

        async def ask() -> int:
            found = await self.env.client.get_workflow_handle(self.obligation_id(period)).describe()
            return sum(a.attempt > 1 for a in found.raw_description.pending_activities)

        return ask

    async def history(self, workflow_id: str | None = None) -> WorkflowHistory:
        """The history of the newest run: of the base, or of another workflow."""
        return await self.env.client.get_workflow_handle(workflow_id or self.base_id).fetch_history()

    async def traces(self) -> list[str]:
        """What happened to the base, without the workflow tasks."""
        return [n for e in (await self.history()).events if not (n := name(e)).startswith("WORKFLOW_TASK")]

    async def quiet(self, workflow_id: str | None = None) -> None:
        """Wait until no workflow task and no activity is under way, but for messages that wait for office hours."""

        async def ask() -> int:
            return await under_way(self.env, workflow_id or self.base_id)

        await eventually(ask, lambda count: count == 0)

    async def _between_tasks(self) -> None:
        async def under_way() -> int:
            return pending(await self.history(), "WORKFLOW_TASK")

        await eventually(under_way, lambda count: count == 0)

    async def run_id(self) -> str:
        """Which run of the base is the newest."""
        return (await described(self.env, self.base_id)).workflow_execution_info.execution.run_id

    async def completed(self, workflow_id: str | None = None) -> None:
        """Wait until the workflow of the base, or another, has come to its end."""

        async def last() -> str:
            return name((await self.history(workflow_id)).events[-1])

        await eventually(last, lambda found: found == "WORKFLOW_EXECUTION_COMPLETED")

    def at_work(self, database: Database | None = None) -> AbstractAsyncContextManager[None]:
        """Workers over this scene; over another database if one is given."""
        return working(self.env.client, database or self.database, _Watch(self), self.messenger)


def name(event: HistoryEvent) -> str:
    """What an event is called."""
    return EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")


def pending(history: WorkflowHistory, what: str) -> int:
    """How many workflow tasks or activities are under way."""
    names = [name(e) for e in history.events]
    ended = ("COMPLETED", "FAILED", "TIMED_OUT", "CANCELED")
    return names.count(f"{what}_SCHEDULED") - sum(names.count(f"{what}_{how}") for how in ended)


async def described(env: WorkflowEnvironment, workflow_id: str) -> DescribeWorkflowExecutionResponse:
    """The server's own description of a workflow."""
    return await env.client.workflow_service.describe_workflow_execution(
        DescribeWorkflowExecutionRequest(
            namespace=env.client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
        )
    )


async def under_way(env: WorkflowEnvironment, workflow_id: str) -> int:
    """How much a workflow is busy with: tasks and activities, but not messages that wait for office hours."""
    history = await env.client.get_workflow_handle(workflow_id).fetch_history()
    busy = pending(history, "WORKFLOW_TASK") + pending(history, "ACTIVITY_TASK")
    if not busy:
        return 0
    waiting = (await described(env, workflow_id)).pending_activities
    return busy - sum("outside office hours" in activity.last_failure.message for activity in waiting)


class _Watch:
    """The scene's clock, which a test may exchange."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    @property
    def current(self) -> Clock:
        """As it is now."""
        return self._scene.clock

    def now(self) -> datetime:
        """Business time by the machine's clock, which the server's leaves behind."""
        return self.current.now()


class Outage(Database):
    """A database that can be away."""

    away = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """All or nothing, or not to be reached."""
        if self.away:
            raise ConnectionRefusedError("the database is away")
        async with super().transaction() as tx:
            yield tx


CANONICAL = {key: FORMS[KIND].by_key[key].parse(value) for key, value in FULL.items()}


@asynccontextmanager
async def playing(
    env: WorkflowEnvironment,
    database: Database,
    business: str,
    state: BaseState,
    *,
    opening_total: str | None = None,
    speed: float = 1.0,
    messenger: Recorder | None = None,
    records: Database | None = None,
    at_work: bool = True,
) -> AsyncIterator[Scene]:
    """A base that starts at a business time with one contact in one chat, and workers unless told otherwise."""
    clock = clock_from(business, await env.get_current_time(), speed)
    scene = Scene(env, database, clock, state.facts.base_id, messenger or Recorder())
    contact = await register(database, state, opening_total)
    async with database.transaction() as tx:
        code = await People(tx).invite(contact, datetime(2099, 1, 1, tzinfo=UTC))
        await People(tx).redeem(code, "test", f"chat-of-{contact}", datetime.now(UTC))
    async with scene.at_work(records) if at_work else nullcontext():
        assert await scene.gateway.start_base(state)
        yield scene
