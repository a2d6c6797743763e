"""The arithmetic of a period's picture: shares that add up, true ties, published league tables, who is asked for help."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Period
from domain.league import Counts, Dimension, Group, Investment, league, percent, ranks
from domain.picture import Change, ItemTotal, Problem, grouped, weight, words_of
from domain.policy.members import ALL_MEMBER_UNITS
from domain.policy.progress import progress
from tests.policy.published import FIGURES

NUMBERS = st.integers(0, 20_000)
LEAGUE = FIGURES["league_table_completion_pct_shanxi_2019_jan_aug"]


def invested(done: str, plan: str, months: int = 12) -> Investment:
    """A group in which every base is as far in its pilot as the others."""
    return Investment(done=Decimal(done), plan=Decimal(plan), elapsed=Decimal(plan) * months)


@pytest.mark.rule("A10")
@given(st.builds(Counts, on_time=NUMBERS, late=NUMBERS, missing=NUMBERS, open=NUMBERS, waived=NUMBERS))
def test_shares_add_up_and_each_is_within_a_tenth_of_the_truth(counts: Counts) -> None:
    shares = counts.shares
    if shares is None:
        assert (counts.expected, counts.completeness, counts.on_time_rate) == (0, None, None)
        return
    parts = shares.model_dump()
    assert sum(parts.values()) == Decimal("100.0")
    for name, share in parts.items():
        number = getattr(counts, name)
        assert abs(share - Decimal(number) * 100 / counts.expected) < Decimal("0.1")
        assert share >= 0
        assert number or not share
    exact = Decimal(counts.on_time) * 100 / counts.expected
    assert shares.on_time == counts.on_time_rate == exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
    assert shares.on_time + shares.late == counts.completeness


def test_after_the_lock_three_parts_are_the_whole() -> None:
    shares = Counts(on_time=1, late=1, missing=1, waived=7).shares
    assert shares
    assert [str(share) for share in shares.model_dump().values()] == ["33.3", "33.4", "33.3", "0.0"]


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        (Fraction(1, 16), "6.3"),  # half-up
        (Fraction(-1, 16), "-6.3"),
        (Fraction(-1, 4000), "0.0"),  # never -0.0
        (Fraction(2, 3), "66.7"),
        (Fraction(1249, 1000), "124.9"),
    ],
)
def test_a_percentage_is_rounded_once_from_the_exact_ratio(ratio: Fraction, shown: str) -> None:
    assert str(percent(ratio)) == shown


def test_the_same_ratio_is_the_same_place_and_the_next_is_left_out() -> None:
    values = [Fraction(9, 10), Fraction(1), Fraction(18, 20), None, Fraction(1, 2)]
    assert ranks(values) == [2, 1, 2, None, 4]


@given(st.lists(st.none() | st.fractions(0, 2), max_size=12))
def test_a_place_is_one_more_than_those_who_are_better(values: list[Fraction | None]) -> None:
    for value, place in zip(values, ranks(values), strict=True):
        better = [v for v in values if v is not None and value is not None and v > value]
        assert place == (None if value is None else len(better) + 1)


def test_what_is_shown_alike_need_not_be_a_tie() -> None:
    """66.67 % and 66.7 % are both shown as 66.7 and are not the same."""
    table = league(
        Dimension.CITY,
        [
            Group(name="太原", counts=Counts(on_time=2, late=1)),
            Group(name="大同", counts=Counts(on_time=667, late=333)),
            Group(name="晋城", counts=Counts(on_time=4, missing=2)),
        ],
    )
    assert [(p.name, p.on_time_rank, str(p.counts.on_time_rate)) for p in table.places] == [
        ("大同", 1, "66.7"),
        ("太原", 2, "66.7"),
        ("晋城", 2, "66.7"),
    ]


@pytest.mark.rule("A10")
def test_the_published_league_table_comes_out_as_published() -> None:
    """From whatever order the cities come in."""
    groups = [
        Group(name=city, counts=Counts(on_time=1), investment=invested(str(rate), "100", 8))
        for city, rate in sorted(LEAGUE)
    ]
    table = league(Dimension.CITY, groups).by_completion
    shown = [
        (p.name, p.investment.progress.completion) for p in table if p.investment and p.investment.progress
    ]
    assert shown == [(city, Decimal(str(rate))) for city, rate in LEAGUE]
    assert shown[0] == ("长治", Decimal("124.9"))
    assert shown[-1] == ("晋中", Decimal("47.5"))
    assert [p.completion_rank for p in table] == list(range(1, 12))


@pytest.mark.rule("A10")
@pytest.mark.parametrize("case", FIGURES["progress_vs_time"]["cases"], ids=lambda case: str(case["plan"]))
def test_published_completion_and_gap_come_out_exactly(case: dict[str, float]) -> None:
    found = invested(str(case["done"]), str(case["plan"]), int(case["months"])).progress
    assert found
    assert found.completion == Decimal(str(case["published_rate"]))
    assert found.gap == Decimal(str(case["published_gap"]))


@given(st.decimals(0, 10**6, places=2), st.decimals("0.01", 10**6, places=2), st.integers(0, 24))
def test_a_group_of_one_is_as_far_as_its_only_base(done: Decimal, plan: Decimal, months: int) -> None:
    alone = Investment(done=done, plan=plan, elapsed=plan * min(months, 12))
    assert alone.progress == progress(done, plan, months)


def test_time_is_weighted_by_plan() -> None:
    """900 planned and all the time gone, 100 planned and half of it: 95 %."""
    both = Investment(done=Decimal(500), plan=Decimal(1000), elapsed=Decimal(900 * 12 + 100 * 6)).progress
    assert both
    assert (str(both.completion), str(both.time), str(both.gap)) == ("50.0", "95.0", "-45.0")


def test_without_a_plan_there_is_no_place_by_completion() -> None:
    table = league(
        Dimension.DEPARTMENT,
        [
            Group(name="甲", counts=Counts(on_time=1), investment=invested("5", "0")),
            Group(name="乙", counts=Counts(), investment=invested("5", "10")),
        ],
    )
    assert [(p.name, p.on_time_rank, p.completion_rank) for p in table.places] == [
        ("甲", 1, None),
        ("乙", None, 1),
    ]
    assert [p.name for p in table.by_completion] == ["乙"]


def test_a_change_is_weighed_by_what_all_reported() -> None:
    assert str(weight(Decimal(-30), (Decimal(100), Decimal(200)))) == "15.0"
    assert str(weight(Decimal(5), (Decimal(0), Decimal(0)))) == "0.0"
    change = Change(
        base_id="b",
        base="示例",
        city="太原",
        key="certified",
        label="取证",
        unit="人",
        before=Decimal(80),
        now=Decimal(50),
        weight=Decimal(0),
    )
    assert change.difference == Decimal(-30)


@pytest.mark.parametrize(("before", "change"), [("0", None), ("200", "-25.0"), ("100", "50.0")])
def test_a_total_is_compared_with_the_period_before(before: str, change: str | None) -> None:
    item = ItemTotal(
        no=1,
        key="x",
        label="x",
        group="x",
        unit="人",
        period=Decimal(150),
        previous=Decimal(before),
        year=None,
        since_start=Decimal(0),
    )
    assert (None if item.change is None else str(item.change)) == change


def test_who_is_asked_most_comes_first_and_those_who_ask_nobody_last() -> None:
    def problem(unit: str | None, n: int) -> Problem:
        return Problem(base_id=f"b{n}", base="示例", city="太原", unit=unit, text="示例问题")

    units = ["省财政厅", None, "省教育厅", "省税务局", "省财政厅", None, None]
    told = grouped([problem(unit, n) for n, unit in enumerate(units)], ALL_MEMBER_UNITS)
    assert [(h.unit, len(h.problems)) for h in told] == [
        ("省财政厅", 2),
        ("省教育厅", 1),
        ("省税务局", 1),
        (None, 3),
    ]


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("2026-10", "2026年10月"),
        ("2026-Q3", "2026年第三季度"),
        ("2026-H2", "2026年下半年"),
        ("2026", "2026年度"),
    ],
)
def test_a_period_in_words(period: str, words: str) -> None:
    assert words_of(Period.parse(period)) == words
