"""Routes of obligations: list, look."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Caller, Services, visible, within_reach
from api.bases import Limit
from api.schemas import ObligationDetail, ObligationOut, Page
from domain.calendar import Period
from domain.errors import NotFound
from domain.forms.questions import FormContext
from domain.forms.registry import FORMS
from domain.policy.progress import Progress, months_into_pilot
from domain.terms import ObligationState
from persistence.bases import BaseRow
from persistence.obligations import ObligationFilter, ObligationRow, Obligations

router = APIRouter(prefix="/api/obligations", tags=["报送事项"])


@router.get("", summary="报送事项列表")
async def find(
    actor: Caller,
    services: Services,
    wanted: Annotated[ObligationFilter, Query()],
    cursor: str = "",
    limit: Limit = 50,
) -> Page[ObligationOut]:
    """Obligations by id, narrowed by the filters; a city office sees those of its own bases."""
    reach = within_reach(actor, wanted)
    if reach is None:
        return Page(items=[], next_cursor=None)
    async with services.database.transaction() as tx:
        rows = await Obligations(tx).find(reach, cursor, limit)
    now = services.clock.now()
    more = rows[-1].id if len(rows) == limit else None
    return Page(items=[ObligationOut.of(row, now) for row in rows], next_cursor=more)


@router.get("/{obligation_id}", summary="报送事项与数据")
async def get(obligation_id: str, actor: Caller, services: Services) -> ObligationDetail:
    """One obligation with the figures handed in; while it is open, how far it is filled (live)."""
    now = services.clock.now()
    async with services.database.transaction() as tx:
        row = await Obligations(tx).get(obligation_id)
        values = await Obligations(tx).values(obligation_id)
    try:
        base = await visible(services, actor, row.base_id)
    except NotFound:
        raise NotFound("obligation.not_found", id=obligation_id) from None
    filled = len(values)
    if row.state is ObligationState.OPEN:
        filled = len((await services.gateway.obligation(obligation_id)).draft.values)
    return ObligationDetail.model_validate(
        ObligationOut.of(row, now).model_dump()
        | {
            "filled": filled,
            "total": len(FORMS[row.kind].questions),
            "values": values,
            "progress": _progress(row, base, values),
        }
    )


def _progress(row: ObligationRow, base: BaseRow, values: dict[str, str]) -> Progress | None:
    if base.pilot_start is None:
        return None
    months = months_into_pilot(base.pilot_start, Period.parse(row.period).last_day)
    plan: Decimal | None = base.planned_total
    return FORMS[row.kind].computed(values, FormContext(planned_total=plan, pilot_months=months))
