"""Expert review (B13): the experts of a round, from what they are recused, and their scores, sealed until the end."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.application import Application
from domain.errors import NotAllowed, NotFound, Refused, Stale
from domain.lifecycle import Step
from domain.policy.recusal import OWN_ORGANISATION, RECUSAL, takes_part
from domain.policy.source import call
from persistence.people import digest
from persistence.tables import applications, bases, experts, recusals, rounds, scores

REVIEW = call("五(二)")
_TOKEN_BYTES = 32  # 256 bits


class ExpertRow(BaseModel):
    """An expert of a round, without the telephone."""

    model_config = ConfigDict(frozen=True)

    id: int
    round: str
    name: str
    organisation: str
    directions: list[int]
    expires_at: datetime
    revoked_at: datetime | None


class ExpertSummary(BaseModel):
    """How far an expert has come."""

    model_config = ConfigDict(frozen=True)

    expert: ExpertRow
    assigned: int
    scored: int
    recused: int


class Assignment(BaseModel):
    """An application in an expert's directions."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    name: str
    lead: str
    lead_kind: str
    direction: int
    step: str
    recused: str | None  # why
    scored: Decimal | None  # the expert's own total


class ScoreRow(BaseModel):
    """One expert's score of one application."""

    model_config = ConfigDict(frozen=True)

    expert_id: int
    base_id: str
    items: dict[str, Decimal]
    total: Decimal
    method: str
    comment: str
    at: datetime


class Experts:
    """Repository of experts."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def invite(
        self,
        slug: str,
        name: str,
        organisation: str,
        phone: str | None,
        directions: Sequence[int],
        expires_at: datetime,
    ) -> tuple[int, str]:
        """An expert's id and link token, of which only the hash is kept. Again for the same: a new link, the old dies."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        known = {"round": slug, "name": name, "organisation": organisation}
        link = {"token_hash": digest(token), "expires_at": expires_at, "revoked_at": None}
        values = {"phone": phone, "directions": sorted(set(directions)), **link}
        again = insert(experts).values(**known, **values)
        done = await self._tx.execute(
            again.on_conflict_do_update(index_elements=list(known), set_=values).returning(experts.c.id)
        )
        return int(done.scalar_one()), token

    async def by_token(self, token: str, now: datetime) -> ExpertRow:
        """Whose link it is. Raises NotFound if it is unknown, revoked, or `now` is past its end."""
        query = select(experts).where(
            experts.c.token_hash == digest(token), experts.c.revoked_at.is_(None), experts.c.expires_at > now
        )
        row = (await self._tx.execute(query)).mappings().first()
        if row is None:
            raise NotFound("expert.invalid_link")
        return ExpertRow.model_validate(dict(row))

    async def revoke(self, slug: str, expert_id: int, now: datetime) -> None:
        """The link no longer works; scores given stay. Raises NotFound."""
        mine = update(experts).where(experts.c.id == expert_id, experts.c.round == slug)
        done = await self._tx.execute(
            mine.values(revoked_at=func.coalesce(experts.c.revoked_at, now)).returning(experts.c.id)
        )
        if done.first() is None:
            raise NotFound("expert.not_found", id=expert_id)

    async def of_round(self, slug: str) -> list[ExpertSummary]:
        """All experts of a round and how far each has come."""
        rows = await self._tx.execute(select(experts).where(experts.c.round == slug).order_by(experts.c.id))
        known = [ExpertRow.model_validate(dict(row)) for row in rows.mappings()]
        return [_summary(expert, await self._in_directions(expert)) for expert in known]

    async def assignments(self, expert: ExpertRow, now: datetime) -> list[Assignment]:
        """What the expert has to judge now, and what not. Recusals that come by themselves are put on record."""
        found = [a for a in await self._in_directions(expert) if a.step == Step.EXPERT_REVIEW]
        for own in (a for a in found if a.recused == OWN_ORGANISATION):
            await self._record(expert.id, own.base_id, OWN_ORGANISATION, now)
        return found

    async def assignment(self, expert: ExpertRow, base_id: str) -> Assignment:
        """One that the expert may judge now.

        Raises NotFound if it is not in the expert's directions, NotAllowed if recused, Stale after the review.
        """
        found = next((a for a in await self._in_directions(expert, base_id)), None)
        if found is None:
            raise NotFound("review.not_assigned", id=base_id)
        if found.recused is not None:
            raise NotAllowed("review.recused", RECUSAL)
        if found.step != Step.EXPERT_REVIEW or await Scores(self._tx).are_closed(expert.round):
            raise Stale("review.closed", REVIEW)
        return found

    async def recuse(self, expert: ExpertRow, base_id: str, reason: str, now: datetime) -> None:
        """The expert asks not to judge an application; a score given before is taken back. Raises as `assignment`."""
        await _hold(self._tx, expert)
        await self.assignment(expert, base_id)
        given = (scores.c.expert_id == expert.id) & (scores.c.base_id == base_id)
        await self._tx.execute(delete(scores).where(given))
        await self._record(expert.id, base_id, reason, now)

    async def _record(self, expert_id: int, base_id: str, reason: str, now: datetime) -> None:
        new = insert(recusals).values(expert_id=expert_id, base_id=base_id, reason=reason, at=now)
        await self._tx.execute(new.on_conflict_do_nothing())

    async def _in_directions(self, expert: ExpertRow, base_id: str | None = None) -> list[Assignment]:
        query = _applications(expert)
        if base_id is not None:
            query = query.where(bases.c.id == base_id)
        rows = (await self._tx.execute(query)).mappings()
        return [_assignment(expert, dict(row)) for row in rows]


def _applications(expert: ExpertRow) -> Select[Any]:
    """Applications in the expert's directions that are in review, or were when the expert had to do with them."""
    own_recusal = (recusals.c.base_id == bases.c.id) & (recusals.c.expert_id == expert.id)
    own_score = (scores.c.base_id == bases.c.id) & (scores.c.expert_id == expert.id)
    joined = bases.outerjoin(applications).outerjoin(recusals, own_recusal).outerjoin(scores, own_score)
    shown = (bases.c.name, bases.c.lead, bases.c.lead_kind, bases.c.direction, bases.c.step)
    return (
        select(
            bases.c.id.label("base_id"),
            *shown,
            applications.c["values"].label("application"),
            recusals.c.reason.label("recused"),
            scores.c.total.label("scored"),
        )
        .select_from(joined)
        .where(bases.c.round == expert.round, bases.c.direction.in_(expert.directions))
        .where(
            or_(
                bases.c.step == Step.EXPERT_REVIEW,
                recusals.c.expert_id.is_not(None),
                scores.c.expert_id.is_not(None),
            )
        )
        .order_by(bases.c.id)
    )


def _assignment(expert: ExpertRow, row: dict[str, Any]) -> Assignment:
    application = Application.of(row["application"] or {})
    named = [party.name for party in (application.lead, *application.partners) if party]
    if row["recused"] is None and takes_part(
        expert.organisation, [row["lead"], application.operator, *named]
    ):
        row["recused"] = OWN_ORGANISATION
    return Assignment.model_validate(row)


def _summary(expert: ExpertRow, found: list[Assignment]) -> ExpertSummary:
    recused = sum(a.recused is not None for a in found)
    scored = sum(a.scored is not None and a.recused is None for a in found)
    return ExpertSummary(expert=expert, assigned=len(found) - recused, scored=scored, recused=recused)


async def _hold(tx: AsyncConnection, expert: ExpertRow) -> None:
    """Scoring cannot be closed before this transaction ends, and the expert's own requests wait for each other."""
    await tx.execute(select(rounds.c.slug).where(rounds.c.slug == expert.round).with_for_update(read=True))
    await tx.execute(select(experts.c.id).where(experts.c.id == expert.id).with_for_update())


class Scores:
    """Repository of scores."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def put(
        self,
        expert: ExpertRow,
        base_id: str,
        items: Mapping[str, Decimal],
        total: Decimal,
        method: str,
        comment: str,
        now: datetime,
    ) -> None:
        """Give or correct a score. Raises as `Experts.assignment`; after `close` never anything else than Stale."""
        await _hold(self._tx, expert)
        await Experts(self._tx).assignment(expert, base_id)
        points = {key: str(value) for key, value in items.items()}
        said = {"items": points, "total": total, "method": method, "comment": comment, "at": now}
        new = insert(scores).values(expert_id=expert.id, base_id=base_id, **said)
        await self._tx.execute(new.on_conflict_do_update(index_elements=["expert_id", "base_id"], set_=said))

    async def own(self, expert: ExpertRow, base_id: str) -> ScoreRow | None:
        """What the expert has given so far."""
        query = select(scores).where(scores.c.expert_id == expert.id, scores.c.base_id == base_id)
        row = (await self._tx.execute(query)).mappings().first()
        return ScoreRow.model_validate(dict(row)) if row else None

    async def counts(self, slug: str) -> dict[str, int]:
        """How many scores each application of a round has; those without any are not in it."""
        query = (
            select(scores.c.base_id, func.count().label("given"))
            .join(bases, bases.c.id == scores.c.base_id)
            .where(bases.c.round == slug)
            .group_by(scores.c.base_id)
        )
        return {row.base_id: row.given for row in await self._tx.execute(query)}

    async def close(self, slug: str, now: datetime) -> None:
        """End the review of a round; again changes nothing. Waits for scores that are being written. Raises NotFound."""
        locked = select(rounds.c.slug).where(rounds.c.slug == slug).with_for_update()
        if await self._tx.scalar(locked) is None:
            raise NotFound("round.not_found", id=slug)
        await self._tx.execute(
            update(rounds)
            .where(rounds.c.slug == slug, rounds.c.scoring_closed_at.is_(None))
            .values(scoring_closed_at=now)
        )

    async def are_closed(self, slug: str) -> bool:
        """Whether the review of a round is over. Raises NotFound."""
        query = select(rounds.c.scoring_closed_at).where(rounds.c.slug == slug)
        found = (await self._tx.execute(query)).first()
        if found is None:
            raise NotFound("round.not_found", id=slug)
        return found.scoring_closed_at is not None

    async def of_round(self, slug: str) -> list[ScoreRow]:
        """All scores, by application and expert. Raises NotFound, and Refused while the review is going on."""
        if not await self.are_closed(slug):
            raise Refused("review.sealed", REVIEW)
        given = select(scores).join(bases, bases.c.id == scores.c.base_id).where(bases.c.round == slug)
        rows = await self._tx.execute(given.order_by(scores.c.base_id, scores.c.expert_id))
        return [ScoreRow.model_validate(dict(row)) for row in rows.mappings()]
