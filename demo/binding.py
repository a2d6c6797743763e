"""Getting the sample people into the chat: each sends the invite code that the office has made."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

from demo.desk import Desk, despite_outages
from demo.people import (
    CITY_OF_OFFICIAL,
    CITY_OFFICIAL,
    COMPETENT,
    COMPETENT_UNIT,
    DEPUTIES,
    HEADS,
    NEWCOMER,
    OFFICIAL,
    SampleBase,
)
from domain.calendar import BusinessTime
from domain.policy.members import LEADING_UNIT
from domain.terms import ContactRole
from persistence.bases import Bases
from persistence.database import Database
from persistence.local_chat import LocalChat, Person
from persistence.people import People

_CHANNEL = "local"
_LOOK_SECONDS = 0.05

NewContact = Callable[[], Awaitable[int]]


class Binding:
    """Binds people to contacts, whatever was done already."""

    def __init__(self, database: Database, clock: BusinessTime, office: Desk) -> None:
        self._database, self._clock, self._office = database, clock, office

    async def residents(self, bases: Iterable[SampleBase]) -> None:
        """The contacts of bases that were taken over, their deputies and heads, and those of the offices."""
        for base in bases:
            played = base.contact != NEWCOMER
            await despite_outages(partial(self.bind, base.contact, self._of(base.code), played=played))
        for name, office in (
            (OFFICIAL, {"department": LEADING_UNIT}),
            (COMPETENT, {"department": COMPETENT_UNIT}),
            (CITY_OFFICIAL, {"city": CITY_OF_OFFICIAL}),
        ):
            official = self.new(name, may_decide=True, **office)
            await despite_outages(partial(self.bind, name, official, played=name == OFFICIAL))
        for role, people in ((ContactRole.DEPUTY, DEPUTIES), (ContactRole.HEAD, HEADS)):
            for code, name in people.items():
                await self._beside(code, name, role)

    async def _beside(self, code: str, name: str, role: ContactRole) -> None:
        """Somebody who answers for a base beside its contact."""
        async with self._database.transaction() as tx:
            base_id = await Bases(tx).id_of_code(code)
        person = self.new(name, bases=[{"base": base_id, "role": role}])
        await despite_outages(partial(self.bind, name, person, played=False))

    def new(self, name: str, **more: Any) -> NewContact:
        """Makes a contact over the API."""

        async def contact() -> int:
            return int((await self._office.send("POST", "/api/contacts", json={"name": name, **more}))["id"])

        return contact

    def _of(self, code: str) -> NewContact:
        async def contact() -> int:
            async with self._database.transaction() as tx:
                return await People(tx).of_code(code)

        return contact

    async def bind(self, name: str, contact: NewContact, *, played: bool = True) -> int:
        """The contact of a person. A person without one fetches an invite code and sends it."""
        async with self._database.transaction() as tx:
            person = await LocalChat(tx).person(name, played=played)
            bound = await People(tx).contact_of(_CHANNEL, str(person.id))
        if bound:
            return bound
        invited = await self._office.send("POST", f"/api/contacts/{await contact()}/invite")
        async with self._database.transaction() as tx:
            await LocalChat(tx).say(person.id, f"/start {invited['code']}", self._clock.now())
        return await self._bound(person)

    async def _bound(self, person: Person) -> int:
        while True:
            async with self._database.transaction() as tx:
                contact = await People(tx).contact_of(_CHANNEL, str(person.id))
            if contact:
                return contact
            await asyncio.sleep(_LOOK_SECONDS)
