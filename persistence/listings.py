"""The list of a round: how its applications stand after the review, who is proposed, what was published."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import NotFound
from persistence.tables import bases, directions, listings, rounds


class ReviewResult(BaseModel):
    """How an application came out of the review."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    level: str
    score: Decimal | None  # None: not enough scores
    scores: int
    outliers: int
    rank: int | None
    tied: bool
    explanation: str


class ListingRow(ReviewResult):
    """An application on the list, with what is said of it in public."""

    name: str
    lead: str
    city: str
    direction: int
    direction_name: str
    step: str
    selected: bool | None  # None: not proposed yet
    reason: str
    published_on: date | None

    @property
    def industry(self) -> str:
        """The direction in short: 智能建造."""
        return self.direction_name.removesuffix("产教融合平台载体和实训基地")


class NoticeRow(BaseModel):
    """A round as the public sees it."""

    model_config = ConfigDict(frozen=True)

    slug: str
    title: str
    notice_first: date | None
    notice_last: date | None
    publication_no: str | None
    published_on: date | None


class Listings:
    """Repository of lists."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def put(self, slug: str, rows: Sequence[ReviewResult]) -> None:
        """Write down how the applications of a round stand; what was selected or published stays."""
        if not rows:
            return
        new = insert(listings).values([{"round": slug, **row.model_dump()} for row in rows])
        changed = {name: new.excluded[name] for name in ReviewResult.model_fields if name != "base_id"}
        await self._tx.execute(new.on_conflict_do_update(index_elements=["base_id"], set_=changed))

    async def select(self, base_id: str, selected: bool, reason: str, level: str) -> None:
        """Propose an application at a level, or leave it off the list. Raises NotFound."""
        await self._change(base_id, selected=selected, reason=reason, level=level)

    async def published(self, base_id: str, on: date) -> None:
        """It is on the list that was published on that day. Raises NotFound."""
        await self._change(base_id, published_on=on)

    async def _change(self, base_id: str, **values: object) -> None:
        change = update(listings).where(listings.c.base_id == base_id).values(**values)
        if (await self._tx.execute(change.returning(listings.c.base_id))).first() is None:
            raise NotFound("base.not_found", id=base_id)

    async def of_round(self, slug: str) -> list[ListingRow]:
        """All applications on the list of a round, by direction and rank."""
        of_base = (bases.c.name, bases.c.lead, bases.c.city, bases.c.direction, bases.c.step)
        query = (
            select(listings, *of_base, directions.c.name.label("direction_name"))
            .join(bases, bases.c.id == listings.c.base_id)
            .join(directions, (directions.c.round == bases.c.round) & (directions.c.no == bases.c.direction))
            .where(listings.c.round == slug)
            .order_by(bases.c.direction, listings.c.rank.nulls_last(), bases.c.id)
        )
        return [ListingRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def notices(self, today: date) -> list[NoticeRow]:
        """Rounds whose public notice has begun or whose list is published, the newest first."""
        query = _notices(today).order_by(rounds.c.announced_on.desc().nulls_last(), rounds.c.slug)
        return [NoticeRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def notice(self, slug: str, today: date) -> NoticeRow:
        """One of them. Raises NotFound."""
        row = (await self._tx.execute(_notices(today).where(rounds.c.slug == slug))).mappings().first()
        if row is None:
            raise NotFound("listing.no_notice", id=slug)
        return NoticeRow.model_validate(dict(row))


def _notices(today: date) -> Select[Any]:
    of_round = listings.c.round == rounds.c.slug
    published_on = select(func.max(listings.c.published_on)).where(of_round).scalar_subquery()
    published = exists().where(of_round, listings.c.published_on.is_not(None))
    return select(rounds, published_on.label("published_on")).where(
        or_(rounds.c.notice_first <= today, published)
    )
