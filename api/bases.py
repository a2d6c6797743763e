"""Routes of bases: register, list, look, decide."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Body, Header, Query
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth import Caller, Services, visible, within_reach
from api.schemas import (
    BaseContactOut,
    BaseDetail,
    BaseOut,
    BaseQuery,
    GradeOut,
    ObligationOut,
    Page,
    RecallOut,
    RecoveryOut,
    ReviewOut,
)
from api.services import ApiServices
from casework.ordering import WrittenRectification, order
from casework.registration import NewApplication, register
from domain.assessment import Phase
from domain.calendar import SHANGHAI, last_day_before
from domain.checks import open_to
from domain.decisions import Actor, Decision, DecisionRequest, SignOff, Submit, Supplement
from domain.errors import NotFound
from domain.lifecycle import DecisionKind, Step, possible
from domain.policy.formal_review import SignOffResult
from domain.terms import Role
from persistence.assessments import AssessmentFilter, Assessments
from persistence.bases import BaseRow, Bases, Timeline, TimelineRow
from persistence.colleagues import Colleagues
from persistence.funds import Funds
from persistence.obligations import ObligationFilter, Obligations
from workflows.messages import BaseSnapshot

router = APIRouter(prefix="/api/bases", tags=["基地"])

_INTERNAL = (DecisionKind.SIGN_OFF, DecisionKind.SCORE, DecisionKind.PROPOSE)

Limit = Annotated[int, Query(ge=1, le=200)]


@router.post("", status_code=201, summary="登记申报")
async def apply(new: NewApplication, actor: Caller, services: Services) -> BaseDetail:
    """Register an application; its contact then submits it in chat. The same code again gives the same base."""
    base_id = await register(services.database, services.gateway, services.clock, new, actor)
    return await _detail(services, await visible(services, actor, base_id))


@router.get("", summary="基地列表")
async def find(
    actor: Caller,
    services: Services,
    wanted: Annotated[BaseQuery, Query()],
    cursor: str = "",
    limit: Limit = 50,
) -> Page[BaseOut]:
    """Bases by id, narrowed by the filters; a city office sees its own."""
    reach = within_reach(actor, wanted)
    if reach is None:
        return Page(items=[], next_cursor=None)
    async with services.database.transaction() as tx:
        rows = await Bases(tx).find(reach, services.clock.now(), cursor, limit)
    more = rows[-1].id if len(rows) == limit else None
    return Page(items=[BaseOut.of(row) for row in rows], next_cursor=more)


@router.get("/{base_id}", summary="基地详情（实时）")
async def get(base_id: str, actor: Caller, services: Services) -> BaseDetail:
    """Where a base stands: whom it waits for, until when, and what can be decided."""
    return await _detail(services, await visible(services, actor, base_id))


@router.get("/{base_id}/timeline", summary="时间线")
async def timeline(base_id: str, actor: Caller, services: Services) -> list[TimelineRow]:
    """Everything that happened, oldest first; for an applicant without what the review has found so far."""
    await visible(services, actor, base_id)
    async with services.database.transaction() as tx:
        rows = await Timeline(tx).of(base_id)
    shown = [_for_applicant(row) for row in rows] if actor.role is Role.LEAD else rows
    return [row.model_copy(update={"at": row.at.astimezone(SHANGHAI)}) for row in shown]


def _for_applicant(row: TimelineRow) -> TimelineRow:
    """Scores, opinions and places are for those who decide; what was returned to be put right is for the applicant."""
    detail = row.detail
    if row.kind == DecisionKind.OFFER:
        detail = {name: detail[name] for name in ("level", "until") if name in detail}
    elif row.kind in _INTERNAL and detail.get("result") != SignOffResult.RETURN:
        detail = {}
    return row.model_copy(update={"detail": detail})


@router.post("/{base_id}/decisions", summary="作出决定")
async def decide(
    base_id: str,
    decision: Annotated[Decision, Body()],
    actor: Caller,
    services: Services,
    idempotency_key: Annotated[str | None, Header(max_length=100)] = None,
) -> BaseDetail:
    """Take a decision. With an Idempotency-Key the same request again changes nothing and gets the same answer."""
    await visible(services, actor, base_id)
    update_id = update_id_of(actor, idempotency_key)
    snapshot = await _decide(services, base_id, decision, actor, update_id)
    return await _detail(services, await visible(services, actor, base_id), snapshot)


@router.post("/{base_id}/rectifications", status_code=201, summary="责令整改")
async def order_rectification(
    base_id: str,
    written: WrittenRectification,
    actor: Caller,
    services: Services,
    idempotency_key: Annotated[str | None, Header(max_length=100)] = None,
) -> BaseDetail:
    """Order something to be put right: what and by whom stays here, the decision holds only its number and deadline."""
    await visible(services, actor, base_id)
    update_id = update_id_of(actor, idempotency_key)
    casework = (services.database, services.gateway, services.clock)
    snapshot = await order(*casework, base_id, written, actor, update_id)
    return await _detail(services, await visible(services, actor, base_id), snapshot)


def update_id_of(actor: Actor, idempotency_key: str | None) -> str:
    """What makes a request happen once."""
    return f"api:{actor.id}:{idempotency_key or uuid.uuid4()}"


async def _decide(
    services: ApiServices, base_id: str, decision: Decision, actor: Actor, update_id: str
) -> BaseSnapshot:
    """An application is checked before it is handed in, whoever asks."""
    match decision:
        case Submit():
            return await services.casework.submit(base_id, actor, update_id)
        case Supplement():
            return await services.casework.supplement(base_id, actor, update_id)
        case SignOff():
            return await services.casework.sign_off(base_id, decision, actor, update_id)
    return await services.gateway.decide(base_id, DecisionRequest(decision=decision, by=actor), update_id)


async def _detail(services: ApiServices, row: BaseRow, known: BaseSnapshot | None = None) -> BaseDetail:
    live = known or await _live(services, row.id)
    async with services.database.transaction() as tx:
        owed = await Obligations(tx).find(ObligationFilter(base=row.id), limit=200)
        people = await Colleagues(tx).of_base(row.id)
        after = await _consequences(tx, row)
    now = services.clock.now()
    return BaseDetail.model_validate(
        BaseOut.of(row).model_dump()
        | (_of_workflow(live) if live else {})
        | {
            "obligations": [ObligationOut.of(o, now) for o in owed],
            "contacts": [BaseContactOut.of(one) for one in people],
            "possible_decisions": list(
                open_to(live.state) if live else possible(Step(row.step), in_round=row.in_round)
            ),
            "reviews": _reviews(live),
        }
        | after
    )


async def _consequences(tx: AsyncConnection, row: BaseRow) -> dict[str, object]:
    """What followed from supervision and assessment, from the records."""
    funds, published = Funds(tx), AssessmentFilter(base=row.id, state=Phase.PUBLISHED)
    years = await Assessments(tx).find(published, limit=200)
    return {
        "suspended_since": None if row.gone_on else await funds.suspended_since(row.id),
        "grades": [GradeOut(year=one.year, grade=one.grade or "") for one in years],
        "recalls": [RecallOut.of(one) for one in await funds.recalls_of(row.id)],
        "recoveries": [RecoveryOut.of(one) for one in await funds.recoveries_of(row.id)],
    }


async def _live(services: ApiServices, base_id: str) -> BaseSnapshot | None:
    """The workflow's own word. None when it is not started yet, or over for so long that Temporal has forgotten it."""
    try:
        return await services.gateway.base(base_id)
    except NotFound:
        return None


def _reviews(live: BaseSnapshot | None) -> list[ReviewOut]:
    """The signatures of the formal review, given and missing."""
    review = live.state.review if live else None
    if review is None:
        return []
    return [ReviewOut.of(duty, review.signed.get(duty.id)) for duty in review.duties]


def _of_workflow(live: BaseSnapshot) -> dict[str, object]:
    return {
        "stage": live.state.stage,
        "step": live.state.step,
        "since": live.state.since,
        "waiting_for": live.waiting_for,
        "next_due": last_day_before(live.next_due) if live.next_due else None,
        "overdue": live.overdue,
    }
