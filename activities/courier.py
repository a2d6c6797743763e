"""One message to one person: by the chat used last, by another if that refuses, and if none is left, over to the office.

Nothing goes twice because something is tried again: what arrived is on record. What was on its way when a process died,
or when the platform did not answer, may have arrived. It is sent again, because losing it would be worse, and begins by
saying so; a platform that recognises duplicates drops it (see `bot/messenger.py`).
"""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain.calendar import BusinessTime
from domain.delivery import (
    OUTDATED,
    ChatGoneError,
    DeliveryState,
    NoAnswerError,
    SlowDownError,
    UnreachableError,
)
from domain.notice_truth import MissedError, OutdatedError
from domain.office_tasks import NewTask, OfficeTaskKind, Untold
from persistence.database import Database, is_outage
from persistence.deliveries import Attempted, Deliveries, Item
from persistence.office_tasks import OfficeTasks
from persistence.people import Chat
from persistence.reach import Person, Reach

_LOG = logging.getLogger(__name__)

_LOOKS_AGAIN_SECONDS = 1.0
_PATIENCE = timedelta(hours=1)
"""Of machine time: if a channel is out for longer, another chat of the person is tried."""
_SWEEPS_EVERY_SECONDS = 30.0
_WRITES = 20
_WRITE_PAUSE_SECONDS = 0.5


class Parcel(NamedTuple):
    """What goes out in one message. `send` is told whether any of it may have arrived before."""

    items: Sequence[Item]  # that which was asked for is the first
    send: Callable[[bool], Awaitable[None]]


Pack = Callable[[AsyncConnection, Chat], Awaitable[Parcel]]
"""Made while nobody else begins to send to this person. Raises OutdatedError."""


class _Taken(NamedTuple):
    """Somebody's parcel, written down as on its way."""

    chat: Chat
    parcel: Parcel
    again: bool


class Courier:
    """Brings messages to people and writes down how that went."""

    def __init__(self, database: Database, clock: BusinessTime) -> None:
        self._database, self.clock = database, clock
        self._swept = -math.inf

    async def sweep(self, at: datetime) -> None:
        """Now and then: what nobody tries any more because it is over is written off, and tasks that are over too."""
        now = time.monotonic()
        if now < self._swept + _SWEEPS_EVERY_SECONDS:
            return
        self._swept = now
        async with self._database.transaction() as tx:
            await Deliveries(tx).drop_overtaken()
            await OfficeTasks(tx).settle(at)

    async def bring(self, untold: Untold, person: Person, pack: Pack, now: datetime) -> Exception | None:
        """Bring it unless it was brought before. The error if it is to be tried again."""
        try:
            while True:
                taken = await self._take(untold, person, pack, now)
                if not isinstance(taken, _Taken):
                    return taken
                error = await self._hand_over(taken, untold, person, now)
                if not isinstance(error, UnreachableError):
                    return error
        except Exception as e:  # told to the caller, who has others to bring something to
            return e

    async def give_up(self, untold: Untold, person: Person, why: str, now: datetime) -> None:
        """It was tried for as long as messages are: the office has to tell the person."""
        item = _item(untold)
        async with self._database.transaction() as tx:
            log = Deliveries(tx)
            await log.hold(person.contact_id)
            told = await log.of([item.key], person.contact_id)
            if any(one.state is DeliveryState.SENT for one in told):
                return
            await log.drop(item, person.chats[0], why, now)
            await _to_the_office(tx, untold, person, person.chats[0], why, now)

    async def _take(
        self, untold: Untold, person: Person, pack: Pack, now: datetime
    ) -> _Taken | Exception | None:
        """The parcel for the chat that is next; None if there is nothing left to do, an error if it has to wait."""
        item = _item(untold)
        async with self._database.transaction() as tx:
            log = Deliveries(tx)
            await log.hold(person.contact_id)
            told = await log.of([item.key], person.contact_id)
            if any(one.state is DeliveryState.SENT for one in told):
                return None
            if any(one.under_way for one in told):
                return SlowDownError(_LOOKS_AGAIN_SECONDS)
            chat = self._next(person, told, now)
            if chat is None:
                return None
            try:
                parcel = await pack(tx, chat)
            except OutdatedError as e:
                why = f"{OUTDATED}{e}"
                await log.drop(item, chat, why, now)
                if isinstance(e, MissedError):
                    await _to_the_office(tx, untold, person, chat, why, now)
                return None
            before = await log.of([one.key for one in parcel.items], person.contact_id)
            await log.begin(parcel.items, chat, now)
        return _Taken(chat, parcel, any(one.uncertain for one in before))

    def _next(self, person: Person, told: Sequence[Attempted], now: datetime) -> Chat | None:
        """The first chat that has not refused it; one in which it has failed for long comes after the others."""
        refused = [one for one in told if one.state is DeliveryState.FAILED]
        left = [chat for chat in person.chats if not any(one.is_in(chat) for one in refused)]
        clock = self.clock.current
        long_ago = clock.real(now) - _PATIENCE
        stuck = [one for one in told if one.error and clock.real(one.queued_at) < long_ago]
        return next(
            (chat for chat in left if not any(one.is_in(chat) for one in stuck)), left[0] if left else None
        )

    async def _hand_over(
        self, taken: _Taken, untold: Untold, person: Person, now: datetime
    ) -> Exception | None:
        """Send it and write down how that went. UnreachableError: not by this chat."""
        chat, parcel, again = taken
        error: Exception
        try:
            await parcel.send(again)
        except UnreachableError as e:
            _LOG.warning("notice %s cannot reach a chat on %s: %s", untold.key, chat.channel, e)
            await self._write_down(partial(_refused, taken, untold, person, e, now))
            return e
        except NoAnswerError as e:
            error, state = e, DeliveryState.SENDING
        except Exception as e:  # told to the caller
            error, state = e, DeliveryState.SENDING if again else DeliveryState.QUEUED
        else:
            await self._write_down(partial(_arrived, taken, now))
            return None
        why = why_of(error)
        await self._write_down(lambda tx: Deliveries(tx).not_sent(parcel.items, chat, state, why))
        return error

    async def _write_down(self, write: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        """How it went must not be forgotten because the database is away for a moment."""
        for left in reversed(range(_WRITES)):
            try:
                async with self._database.transaction() as tx:
                    await write(tx)
                return
            except (OSError, DBAPIError, NoConnectionFree) as e:
                if not left or (isinstance(e, DBAPIError) and not is_outage(e)):
                    raise
            await asyncio.sleep(_WRITE_PAUSE_SECONDS)


def raise_for(errors: Sequence[Exception]) -> None:
    """Have the activity tried again if there were errors: not before the longest wait that a platform asks for."""
    waits = [e.seconds for e in errors if isinstance(e, SlowDownError | NoAnswerError) and e.seconds]
    if waits:
        delay = timedelta(seconds=max(waits))
        raise ApplicationError(
            "the channel asks to wait", next_retry_delay=delay, category=ApplicationErrorCategory.BENIGN
        ) from errors[0]
    if errors:
        raise errors[0]


def why_of(error: Exception) -> str:
    """What is on record about an error: nothing that names a person or a chat."""
    known = isinstance(error, SlowDownError | NoAnswerError | UnreachableError)
    return str(error) if known else type(error).__name__


def _item(untold: Untold) -> Item:
    return Item(untold.key, untold.base_id, untold.kind)


async def _arrived(taken: _Taken, now: datetime, tx: AsyncConnection) -> None:
    chat = taken.chat
    await Deliveries(tx).sent(taken.parcel.items, chat, now)
    if await Reach(tx).back(chat.channel, chat.external_id) is not None:
        await OfficeTasks(tx).settle(now, chat.contact_id)


async def _refused(
    taken: _Taken, untold: Untold, person: Person, error: UnreachableError, now: datetime, tx: AsyncConnection
) -> None:
    """Not by this chat. What went along waits for its own turn; with the last chat it is the office's."""
    chat, (item, *along), log = taken.chat, taken.parcel.items, Deliveries(tx)
    await log.not_sent([item], chat, DeliveryState.FAILED, why_of(error))
    if along:
        await log.not_sent(along, chat, DeliveryState.QUEUED, why_of(error))
    if isinstance(error, ChatGoneError):
        await Reach(tx).gone(chat.channel, chat.external_id, why_of(error))
    told = await log.of([item.key], person.contact_id)
    if all(any(one.is_in(c) and one.state is DeliveryState.FAILED for one in told) for c in person.chats):
        await _to_the_office(tx, untold, person, chat, why_of(error), now)


async def _to_the_office(
    tx: AsyncConnection, untold: Untold, person: Person, chat: Chat, why: str, now: datetime
) -> None:
    reached = await Reach(tx).any_left(person.contact_id)
    await OfficeTasks(tx).open_(
        NewTask(
            kind=OfficeTaskKind.UNDELIVERED if reached else OfficeTaskKind.UNREACHABLE,
            subject=str(person.contact_id),
            base_id=untold.base_id,
            contact_id=person.contact_id,
            channel=chat.channel,
            why=why,
            untold=untold,
        ),
        now,
    )
