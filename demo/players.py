"""The players: everybody whom the newcomer does not play, through the public interfaces only."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import httpx

from demo.applicants import Applicants
from demo.citizen import Citizen
from demo.contacts import ContactPlayers
from demo.desk import ROUND, Desk, Player, Seen, despite_outages
from demo.experts import Experts
from demo.office import Office
from demo.reviewers import CITIES, DEPARTMENTS, Cities, Departments
from domain.calendar import BusinessTime
from domain.policy.rounds import ROUND_2021
from domain.terms import City, Role
from persistence.database import Database
from persistence.tokens import Tokens

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0


class Players:
    """They take up where they were when the demo was stopped."""

    def __init__(self, database: Database, clock: BusinessTime, api: str) -> None:
        self._database, self._clock, self._api = database, clock, api
        self._contacts = ContactPlayers(database, clock)
        self.ready = asyncio.Event()
        """Everybody can be reached, and every application can be handed in: time may run."""

    async def finish_form(self, person_id: int) -> bool:
        """Fill the current form of a person on the page."""
        return await self._contacts.finish_form(person_id)

    async def call(self) -> None:
        """发榜; the same again changes nothing. Raises httpx.HTTPStatusError if it is refused."""
        asked = {
            **ROUND_2021.model_dump(mode="json", include={"slug", "title", "briefing_on"}),
            "deadline": ROUND_2021.deadline.isoformat(),
        }
        async with self._http() as http:
            office = await self._office(http)
            await despite_outages(partial(office.send, "POST", "/api/rounds", json=asked))

    async def play(self) -> None:
        """Bind and apply if that is still to be done, then act until cancelled."""
        async with self._http() as http:
            office = await self._office(http)
            await Applicants(self._database, self._clock, office).prepare()
            self.ready.set()
            departments = {
                name: await self._desk(http, f"示例{name}", Role.DEPARTMENT, department=name)
                for name in DEPARTMENTS
            }
            cities = {
                city: await self._desk(http, f"示例{city}市级办公室", Role.CITY, city=city) for city in CITIES
            }
            players = (
                Departments(departments),
                Experts(office, http),
                Cities(cities),
                Citizen(office, http),
                Office(office),
            )
            await asyncio.gather(self._contacts.play(), self._look(office, players))

    @asynccontextmanager
    async def _http(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(base_url=self._api, timeout=30, follow_redirects=True) as http:
            yield http

    async def _office(self, http: httpx.AsyncClient) -> Desk:
        return await self._desk(http, "示例办公室", Role.OFFICE)

    async def _desk(
        self,
        http: httpx.AsyncClient,
        label: str,
        role: Role,
        city: City | None = None,
        department: str | None = None,
    ) -> Desk:
        async with self._database.transaction() as tx:
            return Desk(http, await Tokens(tx).create(label, role, city, department))

    async def _look(self, office: Desk, players: Sequence[Player]) -> None:
        while True:
            with _outages_told():
                seen = await self._seen(office)
                for player in players:
                    with _outages_told():  # nobody waits for what another cannot do
                        await player.look(seen)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _seen(self, office: Desk) -> Seen:
        found = await office.get("/api/bases", limit=200)
        return Seen(self._clock.now(), await office.get(ROUND), found["items"])


@contextmanager
def _outages_told() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as e:
        _LOG.warning("the office could not reach the API: %r", e)
