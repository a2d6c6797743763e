"""What an application has to hand in (B20, 附件3), and what a 支持政策清单 contains (B19, 附件2)."""

from typing import NamedTuple

from domain.application import Application, PilotList
from domain.policy.source import CALL_DATE, Clause, Dated, call, measures, ours
from domain.terms import LeadKind

SUPPORT_LIST = call("附件2")
PLAN = call("附件3二")

MAX_BYTES = (Dated(CALL_DATE, 50 * 1024 * 1024, ours("材料大小")),)
"""Size of one PDF."""


class MaterialItem(NamedTuple):
    """One document to be handed in, as a PDF."""

    key: str
    label: str
    part: str
    clause: Clause


_BACKING = "相关支撑材料"

PILOT_LIST_APPLICATION = MaterialItem(
    "pilot_list_application", "省级产教融合型试点企业入库申请", _BACKING, call("三-2")
)

MATERIALS = (
    MaterialItem("profile", "参与主体简介", "参与主体简介", call("附件3一")),
    MaterialItem("plan", "建设实施方案", "建设实施方案", PLAN),
    MaterialItem("support_policy", "支持政策清单", _BACKING, call("附件3三-1")),
    MaterialItem("premises", "土地及物理空间证明", _BACKING, call("附件3三-2")),
    MaterialItem("agreement", "政企行校合作协议", _BACKING, call("附件3三-3")),
    MaterialItem("truthfulness", "真实性承诺", _BACKING, call("附件3三-4")),
    MaterialItem("credit_commitment", "信用承诺书", _BACKING, measures("七")),
    PILOT_LIST_APPLICATION,
)

PLAN_SECTIONS = (
    "建设的必要性和可行性",
    "建设思路",
    "建设目标",
    "重点建设任务",
    "经费预算",
    "建设进度",
    "预期效益",
    "保障措施",
)


class SupportPolicy(NamedTuple):
    """One item of 附件2; `no` counts within its group, as there."""

    group: str
    no: int
    label: str


_LAND, _RUNNING, _FLANKING = "土地规划政策", "申报建设与运行管理政策", "配套政策"

SUPPORT_POLICIES = (
    SupportPolicy(_LAND, 1, "建设用地和规划保障"),
    SupportPolicy(_LAND, 2, "利用闲置设施改造"),
    SupportPolicy(_RUNNING, 1, "纳入发展规划和重点工程"),
    SupportPolicy(_RUNNING, 2, "简化审批一站式办理"),
    SupportPolicy(_RUNNING, 3, "建立管理专班机制"),
    SupportPolicy(_RUNNING, 4, "建设物资和用工要素保障"),
    SupportPolicy(_RUNNING, 5, "共享机制和政府购买服务"),
    SupportPolicy(_RUNNING, 6, "其它政策保障"),
    SupportPolicy(_FLANKING, 1, "前期建设经费"),
    SupportPolicy(_FLANKING, 2, "明确各方出资比例"),
    SupportPolicy(_FLANKING, 3, "专项资金和债券倾斜"),
    SupportPolicy(_FLANKING, 4, "统筹经费推进省级基地"),
    SupportPolicy(_FLANKING, 5, "补贴或以奖代补"),
)

SUPPORT_GROUPS = tuple(dict.fromkeys(policy.group for policy in SUPPORT_POLICIES))


def required(lead_kind: LeadKind, application: Application) -> tuple[MaterialItem, ...]:
    """What this applicant has to hand in. The 入库申请 only from an enterprise that files it now (B4)."""
    files = lead_kind is LeadKind.ENTERPRISE and application.pilot_list is PilotList.FILING
    return tuple(item for item in MATERIALS if item is not PILOT_LIST_APPLICATION or files)


def missing(
    lead_kind: LeadKind, application: Application, present: frozenset[str]
) -> tuple[MaterialItem, ...]:
    """What is required and not there."""
    return tuple(item for item in required(lead_kind, application) if item.key not in present)


def uncovered_groups(chosen: tuple[str, ...]) -> tuple[str, ...]:
    """Groups of 附件2 of which a 支持政策清单 with these items contains nothing."""
    covered = {policy.group for policy in SUPPORT_POLICIES if policy.label in chosen}
    return tuple(group for group in SUPPORT_GROUPS if group not in covered)
