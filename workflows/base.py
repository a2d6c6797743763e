"""`Base`: one application that becomes a base, from 自愿申报 to its exit, for as long as it exists."""

import asyncio
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from domain.base import CONTACT_WAITED_FOR, TIME, assessed, rectification_ended
    from domain.calendar import Clock, business_day, end_of
    from domain.changes import BY_ITSELF, decided, follow_up
    from domain.checks import check
    from domain.decisions import (
        SYSTEM,
        Actor,
        Decision,
        DecisionRequest,
        Object,
        OrderRectification,
        ResolveObjection,
        Resume,
        SignOff,
        StartNotice,
        Suspend,
    )
    from domain.errors import DomainError
    from domain.grounds import Grounded, check_grounds
    from domain.lifecycle import REPORTING, Step
    from domain.notices import notice_of
    from domain.policy.formal_review import SignOffResult
    from domain.policy.members import LEADING_UNIT
    from domain.policy.pilot import pilot_last_day
    from domain.policy.recall import NOTHING, Instalment, shown
    from domain.rounds.state import Standing
    from domain.terms import ObligationKind, Role
    from domain.views import Notice, NoticeKind

from workflows import attributes, calls, cards
from workflows.messages import (
    Appointment,
    AssessmentResult,
    BaseInput,
    BaseSnapshot,
    ObligationReport,
    RectificationOrder,
)
from workflows.outbox import Outbox
from workflows.reporting import Reporting
from workflows.updates import remembered, update_id
from workflows.waiting import wait_until


@workflow.defn(failure_exception_types=[DomainError])
class Base:
    """The life of one base."""

    @workflow.init
    def __init__(self, start: BaseInput) -> None:
        self._clock = start.clock
        self._state = start.state
        self._reporting = Reporting(start, self._changed)
        self._handled = start.handled
        self._outbox = Outbox()
        self._turn = asyncio.Lock()
        self._recall_told = start.recall_told
        self._changes = 0

    @workflow.run
    async def run(self, start: BaseInput) -> BaseSnapshot:
        """Wait for the next decision or deadline, until the base has left and owes nothing more."""
        self._show()
        self._outbox.resume(start.outbox)
        if self._state.step is Step.PREPARING and workflow.info().continued_run_id is None:
            self._tell(NoticeKind.APPLICATION_OPEN, "application-open")
            await self._report_standing()
        while not self._finished():
            await self._plan()
            await self._wait()
            await self._report_what_is_due()
            await self._decide_what_is_due()
            if self._should_start_over():  # not before the plan: each run begins with that of its year
                await self._continue_as_new()
        # Handlers first: the last decision is told only after it was recorded.
        await workflow.wait_condition(lambda: workflow.all_handlers_finished() and not self._outbox.waiting)
        return self._snapshot()

    # What people do

    @workflow.update(description="作出决定：提交、受理、公示、公布、授牌、摘牌等（见 DecisionKind）")
    async def decide(self, request: DecisionRequest) -> BaseSnapshot:
        """Take a decision; the state after it."""
        done = update_id()
        async with self._turn:
            if done not in self._handled:
                self._check(request)
                await self._take(request)
                self._handled = remembered(self._handled, done)
        return self._snapshot()

    @decide.validator
    def _may_decide(self, request: DecisionRequest) -> None:
        if update_id() not in self._handled:
            check(self._state, request, self._now())
            check_grounds(self._state, request, self._now())

    def _check(self, request: DecisionRequest) -> None:
        check(self._state, request, self._now())
        # Decisions in histories from before there were grounds have none.
        if isinstance(request.decision, Grounded) and workflow.patched("grounds"):
            check_grounds(self._state, request, self._now())

    @workflow.signal(description="同 decide，供运维人员从界面或批量发送；被拒绝的记入时间线")
    async def decision(self, payload: Any) -> None:
        """Take a decision without waiting for the answer. What cannot be read as one is refused, not lost."""
        async with self._turn:
            try:
                request = DecisionRequest.model_validate(payload)
                self._check(request)
                await self._take(request)
            except (ValidationError, DomainError) as e:
                await calls.record_signal_refusal(self._state.facts.base_id, payload, e, self._now())

    @workflow.signal(description="某期报送已报送、被退回或已结束，由报送流程发回")
    def report(self, report: ObligationReport) -> None:
        """An obligation was handed in, is owed again, or has ended."""
        self._reporting.hear(report)
        if report.kind is ObligationKind.RECTIFICATION:
            self._state = rectification_ended(self._state, report.period, report.state)

    @workflow.signal(description="责令整改，由督导或考核流程发出")
    def order_rectification(self, order: RectificationOrder) -> None:
        """整改 is ordered after a finding."""
        self._reporting.order(order)

    @workflow.signal(description="督导或考核已办结")
    def followed_up(self, workflow_id: str) -> None:
        """The office is done with a 季督导 or 年考核."""
        self._reporting.followed_up(workflow_id)

    @workflow.signal(description="考核等次已公布")
    def assessed(self, result: AssessmentResult) -> None:
        """The year's grade was published."""
        self._state = assessed(self._state, result.year, result.grade)
        self._changed()

    @workflow.signal(description="节假日安排已更新：重算标为暂定的期限")
    def calendar_changed(self) -> None:
        """More holidays are known."""
        self._reporting.calendar_changed()

    @workflow.signal(description="更换业务时钟（仅演示环境）")
    async def set_clock(self, clock: Clock) -> None:
        """Go on with another clock, and what is open with it: the demo's time stands still while it is stopped."""
        self._clock = clock
        self._changed()
        await self._reporting.pass_on_clock(clock)

    @workflow.query(description="当前状态：阶段、等待谁、期限、未报事项、日程")
    def state(self) -> BaseSnapshot:
        """Where the base stands."""
        return self._snapshot()

    # What comes by itself

    async def _wait(self) -> None:
        seen = self._changes
        await wait_until(
            self._next_wakeup(),
            self._clock,
            lambda: self._changes != seen or self._finished(),
            f"等待：{self._waiting_for()}",
        )

    def _next_wakeup(self) -> datetime | None:
        if self._reporting.has_errands:
            return self._now()
        instants = self._reporting.instants()
        instants += [i for i in (self._state.ends_at(), self._recall_ends()) if i]
        instants += [end_of(i.due) for i in self._late_instalments()[:1]]
        through = self._reporting.planned_through
        if through and self._state.step in REPORTING:
            instants.append(through)
        return min(instants, default=None)

    def _recall_ends(self) -> datetime | None:
        """When a gone base need not wait for a recall any more; None if that has come: it may wait for others still."""
        until = self._state.may_be_recalled_until()
        return until if until and until > self._now() else None

    async def _report_what_is_due(self) -> None:
        reporting = self._reporting
        await reporting.run_errands(self._state, self._clock, self._now())
        for appointment in await reporting.open_what_is_due(self._state, self._clock, self._now()):
            if self._state.step is Step.PILOT:
                self._remind_of_certification(appointment)
        self._tell_of_late_instalments()

    def _late_instalments(self) -> list[Instalment]:
        """Those that the office was not told of."""
        told = self._recall_told
        return [i for i in self._state.owed_back if told is None or i.due > told]

    def _tell_of_late_instalments(self) -> None:
        owed, today = self._state.owed_back, business_day(self._now())
        for late in [i for i in self._late_instalments() if i.due < today]:
            self._recall_told = late.due
            base_id = self._state.facts.base_id
            left = sum((i.amount for i in owed), NOTHING)
            self._outbox.send(
                Notice(
                    key=f"{base_id}:recall-overdue:{late.due}",
                    base_id=base_id,
                    department=LEADING_UNIT,
                    kind=NoticeKind.RECALL_OVERDUE,
                    params={"due": str(late.due), "amount": shown(late.amount), "left": shown(left)},
                )
            )

    def _remind_of_certification(self, appointment: Appointment) -> None:
        published = self._state.published_on
        if published:
            self._tell(
                NoticeKind.CERTIFICATION_SOON,
                f"certification-{appointment.days_left}",
                days=str(appointment.days_left),
                last_day=str(pilot_last_day(published)),
            )

    async def _decide_what_is_due(self) -> None:
        due = self._state.ends_at()
        if due is None or self._now() < due:
            return
        async with self._turn:
            if self._state.ends_at() == due and not await self._hear_of_objections():
                await self._take(DecisionRequest(decision=BY_ITSELF[self._state.step], by=SYSTEM))

    async def _hear_of_objections(self) -> bool:
        """Whether there are objections to the notice on file that could not be told to this workflow."""
        if self._state.step is not Step.NOTICE or not self._state.in_round:
            return False
        unheard = await calls.open_objections(self._state.facts.base_id)
        for found in unheard:
            by = Actor(role=Role.PUBLIC, id=f"objection:{found.number}")
            objection = Object(objection=found.number, on=found.on)
            await self._take(DecisionRequest(decision=objection, by=by))
        return bool(unheard)

    async def _plan(self) -> None:
        state = self._state
        if state.published_on is None or not self._unplanned():
            return
        # Where the last plan ended, not now: workers that were away over New Year miss no period.
        after = self._reporting.planned_through or self._now()
        await self._reporting.plan(state, after, remind=state.step is Step.PILOT)
        self._reporting.forget_what_is_not_owed(self._state)  # as it is now: the base may have left meanwhile
        self._show()

    # Common to both

    async def _take(self, request: DecisionRequest) -> None:
        """Take a decision, and what follows from it by itself."""
        await self._take_one(request)
        follows = follow_up(self._state)
        if follows:
            await self._take_one(DecisionRequest(decision=follows, by=SYSTEM))
        await self._report_standing()

    async def _take_one(self, request: DecisionRequest) -> None:
        decision = request.decision
        until = await self._deadline_of(decision)
        now, stood_still = self._now(), self._state.suspended_since
        self._state = decided(self._state, decision, now, until)
        self._reporting.forget_what_is_not_owed(self._state)
        self._changed()
        await calls.record_decision(self._state, request, now)
        self._tell_of(decision)
        await self._carry_out(decision)
        if stood_still and self._state.over:  # what was open before is owed all the same
            await self._reporting.start_clocks()

    async def _carry_out(self, decision: Decision) -> None:
        """What a decision means for what the base owes."""
        match decision:
            case Suspend():
                await self._reporting.stop_clocks()
            case Resume():
                await self._reporting.start_clocks()
            case OrderRectification():
                self._reporting.order(RectificationOrder(number=decision.number, due=decision.due))

    async def _deadline_of(self, decision: Decision) -> datetime | None:
        """What the calendar says about a decision, or refuse what the records say no to.

        A round has checked its notice itself.
        """
        state, today = self._state, business_day(self._now())
        await calls.check_consequence(state, decision, today)
        match decision:
            case StartNotice() if not state.in_round:
                await calls.check_notice(decision)
            case SignOff(result=SignOffResult.RETURN):
                return await calls.supplement_until(today, decision.days, state.facts.called_on)
            case ResolveObjection(upheld=False) if state.objected_on and state.notice_last_day:
                return await calls.rest_of_notice(state.objected_on, today, state.notice_last_day)
        return None

    async def _report_standing(self) -> None:
        """Tell the round that runs the application where it stands."""
        if self._state.facts.round_workflow is None:
            return
        handle = workflow.get_external_workflow_handle(self._state.facts.round_workflow)
        try:
            await handle.signal("standing", Standing.of(self._state))
        except ApplicationError as e:
            if self._state.step not in REPORTING:  # the round is over when its bases report
                workflow.logger.error("%s was not told: %s", self._state.facts.round_workflow, e)

    def _tell_of(self, decision: Decision) -> None:
        notice = notice_of(self._state, decision)
        if notice:
            self._outbox.send(notice)

    def _tell(self, kind: NoticeKind, key: str, **params: str) -> None:
        base_id = self._state.facts.base_id
        self._outbox.send(Notice(key=f"{base_id}:{key}", base_id=base_id, kind=kind, params=params))

    def _now(self) -> datetime:
        return self._clock.business(workflow.now())

    def _changed(self) -> None:
        self._changes += 1
        self._show()

    def _waiting_for(self) -> str:
        waiting = self._state.waiting_for()
        return CONTACT_WAITED_FOR if self._reporting.open and waiting == TIME else waiting

    def _next_due(self) -> datetime | None:
        instants = [item.due for item in self._reporting.open.values()]
        own = self._state.next_due()
        return min([*instants, own] if own else instants, default=None)

    def _snapshot(self) -> BaseSnapshot:
        return BaseSnapshot(
            state=self._state,
            waiting_for=self._waiting_for(),
            next_due=self._next_due(),
            overdue=any(item.overdue for item in self._reporting.open.values()),
            open=dict(self._reporting.open),
            agenda=self._reporting.agenda,
        )

    def _show(self) -> None:
        now = self._snapshot()
        state = now.state
        shown = attributes.changes_of_base(
            state.stage, state.facts.level, now.waiting_for, now.next_due, now.overdue
        )
        attributes.upsert_if_changed(shown)
        workflow.set_current_details(
            cards.base_card(now.state, now.waiting_for, now.next_due, now.open, now.agenda)
        )

    def _finished(self) -> bool:
        # A base that leaves at midnight of New Year still owes December, which the next plan opens.
        settled = self._state.settled(self._now())
        return settled and self._reporting.finished and not self._unplanned()

    def _unplanned(self) -> bool:
        """Whether the periods of the current business year are not known yet."""
        through = self._reporting.planned_through
        return self._state.published_on is not None and (through is None or self._now() >= through)

    def _should_start_over(self) -> bool:
        year_over = self._reporting.planned_through is not None and self._unplanned()
        return (year_over and not self._state.over) or workflow.info().is_continue_as_new_suggested()

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(
            BaseInput(
                clock=self._clock,
                state=self._state,
                planned_through=self._reporting.planned_through,
                agenda=self._reporting.agenda,
                open=self._reporting.open,
                outbox=self._outbox.waiting,
                handled=self._handled,
                errands=self._reporting.errands,
                recall_told=self._recall_told,
            )
        )
