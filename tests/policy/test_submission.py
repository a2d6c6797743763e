"""Handing in: everything in the way is named at once; complete papers lead to reviews and claims."""

from typing import Any

import pytest

from bot.words import chinese
from domain.errors import Refused
from domain.policy.eligibility import Claim, check_submission
from domain.terms import LeadKind
from tests.policy.applicants import ALL_MATERIALS, DAY, GENERAL_SCHOOL, NAMES, dossier, in_the_way, listed

GOVERNMENT, ENTERPRISE, SCHOOL, ZONE = LeadKind


@pytest.mark.rule("B11")
@pytest.mark.parametrize("kind", list(LeadKind))
def test_complete_papers_are_let_through_to_their_reviews(kind: LeadKind) -> None:
    submission = check_submission(dossier(kind), DAY)
    assert {"whole", "budget", "enterprise-1", "school-2"} <= {d.id for d in submission.duties}


@pytest.mark.rule("B3", "B20", "A8")
def test_everything_in_the_way_is_named_at_once_each_with_its_clause() -> None:
    spoiled = dossier(
        SCHOOL,
        without=("operator", "majors"),
        support_from="无",
        compatible_area="9999.00",
        materials=ALL_MATERIALS - {"plan", "agreement"},
    )
    with pytest.raises(Refused) as caught:
        check_submission(spoiled, DAY)
    assert chinese().refusal(caught.value.refusal).splitlines() == [
        "申报还不能提交，共有 6 项需要补齐或改正。（依据《发榜公告》五(一)）",
        "1. 「第三方运营机构」还没有填写。（依据《推进措施》一）",
        "2. 「骨干学科专业群所属专业大类」还没有填写。（依据《发榜公告》三-5）",
        "3. 还没有上传「建设实施方案」。（依据《发榜公告》附件3二）",
        "4. 还没有上传「政企行校合作协议」。（依据《发榜公告》附件3三-3）",
        "5. 没有地市政府或省直单位出具的支持政策清单。（依据《发榜公告》三-1）",
        "6. 兼容设施建筑面积 9999.00 平方米，超过总建筑面积 10000.00 平方米的 15%。（依据《推进措施》五）",
    ]


def test_an_empty_draft_is_refused_question_by_question_and_nothing_twice() -> None:
    empty = dossier(ENTERPRISE, values={}, materials=frozenset())
    gaps = in_the_way(empty)
    assert {gap.code for gap in gaps} == {"application.unanswered", "application.no_material"}
    assert len({gap.params["label"] + gap.code for gap in gaps}) == len(gaps)
    assert all(gap.clause for gap in gaps)


@pytest.mark.rule("B4")
def test_an_enterprise_that_files_now_has_to_hand_in_the_filing() -> None:
    filing = dossier(
        ENTERPRISE, pilot_list="同时申请入库", materials=ALL_MATERIALS - {"pilot_list_application"}
    )
    assert [gap.params["label"] for gap in in_the_way(filing)] == ["省级产教融合型试点企业入库申请"]


@pytest.mark.rule("B5", "B8")
def test_what_a_person_has_to_judge_does_not_stand_in_the_way() -> None:
    assert (
        in_the_way(dossier(ENTERPRISE, pilot_list="优质企业简化遴选", support_policies="其它政策保障")) == ()
    )


@pytest.mark.rule("B7", "B8", "A9")
@pytest.mark.parametrize(
    ("kind", "changes", "claims"),
    [
        (SCHOOL, {}, (Claim.DOUBLE_HIGH,)),
        (SCHOOL, {"double_high": "省级"}, (Claim.DOUBLE_HIGH,)),
        (SCHOOL, {"double_high": "无"}, ()),
        (SCHOOL, GENERAL_SCHOOL, (Claim.MAJOR_TRANSFER,)),
        (SCHOOL, {**GENERAL_SCHOOL, "major_transfer": "无"}, ()),
        (SCHOOL, {**GENERAL_SCHOOL, "double_high": "国家级"}, (Claim.MAJOR_TRANSFER,)),  # left from before
        (ZONE, {"credit": (listed(NAMES[ZONE], kind="守信激励"),)}, (Claim.HONEST,)),
        (ZONE, {"credit": (listed("示例学院", kind="守信激励"),)}, ()),  # only the lead's
        (
            SCHOOL,
            {"credit": (listed(NAMES[SCHOOL], kind="守信激励"),)},
            (Claim.DOUBLE_HIGH, Claim.HONEST),
        ),
    ],
)
def test_claims_for_equal_scores_come_from_the_papers(
    kind: LeadKind, changes: dict[str, Any], claims: tuple[Claim, ...]
) -> None:
    assert check_submission(dossier(kind, **changes), DAY).claims == claims
