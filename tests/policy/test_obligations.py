"""What is owed (A10, A14): when a period opens, is due and locks, who is told when, and who owes it."""

from collections import Counter
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import Period, business_day, end_of, last_day_before
from domain.errors import Stale
from domain.office_hours import is_office_time
from domain.policy.obligations import (
    CADENCES,
    OPENS_BEFORE,
    Schedule,
    Suspension,
    check_open,
    in_force,
    opening_in,
    owes,
    schedule,
)
from domain.policy.obligations import NudgeKind as K
from domain.policy.source import Document
from domain.terms import ObligationKind, ObligationState, Recipient
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
        (
            "2026-02",
            ["2026-03-02", "2026-03-04", "2026-03-06", "2026-03-09", "2026-03-11", "2026-03-13"],
        ),
        (
            "2026-09",  # after the National Day; 10 October is a worked Saturday
            ["2026-10-08", "2026-10-10", "2026-10-13", "2026-10-14", "2026-10-16", "2026-10-20"],
        ),
    ],
)
def test_the_ladder_has_six_steps_counted_in_working_days_from_the_due_day(
    period: str, days: list[str]
) -> None:
    nudges = monthly(period).nudges
    assert [n.kind for n in nudges] == [K.OPENED, K.SOON, K.TODAY, K.OVERDUE, K.DEPARTMENT, K.OFFICE]
    assert [n.offset for n in nudges] == [0, -2, 0, 1, 3, 5]
    assert [str(business_day(n.at)) for n in nudges] == days


@pytest.mark.rule("A10")
def test_the_deputy_hears_of_what_is_overdue_and_then_who_is_above() -> None:
    to = {str(n.kind): n.to for n in monthly("2026-02").nudges}
    assert to == {
        "opened": (Recipient.CONTACT,),
        "soon": (Recipient.CONTACT,),
        "today": (Recipient.CONTACT,),
        "overdue": (Recipient.CONTACT, Recipient.DEPUTY),
        "department": (Recipient.DEPARTMENT,),
        "office": (Recipient.OFFICE,),
    }


ANY_DAY = st.dates(date(2022, 1, 1), date(2027, 12, 31))
ANY_BASE = st.from_regex(r"base-2021-\d\d-\d{1,3}", fullmatch=True)
ANY_REGULAR = st.sampled_from([kind for kind in ObligationKind if CADENCES[kind][-1].value.period])


@given(ANY_REGULAR, st.dates(date(2023, 7, 5), date(2027, 12, 31)), ANY_BASE)
@settings(database=None, deadline=None)
def test_opening_ladder_due_and_lock_come_in_this_order(
    kind: ObligationKind, day: date, base_id: str
) -> None:
    length = CADENCES[kind][-1].value.period
    assert length
    plan = schedule(kind, Period.of(length, day), DAYS_2026, base_id)
    opened, soon, today, overdue, department, office = (n.at for n in plan.nudges)
    assert plan.opens == opened - OPENS_BEFORE
    assert opened < soon < today < plan.due < overdue < department < office < plan.locks


@given(ANY_REGULAR, st.dates(date(2023, 7, 5), date(2027, 12, 31)), ANY_BASE)
@settings(database=None, deadline=None)
def test_contacts_are_told_in_the_morning_and_who_is_above_them_in_the_afternoon(
    kind: ObligationKind, day: date, base_id: str
) -> None:
    length = CADENCES[kind][-1].value.period
    assert length
    for nudge in schedule(kind, Period.of(length, day), DAYS_2026, base_id).nudges:
        assert is_office_time(nudge.at, DAYS_2026)
        assert nudge.at.minute % 30
        assert (nudge.at.hour < 12) == (Recipient.CONTACT in nudge.to)


def test_all_that_a_base_owes_from_one_day_on_opens_at_the_same_minute() -> None:
    """So it is told in one message."""
    first = [
        schedule(kind, Period.parse(period), DAYS_2026, "base-2021-03-1").opens
        for kind, period in (
            (ObligationKind.DISPATCH, "2025-12"),
            (ObligationKind.SUPERVISION, "2025-Q4"),
            (ObligationKind.PUBLICATION, "2025-H2"),
            (ObligationKind.ASSESSMENT, "2025"),
            (ObligationKind.REPORT, "2025"),
        )
    ]
    assert len(set(first)) == 1


@pytest.mark.rule("A10", "A14")
@pytest.mark.parametrize(
    ("kind", "period", "due", "locks", "review"),
    [
        (ObligationKind.DISPATCH, "2026-03", "2026-04-08", "2026-04-22", 10),
        (ObligationKind.SUPERVISION, "2026-Q1", "2026-04-15", "2026-04-29", None),
        (ObligationKind.ASSESSMENT, "2025", "2026-01-29", "2026-02-12", None),
        (ObligationKind.PUBLICATION, "2026-H1", "2026-07-21", "2026-08-04", 10),
        (ObligationKind.REPORT, "2025", "2026-01-29", "2026-02-12", 10),
    ],
)
def test_each_kind_has_its_days_and_its_review(
    kind: ObligationKind, period: str, due: str, locks: str, review: int | None
) -> None:
    plan = schedule(kind, Period.parse(period), DAYS_2026, "base-2021-03-1")
    assert (last_day_before(plan.due), last_day_before(plan.locks)) == (
        date.fromisoformat(due),
        date.fromisoformat(locks),
    )
    assert plan.review_days == review


@pytest.mark.rule("A10", "A14")
def test_what_the_measures_ask_for_is_owed_from_their_day_on() -> None:
    """The monthly dispatch came with the call; the others with the measures of 5 July 2023."""
    assert in_force(ObligationKind.DISPATCH, Period.parse("2021-12"))
    assert not in_force(ObligationKind.DISPATCH, Period.parse("2021-11"))
    assert not in_force(ObligationKind.SUPERVISION, Period.parse("2023-Q2"))
    assert in_force(ObligationKind.SUPERVISION, Period.parse("2023-Q3"))
    assert in_force(ObligationKind.ASSESSMENT, Period.parse("2023"))


@pytest.mark.rule("A10", "A14")
@pytest.mark.parametrize(
    ("year", "counts"),
    [
        (2022, {"月调度": 12}),
        (2023, {"月调度": 12, "季督导": 1}),
        (2024, {"月调度": 12, "季督导": 4, "年考核": 1, "半年发布": 2, "年度综合报告": 1}),
    ],
)
def test_in_a_year_opens_whatever_ended_just_before_or_in_it(year: int, counts: dict[str, int]) -> None:
    found = list(opening_in(year))
    assert Counter(str(kind) for kind, _ in found) == counts
    assert len(set(found)) == len(found)
    months = [str(period) for kind, period in found if kind is ObligationKind.DISPATCH]
    assert (months[0], months[-1]) == (f"{year - 1}-12", f"{year}-11")


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


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-03-31", None, False),
        ("2026-03-31", "2026-03-31", False),  # on the last day only
        ("2026-01-05", "2026-03-30", True),  # it went on in time to owe the month
        ("2026-04-01", None, True),
        ("2026-01-05", "2026-06-30", False),
    ],
)
def test_a_base_that_stands_still_on_the_last_day_does_not_owe_the_period(
    first: str, last: str | None, expected: bool
) -> None:
    stood = Suspension(first=date.fromisoformat(first), last=date.fromisoformat(last) if last else None)
    known = (Suspension(first=date(2025, 5, 1), last=date(2025, 6, 1)), stood)
    assert owes(Period.parse("2026-03"), date(2025, 3, 1), None, known) is expected


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
