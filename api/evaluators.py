"""Routes of a third party's evaluators (A12). For the office alone."""

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.auth import Caller, Services
from api.links import LinkOut, link_end
from api.schemas import Name
from domain.calendar import last_day_before
from domain.errors import NotAllowed, Refused
from domain.policy.effectiveness import EFFECTIVENESS
from domain.terms import Role
from persistence.evaluators import Evaluators, EvaluatorSummary


async def check_office(actor: Caller) -> None:
    """Who organises the evaluation. Raises NotAllowed."""
    if actor.role is not Role.OFFICE:
        raise NotAllowed("evaluation.office_only", EFFECTIVENESS)


router = APIRouter(prefix="/api/evaluators", tags=["效能评价"], dependencies=[Depends(check_office)])

EvaluatorId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Year = Annotated[str, Field(pattern=r"^\d{4}$")]


class NewEvaluator(BaseModel):
    """Somebody of a third party who is to evaluate some bases of a year."""

    model_config = ConfigDict(extra="forbid")

    year: Year
    name: Name
    organisation: Name
    bases: Annotated[list[Annotated[str, Field(max_length=60)]], Field(min_length=1, max_length=1000)]
    expires_on: date = Field(description="链接的最后一个有效日")


class EvaluatorOut(BaseModel):
    """How far an evaluator has come; the name is not given out again."""

    id: int
    year: str
    organisation: str
    expires_on: date
    revoked: bool
    bases: list[str]
    evaluated: int
    recused: int

    @classmethod
    def of(cls, row: EvaluatorSummary) -> Self:
        """From a row."""
        one = row.evaluator
        return cls(
            id=one.id,
            year=one.year,
            organisation=one.organisation,
            expires_on=last_day_before(one.expires_at),
            revoked=one.revoked_at is not None,
            **row.model_dump(include={"bases", "evaluated", "recused"}),
        )


@router.post("", status_code=201, summary="邀请第三方评价人")
async def invite(new: NewEvaluator, services: Services) -> LinkOut:
    """An evaluator's link, shown once. The same again: more bases and a new link, and the old one dies."""
    expires_at = link_end(new.expires_on, services.clock.now())
    if expires_at <= services.clock.now():
        raise Refused("evaluator.expired_already", EFFECTIVENESS, last=new.expires_on)
    async with services.database.transaction() as tx:
        who = (new.year, new.name, new.organisation)
        number, token = await Evaluators(tx).invite(*who, new.bases, expires_at)
    return LinkOut(id=number, link=f"{services.public_url}/evaluate/{token}", expires_at=expires_at)


@router.get("", summary="评价人与评价进度")
async def evaluators(services: Services, year: Annotated[Year, Query()]) -> list[EvaluatorOut]:
    """The evaluators of a year: which bases each was given, has evaluated, does not evaluate."""
    async with services.database.transaction() as tx:
        return [EvaluatorOut.of(row) for row in await Evaluators(tx).of_year(year)]


@router.delete("/{evaluator_id}", status_code=204, summary="撤销评价链接")
async def revoke(evaluator_id: EvaluatorId, services: Services) -> None:
    """The link no longer works. Points that were given stay."""
    async with services.database.transaction() as tx:
        await Evaluators(tx).revoke(evaluator_id, services.clock.now())
