"""What a chat is on: an application, or one that is about to be registered. Its obligation: see `people`."""

from typing import Any

from sqlalchemy import ColumnElement, and_, cast, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.tables import chats, inbound

RESTING: ColumnElement[Any] = chats.c.intent.concat(cast({"paused": True}, JSONB))
"""What is typed next is no answer to a registration that was begun before: that one rests."""


class Chats:
    """Repository of what one chat is on."""

    def __init__(self, tx: AsyncConnection, channel: str, external_id: str) -> None:
        self._tx = tx
        self._this = and_(chats.c.channel == channel, chats.c.external_id == external_id)

    async def application(self) -> str | None:
        """The application that it is on."""
        return await self._tx.scalar(select(chats.c.current_application).where(self._this))

    async def turn_to(self, base_id: str) -> None:
        """Make an application the current one, which leaves its obligation."""
        on = {"current_obligation": None, "current_application": base_id, "intent": RESTING}
        await self._tx.execute(update(chats).where(self._this).values(on))

    async def leave(self, base_id: str) -> None:
        """It is done with an application, if it is still on it."""
        query = update(chats).where(self._this, chats.c.current_application == base_id)
        await self._tx.execute(query.values(current_application=None))

    async def intent(self) -> dict[str, Any] | None:
        """The application that is about to be registered, locked until the transaction ends."""
        return await self._tx.scalar(select(chats.c.intent).where(self._this).with_for_update())

    async def intend(self, intent: dict[str, Any] | None) -> None:
        """What is about to be registered. What is typed next belongs to it, unless it rests."""
        values: dict[str, Any] = {"intent": intent}
        if intent and not intent["paused"]:
            values |= {"current_obligation": None, "current_application": None}
        await self._tx.execute(update(chats).where(self._this).values(values))

    async def moved_on_to(self, update_id: int) -> str | None:
        """The application that it is on now, if this update is a redelivery; None for what comes first."""
        query = (
            select(chats.c.current_application)
            .join(
                inbound,
                and_(inbound.c.channel == chats.c.channel, inbound.c.external_id == chats.c.external_id),
            )
            .where(self._this, inbound.c.update_id == update_id, inbound.c.deliveries > 1)
        )
        return await self._tx.scalar(query)
