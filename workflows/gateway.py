"""How everybody else reaches a workflow: ids, task queues, update ids, typed calls."""

from collections.abc import Iterable
from datetime import timedelta

from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.base import NOBODY, PROCEDURE, BaseState
from domain.calendar import BusinessTime, Clock
from domain.checks import check
from domain.decisions import DecisionRequest
from domain.errors import DomainError, NotFound, Stale
from domain.ids import round_id
from domain.policy.obligations import check_open
from domain.policy.rounds import CallOfRound
from domain.rounds.changes import next_instant
from domain.rounds.checks import check as check_round
from domain.rounds.decisions import RoundRequest
from domain.rounds.state import RoundState
from domain.rounds.waiting import waiting_for
from domain.views import View
from workflows import attributes, cards, queues
from workflows.base import Base
from workflows.call_round import CallRound
from workflows.messages import (
    Answer,
    BaseInput,
    BaseSnapshot,
    ObligationReport,
    ObligationSnapshot,
    RoundInput,
    RoundSnapshot,
    RoundView,
)
from workflows.obligation import Obligation

_RPC_TIMEOUT = timedelta(seconds=30)


class Gateway:
    """Typed calls to the workflows of this system."""

    def __init__(self, client: Client, clock: BusinessTime | None = None) -> None:
        self._client = client
        self._clock: BusinessTime = clock or Clock()

    async def start_base(self, state: BaseState) -> bool:
        """Start a base at its state. False if it was started before: nothing is changed then."""
        facts = state.facts
        try:
            await self._client.start_workflow(
                Base.run,
                BaseInput(clock=self._clock.current, state=state),
                id=facts.base_id,
                task_queue=queues.MAIN_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=cards.base_title(state),
                search_attributes=attributes.of_base(
                    stage=state.stage,
                    level=facts.level,
                    city=facts.city,
                    direction=facts.direction_name,
                    lead_kind=facts.lead_kind,
                    waiting_for=state.waiting_for(),
                    next_due=state.next_due(),
                ),
            )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def decide(self, base_id: str, request: DecisionRequest, update_id: str) -> BaseSnapshot:
        """Take a decision. The same `update_id` gives the first result again. Raises DomainError."""
        handle = self._base(base_id)
        try:
            return await handle.execute_update(
                Base.decide,  # type: ignore[arg-type]  # mypy loses the coroutine of a described update
                request,
                id=update_id,
                rpc_timeout=_RPC_TIMEOUT,
            )
        except WorkflowUpdateFailedError as e:
            raise _refusal(e) from e
        except RPCError as e:
            if e.status is RPCStatusCode.NOT_FOUND:  # not there, or not any more: the query tells
                check((await self.base(base_id)).state, request, self._clock.now())
            raise _gone(e, base_id) from e

    async def base(self, base_id: str) -> BaseSnapshot:
        """Where a base stands, live. Raises NotFound."""
        try:
            return await self._base(base_id).query(Base.state, rpc_timeout=_RPC_TIMEOUT)
        except RPCError as e:
            raise _gone(e, base_id) from e

    async def answer(self, obligation_id: str, answer: Answer, update_id: str) -> View:
        """One step of a form's dialogue. The same `update_id` gives the first reply again. Raises DomainError."""
        handle = self._obligation(obligation_id)
        try:
            return await handle.execute_update(
                Obligation.answer,  # type: ignore[arg-type]  # as above
                answer,
                id=update_id,
                rpc_timeout=_RPC_TIMEOUT,
            )
        except WorkflowUpdateFailedError as e:
            raise _refusal(e) from e
        except RPCError as e:
            if e.status is RPCStatusCode.NOT_FOUND:  # as above
                ended = await self.obligation(obligation_id)
                check_open(ended.schedule, ended.state, self._clock.now())
            raise _gone(e, obligation_id) from e

    async def view(self, obligation_id: str) -> View:
        """What the form shows now. Raises NotFound."""
        try:
            return await self._obligation(obligation_id).query(Obligation.view, rpc_timeout=_RPC_TIMEOUT)
        except RPCError as e:
            raise _gone(e, obligation_id) from e

    async def obligation(self, obligation_id: str) -> ObligationSnapshot:
        """Where an obligation stands, live. Raises NotFound."""
        try:
            return await self._obligation(obligation_id).query(Obligation.state, rpc_timeout=_RPC_TIMEOUT)
        except RPCError as e:
            raise _gone(e, obligation_id) from e

    async def start_round(self, terms: CallOfRound) -> bool:
        """Start a round. False if it was started before: nothing is changed then."""
        clock = self._clock.current
        state = RoundState(terms=terms, since=self._clock.now(), deadline=terms.deadline)
        waiting = cards.short("、".join(w.who for w in waiting_for(state)) or NOBODY)
        try:
            await self._client.start_workflow(
                CallRound.run,
                RoundInput(clock=clock, state=state),
                id=round_id(terms.slug),
                task_queue=queues.MAIN_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=cards.round_title(terms),
                search_attributes=attributes.of_round(state.phase, waiting, next_instant(state, state.since)),
            )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def decide_round(self, slug: str, request: RoundRequest, update_id: str) -> RoundView:
        """Take a decision about a round. The same `update_id` gives the first result again. Raises DomainError."""
        try:
            return await self._round(slug).execute_update(
                CallRound.decide,  # type: ignore[arg-type]  # as above
                request,
                id=update_id,
                rpc_timeout=_RPC_TIMEOUT,
            )
        except WorkflowUpdateFailedError as e:
            raise _refusal(e) from e
        except RPCError as e:
            if e.status is RPCStatusCode.NOT_FOUND:  # as above
                check_round((await self.round(slug)).state, request, self._clock.now())
            raise _gone(e, round_id(slug)) from e

    async def round(self, slug: str) -> RoundSnapshot:
        """Where a round stands, live. Raises NotFound."""
        try:
            return await self._round(slug).query(CallRound.state, rpc_timeout=_RPC_TIMEOUT)
        except RPCError as e:
            raise _gone(e, round_id(slug)) from e

    async def set_clock(self, clock: Clock, base_ids: Iterable[str], rounds: Iterable[str] = ()) -> None:
        """Give workflows, and what they have open, another clock. Those that have ended need none. For the demo."""
        ids = [*base_ids, *(round_id(slug) for slug in rounds)]  # a round acts on its bases
        for workflow_id in ids:
            try:
                await self._client.get_workflow_handle(workflow_id).signal("set_clock", clock)
            except RPCError as e:
                if e.status is not RPCStatusCode.NOT_FOUND:
                    raise

    def _round(self, slug: str) -> WorkflowHandle[CallRound, RoundView]:
        return self._client.get_workflow_handle_for(CallRound.run, round_id(slug))

    def _base(self, base_id: str) -> WorkflowHandle[Base, BaseSnapshot]:
        return self._client.get_workflow_handle_for(Base.run, base_id)

    def _obligation(self, obligation_id: str) -> WorkflowHandle[Obligation, ObligationReport]:
        return self._client.get_workflow_handle_for(Obligation.run, obligation_id)


def _refusal(error: WorkflowUpdateFailedError) -> Exception:
    return error.cause if isinstance(error.cause, DomainError) else error


def _gone(error: RPCError, what: str) -> Exception:
    if error.status is not RPCStatusCode.NOT_FOUND:
        return error
    if "completed" in str(error):
        return Stale("workflow.closed", PROCEDURE, id=what)
    return NotFound("workflow.not_found", id=what)
