"""The people of a base: in what role each answers for it, and whether each has a chat."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.terms import ContactRole
from persistence.hearing import rank
from persistence.tables import base_contacts, chats, contacts


class Colleague(BaseModel):
    """Somebody who answers for a base."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str
    phone: str | None
    role: ContactRole
    bound: bool


class ContactRow(BaseModel):
    """A contact, wherever it belongs."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str
    department: str | None
    city: str | None
    may_decide: bool
    left_at: datetime | None


class Colleagues:
    """Repository of who answers for which base."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def contact(self, contact_id: int) -> ContactRow | None:
        """One contact; nobody else changes it until the transaction ends. None if there is none."""
        query = select(contacts).where(contacts.c.id == contact_id).with_for_update()
        row = (await self._tx.execute(query)).mappings().first()
        return ContactRow.model_validate(dict(row)) if row else None

    async def of_base(self, base_id: str) -> list[Colleague]:
        """All of a base, the contact first."""
        return await self._found(_colleagues().where(base_contacts.c.base_id == base_id))

    async def beside(self, base_id: str, contact_id: int) -> list[Colleague]:
        """All others of a base who have a chat."""
        query = _colleagues().where(
            base_contacts.c.base_id == base_id, base_contacts.c.contact_id != contact_id
        )
        return await self._found(query.where(_bound()))

    async def roles_of(self, contact_id: int) -> dict[str, ContactRole]:
        """The bases that a contact answers for, with its role at each."""
        query = select(base_contacts.c.base_id, base_contacts.c.role).where(
            base_contacts.c.contact_id == contact_id
        )
        rows = await self._tx.execute(query.order_by(base_contacts.c.base_id))
        return {row.base_id: ContactRole(row.role) for row in rows}

    async def put(self, contact_id: int, base_id: str, role: ContactRole) -> None:
        """Let a contact answer for a base in this role, whatever it was before."""
        new = insert(base_contacts).values(contact_id=contact_id, base_id=base_id, role=role)
        await self._tx.execute(
            new.on_conflict_do_update(index_elements=["base_id", "contact_id"], set_={"role": role})
        )

    async def remove(self, contact_id: int) -> None:
        """A contact answers for no base any more."""
        await self._tx.execute(delete(base_contacts).where(base_contacts.c.contact_id == contact_id))

    async def _found(self, query: Select[Any]) -> list[Colleague]:
        rows = await self._tx.execute(query.order_by(rank(base_contacts.c.role), contacts.c.id))
        return [Colleague.model_validate(dict(row)) for row in rows.mappings()]


def _bound() -> Any:
    return exists().where(chats.c.contact_id == contacts.c.id)


def _colleagues() -> Select[Any]:
    return select(
        contacts.c.id, contacts.c.name, contacts.c.phone, base_contacts.c.role, _bound().label("bound")
    ).select_from(base_contacts.join(contacts))
