"""The player who supervises quarters for the office: visits, finds something now and then, orders 整改, concludes."""

from typing import Any

from demo.desk import Desk, Seen
from domain.calendar import Period, business_day
from domain.policy.supervision import Approach, Severity
from domain.supervision import SupervisionStep
from domain.supervision_decisions import Conclusion, SupervisionDecisionKind

_THINKS = 2
"""Days."""

_ORDERED = {
    "item": "safety",
    "severity": Severity.MAJOR,
    "text": "示例：实训车间部分线路老化，消防器材不足",
    "order": {"requirement": "示例：更换老化线路，补足消防器材，并组织安全培训", "owner": "示例安全负责人"},
}
_POINTED_OUT = {
    "item": "teachers",
    "severity": Severity.MINOR,
    "text": "示例：双师型教师到企业实践的记录不完整",
}
_FOUND: tuple[dict[str, Any] | None, ...] = (_POINTED_OUT, None, _ORDERED, _ORDERED)
"""By turns, quarter after quarter: in the third one the first base has to put something right."""

_REMARK = "示例：已约谈负责人，列入下一季度现场督导，整改完成前不再安排新增项目"


class Supervisors:
    """Looks at every self-check some days after it ended."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def look(self, seen: Seen) -> None:
        """Write down what is found and conclude; decide what follows from 整改 that was not done."""
        for state in (SupervisionStep.REVIEWING, SupervisionStep.CONSEQUENCE_DUE):
            for one in await self._desk.all("/api/supervisions", state=state):
                if seen.waited(one["since"], _THINKS):
                    await self._decide(one, seen)

    async def _decide(self, one: dict[str, Any], seen: Seen) -> None:
        path = f"/api/supervisions/{one['id']}"
        record = findings(one, seen) if one["state"] == SupervisionStep.REVIEWING else None
        if record:
            await self._desk.decide(path, record, seen.now)
            return
        possible = (await self._desk.get(path))["possible_conclusion"]
        if possible:
            remark = _REMARK if possible == Conclusion.NOT_RECTIFIED else ""
            decision = {"kind": SupervisionDecisionKind.CONCLUDE, "conclusion": possible, "remark": remark}
            await self._desk.decide(path, decision, seen.now)


def findings(one: dict[str, Any], seen: Seen) -> dict[str, Any] | None:
    """督导记录: the visit if there has to be one, and what is found; None if that is on record, or nothing."""
    must_visit = one["approach"] == Approach.ON_SITE and one["visited"] is None
    turn = Period.parse(one["period"]).number + seen.direction_of(one["base"])
    found = None if one["findings_count"] else _FOUND[turn % len(_FOUND)]
    if not (must_visit or found):
        return None
    visited = str(business_day(seen.now)) if must_visit else None
    return {
        "kind": SupervisionDecisionKind.RECORD,
        "visited": visited,
        "findings": [found] if found else [],
    }
