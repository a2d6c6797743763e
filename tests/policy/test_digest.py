"""When the pictures of the periods go to the office."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import DAY, Period, business_day, start_of
from domain.digest import DigestDue, Moment, due_on, goes_out
from domain.office_hours import is_office_time
from domain.policy.obligations import CADENCES, schedule
from domain.terms import ObligationKind
from tests.policy.published import DAYS_2026
from tests.support import at

YEAR = [date(2026, 1, 1) + DAY * n for n in range(365)]


def monthly(today: date) -> list[DigestDue]:
    return [due for due in due_on(today, DAYS_2026) if due.kind is ObligationKind.DISPATCH]


def shown(due: DigestDue) -> tuple[str, str, str]:
    return (due.kind, due.period, due.moment)


@pytest.mark.rule("A10", "A14")
def test_each_picture_has_one_day_the_due_day_or_the_first_working_day_after_the_lock() -> None:
    found: dict[tuple[str, str, str], set[date]] = defaultdict(set)
    for today in YEAR:
        for due in due_on(today, DAYS_2026):
            found[shown(due)].add(due.day)
    assert all(len(days) == 1 for days in found.values())
    assert {kind for kind, _, _ in found} == {k for k in CADENCES if k is not ObligationKind.RECTIFICATION}
    for (kind, period, moment), (day,) in found.items():
        plan = schedule(ObligationKind(kind), Period.parse(period), DAYS_2026, "")
        last = business_day((plan.due if moment == Moment.DUE else plan.locks) - timedelta(seconds=1))
        assert day == (last if moment == Moment.DUE else DAYS_2026.nth(last + DAY, 1))
        assert DAYS_2026.is_working(day)
    months = [key for key in found if key[0] == ObligationKind.DISPATCH]
    assert len(months) == 24  # two for each month that opens in the year


def test_january_2026_with_its_holidays() -> None:
    """The fifth working day of February is the 6th; the fifteenth, after the Spring Festival, is the 27th."""
    assert [shown(due) for due in monthly(date(2026, 2, 6))] == [("月调度", "2026-01", "应报日")]
    (after_lock,) = monthly(date(2026, 3, 2))
    assert (shown(after_lock), after_lock.day) == (("月调度", "2026-01", "锁定后"), date(2026, 2, 28))


def test_what_was_missed_is_made_up_for_within_a_week() -> None:
    (due,) = monthly(date(2026, 2, 6))
    assert due in monthly(date(2026, 2, 13))  # five working days later
    assert due not in monthly(date(2026, 2, 14))


@given(
    st.sampled_from([due for today in YEAR[::9] for due in due_on(today, DAYS_2026)]),
    st.integers(-3000, 20_000),
)
def test_it_goes_out_in_office_hours_and_never_before_its_time(due: DigestDue, minutes: int) -> None:
    now = start_of(due.day) + timedelta(minutes=minutes)
    out = goes_out(due, now, DAYS_2026)
    assert out >= now
    assert is_office_time(out, DAYS_2026)
    assert business_day(out) >= due.day
    local = out.astimezone(start_of(due.day).tzinfo)
    if due.moment is Moment.DUE and business_day(out) == due.day:
        assert local.hour >= 14
    assert goes_out(due, out, DAYS_2026) == out, "once its time has come it does not move"


def test_its_name_is_its_key() -> None:
    due = DigestDue(kind=ObligationKind.DISPATCH, period="2026-01", moment=Moment.DUE, day=date(2026, 2, 6))
    assert due.id == "digest-monthly-2026-01-due"
    assert goes_out(due, at("2026-02-06 09:07"), DAYS_2026).date() == date(2026, 2, 6)
