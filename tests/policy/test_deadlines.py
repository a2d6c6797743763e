"""New deadlines (A10): after standing still, after a return, an extension, new holidays; and of what was ordered."""

from datetime import date, datetime

import pytest
from pydantic import BaseModel

from domain.calendar import Period, WorkingDays, business_day, end_of, last_day_before
from domain.policy.obligations import (
    NudgeKind,
    Schedule,
    extended,
    ordered,
    recomputed,
    resumed,
    returned,
    schedule,
    still_true,
)
from domain.policy.source import Document
from domain.terms import OWED, ObligationKind, ObligationState
from tests.policy.published import DAYS_2026
from tests.support import at

BASE = "base-2021-03-1"
FEBRUARY = schedule(ObligationKind.DISPATCH, Period.parse("2026-02"), DAYS_2026, BASE)
"""Opens on Monday 2 March 2026, is due on Friday the 6th, locks on Friday the 20th."""


def last_days(plan: Schedule) -> tuple[str, str]:
    return str(last_day_before(plan.due)), str(last_day_before(plan.locks))


def steps(plan: Schedule) -> list[tuple[str, str]]:
    return [(str(n.kind), f"{business_day(n.at):%m-%d}") for n in plan.nudges]


# The clock stood still


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("stopped", "resumed_at", "due", "locks"),
    [
        ("2026-03-03 10:00", "2026-03-03 16:00", "2026-03-06", "2026-03-20"),  # on the same day
        ("2026-03-03 16:00", "2026-03-04 10:00", "2026-03-09", "2026-03-23"),  # over one night
        (
            "2026-03-06 10:00",
            "2026-03-16 10:00",
            "2026-03-16",
            "2026-03-30",
        ),  # from the last day to the last day
        ("2026-03-07 10:00", "2026-03-08 10:00", "2026-03-06", "2026-03-20"),  # over a weekend
        ("2026-03-03 10:00", "2026-04-03 10:00", "2026-04-09", "2026-04-23"),  # 清明 comes between
    ],
)
def test_after_standing_still_as_many_working_days_are_left_as_before(
    stopped: str, resumed_at: str, due: str, locks: str
) -> None:
    plan = resumed(FEBRUARY, at(stopped), at(resumed_at), DAYS_2026, BASE)
    assert last_days(plan) == (due, locks)
    assert plan.opens == FEBRUARY.opens


@pytest.mark.rule("A10")
def test_what_was_overdue_before_stays_so_and_only_its_lock_moves() -> None:
    plan = resumed(FEBRUARY, at("2026-03-10 10:00"), at("2026-03-24 10:00"), DAYS_2026, BASE)
    assert last_days(plan) == ("2026-03-06", "2026-04-03")


@pytest.mark.rule("A10")
def test_the_steps_that_were_to_come_come_as_much_later() -> None:
    """Stopped on Tuesday the 10th, two working days after the due day: department and office are still to be told."""
    plan = resumed(FEBRUARY, at("2026-03-10 12:00"), at("2026-03-24 12:00"), DAYS_2026, BASE)
    assert steps(plan) == [("department", "03-25"), ("office", "03-27")]
    assert [n.offset for n in plan.nudges] == [3, 5]


def test_a_step_that_fell_into_an_hour_of_standing_still_is_not_lost_to_those_above() -> None:
    """The department is to be told on Wednesday the 11th in the afternoon."""
    plan = resumed(FEBRUARY, at("2026-03-11 14:00"), at("2026-03-11 17:30"), DAYS_2026, BASE)
    assert steps(plan) == [("department", "03-11"), ("office", "03-13")]


@pytest.mark.rule("A10")
def test_after_standing_still_the_ladder_leads_to_the_new_due_day() -> None:
    plan = resumed(FEBRUARY, at("2026-03-03 12:00"), at("2026-03-16 12:00"), DAYS_2026, BASE)
    assert last_days(plan)[0] == "2026-03-19"
    assert steps(plan) == [
        ("soon", "03-17"),
        ("today", "03-19"),
        ("overdue", "03-20"),
        ("department", "03-24"),
        ("office", "03-26"),
    ]


def test_what_stands_still_twice_is_as_much_later_as_both_times_together() -> None:
    first = resumed(FEBRUARY, at("2026-03-10 12:00"), at("2026-03-12 12:00"), DAYS_2026, BASE)
    plan = resumed(first, at("2026-03-12 14:00"), at("2026-03-23 12:00"), DAYS_2026, BASE)
    assert last_days(plan) == ("2026-03-06", "2026-04-02")
    assert steps(plan) == [("department", "03-24"), ("office", "03-26")]


# Returned


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("handed_in", "returned_at", "due"),
    [
        ("2026-03-03 10:00", "2026-03-11 10:00", "2026-03-16"),  # four days were left
        ("2026-03-06 23:00", "2026-03-11 10:00", "2026-03-13"),  # one was: two are the least
        ("2026-03-12 10:00", "2026-03-19 10:00", "2026-03-23"),  # it was late
        ("2026-03-03 10:00", "2026-03-03 15:00", "2026-03-06"),
    ],
)
def test_what_is_returned_is_due_after_the_days_that_were_left_or_two_at_least(
    handed_in: str, returned_at: str, due: str
) -> None:
    plan = returned(FEBRUARY, at(handed_in), at(returned_at), DAYS_2026, BASE)
    assert last_days(plan)[0] == due
    assert plan.locks >= end_of(DAYS_2026.add(last_day_before(plan.due), 10))
    assert all(n.at > at(returned_at) for n in plan.nudges)


@pytest.mark.rule("A10")
def test_what_is_returned_has_a_ladder_of_its_own_without_an_opening() -> None:
    plan = returned(FEBRUARY, at("2026-03-03 10:00"), at("2026-03-11 10:00"), DAYS_2026, BASE)
    assert steps(plan) == [
        ("soon", "03-12"),
        ("today", "03-16"),
        ("overdue", "03-17"),
        ("department", "03-19"),
        ("office", "03-23"),
    ]


# Extended


@pytest.mark.rule("A10")
def test_an_extension_moves_the_lock_as_well() -> None:
    plan = extended(FEBRUARY, date(2026, 3, 11), at("2026-03-05 10:00"), DAYS_2026, BASE)
    assert last_days(plan) == ("2026-03-11", "2026-03-25")
    assert steps(plan)[:2] == [("soon", "03-09"), ("today", "03-11")]


def test_nobody_is_told_on_a_day_off_that_something_is_due_on_it() -> None:
    plan = extended(FEBRUARY, date(2026, 3, 14), at("2026-03-05 10:00"), DAYS_2026, BASE)
    assert last_days(plan) == ("2026-03-14", "2026-03-27")
    assert steps(plan)[:2] == [("soon", "03-12"), ("overdue", "03-16")]


def test_an_extension_until_today_or_tomorrow_brings_no_reminder_from_the_past() -> None:
    plan = extended(FEBRUARY, date(2026, 3, 10), at("2026-03-09 15:00"), DAYS_2026, BASE)
    assert [kind for kind, _ in steps(plan)] == ["today", "overdue", "department", "office"]


# The calendar is known


UNKNOWN_2027 = DAYS_2026
KNOWN_2027 = WorkingDays(off=frozenset({date(2027, 1, 1), date(2027, 1, 4)}), known_through=2027)
DECEMBER = schedule(ObligationKind.DISPATCH, Period.parse("2026-12"), UNKNOWN_2027, BASE)
"""Tentatively it opens on Friday 1 January 2027 and is due on the 7th."""


@pytest.mark.rule("A10")
def test_what_was_tentative_is_computed_again_when_the_holidays_are_known() -> None:
    assert (DECEMBER.tentative, last_days(DECEMBER)) == (True, ("2027-01-07", "2027-01-21"))
    plan = recomputed(DECEMBER, at("2027-01-01 08:00"), KNOWN_2027, BASE)
    assert (plan.tentative, last_days(plan)) == (False, ("2027-01-11", "2027-01-25"))
    assert [kind for kind, _ in steps(plan)][-4:] == ["today", "overdue", "department", "office"]
    assert plan.opens == DECEMBER.opens


def test_what_is_certain_stays_as_it_is() -> None:
    plan = recomputed(FEBRUARY, at("2026-03-05 12:00"), KNOWN_2027, BASE)
    assert last_days(plan) == last_days(FEBRUARY)
    assert [kind for kind, _ in steps(plan)] == ["today", "overdue", "department", "office"]


@pytest.mark.rule("A10")
def test_a_day_that_was_promised_is_kept_when_the_holidays_are_known() -> None:
    """An extension was granted, or something was returned, before: the old deadline is not put back."""
    longer = extended(DECEMBER, date(2027, 1, 20), at("2027-01-05 10:00"), UNKNOWN_2027, BASE)
    again = returned(DECEMBER, at("2027-01-06 10:00"), at("2027-01-25 10:00"), UNKNOWN_2027, BASE)
    assert longer.tentative
    assert again.tentative
    assert last_days(recomputed(longer, at("2027-01-11 10:00"), KNOWN_2027, BASE))[0] == "2027-01-20"
    assert recomputed(again, at("2027-01-26 10:00"), KNOWN_2027, BASE).due == again.due


# Ordered


def order(due: date, opens: str = "2026-05-11 10:07") -> Schedule:
    return ordered(ObligationKind.RECTIFICATION, "2026-Q1-1", at(opens), due, DAYS_2026, BASE)


@pytest.mark.rule("A10")
def test_what_is_ordered_opens_at_once_and_locks_ten_working_days_after_its_day() -> None:
    plan = order(date(2026, 5, 25))
    assert (plan.period, plan.opens, plan.review_days) == ("2026-Q1-1", at("2026-05-11 10:07"), 0)
    assert last_days(plan) == ("2026-05-25", "2026-06-08")
    assert steps(plan) == [
        ("opened", "05-11"),
        ("soon", "05-21"),
        ("today", "05-25"),
        ("overdue", "05-26"),
        ("department", "05-28"),
        ("office", "06-01"),
    ]
    assert plan.clause.document is Document.OURS


def test_what_is_ordered_at_short_notice_has_no_reminder_before_it_is_opened() -> None:
    kinds = [kind for kind, _ in steps(order(date(2026, 5, 12), "2026-05-11 16:30"))]
    assert kinds == ["opened", "today", "overdue", "department", "office"]


def test_what_is_ordered_keeps_its_day_when_the_holidays_are_known() -> None:
    plan = ordered(
        ObligationKind.RECTIFICATION,
        "2026-Q4-1",
        at("2026-12-25 10:00"),
        date(2027, 1, 4),
        UNKNOWN_2027,
        BASE,
    )
    assert plan.tentative
    known = recomputed(plan, at("2026-12-28 10:00"), KNOWN_2027, BASE)
    assert (known.due, known.tentative) == (plan.due, False)


# Whether a message that was held up is still true


class About(BaseModel):
    """What a reminder is about, as it stands on record."""

    state: ObligationState = ObligationState.OPEN
    due: datetime = FEBRUARY.due
    paused: bool = False


NOT_OWED = [s for s in ObligationState if s not in OWED]
AFTER_DUE = (NudgeKind.OVERDUE, NudgeKind.DEPARTMENT, NudgeKind.OFFICE)
HOUR = {kind: at("2026-03-09 10:00" if kind in AFTER_DUE else "2026-03-06 10:00") for kind in NudgeKind}
"""An hour at which each step is true, as long as the report is owed."""


@pytest.mark.rule("A10")
@pytest.mark.parametrize("kind", [*NudgeKind])
@pytest.mark.parametrize("state", NOT_OWED)
def test_nobody_is_reminded_of_what_is_not_owed(kind: NudgeKind, state: ObligationState) -> None:
    assert not still_true(kind, About(state=state), HOUR[kind])


@pytest.mark.rule("A10")
@pytest.mark.parametrize("kind", [*NudgeKind])
def test_nobody_is_reminded_while_the_clock_stands_still(kind: NudgeKind) -> None:
    assert still_true(kind, About(), HOUR[kind])
    assert not still_true(kind, About(paused=True), HOUR[kind])


@pytest.mark.parametrize(
    ("kind", "now", "true"),
    [
        (NudgeKind.OPENED, "2026-03-06 17:00", True),
        (NudgeKind.OPENED, "2026-03-09 09:10", False),
        (NudgeKind.SOON, "2026-03-09 09:10", False),
        (NudgeKind.TODAY, "2026-03-05 10:00", False),
        (NudgeKind.TODAY, "2026-03-06 10:00", True),
        (NudgeKind.TODAY, "2026-03-09 09:10", False),
        (NudgeKind.OVERDUE, "2026-03-18 10:00", True),
        (NudgeKind.DEPARTMENT, "2026-03-18 10:00", True),
        (NudgeKind.ASKED, "2026-03-09 09:10", True),
    ],
)
def test_a_reminder_that_comes_late_still_names_the_right_day(kind: NudgeKind, now: str, true: bool) -> None:
    assert still_true(kind, About(), at(now)) is true


def test_what_is_returned_is_reminded_of_like_what_was_never_handed_in() -> None:
    assert still_true(NudgeKind.SOON, About(state=ObligationState.RETURNED), at("2026-03-04 10:00"))


def test_an_overdue_message_is_not_true_before_the_due_day_is_over() -> None:
    """The deadline was put off while the message was held up."""
    later = About(due=end_of(date(2026, 3, 20)))
    assert not any(still_true(kind, later, HOUR[kind]) for kind in AFTER_DUE)
