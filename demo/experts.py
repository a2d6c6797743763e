"""The players of experts: they open their personal links, and fill in the scoring form of every application."""

import asyncio
import hashlib
import re
from datetime import timedelta
from html import unescape

import httpx

from demo.desk import ROUND, Desk, Seen
from demo.people import APPLICANTS
from domain.calendar import business_day
from domain.rounds.state import Phase

EXPERTS = (
    ("示例专家甲", "示例教育评估院"),
    ("示例专家乙", "示例产业研究院"),
    ("示例专家丙", "示例科技咨询中心"),
)
"""Name and organisation."""

_THINKS = 3
"""Days."""
_LINK_DAYS = timedelta(days=60)
_SPREAD = 5
"""Points between the experts."""

_MERIT = {a.name: a.merit for a in APPLICANTS}
_TO_SCORE = re.compile(r'href="([^"]+)">查看材料、评分<')
_NAME = re.compile(r"<h1>(.+?)</h1>")
_POINTS = re.compile(r'name="(item_\w+)"')
_METHOD = re.compile(r"<option>([^<]+)</option>")


class Experts:
    """Invited by the office; each scores on the review page, without a token."""

    def __init__(self, office: Desk, http: httpx.AsyncClient) -> None:
        self._office, self._http = office, http
        self._links: dict[str, str] = {}

    async def look(self, seen: Seen) -> None:
        """Score some days after the review began."""
        if seen.round["phase"] != Phase.EXPERT_REVIEW or not seen.waited(seen.round["since"], _THINKS):
            return
        for name, organisation in EXPERTS:
            if name not in self._links:  # a link is shown once: whoever lost it is invited again
                self._links[name] = await self._invite(name, organisation, seen)
        await asyncio.gather(*(self._review(name) for name, _ in EXPERTS))

    async def _invite(self, name: str, organisation: str, seen: Seen) -> str:
        given = {
            "name": name,
            "organisation": organisation,
            "directions": sorted({a.direction for a in APPLICANTS}),
            "expires_on": str(business_day(seen.now + _LINK_DAYS)),
        }
        invited = await self._office.send("POST", f"{ROUND}/experts", json=given)
        return str(invited["link"])

    async def _review(self, name: str) -> None:
        overview = await self._http.get(self._links[name])
        if overview.status_code == httpx.codes.NOT_FOUND:
            del self._links[name]
            return
        for link in _TO_SCORE.findall(overview.raise_for_status().text):
            page = (await self._http.get(unescape(link))).raise_for_status().text
            (await self._http.post(unescape(link), data=scores(page, name))).raise_for_status()


def scores(page: str, expert: str) -> dict[str, str]:
    """The scoring form of an application, filled in: around what the application is worth."""
    name = unescape(_NAME.findall(page)[0])
    points = {item: str(_MERIT[name] + _chance(expert, name, item)) for item in _POINTS.findall(page)}
    return {**points, "method": _METHOD.findall(page)[0], "comment": "示例：材料齐全，目标明确"}


def _chance(*of: str) -> int:
    """A spread that comes out the same again."""
    return hashlib.sha256(":".join(of).encode()).digest()[0] % _SPREAD
