"""Writing down what happens to a round, and unsealing its scores."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from domain.calendar import business_day
from domain.errors import Refusal, Refused
from domain.policy.rubric import MIN_SCORES
from domain.policy.source import on
from domain.rounds.state import Entry
from persistence.bases import Bases
from persistence.database import Database
from persistence.listings import Listings, ReviewResult
from persistence.objections import Objections
from persistence.review import REVIEW, Scores
from persistence.rounds import Rounds
from workflows.messages import BaseAsked, OpenObjection, RoundRecord, ScoringClosed, ScoringToClose
from workflows.ports import RoundsPort

Explain = Callable[[Refusal], str]


class RoundsActivities(RoundsPort):
    """Keeps PostgreSQL in step with the rounds."""

    def __init__(self, database: Database, explain: Explain) -> None:
        self._database, self._explain = database, explain

    @activity.defn
    async def record_round(self, record: RoundRecord) -> None:
        """Timeline, row and list, in one transaction."""
        async with self._database.transaction() as tx:
            rounds = Rounds(tx)
            key = f"{record.seq}:{record.kind}"
            await rounds.append(
                record.slug, key, record.at, record.kind, record.phase, record.by, record.detail
            )
            await rounds.bring_up_to_date(
                record.slug,
                record.seq,
                phase=record.phase,
                since=record.since,
                deadline=record.deadline,
                notice_first=record.notice_first,
                notice_last=record.notice_last,
                publication_no=record.publication_no,
            )
            await self._list(tx, record)

    async def _list(self, tx: AsyncConnection, record: RoundRecord) -> None:
        listings = Listings(tx)
        await listings.put(record.slug, [self._result(base_id, e) for base_id, e in record.entries.items()])
        for base_id, entry in record.entries.items():
            if entry.selected is not None:
                await listings.select(base_id, entry.selected, entry.reason, entry.level)

    def _result(self, base_id: str, entry: Entry) -> ReviewResult:
        return ReviewResult(
            base_id=base_id,
            level=entry.level,
            score=entry.score,
            scores=entry.count,
            outliers=entry.outliers,
            rank=entry.rank,
            tied=entry.tied,
            explanation="\n".join(self._explain(note.refusal) for note in entry.notes),
        )

    @activity.defn
    async def open_objections(self, ask: BaseAsked) -> tuple[OpenObjection, ...]:
        """By their numbers, and none is being filed meanwhile."""
        async with self._database.transaction() as tx:
            await Bases(tx).hold(ask.base_id)
            objections = Objections(tx)
            found = [await objections.get(number) for number in await objections.open_of(ask.base_id)]
        return tuple(OpenObjection(number=o.id, on=business_day(o.at)) for o in found)

    @activity.defn
    async def close_scoring(self, ask: ScoringToClose) -> ScoringClosed:
        """In one transaction: nobody scores between the count and the closing."""
        async with self._database.transaction() as tx:
            scores = Scores(tx)
            await scores.close(ask.round, ask.at)
            counts = await scores.counts(ask.round)
            if not ask.reason.strip():
                _check_enough({base_id: counts.get(base_id, 0) for base_id in ask.base_ids}, ask.called_on)
            rows = await scores.of_round(ask.round)
        given: dict[str, tuple[Decimal, ...]] = dict.fromkeys(ask.base_ids, ())
        for row in rows:
            given[row.base_id] = (*given.get(row.base_id, ()), row.total)
        return ScoringClosed(scores=given)


def _check_enough(counts: Mapping[str, int], called_on: date) -> None:
    """Raises Refused, which undoes the closing, with every application that has too few scores."""
    minimum = on(MIN_SCORES, called_on)
    short = [
        Refusal(
            kind="refused",
            code="review.too_few",
            params={"base": base_id, "count": str(count), "minimum": str(minimum.value)},
            clause=minimum.clause,
        )
        for base_id, count in counts.items()
        if count < minimum.value
    ]
    if short:
        raise Refused.of_all("review.not_complete", REVIEW, short, count=len(short))
