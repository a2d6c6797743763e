"""Contacts, their chats and invite codes, what came in from them and what went out to them."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import NotFound
from domain.terms import ContactRole
from persistence.chats import RESTING
from persistence.tables import (
    base_contacts,
    bases,
    chats,
    contacts,
    invites,
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


_ROUTE = text(
    """
    WITH chat AS (
        SELECT contact_id, current_obligation, current_application
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
           ) AS allowed
    FROM arrival LEFT JOIN obligations ON obligations.id = arrival.obligation_id
    """
)


class People:
    """Repository of contacts and their chats."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def add(self, name: str, phone: str | None = None, department: str | None = None) -> int:
        """A new contact, of a member unit if one is named; its id."""
        new = insert(contacts).values(name=name, phone=phone, department=department)
        done = await self._tx.execute(new.returning(contacts.c.id))
        return int(done.scalar_one())

    async def exists(self, contact_id: int) -> bool:
        """Whether there is such a contact."""
        return await self._tx.scalar(select(contacts.c.id).where(contacts.c.id == contact_id)) is not None

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
        """A one-time code of 128 bits; only its hash is kept. Raises NotFound."""
        if not await self.exists(contact_id):
            raise NotFound("contact.not_found", id=contact_id)
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
                },
                where=chats.c.contact_id != contact_id,
            )
        )
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

    async def answers_for(self, contact_id: int, base_id: str) -> bool:
        """Whether a contact answers for a base."""
        query = select(base_contacts.c.base_id).where(
            base_contacts.c.contact_id == contact_id, base_contacts.c.base_id == base_id
        )
        return await self._tx.scalar(query) is not None

    async def chats_of_department(self, department: str) -> list[Chat]:
        """Every chat in which a member unit's contacts are reached."""
        query = select(chats, contacts.c.department).join(contacts, contacts.c.id == chats.c.contact_id)
        query = query.where(contacts.c.department == department).order_by(
            chats.c.channel, chats.c.external_id
        )
        return [Chat.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def route(self, channel: str, external_id: str, update_id: int) -> Routed | None:
        """Who sent this and where it goes; a redelivery goes where it went the first time. None for a stranger."""
        row = (
            (
                await self._tx.execute(
                    _ROUTE, {"channel": channel, "external_id": external_id, "update_id": update_id}
                )
            )
            .mappings()
            .first()
        )
        return Routed.model_validate(dict(row)) if row else None

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
        """The contact of that name and telephone, the first if there are several."""
        query = select(contacts.c.id).where(contacts.c.name == name, contacts.c.phone == phone)
        return await self._tx.scalar(query.order_by(contacts.c.id).limit(1))
