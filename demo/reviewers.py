"""The players of departments, which sign the formal review, and of cities, which propose their own lists."""

import asyncio
from collections.abc import Mapping
from typing import Any

from demo.desk import ROUND, Desk, Seen
from demo.people import APPLICANTS
from domain.forms.parties import ENTERPRISE_DEPARTMENTS
from domain.lifecycle import Step
from domain.policy.duties import BUDGET_DEPARTMENT, SCHOOLS_DEPARTMENT
from domain.policy.formal_review import SignOffResult
from domain.policy.members import LEADING_UNIT
from domain.rounds.decisions import RoundDecisionKind
from domain.rounds.state import list_name
from domain.terms import City, Level

DEPARTMENTS = (LEADING_UNIT, BUDGET_DEPARTMENT, SCHOOLS_DEPARTMENT, *ENTERPRISE_DEPARTMENTS)
CITIES = tuple({a.city for a in APPLICANTS if a.level is Level.CITY})
"""Cities whose own lists come from applicants of the demo."""

_THINKS = 3
"""Days."""


class Departments:
    """Sign what is theirs in the formal review."""

    def __init__(self, desks: Mapping[str, Desk]) -> None:
        self._desks = desks

    async def look(self, seen: Seen) -> None:
        """Sign some days after an application came in."""
        waiting = [b for b in seen.at(Step.FORMAL_REVIEW) if seen.waited(b["since"], _THINKS)]
        await asyncio.gather(*(self._sign(base["id"], seen) for base in waiting))

    async def _sign(self, base_id: str, seen: Seen) -> None:
        path = f"/api/bases/{base_id}"
        for review in (await self._desks[LEADING_UNIT].get(path))["reviews"]:
            if review["result"] is None:
                decision = {
                    "kind": "签署审查意见",
                    "duty": review["duty"],
                    "result": SignOffResult.PASS,
                }
                await self._desks[review["department"]].decide(path, decision, seen.now)


class Cities:
    """Each proposes its best of every direction."""

    def __init__(self, desks: Mapping[City, Desk]) -> None:
        self._desks = desks

    async def look(self, seen: Seen) -> None:
        """Hand a list in some days after it may be."""
        if not seen.waited(seen.round["since"], _THINKS):
            return
        awaited = {waiting["what"] for waiting in seen.round["waiting_for"]}
        for city, desk in self._desks.items():
            if f"拟定{list_name(city, Level.CITY)}名单" in awaited:
                decision = proposal(city, await desk.get(f"{ROUND}/list"))
                await desk.decide(ROUND, decision, seen.now)


def proposal(city: City, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A city's list of 市级 bases from the ranking of its applications."""
    best = [row["base_id"] for row in rows if row["level"] == Level.CITY and row["rank"] == 1]
    return {"kind": RoundDecisionKind.PROPOSE_LIST, "level": Level.CITY, "city": city, "selected": best}
