"""查: bases by part of a name, a code or a lead, as far as whoever asks may see them."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.worklist import Official
from persistence.tables import base_contacts, bases, chats


class Found(NamedTuple):
    """A base that fits."""

    id: str
    name: str
    code: str
    stage: str


class Bound(NamedTuple):
    """How many answer for a base, and how many of them have a chat."""

    bound: int
    total: int


class Finding:
    """Repository of what is looked for by name. An office sees its own bases, whoever answers for bases those."""

    def __init__(self, tx: AsyncConnection, official: Official | None, contact: int) -> None:
        self._tx = tx
        answers = exists().where(base_contacts.c.base_id == bases.c.id, base_contacts.c.contact_id == contact)
        self._reach: ColumnElement[bool] = answers
        if official is None:
            return
        everything = bases.c.id.is_not(None)
        self._reach = everything if official.city is None else or_(bases.c.city == official.city, answers)

    async def bases(self, said: str, limit: int) -> list[Found]:
        """Those that fit, whole names and codes first."""
        columns = (bases.c.name, bases.c.code, bases.c.lead)
        fits = or_(*(column.icontains(said, autoescape=True) for column in columns))
        whole = case((or_(bases.c.name == said, bases.c.code == said), 0), else_=1)
        query = select(bases.c.id, bases.c.name, bases.c.code, bases.c.stage).where(fits, self._reach)
        query = query.order_by(whole, bases.c.name, bases.c.id).limit(limit)
        return [Found(*row) for row in await self._tx.execute(query)]

    async def sees(self, base_id: str) -> bool:
        """Whether there is such a base for whoever asks."""
        return await self._tx.scalar(select(bases.c.id).where(bases.c.id == base_id, self._reach)) is not None

    async def bound(self, base_id: str) -> Bound:
        """How many could be told."""
        has_chat = exists().where(chats.c.contact_id == base_contacts.c.contact_id)
        query = select(func.count().filter(has_chat), func.count())
        row = (await self._tx.execute(query.where(base_contacts.c.base_id == base_id))).one()
        return Bound(*row)
