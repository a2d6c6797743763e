"""Rounds: what was called for, where each round stands, and what happened to it."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.decisions import Actor
from domain.errors import NotFound
from domain.policy.rounds import CallOfRound
from persistence.tables import directions, round_timeline, rounds


class RoundRow(BaseModel):
    """A call as the lists show it."""

    model_config = ConfigDict(frozen=True)

    slug: str
    title: str
    announced_on: date | None
    briefing_on: date | None
    deadline: datetime | None
    deadline_clause: str | None
    terms: CallOfRound | None  # None: run by hand, base by base
    phase: str | None
    since: datetime | None
    notice_first: date | None
    notice_last: date | None
    publication_no: str | None


class DirectionRow(BaseModel):
    """A direction of a call."""

    model_config = ConfigDict(frozen=True)

    no: int
    name: str
    focus: str
    majors: list[str]
    clause: str


class RoundEvent(BaseModel):
    """One line of a round's timeline."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    kind: str
    phase: str
    role: str
    actor: str
    detail: dict[str, Any]


class Rounds:
    """Repository of calls and their directions."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def add(self, published: CallOfRound, *, run: bool = False) -> bool:
        """Write a call down with its directions; False if it is known already. `run`: a workflow runs it."""
        values = {
            "terms": published.model_dump(mode="json") if run else None,
            "slug": published.slug,
            "title": published.title,
            "announced_on": published.announced_on,
            "briefing_on": published.briefing_on,
            "deadline": published.deadline,
            "deadline_clause": published.deadline_clause.cite(),
        }
        done = await self._tx.execute(
            insert(rounds).values(**values).on_conflict_do_nothing().returning(rounds.c.slug)
        )
        if done.first() is None:
            return False
        rows = [
            {"round": published.slug, "clause": d.clause.cite(), **d._asdict(), "majors": list(d.majors)}
            for d in published.directions
        ]
        await self._tx.execute(insert(directions), rows)
        return True

    async def add_taken_over(self, slug: str, title: str) -> None:
        """The collection under which bases that exist already are taken in."""
        await self._tx.execute(insert(rounds).values(slug=slug, title=title).on_conflict_do_nothing())

    async def get(self, slug: str) -> RoundRow:
        """One call. Raises NotFound."""
        row = (await self._tx.execute(select(rounds).where(rounds.c.slug == slug))).mappings().first()
        if row is None:
            raise NotFound("round.not_found", id=slug)
        return RoundRow.model_validate(dict(row))

    async def directions(self, slug: str) -> list[DirectionRow]:
        """What can be applied for."""
        query = select(directions).where(directions.c.round == slug).order_by(directions.c.no)
        return [DirectionRow.model_validate(dict(r)) for r in (await self._tx.execute(query)).mappings()]

    async def exists(self, slug: str) -> bool:
        """Whether there is a round of that name, run by a workflow or by hand."""
        return await self._tx.scalar(select(rounds.c.slug).where(rounds.c.slug == slug)) is not None

    async def slugs(self) -> list[str]:
        """All rounds that a workflow runs."""
        query = select(rounds.c.slug).where(rounds.c.terms.is_not(None)).order_by(rounds.c.slug)
        return list((await self._tx.scalars(query)).all())

    async def bring_up_to_date(self, slug: str, seq: int, **values: object) -> None:
        """Show where a round stands; an older state that comes late changes nothing."""
        await self._tx.execute(
            update(rounds).where(rounds.c.slug == slug, rounds.c.seq < seq).values(seq=seq, **values)
        )

    async def append(
        self, slug: str, key: str, at: datetime, kind: str, phase: str, by: Actor, detail: dict[str, Any]
    ) -> None:
        """A line on the round's timeline, once per `key`."""
        line = insert(round_timeline).values(
            round=slug, key=key, at=at, kind=kind, phase=phase, role=by.role, actor=by.id, detail=detail
        )
        await self._tx.execute(line.on_conflict_do_nothing())

    async def timeline(self, slug: str) -> list[RoundEvent]:
        """Everything that happened to a round, oldest first."""
        query = select(round_timeline).where(round_timeline.c.round == slug).order_by(round_timeline.c.id)
        return [RoundEvent.model_validate(dict(r)) for r in (await self._tx.execute(query)).mappings()]
