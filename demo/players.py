"""The players: they bind the sample people, apply, answer and decide, through the public interfaces only."""

import asyncio

import httpx

from demo.contacts import ContactPlayers
from demo.office import OfficePlayer
from demo.people import APPLICANTS, BASES, NEWCOMER, SampleApplicant
from domain.calendar import BusinessTime
from domain.terms import Role
from persistence.database import Database
from persistence.local_chat import LocalChat
from persistence.people import People
from persistence.tokens import Tokens

_LABEL = "示例办公室"
_CHANNEL = "local"


class Players:
    """Everybody whom the newcomer does not play."""

    def __init__(self, database: Database, clock: BusinessTime, api: str) -> None:
        self._database, self._clock, self._api = database, clock, api
        self._contacts = ContactPlayers(database, clock)

    async def finish_form(self, person_id: int) -> bool:
        """Fill the current form of a person on the page."""
        return await self._contacts.finish_form(person_id)

    async def play(self) -> None:
        """Bind and apply if that is still to be done, then act until cancelled."""
        async with self._database.transaction() as tx:
            token = await Tokens(tx).create(_LABEL, Role.OFFICE)
        bearer = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=self._api, headers=bearer, timeout=30) as http:
            for base in BASES:
                await self._bind(http, base.contact, await self._contact_of(base.code))
            for applicant in APPLICANTS:
                await self._apply(http, applicant)
            await asyncio.gather(self._contacts.play(), OfficePlayer(http, self._clock).play())

    async def _contact_of(self, code: str) -> int:
        async with self._database.transaction() as tx:
            return await People(tx).of_code(code)

    async def _bind(self, http: httpx.AsyncClient, name: str, contact: int) -> None:
        """Fetch an invite code and send it, as the contact would."""
        async with self._database.transaction() as tx:
            person = await LocalChat(tx).person(name, played=name != NEWCOMER)
            if await People(tx).contact_of(_CHANNEL, str(person.id)):
                return
        answer = await http.post(f"/api/contacts/{contact}/invite")
        answer.raise_for_status()
        async with self._database.transaction() as tx:
            await LocalChat(tx).say(person.id, f"/start {answer.json()['code']}", self._clock.now())
        await self._until_bound(person.id)

    async def _until_bound(self, person_id: int) -> None:
        while True:
            async with self._database.transaction() as tx:
                if await People(tx).contact_of(_CHANNEL, str(person_id)):
                    return
            await asyncio.sleep(0.05)

    async def _apply(self, http: httpx.AsyncClient, applicant: SampleApplicant) -> None:
        async with self._database.transaction() as tx:
            person = await LocalChat(tx).person(applicant.contact, played=True)
            if await People(tx).contact_of(_CHANNEL, str(person.id)):
                return
        made = await http.post("/api/contacts", json={"name": applicant.contact})
        made.raise_for_status()
        contact = made.json()["id"]
        await self._bind(http, applicant.contact, contact)
        new = applicant._asdict() | {
            "round": "2021",
            "contact_id": contact,
            "planned_total": str(applicant.planned_total),
        }
        del new["contact"], new["selected"]
        (await http.post("/api/bases", json=new)).raise_for_status()
