"""Routes of the tax and training figures of enterprises, with the arithmetic (A6)."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.auth import Caller, Services, visible, within_reach
from api.services import ApiServices
from domain.calendar import business_day
from domain.decisions import Actor
from domain.errors import NotFound
from domain.policy.tax import TAX, PilotStanding, TaxCase, TaxTotals, TaxYear, totals
from persistence.bases import BaseFilter
from persistence.tax import Taxes

router = APIRouter(prefix="/api/tax", tags=["财税与培训经费"])

Year = Annotated[int, Query(ge=2000, le=9999, description="年度，默认上一年度")]


class TaxOut(BaseModel):
    """One enterprise in one year."""

    lead: str
    standing: PilotStanding
    bases: tuple[str, ...]
    result: TaxYear


class TaxesOut(BaseModel):
    """All enterprises in one year."""

    year: int
    clause: str = TAX.cite()
    items: list[TaxOut]
    not_reported: list[str] = Field(description="没有报送该年度的企业")
    totals: TaxTotals


class TaxAccountOut(BaseModel):
    """One enterprise over the years."""

    lead: str
    standing: PilotStanding
    bases: tuple[str, ...]
    clause: str = TAX.cite()
    years: tuple[TaxYear, ...]


@router.get("", summary="企业财税与培训经费（一个年度）")
async def find(actor: Caller, services: Services, year: Year | None = None) -> TaxesOut:
    """Every enterprise that leads a base, by name, with the arithmetic of one year, and the totals."""
    wanted = year or business_day(services.clock.now()).year - 1
    items, without = [], []
    for case in await _cases(services, actor, wanted):
        result = next((one for one in case.years() if one.year == wanted), None)
        if result is None:
            without.append(case.lead)
        else:
            items.append(TaxOut(lead=case.lead, standing=case.standing, bases=case.bases, result=result))
    summed = totals((one.standing, one.result) for one in items)
    return TaxesOut(year=wanted, items=items, not_reported=without, totals=summed)


@router.get("/{base_id}", summary="一个基地牵头企业的财税与培训经费（各年度）")
async def get(base_id: str, actor: Caller, services: Services) -> TaxAccountOut:
    """The account of the enterprise that leads a base. Not found if no enterprise does, or its pilot has not begun."""
    await visible(services, actor, base_id)
    this_year = business_day(services.clock.now()).year
    for case in await _cases(services, actor, this_year, base_id):
        return TaxAccountOut(lead=case.lead, standing=case.standing, bases=case.bases, years=case.years())
    raise NotFound("tax.not_computed", id=base_id)


async def _cases(
    services: ApiServices, actor: Actor, through: int, base_id: str | None = None
) -> list[TaxCase]:
    """A city office sees what its own bases reported, an applicant what those that it answers for did."""
    reach = within_reach(actor, BaseFilter())
    if reach is None:
        return []
    async with services.database.transaction() as tx:
        return await Taxes(tx).cases(through, reach.city, reach.contact, base_id)
