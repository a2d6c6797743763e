"""The credit account: points, limits, grades (A9)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy.credit_account import (
    GRADES,
    LIMITS,
    POINTS,
    CreditChange,
    CreditGrade,
    CreditReason,
    applied,
    clause_of,
    corrected,
    grade,
    replayed,
    signed,
    start_of_account,
)
from domain.policy.source import Dated, on, ours

DAY = date(2026, 3, 2)
BOOKED = tuple(POINTS)
"""Every reason but the correction."""


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("reason", "total", "grade_after"),
    [
        (CreditReason.ON_TIME, "86", "B"),
        (CreditReason.LATE, "83", "B"),
        (CreditReason.MISSING, "77", "B"),
        (CreditReason.RETURNED_TWICE, "82", "B"),
        (CreditReason.RECTIFICATION_OVERDUE, "75", "B"),
        (CreditReason.DISHONEST, "65", "C"),
        (CreditReason.SERIOUSLY_DISHONEST, "25", "D"),
        (CreditReason.REPAIRED, "100", "A"),
    ],
)
def test_what_each_event_makes_of_a_new_account(reason: CreditReason, total: str, grade_after: str) -> None:
    change = applied(start_of_account(DAY), reason, DAY)
    assert (change.total, change.grade, change.grade_before) == (Decimal(total), grade_after, "B")
    assert change.points == change.total - 85
    assert change.clause == ours("信用计分")


def test_every_reason_has_its_points_but_the_correction() -> None:
    assert set(CreditReason) - set(POINTS) == {CreditReason.CORRECTED}


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("total", "expected"),
    [
        ("100", "A"),
        ("90", "A"),
        ("89.99", "B"),
        ("75", "B"),
        ("74.99", "C"),
        ("60", "C"),
        ("59.99", "D"),
        ("0", "D"),
    ],
)
def test_a_grade_begins_with_its_least_total(total: str, expected: str) -> None:
    assert grade(Decimal(total), DAY) == expected
    assert grade(Decimal(total), DAY, listed=True) is CreditGrade.D


@pytest.mark.rule("A9")
def test_a_newcomer_is_neither_first_nor_suspect() -> None:
    assert grade(start_of_account(DAY), DAY) is CreditGrade.B


def test_at_the_cap_and_at_the_floor_the_change_is_what_is_left() -> None:
    full = applied(Decimal(100), CreditReason.ON_TIME, DAY)
    assert [full.points, full.nominal, full.total] == [0, 1, 100]
    empty = applied(Decimal(5), CreditReason.MISSING, DAY)
    assert [empty.points, empty.nominal, empty.total] == [-5, -8, 0]


def test_while_a_lead_is_listed_it_is_d_before_and_after() -> None:
    change = applied(Decimal(95), CreditReason.ON_TIME, DAY, listed=True)
    assert [change.grade_before, change.grade, change.total] == ["D", "D", 96]


def test_a_changed_table_is_a_new_entry_and_leaves_old_days_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    stricter = Dated(date(2027, 1, 1), Decimal(-12), ours("信用计分"))
    monkeypatch.setitem(POINTS, CreditReason.MISSING, (*POINTS[CreditReason.MISSING], stricter))
    totals = [
        applied(Decimal(85), CreditReason.MISSING, day).total
        for day in (date(2026, 12, 31), date(2027, 1, 1))
    ]
    assert totals == [77, 73]


@pytest.mark.parametrize("reason", CreditReason)
def test_every_entry_has_a_clause(reason: CreditReason) -> None:
    assert clause_of(reason, DAY).cite() == "本系统约定信用计分"


def test_a_correction_says_what_it_gave_back() -> None:
    change = corrected(Decimal(77), Decimal(85), DAY, detail={"period": "2026-02"})
    assert change.reason is CreditReason.CORRECTED
    assert [change.points, change.total] == [8, 85]
    assert [change.grade_before, change.grade, change.detail] == ["B", "B", {"period": "2026-02"}]


def test_flat_texts_hold_what_words_need_and_nothing_that_somebody_wrote() -> None:
    detail = {"period": "2026-02", "kind": "月调度", "note": "自由填写的话"}
    change = applied(Decimal(85), CreditReason.LATE, DAY, detail=detail)
    assert change.params() == {
        "period": "2026-02",
        "kind": "月调度",
        "credit": "逾期报送",
        "points": "-2",
        "total": "83",
        "grade": "B",
        "grade_before": "B",
        "clause": "本系统约定信用计分",
    }


def test_a_change_survives_the_way_through_json() -> None:
    change = applied(Decimal(85), CreditReason.LATE, DAY, detail={"period": "2026-02"})
    assert CreditChange.model_validate_json(change.model_dump_json()) == change


@pytest.mark.parametrize(("value", "text"), [("100", "+100"), ("-8", "-8"), ("0.00", "0"), ("-2.50", "-2.5")])
def test_points_are_written_as_people_write_them(value: str, text: str) -> None:
    assert signed(Decimal(value)) == text


@given(st.lists(st.sampled_from(BOOKED), max_size=40))
def test_the_total_stays_between_floor_and_cap_and_is_the_sum_of_the_changes(
    reasons: list[CreditReason],
) -> None:
    limits, total = on(LIMITS, DAY).value, start_of_account(DAY)
    for reason in reasons:
        change = applied(total, reason, DAY)
        assert change.total == total + change.points
        assert limits.floor <= change.total <= limits.cap
        assert abs(change.points) <= abs(change.nominal)
        assert change.grade_before == grade(total, DAY)
        total = change.total
    assert total == replayed(start_of_account(DAY), [(DAY, on(POINTS[r], DAY).value) for r in reasons])


@given(st.lists(st.sampled_from(BOOKED), max_size=20), st.data())
def test_who_did_worse_never_has_more(reasons: list[CreditReason], data: st.DataObject) -> None:
    """The same life with one good event fewer, or one bad event more, never ends with more points."""
    where = data.draw(st.integers(0, len(reasons)))
    bad = data.draw(st.sampled_from([r for r in BOOKED if on(POINTS[r], DAY).value < 0]))
    nominal = [(DAY, on(POINTS[r], DAY).value) for r in reasons]
    worse = [*nominal[:where], (DAY, on(POINTS[bad], DAY).value), *nominal[where:]]
    start = start_of_account(DAY)
    assert replayed(start, worse) <= replayed(start, nominal)


def test_the_least_totals_fall_from_grade_to_grade() -> None:
    for dated in GRADES:
        least = list(dated.value.values())
        assert least == sorted(least, reverse=True)
        assert list(dated.value) == list(CreditGrade)[:-1]
