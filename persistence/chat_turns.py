"""One update of a chat at a time, in whichever process it arrives.

A webhook of several instances may have two updates of one chat at once, when the platform gives up waiting for an
answer and delivers again elsewhere. As a rule there is nobody else: one connection holds all locks of a process, and
whoever works an update through needs none for its turn. Who has to wait for another process queues with a connection
of its own, so that who came first is first.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.database import Database

_LONGEST_WAIT = 20.0
"""Seconds. After that the platform had better deliver once more."""


class ChatTurns:
    """Turns of the chats of a channel."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mine: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._connection: AsyncConnection | None = None
        self._speaking = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, channel: str, external_id: str) -> AsyncIterator[None]:
        """Nobody else works on this chat meanwhile, and who came first is first.

        Raises TimeoutError if it takes too long, SQLAlchemyError or OSError if the database is away.
        """
        key = f"{channel}:{external_id}"
        lock = self._mine.get(key) or asyncio.Lock()
        self._mine[key] = lock
        async with lock:
            if await self._ask(func.pg_try_advisory_lock, key):
                try:
                    yield
                finally:
                    with suppress(
                        OSError, SQLAlchemyError
                    ):  # a connection that is lost has let go of its locks
                        await self._ask(func.pg_advisory_unlock, key)
            else:
                async with self._queued(key):
                    yield

    @asynccontextmanager
    async def _queued(self, key: str) -> AsyncIterator[None]:
        async with self._database.statement() as waiting:
            try:
                async with asyncio.timeout(_LONGEST_WAIT):
                    await waiting.execute(select(func.pg_advisory_lock(_number(key))))
                yield
                await waiting.execute(select(func.pg_advisory_unlock(_number(key))))
            except BaseException:
                await waiting.invalidate()  # which lets go of the lock
                raise

    async def close(self) -> None:
        """Let go of the connection."""
        async with self._speaking:
            await self._hang_up()

    async def _ask(self, function: Any, key: str) -> bool:
        async with self._speaking:
            try:
                if self._connection is None:
                    self._connection = await self._database.connection()
                asked = select(function(_number(key)))
                return bool(await self._connection.scalar(asked))
            except BaseException:
                await self._hang_up()
                raise

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(OSError, SQLAlchemyError):
            await connection.invalidate()
            await connection.close()


def _number(key: str) -> Any:
    return func.hashtextextended(key, 2)
