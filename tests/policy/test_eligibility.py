"""Who may apply and with what: every rule met, not met, or for a person."""

from datetime import date
from typing import Any

import pytest

from bot.words import chinese
from domain.policy.conditions import RULES
from domain.policy.eligibility import Outcome, findings
from domain.terms import LeadKind
from tests.policy.applicants import (
    DAY,
    GENERAL_SCHOOL,
    MINE,
    NAMES,
    dossier,
    in_the_way,
    listed,
    outcomes,
)

GOVERNMENT, ENTERPRISE, SCHOOL, ZONE = LeadKind
MET, NOT_MET, PERSON = Outcome
OTHER = "base-2024-03-2"

MET_ = (MET, "met")


def bad(code: str) -> tuple[Outcome, str]:
    return NOT_MET, code


def unsure(code: str) -> tuple[Outcome, str]:
    return PERSON, code


def fact(
    hub_role: str, base_id: str = OTHER, direction: int = 3, hub: str = "", **known: bool
) -> dict[str, Any]:
    return {"base_id": base_id, "direction": direction, "hub_role": hub_role, "hub": hub, **known}


CASES: list[tuple[str, LeadKind, dict[str, Any], tuple[Outcome, str]]] = [
    # B1: the lead is of the kind it is registered as
    *[("B1", kind, {}, MET_) for kind in LeadKind],
    ("B1", SCHOOL, {"lead": NAMES[SCHOOL], "lead_line": "企业，，省国资委"}, bad("lead_kind")),
    ("B1", ZONE, {"lead": NAMES[ZONE], "lead_line": "其他机构，，"}, bad("lead_kind")),
    ("B1", SCHOOL, {"lead": "示例大学（登记）"}, unsure("lead_name")),
    # B3: a list of supporting policies
    ("B3", GOVERNMENT, {}, MET_),
    ("B3", ZONE, {"support_from": "无"}, bad("no_support_list")),
    # B19: something of each of the three groups
    ("B19", ZONE, {}, MET_),
    ("B19", ZONE, {"support_policies": "建设用地和规划保障、简化审批一站式办理、前期建设经费"}, MET_),
    ("B19", ZONE, {"support_policies": "简化审批一站式办理、前期建设经费"}, unsure("support_gaps")),
    # B4: listed, filing, or let in by the office
    ("B4", ENTERPRISE, {}, MET_),
    ("B4", ENTERPRISE, {"pilot_list": "同时申请入库"}, MET_),
    ("B4", ENTERPRISE, {"pilot_list": "优质企业简化遴选"}, unsure("simplified_undecided")),
    ("B4", ENTERPRISE, {"pilot_list": "优质企业简化遴选", "expedited": True}, MET_),
    ("B4", ENTERPRISE, {"pilot_list": "无"}, bad("no_pilot_enterprise")),
    ("B4", ENTERPRISE, {"pilot_list": "无", "expedited": True}, MET_),
    # B5 and B8: a statement for a person
    ("B5", ENTERPRISE, {}, unsure("statement")),
    ("B8", SCHOOL, {**GENERAL_SCHOOL}, unsure("statement")),
    # B6: from Shanxi, a subsidiary there, or one of the 500 with a team
    ("B6", ENTERPRISE, {}, MET_),
    ("B6", ENTERPRISE, {"origin": "省外", "local_subsidiary": "示例山西子公司"}, MET_),
    (
        "B6",
        ENTERPRISE,
        {"origin": "省外", "local_subsidiary": "无", "global_500": "否"},
        bad("no_local_presence"),
    ),
    (
        "B6",
        ENTERPRISE,
        {"origin": "境外", "local_subsidiary": "无", "global_500": "是", "local_team": "是"},
        MET_,
    ),
    (
        "B6",
        ENTERPRISE,
        {"origin": "境外", "local_subsidiary": "无", "global_500": "是", "local_team": "否"},
        bad("no_local_presence"),
    ),
    (
        "B6",  # a team is not enough for others; the answer is left from before
        ENTERPRISE,
        {"origin": "境外", "local_subsidiary": "无", "global_500": "否", "local_team": "是"},
        bad("no_local_presence"),
    ),
    # B7: a matching class of specialities
    ("B7", SCHOOL, {}, MET_),
    ("B7", SCHOOL, {"school_kind": "应用型本科", "majors": "装备制造大类、电子与信息大类"}, MET_),
    ("B7", SCHOOL, {"majors": "装备制造大类、旅游大类"}, bad("no_matching_major")),
    ("B7", SCHOOL, {"direction": 30, "direction_name": "示例产业"}, unsure("majors_open")),
    ("B7", SCHOOL, {"direction": 7, "majors": "资源环境与安全大类"}, MET_),  # written short in 附件1
    # B20: a whole plan, and the pledge
    ("B20", ZONE, {"plan_sections": "建设思路、建设目标"}, bad("plan_gaps")),
    ("B20", ZONE, {"truthful": "否"}, bad("no_pledge")),
    ("B20", ZONE, {"willing": "否"}, bad("no_pledge")),
    # A1: one hub for a direction, and branches that name it
    ("A1", ZONE, {}, MET_),
    ("A1", ZONE, {"hub_role": "主基地"}, MET_),
    ("A1", ZONE, {"hub_role": "主基地", "others": (fact("主基地", direction=4),)}, MET_),
    ("A1", ZONE, {"hub_role": "主基地", "others": (fact("主基地", settled=True),)}, bad("hub_taken")),
    ("A1", ZONE, {"hub_role": "主基地", "others": (fact("主基地"),)}, unsure("hub_rivals")),
    ("A1", ZONE, {"hub_role": "主基地", "others": (fact("主基地", draft=True),)}, MET_),  # bars nobody
    ("A1", ZONE, {"hub_role": "主基地", "others": (fact("分基地", hub=MINE),)}, MET_),
    ("A1", ZONE, {"hub_role": "分基地", "hub": OTHER, "others": (fact("主基地"),)}, MET_),
    ("A1", ZONE, {"hub_role": "分基地", "hub": OTHER}, bad("hub_unknown")),
    ("A1", ZONE, {"hub_role": "分基地", "hub": MINE, "others": (fact("主基地"),)}, bad("hub_itself")),
    ("A1", ZONE, {"hub_role": "分基地", "hub": OTHER, "others": (fact("无"),)}, bad("hub_no_hub")),
    (
        "A1",
        ZONE,
        {"hub_role": "分基地", "hub": OTHER, "others": (fact("主基地", direction=4),)},
        bad("hub_other_direction"),
    ),
    (  # each names the other
        "A1",
        ZONE,
        {"hub_role": "分基地", "hub": OTHER, "others": (fact("分基地", hub=MINE),)},
        bad("hub_no_hub"),
    ),
    ("A1", ZONE, {"hub_role": "无", "others": (fact("分基地", hub=MINE),)}, MET_),  # the branch's mistake
    # A8: compatible facilities
    ("A8", ZONE, {"compatible_area": "1500.00"}, MET_),
    ("A8", ZONE, {"compatible_area": "1500.01"}, bad("compatible_share")),
    ("A8", ZONE, {"floor_area": "0.00", "compatible_area": "0.00"}, MET_),
    ("A8", ZONE, {"floor_area": "0.00", "compatible_area": "0.01"}, bad("compatible_share")),
    # A13 and A16: a member unit of that day, not the lead's own department
    ("A13", ZONE, {}, MET_),
    ("A13", SCHOOL, {"paired_unit": "省教育厅"}, bad("own_department")),
    ("A13", ENTERPRISE, {"paired_unit": "省教育厅"}, MET_),
    ("A13", ENTERPRISE, {"paired_unit": "省工业和信息化厅"}, bad("own_department")),
    ("A13", ZONE, {"lead": NAMES[ZONE], "lead_line": "园区，，"}, unsure("department_unknown")),
]


def papers(kind: LeadKind, changes: dict[str, Any]) -> Any:
    """`lead` is the registered name; `lead_line` changes what the form says of the lead."""
    line = changes.pop("lead_line", None)
    found = dossier(kind, **changes)
    if line is None:
        return found
    return found.model_copy(update={"values": found.values | {"lead": f"{NAMES[kind]}，{line}"}})


@pytest.mark.rule("B1", "B3", "B4", "B5", "B6", "B7", "B8", "B19", "B20", "A1", "A8", "A13")
@pytest.mark.parametrize(("rule", "kind", "changes", "expected"), CASES)
def test_a_rule_says(
    rule: str, kind: LeadKind, changes: dict[str, Any], expected: tuple[Outcome, str]
) -> None:
    found = outcomes(papers(kind, dict(changes)), rule)
    assert expected in found
    assert {outcome for outcome, _ in found} <= {MET, expected[0]}, "nothing else is wrong by this rule"


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("record", "found"),
    [
        (listed(NAMES[ENTERPRISE]), True),
        (listed("示例学院"), True),  # a partner
        (listed("旧名", credit_code="91140000MA0KEXAMP2"), True),  # a partner, by its code
        (listed(NAMES[ENTERPRISE], credit_code="91140000MA0KOTHER1"), True),  # another code does not hide it
        (listed("别的公司"), False),
        (listed("示例学院", kind="守信激励"), False),
        (listed("示例学院", effective_to=date(2024, 2, 29)), False),  # over
        (listed("示例学院", effective_from=date(2024, 3, 2)), False),  # not yet
    ],
)
def test_a_party_that_is_listed_as_dishonest_keeps_an_application_out(
    record: dict[str, Any], found: bool
) -> None:
    gaps = in_the_way(dossier(ENTERPRISE, credit=(record,)))
    assert [(gap.code, gap.clause and gap.clause.cite()) for gap in gaps] == (
        [("eligibility.dishonest", "《推进措施》七")] if found else []
    )


@pytest.mark.rule("A9")
def test_another_name_in_the_form_does_not_hide_the_registered_lead() -> None:
    record = listed("示例失信公司")
    assert [gap.code for gap in in_the_way(dossier(ENTERPRISE, lead="示例失信公司", credit=(record,)))] == [
        "eligibility.dishonest"
    ]


@pytest.mark.rule("A9")
def test_without_a_letter_of_commitment_nobody_takes_part() -> None:
    assert outcomes(dossier(SCHOOL, credit_commitment="否"), "A9") == [MET_, bad("no_commitment")]


@pytest.mark.rule("A16", "A13")
@pytest.mark.parametrize(("day", "met"), [("2023-07-04", False), ("2023-07-05", True)])
def test_only_a_member_unit_of_that_day_can_be_paired(day: str, met: bool) -> None:
    found = outcomes(dossier(ZONE, paired_unit="省科技厅"), "A13", date.fromisoformat(day))
    assert found == [MET_ if met else bad("no_member_unit")]


@pytest.mark.rule("B4", "B5", "B6", "B7", "B8")
@pytest.mark.parametrize(
    ("kind", "changes", "theirs"),
    [
        (GOVERNMENT, {}, set()),
        (ZONE, {}, set()),
        (ENTERPRISE, {}, {"B4", "B5", "B6"}),
        (SCHOOL, {}, {"B7"}),
        (SCHOOL, GENERAL_SCHOOL, {"B8"}),
    ],
)
def test_a_rule_is_judged_only_of_those_whom_it_is_for(
    kind: LeadKind, changes: dict[str, Any], theirs: set[str]
) -> None:
    everybody = {"B1", "B3", "B19", "B20", "A1", "A8", "A9", "A13"}
    assert {f.rule for f in findings(dossier(kind, **changes), DAY)} == everybody | theirs


@pytest.mark.parametrize(("rule", "kind", "changes", "expected"), CASES)
def test_every_finding_has_its_words_its_clause_and_what_was_looked_at(
    rule: str, kind: LeadKind, changes: dict[str, Any], expected: tuple[Outcome, str]
) -> None:
    for finding in findings(papers(kind, dict(changes)), DAY):
        assert chinese().refusal(finding.refusal).endswith(f"（依据{finding.clause.cite()}）")
        assert "：" in finding.evidence


def test_the_evidence_shows_the_answers_and_what_else_was_seen() -> None:
    found = {f.rule: f.evidence for f in findings(dossier(SCHOOL), DAY)}
    assert found["B7"] == "骨干学科专业群所属专业大类：电子与信息大类；拟对接专业（群）：电子与信息大类"
    assert found["A8"] == "总建筑面积：10000.00；其中兼容设施建筑面积：1500.00"
    assert found["B3"] == "支持政策清单的出具单位：示例市人民政府"


def test_every_rule_has_its_own_row_in_the_table_of_cases() -> None:
    shown = {rule for rule, *_ in CASES} | {"A9"}
    assert {rule.id for rule in RULES} == shown
