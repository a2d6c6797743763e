"""The players who deal for the office with what bases report: most is accepted, and now and then an item returned."""

from collections.abc import Mapping
from itertools import count
from types import MappingProxyType
from typing import Any

from demo.desk import Desk, Seen
from domain.calendar import Period
from domain.terms import OWED, ObligationKind, ObligationState
from persistence.under_review import REVIEWED

_THINKS = 2
"""Days."""
_RETURNS_EVERY = 6
"""Months: of each base every half year, of the first one in March and September."""

_DOUBTS = MappingProxyType(
    {
        "progress": "请写明已完成的主要工程量和设备到位情况",
        "trainees_students": "与实训台账不一致，请核对后重报",
        "income_training": "请核对是否扣除了退费",
    }
)
"""Items that are returned, by turns, and why."""


class Reviewer:
    """Looks at the reports some days after they came in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def look(self, seen: Seen) -> None:
        """Decide about what has waited long enough, unless somebody on the page wants to (「待我办」)."""
        if not seen.office_played:
            return
        for kind in REVIEWED:
            waiting = await self._desk.all("/api/obligations", kind=kind, state=ObligationState.SUBMITTED)
            for report in waiting:
                if seen.waited(report["ended_at"], _THINKS):
                    await self._desk.decide(
                        f"/api/obligations/{report['id']}", verdict(report, seen), seen.now
                    )


def verdict(report: dict[str, Any], seen: Seen) -> dict[str, Any]:
    """退回 for one month out of some, and then 审核通过."""
    if report["kind"] == ObligationKind.DISPATCH and report["returns"] == 0:
        month, direction = Period.parse(report["period"]).number, seen.direction_of(report["base"])
        if (month + direction) % _RETURNS_EVERY == 0:
            item = list(_DOUBTS)[(month + direction) // _RETURNS_EVERY % len(_DOUBTS)]
            return {"kind": "退回", "items": {item: _DOUBTS[item]}}
    return {"kind": "审核通过"}


_SELDOM = 5
_ANSWERS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "异议处理": {"upheld": False, "reason": "示例：经核对，该项应当报送，请继续填报"},
        "同意更正": {"remark": "示例：同意更正，请核对后重新提交"},
    }
)


class Petitions:
    """Answers some days later what a base objects to, or asks to correct."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._looks = count()

    async def look(self, seen: Seen) -> None:
        """Dismiss objections, and let corrections be made. Few people ask: not at every look."""
        if not seen.office_played or next(self._looks) % _SELDOM:
            return
        for state in (*OWED, ObligationState.REOPENING):
            for report in await self._desk.all("/api/obligations", state=state):
                if report["paused"] or state is ObligationState.REOPENING:
                    await self._answer(f"/api/obligations/{report['id']}", seen)

    async def _answer(self, path: str, seen: Seen) -> None:
        report = await self._desk.get(path)
        kind = next((kind for kind in report["possible_decisions"] if kind in _ANSWERS), None)
        if kind and seen.waited(report["decisions"][-1]["at"], _THINKS):
            await self._desk.decide(path, {"kind": kind, **_ANSWERS[kind]}, seen.now)
