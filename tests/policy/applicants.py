"""Applicants whose papers are complete, one for each kind; a test spoils one thing."""

from datetime import date
from typing import Any

from domain.application import Dossier
from domain.errors import Refusal, Refused
from domain.policy.eligibility import Outcome, check_submission, findings
from domain.policy.materials import MATERIALS, PLAN_SECTIONS, SUPPORT_POLICIES
from domain.terms import City, LeadKind, Level

DAY = date(2024, 3, 1)
MINE = "base-2024-03-1"

NAMES = {
    LeadKind.GOVERNMENT: "示例市人民政府",
    LeadKind.ENTERPRISE: "示例智造有限公司",
    LeadKind.SCHOOL: "示例职业技术大学",
    LeadKind.ZONE: "示例经济技术开发区",
}

_LEADS = {
    LeadKind.GOVERNMENT: f"{NAMES[LeadKind.GOVERNMENT]}，政府，，示例省级部门",
    LeadKind.ENTERPRISE: f"{NAMES[LeadKind.ENTERPRISE]}，企业，91140000MA0KEXAMP1，省工业和信息化厅",
    LeadKind.SCHOOL: f"{NAMES[LeadKind.SCHOOL]}，院校，12140000MB0KEXAMP1，省教育厅",
    LeadKind.ZONE: f"{NAMES[LeadKind.ZONE]}，园区，，示例市人民政府",
}

_COMMON = {
    "partners": "示例软件有限公司，企业，91140000MA0KEXAMP2，省国资委\n示例学院，院校，，省教育厅",
    "invest_central": "0.00",
    "invest_province": "500.00",
    "invest_bond": "0.00",
    "invest_loan": "0.00",
    "invest_own": "1200.50",
    "floor_area": "10000.00",
    "compatible_area": "1500.00",
    "operator": "无",
    "bodies": "理事会、联盟",
    "hub_role": "无",
    "paired_unit": "省科技厅",
    "support_from": "示例市人民政府",
    "support_policies": "、".join(p.label for p in SUPPORT_POLICIES),
    "plan_sections": "、".join(PLAN_SECTIONS),
    "credit_commitment": "是",
    "truthful": "是",
    "willing": "是",
}

_OWN = {
    LeadKind.GOVERNMENT: {},
    LeadKind.ENTERPRISE: {"pilot_list": "已入库", "conditions": "有中试线和检测中心。", "origin": "省内"},
    LeadKind.SCHOOL: {"school_kind": "职业院校", "majors": "电子与信息大类", "double_high": "国家级"},
    LeadKind.ZONE: {},
}

GENERAL_SCHOOL = {
    "school_kind": "普通本科",
    "contribution": "承担国家重点研发计划。",
    "major_transfer": "示例成果转化",
}

ALL_MATERIALS = frozenset(item.key for item in MATERIALS)


def values_of(kind: LeadKind, **changes: str) -> dict[str, str]:
    """A complete form, with changes."""
    return {"lead": _LEADS[kind], **_COMMON, **_OWN[kind], **changes}


def dossier(kind: LeadKind, without: tuple[str, ...] = (), **changes: Any) -> Dossier:
    """The complete papers of an applicant. What is no field of a dossier changes an answer."""
    fields = {name: changes.pop(name) for name in list(changes) if name in Dossier.model_fields}
    values = {key: value for key, value in values_of(kind, **changes).items() if key not in without}
    known = {
        "base_id": MINE,
        "level": Level.PROVINCE,
        "city": City.TAIYUAN,
        "lead_kind": kind,
        "direction": 3,
        "lead": NAMES[kind],
        "values": values,
        "materials": ALL_MATERIALS,
    }
    return Dossier.model_validate(known | fields)


def outcomes(papers: Dossier, rule: str, day: date = DAY) -> list[tuple[Outcome, str]]:
    """What a rule says of them, with the code of the reason."""
    return [(f.outcome, f.code.split(".")[1]) for f in findings(papers, day) if f.rule == rule]


def in_the_way(papers: Dossier, day: date = DAY) -> tuple[Refusal, ...]:
    """Everything that a submission is refused for; empty if it is let through."""
    try:
        check_submission(papers, day)
    except Refused as e:
        return e.refusal.items
    return ()


def listed(name: str, kind: str = "严重失信", **known: Any) -> dict[str, Any]:
    """A credit record about a party."""
    return {"name": name, "kind": kind, "effective_from": date(2024, 1, 1), "source": "示例名单", **known}
