"""Objections to a public notice. Names and contacts stay here: no workflow, page or log sees them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.calendar import business_day, end_of, start_of
from domain.errors import NotFound, Refused, Stale
from domain.lifecycle import DecisionKind, Step
from domain.policy.notice import NOTICE
from domain.policy.objections import OBJECTION, RESOLVED, ObjectionState, state_of_new
from persistence.tables import bases, objections


class ObjectionRow(BaseModel):
    """One objection with the personal data of whoever filed it."""

    model_config = ConfigDict(frozen=True)

    id: int
    base_id: str
    name: str
    contact: str
    reason: str
    at: datetime
    state: ObjectionState
    resolution: str | None
    resolved_at: datetime | None


class Objections:
    """Repository of objections."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def file(
        self, base_id: str, name: str, contact: str, reason: str, address_digest: str, now: datetime
    ) -> tuple[int, ObjectionState]:
        """Store an objection; its number and whether it counts as open.

        What comes from one address about one base is served one by one.

        Raises NotFound, and Refused unless the base stands in its public notice.
        """
        await self.check_can_be_filed(base_id, now)
        await self._tx.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(f"{address_digest}/{base_id}", 0)))
        )
        opened = await self._opened_on_day_of(base_id, address_digest, now)
        state = state_of_new(opened, business_day(now))
        filed = {"base_id": base_id, "name": name, "contact": contact, "reason": reason}
        new = insert(objections).values(**filed, address=address_digest, at=now, state=state)
        done = await self._tx.execute(new.returning(objections.c.id))
        return int(done.scalar_one()), state

    async def check_can_be_filed(self, base_id: str, now: datetime) -> None:
        """Raises NotFound, and Refused unless the base stands in its public notice, which does not end meanwhile."""
        query = select(bases.c.step, bases.c.next_due).where(bases.c.id == base_id)
        row = (await self._tx.execute(query.with_for_update(read=True))).first()
        if row is None:
            raise NotFound("base.not_found", id=base_id)
        if row.step != Step.NOTICE:
            raise Refused("objection.not_now", NOTICE, step=row.step)
        if row.next_due and now >= row.next_due:
            raise Refused("objection.not_now", NOTICE, step=DecisionKind.NOTICE_OVER)

    async def _opened_on_day_of(self, base_id: str, address_digest: str, now: datetime) -> int:
        day = business_day(now)
        query = select(func.count()).where(
            objections.c.base_id == base_id,
            objections.c.address == address_digest,
            objections.c.at >= start_of(day),
            objections.c.at < end_of(day),
            objections.c.state != ObjectionState.MERGED,
        )
        return await self._tx.scalar(query) or 0

    async def get(self, objection_id: int) -> ObjectionRow:
        """One objection. Raises NotFound."""
        query = select(objections).where(objections.c.id == objection_id)
        row = (await self._tx.execute(query)).mappings().first()
        if row is None:
            raise NotFound("objection.not_found", id=objection_id)
        return ObjectionRow.model_validate(dict(row))

    async def open_of(self, base_id: str) -> list[int]:
        """Objections that still stop the clock of a base, oldest first."""
        query = select(objections.c.id).where(
            objections.c.base_id == base_id, objections.c.state == ObjectionState.OPEN
        )
        return list((await self._tx.scalars(query.order_by(objections.c.id))).all())

    async def resolve(self, objection_id: int, state: ObjectionState, resolution: str, now: datetime) -> None:
        """Uphold or dismiss an objection; the same again changes nothing.

        Raises NotFound, and Stale if it has been resolved otherwise.
        """
        if state not in RESOLVED:
            raise ValueError(f"{state} is no resolution")
        waiting = update(objections).where(
            objections.c.id == objection_id, objections.c.state.not_in(RESOLVED)
        )
        done = await self._tx.execute(
            waiting.values(state=state, resolution=resolution, resolved_at=now).returning(objections.c.id)
        )
        if done.first() is None and (known := await self.get(objection_id)).state is not state:
            raise Stale("objection.resolved", OBJECTION, id=objection_id, state=known.state)

    async def of_round(
        self, slug: str, city: str | None = None, state: ObjectionState | None = None
    ) -> list[ObjectionRow]:
        """All objections of a round, or those to bases of a city, oldest first."""
        query = select(objections).join(bases).where(bases.c.round == slug).order_by(objections.c.id)
        if city is not None:
            query = query.where(bases.c.city == city)
        if state is not None:
            query = query.where(objections.c.state == state)
        return [ObjectionRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]
