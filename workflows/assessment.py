"""`Assessment`: what follows the self-assessment of a year: evaluation, grade, appeal, publication (A12)."""

import asyncio
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from domain.assessment import (
        POSSIBLE,
        AssessmentFacts,
        AssessmentState,
        appeal_over,
        decided,
        opened,
    )
    from domain.assessment_checks import check
    from domain.assessment_decisions import AssessmentDecision, AssessmentRequest, CloseEvaluation
    from domain.base import NOBODY
    from domain.calendar import CalendarDays, Clock, WorkingDays, business_day
    from domain.decisions import SYSTEM, Actor
    from domain.errors import DomainError
    from domain.ids import assessment_id
    from domain.policy.effectiveness import Result

from workflows import attributes, calls
from workflows.assessment_card import assessment_card, search_attributes
from workflows.assessment_messages import (
    AssessmentCarried,
    AssessmentRecord,
    AssessmentSnapshot,
    EvaluationToClose,
)
from workflows.assessment_notices import again, planned
from workflows.messages import AssessmentResult, FollowUpInput
from workflows.outbox import Outbox
from workflows.supervision_messages import PlannedNotice
from workflows.updates import remembered, update_id
from workflows.waiting import wait_until

_OPENED, _APPEAL_OVER = "开始", "申诉期满"


@workflow.defn(failure_exception_types=[DomainError])
class Assessment:
    """The assessment of one year of one base."""

    @workflow.init
    def __init__(self, start: FollowUpInput) -> None:
        self._start = start
        self._clock = start.clock
        carried = AssessmentCarried.model_validate(start.carried) if start.carried else None
        self._known = carried.state if carried else None
        self._calendar = carried.calendar if carried else CalendarDays()
        self._planned: tuple[PlannedNotice, ...] = carried.planned if carried else ()
        self._handled = carried.handled if carried else ()
        self._outbox = Outbox()
        self._outbox_before = carried.outbox if carried else ()
        self._turn = asyncio.Lock()
        self._changes = 0

    @workflow.run
    async def run(self, start: FollowUpInput) -> AssessmentSnapshot:
        """Phase after phase until the grade is published, everybody was told, and the base knows."""
        self._outbox.resume(self._outbox_before)
        if self._known is None:
            await self._open()
        self._show()
        while not self._state.over or self._planned:
            await self._wait()
            self._send_what_is_due()
            await self._end_the_time_for_an_appeal()
            self._show()
            if workflow.info().is_continue_as_new_suggested():
                await self._continue_as_new()
        await workflow.wait_condition(lambda: workflow.all_handlers_finished() and not self._outbox.waiting)
        await self._tell_base("followed_up", self._state.facts.id)
        return self._snapshot()

    # What people do

    @workflow.update(description="作出决定：结束评价、拟定等次、申诉、申诉处理、公布")
    async def decide(self, request: AssessmentRequest) -> AssessmentSnapshot:
        """Take a decision; the state after it."""
        done = update_id()
        await self._opened()
        async with self._turn:
            if done not in self._handled:
                check(self._state, request, self._now())
                await self._take(request)
                self._handled = remembered(self._handled, done)
        return self._snapshot()

    @decide.validator
    def _may_decide(self, request: AssessmentRequest) -> None:
        if self._known and update_id() not in self._handled:
            check(self._known, request, self._now())

    @workflow.signal(description="同 decide，供运维人员从界面或批量发送；被拒绝的记入时间线")
    async def decision(self, payload: Any) -> None:
        """Take a decision without waiting for the answer. What cannot be read as one is refused, not lost."""
        await self._opened()
        async with self._turn:
            try:
                request = AssessmentRequest.model_validate(payload)
                check(self._state, request, self._now())
                await self._take(request)
            except (ValidationError, DomainError) as e:
                await calls.record_signal_refusal(self._start.base_id, payload, e, self._now())

    @workflow.signal(description="更换业务时钟（仅演示环境）")
    def set_clock(self, clock: Clock) -> None:
        """Go on with another clock."""
        self._clock = clock
        self._changes += 1

    @workflow.query(description="当前状态：环节、等待谁、期限、得分和等次")
    def state(self) -> AssessmentSnapshot:
        """Where the assessment stands."""
        return self._snapshot()

    # What comes by itself

    async def _open(self) -> None:
        start, now = self._start, self._now()
        self._calendar = await calls.known_days(business_day(now))
        facts = AssessmentFacts(base_id=start.base_id, year=start.period, self_report=start.self_report)
        state = opened(facts, now, self._days)
        self._planned = planned((), state, now, self._days)
        await self._record(state, _OPENED, SYSTEM, {})
        self._known = state

    async def _wait(self) -> None:
        seen = self._changes
        words = f"{self._state.phase}：等待{self._state.waiting_for()}"
        await wait_until(self._next_wakeup(), self._clock, lambda: self._changes != seen, words)

    def _next_wakeup(self) -> datetime | None:
        instants = [notice.at for notice in self._planned[:1]]
        if self._state.due and self._now() < self._state.due:
            instants.append(self._state.due)
        return min(instants, default=None)

    def _send_what_is_due(self) -> None:
        while self._planned and self._planned[0].at <= self._now():
            sent, *rest = self._planned
            self._outbox.send(sent.notice)
            self._planned = again(tuple(rest), sent, self._state, self._now(), self._days)

    async def _end_the_time_for_an_appeal(self) -> None:
        async with self._turn:
            after = appeal_over(self._state, self._now(), self._days)
            if after:
                await self._change(after, _APPEAL_OVER, SYSTEM, {})

    # Common to both

    async def _take(self, request: AssessmentRequest) -> None:
        decision = request.decision
        computed = await self._computed(decision)
        after = decided(self._state, decision, self._now(), self._days, computed)
        await self._change(
            after, decision.kind, request.by, decision.model_dump(mode="json", exclude={"kind"})
        )
        if after.over and after.grade:
            facts = after.facts
            result = AssessmentResult(year=facts.year, grade=after.grade, workflow_id=facts.id)
            await self._tell_base("assessed", result)

    async def _computed(self, decision: AssessmentDecision) -> Result | None:
        """What the year comes to, when the evaluation is closed. Raises Refused if there are too few evaluations."""
        if not isinstance(decision, CloseEvaluation):
            return None
        explained = decision.text is not None
        ask = EvaluationToClose(facts=self._state.facts, explained=explained, at=self._now())
        return await calls.close_evaluation(ask)

    async def _change(self, after: AssessmentState, kind: str, by: Actor, detail: dict[str, Any]) -> None:
        self._known = after
        self._planned = planned(self._planned, after, self._now(), self._days)
        self._changes += 1
        await self._record(after, kind, by, detail)
        self._show()

    async def _record(self, state: AssessmentState, kind: str, by: Actor, detail: dict[str, Any]) -> None:
        await calls.record_assessment(
            AssessmentRecord(state=state, at=self._now(), kind=kind, by=by, detail=detail)
        )

    async def _tell_base(self, signal: str, payload: object) -> None:
        """A base that is gone need not know."""
        base = workflow.get_external_workflow_handle(self._start.base_id)
        try:
            await base.signal(signal, payload)
        except ApplicationError as e:
            workflow.logger.warning("base %s did not hear of %s: %s", self._start.base_id, signal, e)

    async def _opened(self) -> None:
        await workflow.wait_condition(lambda: self._known is not None)

    @property
    def _state(self) -> AssessmentState:
        if self._known is None:
            raise ApplicationError(f"{assessment_id(self._start.base_id, self._start.period)} is not open")
        return self._known

    @property
    def _days(self) -> WorkingDays:
        return self._calendar.working_days()

    def _now(self) -> datetime:
        return self._clock.business(workflow.now())

    def _snapshot(self) -> AssessmentSnapshot:
        state = self._known
        possible = POSSIBLE.get(state.phase) if state else None
        return AssessmentSnapshot(
            state=state,
            waiting_for=state.waiting_for() if state else NOBODY,
            next_due=state.due if state else None,
            overdue=state.overdue(self._now()) if state else False,
            possible=str(possible) if possible else None,
        )

    def _show(self) -> None:
        state, now = self._state, self._now()
        attributes.upsert_if_changed(search_attributes(state, now))
        workflow.set_current_details(assessment_card(state, self._planned, now))

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        carried = AssessmentCarried(
            state=self._state,
            calendar=self._calendar,
            planned=self._planned,
            outbox=self._outbox.waiting,
            handled=self._handled,
        )
        rest = {"clock": self._clock, "carried": carried.model_dump(mode="json")}
        workflow.continue_as_new(self._start.model_copy(update=rest))
