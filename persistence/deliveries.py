"""Every message that goes out by itself: whether it was sent, and if not, why."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.people import Chat
from persistence.tables import deliveries


class Deliveries:
    """Every message that goes out by itself: once per business key and chat."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def queue(self, key: str, chat: Chat, base_id: str | None, kind: str, now: datetime) -> bool:
        """Whether this chat is still to be sent `key`."""
        new = insert(deliveries).values(
            key=key,
            **chat.model_dump(exclude={"department"}),
            base_id=base_id,
            kind=kind,
            state="queued",
            queued_at=now,
        )
        again = new.on_conflict_do_update(
            index_elements=["key", "channel", "external_id"], set_={"kind": kind}
        ).returning(deliveries.c.state)
        return bool((await self._tx.execute(again)).scalar_one() == "queued")

    async def hold(self, chat: Chat) -> None:
        """Nobody else sends to this chat until the transaction ends."""
        key = func.hashtextextended(f"{chat.channel}:{chat.external_id}", 0)
        await self._tx.execute(select(func.pg_advisory_xact_lock(key)))

    async def mark(self, key: str, chat: Chat, state: str, now: datetime, error: str | None = None) -> None:
        """How it went: `sent`, `failed`, or still `queued` with the error of the last attempt."""
        await self._tx.execute(
            update(deliveries)
            .where(
                deliveries.c.key == key,
                deliveries.c.channel == chat.channel,
                deliveries.c.external_id == chat.external_id,
            )
            .values(state=state, error=error, sent_at=now if state == "sent" else None)
        )
