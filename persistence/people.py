"""Contacts, their chats and invite codes, what came in from them and what went out to them."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Table, and_, delete, func, null, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.base import city_office
from domain.errors import NotFound, Refused
from domain.policy.people import LEAVING
from domain.terms import City, ContactRole, Recipient
from persistence.chats import RESTING
from persistence.hearing import hears
from persistence.tables import (
    base_contacts,
    bases,
    chats,
    contacts,
    former_chats,
    invites,
    obligations,
)

_CODE_BYTES = 16  # 128 bits


def digest(secret: str) -> str:
    """What is stored of a code or token."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Chat(BaseModel):
    """Where a contact is reached."""

    model_config = ConfigDict(frozen=True)

    channel: str
    external_id: str
    contact_id: int
    department: str | None = None  # whose contact it is, if a member unit's


class Routed(BaseModel):
    """Who sent an update, and to which obligation or application it belongs."""

    model_config = ConfigDict(frozen=True)

    contact_id: int
    obligation_id: str | None
    obligation_no: int | None
    allowed: bool
    application_id: str | None = None


class Arrived(BaseModel):
    """What is known of the chat in which something was typed."""

    model_config = ConfigDict(frozen=True)

    routed: Routed | None  # None: a stranger's
    deciding: dict[str, Any] | None = None  # see domain/pending.py
    has_left: bool = False  # it was somebody's who answers for nothing any more, and does not know it yet


_ROUTE = text(
    """
    WITH chat AS (
        SELECT contact_id, current_obligation, current_application, deciding
        FROM chats WHERE channel = :channel AND external_id = :external_id
    ), arrival AS (
        INSERT INTO inbound (channel, external_id, update_id, contact_id, obligation_id, application_id)
        SELECT :channel, :external_id, :update_id, contact_id, current_obligation, current_application FROM chat
        ON CONFLICT (channel, external_id, update_id) DO UPDATE SET deliveries = inbound.deliveries + 1
        RETURNING contact_id, obligation_id, application_id
    )
    SELECT arrival.contact_id, arrival.obligation_id, obligations.no AS obligation_no,
           arrival.application_id,
           EXISTS (
               SELECT 1 FROM base_contacts
               WHERE base_contacts.base_id = coalesce(obligations.base_id, arrival.application_id)
                 AND base_contacts.contact_id = arrival.contact_id
           ) AS allowed,
           (SELECT deciding FROM chat) AS deciding,
           EXISTS (
               SELECT 1 FROM former_chats WHERE channel = :channel AND external_id = :external_id
           ) AS has_left
    FROM (VALUES (1)) AS always LEFT JOIN arrival ON true
    LEFT JOIN obligations ON obligations.id = arrival.obligation_id
    """
).columns(deciding=JSONB)
"""One statement for all that is asked of the database about something typed: each answer in a form waits for it."""


def _is_chat(table: Table, channel: str, external_id: str) -> ColumnElement[bool]:
    return and_(table.c.channel == channel, table.c.external_id == external_id)


class People:
    """Repository of contacts and their chats."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def add(
        self,
        name: str,
        phone: str | None = None,
        department: str | None = None,
        city: str | None = None,
        *,
        may_decide: bool = False,
    ) -> int:
        """A new contact, of a member unit or a city office if one is named; its id."""
        values = {"name": name, "phone": phone, "department": department, "city": city}
        new = insert(contacts).values(**values, may_decide=may_decide)
        done = await self._tx.execute(new.returning(contacts.c.id))
        return int(done.scalar_one())

    async def exists(self, contact_id: int) -> bool:
        """Whether there is such a contact."""
        return await self._tx.scalar(select(contacts.c.id).where(contacts.c.id == contact_id)) is not None

    async def check_here(self, contact_id: int) -> None:
        """Nothing is given to who has left, who does not leave meanwhile. Raises NotFound, Refused."""
        query = select(contacts.c.left_at).where(contacts.c.id == contact_id).with_for_update(read=True)
        row = (await self._tx.execute(query)).first()
        if row is None:
            raise NotFound("contact.not_found", id=contact_id)
        if row.left_at is not None:
            raise Refused("leaving.has_left", LEAVING, id=contact_id)

    async def attach(self, contact_id: int, base_id: str, role: ContactRole = ContactRole.CONTACT) -> None:
        """Let a contact answer for a base."""
        new = insert(base_contacts).values(contact_id=contact_id, base_id=base_id, role=role)
        await self._tx.execute(new.on_conflict_do_nothing())

    async def of_base(self, base_id: str) -> list[int]:
        """Contacts of a base."""
        query = select(base_contacts.c.contact_id).where(base_contacts.c.base_id == base_id)
        return list((await self._tx.scalars(query)).all())

    async def of_code(self, code: str) -> int:
        """The first contact of the base with the office's number `code`. Raises NotFound."""
        query = select(base_contacts.c.contact_id).join(bases).where(bases.c.code == code)
        found = await self._tx.scalar(query.order_by(base_contacts.c.contact_id).limit(1))
        if found is None:
            raise NotFound("contact.not_found", id=code)
        return int(found)

    async def invite(self, contact_id: int, expires_at: datetime) -> str:
        """A one-time code of 128 bits; only its hash is kept. Raises NotFound, Refused for who has left."""
        await self.check_here(contact_id)
        code = secrets.token_hex(_CODE_BYTES)
        await self._tx.execute(
            insert(invites).values(code_hash=digest(code), contact_id=contact_id, expires_at=expires_at)
        )
        return code

    async def redeem(self, code: str, channel: str, external_id: str, now: datetime) -> int:
        """Bind a chat to the contact the code was made for; again by the same chat is the same. Raises NotFound."""
        who = f"{channel}:{external_id}"
        used = update(invites).where(
            invites.c.code_hash == digest(code),
            func.coalesce(invites.c.used_by, who) == who,
            invites.c.expires_at > now,
        )
        done = await self._tx.execute(used.values(used_by=who).returning(invites.c.contact_id))
        contact_id = done.scalar_one_or_none()
        if contact_id is None:
            raise NotFound("invite.invalid")
        bound = insert(chats).values(channel=channel, external_id=external_id, contact_id=contact_id)
        await self._tx.execute(
            bound.on_conflict_do_update(
                index_elements=["channel", "external_id"],
                set_={
                    "contact_id": contact_id,
                    "current_obligation": None,
                    "current_application": None,
                    "intent": None,
                    "deciding": null(),
                },
                where=chats.c.contact_id != contact_id,
            )
        )
        await self._tx.execute(delete(former_chats).where(_is_chat(former_chats, channel, external_id)))
        return int(contact_id)

    async def name(self, contact_id: int) -> str:
        """How a contact is called."""
        return str(await self._tx.scalar(select(contacts.c.name).where(contacts.c.id == contact_id)))

    async def contact_of(self, channel: str, external_id: str) -> int | None:
        """The contact that a chat is bound to; None for a stranger."""
        query = select(chats.c.contact_id).where(
            chats.c.channel == channel, chats.c.external_id == external_id
        )
        return await self._tx.scalar(query)

    async def current_of(self, channel: str, external_id: str) -> str | None:
        """The obligation that a chat is on."""
        query = select(chats.c.current_obligation).where(
            chats.c.channel == channel, chats.c.external_id == external_id
        )
        return await self._tx.scalar(query)

    async def chats_of_base(self, base_id: str, roles: Collection[ContactRole] | None = None) -> list[Chat]:
        """Every chat in which a contact of the base is reached; only of these roles, if they are named."""
        query = select(chats).join(base_contacts, base_contacts.c.contact_id == chats.c.contact_id)
        query = query.where(base_contacts.c.base_id == base_id).order_by(chats.c.channel, chats.c.external_id)
        if roles is not None:
            query = query.where(base_contacts.c.role.in_(roles))
        return [Chat.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def chats_for(
        self, base_id: str, obligation_id: str | None, recipients: Collection[Recipient]
    ) -> list[Chat]:
        """Every chat at the base in which these hear of it, each once; see `hearing`. None of departments and the
        office."""
        handed = select(obligations.c.assignee).where(obligations.c.id == obligation_id).scalar_subquery()
        wanted = [hears(one, bases.c.id, chats.c.contact_id, handed) for one in recipients]
        if not wanted:
            return []
        query = select(chats).join(base_contacts, base_contacts.c.contact_id == chats.c.contact_id)
        query = query.join(bases, bases.c.id == base_contacts.c.base_id).where(bases.c.id == base_id)
        query = query.where(or_(*wanted)).order_by(chats.c.channel, chats.c.external_id)
        return [Chat.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def answers_for(self, contact_id: int, base_id: str) -> bool:
        """Whether a contact answers for a base."""
        query = select(base_contacts.c.base_id).where(
            base_contacts.c.contact_id == contact_id, base_contacts.c.base_id == base_id
        )
        return await self._tx.scalar(query) is not None

    async def chats_of_department(self, department: str) -> list[Chat]:
        """Every chat in which a member unit's contacts are reached, or those of a city's office, by its name."""
        query = select(chats, contacts.c.department).join(contacts, contacts.c.id == chats.c.contact_id)
        city = next((city for city in City if city_office(city) == department), None)
        theirs = contacts.c.department == department if city is None else contacts.c.city == city
        query = query.where(theirs).order_by(chats.c.channel, chats.c.external_id)
        return [Chat.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def arrived(self, channel: str, external_id: str, update_id: int) -> Arrived:
        """Whose chat this came from, and where it goes; a redelivery goes where it went the first time."""
        told = {"channel": channel, "external_id": external_id, "update_id": update_id}
        row = dict((await self._tx.execute(_ROUTE, told)).mappings().one())
        routed = Routed.model_validate(row) if row["contact_id"] is not None else None
        return Arrived(routed=routed, deciding=row["deciding"], has_left=row["has_left"])

    async def route(self, channel: str, external_id: str, update_id: int) -> Routed | None:
        """Who sent this and where it goes; None for a stranger."""
        return (await self.arrived(channel, external_id, update_id)).routed

    async def turn_to(self, channel: str, external_id: str, obligation_id: str | None) -> None:
        """Make an obligation the current one of a chat, which leaves its application."""
        await self._tx.execute(
            update(chats)
            .where(chats.c.channel == channel, chats.c.external_id == external_id)
            .values(current_obligation=obligation_id, current_application=None, intent=RESTING)
        )

    async def department_of(self, contact_id: int) -> str | None:
        """The member unit that a contact belongs to; None for the contact of a base."""
        return await self._tx.scalar(select(contacts.c.department).where(contacts.c.id == contact_id))

    async def is_official(self, contact_id: int) -> bool:
        """Whether a contact belongs to a member unit or an office, whatever else it answers for."""
        place = or_(contacts.c.department.is_not(None), contacts.c.city.is_not(None))
        query = select(contacts.c.id).where(contacts.c.id == contact_id, place)
        return await self._tx.scalar(query) is not None

    async def leave(self, channel: str, external_id: str, obligation_id: str) -> None:
        """The chat is done with an obligation, if it is still on it."""
        await self._tx.execute(
            update(chats)
            .where(
                chats.c.channel == channel,
                chats.c.external_id == external_id,
                chats.c.current_obligation == obligation_id,
            )
            .values(current_obligation=None)
        )

    async def id_of(self, name: str, phone: str) -> int | None:
        """The contact of that name and telephone who has not left, the first if there are several."""
        query = select(contacts.c.id).where(
            contacts.c.name == name, contacts.c.phone == phone, contacts.c.left_at.is_(None)
        )
        return await self._tx.scalar(query.order_by(contacts.c.id).limit(1))
