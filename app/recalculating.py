"""Computing deadlines that were 暂定 again, when the holidays of another year have been announced."""

from activities.calendar import working_days
from domain.calendar import WorkingDays
from persistence.bases import Bases
from persistence.database import Database
from persistence.known_calendar import KnownCalendar
from workflows.gateway import Gateway


async def recalculate(database: Database, gateway: Gateway) -> int:
    """Let every base that reports do so, and what it has open; how many were told. Again it changes nothing."""
    async with database.transaction() as tx:
        reporting = await Bases(tx).reporting()
    await gateway.calendar_changed(reporting)
    return len(reporting)


async def recalculate_if_more_is_known(
    database: Database, gateway: Gateway, days: WorkingDays | None = None
) -> int | None:
    """The same, if this program knows more holidays than the one that ran before; None if it does not.

    Written down afterwards: what breaks off in the middle is done again.
    """
    year = (days or working_days()).known_through
    async with database.transaction() as tx:
        known = await KnownCalendar(tx).known_through()
    if known is not None and year <= known:
        return None
    told = await recalculate(database, gateway)
    async with database.transaction() as tx:
        await KnownCalendar(tx).learn(year)
    return told
