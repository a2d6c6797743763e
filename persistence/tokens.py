"""API tokens. Only their hashes are kept."""

import secrets

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.decisions import Actor
from domain.terms import City, Role
from persistence.people import digest
from persistence.tables import tokens


class Tokens:
    """Repository of tokens."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def create(
        self, label: str, role: Role, city: City | None = None, department: str | None = None
    ) -> str:
        """A new token; a token of the same label is replaced."""
        token = f"jb_{secrets.token_hex(20)}"
        values = {"hash": digest(token), "role": role, "city": city, "department": department}
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
        """Whom a token stands for; None if it is unknown or revoked."""
        query = select(tokens).where(tokens.c.hash == digest(token), tokens.c.revoked_at.is_(None))
        row = (await self._tx.execute(query)).first()
        if row is None:
            return None
        return Actor(role=row.role, id=f"token:{row.label}", city=row.city, department=row.department)
