"""A desk: what one role reads and decides over the HTTP API, and how all see a round."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, Protocol, TypeVar

import httpx

from domain.calendar import business_day
from domain.lifecycle import Step
from domain.policy.rounds import ROUND_2021

T = TypeVar("T")

ROUND = f"/api/rounds/{ROUND_2021.slug}"

_LOG = logging.getLogger(__name__)
_AGAIN_SECONDS = 1.0
_PAGE = 200


class Desk:
    """One role, with a token of its own."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http, self._bearer = http, {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, **params: Any) -> Any:
        """What the API answers. Raises httpx.HTTPError."""
        return await self.send("GET", path, params=params)

    async def all(self, path: str, **params: Any) -> list[Any]:
        """The items of a list, page after page. Raises httpx.HTTPError."""
        items: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await self.get(path, **params, limit=_PAGE, cursor=cursor)
            items += page["items"]
            cursor = page["next_cursor"]
        return items

    async def send(self, method: str, path: str, **content: Any) -> Any:
        """Any request, with content as httpx takes it. Raises httpx.HTTPError, also for what is refused."""
        answer = await self._http.request(method, path, headers=self._bearer, **content)
        answer.raise_for_status()
        return answer.json()

    async def decide(self, path: str, decision: dict[str, Any], now: datetime) -> None:
        """Decide about a base or a round, once a day: again on the same day changes nothing. A refusal is logged."""
        once = f"{path}:{_told_apart(decision)}:{business_day(now)}"
        headers = self._bearer | {"Idempotency-Key": sha256(once.encode()).hexdigest()}
        answer = await self._http.post(f"{path}/decisions", json=decision, headers=headers)
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            _LOG.warning("%s was not taken for %s: %s", decision["kind"], path, answer.text)


def _told_apart(decision: dict[str, Any]) -> str:
    """What makes it another decision of the same kind: the duty signed, the objection, the list's city."""
    return ":".join(str(decision[k]) for k in ("kind", "duty", "objection", "city") if k in decision)


class Seen(NamedTuple):
    """What everybody can see of the round, if there is one, and of all bases, at one look."""

    now: datetime
    round: dict[str, Any]
    bases: list[dict[str, Any]]
    office_played: bool = (
        True  # whether the players decide about what is reported; else somebody does on the page
    )

    def at(self, step: Step) -> list[dict[str, Any]]:
        """The round's applications at a step."""
        return [b for b in self.bases if b["round"] == ROUND_2021.slug and b["step"] == step]

    def direction_of(self, base_id: str) -> int:
        """The direction of a base, which tells the sample bases apart."""
        return next(int(base["direction_no"]) for base in self.bases if base["id"] == base_id)

    def waited(self, since: str, days: int) -> bool:
        """Whether so many days have passed."""
        return self.now - datetime.fromisoformat(since) >= timedelta(days=days)


class Player(Protocol):
    """Somebody who acts on what is seen, some days after it may."""

    async def look(self, seen: Seen) -> None:
        """Do what there is to do. Raises httpx.HTTPError in an outage; looking again later is safe."""


async def despite_outages(work: Callable[[], Awaitable[T]]) -> T:
    """Again and again until the API answers. Raises httpx.HTTPStatusError for what it refuses."""
    while True:
        try:
            return await work()
        except httpx.HTTPStatusError as e:
            if not e.response.is_server_error:
                raise
        except httpx.TransportError as e:
            _LOG.info("the API is away: %r", e)
        await asyncio.sleep(_AGAIN_SECONDS)
