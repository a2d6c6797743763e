"""`Obligation`: one thing owed for one period. It asks, reminds, takes the answers, and locks."""

from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.base import CONTACT_WAITED_FOR
    from domain.calendar import Clock, last_day_before
    from domain.errors import DomainError
    from domain.forms.dialogue import Draft, take
    from domain.forms.present import view as present
    from domain.forms.questions import FormContext
    from domain.forms.registry import FORMS
    from domain.policy.obligations import NudgeKind, check_open
    from domain.terms import ObligationState
    from domain.views import Mode, Note, Notice, NoticeKind, View

from workflows import attributes, calls, cards
from workflows.messages import (
    Answer,
    Closing,
    DraftCarried,
    ObligationInput,
    ObligationOpening,
    ObligationReport,
    ObligationSnapshot,
    Submission,
)
from workflows.outbox import Outbox
from workflows.waiting import wait_until

_REMEMBERED_IDS = 50

_NOTICE_OF = {
    NudgeKind.SOON: NoticeKind.SOON,
    NudgeKind.TODAY: NoticeKind.TODAY,
    NudgeKind.OVERDUE: NoticeKind.OVERDUE,
}


@workflow.defn(failure_exception_types=[DomainError])
class Obligation:
    """One obligation, from its opening to 已报送 or 缺报."""

    @workflow.init
    def __init__(self, start: ObligationInput) -> None:
        self._start = start
        self._schedule = start.schedule
        self._clock = start.clock
        self._form = FORMS[start.schedule.kind]
        carried = start.carried
        self._context = carried.context if carried else None
        self._draft = carried.draft if carried else Draft()
        self._overdue = carried.overdue_told if carried else False
        self._nudges_done = carried.nudges_done if carried else 0
        self._handled = carried.handled if carried else ()
        self._outbox = Outbox()
        self._state = ObligationState.OPEN
        self._stored = False
        self._changes = 0

    @workflow.run
    async def run(self, start: ObligationInput) -> ObligationReport:
        """Open, then remind until the form is in or the period locks."""
        self._show()
        if start.carried:
            self._outbox.resume(start.carried.outbox)
        else:
            await self._open()
        while not self._stored:
            if self._now() >= self._schedule.locks and self._state is ObligationState.OPEN:
                await self._lock()
                break
            if workflow.info().is_continue_as_new_suggested():
                await self._continue_as_new()
            await self._wait()
            self._do_what_is_due()
        return await self._report()

    # What the contact does

    @workflow.update(description="填报：一句话或一个按钮，返回接下来要显示的内容")
    async def answer(self, answer: Answer) -> View:
        """One step of the dialogue."""
        await workflow.wait_condition(lambda: self._context is not None)
        info = workflow.current_update_info()
        if info and info.id in self._handled:
            return self._view()
        check_open(self._schedule, self._state, self._now())
        turn = take(self._form, self._known, self._draft, answer.said)
        self._draft = turn.draft
        if info:
            self._handled = (*self._handled, info.id)[-_REMEMBERED_IDS:]
        if turn.submit:
            await self._submit(answer)
        if workflow.info().is_continue_as_new_suggested():
            self._changes += 1
        self._show()
        return self._view(*turn.notes)

    @answer.validator
    def _may_answer(self, answer: Answer) -> None:
        info = workflow.current_update_info()
        if not (info and info.id in self._handled):
            check_open(self._schedule, self._state, self._now())

    @workflow.query(description="当前显示内容")
    def view(self) -> View:
        """What the contact sees now."""
        return self._view()

    @workflow.query(description="当前状态：进度、期限、草稿")
    def state(self) -> ObligationSnapshot:
        """Where the obligation stands."""
        return ObligationSnapshot(
            state=self._state,
            schedule=self._schedule,
            overdue=self._overdue,
            draft=self._draft,
            view=self._view() if self._context else None,
        )

    @workflow.signal(description="更换业务时钟（仅演示环境）")
    def set_clock(self, clock: Clock) -> None:
        """Go on with another clock: the demo's time stands still while it is stopped."""
        self._clock = clock
        self._changes += 1

    # The phases

    async def _open(self) -> None:
        start = self._start
        self._context = await calls.open_obligation(
            ObligationOpening(
                obligation_id=start.obligation_id,
                base_id=start.base_id,
                schedule=self._schedule,
                pilot_start=start.pilot_start,
            )
        )
        self._tell(NoticeKind.OPENED)

    async def _wait(self) -> None:
        if self._state is not ObligationState.OPEN:
            await workflow.wait_condition(lambda: self._stored)
            return
        seen = self._changes
        await wait_until(
            self._next_wakeup(),
            self._clock,
            lambda: self._stored or self._state is not ObligationState.OPEN or self._changes != seen,
            self._next_words(),
        )

    def _do_what_is_due(self) -> None:
        now = self._now()
        if self._state is not ObligationState.OPEN:
            return
        due = [n for n in self._schedule.nudges[self._nudges_done :] if n.at <= now]
        if due:
            # Of several that have passed meanwhile, only the last is still true.
            self._nudges_done += len(due)
            self._tell(_NOTICE_OF[due[-1].kind], filled=str(len(self._draft.values)))
        if now >= self._schedule.due and not self._overdue:
            self._overdue = True
            workflow.upsert_search_attributes([attributes.OVERDUE.value_set(True)])
        self._show()

    async def _submit(self, answer: Answer) -> None:
        now = self._now()
        self._state = ObligationState.SUBMITTED
        await calls.store_submission(
            Submission(
                obligation_id=self._start.obligation_id,
                base_id=self._start.base_id,
                kind=self._schedule.kind,
                period=self._schedule.period,
                values=self._draft.values,
                by=answer.by,
                at=now,
                on_time=now < self._schedule.due,
            )
        )
        self._stored = True

    async def _lock(self) -> None:
        self._state = ObligationState.MISSING
        await calls.close_obligation(
            Closing(
                obligation_id=self._start.obligation_id,
                base_id=self._start.base_id,
                period=self._schedule.period,
                at=self._now(),
                state=self._state,
            )
        )
        self._outbox.cancel()
        self._tell(NoticeKind.MISSING)

    async def _report(self) -> ObligationReport:
        report = ObligationReport(
            obligation_id=self._start.obligation_id, period=self._schedule.period, state=self._state
        )
        base = workflow.get_external_workflow_handle(self._start.base_id)
        try:
            await base.signal("report", report)
        except ApplicationError as e:
            workflow.logger.error("base %s did not take the report: %s", self._start.base_id, e)
        if self._state is ObligationState.SUBMITTED:
            self._outbox.cancel()
        await self._outbox.emptied()
        self._show()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return report

    # Helpers

    @property
    def _known(self) -> FormContext:
        return self._context or FormContext()

    def _view(self, *notes: Note) -> View:
        schedule = self._schedule
        return present(self._form, self._known, self._draft, schedule.period, schedule.due, notes)

    def _tell(self, kind: NoticeKind, **params: str) -> None:
        schedule = self._schedule
        known = {
            "period": schedule.period,
            "kind": str(schedule.kind),
            "total": str(len(self._form.questions)),
            "due": str(last_day_before(schedule.due)),
            "locks": str(last_day_before(schedule.locks)),
        }
        self._outbox.send(
            Notice(
                key=f"{self._start.obligation_id}:{kind}",
                base_id=self._start.base_id,
                kind=kind,
                obligation_id=self._start.obligation_id,
                params=known | params,
            )
        )

    def _now(self) -> datetime:
        return self._clock.business(workflow.now())

    def _next_wakeup(self) -> datetime:
        instants = [n.at for n in self._schedule.nudges[self._nudges_done :]]
        instants += [] if self._overdue else [self._schedule.due]
        return min([*instants, self._schedule.locks])

    def _next_words(self) -> str:
        if self._state is not ObligationState.OPEN:
            return str(self._state)
        return f"{self._next_wakeup():%Y-%m-%d %H:%M} 提醒或锁定（等待{CONTACT_WAITED_FOR}）"

    def _show(self) -> None:
        if self._draft.mode is Mode.SUBMITTED and not self._stored:
            return
        card = cards.obligation_card(
            self._start.base_id, self._schedule, self._draft, len(self._form.questions), self._next_words()
        )
        workflow.set_current_details(card)

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self._stored:
            return  # handed in meanwhile: there is nothing left to carry on with
        carried = DraftCarried(
            context=self._known,
            draft=self._draft,
            overdue_told=self._overdue,
            nudges_done=self._nudges_done,
            outbox=self._outbox.waiting,
            handled=self._handled,
        )
        workflow.continue_as_new(self._start.model_copy(update={"carried": carried, "clock": self._clock}))
