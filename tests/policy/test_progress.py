"""完成率 and 序时进度, against what offices have published."""

from datetime import date
from decimal import Decimal

import pytest

from domain.policy.progress import months_into_pilot, progress
from tests.policy.published import FIGURES

CASES = [
    (str(c["done"]), str(c["plan"]), c["months"], str(c["published_rate"]), str(c["published_gap"]))
    for c in FIGURES["progress_vs_time"]["cases"]
]


@pytest.mark.parametrize(("done", "plan", "months", "rate", "gap"), CASES)
def test_a_published_completion_comes_out_again(
    done: str, plan: str, months: int, rate: str, gap: str
) -> None:
    """The published inputs are rounded themselves, so a recomputed ratio may be 0.1 away."""
    found = progress(Decimal(done), Decimal(plan), months)
    assert found.completion is not None
    assert found.gap is not None
    assert abs(found.completion - Decimal(rate)) <= Decimal("0.1")
    assert abs(found.gap - Decimal(gap)) <= Decimal("0.1")
    assert found.time == Decimal("25.0")


@pytest.mark.parametrize(
    ("done", "plan", "months", "rate", "time", "gap"),
    [
        ("25", "100", 3, "25.0", "25.0", "0.0"),
        ("0", "100", 1, "0.0", "8.3", "-8.3"),
        ("0.05", "100", 6, "0.1", "50.0", "-50.0"),  # the gap is taken before rounding: -49.95
        ("0.04", "100", 6, "0.0", "50.0", "-50.0"),
        ("100", "100", 12, "100.0", "100.0", "0.0"),
        ("120", "100", 12, "120.0", "100.0", "20.0"),
        ("24.96", "100", 3, "25.0", "25.0", "0.0"),  # never -0.0
        ("50", "100", 18, "50.0", "100.0", "-50.0"),  # time is over, not 150 %
        ("10", "100", 0, "10.0", "0.0", "10.0"),
    ],
)
def test_percentages_have_one_decimal_rounded_half_up_at_the_end(
    done: str, plan: str, months: int, rate: str, time: str, gap: str
) -> None:
    found = progress(Decimal(done), Decimal(plan), months)
    assert (str(found.completion), str(found.time), str(found.gap)) == (rate, time, gap)


@pytest.mark.parametrize("plan", [None, Decimal(0)])
def test_without_a_plan_there_is_no_completion(plan: Decimal | None) -> None:
    found = progress(Decimal(10), plan, 6)
    assert (found.completion, found.time, found.gap) == (None, Decimal("50.0"), None)


@pytest.mark.parametrize(
    ("start", "day", "months"),
    [
        ("2022-03-31", "2022-03-31", 1),
        ("2022-03-01", "2022-04-30", 2),
        ("2022-03-01", "2023-02-28", 12),
        ("2022-03-01", "2023-03-31", 13),
        ("2022-03-01", "2022-02-28", 0),
        ("2022-03-01", "2021-12-31", 0),
    ],
)
def test_the_month_of_publication_counts_as_the_first(start: str, day: str, months: int) -> None:
    assert months_into_pilot(date.fromisoformat(start), date.fromisoformat(day)) == months
