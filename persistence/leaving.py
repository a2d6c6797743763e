"""What is taken from a contact who leaves; what it has answered stays its own."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.tables import chats, contacts, former_chats, invites, tokens


class Leaving:
    """Repository of people who leave, and of the chats that were theirs."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def unbind(self, contact_id: int, now: datetime) -> None:
        """Chats, open invites and tokens are a contact's no more; `now` is business time."""
        theirs = select(chats.c.channel, chats.c.external_id, chats.c.contact_id)
        names = ["channel", "external_id", "contact_id"]
        await self._tx.execute(
            insert(former_chats)
            .from_select(names, theirs.where(chats.c.contact_id == contact_id))
            .on_conflict_do_nothing()
        )
        await self._tx.execute(delete(chats).where(chats.c.contact_id == contact_id))
        await self._tx.execute(
            update(invites)
            .where(invites.c.contact_id == contact_id, invites.c.expires_at > func.now())
            .values(expires_at=func.now())
        )
        await self._tx.execute(
            update(tokens)
            .where(tokens.c.contact_id == contact_id, tokens.c.revoked_at.is_(None))
            .values(revoked_at=func.now())
        )
        await self._tx.execute(update(contacts).where(contacts.c.id == contact_id).values(left_at=now))

    async def was_bound(self, channel: str, external_id: str) -> bool:
        """Whether a chat was somebody's who has left, and was not told so yet."""
        query = select(former_chats.c.contact_id).where(
            former_chats.c.channel == channel, former_chats.c.external_id == external_id
        )
        return await self._tx.scalar(query) is not None

    async def told(self, channel: str, external_id: str) -> None:
        """The chat was told, or is somebody's again: from now on it is like any other."""
        await self._tx.execute(
            delete(former_chats).where(
                former_chats.c.channel == channel, former_chats.c.external_id == external_id
            )
        )
