"""The players of a year's assessment: a third party that scores over its links, and the office that grades."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from hashlib import sha256
from html import unescape
from typing import Any

import httpx

from demo.desk import Desk, Seen
from demo.people import APPLICANTS, BASES
from domain.assessment import Phase
from domain.assessment_decisions import AssessmentDecisionKind
from domain.calendar import business_day

EVALUATORS = (
    ("示例评价员甲", "示例绩效评价中心"),
    ("示例评价员乙", "示例管理咨询公司"),
    ("示例评价员丙", "示例大学评价研究所"),
)
"""Name and organisation."""

_THINKS = 3
"""Days."""
_LINK_DAYS = timedelta(days=60)
_SPREAD = 6
"""Points between the evaluators."""
_USUAL = 84

_DECIDED = (Phase.EVALUATION, Phase.PROPOSAL, Phase.REVIEW, Phase.PUBLICATION)
"""Phases that wait for the office."""

_MERIT = {one.name: one.merit for one in (*BASES, *APPLICANTS)}
_TO_SCORE = re.compile(r'href="([^"]+)">查看自评、评分<')
_NAME = re.compile(r"<h1>(.+?)</h1>")
_POINTS = re.compile(r'name="(item_\w+)"')

_DISMISSED = "示例：经复核，当年逾期报送属实，原拟定等次不变"


class Evaluators:
    """Invited by the office; each scores on the evaluation page, without a token."""

    def __init__(self, office: Desk, http: httpx.AsyncClient) -> None:
        self._office, self._http = office, http
        self._links: dict[tuple[str, str], str] = {}
        self._given: dict[str, frozenset[str]] = defaultdict(frozenset)

    async def look(self, seen: Seen) -> None:
        """Invite for every base whose self-assessment is over, and score."""
        open_ones = await self._office.all("/api/assessments", state=Phase.EVALUATION)
        for year in sorted({one["year"] for one in open_ones}):
            bases = frozenset(one["base"] for one in open_ones if one["year"] == year)
            if not bases <= self._given[year]:  # a link is shown once: whoever lost it is invited again
                await self._invite(year, self._given[year] | bases, seen)
            await asyncio.gather(*(self._evaluate(year, name) for name, _ in EVALUATORS))

    async def _invite(self, year: str, bases: Iterable[str], seen: Seen) -> None:
        until = str(business_day(seen.now + _LINK_DAYS))
        for name, organisation in EVALUATORS:
            given = {"name": name, "organisation": organisation, "bases": sorted(bases)}
            invited = await self._office.send(
                "POST", "/api/evaluators", json=given | {"year": year, "expires_on": until}
            )
            self._links[year, name] = str(invited["link"])
        self._given[year] = frozenset(bases)

    async def _evaluate(self, year: str, name: str) -> None:
        overview = await self._http.get(self._links[year, name])
        if overview.status_code == httpx.codes.NOT_FOUND:
            self._given.pop(year, None)
            return
        for link in _TO_SCORE.findall(overview.raise_for_status().text):
            page = (await self._http.get(unescape(link))).raise_for_status().text
            (await self._http.post(unescape(link), data=points(page, name))).raise_for_status()


def points(page: str, evaluator: str) -> dict[str, str]:
    """The scoring form of a base, filled in: around what the base is worth."""
    name = unescape(_NAME.findall(page)[0])
    given = {item: str(_score(evaluator, name, item)) for item in _POINTS.findall(page)}
    return {**given, "comment": "示例：资料齐全，成效明显"}


def _score(evaluator: str, base: str, item: str) -> int:
    chance = sha256(f"{evaluator}:{base}:{item}".encode()).digest()[0] % _SPREAD
    return _MERIT.get(base, _USUAL) + chance


class Graders:
    """The office: closes the evaluation, proposes, answers appeals, publishes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def look(self, seen: Seen) -> None:
        """Take the next decision about every assessment that has waited long enough."""
        for one in await self._desk.all("/api/assessments"):
            if one["state"] not in _DECIDED or not seen.waited(one["since"], _THINKS):
                continue
            path = f"/api/assessments/{one['id']}"
            if one["state"] != Phase.EVALUATION or await self._all_evaluated(path):
                await self._desk.decide(path, about(one, business_day(seen.now)), seen.now)

    async def _all_evaluated(self, path: str) -> bool:
        return bool((await self._desk.get(path))["evaluations"] >= len(EVALUATORS))


def about(one: dict[str, Any], today: date) -> dict[str, Any]:
    """The office's next decision about an assessment."""
    match Phase(one["state"]):
        case Phase.EVALUATION:
            return {"kind": AssessmentDecisionKind.CLOSE}
        case Phase.PROPOSAL:
            return {"kind": AssessmentDecisionKind.PROPOSE}
        case Phase.REVIEW:
            return {"kind": AssessmentDecisionKind.RESOLVE, "upheld": False, "reason": _DISMISSED}
    number = f"示例发改考核〔{today.year}〕1号"
    return {"kind": AssessmentDecisionKind.PUBLISH, "document_no": number, "on": str(today)}
