"""Writing down what happened: one activity is one transaction, idempotent by business keys."""

from datetime import datetime
from typing import NamedTuple, Self

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.calendar import working_days
from domain.calendar import Period, WorkingDays, business_day, end_of
from domain.decisions import SYSTEM
from domain.forms.questions import FormContext
from domain.lifecycle import DecisionKind
from domain.obligation import RETURNED_TOO_OFTEN, outcome
from domain.obligation_decisions import ObligationDecisionKind
from domain.policy.credit_account import PRINCIPLE, CreditChange, CreditReason
from domain.policy.objections import ObjectionState
from domain.policy.progress import months_into_pilot
from domain.terms import ObligationKind, ObligationState
from persistence.applications import Applications
from persistence.bases import Bases, Timeline
from persistence.credit_accounts import CreditAccounts
from persistence.database import Database
from persistence.funds import Funds
from persistence.listings import Listings
from persistence.objections import Objections
from persistence.obligations import Obligations
from persistence.supervision import Rectifications
from workflows.messages import (
    Closing,
    DecisionRecord,
    ObligationOpening,
    ObligationRecord,
    RefusedSignal,
    Stored,
    Submission,
)
from workflows.ports import RecordsPort


class RecordsActivities(RecordsPort):
    """Keeps PostgreSQL in step with the workflows."""

    def __init__(self, database: Database, days: WorkingDays | None = None) -> None:
        self._database, self._days = database, days or working_days()

    @activity.defn
    async def record_decision(self, record: DecisionRecord) -> None:
        """Timeline entry and the base's row."""
        state = record.state
        async with self._database.transaction() as tx:
            key = f"decision-{state.seq}"
            await Timeline(tx).append(
                state.facts.base_id, key, record.at, record.kind, record.by, record.detail, state
            )
            await Bases(tx).bring_up_to_date(state)
            if record.kind is DecisionKind.PUBLISH:
                await _published(tx, record)
            await Funds(tx).record(state.facts.base_id, state.seq, record.kind, record.detail, record.at)
            if record.kind is DecisionKind.EXPEDITE:
                await Applications(tx).expedite(state.facts.base_id)
            if state.in_round:
                await _on_list(tx, record)
                await _objection_resolved(tx, record)

    @activity.defn
    async def record_refusal(self, refusal: RefusedSignal) -> None:
        """Timeline entry of a signal that was refused."""
        detail = {"decision": refusal.kind, "code": refusal.code, "clause": refusal.clause}
        if refusal.errors:
            detail["errors"] = refusal.errors
        async with self._database.transaction() as tx:
            await Timeline(tx).append(
                refusal.base_id, refusal.key, refusal.at, "决定被拒绝", refusal.by, detail
            )

    @activity.defn
    async def open_obligation(self, opening: ObligationOpening) -> FormContext:
        """The obligation's row, and what is known for its form."""
        schedule = opening.schedule
        async with self._database.transaction() as tx:
            opened = await Obligations(tx).open(opening.obligation_id, opening.base_id, schedule)
            if opened:
                await Timeline(tx).append(
                    opening.base_id,
                    f"{schedule.period}:{_named(schedule.kind)}开启",
                    schedule.opens,
                    f"{schedule.kind}开启",
                    SYSTEM,
                    {"period": schedule.period, "kind": schedule.kind},
                )
            return await _form_context(tx, opening)

    @activity.defn
    async def store_submission(self, submission: Submission) -> Stored:
        """Figures of a version, the obligation's state, and a timeline entry; credit, if nobody reviews it."""
        until = self._review_until(submission)
        async with self._database.transaction() as tx:
            await Obligations(tx).store(submission, until)
            await Timeline(tx).append(
                submission.base_id,
                f"{submission.period}:{_named(submission.kind)}报送{_nth(submission.version)}",
                submission.at,
                f"{submission.kind}报送",
                submission.by,
                {"period": submission.period, "kind": submission.kind, "version": submission.version},
            )
            if submission.review_days is not None:
                return Stored(review_until=until)
            return Stored(credit=await _book(tx, _Ended.by_submission(submission)))

    def _review_until(self, submission: Submission) -> datetime | None:
        if not submission.review_days:
            return None
        return end_of(self._days.add(business_day(submission.at), submission.review_days))

    @activity.defn
    async def record_obligation(self, record: ObligationRecord) -> CreditChange | None:
        """The decision on record, the row brought up to date; credit for what has ended or was returned twice."""
        life, decision = record.life, record.decision
        schedule = life.schedule
        async with self._database.transaction() as tx:
            await Obligations(tx).decided(record)
            await Timeline(tx).append(
                record.base_id,
                f"{record.obligation_id}:{life.seq}:{decision.kind}",
                record.at,
                f"{schedule.kind}{decision.kind}",
                record.by,
                {"period": schedule.period, **decision.model_dump(mode="json", exclude={"kind"})},
            )
            if decision.kind is ObligationDecisionKind.RETURN and life.returns == RETURNED_TOO_OFTEN:
                ended = _Ended.by_record(record, CreditReason.RETURNED_TWICE)
                return await _book(tx, ended)
            if life.state is ObligationState.ACCEPTED:
                return await _book(tx, _Ended.by_record(record))
        return None

    @activity.defn
    async def close_obligation(self, closing: Closing) -> CreditChange | None:
        """The obligation's end without figures, and a timeline entry."""
        async with self._database.transaction() as tx:
            await Obligations(tx).end(closing.obligation_id, closing.state, closing.at, on_time=False)
            await Timeline(tx).append(
                closing.base_id,
                f"{closing.period}:{_named(closing.kind)}{closing.state}",
                closing.at,
                closing.state,
                SYSTEM,
                {"period": closing.period, "kind": closing.kind},
            )
            return await _book(tx, _Ended.by_closing(closing))


class _Ended(NamedTuple):
    """An obligation's outcome for the credit account. Booked once, whatever is corrected later."""

    base_id: str
    obligation_id: str
    kind: ObligationKind
    period: str
    at: datetime
    reason: CreditReason | None

    @classmethod
    def by_submission(cls, done: Submission) -> Self:
        reason = outcome(done.kind, ObligationState.SUBMITTED, on_time=done.on_time)
        return cls(done.base_id, done.obligation_id, done.kind, done.period, done.at, reason)

    @classmethod
    def by_record(cls, done: ObligationRecord, reason: CreditReason | None = None) -> Self:
        life, plan = done.life, done.life.schedule
        found = reason or outcome(plan.kind, life.state, on_time=life.on_time)
        return cls(done.base_id, done.obligation_id, plan.kind, plan.period, done.at, found)

    @classmethod
    def by_closing(cls, done: Closing) -> Self:
        reason = outcome(done.kind, done.state, on_time=False)
        return cls(done.base_id, done.obligation_id, done.kind, done.period, done.at, reason)


async def _book(tx: AsyncConnection, ended: _Ended) -> CreditChange | None:
    """Book what it means for the lead's credit, since the rule is in force (A9)."""
    if ended.reason is None or business_day(ended.at) < PRINCIPLE.effective_from:
        return None
    key = "returns" if ended.reason is CreditReason.RETURNED_TWICE else "outcome"
    detail = {"period": ended.period, "kind": str(ended.kind), "obligation": ended.obligation_id}
    return await CreditAccounts(tx).book(
        ended.base_id, f"{ended.obligation_id}:{key}", ended.reason, ended.at, detail
    )


async def _form_context(tx: AsyncConnection, opening: ObligationOpening) -> FormContext:
    """Last period's values, the plan, and what an order asks for."""
    schedule = opening.schedule
    last = await Obligations(tx).last_values(opening.base_id, schedule.kind, schedule.period)
    base = await Bases(tx).plan_of(opening.base_id)
    monthly = schedule.kind is ObligationKind.DISPATCH
    if monthly and not last and base.opening_total is not None:
        last = {"invest_total": f"{base.opening_total:.2f}"}
    ordered = schedule.kind is ObligationKind.RECTIFICATION
    day = business_day(schedule.opens) if ordered else Period.parse(schedule.period).last_day
    return FormContext(
        last=last,
        planned_total=base.planned_total,
        pilot_months=months_into_pilot(opening.pilot_start, day),
        lead_kind=base.lead_kind,
        around=business_day(schedule.opens),
        note=(await Rectifications(tx).requirement(opening.obligation_id) or "") if ordered else "",
    )


def _named(kind: ObligationKind) -> str:
    """Monthly entries had the timeline's keys to themselves once."""
    return "" if kind is ObligationKind.DISPATCH else f"{kind}:"


def _nth(version: int) -> str:
    return "" if version == 1 else f":{version}"


async def _published(tx: AsyncConnection, record: DecisionRecord) -> None:
    """The officially published name is the final one (B18); from now on the lead's department guides the base (B10)."""
    base_id = record.state.facts.base_id
    if record.detail["official_name"]:
        await Bases(tx).rename(base_id, str(record.detail["official_name"]))
    department = await Applications(tx).lead_department(base_id)
    if department:
        await Bases(tx).set_department(base_id, department)


async def _on_list(tx: AsyncConnection, record: DecisionRecord) -> None:
    """What happens to one application after its round's list was settled."""
    facts, listings = record.state.facts, Listings(tx)
    match record.kind:
        case DecisionKind.TAKE_OFFER:
            await listings.select(facts.base_id, selected=True, reason=record.kind, level=facts.level)
        case DecisionKind.PUBLISH if record.state.published_on:
            await listings.published(facts.base_id, record.state.published_on)
        case DecisionKind.NOT_SELECT if record.state.upheld:
            await listings.select(
                facts.base_id, selected=False, reason=record.state.upheld, level=facts.level
            )


async def _objection_resolved(tx: AsyncConnection, record: DecisionRecord) -> None:
    """What was decided about an objection stands with it."""
    if record.kind is not DecisionKind.RESOLVE_OBJECTION:
        return
    detail, objections = record.detail, Objections(tx)
    state = ObjectionState.UPHELD if detail["upheld"] else ObjectionState.DISMISSED
    numbers = [detail["objection"]]
    if detail["upheld"]:  # the base is off the list, and nobody will decide about the others
        numbers += [n for n in await objections.open_of(record.state.facts.base_id) if n not in numbers]
    for number in numbers:
        await objections.resolve(number, state, detail["reason"], record.at)
