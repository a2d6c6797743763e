"""What members sent is worked through: in order for each, members side by side, by one process of all that run."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramRetryAfter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.wecom.account import NAME
from bot.channels.wecom.arrivals import Arrival, to_update
from bot.intake import Intake, is_outage
from bot.words import Words
from persistence.database import Database
from persistence.listening import listening
from persistence.people import People
from persistence.wecom import ARRIVED, Waiting, WeComInbox
from persistence.wecom_messages import WeComMessages

_LOOK_AGAIN_SECONDS = 1.0
_AT_ONCE = 64
_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended('wecom way in', 0))")
_NUMBER = re.compile(r"\s*[#＃]\s*(\d{1,3})\s*")
_LOG = logging.getLogger(__name__)


class WayIn:
    """Takes what waits in the inbox."""

    def __init__(self, bot: Bot, intake: Intake, database: Database, words: Words, *, numbers: bool) -> None:
        """`numbers`: buttons are lines in the text, and `#1` taps the first."""
        self._bot, self._intake, self._database, self._words = bot, intake, database, words
        self._numbers = numbers
        self._at_work: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled: wait until nobody else does it, then do it as long as the database lets us."""
        while True:
            try:
                async with self._alone() as lock, listening(self._database, ARRIVED) as heard:
                    await self._work(lock, heard)
            except (OSError, DBAPIError) as e:
                if not is_outage(e):
                    raise
                _LOG.warning("the database is away: %r", e)
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[AsyncConnection]:
        """A connection that holds the lock; without the connection there is no lock, and another process takes over."""
        connection = await self._database.engine.connect()
        try:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            while not await connection.scalar(_LOCK):  # noqa: ASYNC110 - PostgreSQL does not tell
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            yield connection
        finally:
            await connection.invalidate()
            await connection.close()

    async def _work(self, lock: AsyncConnection, heard: asyncio.Queue[str]) -> None:
        try:
            while True:
                await lock.execute(text("SELECT 1"))
                await self._begin(heard)
                await _next(heard)
        finally:
            for task in self._at_work.values():
                task.cancel()
            await asyncio.gather(*self._at_work.values(), return_exceptions=True)
            self._at_work.clear()

    async def _begin(self, heard: asyncio.Queue[str]) -> None:
        """Somebody to each member who waits and has nobody."""
        async with self._database.transaction() as tx:
            people = await WeComInbox(tx).people_waiting()
        for person in people:
            if person in self._at_work or len(self._at_work) >= _AT_ONCE:
                continue
            task = asyncio.create_task(self._work_off(person))
            self._at_work[person] = task
            task.add_done_callback(lambda _, person=person: self._done(person, heard))  # type: ignore[misc]

    def _done(self, person: int, heard: asyncio.Queue[str]) -> None:
        task = self._at_work.pop(person, None)
        if task and not task.cancelled() and (error := task.exception()):
            _LOG.warning("what member %s sent waits: %r", person, error)
        else:
            heard.put_nowait("")

    async def _work_off(self, person: int) -> None:
        """What one member sent, in order; each is taken only when it was worked through."""
        while True:
            async with self._database.transaction() as tx:
                waiting = await WeComInbox(tx).next_of(person)
            if waiting is None:
                return
            try:
                await self.take(waiting)
            except Exception as e:
                if is_outage(e):
                    raise
                _LOG.exception("what member %s sent cannot be worked through", person)
            async with self._database.transaction() as tx:
                await WeComInbox(tx).took(waiting.id)

    async def take(self, waiting: Waiting) -> None:
        """Work one through."""
        arrival = Arrival.model_validate(waiting.content)
        if arrival.kind == "unreadable":
            await self._unreadable(waiting)
            return
        update = to_update(waiting, await self._meant(waiting, arrival), self._bot)
        await self._intake.take_until_done(self._bot, update, NAME)

    async def _meant(self, waiting: Waiting, arrival: Arrival) -> Arrival:
        """`#1` means the first of the buttons that were offered last."""
        typed = _NUMBER.fullmatch(arrival.text) if self._numbers and arrival.kind == "text" else None
        if typed is None:
            return arrival
        async with self._database.transaction() as tx:
            offered = await WeComMessages(tx).newest_buttons(waiting.person_id)
        if not 1 <= int(typed[1]) <= len(offered):
            return arrival
        data, number = offered[int(typed[1]) - 1]
        return Arrival(kind="tap", at=arrival.at, data=data, message_id=number)

    async def _unreadable(self, waiting: Waiting) -> None:
        """Voice, video, places, and files, which WeCom does not give out."""
        async with self._database.transaction() as tx:
            known = await People(tx).contact_of(NAME, str(waiting.person_id)) is not None
        said = self._words.say("wecom.unreadable" if known else "chat.stranger")
        try:
            await self._bot.send_message(waiting.person_id, said)
        except TelegramRetryAfter as e:
            await asyncio.sleep(e.retry_after)
            raise ConnectionError("the platform has asked to wait") from None
        except (TelegramForbiddenError, TelegramBadRequest) as e:
            _LOG.warning("member %s was not answered: %s", waiting.person_id, e)


async def _next(heard: asyncio.Queue[str]) -> None:
    """Wait for a notification; look again after a while in any case."""
    try:
        async with asyncio.timeout(_LOOK_AGAIN_SECONDS):  # wait_for may lose a cancellation
            await heard.get()
    except TimeoutError:
        return
    while not heard.empty():
        heard.get_nowait()
