"""`Obligation`: one thing owed for one period. It asks, reminds, takes the answers, is reviewed, and locks."""

import asyncio
from datetime import date, datetime
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from domain.calendar import Clock, business_day
    from domain.decisions import SYSTEM
    from domain.errors import DomainError
    from domain.forms.dialogue import take
    from domain.forms.present import view as present
    from domain.forms.questions import FormContext
    from domain.forms.registry import FORMS
    from domain.forms.said import Draft
    from domain.forms.together import Together
    from domain.obligation import (
        ObligationLife,
        check,
        check_items,
        clock_runs_again,
        decided,
        handed_in,
        waits_for,
    )
    from domain.obligation_decisions import ObligationDecision, ObligationRequest, ReturnReport, ReviewOver
    from domain.obligation_decisions import ObligationDecisionKind as D
    from domain.policy.credit_account import CreditChange
    from domain.policy.obligations import Nudge, NudgeKind, check_open
    from domain.terms import ObligationState, Recipient
    from domain.views import REMINDERS, Action, Mode, Note, NoticeKind, View

from workflows import attributes, calls, cards
from workflows.messages import (
    Answer,
    Closing,
    DraftCarried,
    NextMorning,
    ObligationInput,
    ObligationOpening,
    ObligationRecord,
    ObligationReport,
    ObligationSnapshot,
    Replan,
    Submission,
)
from workflows.outbox import Outbox
from workflows.report_notices import about, notice_of
from workflows.updates import remembered
from workflows.waiting import wait_until

_NEEDS_NEW_DEADLINES = frozenset({D.RETURN, D.REOPEN, D.EXTEND, D.RECOMPUTE})


@workflow.defn(failure_exception_types=[DomainError])
class Obligation:
    """One obligation, from its opening to 已通过, 缺报 or 免报; and again when a correction is asked for."""

    @workflow.init
    def __init__(self, start: ObligationInput) -> None:
        self._start = start
        self._clock = start.clock
        carried, reopening = start.carried, start.reopening
        life = (carried and carried.life) or (reopening and reopening.life)
        self._life = life or ObligationLife(schedule=start.schedule)
        self._context = carried.context if carried else None
        self._form = FORMS[start.schedule.kind].asked(self._context or FormContext())
        self._draft = carried.draft if carried else Draft(values=reopening.values if reopening else {})
        self._overdue = carried.overdue_told if carried else False
        nudges = start.schedule.nudges[carried.nudges_done :] if carried else start.schedule.nudges
        self._pending = carried.pending if carried and carried.pending is not None else nudges
        told = (carried.reported, carried.reported_due) if carried else (None, None)
        paused = carried.reported_paused if carried else False
        self._reported = (told[0] or ObligationState.OPEN, told[1] or start.schedule.due, paused)
        authors = reopening.answered_by if reopening else {}
        self._together = carried.together if carried else Together(answered_by=authors)
        self._handled = carried.handled if carried else ((reopening.handled,) if reopening else ())
        self._outbox = Outbox()
        self._turn = asyncio.Lock()
        self._storing = False
        self._credit: CreditChange | None = None  # booked and not told yet
        self._changes = 0

    @workflow.run
    async def run(self, start: ObligationInput) -> ObligationReport:
        """Open, then remind and be reviewed until nothing more is owed."""
        self._show()
        if start.carried:
            self._outbox.resume(start.carried.outbox)
        elif start.reopening:
            async with self._turn:
                await self._take(start.reopening.request, start.reopening.handled)
        else:
            await self._open()
        while True:
            await self._do_what_is_due()
            await self._report()
            self._index()
            if self._life.over and not self._storing and await self._all_told():
                break
            if workflow.info().is_continue_as_new_suggested():
                await self._continue_as_new()
            await self._wait()
        self._show()
        return self._news()

    # What people do

    @workflow.update(description="填报：一句话或一个按钮，返回接下来要显示的内容")
    async def answer(self, answer: Answer) -> View:
        """One step of the dialogue."""
        await workflow.wait_condition(lambda: self._context is not None)
        info = workflow.current_update_info()
        if info and info.id in self._handled:
            return self._view()
        check_open(self._life.schedule, self._life.state, self._now())
        if info:
            self._handled = remembered(self._handled, info.id)
        if answer.said.action is Action.SNOOZE:
            return await self._snooze()
        if answer.looks or self._has_gone_on(answer):
            self._together = self._together.shown(self._draft, answer.by.id)
            return self._view(*(() if answer.looks else (Note(code="note.somebody_else"),)))
        turn = take(self._form, self._known, self._draft, answer.said)
        self._together = self._together.answered(self._draft, turn.draft, answer.by.id)
        self._draft = turn.draft
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
            check_open(self._life.schedule, self._life.state, self._now())

    @workflow.update(description="审核通过、退回、延期、异议及其处理、同意或不同意更正")
    async def decide(self, request: ObligationRequest) -> ObligationSnapshot:
        """Take a decision; the state after it."""
        info = workflow.current_update_info()
        await self._settled()
        async with self._turn:
            if not (info and info.id in self._handled):
                self._check(request)
                if info:
                    self._handled = remembered(self._handled, info.id)
                await self._take(request, info.id if info else None)
        return self.state()

    @decide.validator
    def _may_decide(self, request: ObligationRequest) -> None:
        info = workflow.current_update_info()
        if not (info and info.id in self._handled):
            self._check(request)

    @workflow.signal(description="同 decide，供基地流程和运维人员发送；被拒绝的记入时间线")
    async def decision(self, payload: Any) -> None:
        """Take a decision without waiting for the answer. What cannot be read as one is refused, not lost."""
        await self._settled()
        async with self._turn:
            try:
                request = ObligationRequest.model_validate(payload)
                self._check(request)
                await self._take(request)
            except (ValidationError, DomainError) as e:
                await calls.record_signal_refusal(self._start.base_id, payload, e, self._now())

    @workflow.query(description="当前显示内容")
    def view(self) -> View:
        """What the contact sees now."""
        return self._view()

    @workflow.query(description="当前状态：进度、期限、草稿、等待谁")
    def state(self) -> ObligationSnapshot:
        """Where the obligation stands."""
        return ObligationSnapshot(
            state=self._life.state,
            schedule=self._life.schedule,
            overdue=self._overdue,
            draft=self._draft,
            view=self._view() if self._context else None,
            life=self._life,
            waiting_for=waits_for(self._life, self._start.facts),
            facts=self._start.facts,
            answered_by=self._together.authors(self._draft.values),
            context=self._context,
        )

    @workflow.signal(description="更换业务时钟（仅演示环境）")
    def set_clock(self, clock: Clock) -> None:
        """Go on with another clock: the demo's time stands still while it is stopped."""
        self._clock = clock
        self._changes += 1

    # The phases

    async def _open(self) -> None:
        start = self._start
        opening = ObligationOpening(
            obligation_id=start.obligation_id,
            base_id=start.base_id,
            schedule=start.schedule,
            pilot_start=start.pilot_start,
        )
        self._know(await calls.open_obligation(opening))
        if start.schedule.ruled_on is None:  # planned before the opening notice had an instant of its own
            self._tell(NoticeKind.OPENED)

    async def _wait(self) -> None:
        seen = self._seen
        await wait_until(self._next_wakeup(), self._clock, lambda: self._seen != seen, self._next_words())

    @property
    def _seen(self) -> tuple[int, ObligationState, bool]:
        """What a wait is over for."""
        return self._changes, self._life.state, self._storing

    async def _do_what_is_due(self) -> None:
        life, now = self._life, self._now()
        if self._storing or life.paused:
            return
        if life.owed and now >= life.schedule.locks:
            await self._lock()
        elif life.owed:
            self._remind(now)
        elif life.review_until and now >= life.review_until:
            async with self._turn:
                if self._life == life:
                    await self._take(ObligationRequest(decision=ReviewOver(), by=SYSTEM))

    def _remind(self, now: datetime) -> None:
        due = [n for n in self._pending if n.at <= now]
        if due:
            self._pending = self._pending[len(due) :]
            # Of several that have passed meanwhile, only the last to the same people is still true.
            for nudge in {n.to: n for n in due}.values():
                asked_for = business_day(nudge.at) if nudge.kind is NudgeKind.ASKED else None
                self._tell(NoticeKind(nudge.kind), nudge.to, {"days": str(nudge.offset)}, asked_for)
        if now >= self._life.schedule.due and not self._overdue:
            self._set_overdue(True)
        self._show()

    def _set_overdue(self, overdue: bool) -> None:
        if overdue != self._overdue:
            self._overdue = overdue
            workflow.upsert_search_attributes([attributes.OVERDUE.value_set(overdue)])

    async def _submit(self, answer: Answer) -> None:
        now = self._now()
        self._storing = True
        self._life = handed_in(self._life, now)
        start, life = self._start, self._life
        stored = await calls.store_submission(
            Submission(
                obligation_id=start.obligation_id,
                base_id=start.base_id,
                kind=life.schedule.kind,
                period=life.schedule.period,
                values=self._draft.values,
                by=answer.by,
                at=now,
                on_time=bool(life.on_time),
                version=life.version,
                review_days=life.schedule.review_days,
                seq=life.seq,
                answered_by=self._together.authors(self._draft.values),
            )
        )
        self._life = life.model_copy(update={"review_until": stored.review_until})
        self._credit = stored.credit
        self._storing = False

    async def _lock(self) -> None:
        self._life = self._life.model_copy(update={"state": ObligationState.MISSING})
        self._credit = await calls.close_obligation(
            Closing(
                obligation_id=self._start.obligation_id,
                base_id=self._start.base_id,
                period=self._life.schedule.period,
                kind=self._life.schedule.kind,
                at=self._now(),
                state=self._life.state,
            )
        )
        self._outbox.cancel(REMINDERS)
        self._tell(NoticeKind.MISSING, (Recipient.CONTACT, Recipient.HEAD))
        self._tell_credit()

    async def _snooze(self) -> View:
        """「明天提醒我」: on the next working morning, unless there is a reminder on that day anyway."""
        key = f"{self._start.obligation_id}:asked"
        at = await calls.next_morning(NextMorning(key=key, at=self._now()))
        if at >= self._life.schedule.locks:
            return self._view(Note(code="note.snooze_too_late"))
        to_contact = [n for n in self._pending if Recipient.CONTACT in n.to]
        if all(business_day(n.at) != business_day(at) for n in to_contact):
            asked = Nudge(kind=NudgeKind.ASKED, at=at)
            self._pending = tuple(sorted((*self._pending, asked), key=lambda n: n.at))
        self._changes += 1
        self._show()
        return self._view(Note(code="note.snoozed", params={"date": str(business_day(at))}))

    # Decisions

    def _check(self, request: ObligationRequest) -> None:
        check(self._life, self._start.facts, request, self._now())
        if isinstance(request.decision, ReturnReport):
            check_items(request.decision, self._draft.values)

    async def _take(self, request: ObligationRequest, update_id: str | None = None) -> None:
        decision, before, now = request.decision, self._life, self._now()
        plan = None
        if decision.kind in _NEEDS_NEW_DEADLINES or clock_runs_again(before, decision.kind):
            plan = await calls.replan(
                Replan(base_id=self._start.base_id, life=before, decision=decision, at=now)
            )
        self._life = decided(before, decision, now, plan)
        if plan:
            asked = [n for n in self._pending if n.kind is NudgeKind.ASKED and n.at > now and before.owed]
            self._pending = tuple(sorted((*plan.nudges, *asked), key=lambda n: n.at))
            self._set_overdue(plan.due <= now and self._life.owed)
        await self._change_draft(decision)
        self._credit = await calls.record_obligation(
            ObligationRecord(
                obligation_id=self._start.obligation_id,
                base_id=self._start.base_id,
                life=self._life,
                at=now,
                by=request.by,
                decision=decision,
                update_id=update_id,
            )
        )
        total, filled = len(self._form.questions), len(self._draft.values)
        notice = notice_of(self._start, self._life, decision, self._credit, total, filled)
        if notice:
            self._credit = None  # told with it
            self._outbox.send(notice)
        self._tell_credit()
        self._changes += 1
        self._show()

    async def _change_draft(self, decision: ObligationDecision) -> None:
        """What is to be answered again leaves the draft; what was there before is shown beside the question."""
        if decision.kind is D.REOPEN and self._context is None:
            start = self._start
            self._know(
                await calls.open_obligation(
                    ObligationOpening(
                        obligation_id=start.obligation_id,
                        base_id=start.base_id,
                        schedule=self._life.schedule,
                        pilot_start=start.pilot_start,
                    )
                )
            )
        if decision.kind not in (D.RETURN, D.REOPEN):
            return
        before, again = self._draft.values, self._life.returned
        self._know(self._known.model_copy(update={"before": before, "returned": again}))
        left = {key: value for key, value in before.items() if key not in again}
        self._draft = Draft(values=left, confirmed=self._draft.confirmed, revision=self._draft.revision + 1)

    # Helpers

    async def _report(self) -> None:
        """Tell the base that something was handed in, is owed again or until another day, or has ended."""
        life = self._life
        news = (life.state, life.schedule.due, life.paused)
        if self._storing or life.state is ObligationState.REOPENING or news == self._reported:
            return
        self._reported = news
        base = workflow.get_external_workflow_handle(self._start.base_id)
        try:
            await base.signal("report", self._news())
        except ApplicationError as e:
            workflow.logger.error("base %s did not take the report: %s", self._start.base_id, e)
        if self._life.state is ObligationState.SUBMITTED:  # still: what tells of a return is a reminder too
            self._outbox.cancel(REMINDERS)
            self._tell_credit()
        await self._report()  # what was decided meanwhile

    def _index(self) -> None:
        """Operators find it by whom it waits for now. What was planned before this was shown keeps to its history."""
        life = self._life
        if self._start.schedule.ruled_on is None or self._storing or life.over:
            return
        until = life.schedule.due if life.owed else life.review_until
        attributes.upsert_if_changed(
            (
                attributes.WAITING_FOR.value_set(waits_for(life, self._start.facts)),
                attributes.NEXT_DUE.value_set(until) if until else attributes.NEXT_DUE.value_unset(),
                attributes.OVERDUE.value_set(self._overdue and life.owed),
            )
        )

    def _news(self) -> ObligationReport:
        life = self._life
        return ObligationReport(
            obligation_id=self._start.obligation_id,
            period=life.schedule.period,
            state=life.state,
            kind=life.schedule.kind,
            on_time=life.on_time,
            due=life.schedule.due if life.owed else None,
            paused=life.paused,
        )

    async def _all_told(self) -> bool:
        """Whether it is over for good. While the last message waits for office hours a correction can be asked for."""
        await workflow.wait_condition(
            lambda: not self._life.over or (workflow.all_handlers_finished() and not self._outbox.waiting)
        )
        return self._life.over

    def _has_gone_on(self, answer: Answer) -> bool:
        return answer.minds_others and self._together.misses(self._draft, answer.said, answer.by.id)

    async def _settled(self) -> None:
        """Whoever decides right after something was handed in waits until it is on record."""
        await workflow.wait_condition(lambda: not self._storing)

    def _know(self, context: FormContext) -> None:
        self._context = context
        self._form = self._form.asked(context)

    @property
    def _known(self) -> FormContext:
        return self._context or FormContext()

    def _view(self, *notes: Note) -> View:
        schedule = self._life.schedule
        return present(self._form, self._known, self._draft, schedule.period, schedule.due, notes)

    def _tell(
        self,
        kind: NoticeKind,
        to: tuple[Recipient, ...] = (Recipient.CONTACT,),
        params: dict[str, str] | None = None,
        asked_for: date | None = None,
    ) -> None:
        counts = {"total": str(len(self._form.questions)), "filled": str(len(self._draft.values))}
        self._outbox.send(about(self._start, self._life, kind, to, counts | (params or {}), asked_for))

    def _tell_credit(self) -> None:
        if self._credit:
            self._tell(NoticeKind.CREDIT, params=self._credit.params())
            self._credit = None

    def _now(self) -> datetime:
        return self._clock.business(workflow.now())

    def _next_wakeup(self) -> datetime | None:
        life = self._life
        if self._storing or life.paused or life.over:
            return None
        if not life.owed:
            return life.review_until
        instants = [self._pending[0].at] if self._pending else []
        instants += [] if self._overdue else [life.schedule.due]
        return min([*instants, life.schedule.locks])

    def _next_words(self) -> str:
        at, who = self._next_wakeup(), waits_for(self._life, self._start.facts)
        if at is None:
            return f"{self._life.state}（等待{who}）"
        what = "提醒或锁定" if self._life.owed else "视为通过"
        return f"{at:%Y-%m-%d %H:%M} {what}（等待{who}）"

    def _show(self) -> None:
        if self._draft.mode is Mode.SUBMITTED and self._storing:
            return
        card = cards.obligation_card(
            self._start.base_id, self._life, self._draft, len(self._form.questions), self._next_words()
        )
        workflow.set_current_details(card)

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self._life.over:
            return  # ended meanwhile: there is nothing left to carry on with
        carried = DraftCarried(
            context=self._known,
            draft=self._draft,
            overdue_told=self._overdue,
            nudges_done=0,
            outbox=self._outbox.waiting,
            handled=self._handled,
            life=self._life,
            pending=self._pending,
            reported=self._reported[0],
            reported_due=self._reported[1],
            reported_paused=self._reported[2],
            together=self._together,
        )
        workflow.continue_as_new(
            self._start.model_copy(update={"carried": carried, "clock": self._clock, "reopening": None})
        )
