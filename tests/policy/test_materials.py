"""What is to be handed in (B20), and what a 支持政策清单 contains (B19)."""

import pytest

from domain.application import Application
from domain.policy.materials import (
    MATERIALS,
    MAX_BYTES,
    PLAN_SECTIONS,
    SUPPORT_GROUPS,
    SUPPORT_POLICIES,
    missing,
    required,
    uncovered_groups,
)
from domain.policy.source import Document, on
from domain.terms import LeadKind
from tests.policy.applicants import ALL_MATERIALS, DAY

NOBODY = Application()
FILING = Application.of({"pilot_list": "同时申请入库"})


@pytest.mark.rule("B20", "A9")
@pytest.mark.parametrize("kind", list(LeadKind))
def test_everybody_hands_in_profile_plan_four_backing_papers_and_the_commitment(kind: LeadKind) -> None:
    assert [item.key for item in required(kind, NOBODY)] == [
        "profile",
        "plan",
        "support_policy",
        "premises",
        "agreement",
        "truthfulness",
        "credit_commitment",
    ]


@pytest.mark.rule("B4")
@pytest.mark.parametrize("kind", list(LeadKind))
def test_only_an_enterprise_that_files_now_hands_in_its_filing(kind: LeadKind) -> None:
    keys = {item.key for item in required(kind, FILING)}
    assert ("pilot_list_application" in keys) is (kind is LeadKind.ENTERPRISE)


@pytest.mark.rule("B20")
def test_what_is_not_there_is_missing() -> None:
    present = ALL_MATERIALS - {"plan", "premises", "pilot_list_application"}
    assert [item.key for item in missing(LeadKind.SCHOOL, NOBODY, present)] == ["plan", "premises"]
    assert missing(LeadKind.SCHOOL, NOBODY, ALL_MATERIALS) == ()


@pytest.mark.rule("B20")
def test_the_plan_has_the_eight_sections_of_annex_3() -> None:
    assert len(set(PLAN_SECTIONS)) == 8
    assert (PLAN_SECTIONS[0], PLAN_SECTIONS[-1]) == ("建设的必要性和可行性", "保障措施")


@pytest.mark.rule("B19")
def test_annex_2_has_two_six_and_five_items() -> None:
    numbers = {group: [p.no for p in SUPPORT_POLICIES if p.group == group] for group in SUPPORT_GROUPS}
    assert list(numbers.values()) == [[1, 2], [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5]]
    assert len({p.label for p in SUPPORT_POLICIES}) == 13


@pytest.mark.rule("B19")
@pytest.mark.parametrize(
    ("chosen", "gaps"),
    [
        ((), SUPPORT_GROUPS),
        (("建设用地和规划保障",), SUPPORT_GROUPS[1:]),
        (("利用闲置设施改造", "其它政策保障", "补贴或以奖代补"), ()),
    ],
)
def test_a_group_without_any_item_is_a_gap(chosen: tuple[str, ...], gaps: tuple[str, ...]) -> None:
    assert uncovered_groups(chosen) == gaps


def test_every_paper_has_its_own_key_label_and_clause() -> None:
    assert len({m.key for m in MATERIALS}) == len({m.label for m in MATERIALS}) == len(MATERIALS)
    assert all(m.clause.document is not Document.OURS for m in MATERIALS)


def test_a_pdf_may_have_fifty_megabytes_by_our_own_rule() -> None:
    limit = on(MAX_BYTES, DAY)
    assert (limit.value, limit.clause.document) == (50 * 1024 * 1024, Document.OURS)
