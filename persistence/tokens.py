"""API tokens. Only their hashes are kept."""

import secrets

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.decisions import Actor, lead_actor
from domain.terms import City, Role
from persistence.people import digest
from persistence.tables import contacts, tokens


class Tokens:
    """Repository of tokens."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def create(
        self,
        label: str,
        role: Role,
        city: City | None = None,
        department: str | None = None,
        contact_id: int | None = None,
    ) -> str:
        """A new token; a token of the same label is replaced. An applicant's acts as its contact."""
        token = f"jb_{secrets.token_hex(20)}"
        holder = {"role": role, "city": city, "department": department, "contact_id": contact_id}
        values = {"hash": digest(token), **holder}
        await self._tx.execute(
            insert(tokens)
            .values(label=label, **values)
            .on_conflict_do_update(index_elements=["label"], set_={**values, "revoked_at": None})
        )
        return token

    async def revoke(self, label: str) -> bool:
        """Whether there was such a token."""
        done = await self._tx.execute(
            update(tokens).where(tokens.c.label == label).values(revoked_at=func.now()).returning(tokens.c.id)
        )
        return done.first() is not None

    async def holder(self, token: str) -> Actor | None:
        """Whom a token stands for; None if it is unknown or revoked, or its contact has left."""
        gone = exists().where(contacts.c.id == tokens.c.contact_id, contacts.c.left_at.is_not(None))
        query = select(tokens).where(tokens.c.hash == digest(token), tokens.c.revoked_at.is_(None), ~gone)
        row = (await self._tx.execute(query)).first()
        if row is None:
            return None
        if row.contact_id is not None:
            return lead_actor(row.contact_id)
        return Actor(role=row.role, id=f"token:{row.label}", city=row.city, department=row.department)
