"""催: who was nudged about what on which day, and whether a nudge on its way still says the truth."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.decisions import Actor
from domain.views import Notice
from persistence.tables import bases, obligations, urgings


class Urging(NamedTuple):
    """A nudge about an obligation or a base."""

    subject: str
    day: date  # on which it goes out


class Urgings:
    """Repository of nudges."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def note(self, urging: Urging, by: Actor, at: datetime, update_id: str) -> bool:
        """Write it down; False if somebody else has nudged on that day, or the same person once before.

        The same `update_id` again is the same nudge.
        """
        row = {"subject": urging.subject, "day": urging.day, "actor": by.id, "at": at, "update_id": update_id}
        await self._tx.execute(insert(urgings).values(row).on_conflict_do_nothing())
        query = select(urgings.c.update_id).where(
            urgings.c.subject == urging.subject, urgings.c.day == urging.day
        )
        return await self._tx.scalar(query) == update_id

    async def still_waits(self, notice: Notice) -> bool:
        """Whether the unit that is nudged is waited for still, at the same step; others may have done their part."""
        if notice.obligation_id:
            state = select(obligations.c.state).where(obligations.c.id == notice.obligation_id)
            return await self._tx.scalar(state) == notice.params["stands"]
        step = select(bases.c.step, bases.c.waiting_for).where(bases.c.id == notice.base_id)
        row = (await self._tx.execute(step)).first()
        if row is None:
            return False
        return row.step == notice.params["kind"] and notice.params["to"] in row.waiting_for.split("、")
