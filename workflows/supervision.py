"""`Supervision`: the office's part of a 季督导, from the end of the self-check to its conclusion."""

import asyncio
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from domain.base import NOBODY
    from domain.calendar import CalendarDays, Clock, WorkingDays
    from domain.decisions import SYSTEM, Actor
    from domain.errors import DomainError
    from domain.ids import supervision_id
    from domain.supervision import (
        Order,
        SupervisionState,
        SupervisionStep,
        by_itself,
        decided,
        possible_conclusion,
        reported,
    )
    from domain.supervision_checks import check
    from domain.supervision_decisions import SupervisionRequest
    from domain.terms import ObligationState

from workflows import attributes, calls
from workflows.messages import FollowUpInput, ObligationReport, RectificationOrder
from workflows.outbox import Outbox
from workflows.supervision_card import search_attributes, supervision_card
from workflows.supervision_messages import (
    PlannedNotice,
    SupervisionAsked,
    SupervisionCarried,
    SupervisionRecord,
    SupervisionSnapshot,
)
from workflows.supervision_notices import planned, reminder
from workflows.updates import remembered, update_id
from workflows.waiting import wait_until

_OPENED, _HEARD, _GONE = "督导开始", "整改进展", "基地已退出"


@workflow.defn(failure_exception_types=[DomainError])
class Supervision:
    """The supervision of one quarter of one base."""

    @workflow.init
    def __init__(self, start: FollowUpInput) -> None:
        self._start = start
        self._clock = start.clock
        carried = SupervisionCarried.model_validate(start.carried) if start.carried else None
        self._known = carried.state if carried else None
        self._opened_at = carried.opened_at if carried else self._now()
        self._calendar = carried.calendar if carried else CalendarDays()
        self._planned: tuple[PlannedNotice, ...] = carried.planned if carried else ()
        self._handled = carried.handled if carried else ()
        self._outbox = Outbox()
        self._outbox_before = carried.outbox if carried else ()
        self._turn = asyncio.Lock()
        self._changes = 0

    @workflow.run
    async def run(self, start: FollowUpInput) -> SupervisionSnapshot:
        """Wait for findings, order 整改 and hear what becomes of it, until there is a conclusion that was told."""
        self._outbox.resume(self._outbox_before)
        if self._known is None:
            await self._open()
        self._show()
        while self._state.step is not SupervisionStep.CONCLUDED or self._planned:
            await self._wait()
            self._send_what_is_due()
            await self._conclude_by_itself()
            self._show()
            if self._should_start_over():
                await self._continue_as_new()
        await workflow.wait_condition(lambda: workflow.all_handlers_finished() and not self._outbox.waiting)
        await self._tell_base("followed_up", self._state.facts.id)  # a base that is gone need not know
        return self._snapshot()

    # What people do

    @workflow.update(description="记录督导发现的问题（可责令整改），或作出督导结论")
    async def decide(self, request: SupervisionRequest) -> SupervisionSnapshot:
        """Take a decision; the state after it."""
        done = update_id()
        await self._opened()
        async with self._turn:
            if done not in self._handled:
                check(self._state, request, self._now(), self._days)
                await self._take(request)
                self._handled = remembered(self._handled, done)
        return self._snapshot()

    @decide.validator
    def _may_decide(self, request: SupervisionRequest) -> None:
        if self._known and update_id() not in self._handled:
            check(self._known, request, self._now(), self._days)

    @workflow.signal(description="同 decide，供运维人员从界面或批量发送；被拒绝的记入时间线")
    async def decision(self, payload: Any) -> None:
        """Take a decision without waiting for the answer. What cannot be read as one is refused, not lost."""
        await self._opened()
        async with self._turn:
            try:
                request = SupervisionRequest.model_validate(payload)
                check(self._state, request, self._now(), self._days)
                await self._take(request)
            except (ValidationError, DomainError) as e:
                await calls.record_signal_refusal(self._start.base_id, payload, e, self._now())

    @workflow.signal(description="整改事项的进展，由基地流程转来")
    async def reported(self, report: ObligationReport) -> None:
        """Where something that was ordered stands by now."""
        await self._opened()
        async with self._turn:
            await self._hear(report.period, report.state, report.due, _HEARD)

    @workflow.signal(description="更换业务时钟（仅演示环境）")
    def set_clock(self, clock: Clock) -> None:
        """Go on with another clock."""
        self._clock = clock
        self._changes += 1

    @workflow.query(description="当前状态：环节、等待谁、期限、问题和整改")
    def state(self) -> SupervisionSnapshot:
        """Where the supervision stands."""
        return self._snapshot()

    # What comes by itself

    async def _open(self) -> None:
        start = self._start
        ask = SupervisionAsked(
            base_id=start.base_id, period=start.period, self_report=start.self_report, at=self._opened_at
        )
        opened = await calls.open_supervision(ask)
        state = SupervisionState(facts=opened.facts, since=self._opened_at, until=opened.until, seq=1)
        self._calendar = opened.calendar
        self._planned = (reminder(state, opened.remind_at),)
        await self._record(state, _OPENED, SYSTEM, {})
        self._known = state

    async def _wait(self) -> None:
        seen = self._changes
        words = f"{self._state.step}：等待{self._state.waiting_for()}"
        await wait_until(
            self._next_wakeup(),
            self._clock,
            lambda: self._changes != seen or self._has_to_act(),
            words,
        )

    def _next_wakeup(self) -> datetime | None:
        instants = [notice.at for notice in self._planned[:1]]
        if self._state.step is SupervisionStep.REVIEWING and self._now() < self._state.until:
            instants.append(self._state.until)
        return min(instants, default=None)

    def _send_what_is_due(self) -> None:
        while self._planned and self._planned[0].at <= self._now():
            self._outbox.send(self._planned[0].notice)
            self._planned = self._planned[1:]

    async def _conclude_by_itself(self) -> None:
        async with self._turn:
            conclusion = by_itself(self._state)
            if conclusion:
                await self._take(SupervisionRequest(decision=conclusion, by=SYSTEM))

    # Common to both

    async def _take(self, request: SupervisionRequest) -> None:
        decision, before = request.decision, self._state
        after = decided(before, decision, self._now(), self._days)
        new = after.orders[len(before.orders) :]
        detail = decision.model_dump(mode="json", exclude={"kind"})
        await self._change(after, decision.kind, request.by, detail)
        for order in new:
            await self._order(order)

    async def _order(self, order: Order) -> None:
        """What is to be put right is on record by now: the base reads it when it opens the 整改."""
        told = RectificationOrder(number=order.number, due=order.due, origin=self._state.facts.id)
        if not await self._tell_base("order_rectification", told):
            await self._hear(order.number, ObligationState.WAIVED, None, _GONE)

    async def _hear(self, number: str, outcome: ObligationState, due: datetime | None, why: str) -> None:
        after = reported(self._state, number, outcome, due, self._now())
        if after is not self._state:
            await self._change(after, why, SYSTEM, {"number": number, "state": outcome})

    async def _change(self, after: SupervisionState, kind: str, by: Actor, detail: dict[str, Any]) -> None:
        before, self._known = self._state, after
        self._planned = planned(self._planned, before, after, self._now(), self._days)
        self._changes += 1
        await self._record(after, kind, by, detail)
        self._show()

    async def _record(self, state: SupervisionState, kind: str, by: Actor, detail: dict[str, Any]) -> None:
        record = SupervisionRecord(
            state=state, opened_at=self._opened_at, at=self._now(), kind=kind, by=by, detail=detail
        )
        await calls.record_supervision(record)

    async def _tell_base(self, signal: str, payload: object) -> bool:
        """Whether the base is there to hear it."""
        base = workflow.get_external_workflow_handle(self._start.base_id)
        try:
            await base.signal(signal, payload)
        except ApplicationError:
            return False
        return True

    async def _opened(self) -> None:
        await workflow.wait_condition(lambda: self._known is not None)

    @property
    def _state(self) -> SupervisionState:
        if self._known is None:
            raise ApplicationError(f"{supervision_id(self._start.base_id, self._start.period)} is not open")
        return self._known

    @property
    def _days(self) -> WorkingDays:
        return self._calendar.working_days()

    def _now(self) -> datetime:
        return self._clock.business(workflow.now())

    def _snapshot(self) -> SupervisionSnapshot:
        state = self._known
        return SupervisionSnapshot(
            state=state,
            waiting_for=state.waiting_for() if state else NOBODY,
            next_due=state.next_due() if state else None,
            overdue=state.overdue(self._now()) if state else False,
            possible_conclusion=possible_conclusion(state) if state else None,
        )

    def _show(self) -> None:
        state, now = self._state, self._now()
        attributes.upsert_if_changed(search_attributes(state, now))
        workflow.set_current_details(supervision_card(state, self._planned, now))

    def _has_to_act(self) -> bool:
        return by_itself(self._state) is not None or self._should_start_over()

    def _should_start_over(self) -> bool:
        return workflow.info().is_continue_as_new_suggested()

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        carried = SupervisionCarried(
            state=self._state,
            opened_at=self._opened_at,
            calendar=self._calendar,
            planned=self._planned,
            outbox=self._outbox.waiting,
            handled=self._handled,
        )
        again = {"clock": self._clock, "carried": carried.model_dump(mode="json")}
        workflow.continue_as_new(self._start.model_copy(update=again))
