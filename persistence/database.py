"""The connection to PostgreSQL. One request or activity is one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

_SQLSTATES_OF_AN_OUTAGE = ("08", "53", "57")
"""Connection lost, out of resources, shut down or starting up."""


def is_outage(error: DBAPIError) -> bool:
    """Whether trying later helps. A connection that breaks inside a statement comes as a bare DBAPIError."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return error.connection_invalidated or state.startswith(_SQLSTATES_OF_AN_OUTAGE)


class Database:
    """A pool of connections."""

    def __init__(self, url: str, pool_size: int = 10) -> None:
        # What people wrote must not come into a log with an error.
        self.engine: AsyncEngine = create_async_engine(
            url, pool_size=pool_size, max_overflow=10, hide_parameters=True
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """All or nothing: committed at the end, rolled back on any error."""
        async with self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[AsyncConnection]:
        """For exactly one statement, which is a transaction by itself: one round trip instead of three."""
        async with self.engine.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    async def connection(self) -> AsyncConnection:
        """One to be kept, in which each statement is a transaction by itself; whoever asks for it closes it."""
        connection = await self.engine.connect()
        return await connection.execution_options(isolation_level="AUTOCOMMIT")

    async def ping(self) -> None:
        """Raise if the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("select 1"))

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()
