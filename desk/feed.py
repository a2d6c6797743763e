"""One listener for all open pages: who was spoken to."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from persistence.database import Database
from persistence.listening import listening
from persistence.local_chat import SAID

OUTAGES = (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a database that is away looks like: through SQLAlchemy, and on the listener's raw connection."""

_LOG = logging.getLogger(__name__)
_BEAT = ""
_BEAT_SECONDS = 1.0


class Feed:
    """Wakes the pages of a person when something was said to or by this person."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pages: dict[int, set[asyncio.Event]] = defaultdict(set)
        self._hears = True

    @property
    def followers(self) -> int:
        """How many pages are open."""
        return sum(len(pages) for pages in self._pages.values())

    @contextmanager
    def following(self, person_id: int) -> Iterator[asyncio.Event]:
        """An event that is set whenever there may be news; the page clears it."""
        news = asyncio.Event()
        self._pages[person_id].add(news)
        try:
            yield news
        finally:
            self._pages[person_id].discard(news)
            if not self._pages[person_id]:
                del self._pages[person_id]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen as long as the block lasts."""
        task = asyncio.create_task(self._run(), name="desk feed")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except OUTAGES as e:
                # Once per outage, not once per second of it.
                _LOG.log(
                    logging.WARNING if self._hears else logging.DEBUG, "the pages' listener is deaf: %r", e
                )
                self._hears = False
            except Exception:
                # Without this task every open page would stand still without a word.
                _LOG.exception("the pages' listener stumbled")
            self._wake_all()  # deaf: they read for themselves
            await asyncio.sleep(_BEAT_SECONDS)

    async def _listen(self) -> None:
        async with listening(self._database, SAID) as heard:
            self._hears = True
            self._wake_all()  # something may have been said before we listened
            while True:
                try:
                    async with asyncio.timeout(_BEAT_SECONDS):  # wait_for may lose a cancellation
                        said = await heard.get()
                    self._dispatch(said)
                except TimeoutError:
                    await self._check(heard)

    async def _check(self, heard: asyncio.Queue[str]) -> None:
        """Say something and hear it: a lost connection is silent. Raises TimeoutError if nothing is heard."""
        async with asyncio.timeout(_BEAT_SECONDS):
            async with self._database.transaction() as tx:
                await tx.execute(select(func.pg_notify(SAID, _BEAT)))
            self._dispatch(await heard.get())

    def _dispatch(self, payload: str) -> None:
        if payload != _BEAT:
            for news in self._pages.get(int(payload), ()):
                news.set()

    def _wake_all(self) -> None:
        for pages in self._pages.values():
            for news in pages:
                news.set()
