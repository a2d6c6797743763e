"""PostgreSQL's NOTIFY as an event, so that nobody has to poll fast."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from persistence.database import Database


@asynccontextmanager
async def listening(database: Database, channel: str) -> AsyncIterator[asyncio.Queue[str]]:
    """Payloads of `channel` as they come. A lost connection ends the stream silently: read with a timeout."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    connection = await database.engine.connect()
    raw = (await connection.get_raw_connection()).driver_connection
    hear: Callable[..., Any] = lambda _c, _pid, _channel, payload: heard.put_nowait(payload)  # noqa: E731
    try:
        if raw is not None:
            await raw.add_listener(channel, hear)
        yield heard
    finally:
        await connection.invalidate()
        await connection.close()
