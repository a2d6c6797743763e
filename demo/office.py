"""The players of the office: one runs the round, the other takes the decisions about bases that come after it."""

from datetime import date, timedelta
from typing import Any

from demo.desk import ROUND, Desk, Seen
from domain.calendar import business_day
from domain.lifecycle import Step
from domain.policy.objections import ObjectionState
from domain.rounds.decisions import RoundDecisionKind
from domain.rounds.state import Phase

_THINKS = 3
"""Days."""

_NOTICE_AFTER, _NOTICE_DAYS = timedelta(days=3), timedelta(days=13)
"""Long enough for five working days around any holiday but the longest."""

_REVIEWED = (Phase.NOTICE, Phase.PUBLICATION)


class BaseOffice:
    """Decides about bases as the 厅际联席会议办公室 would."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def look(self, seen: Seen) -> None:
        """Certify those that have applied for it."""
        for base in seen.bases:
            decision = about_base(base, business_day(seen.now))
            if decision and seen.waited(base["since"], _THINKS):
                await self._desk.decide(f"/api/bases/{base['id']}", decision, seen.now)


class RoundOffice:
    """Runs the round as the 厅际联席会议办公室 would."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def look(self, seen: Seen) -> None:
        """Decide about the round and objections."""
        await self._about_round(seen)
        if seen.round["phase"] in _REVIEWED:
            await self._about_objections(seen)

    async def _about_round(self, seen: Seen) -> None:
        decision = about_round(seen.round, business_day(seen.now))
        if decision is None or not seen.waited(seen.round["since"], _THINKS):
            return
        if decision["kind"] == RoundDecisionKind.CLOSE_EXPERT_REVIEW and not await self._all_scored():
            return
        await self._desk.decide(ROUND, decision, seen.now)

    async def _all_scored(self) -> bool:
        experts = await self._desk.get(f"{ROUND}/experts")
        return bool(experts) and all(e["scored"] == e["assigned"] for e in experts)

    async def _about_objections(self, seen: Seen) -> None:
        for one in await self._desk.get(f"{ROUND}/objections", state=ObjectionState.OPEN):
            if seen.waited(one["at"], _THINKS):
                dismissed = {"objection": one["id"], "upheld": False, "reason": "示例：经核查，申报材料属实"}
                decision = {"kind": "异议处理", **dismissed}
                await self._desk.decide(f"/api/bases/{one['base']}", decision, seen.now)


def about_round(of: dict[str, Any], today: date) -> dict[str, Any] | None:
    """The office's next decision about the round; None if it is not the office's turn."""
    if any("拟定" in waiting["what"] for waiting in of["waiting_for"]):
        return None  # lists of cities are not in
    routine: dict[str, dict[str, Any]] = {
        RoundDecisionKind.CLOSE_EXPERT_REVIEW: {
            "organiser": "示例第三方评估中心",
            "methods": ["基础资料评审", "互联网+现场答辩"],
        },
        RoundDecisionKind.CONFIRM_LIST: {},
        RoundDecisionKind.CONSENT: {"document_no": f"示例政函〔{today.year}〕1号", "on": str(today)},
        RoundDecisionKind.START_NOTICE: {
            "first": str(today + _NOTICE_AFTER),
            "last": str(today + _NOTICE_AFTER + _NOTICE_DAYS),
            "publication_no": f"示例发改科教发〔{today.year}〕1号",
        },
    }
    kind = next((kind for kind in routine if kind in of["possible_decisions"]), None)
    return {"kind": kind, **routine[kind]} if kind else None


def about_base(base: dict[str, Any], today: date) -> dict[str, Any] | None:
    """The office's next decision about a base; None if it is not the office's turn."""
    match base["step"]:
        case Step.ACCEPTANCE:
            return {"kind": "验收通过"}
        case Step.PLAQUE:
            number = f"示例发改认定〔{today.year}〕{base['direction_no']}号"
            return {"kind": "授牌", "document_no": number, "on": str(today)}
    return None
