"""What a base owes, and what becomes of it: the year's plan, open obligations, 整改 that was ordered, follow-ups."""

from collections.abc import Callable
from datetime import datetime

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from domain.base import CONTACT_WAITED_FOR, BaseState
    from domain.calendar import Clock, Period
    from domain.decisions import SYSTEM
    from domain.ids import assessment_id, obligation_id, supervision_id
    from domain.lifecycle import Step
    from domain.obligation import ObligationFacts
    from domain.obligation_decisions import ObligationRequest as Request
    from domain.obligation_decisions import PauseReport, RecomputeReport, ResumeReport
    from domain.policy.obligations import Schedule, owes
    from domain.terms import OWED, ObligationKind, ObligationState

    # Named here to start it. When it runs itself, it is loaded in a sandbox of its own.
    from workflows.obligation import Obligation

from workflows import attributes, calls, cards
from workflows.messages import (
    Appointment,
    BaseInput,
    Errands,
    FollowUpInput,
    ObligationInput,
    ObligationReport,
    OpenObligation,
    OrderPlan,
    PlanYear,
    RectificationOrder,
)

_FOLLOWED_UP = frozenset({ObligationState.SUBMITTED, ObligationState.MISSING})
_FOLLOW_UPS = {
    ObligationKind.SUPERVISION: ("Supervision", supervision_id),
    ObligationKind.ASSESSMENT: ("Assessment", assessment_id),
}
"""The workflow that takes over after a self-report, by its registered name, and its id."""


class Reporting:
    """The reporting side of one base. Whatever it changes it tells by `changed`."""

    def __init__(self, start: BaseInput, changed: Callable[[], None]) -> None:
        self.base_id = start.state.facts.base_id
        self.planned_through = start.planned_through
        self.agenda = start.agenda
        self.open = {item.obligation_id: item for item in start.open.values()}
        self._orders, self._reports = list(start.errands.orders), list(start.errands.reports)
        self._origins = dict(start.errands.origins)
        self.following = set(start.errands.following)
        self._recompute = start.errands.recompute
        self._changed = changed

    @property
    def errands(self) -> Errands:
        """What is still to be done for others, to be carried from run to run."""
        return Errands(
            orders=tuple(self._orders),
            reports=tuple(self._reports),
            origins=self._origins,
            following=tuple(sorted(self.following)),
            recompute=self._recompute,
        )

    @property
    def finished(self) -> bool:
        """Whether nothing is owed, planned, or followed up."""
        errand = self._orders or self._reports or self.following
        return not (self.open or self.agenda or errand)

    # What others tell

    def hear(self, report: ObligationReport) -> None:
        """An obligation was handed in, is owed again, or has ended."""
        if report.state in OWED and report.due:
            known = self.open.get(report.obligation_id)
            self.open[report.obligation_id] = OpenObligation(
                obligation_id=report.obligation_id,
                due=report.due,
                overdue=bool(known and known.overdue and known.due == report.due),
                opened=known.opened if known else None,
                period=report.period,
                kind=report.kind or ObligationKind.DISPATCH,
                origin=known.origin if known else None,
                paused=report.paused,
            )
        else:
            self.open.pop(report.obligation_id, None)
        followed_up = report.kind in _FOLLOW_UPS and report.state in _FOLLOWED_UP
        if followed_up or report.kind is ObligationKind.RECTIFICATION or report.state in OWED:
            self._reports.append(report)
        self._changed()

    def order(self, order: RectificationOrder) -> None:
        """整改 is ordered."""
        self._orders.append(order)
        self._changed()

    def followed_up(self, workflow_id: str) -> None:
        """The office is done with a 季督导 or 年考核."""
        self.following.discard(workflow_id)
        self._changed()

    def calendar_changed(self) -> None:
        """More holidays are known: what was planned as 暂定 is planned again."""
        self._recompute = True
        self._changed()

    # What comes by itself

    @property
    def has_errands(self) -> bool:
        """Whether something is to be done now."""
        return bool(self._orders or self._reports or self._recompute)

    def instants(self) -> list[datetime]:
        """When the base has to look again."""
        found = [item.due for item in self.open.values() if not (item.overdue or item.paused)]
        found += [item.at for item in self.agenda[:1]]
        return found

    async def plan(self, state: BaseState, after: datetime, *, remind: bool) -> None:
        """Plan the business year that `after` is in."""
        if state.published_on is None:
            return
        ask = PlanYear(base_id=self.base_id, pilot_start=state.published_on, remind=remind, after=after)
        plan = await calls.plan_year(ask)
        self.agenda, self.planned_through = plan.appointments, plan.through

    def forget_what_is_not_owed(self, state: BaseState) -> None:
        """Who has left opens only what it owed before."""
        if state.over:
            self.agenda = tuple(a for a in self.agenda if a.schedule and self._owes(state, a.schedule))

    async def open_what_is_due(self, state: BaseState, clock: Clock, now: datetime) -> list[Appointment]:
        """Open every period whose time has come; the other appointments that have come."""
        others = []
        while self.agenda and self.agenda[0].at <= now:
            appointment, self.agenda = self.agenda[0], self.agenda[1:]
            if appointment.schedule is None:
                others.append(appointment)
            elif self._owes(state, appointment.schedule):
                await self._open(state, clock, appointment.schedule)
        late = {k: v for k, v in self.open.items() if v.due <= now and not (v.overdue or v.paused)}
        if late:
            self.open |= {k: v.model_copy(update={"overdue": True}) for k, v in late.items()}
            self._changed()
        return others

    async def run_errands(self, state: BaseState, clock: Clock, now: datetime) -> None:
        """Open what was ordered, pass outcomes on, start follow-ups, compute again what was 暂定."""
        while self._orders:
            await self._open_order(state, clock, self._orders[0], now)
            del self._orders[0]
        while self._reports:
            await self._pass_on(state, clock, self._reports[0])
            del self._reports[0]
        if self._recompute:
            self._recompute = False
            await self._plan_again(state, now)

    # Opening

    def _owes(self, state: BaseState, schedule: Schedule) -> bool:
        published = state.published_on
        period = Period.parse(schedule.period)
        return published is not None and owes(period, published, state.gone_on, state.suspensions)

    async def _open(
        self, state: BaseState, clock: Clock, schedule: Schedule, origin: str | None = None
    ) -> None:
        child_id = obligation_id(self.base_id, schedule.kind, schedule.period)
        self.open[child_id] = OpenObligation(
            obligation_id=child_id,
            due=schedule.due,
            opened=schedule.opens,
            period=schedule.period,
            kind=schedule.kind,
            origin=origin,
        )
        if not await self._start(state, clock, schedule, child_id):
            self.open.pop(child_id, None)  # and it has ended
        elif state.suspended_since:
            await self._signal(child_id, "decision", Request(decision=PauseReport(), by=SYSTEM))
        self._changed()

    async def _start(self, state: BaseState, clock: Clock, schedule: Schedule, child_id: str) -> bool:
        """Whether it runs: it may have been opened before, and have ended."""
        facts = state.facts
        try:
            await workflow.start_child_workflow(
                Obligation.run,
                ObligationInput(
                    obligation_id=child_id,
                    base_id=self.base_id,
                    schedule=schedule,
                    clock=clock,
                    pilot_start=state.published_on or schedule.opens.date(),
                    facts=ObligationFacts(level=facts.level, city=facts.city),
                ),
                id=child_id,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=attributes.of_obligation(
                    schedule.kind, schedule.period, CONTACT_WAITED_FOR, schedule.due
                ),
                static_summary=cards.obligation_title(self.base_id, schedule),
            )
        except WorkflowAlreadyStartedError:
            # The base was started anew and the period was opened before: the first one counts.
            workflow.logger.warning("obligation %s exists already", child_id)
            return await self._signal(child_id, "set_clock", clock)
        return True

    async def _open_order(
        self, state: BaseState, clock: Clock, order: RectificationOrder, now: datetime
    ) -> None:
        ask = OrderPlan(base_id=self.base_id, number=order.number, due=order.due, at=now)
        schedule = await calls.plan_order(ask)
        if order.origin:
            self._origins[obligation_id(self.base_id, schedule.kind, order.number)] = order.origin
        await self._open(state, clock, schedule, order.origin)

    # After a report

    async def _pass_on(self, state: BaseState, clock: Clock, report: ObligationReport) -> None:
        if report.state in OWED and state.suspended_since and not report.paused:
            await self._signal(report.obligation_id, "decision", Request(decision=PauseReport(), by=SYSTEM))
        origin = self._origins.get(report.obligation_id)
        if origin:
            await self._signal(origin, "reported", report)
            if report.state not in OWED and report.state is not ObligationState.SUBMITTED:
                self._origins.pop(report.obligation_id)
        elif report.kind in _FOLLOW_UPS and report.state in _FOLLOWED_UP:
            await self._follow_up(report, report.kind, clock)

    async def _follow_up(self, report: ObligationReport, kind: ObligationKind, clock: Clock) -> None:
        name, id_of = _FOLLOW_UPS[kind]
        workflow_id = id_of(self.base_id, report.period)
        try:
            await workflow.start_child_workflow(
                name,
                FollowUpInput(
                    base_id=self.base_id, period=report.period, clock=clock, self_report=report.state
                ),
                id=workflow_id,
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=cards.short(f"{report.period} {kind}（{self.base_id}）"),
            )
        except WorkflowAlreadyStartedError:
            return  # a report that was corrected: what followed it has begun, or is over
        self.following.add(workflow_id)

    async def _plan_again(self, state: BaseState, now: datetime) -> None:
        if self.planned_through and now < self.planned_through:
            opened = [a for a in self.agenda if a.at <= now]
            await self.plan(state, now, remind=state.step is Step.PILOT)
            self.agenda = (*opened, *(a for a in self.agenda if a.at > now))
        for child_id in list(self.open):
            await self._signal(child_id, "decision", Request(decision=RecomputeReport(), by=SYSTEM))

    # To all that is open

    async def pass_on_clock(self, clock: Clock) -> None:
        """Let what is open go on with another clock."""
        for child_id in [*self.open, *sorted(self.following)]:
            await self._signal(child_id, "set_clock", clock)

    async def stop_clocks(self) -> None:
        """The base was suspended."""
        for child_id in list(self.open):
            await self._signal(child_id, "decision", Request(decision=PauseReport(), by=SYSTEM))

    async def start_clocks(self) -> None:
        """The base runs again."""
        for child_id in list(self.open):
            await self._signal(child_id, "decision", Request(decision=ResumeReport(), by=SYSTEM))

    async def _signal(self, workflow_id: str, name: str, payload: object) -> bool:
        """Whether it is running. It may not have started yet (then it is told when it has), or have ended."""
        try:
            await workflow.get_external_workflow_handle(workflow_id).signal(name, payload)
        except ApplicationError:
            return False
        return True
