"""What member units have to sign in the formal review (B9)."""

from typing import NamedTuple

from sqlalchemy import any_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.lifecycle import Step
from persistence.tables import bases, rounds


class Unsigned(NamedTuple):
    """How many applications of a round wait for a member unit."""

    title: str  # of the round
    applications: int


class Signatures:
    """Repository of what waits for a signature."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def waiting_for(self, department: str) -> list[Unsigned]:
        """By round, the oldest first."""
        waiting = func.string_to_array(bases.c.waiting_for, "、")
        query = (
            select(rounds.c.title, func.count())
            .join(bases, bases.c.round == rounds.c.slug)
            .where(bases.c.step == Step.FORMAL_REVIEW, literal(department) == any_(waiting))
            .group_by(rounds.c.slug, rounds.c.title)
            .order_by(rounds.c.slug)
        )
        return [Unsigned(*row) for row in await self._tx.execute(query)]
