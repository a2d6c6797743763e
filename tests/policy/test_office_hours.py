"""When messages may leave (本系统约定 发送时间): windows, a stable jitter off :00 and :30, weekends and holidays."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.calendar import working_days
from domain.calendar import SHANGHAI, business_day, start_of
from domain.office_hours import AFTERNOON, MORNING, Window, is_office_time, message_instant, office_instant
from tests.policy.published import DAYS_2026
from tests.support import at

PLAIN = settings(database=None, deadline=None)
DAYS = st.dates(date(2021, 12, 20), date(2028, 12, 31))
KEYS = st.text(min_size=1, max_size=40)
WINDOWS = st.sampled_from([MORNING, AFTERNOON])
INSTANTS = st.builds(
    lambda day, later: start_of(day) + later, DAYS, st.timedeltas(timedelta(0), timedelta(days=1))
)
LONGEST_HOLIDAY = timedelta(days=10)
"""Nine days in 2026, and the night before."""


@pytest.mark.parametrize(
    ("instant", "open_"),
    [
        ("2026-03-02 08:59", False),
        ("2026-03-02 09:00", True),
        ("2026-03-02 11:29", True),
        ("2026-03-02 11:30", False),
        ("2026-03-02 14:29", False),
        ("2026-03-02 14:30", True),
        ("2026-03-02 17:29", True),
        ("2026-03-02 17:30", False),
        ("2026-03-07 10:00", False),  # a Saturday
        ("2026-05-09 10:00", True),  # a Saturday that is worked
        ("2026-05-05 10:00", False),  # a Tuesday off
    ],
)
def test_offices_are_open_on_working_days_in_the_morning_and_in_the_afternoon(
    instant: str, open_: bool
) -> None:
    assert is_office_time(at(instant), DAYS_2026) is open_


def test_what_time_it_is_is_asked_in_shanghai() -> None:
    assert is_office_time(datetime(2026, 3, 2, 1, 0, tzinfo=UTC), DAYS_2026)
    assert not is_office_time(datetime(2026, 3, 2, 9, 35, tzinfo=UTC), DAYS_2026)


@given(DAYS, KEYS, WINDOWS)
@PLAIN
def test_a_planned_message_leaves_within_its_window_and_never_on_the_hour_or_half_hour(
    day: date, key: str, window: Window
) -> None:
    instant = message_instant(day, key, window)
    assert business_day(instant) == day
    assert window.start <= instant.time() < window.end
    assert instant.minute % 30
    assert instant == message_instant(day, key, window)


@given(DAYS, KEYS, WINDOWS, st.integers(5, 60))
@PLAIN
def test_a_message_can_be_kept_to_the_first_minutes(day: date, key: str, window: Window, within: int) -> None:
    instant = message_instant(day, key, window, within)
    begins = datetime.combine(day, window.start, SHANGHAI)
    assert timedelta(minutes=1) <= instant - begins < timedelta(minutes=within)
    assert instant.minute % 30


def test_many_messages_are_spread_over_all_minutes_of_the_window_but_those() -> None:
    instants = [message_instant(date(2026, 3, 2), f"base-{n}", AFTERNOON) for n in range(5_000)]
    minutes = Counter((i.hour, i.minute) for i in instants)
    assert len(minutes) == AFTERNOON.minutes - 6  # 14:30, 15:00, … 17:00
    assert max(minutes.values()) < 3 * min(minutes.values())


@given(INSTANTS, KEYS)
@PLAIN
def test_what_cannot_leave_now_leaves_soon_after_offices_open_again(now: datetime, key: str) -> None:
    days = working_days()
    instant = office_instant(now, days, key)
    assert is_office_time(instant, days)
    assert now <= instant <= now + LONGEST_HOLIDAY
    if is_office_time(now, days):
        assert instant == now
    else:
        assert instant.minute % 30
        between = now
        while between < instant - timedelta(minutes=30):
            assert not is_office_time(between, days), "an earlier window was passed over"
            between += timedelta(minutes=30)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-03-02 07:00", "2026-03-02 09:00"),
        ("2026-03-02 12:00", "2026-03-02 14:30"),
        ("2026-03-02 17:30", "2026-03-03 09:00"),
        ("2026-03-06 20:00", "2026-03-09 09:00"),  # over the weekend
        ("2026-05-08 20:00", "2026-05-09 09:00"),  # to a worked Saturday
        ("2026-02-14 17:30", "2026-02-24 09:00"),  # over the Spring Festival
        ("2026-09-30 17:30", "2026-10-08 09:00"),  # over the National Day
        ("2026-10-01 10:00", "2026-10-08 09:00"),
    ],
)
def test_it_leaves_in_the_first_half_hour_of_the_next_window(now: str, opens: str) -> None:
    for n in range(50):
        instant = office_instant(at(now), DAYS_2026, f"key-{n}")
        assert timedelta(minutes=1) <= instant - at(opens) < timedelta(minutes=30)
