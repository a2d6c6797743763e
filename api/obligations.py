"""Routes of obligations: list, look, decide."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Body, Header, Query

from api.auth import Caller, Services, visible, within_reach
from api.bases import Limit, update_id_of
from api.obligation_schemas import (
    HandoverOut,
    ObligationDetail,
    ReportDecisionOut,
    ReturnedOut,
    versions_of,
)
from api.schemas import ObligationOut, Page
from api.services import ApiServices
from casework import corrections
from casework.plans import life_of
from domain.calendar import Period
from domain.decisions import Actor
from domain.errors import NotFound
from domain.forms.questions import FormContext
from domain.forms.registry import FORMS
from domain.obligation import possible, waits_for
from domain.obligation_decisions import ObligationDecision, ObligationRequest
from domain.policy.progress import Progress, months_into_pilot
from domain.terms import OWED, ObligationKind
from persistence.bases import BaseRow
from persistence.handovers import Handovers
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
    """One obligation with every version of its figures; while it is open, how far it is filled (live)."""
    return await _detail(services, obligation_id, await _base_of(services, actor, obligation_id))


@router.post("/{obligation_id}/decisions", summary="对报送事项作出决定")
async def decide(
    obligation_id: str,
    decision: Annotated[ObligationDecision, Body()],
    actor: Caller,
    services: Services,
    idempotency_key: Annotated[str | None, Header(max_length=100)] = None,
) -> ObligationDetail:
    """Accept, return, extend …; the base objects or asks to correct. With an Idempotency-Key the same request again
    changes nothing."""
    base = await _base_of(services, actor, obligation_id)
    request = ObligationRequest(decision=decision, by=actor)
    update_id = update_id_of(actor, idempotency_key)
    await corrections.decide(services.casework, obligation_id, request, update_id)
    return await _detail(services, obligation_id, base)


async def _base_of(services: ApiServices, actor: Actor, obligation_id: str) -> BaseRow:
    """Whose it is, if the caller may see that. Raises NotFound."""
    async with services.database.transaction() as tx:
        row = await Obligations(tx).get(obligation_id)
    try:
        return await visible(services, actor, row.base_id)
    except NotFound:
        raise NotFound("obligation.not_found", id=obligation_id) from None


async def _detail(services: ApiServices, obligation_id: str, base: BaseRow) -> ObligationDetail:
    async with services.database.transaction() as tx:
        rows = Obligations(tx)
        row = await rows.get(obligation_id)
        decisions = await rows.decisions(obligation_id)
        versions = await rows.versions(obligation_id)
        handed = await Handovers(tx).of(obligation_id)
    values = versions[-1].values if versions else {}
    life = life_of(row, decisions)
    return ObligationDetail.model_validate(
        ObligationOut.of(row, services.clock.now()).model_dump()
        | {
            "filled": await _filled(services, row) if row.state in OWED else len(values),
            "total": len(FORMS[row.kind].asked(FormContext(lead_kind=base.lead_kind)).questions),
            "values": values,
            "progress": _progress(row, base, values),
            "waiting_for": waits_for(life, corrections.facts_of(base)),
            "returned": [ReturnedOut.of(row.kind, key, why) for key, why in life.returned.items()],
            "possible_decisions": possible(life),
            "decisions": [ReportDecisionOut.of(one) for one in decisions],
            "versions": versions_of(row.kind, versions),
            "handovers": [HandoverOut.of(one) for one in handed],
        }
    )


async def _filled(services: ApiServices, row: ObligationRow) -> int:
    return len((await services.gateway.obligation(row.id)).draft.values)


def _progress(row: ObligationRow, base: BaseRow, values: dict[str, str]) -> Progress | None:
    if base.pilot_start is None or row.kind is ObligationKind.RECTIFICATION:  # it has no period
        return None
    months = months_into_pilot(base.pilot_start, Period.parse(row.period).last_day)
    plan: Decimal | None = base.planned_total
    return FORMS[row.kind].computed(values, FormContext(planned_total=plan, pilot_months=months))
