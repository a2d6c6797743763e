"""Writing down what happened: one activity is one transaction, idempotent by business keys."""

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from domain.calendar import Period
from domain.decisions import SYSTEM
from domain.forms.questions import FormContext
from domain.lifecycle import DecisionKind
from domain.policy.objections import ObjectionState
from domain.policy.progress import months_into_pilot
from domain.terms import ObligationState
from persistence.applications import Applications
from persistence.bases import Bases, Timeline
from persistence.database import Database
from persistence.listings import Listings
from persistence.objections import Objections
from persistence.obligations import Obligations
from workflows.messages import (
    Closing,
    DecisionRecord,
    ObligationOpening,
    RefusedSignal,
    Submission,
)
from workflows.ports import RecordsPort


class RecordsActivities(RecordsPort):
    """Keeps PostgreSQL in step with the workflows."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
            await _final_name(tx, record)
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
        """The obligation's row, and last period's values for its form."""
        schedule = opening.schedule
        period = Period.parse(schedule.period)
        async with self._database.transaction() as tx:
            opened = await Obligations(tx).open(opening.obligation_id, opening.base_id, schedule)
            if opened:
                await Timeline(tx).append(
                    opening.base_id,
                    f"{schedule.period}:开启",
                    schedule.opens,
                    f"{schedule.kind}开启",
                    SYSTEM,
                    {"period": schedule.period},
                )
            last = await Obligations(tx).last_values(opening.base_id, schedule.kind, schedule.period)
            base = await Bases(tx).get(opening.base_id, schedule.opens)
        if not last and base.opening_total is not None:
            last = {"invest_total": f"{base.opening_total:.2f}"}
        return FormContext(
            last=last,
            planned_total=base.planned_total,
            pilot_months=months_into_pilot(opening.pilot_start, period.last_day),
        )

    @activity.defn
    async def store_submission(self, submission: Submission) -> None:
        """Figures, the obligation's end, and a timeline entry."""
        async with self._database.transaction() as tx:
            rows = Obligations(tx)
            await rows.store(
                submission.obligation_id, submission.kind, submission.values, submission.by, submission.at
            )
            await rows.end(
                submission.obligation_id, ObligationState.SUBMITTED, submission.at, submission.on_time
            )
            await Timeline(tx).append(
                submission.base_id,
                f"{submission.period}:报送",
                submission.at,
                f"{submission.kind}报送",
                submission.by,
                {"period": submission.period},
            )

    @activity.defn
    async def close_obligation(self, closing: Closing) -> None:
        """The obligation's end without figures, and a timeline entry."""
        async with self._database.transaction() as tx:
            await Obligations(tx).end(closing.obligation_id, closing.state, closing.at, on_time=False)
            await Timeline(tx).append(
                closing.base_id,
                f"{closing.period}:{closing.state}",
                closing.at,
                closing.state,
                SYSTEM,
                {"period": closing.period},
            )


async def _final_name(tx: AsyncConnection, record: DecisionRecord) -> None:
    """The officially published name is the final one (B18)."""
    if record.kind is DecisionKind.PUBLISH and record.detail["official_name"]:
        await Bases(tx).rename(record.state.facts.base_id, str(record.detail["official_name"]))


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
