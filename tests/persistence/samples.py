"""Rows to begin with."""

from datetime import date

from domain.calendar import Period
from domain.lifecycle import Step
from domain.policy.obligations import Schedule, schedule
from domain.terms import ObligationKind
from persistence.database import Database
from persistence.obligations import Obligations
from tests.policy.published import DAYS_2026
from tests.support import register, state_of

BASE = "base-2021-03-1"
OTHER_BASE = "base-2021-03-2"
KIND = ObligationKind.DISPATCH


def monthly(period: str) -> Schedule:
    return schedule(KIND, Period.parse(period), DAYS_2026, BASE)


async def running_base(database: Database, base_id: str = BASE) -> int:
    """A base in its pilot; the id of its contact."""
    return await register(database, state_of(base_id, Step.PILOT, published_on=date(2025, 7, 1)))


async def opened(database: Database, period: str, base_id: str = BASE) -> str:
    """An open obligation; its id."""
    obligation_id = f"obligation-{base_id}-{period}"
    async with database.transaction() as tx:
        await Obligations(tx).open(obligation_id, base_id, monthly(period))
    return obligation_id
