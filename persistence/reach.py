"""In which chats people are reached: the one used last first, those that are known to be gone at the end."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.people import Chat
from persistence.tables import base_contacts, chats, contacts


class Person(NamedTuple):
    """A contact with the chats to try, in this order."""

    contact_id: int
    chats: tuple[Chat, ...]


class Reach:
    """Repository of where people are reached."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def people(self, found: Collection[Chat]) -> list[Person]:
        """The people behind some chats, each once, with all their chats; nobody who has left."""
        query = (
            select(chats.c.channel, chats.c.external_id, chats.c.contact_id, contacts.c.department)
            .join(contacts, contacts.c.id == chats.c.contact_id)
            .where(chats.c.contact_id.in_({chat.contact_id for chat in found}), contacts.c.left_at.is_(None))
            .order_by(
                chats.c.contact_id,
                chats.c.unreachable_since.is_not(None),
                chats.c.last_used_at.desc().nulls_last(),
                chats.c.channel,
                chats.c.external_id,
            )
        )
        rows = [Chat.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]
        order = dict.fromkeys(chat.contact_id for chat in found)
        of = {contact: tuple(row for row in rows if row.contact_id == contact) for contact in order}
        return [Person(contact, theirs) for contact, theirs in of.items() if theirs]

    async def of_contact(self, contact_id: int) -> list[Chat]:
        """All chats of one contact."""
        query = select(chats.c.channel, chats.c.external_id, chats.c.contact_id)
        rows = await self._tx.execute(query.where(chats.c.contact_id == contact_id))
        return [Chat.model_validate(dict(row)) for row in rows.mappings()]

    async def gone(self, channel: str, external_id: str, why: str) -> int | None:
        """Nothing arrives in this chat any more; whose it is. None for a stranger's."""
        values = {
            "unreachable_since": func.coalesce(chats.c.unreachable_since, func.now()),
            "unreachable_why": why,
        }
        done = await self._tx.execute(
            update(chats).where(_this(channel, external_id)).values(values).returning(chats.c.contact_id)
        )
        found: int | None = done.scalar_one_or_none()
        return found

    async def any_left(self, contact_id: int) -> bool:
        """Whether the contact has a chat that is not known to be gone."""
        query = select(chats.c.contact_id).where(
            chats.c.contact_id == contact_id, chats.c.unreachable_since.is_(None)
        )
        return await self._tx.scalar(query.limit(1)) is not None

    async def back(self, channel: str, external_id: str) -> int | None:
        """This chat is reached again; whose it is, if it was gone."""
        was_gone = and_(_this(channel, external_id), chats.c.unreachable_since.is_not(None))
        done = await self._tx.execute(
            update(chats)
            .where(was_gone)
            .values(unreachable_since=None, unreachable_why=None)
            .returning(chats.c.contact_id)
        )
        found: int | None = done.scalar_one_or_none()
        return found

    async def base_of(self, contact_id: int) -> str | None:
        """A base that the contact answers for, the first if there are several."""
        query = select(func.min(base_contacts.c.base_id)).where(base_contacts.c.contact_id == contact_id)
        found: str | None = await self._tx.scalar(query)
        return found

    async def used(self, channel: str, external_id: str, at: datetime, worth_noting: datetime) -> bool:
        """Something came in from this chat; whether it was taken for gone.

        Where something else has come in after `worth_noting` nothing is written.
        """
        lately = chats.c.last_used_at >= worth_noting
        stale = or_(chats.c.last_used_at.is_(None), ~lately, chats.c.unreachable_since.is_not(None))
        noted = update(chats).where(_this(channel, external_id), stale).values(last_used_at=at)
        done = await self._tx.execute(noted.returning(chats.c.unreachable_since))
        return done.scalar_one_or_none() is not None


def _this(channel: str, external_id: str) -> Any:
    return and_(chats.c.channel == channel, chats.c.external_id == external_id)
