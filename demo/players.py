"""The players: everybody whom the newcomer does not play, through the public interfaces only."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import httpx

from demo.applicants import Applicants
from demo.binding import Binding
from demo.citizen import Citizen
from demo.contacts import ContactPlayers
from demo.desk import ROUND, Desk, Player, Seen, despite_outages
from demo.evaluators import Evaluators, Graders
from demo.experts import Experts
from demo.office import BaseOffice, RoundOffice
from demo.people import OFFICIAL
from demo.reports import Petitions, Reviewer
from demo.reviewers import CITIES, DEPARTMENTS, Cities, Departments
from demo.stories import bases_of
from demo.supervisors import Supervisors
from domain.calendar import BusinessTime, business_day
from domain.policy.rounds import ROUND_2021
from domain.terms import City, Role
from persistence.database import Database
from persistence.local_chat import LocalChat
from persistence.rounds import Rounds
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
            rounds = await self._rounds()
            binding = Binding(self._database, self._clock, office)
            await binding.residents(bases_of(rounds, business_day(self._clock.now())))
            called = ROUND_2021.slug in rounds
            if called:
                await Applicants(binding, office).prepare()
            self.ready.set()
            players = await self._of_round(http, office) if called else ()
            after = (
                BaseOffice(office),
                Reviewer(office),
                Petitions(office),
                Supervisors(office),
                Evaluators(office, http),
                Graders(office),
            )
            await asyncio.gather(
                self._contacts.play(),
                self._look(office, (*players, *after), called=called),
            )

    async def _rounds(self) -> list[str]:
        async with self._database.transaction() as tx:
            return await Rounds(tx).slugs()

    async def _of_round(self, http: httpx.AsyncClient, office: Desk) -> tuple[Player, ...]:
        departments = {
            name: await self._desk(http, f"示例{name}", Role.DEPARTMENT, department=name)
            for name in DEPARTMENTS
        }
        cities = {
            city: await self._desk(http, f"示例{city}市级办公室", Role.CITY, city=city) for city in CITIES
        }
        return (
            Departments(departments),
            Experts(office, http),
            Cities(cities),
            Citizen(office, http),
            RoundOffice(office),
        )

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

    async def _look(self, office: Desk, players: Sequence[Player], *, called: bool) -> None:
        while True:
            with _outages_told():
                seen = await self._seen(office, called=called)
                for player in players:
                    with _outages_told():  # nobody waits for what another cannot do
                        await player.look(seen)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _seen(self, office: Desk, *, called: bool) -> Seen:
        of_round = await office.get(ROUND) if called else {}
        async with self._database.transaction() as tx:
            played = any(one.played for one in await LocalChat(tx).people() if one.name == OFFICIAL)
        return Seen(self._clock.now(), of_round, await office.all("/api/bases"), played)


@contextmanager
def _outages_told() -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as e:
        _LOG.warning("the office could not reach the API: %r", e)
