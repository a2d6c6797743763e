"""Waiting for a business instant, or for something to happen before it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.calendar import Clock, business_day
    from domain.office_hours import office_instant

from workflows import calls, cards

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


async def offices_open(clock: Clock, key: str, words: str) -> None:
    """Wait until offices are open, for each key until an instant of its own."""
    now = clock.business(workflow.now())
    at = office_instant(now, (await calls.known_days(business_day(now))).working_days(), key)
    while clock.business(workflow.now()) < at:
        await wait_until(at, clock, _never, f"{at:%Y-%m-%d %H:%M} {words}")


def _never() -> bool:
    return False
