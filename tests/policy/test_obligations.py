"""月调度 (A10): when a period opens, is due and locks, who is reminded when, and who owes it."""

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import Period, PeriodKind, business_day, end_of, last_day_before
from domain.errors import Stale
from domain.policy.obligations import NudgeKind, Schedule, check_open, owes, schedule
from domain.policy.source import Document
from domain.terms import ObligationKind, ObligationState
from tests.policy.published import DAYS_2026
from tests.support import at


def monthly(period: str, key: str = "base-2021-03-1") -> Schedule:
    return schedule(ObligationKind.DISPATCH, Period.parse(period), DAYS_2026, key)


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("period", "opens", "due", "locks"),
    [
        ("2025-12", "2026-01-04", "2026-01-08", "2026-01-22"),  # opens on a worked Sunday
        ("2026-01", "2026-02-02", "2026-02-06", "2026-02-27"),  # the Spring Festival lies between
        ("2026-02", "2026-03-02", "2026-03-06", "2026-03-20"),
        ("2026-04", "2026-05-06", "2026-05-11", "2026-05-25"),  # after 1 May; 9 May is a worked Saturday
        ("2026-09", "2026-10-08", "2026-10-13", "2026-10-27"),  # after the National Day
        ("2026-10", "2026-11-02", "2026-11-06", "2026-11-20"),
    ],
)
def test_a_month_opens_on_the_first_is_due_on_the_fifth_and_locks_after_the_fifteenth_working_day(
    period: str, opens: str, due: str, locks: str
) -> None:
    plan = monthly(period)
    assert business_day(plan.opens) == date.fromisoformat(opens)
    assert last_day_before(plan.due) == date.fromisoformat(due)
    assert last_day_before(plan.locks) == date.fromisoformat(locks)


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("2026-02", ["2026-03-04", "2026-03-06", "2026-03-09"]),
        ("2026-09", ["2026-10-10", "2026-10-13", "2026-10-14"]),  # the first on a worked Saturday
    ],
)
def test_reminders_go_out_two_working_days_before_on_the_due_day_and_one_after(
    period: str, days: list[str]
) -> None:
    nudges = monthly(period).nudges
    assert [n.kind for n in nudges] == [NudgeKind.SOON, NudgeKind.TODAY, NudgeKind.OVERDUE]
    assert [str(business_day(n.at)) for n in nudges] == days


@given(
    st.dates(date(2022, 1, 1), date(2027, 12, 31)), st.from_regex(r"base-2021-\d\d-\d{1,3}", fullmatch=True)
)
@settings(database=None, deadline=None)
def test_opening_reminders_due_and_lock_come_in_this_order(day: date, base_id: str) -> None:
    plan = monthly(str(Period.of(PeriodKind.MONTH, day)), base_id)
    soon, today, overdue = (n.at for n in plan.nudges)
    assert plan.opens < soon < today < plan.due < overdue < plan.locks


def test_deadlines_are_the_same_for_all_bases_and_only_messages_are_spread() -> None:
    one, other = monthly("2026-02", "base-2021-03-1"), monthly("2026-02", "base-2021-04-2")
    assert (one.due, one.locks) == (other.due, other.locks)
    assert one.opens != other.opens


def test_deadlines_in_a_year_without_notice_are_tentative() -> None:
    assert not monthly("2026-11").tentative  # opens in December 2026
    assert monthly("2026-12").tentative  # opens in January 2027


def test_the_cadence_is_our_own_agreement_and_says_so() -> None:
    assert monthly("2026-02").clause.document is Document.OURS


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("pilot_start", "gone", "expected"),
    [
        ("2026-03-01", None, True),
        ("2026-03-31", None, True),  # began on the last day
        ("2026-04-01", None, False),
        ("2025-03-01", "2026-03-30", False),
        ("2025-03-01", "2026-03-31", False),  # gone on the last day
        ("2025-03-01", "2026-04-01", True),
        ("2026-03-31", "2026-04-01", True),
    ],
)
def test_a_period_is_owed_by_who_was_in_pilot_on_its_last_day(
    pilot_start: str, gone: str | None, expected: bool
) -> None:
    left = date.fromisoformat(gone) if gone else None
    assert owes(Period.parse("2026-03"), date.fromisoformat(pilot_start), left) is expected


LAST_MOMENT = datetime.fromisoformat("2026-03-20T23:59:59.999999+08:00")


@pytest.mark.rule("A10")
@pytest.mark.parametrize("now", [at("2026-03-02 09:00"), at("2026-03-10 09:00"), LAST_MOMENT])
def test_an_open_period_takes_answers_until_the_end_of_the_fifteenth_working_day(now: datetime) -> None:
    check_open(monthly("2026-02"), ObligationState.OPEN, now)


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("state", "now", "code"),
    [
        (ObligationState.OPEN, end_of(date(2026, 3, 20)), "obligation.locked"),
        (ObligationState.MISSING, at("2026-03-21 09:00"), "obligation.locked"),
        (ObligationState.SUBMITTED, at("2026-03-03 09:00"), "obligation.submitted"),
        (ObligationState.SUBMITTED, at("2026-03-21 09:00"), "obligation.submitted"),
    ],
)
def test_what_is_handed_in_or_locked_takes_no_answer_and_says_by_which_rule(
    state: ObligationState, now: datetime, code: str
) -> None:
    with pytest.raises(Stale) as caught:
        check_open(monthly("2026-02"), state, now)
    refusal = caught.value.refusal
    assert refusal.code == code
    assert refusal.clause == monthly("2026-02").clause
    assert refusal.params == {"period": "2026-02", "kind": "月调度", "locks": "2026-03-20"}
