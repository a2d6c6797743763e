"""How experts score (B13): by applicant kind, 0 to 100 points for each item, weighted to a total."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from domain.errors import Refusal, Refused
from domain.policy.source import CALL_DATE, Dated, ours
from domain.terms import LeadKind

RUBRIC = ours("评分表")
FULL = Decimal(100)
CENT = Decimal("0.01")

METHODS = ("基础资料评审", "互联网+现场答辩", "视频转播考察")
"""The three methods of the call."""

MIN_SCORES = (Dated(CALL_DATE, 3, ours("最少评分数")),)
"""So many experts have to score an application before it is ranked."""


class RubricItem(NamedTuple):
    """One thing that is scored; the weights of a rubric sum to 100."""

    key: str
    label: str
    weight: int


Rubric = tuple[RubricItem, ...]

_PLAN = RubricItem("plan", "建设实施方案的必要性与可行性", 15)
_COOPERATION = RubricItem("cooperation", "政企行校合作机制", 15)
_FUNDS = RubricItem("funds", "经费预算与资金来源", 10)
_SUPPORT = RubricItem("support", "支持政策与场地保障", 10)
_BENEFIT = RubricItem("benefit", "预期效益与开放共享", 15)

_SCHOOL: Rubric = (
    RubricItem("majors", "骨干学科专业群与产业集群匹配度", 20),
    RubricItem("strength", "师资、科研与示范引领作用", 15),
    _PLAN,
    _COOPERATION,
    _FUNDS,
    _SUPPORT,
    _BENEFIT,
)
_ENTERPRISE: Rubric = (
    RubricItem("leadership", "行业引领和带动实力", 20),
    RubricItem("conditions", "研发应用和生产性全要素条件", 15),
    _PLAN,
    _COOPERATION,
    _FUNDS,
    _SUPPORT,
    _BENEFIT,
)
_PUBLIC: Rubric = (
    RubricItem("cluster", "区域产业集群基础", 20),
    RubricItem("organisation", "统筹组织与运行管理能力", 15),
    _PLAN,
    _COOPERATION,
    _FUNDS,
    _SUPPORT,
    _BENEFIT,
)

RUBRICS: dict[LeadKind, tuple[Dated[Rubric], ...]] = {
    LeadKind.SCHOOL: (Dated(CALL_DATE, _SCHOOL, RUBRIC),),
    LeadKind.ENTERPRISE: (Dated(CALL_DATE, _ENTERPRISE, RUBRIC),),
    LeadKind.GOVERNMENT: (Dated(CALL_DATE, _PUBLIC, RUBRIC),),
    LeadKind.ZONE: (Dated(CALL_DATE, _PUBLIC, RUBRIC),),
}


def total(rubric: Sequence[RubricItem], points: Mapping[str, Decimal]) -> Decimal:
    """The weighted total, 0 to 100 with two decimals, half up. Refused with every item that is wrong."""
    known = {item.key for item in rubric}
    wrong = [_refusal("rubric.unknown_item", item=key) for key in points if key not in known]
    wrong += [problem for item in rubric if (problem := _problem(item, points.get(item.key)))]
    if wrong:
        raise Refused.of_all("rubric.bad_points", RUBRIC, wrong, count=len(wrong))
    weighted = sum((points[item.key] * item.weight for item in rubric), Decimal(0))
    return (weighted / sum(item.weight for item in rubric)).quantize(CENT, ROUND_HALF_UP)


def _problem(item: RubricItem, points: Decimal | None) -> Refusal | None:
    if points is None:
        return _refusal("rubric.missing_item", item=item.label)
    if not points.is_finite() or not 0 <= points <= FULL:
        return _refusal("rubric.out_of_range", item=item.label, given=points)
    if points != points.quantize(CENT):
        return _refusal("rubric.too_precise", item=item.label, given=points)
    return None


def _refusal(code: str, **params: object) -> Refusal:
    return Refused(code, RUBRIC, **params).refusal
