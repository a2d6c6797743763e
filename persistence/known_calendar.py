"""Until which year the holidays were known to whoever computed deadlines here: when more is known, 暂定 ones change."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence.tables import known_calendar


class KnownCalendar:
    """Repository of the years that have become known."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def known_through(self) -> int | None:
        """The last year with known holidays; None before anybody has asked."""
        last: int | None = await self._tx.scalar(select(func.max(known_calendar.c.known_through)))
        return last

    async def learn(self, year: int) -> None:
        """The holidays are known until the end of `year`."""
        new = insert(known_calendar).values(known_through=year)
        await self._tx.execute(new.on_conflict_do_nothing())
