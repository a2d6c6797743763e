"""Ranking by mean score, and what decides between equals (B2, B7, B8, B13, A9)."""

from decimal import Decimal
from itertools import permutations

import pytest

from bot.words import chinese
from domain.policy.eligibility import Claim
from domain.policy.ranking import Ranked, Scored, outliers, rank
from domain.terms import City, LeadKind, Level
from tests.policy.applicants import DAY

DOUBLE_HIGH, TRANSFER, HONEST = Claim


def scored(name: str, *scores: str, claims: tuple[Claim, ...] = (), **known: object) -> Scored:
    base = {"direction": 3, "level": Level.PROVINCE, "city": City.TAIYUAN, "lead_kind": LeadKind.SCHOOL}
    given = {"base_id": name, "scores": [Decimal(s) for s in scores], "claims": claims}
    return Scored.model_validate(base | given | known)


def same(name: str, *claims: Claim) -> Scored:
    return scored(name, "80", "80", "80", claims=claims)


def places(*applications: Scored) -> dict[str, int | None]:
    return {r.base_id: r.rank for r in rank(applications, DAY)}


def one(ranked: tuple[Ranked, ...], name: str) -> Ranked:
    return next(r for r in ranked if r.base_id == name)


def said(ranked: Ranked) -> list[str]:
    return [chinese().refusal(note.refusal) for note in ranked.notes]


@pytest.mark.rule("B13")
def test_the_higher_mean_comes_first() -> None:
    ranked = rank([scored("b", "80", "81", "81"), scored("a", "90", "80", "85")], DAY)
    assert [(r.base_id, r.rank, str(r.score), r.count) for r in ranked] == [
        ("a", 1, "85.00", 3),
        ("b", 2, "80.67", 3),
    ]
    assert not any(r.tied or r.notes for r in ranked)


@pytest.mark.rule("B13")
def test_a_mean_is_rounded_half_up() -> None:
    (ranked,) = rank([scored("a", "80", "80", "80", "80.02")], DAY)
    assert str(ranked.score) == "80.01"  # 80.005


@pytest.mark.rule("B13")
def test_too_few_scores_give_no_rank() -> None:
    ranked = rank([scored("few", "99", "99"), same("enough"), scored("none")], DAY)
    assert [(r.base_id, r.rank, r.score) for r in ranked if r.rank is None] == [
        ("few", None, None),
        ("none", None, None),
    ]
    assert one(ranked, "enough").rank == 1
    assert said(one(ranked, "few")) == ["有效评分 2 份，不足 3 份，不参加排名。（依据本系统约定最少评分数）"]


@pytest.mark.rule("B2")
def test_every_direction_and_level_has_its_own_first() -> None:
    assert places(
        same("a"),
        scored("b", "70", "70", "70", direction=4),
        scored("c", "60", "60", "60", level=Level.CITY),
        scored("d", "50", "50", "50", level=Level.COUNTY),
    ) == {"a": 1, "b": 1, "c": 1, "d": 1}


@pytest.mark.rule("B2", "B12")
@pytest.mark.parametrize(("level", "second"), [(Level.PROVINCE, 2), (Level.CITY, 1), (Level.COUNTY, 1)])
def test_below_the_province_every_city_has_its_own_first(level: Level, second: int) -> None:
    there = scored("b", "70", "70", "70", level=level, city=City.DATONG)
    assert places(scored("a", "80", "80", "80", level=level), there) == {"a": 1, "b": second}


@pytest.mark.rule("B7", "B8", "A9")
@pytest.mark.parametrize(
    ("first", "second", "claim", "clause"),
    [
        ((DOUBLE_HIGH,), (), "双高计划建设单位", "《发榜公告》三-5"),
        ((TRANSFER,), (), "重大科技转化成果", "《发榜公告》三-6"),
        ((HONEST,), (), "诚实守信主体", "《推进措施》七"),
        ((DOUBLE_HIGH,), (TRANSFER, HONEST), "双高计划建设单位", "《发榜公告》三-5"),
        ((TRANSFER,), (HONEST,), "重大科技转化成果", "《发榜公告》三-6"),
        ((DOUBLE_HIGH, HONEST), (DOUBLE_HIGH,), "诚实守信主体", "《推进措施》七"),
    ],
)
def test_at_equal_score_a_claim_comes_first_and_both_are_told_why(
    first: tuple[Claim, ...], second: tuple[Claim, ...], claim: str, clause: str
) -> None:
    ranked = rank([same("second", *second), same("first", *first)], DAY)
    assert [(r.base_id, r.rank, r.tied) for r in ranked] == [("first", 1, False), ("second", 2, False)]
    assert said(ranked[0]) == [f"与第 2 名同为 80.00 分，因{claim}优先。（依据{clause}）"]
    assert said(ranked[1]) == [f"与第 1 名同为 80.00 分，对方因{claim}优先。（依据{clause}）"]


@pytest.mark.rule("B7")
def test_a_claim_never_beats_a_score() -> None:
    assert places(same("a", DOUBLE_HIGH), scored("b", "80", "80", "80.03")) == {"b": 1, "a": 2}


@pytest.mark.rule("B14")
@pytest.mark.parametrize("claims", [(), (HONEST,), (DOUBLE_HIGH, HONEST)])
def test_equals_in_everything_share_a_rank_for_the_conference(claims: tuple[Claim, ...]) -> None:
    ranked = rank([same("a", *claims), same("b", *claims), scored("c", "70", "70", "70")], DAY)
    assert [(r.rank, r.tied) for r in ranked] == [(1, True), (1, True), (3, False)]
    assert said(ranked[0]) == [
        "并列第 1 名的共 2 家，同为 80.00 分，由厅际联席会议成员单位讨论确定。（依据《发榜公告》五(三)）"
    ]


@pytest.mark.rule("B13")
def test_the_order_in_which_applications_come_changes_nothing() -> None:
    four = [same("a", HONEST), same("b"), same("c"), scored("d", "90", "90", "90")]
    found = {tuple(sorted(places(*order).items())) for order in permutations(four)}
    assert found == {(("a", 2), ("b", 3), ("c", 3), ("d", 1))}


@pytest.mark.rule("B13")
@pytest.mark.parametrize(
    ("scores", "far"),
    [
        (("80", "81", "82"), ()),
        (("80", "80", "65"), ()),  # exactly 15 points
        (("80", "80", "64.99"), (2,)),
        (("95.01", "80", "80"), (0,)),
        (("60", "80", "80", "100"), (0, 3)),
        (("70", "90"), ()),  # the median lies between them
        ((), ()),
    ],
)
def test_a_score_far_from_the_median_is_pointed_out(scores: tuple[str, ...], far: tuple[int, ...]) -> None:
    assert outliers([Decimal(s) for s in scores], Decimal(15)) == far


@pytest.mark.rule("B13")
def test_an_outlier_is_noted_and_counts_all_the_same() -> None:
    (ranked,) = rank([scored("a", "90", "90", "30")], DAY)
    assert (str(ranked.score), ranked.outliers) == ("70.00", (2,))
    assert said(ranked) == ["有 1 份评分与中位数相差超过 15 分，请核实。（依据本系统约定离群分）"]
