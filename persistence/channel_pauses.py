"""How long the platforms have asked to wait: known to all processes at once. Before each message a copy is looked at."""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from persistence.database import Database
from persistence.listening import listening
from persistence.tables import channel_pauses

_LOG = logging.getLogger(__name__)
_CHANGED = "jiebang_channel_pause"
_LOOK_AGAIN_SECONDS = 30.0
"""Also without having heard anything: a connection that is lost is not noticed."""
_AFTER_AN_OUTAGE_SECONDS = 1.0
_KEPT = timedelta(days=1)

EVERYBODY = ""
"""In place of a chat: the whole channel."""


class Paused(NamedTuple):
    """A chat of a channel, or all of them."""

    channel: str
    external_id: str = EVERYBODY


class ChannelPauses:
    """Pauses that were asked for. Reading costs nothing: what others write is heard of and copied."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._until: Mapping[Paused, float] = {}  # by the monotonic clock
        self._following: asyncio.Task[None] | None = None
        self._first_look = asyncio.Event()

    async def seconds_left(self, channel: str, external_id: str) -> float:
        """How long nothing may be sent to this chat; at most 0 if something may."""
        if self._following is None:
            self._following = asyncio.create_task(self._follow())
        if not self._first_look.is_set():
            await self._first_look.wait()
        if not self._until:
            return 0.0
        until = self._until
        most = max(until.get(Paused(channel), 0.0), until.get(Paused(channel, external_id), 0.0))
        return most - time.monotonic()

    def paused_chats(self, channel: str) -> int:
        """How many chats of a channel have to wait now."""
        now = time.monotonic()
        return sum(
            one.channel == channel and bool(one.external_id) and at > now for one, at in self._until.items()
        )

    async def pause(self, channel: str, external_id: str, seconds: float) -> None:
        """Nothing goes to this chat, or channel, for so long: here from now on, elsewhere as soon as they hear of it."""
        self._until = {**self._until, Paused(channel, external_id): time.monotonic() + seconds}
        until = func.clock_timestamp() + timedelta(seconds=seconds)
        new = insert(channel_pauses).values(channel=channel, external_id=external_id, until=until)
        longer = func.greatest(channel_pauses.c.until, new.excluded.until)
        async with self._database.transaction() as tx:
            await tx.execute(
                new.on_conflict_do_update(index_elements=["channel", "external_id"], set_={"until": longer})
            )
            await tx.execute(delete(channel_pauses).where(channel_pauses.c.until < func.now() - _KEPT))
            await tx.execute(select(func.pg_notify(_CHANGED, channel)))

    async def close(self) -> None:
        """Stop following."""
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following

    async def _follow(self) -> None:
        """Copy what is on record whenever it changes, until cancelled. An outage must not keep messages from going."""
        while True:
            try:
                async with listening(self._database, _CHANGED) as heard:
                    while True:
                        await self._look()
                        await _next(heard)
            except (OSError, SQLAlchemyError) as e:
                _LOG.warning("the database is away, pauses of other processes are not heard of: %r", e)
                self._first_look.set()
                await asyncio.sleep(_AFTER_AN_OUTAGE_SECONDS)

    async def _look(self) -> None:
        p = channel_pauses.c
        left = func.extract("epoch", p.until - func.clock_timestamp())
        async with self._database.statement() as tx:
            rows = (
                await tx.execute(select(p.channel, p.external_id, left).where(p.until > func.now()))
            ).all()
        now = time.monotonic()
        heard = {Paused(channel, chat): now + float(seconds) for channel, chat, seconds in rows}
        mine = {one: at for one, at in self._until.items() if at > now and at > heard.get(one, 0.0)}
        self._until = heard | mine
        self._first_look.set()


async def _next(heard: asyncio.Queue[str]) -> None:
    """Wait until something is heard, but not for ever."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LOOK_AGAIN_SECONDS):
            await heard.get()
    while not heard.empty():
        heard.get_nowait()
