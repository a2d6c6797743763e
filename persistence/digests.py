"""Which pictures of a period have begun to go out."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.tables import deliveries


class Digests:
    """Repository of what the office is sent by itself."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def begun(self, keys: Iterable[str]) -> frozenset[str]:
        """Those of the business keys for which there is any delivery on record."""
        query = select(deliveries.c.key).where(deliveries.c.key.in_(list(keys))).distinct()
        return frozenset((await self._tx.scalars(query)).all())
