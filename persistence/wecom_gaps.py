"""Whether the way in of a channel was open all the time, and who may have written in vain while it was not."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Text, and_, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.delivery import DeliveryState
from persistence.tables import channel_seen, chats, deliveries, obligations, wecom_inbox

MISSED = "missed"
"""The kind of what is told about a gap."""

_LATELY = timedelta(hours=24)


class Gap(BaseModel):
    """Nothing came in between; the machine's time."""

    model_config = ConfigDict(frozen=True)

    since: datetime
    until: datetime

    @property
    def key(self) -> str:
        """Each gap is told of once."""
        return f"{MISSED}:{self.since:%Y%m%dT%H%M%S}:{self.until:%Y%m%dT%H%M%S}"


class InForm(BaseModel):
    """A chat that is in the middle of a form and is to be told of a gap."""

    model_config = ConfigDict(frozen=True)

    key: str
    channel: str
    external_id: str
    contact_id: int
    base_id: str | None
    obligation_id: str | None
    obligation_no: int | None  # the obligation's

    @property
    def gap(self) -> Gap:
        """The gap in question."""
        _, since, until = self.key.split(":")
        return Gap(since=_instant(since), until=_instant(until))


def _instant(text: str) -> datetime:
    return datetime.strptime(f"{text}+0000", "%Y%m%dT%H%M%S%z")


class ChannelSeen:
    """Repository of when a channel's way in was last known to be open."""

    def __init__(self, tx: AsyncConnection, channel: str) -> None:
        self._tx, self._channel = tx, channel

    async def seen(self, now: datetime, most: timedelta) -> Gap | None:
        """It is open now. The gap before it, if that was longer than `most`."""
        query = select(channel_seen.c.at).where(channel_seen.c.channel == self._channel)
        before = await self._tx.scalar(query.with_for_update())
        new = insert(channel_seen).values(channel=self._channel, at=now)
        latest = func.greatest(channel_seen.c.at, new.excluded.at)
        await self._tx.execute(new.on_conflict_do_update(index_elements=["channel"], set_={"at": latest}))
        return Gap(since=before, until=now) if before and now - before > most else None

    async def missed(self, gap: Gap, business: datetime) -> int:
        """Note everybody who is to be told: whose chat is on a form and was used lately. How many there are."""
        lately = gap.since - _LATELY
        wrote = select(wecom_inbox.c.id).where(
            cast(wecom_inbox.c.person_id, Text) == chats.c.external_id, wecom_inbox.c.received_at > lately
        )
        told = {
            "key": literal(gap.key),
            "channel": chats.c.channel,
            "external_id": chats.c.external_id,
            "contact_id": chats.c.contact_id,
            "base_id": obligations.c.base_id,
            "kind": literal(MISSED),
            "state": literal(str(DeliveryState.QUEUED)),
            "queued_at": literal(business),
        }
        query = select(*told.values()).join(obligations, obligations.c.id == chats.c.current_obligation)
        query = query.where(
            chats.c.channel == self._channel, or_(chats.c.last_used_at > lately, wrote.exists())
        )
        new = insert(deliveries).from_select(list(told), query).on_conflict_do_nothing()
        return len((await self._tx.execute(new.returning(deliveries.c.no))).all())

    async def to_tell(self) -> list[InForm]:
        """Who is still to be told of a gap, and which form the chat is on now."""
        query = (
            select(
                deliveries,
                chats.c.current_obligation.label("obligation_id"),
                obligations.c.no.label("obligation_no"),
            )
            .outerjoin(
                chats,
                and_(
                    chats.c.channel == deliveries.c.channel, chats.c.external_id == deliveries.c.external_id
                ),
            )
            .outerjoin(obligations, obligations.c.id == chats.c.current_obligation)
            .where(
                deliveries.c.channel == self._channel,
                deliveries.c.kind == MISSED,
                deliveries.c.state.in_([DeliveryState.QUEUED, DeliveryState.SENDING]),
            )
        )
        rows = await self._tx.execute(query.order_by(deliveries.c.queued_at))
        return [InForm(**{name: row[name] for name in InForm.model_fields}) for row in rows.mappings()]
