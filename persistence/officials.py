"""Who of an office or member unit a chat belongs to, and what it is about to decide."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.pending import Pending
from domain.worklist import Official, official_of
from persistence.tables import base_contacts, chats, contacts

_OFFICIALS = (
    select(contacts.c.id, contacts.c.department, contacts.c.city, contacts.c.may_decide)
    .where(contacts.c.left_at.is_(None))
    .where(or_(contacts.c.department.is_not(None), contacts.c.city.is_not(None)))
)


async def official_of_contact(tx: AsyncConnection, contact_id: int) -> Official | None:
    """Whom a contact acts for; None for the contact of a base, and whoever has left."""
    return await _official(tx, _OFFICIALS.where(contacts.c.id == contact_id))


async def _official(tx: AsyncConnection, query: Select[Any]) -> Official | None:
    row = (await tx.execute(query)).first()
    return official_of(row.id, row.department, row.city, may_decide=row.may_decide) if row else None


class Officials:
    """Repository of one chat as an office's."""

    def __init__(self, tx: AsyncConnection, channel: str, external_id: str) -> None:
        self._tx = tx
        self._this = and_(chats.c.channel == channel, chats.c.external_id == external_id)

    async def official(self, *, without_bases: bool = False) -> Official | None:
        """Whose it is; None for a stranger, the contact of a base, and whoever has left.

        `without_bases`: None as well for whoever answers for a base besides.
        """
        query = _OFFICIALS.join(chats, chats.c.contact_id == contacts.c.id).where(self._this)
        if without_bases:
            query = query.where(~exists().where(base_contacts.c.contact_id == contacts.c.id))
        return await _official(self._tx, query)

    async def pending(self, *, lock: bool = False) -> Pending | None:
        """What is about to be decided, or was last; if asked for, nobody else changes it until the transaction ends."""
        query = select(chats.c.deciding).where(self._this)
        stored = await self._tx.scalar(query.with_for_update() if lock else query)
        return Pending.model_validate(stored) if stored else None

    async def keep(self, pending: Pending) -> None:
        """What is about to be decided, or what came of it."""
        stored = pending.model_dump(mode="json")
        await self._tx.execute(update(chats).where(self._this).values(deciding=stored))

    async def change(self, change: Callable[[Pending | None], Pending | None]) -> Pending | None:
        """Read, change and write what is about to be decided, alone; what stands then."""
        before = await self.pending(lock=True)
        after = change(before)
        if after is not None and after != before:
            await self.keep(after)
        return after

    async def leave(self, words: str, now: datetime, update_id: int) -> None:
        """What waits for a reason or a yes is not taken any more, unless the update came before it."""
        pending = await self.pending(lock=True)
        if pending is not None and pending.open_at(now) and pending.asked < update_id:
            await self.keep(pending.model_copy(update={"outcome": words}))
