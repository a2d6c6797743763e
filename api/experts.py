"""Routes of experts and, once the review is closed, of their scores (B13). For the office alone."""

from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth import Caller, Services
from api.links import LinkOut, link_end
from api.schemas import Name
from domain.calendar import SHANGHAI, business_day, last_day_before
from domain.errors import NotAllowed, Refused
from domain.policy.ranking import OUTLIER_POINTS, outliers
from domain.policy.source import on
from domain.terms import Role
from persistence.review import REVIEW, Experts, ExpertSummary, ScoreRow, Scores
from persistence.rounds import Rounds


async def check_office(actor: Caller) -> None:
    """Who runs the review (四, 五(二)). Raises NotAllowed."""
    if actor.role is not Role.OFFICE:
        raise NotAllowed("review.office_only", REVIEW)


router = APIRouter(prefix="/api/rounds/{slug}", tags=["专家评议"], dependencies=[Depends(check_office)])

ExpertId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class NewExpert(BaseModel):
    """Somebody who is to judge the applications of some directions."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    organisation: Name
    phone: Annotated[str, Field(max_length=30)] | None = None
    directions: Annotated[list[int], Field(min_length=1, max_length=100)]
    expires_on: date = Field(description="链接的最后一个有效日")


class ExpertOut(BaseModel):
    """How far an expert has come; name and telephone are not given out again."""

    id: int
    organisation: str
    directions: list[int]
    expires_on: date
    revoked: bool
    assigned: int
    scored: int
    recused: int

    @classmethod
    def of(cls, row: ExpertSummary) -> Self:
        """From a row."""
        expert = row.expert
        return cls(
            id=expert.id,
            organisation=expert.organisation,
            directions=expert.directions,
            expires_on=last_day_before(expert.expires_at),
            revoked=expert.revoked_at is not None,
            **row.model_dump(include={"assigned", "scored", "recused"}),
        )


class ScoreOut(BaseModel):
    """One expert's score."""

    expert: int
    items: dict[str, Decimal]
    total: Decimal
    method: str
    comment: str
    at: datetime
    outlier: bool = Field(description="与该申报得分中位数相差过大")


class ApplicationScores(BaseModel):
    """All scores of one application."""

    base: str
    scores: list[ScoreOut]


@router.post("/experts", status_code=201, summary="邀请评审专家")
async def invite(slug: str, new: NewExpert, services: Services) -> LinkOut:
    """An expert's link, shown once. The same name and organisation again: a new link, and the old one dies."""
    expires_at = link_end(new.expires_on, services.clock.now())
    if expires_at <= services.clock.now():
        raise Refused("expert.expired_already", REVIEW, last=new.expires_on)
    async with services.database.transaction() as tx:
        await _check_directions(tx, slug, new.directions)
        given = new.model_dump(exclude={"expires_on"})
        number, token = await Experts(tx).invite(slug, **given, expires_at=expires_at)
    return LinkOut(id=number, link=f"{services.public_url}/public/review/{token}", expires_at=expires_at)


async def _check_directions(tx: AsyncConnection, slug: str, wanted: list[int]) -> None:
    await Rounds(tx).get(slug)
    open_ones = {direction.no for direction in await Rounds(tx).directions(slug)}
    if unknown := sorted(set(wanted) - open_ones):
        raise Refused("expert.no_direction", REVIEW, directions="、".join(map(str, unknown)))


@router.get("/experts", summary="评审专家与评议进度")
async def experts(slug: str, services: Services) -> list[ExpertOut]:
    """The experts of a round: how many applications each has to score, has scored, does not judge."""
    async with services.database.transaction() as tx:
        await Rounds(tx).get(slug)
        return [ExpertOut.of(row) for row in await Experts(tx).of_round(slug)]


@router.delete("/experts/{expert_id}", status_code=204, summary="撤销专家链接")
async def revoke(slug: str, expert_id: ExpertId, services: Services) -> None:
    """The link no longer works. Scores that were given stay."""
    async with services.database.transaction() as tx:
        await Experts(tx).revoke(slug, expert_id, services.clock.now())


@router.get("/scores", summary="评议打分（评议结束后）")
async def scores(slug: str, services: Services) -> list[ApplicationScores]:
    """Every application's scores, by experts without names. Sealed until the review is closed."""
    async with services.database.transaction() as tx:
        call_of, given = await Rounds(tx).get(slug), await Scores(tx).of_round(slug)
    day = call_of.announced_on or business_day(services.clock.now())
    by_base = groupby(given, key=lambda row: row.base_id)
    return [ApplicationScores(base=base, scores=_scores(list(rows), day)) for base, rows in by_base]


def _scores(rows: list[ScoreRow], day: date) -> list[ScoreOut]:
    far = outliers([row.total for row in rows], on(OUTLIER_POINTS, day).value)
    return [
        ScoreOut(
            expert=row.expert_id,
            outlier=n in far,
            at=row.at.astimezone(SHANGHAI),
            **row.model_dump(include={"items", "total", "method", "comment"}),
        )
        for n, row in enumerate(rows)
    ]
