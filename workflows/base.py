"""`Base`: one application that becomes a base, from 自愿申报 to its exit, for as long as it exists."""

import asyncio
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from domain.base import CONTACT_WAITED_FOR, TIME
    from domain.calendar import Clock, Period, business_day
    from domain.changes import BY_ITSELF, decided, follow_up
    from domain.checks import check
    from domain.decisions import (
        SYSTEM,
        UNKNOWN,
        Actor,
        Decision,
        DecisionRequest,
        Object,
        ResolveObjection,
        SignOff,
        StartNotice,
    )
    from domain.errors import DomainError
    from domain.ids import obligation_id
    from domain.lifecycle import REPORTING, Step
    from domain.notices import notice_of
    from domain.policy.formal_review import SignOffResult
    from domain.policy.obligations import Schedule, owes
    from domain.policy.pilot import pilot_last_day
    from domain.rounds.state import Standing
    from domain.terms import Role
    from domain.views import Notice, NoticeKind

    # Named here to start it. When it runs itself, it is loaded in a sandbox of its own.
    from workflows.obligation import Obligation

from workflows import attributes, calls, cards
from workflows.messages import (
    Appointment,
    BaseInput,
    BaseSnapshot,
    ObligationInput,
    ObligationReport,
    OpenObligation,
    PlanYear,
)
from workflows.outbox import Outbox
from workflows.updates import remembered, update_id
from workflows.waiting import wait_until


@workflow.defn(failure_exception_types=[DomainError])
class Base:
    """The life of one base."""

    @workflow.init
    def __init__(self, start: BaseInput) -> None:
        self._clock = start.clock
        self._state = start.state
        self._planned_through = start.planned_through
        self._agenda = start.agenda
        self._open = dict(start.open)
        self._handled = start.handled
        self._outbox = Outbox()
        self._turn = asyncio.Lock()
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
            await self._open_what_is_due()
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
                check(self._state, request, self._now())
                await self._take(request)
                self._handled = remembered(self._handled, done)
        return self._snapshot()

    @decide.validator
    def _may_decide(self, request: DecisionRequest) -> None:
        if update_id() not in self._handled:
            check(self._state, request, self._now())

    @workflow.signal(description="同 decide，供运维人员从界面或批量发送；被拒绝的记入时间线")
    async def decision(self, payload: Any) -> None:
        """Take a decision without waiting for the answer. What cannot be read as one is refused, not lost."""
        base_id = self._state.facts.base_id
        async with self._turn:
            now = self._now()
            try:
                request = DecisionRequest.model_validate(payload)
                check(self._state, request, now)
                await self._take(request)
            except ValidationError as e:
                errors = str(e.errors(include_url=False, include_input=False))
                await calls.record_refusal(base_id, UNKNOWN, "?", "decision.malformed", "", now, errors)
            except DomainError as e:
                clause = e.refusal.clause.cite() if e.refusal.clause else ""
                kind = request.decision.kind
                await calls.record_refusal(base_id, request.by, kind, e.refusal.code, clause, now)

    @workflow.signal(description="某期报送已结束，由报送流程发回")
    def report(self, report: ObligationReport) -> None:
        """An obligation has ended."""
        self._open.pop(report.period, None)
        self._changed()

    @workflow.signal(description="更换业务时钟（仅演示环境）")
    async def set_clock(self, clock: Clock) -> None:
        """Go on with another clock, and what is open with it: the demo's time stands still while it is stopped."""
        self._clock = clock
        self._changed()
        for item in list(self._open.values()):
            await self._pass_on_clock(item.obligation_id)

    async def _pass_on_clock(self, child_id: str) -> bool:
        """Whether the child is running. It may not have started yet (then it is told when it has), or have ended."""
        try:
            await workflow.get_external_workflow_handle(child_id).signal("set_clock", self._clock)
        except ApplicationError:
            return False
        return True

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
        instants = [item.due for item in self._open.values() if not item.overdue]
        instants += [item.at for item in self._agenda[:1]]
        own = self._state.ends_at()
        instants += [own] if own else []
        if self._planned_through and self._state.step in REPORTING:
            instants.append(self._planned_through)
        return min(instants, default=None)

    async def _open_what_is_due(self) -> None:
        now = self._now()
        while self._agenda and self._agenda[0].at <= now:
            appointment, self._agenda = self._agenda[0], self._agenda[1:]
            if appointment.schedule:
                await self._open_period(appointment.schedule)
            elif self._state.step is Step.PILOT:
                self._remind_of_certification(appointment)
        late = {k: v for k, v in self._open.items() if v.due <= now and not v.overdue}
        if late:
            self._open |= {k: v.model_copy(update={"overdue": True}) for k, v in late.items()}
            self._show()

    async def _open_period(self, schedule: Schedule) -> None:
        published = self._state.published_on
        if published is None or not self._owes(schedule):
            return
        base_id = self._state.facts.base_id
        child_id = obligation_id(base_id, schedule.kind, schedule.period)
        self._open[schedule.period] = OpenObligation(
            obligation_id=child_id, due=schedule.due, opened=schedule.opens
        )
        clock = self._clock
        try:
            await workflow.start_child_workflow(
                Obligation.run,
                ObligationInput(
                    obligation_id=child_id,
                    base_id=base_id,
                    schedule=schedule,
                    clock=clock,
                    pilot_start=published,
                ),
                id=child_id,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=attributes.of_obligation(
                    schedule.kind, schedule.period, CONTACT_WAITED_FOR, schedule.due
                ),
                static_summary=cards.obligation_title(base_id, schedule),
            )
        except WorkflowAlreadyStartedError:
            # The base was started anew and the period was opened before: the first one counts.
            workflow.logger.warning("obligation %s exists already", child_id)
            if not await self._pass_on_clock(child_id):
                self._open.pop(schedule.period, None)  # and it has ended
        if clock != self._clock:
            await self._pass_on_clock(child_id)
        self._show()

    def _owes(self, schedule: Schedule) -> bool:
        published = self._state.published_on
        return published is not None and owes(Period.parse(schedule.period), published, self._state.gone_on)

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
        ask = PlanYear(
            base_id=state.facts.base_id,
            pilot_start=state.published_on,
            remind=state.step is Step.PILOT,
            # Where the last plan ended, not now: workers that were away over New Year miss no period.
            after=self._planned_through or self._now(),
        )
        plan = await calls.plan_year(ask)
        self._agenda, self._planned_through = plan.appointments, plan.through
        self._forget_what_is_not_owed()
        self._show()

    def _forget_what_is_not_owed(self) -> None:
        if self._state.over:
            self._agenda = tuple(a for a in self._agenda if a.schedule and self._owes(a.schedule))

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
        now = self._now()
        self._state = decided(self._state, decision, now, until)
        self._forget_what_is_not_owed()
        self._changed()
        await calls.record_decision(self._state, request, now)
        self._tell_of(decision)

    async def _deadline_of(self, decision: Decision) -> datetime | None:
        """What the calendar says about a decision. A round has checked its notice itself."""
        state, today = self._state, business_day(self._now())
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
        return CONTACT_WAITED_FOR if self._open and waiting == TIME else waiting

    def _next_due(self) -> datetime | None:
        instants = [item.due for item in self._open.values()]
        own = self._state.next_due()
        return min([*instants, own] if own else instants, default=None)

    def _snapshot(self) -> BaseSnapshot:
        return BaseSnapshot(
            state=self._state,
            waiting_for=self._waiting_for(),
            next_due=self._next_due(),
            overdue=any(item.overdue for item in self._open.values()),
            open=dict(self._open),
            agenda=self._agenda,
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
        return self._state.over and not self._open and not self._agenda and not self._unplanned()

    def _unplanned(self) -> bool:
        """Whether the periods of the current business year are not known yet."""
        through = self._planned_through
        return self._state.published_on is not None and (through is None or self._now() >= through)

    def _should_start_over(self) -> bool:
        year_over = self._planned_through is not None and self._unplanned()
        return (year_over and not self._state.over) or workflow.info().is_continue_as_new_suggested()

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(
            BaseInput(
                clock=self._clock,
                state=self._state,
                planned_through=self._planned_through,
                agenda=self._agenda,
                open=self._open,
                outbox=self._outbox.waiting,
                handled=self._handled,
            )
        )
