"""The player of the office: takes the next decision of every base over the HTTP API, some days after it may."""

import asyncio
import logging
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from demo.people import APPLICANTS
from domain.calendar import BusinessTime, business_day
from domain.lifecycle import Step
from domain.policy.rounds import ROUND_2021

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0
_THINKS = timedelta(days=3)
_NOTICE_DAYS = 14
"""Long enough for five working days around any holiday but the longest."""

_LOSERS = {a.code for a in APPLICANTS if not a.selected}


class OfficePlayer:
    """Decides as the 厅际联席会议办公室 would."""

    def __init__(self, http: httpx.AsyncClient, clock: BusinessTime) -> None:
        self._http, self._clock = http, clock

    async def play(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._look()
            except httpx.HTTPError as e:
                _LOG.warning("the office could not reach the API: %r", e)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _look(self) -> None:
        answer = await self._http.get("/api/bases", params={"limit": 200})
        answer.raise_for_status()
        now = self._clock.now()
        for base in answer.json()["items"]:
            decision = decision_for(base, now)
            if decision and now - datetime.fromisoformat(base["since"]) >= _THINKS:
                await self._decide(base, decision)

    async def _decide(self, base: dict[str, Any], decision: dict[str, Any]) -> None:
        key = quote(f"{base['id']}:{decision['kind']}:{business_day(self._clock.now())}")
        answer = await self._http.post(
            f"/api/bases/{base['id']}/decisions", json=decision, headers={"Idempotency-Key": key}
        )
        if answer.status_code >= 400:
            _LOG.warning("%s was not taken for %s: %s", decision["kind"], base["id"], answer.text)


def decision_for(base: dict[str, Any], now: datetime) -> dict[str, Any] | None:
    """The office's next decision about a base; None if it is not the office's turn."""
    today = business_day(now)
    step = Step(base["step"])
    if step is Step.CONFERENCE and base["code"] in _LOSERS:
        return {"kind": "未入选", "reason": "示例：本方向名额已满，评议得分排名靠后"}
    if step is Step.EXPERT_REVIEW and now < ROUND_2021.deadline:
        return None
    return _routine(base, today).get(step)


def _routine(base: dict[str, Any], today: date) -> dict[Step, dict[str, Any]]:
    number = base["direction_no"]
    return {
        Step.FORMAL_REVIEW: {"kind": "受理"},
        Step.EXPERT_REVIEW: {
            "kind": "评议",
            "score": f"{80 + number % 15}",
            "organiser": "示例第三方评估中心",
            "methods": ["基础资料评审", "互联网+现场答辩"],
        },
        Step.CONFERENCE: {"kind": "拟入选"},
        Step.CONSENT: {
            "kind": "省政府同意",
            "document_no": f"示例政函〔{today.year}〕{number}号",
            "on": str(today),
        },
        Step.NOTICE_DUE: {
            "kind": "公示",
            "first": str(today + timedelta(days=1)),
            "last": str(today + timedelta(days=_NOTICE_DAYS)),
        },
        Step.PUBLICATION: {
            "kind": "公布",
            "document_no": f"示例发改科教发〔{today.year}〕{number}号",
            "on": str(today),
            "official_name": base["name"],
        },
        Step.ACCEPTANCE: {"kind": "验收通过"},
        Step.PLAQUE: {
            "kind": "授牌",
            "document_no": f"示例发改认定〔{today.year}〕{number}号",
            "on": str(today),
        },
    }
