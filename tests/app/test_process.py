"""A process stops when it is told to, whatever its tasks are in the middle of."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

from app import http, process
from app.embedded import HOST, check_port, free_port
from app.http import serving
from app.process import Running


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_SAY_AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(http, "_STOP_SECONDS", 0.3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_all_tasks(number: signal.Signals) -> None:
    ended: list[int] = []

    async def work(n: int) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(n)

    async with Running() as running:
        for n in range(3):
            running.start(work(n))
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), number)
        await asyncio.wait_for(running.until_stopped(), 5)
    assert sorted(ended) == [0, 1, 2]


async def test_a_task_that_misses_the_first_word_hears_the_next() -> None:
    missed = 0

    async def hard_of_hearing() -> None:
        nonlocal missed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                missed += 1
                if missed == 3:
                    raise

    async with asyncio.timeout(5):
        async with Running() as running:
            running.start(hard_of_hearing())
            await asyncio.sleep(0)
    assert missed == 3


async def test_the_first_task_that_fails_ends_the_process_with_its_error() -> None:
    async def fails() -> None:
        raise ConnectionError("the bot's token is not accepted")

    async with Running() as running:
        running.start(asyncio.sleep(60))
        running.start(fails())
        with pytest.raises(ConnectionError, match="token"):
            await running.until_stopped()


async def test_an_application_that_does_not_end_does_not_hold_up_the_process(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @asynccontextmanager
    async def stubborn(_: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.sleep(2)

    caplog.set_level(logging.INFO)
    app, port = FastAPI(lifespan=stubborn), free_port()
    async with asyncio.timeout(5):
        async with serving(app, HOST, port), httpx.AsyncClient() as client:
            assert (await client.get(f"http://{HOST}:{port}/nowhere")).status_code == 404
    check_port(port, "the port is free again")
    assert "was cut off" in caplog.text
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


async def test_a_server_that_ends_in_time_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(FastAPI(), HOST, free_port()):
        pass
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
