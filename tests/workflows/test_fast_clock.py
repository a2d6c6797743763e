"""Office hours where a day passes in seconds, and where the clock is exchanged: the demo's messages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.messages import MessageActivities
from domain.calendar import Clock
from domain.views import Notice, NoticeKind
from persistence.database import Database
from tests.support import Recorder, at

_BEGAN = datetime(2026, 11, 25, tzinfo=UTC)
_A_YEAR_IN_HALF_AN_HOUR = 365 * 24 * 2
NOTICE = Notice(key="示例", kind=NoticeKind.DECIDED)


def clock_at(business: str, speed: float = 1.0) -> Clock:
    """At the instant at which the activity is started it is `business`."""
    return Clock(origin=_BEGAN, business_origin=at(business), speed=speed)


async def notify(
    database: Database, clock: Clock, looks_again: timedelta = timedelta.max
) -> timedelta | None:
    """Send, or learn after which machine time it is to be tried again."""
    environment = ActivityEnvironment()
    patience = timedelta(days=30)
    environment.info = replace(
        environment.info,
        scheduled_time=_BEGAN,
        started_time=_BEGAN,
        schedule_to_close_timeout=patience,
    )
    activities = MessageActivities(database, Recorder(), clock, looks_again=looks_again)
    try:
        await environment.run(activities.notify, NOTICE)
    except ApplicationError as e:
        return e.next_retry_delay
    return None


@pytest.mark.parametrize(
    ("business", "speed", "goes_out"),
    [
        ("2026-11-25 10:00", 1, True),
        ("2026-11-25 12:00", 1, False),
        ("2026-11-25 20:00", 1, False),
        ("2026-11-25 20:00", _A_YEAR_IN_HALF_AN_HOUR, True),  # two seconds ago offices were open
        ("2026-11-26 02:00", _A_YEAR_IN_HALF_AN_HOUR, True),
        ("2026-11-26 04:30", _A_YEAR_IN_HALF_AN_HOUR, False),
        ("2026-11-29 12:00", _A_YEAR_IN_HALF_AN_HOUR, False),  # a Sunday
    ],
)
async def test_what_left_in_office_hours_a_moment_ago_goes_out(
    database: Database, business: str, speed: float, goes_out: bool
) -> None:
    delay = await notify(database, clock_at(business, speed))
    assert (delay is None) is goes_out


async def test_it_waits_for_the_morning(database: Database) -> None:
    delay = await notify(database, clock_at("2026-11-25 20:00"))
    assert delay
    assert timedelta(hours=13) < delay < timedelta(hours=13, minutes=30)


async def test_where_the_clock_may_be_exchanged_it_is_not_waited_for_long(database: Database) -> None:
    """Somebody was at work on the demo's page at night: a minute later days pass in seconds again."""
    delay = await notify(database, clock_at("2026-11-25 20:00"), timedelta(seconds=2))
    assert delay == timedelta(seconds=2)
