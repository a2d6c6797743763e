"""How everybody else reaches a workflow: ids, task queues, update ids, typed calls."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from pydantic import BaseModel
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.assessment_checks import check as check_assessment
from domain.assessment_decisions import AssessmentRequest
from domain.base import NOBODY, PROCEDURE, BaseState
from domain.calendar import BusinessTime, Clock, WorkingDays
from domain.checks import check
from domain.decisions import DecisionRequest
from domain.errors import DomainError, NotFound, Stale
from domain.ids import round_id
from domain.obligation import check as check_report
from domain.obligation_decisions import ObligationRequest
from domain.policy.members import LEADING_UNIT
from domain.policy.obligations import check_open
from domain.policy.rounds import CallOfRound
from domain.rounds.changes import next_instant
from domain.rounds.checks import check as check_round
from domain.rounds.decisions import RoundRequest
from domain.rounds.state import RoundState
from domain.rounds.waiting import waiting_for
from domain.supervision_checks import check as check_supervision
from domain.supervision_decisions import SupervisionRequest
from domain.views import Notice, View
from workflows import attributes, cards, queues
from workflows.assessment import Assessment
from workflows.assessment_messages import AssessmentSnapshot
from workflows.base import Base
from workflows.call_round import CallRound
from workflows.credit_news import CreditNews
from workflows.messages import (
    Answer,
    BaseInput,
    BaseSnapshot,
    NewsInput,
    ObligationInput,
    ObligationSnapshot,
    RoundInput,
    RoundSnapshot,
    RoundView,
)
from workflows.news import News
from workflows.obligation import Obligation
from workflows.supervision import Supervision
from workflows.supervision_messages import SupervisionSnapshot

R = TypeVar("R")

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

        async def ended() -> None:
            check((await self.base(base_id)).state, request, self._clock.now())

        return await self._update(base_id, Base.decide, BaseSnapshot, request, update_id, ended)

    async def base(self, base_id: str) -> BaseSnapshot:
        """Where a base stands, live. Raises NotFound."""
        return await self._query(base_id, Base.state)

    async def answer(self, obligation_id: str, answer: Answer, update_id: str) -> View:
        """One step of a form's dialogue. The same `update_id` gives the first reply again. Raises DomainError."""

        async def ended() -> None:
            found = await self.obligation(obligation_id)
            check_open(found.schedule, found.state, self._clock.now())

        return await self._update(obligation_id, Obligation.answer, View, answer, update_id, ended)

    async def decide_report(
        self, obligation_id: str, request: ObligationRequest, update_id: str
    ) -> ObligationSnapshot:
        """Take a decision about an obligation. The same `update_id` gives the first result again. Raises DomainError."""

        async def ended() -> None:
            found = await self.obligation(obligation_id)
            if found.life:
                check_report(found.life, found.facts, request, self._clock.now())

        return await self._update(
            obligation_id, Obligation.decide, ObligationSnapshot, request, update_id, ended
        )

    async def reopen(self, start: ObligationInput) -> bool:
        """Ask to correct a report whose workflow has ended. False if it runs: there is nothing to reopen then."""
        schedule = start.schedule
        try:
            await self._client.start_workflow(
                Obligation.run,
                start.model_copy(update={"clock": self._clock.current}),
                id=start.obligation_id,
                task_queue=queues.MAIN_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                static_summary=cards.obligation_title(start.base_id, schedule),
                search_attributes=attributes.of_obligation(
                    schedule.kind, schedule.period, LEADING_UNIT, schedule.due
                ),
            )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def calendar_changed(self, base_ids: Iterable[str]) -> None:
        """Let bases compute again what was 暂定. Those that have ended need not."""
        for base_id in base_ids:
            await self._tell(base_id, "calendar_changed")

    async def view(self, obligation_id: str) -> View:
        """What the form shows now. Raises NotFound."""
        return await self._query(obligation_id, Obligation.view)

    async def obligation(self, obligation_id: str) -> ObligationSnapshot:
        """Where an obligation stands, live. Raises NotFound."""
        return await self._query(obligation_id, Obligation.state)

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

        async def ended() -> None:
            check_round((await self.round(slug)).state, request, self._clock.now())

        return await self._update(round_id(slug), CallRound.decide, RoundView, request, update_id, ended)

    async def round(self, slug: str) -> RoundSnapshot:
        """Where a round stands, live. Raises NotFound."""
        return await self._query(round_id(slug), CallRound.state)

    async def tell_credit(self, key: str, notices: tuple[Notice, ...]) -> None:
        """Tell the contacts of a lead's bases of a change of its credit account, in office hours and once."""
        await self._news(CreditNews.run, key, notices, "告知信用记分")

    async def tell(self, key: str, notices: tuple[Notice, ...], summary: str) -> None:
        """Tell people of what somebody did, in office hours and once for `key`."""
        await self._news(News.run, key, notices, summary)

    async def _news(
        self,
        kind: Callable[[Any, NewsInput], Awaitable[None]],
        key: str,
        notices: tuple[Notice, ...],
        summary: str,
    ) -> None:
        with suppress(WorkflowAlreadyStartedError):
            await self._client.start_workflow(
                kind,
                NewsInput(key=key, clock=self._clock.current, notices=notices),
                id=f"news-{key}",
                task_queue=queues.MAIN_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=cards.short(summary),
            )

    async def decide_supervision(
        self, supervision_id: str, request: SupervisionRequest, update_id: str
    ) -> SupervisionSnapshot:
        """Take a decision about a supervision. The same `update_id` gives the first result again. Raises DomainError."""

        async def ended() -> None:
            found = (await self.supervision(supervision_id)).state
            if found:
                check_supervision(found, request, self._clock.now(), WorkingDays())

        return await self._update(
            supervision_id, Supervision.decide, SupervisionSnapshot, request, update_id, ended
        )

    async def supervision(self, supervision_id: str) -> SupervisionSnapshot:
        """Where a supervision stands, live. Raises NotFound."""
        return await self._query(supervision_id, Supervision.state)

    async def decide_assessment(
        self, assessment_id: str, request: AssessmentRequest, update_id: str
    ) -> AssessmentSnapshot:
        """Take a decision about an assessment. The same `update_id` gives the first result again. Raises DomainError."""

        async def ended() -> None:
            found = (await self.assessment(assessment_id)).state
            if found:
                check_assessment(found, request, self._clock.now())

        return await self._update(
            assessment_id, Assessment.decide, AssessmentSnapshot, request, update_id, ended
        )

    async def assessment(self, assessment_id: str) -> AssessmentSnapshot:
        """Where an assessment stands, live. Raises NotFound."""
        return await self._query(assessment_id, Assessment.state)

    async def set_clock(self, clock: Clock, base_ids: Iterable[str], rounds: Iterable[str] = ()) -> None:
        """Give workflows, and what they have open, another clock. Those that have ended need none. For the demo."""
        for workflow_id in [*base_ids, *(round_id(slug) for slug in rounds)]:  # a round acts on its bases
            await self._tell(workflow_id, "set_clock", clock)

    async def _tell(self, workflow_id: str, signal: str, *payload: object) -> None:
        try:
            await self._client.get_workflow_handle(workflow_id).signal(signal, args=payload)
        except RPCError as e:
            if e.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def _update(
        self,
        workflow_id: str,
        update: Callable[..., Any],
        result: type[R],
        ask: BaseModel,
        update_id: str,
        ended: Callable[[], Awaitable[None]],
    ) -> R:
        """`ended` says why not, if the workflow is not there any more; Temporal still answers queries then."""
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            # By its name, since mypy loses the coroutine of a described update.
            answered: R = await handle.execute_update(
                update.__name__, ask, id=update_id, result_type=result, rpc_timeout=_RPC_TIMEOUT
            )
        except WorkflowUpdateFailedError as e:
            raise _refusal(e) from e
        except RPCError as e:
            if e.status is RPCStatusCode.NOT_FOUND:
                await ended()
            raise _gone(e, workflow_id) from e
        return answered

    async def _query(self, workflow_id: str, query: Callable[[Any], R]) -> R:
        try:
            return await self._client.get_workflow_handle(workflow_id).query(query, rpc_timeout=_RPC_TIMEOUT)
        except RPCError as e:
            raise _gone(e, workflow_id) from e


def _refusal(error: WorkflowUpdateFailedError) -> Exception:
    return error.cause if isinstance(error.cause, DomainError) else error


def _gone(error: RPCError, what: str) -> Exception:
    if error.status is not RPCStatusCode.NOT_FOUND:
        return error
    if "completed" in str(error):
        return Stale("workflow.closed", PROCEDURE, id=what)
    return NotFound("workflow.not_found", id=what)
