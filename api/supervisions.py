"""Routes of the supervision of quarters: list, look, decide."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Header, Query
from pydantic import BaseModel, ConfigDict

from api.auth import Caller, Services, visible, within_reach
from api.bases import Limit, update_id_of
from api.schemas import Page
from api.services import ApiServices
from api.supervision_schemas import SupervisionDetail, SupervisionOut
from casework.supervision import Written, decide
from domain.decisions import Actor
from domain.errors import NotFound
from domain.supervision import SupervisionStep
from persistence.obligations import ObligationFilter
from persistence.supervision import Rectifications, SupervisionRow, Supervisions
from persistence.supervision_documents import SupervisionDocuments
from workflows.supervision_messages import SupervisionSnapshot

router = APIRouter(prefix="/api/supervisions", tags=["季督导"])


class SupervisionQuery(BaseModel):
    """The filters of the list."""

    model_config = ConfigDict(frozen=True)

    period: str | None = None
    state: SupervisionStep | None = None
    city: str | None = None
    base: str | None = None


@router.get("", summary="季督导列表")
async def find(
    actor: Caller,
    services: Services,
    wanted: Annotated[SupervisionQuery, Query()],
    cursor: str = "",
    limit: Limit = 50,
) -> Page[SupervisionOut]:
    """Supervisions by id, narrowed by the filters; a city office and an applicant see their own."""
    reach = within_reach(actor, ObligationFilter.model_validate(wanted.model_dump()))
    if reach is None:
        return Page(items=[], next_cursor=None)
    async with services.database.transaction() as tx:
        rows = await Supervisions(tx).find(reach, cursor, limit)
    now = services.clock.now()
    more = rows[-1].id if len(rows) == limit else None
    return Page(items=[SupervisionOut.of(row, now) for row in rows], next_cursor=more)


@router.get("/{supervision_id}", summary="季督导详情：问题、整改、结论")
async def get(supervision_id: str, actor: Caller, services: Services) -> SupervisionDetail:
    """What was found, what was ordered and where that stands."""
    await visible_supervision(services, actor, supervision_id)
    return await _detail(services, actor, supervision_id)


@router.post("/{supervision_id}/decisions", summary="记录督导发现的问题、责令整改，或作出督导结论")
async def take(
    supervision_id: str,
    written: Annotated[Written, Body()],
    actor: Caller,
    services: Services,
    idempotency_key: Annotated[str | None, Header(max_length=100)] = None,
) -> SupervisionDetail:
    """Take a decision. With an Idempotency-Key the same request again changes nothing and gets the same answer."""
    await visible_supervision(services, actor, supervision_id)
    update_id = update_id_of(actor, idempotency_key)
    live = await decide(services.database, services.gateway, supervision_id, written, actor, update_id)
    return await _detail(services, actor, supervision_id, live)


async def visible_supervision(services: ApiServices, actor: Actor, supervision_id: str) -> SupervisionRow:
    """A supervision of a base that the caller may see. Raises NotFound."""
    async with services.database.transaction() as tx:
        row = await Supervisions(tx).get(supervision_id)
    try:
        await visible(services, actor, row.base_id)
    except NotFound:
        raise NotFound("supervision.not_found", id=supervision_id) from None
    return row


async def _detail(
    services: ApiServices, actor: Actor, supervision_id: str, known: SupervisionSnapshot | None = None
) -> SupervisionDetail:
    live = known or await _live(services, supervision_id)
    async with services.database.transaction() as tx:
        row = await Supervisions(tx).get(supervision_id)
        findings = await Supervisions(tx).findings(supervision_id)
        orders = await Rectifications(tx).of(supervision_id)
        documents = await SupervisionDocuments(tx).of(supervision_id)
    now: datetime = services.clock.now()
    return SupervisionDetail.from_rows(row, findings, orders, documents, live, actor, now)


async def _live(services: ApiServices, supervision_id: str) -> SupervisionSnapshot | None:
    """The workflow's own word. None when it is over for so long that Temporal has forgotten it."""
    try:
        return await services.gateway.supervision(supervision_id)
    except NotFound:
        return None
