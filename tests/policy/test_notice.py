"""公示 runs for at least five working days (B14)."""

from datetime import date

import pytest

from domain.calendar import DAY
from domain.errors import Refused
from domain.policy.notice import check_window
from tests.policy.published import DAYS_2026, FIGURES, WEEKENDS_ONLY

WINDOWS = [
    (date.fromisoformat(w["from"]), date.fromisoformat(w["to"]), w["working_days"])
    for w in FIGURES["public_notice_windows"]
]


@pytest.mark.rule("B14")
@pytest.mark.parametrize(("first", "last", "worked"), WINDOWS)
def test_a_published_window_is_long_enough_and_not_a_day_longer_than_it_must_be(
    first: date, last: date, worked: int
) -> None:
    check_window(first, last, WEEKENDS_ONLY)
    assert WEEKENDS_ONLY.count(first, last) == worked
    with pytest.raises(Refused):
        check_window(first, last - DAY, WEEKENDS_ONLY)


@pytest.mark.rule("B14")
@pytest.mark.parametrize(
    ("first", "last", "worked"),
    [
        ("2026-03-02", "2026-03-02", 1),  # starts and ends on one day
        ("2026-03-02", "2026-03-05", 4),
        ("2026-03-02", "2026-02-27", 0),  # ends before it starts
        ("2026-03-06", "2026-03-11", 4),  # a weekend does not count
        ("2026-09-30", "2026-10-10", 4),  # nor does the National Day
        ("2026-02-13", "2026-02-25", 4),  # nor does the Spring Festival; 14 February is worked
    ],
)
def test_a_window_of_fewer_than_five_working_days_is_refused(first: str, last: str, worked: int) -> None:
    with pytest.raises(Refused) as caught:
        check_window(date.fromisoformat(first), date.fromisoformat(last), DAYS_2026)
    assert caught.value.refusal.params["days"] == str(worked)
    assert caught.value.refusal.params["minimum"] == "5"
    assert caught.value.refusal.clause is not None


@pytest.mark.rule("B14")
@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-03-02", "2026-03-06"),
        ("2026-03-07", "2026-03-13"),  # from a Saturday
        ("2026-09-29", "2026-10-10"),  # 10 October is a worked Saturday
        ("2026-02-13", "2026-02-26"),
    ],
)
def test_the_shortest_window_ends_on_its_fifth_working_day(first: str, last: str) -> None:
    check_window(date.fromisoformat(first), date.fromisoformat(last), DAYS_2026)
    with pytest.raises(Refused):
        check_window(date.fromisoformat(first), date.fromisoformat(last) - DAY, DAYS_2026)
