"""Scoring by applicant kind (B13)."""

from decimal import Decimal

import pytest

from bot.words import chinese
from domain.errors import Refused
from domain.policy.rubric import METHODS, MIN_SCORES, RUBRICS, Rubric, total
from domain.policy.source import Document, on
from domain.terms import LeadKind
from tests.policy.applicants import DAY

SCHOOL = on(RUBRICS[LeadKind.SCHOOL], DAY).value


def points(rubric: Rubric, given: str = "80", **changes: str) -> dict[str, Decimal]:
    return {item.key: Decimal(changes.get(item.key, given)) for item in rubric}


@pytest.mark.rule("B13")
@pytest.mark.parametrize("kind", list(LeadKind))
def test_the_weights_of_every_rubric_sum_to_a_hundred(kind: LeadKind) -> None:
    for dated in RUBRICS[kind]:
        assert sum(item.weight for item in dated.value) == 100
        assert len({item.key for item in dated.value}) == len(dated.value)
        assert dated.clause.document is Document.OURS


@pytest.mark.rule("B13")
def test_schools_and_enterprises_are_scored_by_different_rubrics() -> None:
    keys = {kind: {item.key for item in on(RUBRICS[kind], DAY).value} for kind in LeadKind}
    assert keys[LeadKind.SCHOOL] != keys[LeadKind.ENTERPRISE] != keys[LeadKind.ZONE]


@pytest.mark.rule("B13")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "80.00"),
        ({"majors": "100"}, "84.00"),  # 20 of 100
        ({"majors": "0"}, "64.00"),
        ({"majors": "80.03"}, "80.01"),  # 80.006
        ({"support": "80.05"}, "80.01"),  # 80.005: half up
        ({"support": "80.04"}, "80.00"),  # 80.004
    ],
)
def test_a_total_is_weighted_and_rounded_half_up(changes: dict[str, str], expected: str) -> None:
    assert str(total(SCHOOL, points(SCHOOL, **changes))) == expected


@pytest.mark.rule("B13")
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("-0.01", "out_of_range"),
        ("100.01", "out_of_range"),
        ("NaN", "out_of_range"),
        ("sNaN", "out_of_range"),
        ("Infinity", "out_of_range"),
        ("80.001", "too_precise"),
        ("0", None),
        ("100", None),
        ("79.50", None),
        ("80.000", None),
    ],
)
def test_points_are_zero_to_a_hundred_with_two_decimals(given: str, code: str | None) -> None:
    given_points = points(SCHOOL, majors=given)
    if code is None:
        total(SCHOOL, given_points)
        return
    with pytest.raises(Refused) as caught:
        total(SCHOOL, given_points)
    assert [item.code for item in caught.value.refusal.items] == [f"rubric.{code}"]


@pytest.mark.rule("B13")
def test_everything_wrong_with_a_score_is_named_at_once() -> None:
    given = points(SCHOOL, plan="101") | {"charm": Decimal(5)}
    del given["majors"]
    with pytest.raises(Refused) as caught:
        total(SCHOOL, given)
    said = chinese().refusal(caught.value.refusal).splitlines()
    assert said[0] == "评分有 3 处需要改正。（依据本系统约定评分表）"
    assert [line[:3] for line in said[1:]] == ["1. ", "2. ", "3. "]
    assert all(name in "".join(said) for name in ("charm", "骨干学科专业群", "建设实施方案"))


@pytest.mark.rule("B13")
def test_there_are_three_methods_and_three_scores_are_enough() -> None:
    assert METHODS == ("基础资料评审", "互联网+现场答辩", "视频转播考察")
    assert on(MIN_SCORES, DAY).value == 3
