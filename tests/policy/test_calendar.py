"""Working days, months, days and their ends; the notices of the State Council for 2026 are the yardstick."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.calendar import working_days
from domain.calendar import (
    Clock,
    Period,
    PeriodKind,
    WorkingDays,
    business_day,
    corresponding_day,
    end_of,
    last_day_before,
    start_of,
)
from domain.office_hours import message_instant
from tests.policy.published import DAYS_2026, WEEKENDS_ONLY, days_off_2026, days_worked_2026
from tests.support import at

ALL_OF_2026 = [date(2026, 1, 1) + timedelta(days=i) for i in range(365)]


def test_the_calendar_in_use_agrees_with_the_notice_for_2026_on_every_day() -> None:
    used = working_days()
    assert [d for d in ALL_OF_2026 if used.is_working(d) != DAYS_2026.is_working(d)] == []


@pytest.mark.parametrize("day", sorted(days_off_2026()), ids=str)
def test_nobody_works_on_a_holiday(day: date) -> None:
    assert not DAYS_2026.is_working(day)


@pytest.mark.parametrize("day", sorted(days_worked_2026()), ids=str)
def test_a_weekend_day_given_in_exchange_is_worked(day: date) -> None:
    assert day.weekday() >= 5
    assert DAYS_2026.is_working(day)


def test_a_year_after_the_last_notice_is_tentative_and_has_weekends_only() -> None:
    assert not DAYS_2026.is_tentative(2026)
    assert DAYS_2026.is_tentative(2027)
    assert DAYS_2026.is_working(date(2027, 10, 1))  # a Friday; the notice for 2027 is not out
    assert not DAYS_2026.is_working(date(2027, 10, 2))


@pytest.mark.parametrize(
    ("first", "n", "expected"),
    [
        ("2026-01-01", 1, "2026-01-04"),  # a worked Sunday
        ("2026-01-01", 5, "2026-01-08"),
        ("2026-02-14", 1, "2026-02-14"),  # a worked Saturday counts itself
        ("2026-02-14", 2, "2026-02-24"),  # the Spring Festival lies between
        ("2026-05-01", 4, "2026-05-09"),  # a worked Saturday
        ("2026-10-01", 1, "2026-10-08"),
        ("2026-10-01", 3, "2026-10-10"),  # a worked Saturday
        ("2026-11-02", 1, "2026-11-02"),
    ],
)
def test_the_nth_working_day_counts_the_first_if_it_is_worked(first: str, n: int, expected: str) -> None:
    assert DAYS_2026.nth(date.fromisoformat(first), n) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        ("2026-10-09", 0, "2026-10-09"),
        ("2026-10-04", 0, "2026-10-04"),  # 0 is the day itself, worked or not
        ("2026-10-09", 1, "2026-10-10"),
        ("2026-10-08", -1, "2026-09-30"),
        ("2026-10-08", -2, "2026-09-29"),
        ("2026-02-24", -1, "2026-02-14"),
    ],
)
def test_working_days_are_added_and_taken_away(day: str, n: int, expected: str) -> None:
    assert DAYS_2026.add(date.fromisoformat(day), n) == date.fromisoformat(expected)


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(1, 40))
@settings(database=None, deadline=None)
def test_going_forth_and_back_by_as_many_working_days_ends_where_it_began(day: date, n: int) -> None:
    began = DAYS_2026.nth(day, 1)
    assert DAYS_2026.add(DAYS_2026.add(began, n), -n) == began
    assert DAYS_2026.count(began, DAYS_2026.add(began, n)) == n + 1


def test_a_window_that_ends_before_it_begins_has_no_working_day() -> None:
    assert WEEKENDS_ONLY.count(date(2026, 3, 6), date(2026, 3, 5)) == 0
    assert WorkingDays().count(date(2026, 3, 6), date(2026, 3, 6)) == 1


# Days and instants


def test_a_day_ends_at_the_next_midnight_of_shanghai_exclusive() -> None:
    assert end_of(date(2022, 1, 21)) == datetime.fromisoformat("2022-01-22T00:00:00+08:00")
    assert start_of(date(2022, 1, 21)) == datetime.fromisoformat("2022-01-20T16:00:00+00:00")
    assert business_day(end_of(date(2022, 1, 21)) - timedelta(microseconds=1)) == date(2022, 1, 21)
    assert business_day(end_of(date(2022, 1, 21))) == date(2022, 1, 22)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 30)))
@settings(database=None, deadline=None)
def test_the_day_before_an_end_is_the_day_that_it_closes(day: date) -> None:
    assert last_day_before(end_of(day)) == day


@pytest.mark.parametrize(
    ("start", "years", "expected"),
    [
        ("2024-02-29", 1, "2025-02-28"),
        ("2024-02-29", 4, "2028-02-29"),
        ("2023-02-28", 1, "2024-02-28"),
        ("2022-12-31", 1, "2023-12-31"),
    ],
)
def test_a_corresponding_day_that_does_not_exist_is_the_last_of_its_month(
    start: str, years: int, expected: str
) -> None:
    assert corresponding_day(date.fromisoformat(start), years) == date.fromisoformat(expected)


# Months


def test_a_month_is_written_as_year_and_two_digits() -> None:
    assert str(Period(kind=PeriodKind.MONTH, year=2026, number=3)) == "2026-03"
    assert Period.parse("2026-03") == Period.of(PeriodKind.MONTH, date(2026, 3, 31))


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "2026-Q5", "2026-H0", "2026-1", "202603", "２０２６-03", "", "三月"]
)
def test_what_is_not_a_period_is_not_read_as_one(text: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        Period.parse(text)


@pytest.mark.parametrize(
    ("month", "first", "last"),
    [
        ("2024-Q1", "2024-01-01", "2024-03-31"),
        ("2023-Q4", "2023-10-01", "2023-12-31"),
        ("2024-H1", "2024-01-01", "2024-06-30"),
        ("2023-H2", "2023-07-01", "2023-12-31"),
        ("2023", "2023-01-01", "2023-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-02", "2023-02-01", "2023-02-28"),
        ("2023-12", "2023-12-01", "2023-12-31"),
    ],
)
def test_a_period_knows_its_first_and_last_day(month: str, first: str, last: str) -> None:
    assert Period.parse(month).first_day == date.fromisoformat(first)
    assert Period.parse(month).last_day == date.fromisoformat(last)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
@settings(database=None, deadline=None)
def test_the_month_after_the_month_before_is_the_month_itself(day: date) -> None:
    month = Period.of(PeriodKind.MONTH, day)
    assert month.next.previous == month
    assert month.next.first_day == month.last_day + timedelta(days=1)


# Clock

INSTANTS = st.timedeltas(timedelta(0), timedelta(days=59 * 365)).map(lambda d: at("2001-01-01 00:00") + d)
SPEEDS = st.sampled_from([1.0, 60.0, 17520.0, 525600.0])  # identity … a year in a minute


def test_the_clock_in_production_shows_the_time_of_the_machine() -> None:
    now = at("2026-11-21 09:00")
    assert Clock().business(now) == now
    assert Clock().real(now) == now


@given(INSTANTS)
@settings(database=None, deadline=None)
def test_the_clock_in_production_changes_no_instant(instant: datetime) -> None:
    assert Clock().business(instant) == instant == Clock().real(instant)


@given(INSTANTS, INSTANTS, INSTANTS, SPEEDS)
@settings(database=None, deadline=None)
def test_real_is_the_inverse_of_business(
    real: datetime, origin: datetime, business: datetime, speed: float
) -> None:
    clock = Clock(origin=origin, business_origin=business, speed=speed)
    instant = business + (real - origin) / 1000
    assert abs(clock.business(clock.real(instant)) - instant) <= timedelta(microseconds=speed)


@given(INSTANTS, st.timedeltas(timedelta(seconds=1), timedelta(days=300)), SPEEDS)
@settings(database=None, deadline=None)
def test_the_clock_never_goes_back_and_runs_at_its_speed(
    start: datetime, later: timedelta, speed: float
) -> None:
    clock = Clock(origin=start, business_origin=at("2022-01-04 08:30"), speed=speed)
    if later * speed > timedelta(days=300 * 365):
        later = timedelta(seconds=1)
    passed = clock.business(start + later) - clock.business(start)
    assert passed > timedelta(0)
    assert abs(passed - later * speed) <= timedelta(microseconds=speed)


def test_business_time_is_shown_in_shanghai() -> None:
    assert Clock().business(datetime.fromisoformat("2026-11-20T16:00:00+00:00")).isoformat() == (
        "2026-11-21T00:00:00+08:00"
    )


# When messages go out


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.text(max_size=80))
@settings(database=None, deadline=None, max_examples=300)
def test_a_message_goes_out_in_office_hours_and_never_on_the_hour_or_half_hour(day: date, key: str) -> None:
    instant = message_instant(day, key)
    assert business_day(instant) == day
    assert at(f"{day} 09:00") < instant < at(f"{day} 11:30")
    assert instant.minute not in (0, 30)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.text(max_size=80))
@settings(database=None, deadline=None)
def test_a_message_goes_out_at_the_same_minute_whenever_it_is_asked(day: date, key: str) -> None:
    assert message_instant(day, key) == message_instant(day, key)
    next_day = message_instant(day + timedelta(days=1), key)
    assert next_day - message_instant(day, key) == timedelta(days=1)


def test_the_jitter_does_not_change_between_releases() -> None:
    assert message_instant(date(2022, 3, 1), "base-2021-03-1:2022-02") == datetime.fromisoformat(
        "2022-03-01T10:52:52+08:00"
    )


def test_the_messages_of_many_bases_are_spread_over_the_morning() -> None:
    instants = [message_instant(date(2026, 3, 2), f"base-2021-{n:02d}-1") for n in range(200)]
    by_minute = {i.replace(second=0) for i in instants}
    assert len(by_minute) > 80
