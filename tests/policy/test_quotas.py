"""How many provincial bases (B2), and the layout for 县级 ones (B12)."""

from decimal import Decimal

import pytest

from bot.words import chinese
from domain.errors import Refused
from domain.policy.quotas import (
    QUOTAS,
    Quotas,
    Selected,
    check_layout,
    check_list,
    propose,
)
from domain.policy.ranking import Ranked
from domain.policy.source import on
from domain.terms import City, Level
from tests.policy.applicants import DAY

TWO_AND_TEN = on(QUOTAS, DAY).value


def at(name: str, direction: int, rank: int | None, score: str, level: Level = Level.PROVINCE) -> Ranked:
    return Ranked(
        base_id=name,
        direction=direction,
        level=level,
        city=City.TAIYUAN,
        rank=rank,
        score=Decimal(score) if rank else None,
        count=3,
        outliers=(),
    )


def listed(per_direction: dict[int, int], level: Level = Level.PROVINCE) -> list[Selected]:
    return [Selected(f"{d}-{n}", d, level) for d, count in per_direction.items() for n in range(count)]


@pytest.mark.rule("B2")
def test_the_call_asks_for_about_ten_and_at_most_two_for_a_direction() -> None:
    assert Quotas(per_direction=2, total=10) == TWO_AND_TEN


@pytest.mark.rule("B2")
def test_the_two_best_of_a_direction_are_proposed() -> None:
    found = propose([at("c", 3, 3, "80"), at("a", 3, 1, "90"), at("b", 3, 2, "85")], TWO_AND_TEN)
    assert (found.proposed, found.undecided, found.outside) == (("a", "b"), (), ("c",))


@pytest.mark.rule("B2")
def test_two_equals_who_both_fit_are_both_proposed() -> None:
    found = propose([at("a", 3, 1, "90"), at("b", 3, 1, "90"), at("c", 3, 3, "80")], TWO_AND_TEN)
    assert (found.proposed, found.undecided, found.outside) == (("a", "b"), (), ("c",))


@pytest.mark.rule("B2")
def test_of_equals_who_do_not_all_fit_nobody_is_proposed() -> None:
    tied = [at("a", 3, 1, "90"), at("b", 3, 2, "85"), at("c", 3, 2, "85"), at("d", 3, 4, "80")]
    found = propose(tied, TWO_AND_TEN)
    assert (found.proposed, found.undecided, found.outside) == (("a",), ("b", "c"), ("d",))


@pytest.mark.rule("B2")
def test_a_claim_has_already_decided_between_equal_scores() -> None:
    found = propose([at("a", 3, 1, "90"), at("b", 3, 2, "85"), at("c", 3, 3, "85")], TWO_AND_TEN)
    assert (found.proposed, found.undecided) == (("a", "b"), ())


@pytest.mark.rule("B2")
def test_ten_in_all_are_proposed_by_score() -> None:
    firsts = [at(f"{d}", d, 1, f"{90 - d}") for d in range(1, 13)]
    found = propose(firsts, TWO_AND_TEN)
    assert found.proposed == tuple(str(d) for d in range(1, 11))
    assert found.outside == ("11", "12")


@pytest.mark.rule("B2")
def test_equals_over_the_tenth_place_are_left_to_the_conference() -> None:
    firsts = [at(f"{d}", d, 1, f"{90 - d}") for d in range(1, 10)]
    found = propose([*firsts, at("x", 10, 1, "70"), at("y", 11, 1, "70"), at("z", 12, 1, "60")], TWO_AND_TEN)
    assert found.proposed == tuple(str(d) for d in range(1, 10))
    assert (found.undecided, found.outside) == (("x", "y"), ("z",))


@pytest.mark.rule("B2")
def test_equals_in_a_direction_are_nobodys_question_once_all_places_are_gone() -> None:
    firsts = [at(f"{d}", d, 1, f"{90 - d}") for d in range(1, 11)]
    low = [at("l", 20, 1, "50"), at("m", 20, 2, "40"), at("n", 20, 2, "40")]
    found = propose([*firsts, *low], TWO_AND_TEN)
    assert (found.undecided, found.outside) == ((), ("l", "m", "n"))


@pytest.mark.rule("B2", "B13")
def test_other_levels_and_the_unranked_are_not_proposed() -> None:
    found = propose([at("few", 3, None, ""), at("city", 3, 1, "99", Level.CITY)], TWO_AND_TEN)
    assert (found.proposed, found.undecided, found.outside) == ((), (), ("few",))


@pytest.mark.rule("B2")
@pytest.mark.parametrize("reason", ["", "联席会议确认"])
def test_a_third_base_for_a_direction_is_refused_whatever_the_reason(reason: str) -> None:
    with pytest.raises(Refused) as caught:
        check_list(listed({3: 2, 7: 3}), TWO_AND_TEN, reason)
    assert chinese().refusal(caught.value.refusal) == (
        "第 7 个产业方向拟列入 3 个省级基地，最多 2 个。（依据《发榜公告》附件1说明1）"
    )


@pytest.mark.rule("B2")
@pytest.mark.parametrize("reason", ["", "  "])
def test_more_than_ten_need_a_reason(reason: str) -> None:
    eleven = listed(dict.fromkeys(range(1, 12), 1))
    with pytest.raises(Refused) as caught:
        check_list(eleven, TWO_AND_TEN, reason)
    assert caught.value.refusal.code == "list.too_many"
    assert "写明理由并确认" in chinese().refusal(caught.value.refusal)
    check_list(eleven, TWO_AND_TEN, "联席会议确认增加一个")


@pytest.mark.rule("B2")
@pytest.mark.parametrize("level", [Level.CITY, Level.COUNTY])
def test_quotas_are_for_provincial_bases_only(level: Level) -> None:
    check_list([*listed({3: 12}, level), *listed({3: 2})], TWO_AND_TEN)


@pytest.mark.rule("B12")
@pytest.mark.parametrize(
    ("layout", "allowed"),
    [
        ({}, True),  # nothing laid out yet
        ({City.DATONG: (3, 7)}, True),
        ({City.DATONG: (7,)}, False),
        ({City.TAIYUAN: (3,)}, False),
    ],
)
def test_a_county_base_follows_the_layout_of_the_province(
    layout: dict[City, tuple[int, ...]], allowed: bool
) -> None:
    if allowed:
        check_layout(3, City.DATONG, layout)
        return
    with pytest.raises(Refused) as caught:
        check_layout(3, City.DATONG, layout)
    assert "大同" in chinese().refusal(caught.value.refusal)
