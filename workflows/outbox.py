"""Notices on their way out: sent side by side with the process, carried over when a run starts anew."""

import asyncio
from collections.abc import Collection

from temporalio import workflow
from temporalio.exceptions import ActivityError, CancelledError

with workflow.unsafe.imports_passed_through():
    from domain.views import Notice, NoticeKind

from workflows import cards, queues
from workflows.ports import MessagesPort


class Outbox:
    """A channel that is down must not hold up a deadline, and nothing that was to be said may be forgotten."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[str, Notice] = {}
        self._turn = asyncio.Lock()

    def resume(self, carried: tuple[Notice, ...]) -> None:
        """Send again what the run before could not finish: the business key keeps it from arriving twice."""
        for notice in carried:
            self.send(notice)

    @property
    def waiting(self) -> tuple[Notice, ...]:
        """Notices that are not known to have arrived."""
        return tuple(self._waiting.values())

    def send(self, notice: Notice) -> None:
        """Start sending; returns at once."""
        self._waiting[notice.key] = notice
        self._tasks[notice.key] = asyncio.create_task(self._send(notice))

    def cancel(self, kinds: Collection[NoticeKind]) -> None:
        """Stop sending what is no longer true."""
        for key in [key for key, notice in self._waiting.items() if notice.kind in kinds]:
            self._tasks.pop(key).cancel()
            self._waiting.pop(key)

    async def emptied(self) -> None:
        """Wait until everything was sent or given up."""
        await workflow.wait_condition(lambda: not self._waiting)

    async def _send(self, notice: Notice) -> None:
        async with self._turn:  # in the order in which they were said
            await self._deliver(notice)
        self._waiting.pop(notice.key, None)
        self._tasks.pop(notice.key, None)

    async def _deliver(self, notice: Notice) -> None:
        try:
            await workflow.execute_activity_method(
                MessagesPort.notify,
                notice,
                task_queue=queues.MESSAGE_QUEUE,
                schedule_to_close_timeout=queues.MESSAGE_GIVES_UP_AFTER,
                start_to_close_timeout=queues.ACTIVITY_TIMEOUT,
                retry_policy=queues.MESSAGE_RETRY,
                priority=queues.URGENT,
                summary=cards.short(f"通知：{notice.kind}"),
            )
        except ActivityError as e:
            if not isinstance(
                e.cause, CancelledError
            ):  # that it was cancelled means that it is no longer true
                workflow.logger.error("notice %s was given up", notice.key)
