"""Rounds whose list is shown to the public."""

from datetime import date
from decimal import Decimal

from sqlalchemy import update

from domain.lifecycle import Step
from domain.terms import Level
from persistence import tables
from persistence.database import Database
from persistence.listings import Listings, ReviewResult
from tests.support import register, state_of

FIRST_DAY, LAST_DAY, PUBLISHED_ON = date(2022, 5, 9), date(2022, 5, 13), date(2022, 5, 16)
NUMBER = "示例发改〔2022〕1号"


def result(base_id: str, level: Level = Level.PROVINCE, rank: int | None = 1) -> ReviewResult:
    """How an application came out of the review."""
    known = {"score": Decimal("88.50") if rank else None, "scores": 3, "outliers": 0, "tied": False}
    return ReviewResult(base_id=base_id, level=level, rank=rank, explanation="", **known)


async def listed(
    database: Database,
    base_id: str,
    step: Step = Step.NOTICE,
    *,
    level: Level = Level.PROVINCE,
    selected: bool | None = True,
    rank: int | None = 1,
) -> str:
    """An application on the list, proposed or not."""
    state = state_of(base_id, step, level)
    facts = state.facts.model_copy(update={"direction": int(base_id.split("-")[2])})
    await register(database, state.model_copy(update={"facts": facts}))
    async with database.transaction() as tx:
        await Listings(tx).put("2021", [result(base_id, level, rank)])
        if selected is not None:
            await Listings(tx).select(base_id, selected, "", level)
    return base_id


async def in_notice(database: Database, first: date | None = FIRST_DAY, last: date = LAST_DAY) -> None:
    """The round's public notice runs from day to day."""
    async with database.transaction() as tx:
        await tx.execute(update(tables.rounds).values(notice_first=first, notice_last=last))


async def published(database: Database, base_id: str, name: str) -> None:
    """The list is published under a number, with the official name."""
    async with database.transaction() as tx:
        await tx.execute(update(tables.rounds).values(publication_no=NUMBER))
        of_base = update(tables.bases).where(tables.bases.c.id == base_id)
        await tx.execute(of_base.values(name=name, step=Step.PILOT))
        await Listings(tx).published(base_id, PUBLISHED_ON)
