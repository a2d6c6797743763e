"""Keys that all processes of an installation share. Made when first asked for; they never leave the database's reach."""

import secrets as random

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.tables import secrets

_KEY_BYTES = 32


class SharedKeys:
    """Repository of shared keys."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def get(self, name: str) -> bytes:
        """The key of that name, the same for everybody who asks."""
        new = insert(secrets).values(name=name, value=random.token_bytes(_KEY_BYTES))
        await self._tx.execute(new.on_conflict_do_nothing())
        found = await self._tx.execute(select(secrets.c.value).where(secrets.c.name == name))
        return bytes(found.scalar_one())
