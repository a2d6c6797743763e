"""`CallRound`: a call from 发榜 to publication. It drives its applications, and they report to it."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.calendar import Clock, business_day, end_of
    from domain.decisions import SYSTEM, Actor, DecisionRequest
    from domain.errors import DomainError
    from domain.ids import round_id
    from domain.lifecycle import Step
    from domain.office_hours import message_instant
    from domain.policy.formal_review import NUDGE_AFTER_WORKING_DAYS
    from domain.policy.quotas import propose
    from domain.policy.ranking import Ranked, Scored, rank
    from domain.policy.source import on
    from domain.rounds.changes import (
        Command,
        commands,
        decided,
        entered,
        extensions,
        next_instant,
        next_phase,
        publishing,
        ranked,
        to_publish,
    )
    from domain.rounds.checks import check, possible
    from domain.rounds.decisions import CloseExpertReview, RoundRequest
    from domain.rounds.state import Phase, RoundState, Standing
    from domain.rounds.waiting import silent, waiting_for
    from domain.terms import Role
    from domain.views import Notice, NoticeKind

from workflows import attributes, calls, cards
from workflows.messages import RoundInput, RoundRecord, RoundSnapshot, RoundView, ScoringToClose, Told
from workflows.outbox import Outbox
from workflows.updates import remembered, update_id
from workflows.waiting import wait_until

_AT_ONCE = 50
"""Signals under way side by side; Temporal allows 2,000."""
_CALLED = "发榜"


@workflow.defn(failure_exception_types=[DomainError])
class CallRound:
    """The life of one round."""

    @workflow.init
    def __init__(self, start: RoundInput) -> None:
        self._clock = start.clock
        self._state = start.state
        self._to_tell = list(start.to_tell)
        self._nudge_planned = start.nudge_planned
        self._handled = start.handled
        self._outbox = Outbox()
        self._turn = asyncio.Lock()
        self._changes = 0
        self._me = Actor(role=Role.ROUND, id=round_id(start.state.terms.slug))

    @workflow.run
    async def run(self, start: RoundInput) -> RoundView:
        """Phase after phase until every application is published or has left."""
        self._outbox.resume(start.outbox)
        if workflow.info().continued_run_id is None:
            async with self._turn:  # a decision may have come in first
                await self._call()
        while self._state.phase is not Phase.OVER or self._to_tell:
            self._show()
            await self._wait()
            await self._enter_next_phase()
            await self._publish_what_is_due()
            await self._tell_applications()
            self._nudge_the_silent()
            if workflow.info().is_continue_as_new_suggested():
                await self._continue_as_new()
        self._show()
        await workflow.wait_condition(lambda: workflow.all_handlers_finished() and not self._outbox.waiting)
        return self._view()

    # What people do

    @workflow.update(
        description="作出决定：延期、结束形式审查、结束专家评议、拟定/调整/确定名单、省政府同意、公示"
    )
    async def decide(self, request: RoundRequest) -> RoundView:
        """Take a decision; where the round stands after it."""
        done = update_id()
        async with self._turn:
            if done not in self._handled:
                check(self._state, request, self._now())
                await self._take(request)
                self._handled = remembered(self._handled, done)
        return self._view()

    @decide.validator
    def _may_decide(self, request: RoundRequest) -> None:
        if update_id() not in self._handled:
            check(self._state, request, self._now())

    @workflow.signal(description="申报的最新状态，由申报流程发来")
    def standing(self, standing: Standing) -> None:
        """An application reports where it stands; one that missed an extension is told of it."""
        self._state = self._state.stood(standing)
        self._tell(extensions(self._state, standing))
        self._changed()

    @workflow.signal(description="更换业务时钟（仅演示环境）")
    def set_clock(self, clock: Clock) -> None:
        """Go on with another clock."""
        self._clock = clock
        self._changed()

    @workflow.query(description="当前状态：环节、等待谁、名单、可作出的决定")
    def state(self) -> RoundSnapshot:
        """Where the round stands."""
        return self._snapshot()

    # What comes by itself

    async def _call(self) -> None:
        """发榜."""
        await self._learn_calendar()
        self._state = self._state.model_copy(update={"seq": self._state.seq + 1})
        await self._record(_CALLED, SYSTEM, {})

    async def _learn_calendar(self) -> None:
        """The working days as they are known now: every deadline of the phase is counted with them."""
        days = await calls.known_days(business_day(self._now()))
        self._state = self._state.model_copy(update={"calendar": days})

    async def _wait(self) -> None:
        seen = self._changes
        instants = [i for i in (next_instant(self._state, self._now()), self._nudge_at()) if i]
        await wait_until(
            min(instants, default=None),
            self._clock,
            lambda: self._changes != seen or bool(self._to_tell) or self._next_phase() is not None,
            f"{self._state.phase}：等待{self._whom()}",
        )

    def _next_phase(self) -> Phase | None:
        """None also while applications are still to be told what was decided."""
        return None if self._to_tell else next_phase(self._state, self._now())

    async def _enter_next_phase(self) -> None:
        async with self._turn:
            phase = self._next_phase()
            if phase is None:
                return
            self._state = entered(self._state, phase, self._now())
            self._changed()
            await self._record(phase, SYSTEM, {})
            await self._learn_calendar()

    async def _publish_what_is_due(self) -> None:
        due = to_publish(self._state, self._now())
        if due:
            self._state = publishing(self._state, tuple(command.base_id for command in due))
            self._tell(due)

    def _tell(self, told: tuple[Command, ...]) -> None:
        self._to_tell += [Told(base_id=c.base_id, decision=c.decision) for c in told]

    async def _tell_applications(self) -> None:
        while self._to_tell:
            batch = self._to_tell[:_AT_ONCE]
            await asyncio.gather(*(self._tell_one(told) for told in batch))
            self._to_tell = self._to_tell[len(batch) :]

    async def _tell_one(self, told: Told) -> None:
        handle = workflow.get_external_workflow_handle(told.base_id)
        try:
            await handle.signal("decision", DecisionRequest(decision=told.decision, by=self._me))
        except ApplicationError as e:
            # Its workflow is gone: the others must not wait for it.
            workflow.logger.error("application %s was not told %s: %s", told.base_id, told.decision.kind, e)
            self._state = self._state.gone(told.base_id)
            self._changed()

    def _nudge_at(self) -> datetime | None:
        """When silent departments are reminded next; None outside the formal review."""
        if self._nudge_planned is None:
            return None
        days = on(NUDGE_AFTER_WORKING_DAYS, self._state.terms.announced_on).value
        day = self._state.calendar.working_days().add(business_day(self._nudge_planned), days)
        return message_instant(day, f"{self._me.id}:催办")

    def _nudge_the_silent(self) -> None:
        """One message for each department that has let applications lie since the last look."""
        now, at, planned = self._now(), self._nudge_at(), self._nudge_planned
        if at and planned and now >= at:
            for department, count in silent(self._state, end_of(business_day(planned))).items():
                self._remind(department, count, at)
            self._nudge_planned = None
        if not self._state.at(Step.FORMAL_REVIEW):
            self._nudge_planned = None
        elif self._nudge_planned is None:
            self._nudge_planned = now

    def _remind(self, department: str, count: int, at: datetime) -> None:
        self._outbox.send(
            Notice(
                key=f"{self._me.id}:催办:{department}:{at:%Y-%m-%d}",
                department=department,
                kind=NoticeKind.SIGN_OFF_WAITING,
                params={"round": self._state.terms.title, "count": str(count), "department": department},
            )
        )

    # Common to both

    async def _take(self, request: RoundRequest) -> None:
        decision, before = request.decision, self._state
        if isinstance(decision, CloseExpertReview):
            await self._close_expert_review(decision)
        else:
            self._state = decided(self._state, decision)
        self._tell(commands(self._state, decision, self._now()))
        self._changed()
        detail = decision.model_dump(mode="json", exclude={"kind"})
        await self._record(decision.kind, request.by, detail, before)

    async def _close_expert_review(self, decision: CloseExpertReview) -> None:
        ids = tuple(s.base_id for s in self._state.at(Step.EXPERT_REVIEW))
        terms = self._state.terms
        closed = await calls.close_scoring(
            ScoringToClose(
                round=terms.slug,
                base_ids=ids,
                reason=decision.reason,
                at=self._now(),
                called_on=terms.announced_on,
            )
        )
        ranking = _ranking(self._state, closed.scores)
        self._state = ranked(self._state, ranking, propose(ranking, self._state.terms.quotas))

    async def _record(
        self, kind: str, by: Actor, detail: dict[str, Any], before: RoundState | None = None
    ) -> None:
        state = self._state
        known = before.entries if before else state.entries
        await calls.record_round(
            RoundRecord(
                slug=state.terms.slug,
                seq=state.seq,
                at=self._now(),
                kind=kind,
                by=by,
                phase=state.phase,
                since=state.since,
                deadline=state.deadline,
                detail=detail,
                entries={k: e for k, e in state.entries.items() if known.get(k) != e},
                notice_first=state.notice_first,
                notice_last=state.notice_last,
                publication_no=state.publication_no,
            )
        )

    def _now(self) -> datetime:
        return self._clock.business(workflow.now())

    def _changed(self) -> None:
        """Shown when the run goes on: of hundreds of reports in one task only the last is worth it."""
        self._changes += 1

    def _whom(self) -> str:
        return "、".join(dict.fromkeys(w.who for w in waiting_for(self._state))) or "无"

    def _view(self) -> RoundView:
        state = self._state
        return RoundView(
            phase=state.phase,
            since=state.since,
            waiting_for=waiting_for(state),
            possible=tuple(str(kind) for kind in possible(state)),
            applications=Counter(str(s.step) for s in state.applications.values()),
            notice_first=state.notice_first,
            notice_last=state.notice_last,
            publication_no=state.publication_no,
        )

    def _snapshot(self) -> RoundSnapshot:
        return RoundSnapshot(state=self._state, view=self._view())

    def _show(self) -> None:
        due = next_instant(self._state, self._now())
        attributes.upsert_if_changed(
            attributes.changes_of_round(self._state.phase, cards.short(self._whom()), due)
        )
        workflow.set_current_details(cards.round_card(self._state, waiting_for(self._state), due))

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(
            RoundInput(
                clock=self._clock,
                state=self._state,
                to_tell=tuple(self._to_tell),
                nudge_planned=self._nudge_planned,
                outbox=self._outbox.waiting,
                handled=self._handled,
            )
        )


def _ranking(state: RoundState, scores: Mapping[str, tuple[Decimal, ...]]) -> tuple[Ranked, ...]:
    applications = [
        Scored(
            base_id=s.base_id,
            direction=s.direction,
            level=s.level,
            city=s.city,
            lead_kind=s.lead_kind,
            scores=scores.get(s.base_id, ()),
            claims=s.claims,
        )
        for s in state.at(Step.EXPERT_REVIEW)
    ]
    return rank(applications, state.terms.announced_on)
