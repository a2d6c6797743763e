"""The player of the public: objects once to a public notice, on the public form."""

import re
from datetime import date
from html import unescape

import httpx

from demo.desk import ROUND, Desk, Seen
from domain.calendar import business_day
from domain.lifecycle import Step
from domain.policy.rounds import ROUND_2021

_LIST = f"/public/notices/{ROUND_2021.slug}"
_FORM = re.compile(r'href="([^"]+)">提出异议<')
_SEAL = re.compile(r'name="seal" value="([^"]+)"')
_QUESTION = re.compile(r"验证问题：(.)加(.)等于几")
_NUMBERS = "零一二三四五六七八九"


class Citizen:
    """Reads the list, and doubts the first base on it."""

    def __init__(self, office: Desk, http: httpx.AsyncClient) -> None:
        self._office, self._http = office, http

    async def look(self, seen: Seen) -> None:
        """Object once the list is up, if nobody has yet."""
        first = seen.round["notice_first"]
        up = first and date.fromisoformat(first) <= business_day(seen.now)
        if not up or not seen.at(Step.NOTICE) or await self._office.get(f"{ROUND}/objections"):
            return
        links = _FORM.findall((await self._http.get(_LIST)).raise_for_status().text)
        if links:
            form = unescape(links[0])
            page = (await self._http.get(form)).raise_for_status().text
            (await self._http.post(form, data=objection(page))).raise_for_status()


def objection(page: str) -> dict[str, str]:
    """The form, filled in; its question answered."""
    first, second = _QUESTION.findall(page)[0]
    return {
        "name": "示例群众",
        "contact": "示例电子邮箱",
        "reason": "示例：申报材料中的实训场地面积与现场情况似有出入，请予核实。",
        "website": "",
        "answer": str(_NUMBERS.index(first) + _NUMBERS.index(second)),
        "seal": unescape(_SEAL.findall(page)[0]),
    }
