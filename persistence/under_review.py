"""Reports that were handed in and still wait for somebody: their review, or a correction that was asked for."""

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.policy.obligations import CADENCES
from domain.terms import ObligationState
from persistence.tables import obligations

REVIEWED = tuple(kind for kind, dated in CADENCES.items() if dated[-1].value.review_days is not None)
"""Kinds that the office looks at after they were handed in."""


class UnderReview:
    """Repository of them."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def ids(self) -> list[str]:
        """Their workflows, which their bases do not count as open any more."""
        waits = or_(
            and_(obligations.c.state == ObligationState.SUBMITTED, obligations.c.kind.in_(REVIEWED)),
            obligations.c.state == ObligationState.REOPENING,
        )
        return list((await self._tx.scalars(select(obligations.c.id).where(waits))).all())
