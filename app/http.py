"""Serving HTTP inside an event loop that somebody else stops."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator

import uvicorn
from fastapi import FastAPI

_LOG = logging.getLogger(__name__)
_STOP_SECONDS = 5.0


class _Server(uvicorn.Server):
    """Leaves the signals to its caller."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """No handlers of its own."""
        yield


@contextlib.asynccontextmanager
async def serving(app: FastAPI, host: str, port: int) -> AsyncIterator[None]:
    """Answer until the block is left; open connections get two seconds."""
    config = uvicorn.Config(app, host, port, log_level="warning", timeout_graceful_shutdown=2)
    server = _Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        if running.done():
            await running
            raise OSError(f"HTTP server did not start on {host}:{port}")
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        _, late = await asyncio.wait({running}, timeout=_STOP_SECONDS)
        if late:
            _LOG.info("the HTTP server did not stop in %s s and was cut off", _STOP_SECONDS)
            running.cancel()
        await asyncio.gather(running, return_exceptions=bool(late))
