"""Dates as people type them."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.forms.dates import NotADateError, parse_date

DAY = date(2026, 11, 5)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    "typed",
    [
        *("2026-11-05", "2026-11-5", "2026/11/5", "2026.11.05", "2026年11月5日", "2026年11月5号", "20261105"),
        *("２０２６－１１－０５", " 2026 年 11 月 5 日 ", "11月5日", "11月5号", "11-5", "11/05", "11.5"),
    ],
)
def test_a_date_is_read_however_it_is_typed(typed: str) -> None:
    assert parse_date(typed, date(2026, 12, 1)) == DAY


@pytest.mark.parametrize(
    ("typed", "around", "meant"),
    [
        ("12月30日", date(2027, 1, 4), date(2026, 12, 30)),
        ("1月3日", date(2027, 1, 4), date(2027, 1, 3)),
        ("1月3日", date(2026, 12, 30), date(2027, 1, 3)),
        ("6月30日", date(2026, 7, 1), date(2026, 6, 30)),
        ("2月29日", date(2028, 3, 1), date(2028, 2, 29)),
        ("2月29日", date(2027, 3, 1), date(2028, 2, 29)),
    ],
)
def test_without_a_year_the_nearest_is_meant(typed: str, around: date, meant: date) -> None:
    assert parse_date(typed, around) == meant


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        *(
            (typed, "answer.not_a_date")
            for typed in ("", "上周五", "11月", "2026", "2026-11", "5日", "1-2-3-4")
        ),
        *((typed, "answer.no_such_day") for typed in ("2026-02-30", "2月30日", "13月1日", "2026-00-10")),
        *((typed, "answer.no_such_day") for typed in ("1999-12-31", "0000-01-01", "20261332", "2月29日")),
    ],
)
def test_what_is_no_date_says_why(typed: str, code: str) -> None:
    with pytest.raises(NotADateError) as caught:
        parse_date(typed, date(2026, 7, 1))
    assert caught.value.code == code


def test_without_a_year_and_without_anything_to_be_near_to_the_year_is_asked_for() -> None:
    with pytest.raises(NotADateError) as caught:
        parse_date("11月5日")
    assert caught.value.code == "answer.no_year"


@given(DAYS)
@settings(database=None, max_examples=100)
def test_what_was_read_reads_the_same_again(day: date) -> None:
    assert parse_date(str(day)) == day
    assert parse_date(f"{day:%Y%m%d}") == day


@given(DAYS.filter(lambda day: (day.month, day.day) != (2, 29)), st.integers(-180, 180))
@settings(database=None, max_examples=100)
def test_a_day_less_than_half_a_year_away_needs_no_year(day: date, away: int) -> None:
    assert parse_date(f"{day.month}月{day.day}日", day + timedelta(days=away)) == day


@given(st.text(max_size=12))
@settings(database=None, max_examples=200)
def test_whatever_is_typed_is_a_date_or_none(typed: str) -> None:
    with suppress(NotADateError):
        assert parse_date(typed, DAY).year >= 2000
