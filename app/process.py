"""How a process runs: tasks side by side until a signal, or until one of them fails."""

import asyncio
import signal
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

_SAY_AGAIN_SECONDS = 1.0


class Running:
    """Tasks of this process. Leaving the block cancels them all."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stop = asyncio.Event()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Until it is heard: `asyncio.wait_for` of Python 3.11 loses a cancellation that comes together with a result,
        # and a Temporal call turns it into an outage, after which the bot tries again.
        left = {task for task in self._tasks if not task.done()}
        while left:
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=_SAY_AGAIN_SECONDS)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run along."""
        self._tasks.add(asyncio.create_task(work))

    async def until_stopped(self) -> None:
        """Wait for SIGINT or SIGTERM. Raises the error of the first task that fails."""
        stopped = asyncio.create_task(self._stop.wait())
        done, _ = await asyncio.wait({stopped, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        for task in done - {stopped}:
            task.result()
