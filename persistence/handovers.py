"""Forms that one person of a base hands over to another (转交)."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.tables import chats, handovers, obligations


class NewHandover(BaseModel):
    """Who hands what to whom; `update_id` names the message or tap that asked for it."""

    model_config = ConfigDict(frozen=True)

    obligation_id: str
    from_contact: int
    to_contact: int
    filled: int  # items that had an answer
    at: datetime
    update_id: str


class HandoverRow(NewHandover):
    """A handover on record."""

    id: int


class Handovers:
    """Repository of handovers."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def hand(self, new: NewHandover) -> HandoverRow:
        """Hand it over, once for an update: what is due is asked of the new assignee, and the giver's chats leave the
        form. Delivered again it is the handover that stands."""
        await self.hold(new.obligation_id)
        known = await self.of_update(new.update_id)
        if known is not None:
            return known
        added = insert(handovers).values(**new.model_dump()).returning(handovers)
        done = (await self._tx.execute(added)).mappings().one()
        await self._tx.execute(
            update(obligations).where(obligations.c.id == new.obligation_id).values(assignee=new.to_contact)
        )
        if new.from_contact != new.to_contact:
            await self._leave(new.from_contact, new.obligation_id)
        return HandoverRow.model_validate(dict(done))

    async def _leave(self, contact_id: int, obligation_id: str) -> None:
        on_it = update(chats).where(
            chats.c.contact_id == contact_id, chats.c.current_obligation == obligation_id
        )
        await self._tx.execute(on_it.values(current_obligation=None))

    async def of_update(self, update_id: str) -> HandoverRow | None:
        """What an update has handed over."""
        query = select(handovers).where(handovers.c.update_id == update_id)
        row = (await self._tx.execute(query)).mappings().first()
        return HandoverRow.model_validate(dict(row)) if row else None

    async def of(self, obligation_id: str) -> list[HandoverRow]:
        """All handovers of an obligation, oldest first."""
        query = select(handovers).where(handovers.c.obligation_id == obligation_id).order_by(handovers.c.id)
        return [HandoverRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def hold(self, obligation_id: str) -> None:
        """Nobody else hands it over until the transaction ends."""
        query = select(obligations.c.id).where(obligations.c.id == obligation_id)
        await self._tx.execute(query.with_for_update())

    async def pass_on(self, contact_id: int, to: int | None) -> None:
        """Whatever was handed over to somebody is another's now, or the contact's again."""
        await self._tx.execute(
            update(obligations).where(obligations.c.assignee == contact_id).values(assignee=to)
        )
