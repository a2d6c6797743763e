"""Getting the sample people into the chat, and the applications of the sample applicants complete."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx

from demo.desk import Desk, despite_outages
from demo.papers import answers, pdf
from demo.people import APPLICANTS, BASES, NEWCOMER, SampleApplicant
from domain.calendar import BusinessTime
from domain.lifecycle import Step
from domain.policy.rounds import ROUND_2021
from persistence.database import Database
from persistence.local_chat import LocalChat, Person
from persistence.people import People

_LOG = logging.getLogger(__name__)
_CHANNEL = "local"
_LOOK_SECONDS = 0.05

NewContact = Callable[[], Awaitable[int]]


class Applicants:
    """Bound and complete, whatever was done already; handing in is left to their contacts in chat."""

    def __init__(self, database: Database, clock: BusinessTime, office: Desk) -> None:
        self._database, self._clock, self._office = database, clock, office

    async def prepare(self) -> None:
        """Bind all, then fill in and upload what is missing."""
        for base in BASES:
            await despite_outages(partial(self._bind, base.contact, self._of(base.code)))
        await asyncio.gather(*(self._apply(applicant) for applicant in APPLICANTS))

    def _of(self, code: str) -> NewContact:
        async def contact() -> int:
            async with self._database.transaction() as tx:
                return await People(tx).of_code(code)

        return contact

    async def _new(self, name: str) -> int:
        return int((await self._office.send("POST", "/api/contacts", json={"name": name}))["id"])

    async def _bind(self, name: str, contact: NewContact) -> int:
        """The contact of a person. A person without one fetches an invite code and sends it."""
        async with self._database.transaction() as tx:
            person = await LocalChat(tx).person(name, played=name != NEWCOMER)
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

    async def _apply(self, applicant: SampleApplicant) -> None:
        name = applicant.contact
        try:
            contact = await despite_outages(partial(self._bind, name, partial(self._new, name)))
            await despite_outages(partial(self._complete, applicant, contact))
        except httpx.HTTPStatusError as e:
            _LOG.warning("%s was not taken for %s: %s", "申报", applicant.code, e.response.text)

    async def _complete(self, applicant: SampleApplicant, contact: int) -> None:
        """Register, answer every question, upload every document that is missing."""
        new = applicant._asdict() | {
            "round": ROUND_2021.slug,
            "contact_id": contact,
            "planned_total": str(applicant.planned_total),
        }
        del new["contact"], new["merit"]
        base = await self._office.send("POST", "/api/bases", json=new)
        if base["step"] != Step.PREPARING:
            return
        path = f"/api/bases/{base['id']}"
        filled = await self._office.send("PUT", f"{path}/application", json=answers(applicant))
        for material in filled["materials"]:
            if not material["there"]:
                await self._upload(f"{path}/materials", material, applicant)

    async def _upload(self, path: str, material: dict[str, Any], applicant: SampleApplicant) -> None:
        title = f"示例：{material['label']}"
        file = (f"{title}.pdf", pdf(title, applicant.name, applicant.lead), "application/pdf")
        await self._office.send("POST", path, data={"item": material["key"]}, files={"file": file})
