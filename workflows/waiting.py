"""Waiting for a business instant, or for something to happen before it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.calendar import Clock

from workflows import cards

_SHORTEST = timedelta(milliseconds=1)


async def wait_until(
    instant: datetime | None, clock: Clock, happened: Callable[[], bool], summary: str
) -> None:
    """Return when `instant` has come or `happened()`; at once if it has come. None waits for `happened` alone.

    A fast clock rounds: a timer may fire a hair early, so callers check the time again and come back.
    """
    if instant is not None and clock.business(workflow.now()) >= instant:
        return
    delay = None if instant is None else max(clock.real(instant) - workflow.now(), _SHORTEST)
    with suppress(TimeoutError):
        await workflow.wait_condition(happened, timeout=delay, timeout_summary=cards.short(summary))
