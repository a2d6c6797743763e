"""Every message that goes out by itself: one row for each business key and chat, written before it leaves and after.

Whoever sends holds the person until the rows stand at `sending`, sends without any lock, and then writes down how it
went. A row that stays at `sending` is that of a message of which nobody knows whether it arrived: a process died over
it, or the platform did not answer.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    cast,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.delivery import OUTDATED, DeliveryState
from domain.terms import OWED
from domain.views import REMINDERS
from persistence.people import Chat
from persistence.tables import bases, deliveries, obligations

UNDER_WAY = timedelta(seconds=60)
"""Of machine time, longer than an attempt may take: who has not said how it went by then has died over it."""


class Item(NamedTuple):
    """What is delivered, by its business key."""

    key: str
    base_id: str | None
    kind: str


class Attempted(BaseModel):
    """Where a message to one person stands in one chat."""

    model_config = ConfigDict(frozen=True)

    key: str
    channel: str
    external_id: str
    state: DeliveryState
    error: str | None
    queued_at: datetime
    under_way: bool  # somebody is sending it now

    @property
    def uncertain(self) -> bool:
        """Whether it may have arrived."""
        return self.state is DeliveryState.SENDING and not self.under_way

    def is_settled(self, chat: Chat) -> bool:
        """Whether the person has got it, is getting it, or does not get it in this chat."""
        if self.state is DeliveryState.FAILED:
            return self.is_in(chat)
        return self.under_way or self.state is DeliveryState.SENT

    def is_in(self, chat: Chat) -> bool:
        """Whether it is this chat."""
        return (self.channel, self.external_id) == (chat.channel, chat.external_id)


class DeliveryRow(BaseModel):
    """A delivery as the lists show it: whose chat it is, not which."""

    model_config = ConfigDict(frozen=True)

    no: int
    key: str
    base_id: str | None
    contact_id: int
    channel: str
    kind: str
    state: DeliveryState
    why: str | None
    attempts: int
    queued_at: datetime
    tried_at: datetime | None
    sent_at: datetime | None


class DeliveryFilter(BaseModel):
    """What a list of deliveries can be narrowed to; `since` and `until` are about when they were queued."""

    model_config = ConfigDict(frozen=True)

    base: str | None = None
    contact: int | None = None
    channel: str | None = None
    state: DeliveryState | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    city: str | None = None


class Deliveries:
    """Repository of what went out."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def hold(self, contact_id: int) -> None:
        """Nobody else begins to send to this person until the transaction ends."""
        await self._tx.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(f"to:{contact_id}", 0)))
        )

    async def of(self, keys: Collection[str], contact_id: int) -> list[Attempted]:
        """How messages to a person went so far."""
        alive = deliveries.c.tried_at > func.clock_timestamp() - UNDER_WAY
        going = and_(deliveries.c.state == DeliveryState.SENDING, deliveries.c.error.is_(None))
        query = select(deliveries, func.coalesce(and_(going, alive), False).label("under_way")).where(
            # One parameter, however many: the office of ten thousand bases is asked about more than a statement takes.
            deliveries.c.key == any_(cast(list(keys), ARRAY(Text))),
            deliveries.c.contact_id == contact_id,
        )
        return [Attempted.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def begin(self, items: Sequence[Item], chat: Chat, now: datetime) -> None:
        """They are about to be sent to this chat, in one message. What was sent stays so."""
        row = {
            **chat.model_dump(exclude={"department"}),
            "state": DeliveryState.SENDING,
            "queued_at": now,
            "attempts": 1,
            "tried_at": func.clock_timestamp(),
        }
        new = insert(deliveries).values([row | item._asdict() for item in items])
        again = {
            "state": DeliveryState.SENDING,
            "error": None,
            "attempts": deliveries.c.attempts + 1,
            "tried_at": func.clock_timestamp(),
        }
        unsent = deliveries.c.state != DeliveryState.SENT
        await self._tx.execute(
            new.on_conflict_do_update(
                index_elements=["key", "channel", "external_id"], set_=again, where=unsent
            )
        )

    async def drop(self, item: Item, chat: Chat, why: str, now: datetime) -> None:
        """It does not go out to this person at all: on record for this chat, and wherever it was tried before."""
        row = {**chat.model_dump(exclude={"department"}), **item._asdict(), "queued_at": now}
        new = insert(deliveries).values(state=DeliveryState.FAILED, error=why, **row)
        await self._tx.execute(new.on_conflict_do_nothing())
        waiting = update(deliveries).where(_unsettled([item], chat.contact_id))
        await self._tx.execute(waiting.values(state=DeliveryState.FAILED, error=why))

    async def sent(self, items: Sequence[Item], chat: Chat, now: datetime) -> None:
        """All of them arrived; nothing is tried for them in another chat of the person."""
        await self._settle(items, chat, state=DeliveryState.SENT, error=None, sent_at=now)
        elsewhere = update(deliveries).where(_unsettled(items, chat.contact_id))
        why = f"已改由 {chat.channel} 送达"
        await self._tx.execute(elsewhere.values(state=DeliveryState.FAILED, error=why))

    async def not_sent(self, items: Sequence[Item], chat: Chat, state: DeliveryState, why: str) -> None:
        """They did not arrive, or nobody knows; what has become of them meanwhile stays."""
        await self._settle(items, chat, state=state, error=why)

    async def _settle(self, items: Sequence[Item], chat: Chat, **values: Any) -> None:
        await self._tx.execute(
            update(deliveries)
            .where(
                deliveries.c.key.in_([item.key for item in items]),
                deliveries.c.channel == chat.channel,
                deliveries.c.external_id == chat.external_id,
                deliveries.c.state != DeliveryState.SENT,
            )
            .values(**values)
        )

    async def drop_overtaken(self) -> None:
        """Reminders of what was handed in or locked meanwhile: nobody tries them any more."""
        over = and_(
            deliveries.c.state.in_((DeliveryState.QUEUED, DeliveryState.SENDING)),
            deliveries.c.kind.in_(sorted(REMINDERS)),
            obligations.c.base_id == deliveries.c.base_id,
            func.starts_with(deliveries.c.key, obligations.c.id.concat(":")),
            obligations.c.state.not_in(OWED),
        )
        why = literal(f"{OUTDATED}现为「").concat(obligations.c.state).concat("」")
        await self._tx.execute(update(deliveries).where(over).values(state=DeliveryState.FAILED, error=why))

    async def find(
        self, wanted: DeliveryFilter, before: int | None = None, limit: int = 50
    ) -> list[DeliveryRow]:
        """Deliveries, the newest first, `limit` before the cursor."""
        query = _narrowed(_ROWS, wanted).order_by(deliveries.c.no.desc()).limit(limit)
        if before is not None:
            query = query.where(deliveries.c.no < before)
        return [DeliveryRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]


def _unsettled(items: Sequence[Item], contact_id: int) -> ColumnElement[bool]:
    """What waits, or may have arrived, in any chat of a person."""
    return and_(
        deliveries.c.key.in_([item.key for item in items]),
        deliveries.c.contact_id == contact_id,
        deliveries.c.state.in_((DeliveryState.QUEUED, DeliveryState.SENDING)),
    )


_ROWS: Select[Any] = select(deliveries, deliveries.c.error.label("why")).select_from(
    deliveries.outerjoin(bases)
)


def _narrowed(query: Select[Any], wanted: DeliveryFilter) -> Select[Any]:
    for value, column in (
        (wanted.base, deliveries.c.base_id),
        (wanted.contact, deliveries.c.contact_id),
        (wanted.channel, deliveries.c.channel),
        (wanted.state, deliveries.c.state),
        (wanted.kind, deliveries.c.kind),
        (wanted.city, bases.c.city),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(deliveries.c.queued_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(deliveries.c.queued_at < wanted.until)
    return query
