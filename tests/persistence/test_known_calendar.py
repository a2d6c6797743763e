"""Which holidays were known to whoever computed deadlines before."""

from persistence.database import Database
from persistence.known_calendar import KnownCalendar


async def test_the_last_year_that_was_learnt_counts(database: Database) -> None:
    async with database.transaction() as tx:
        calendar = KnownCalendar(tx)
        assert await calendar.known_through() is None
        for year in (2025, 2026, 2025, 2026):
            await calendar.learn(year)
        assert await calendar.known_through() == 2026
