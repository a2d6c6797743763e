"""The page of an expert, opened with a personal link: applications to judge, their documents, the scoring form (B13)."""

from collections.abc import Mapping

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth import Services
from api.materials import pdf
from api.pages.pages import HEADERS, html
from api.pages.route import PAGE, PageRoute, small_form
from api.scoring import COMMENT_LENGTH, RECUSAL_LENGTH, as_form, read_reason, read_score
from api.services import ApiServices
from api.uploading import check_address
from domain.calendar import business_day, last_day_before
from domain.errors import Refused
from domain.policy.rubric import METHODS, RUBRICS, Rubric
from domain.policy.source import on
from domain.policy.uploads import item_of
from domain.terms import LeadKind
from persistence.materials import Materials
from persistence.review import Assignment, ExpertRow, Experts, Scores
from persistence.rounds import Rounds

router = APIRouter(
    prefix="/public/review/{token}",
    route_class=PageRoute,
    include_in_schema=False,
    dependencies=[Depends(check_address)],
)


@router.api_route("", methods=PAGE)
async def assignments(token: str, services: Services) -> HTMLResponse:
    """What the expert has to judge, and how far that is."""
    now = services.clock.now()
    async with services.database.transaction() as tx:
        expert = await Experts(tx).by_token(token, now)
        call_of = await Rounds(tx).get(expert.round)
        directions = {d.no: d.name for d in await Rounds(tx).directions(expert.round)}
        found = await Experts(tx).assignments(expert, now)
        closed = await Scores(tx).are_closed(expert.round)
    return html(
        "review.html",
        token=token,
        expert=expert,
        valid_through=last_day_before(expert.expires_at),
        round_title=call_of.title,
        directions=directions,
        assignments=found,
        closed=closed,
    )


@router.api_route("/{base_id}", methods=PAGE)
async def application(token: str, base_id: str, services: Services) -> HTMLResponse:
    """One application with its documents, and the form with what the expert has given so far."""
    async with services.database.transaction() as tx:
        expert = await Experts(tx).by_token(token, services.clock.now())
        one = await Experts(tx).assignment(expert, base_id)
        known = await Scores(tx).own(expert, base_id)
        return await _page(tx, services, token, expert, one, as_form(known) if known else {})


@router.post("/{base_id}")
async def score(token: str, base_id: str, services: Services, request: Request) -> Response:
    """Give or correct a score. What cannot be taken comes back with everything that was filled in."""
    form, now = await small_form(request), services.clock.now()
    async with services.database.transaction() as tx:
        expert = await Experts(tx).by_token(token, now)
        one = await Experts(tx).assignment(expert, base_id)
        try:
            given = read_score(await _rubric(tx, services, expert, one), form)
        except Refused as e:
            return await _page(tx, services, token, expert, one, form, e)
        await Scores(tx).put(expert, base_id, *given, now)
    return _to_the_list(token)


@router.post("/{base_id}/recusal")
async def recuse(token: str, base_id: str, services: Services, request: Request) -> Response:
    """The expert asks not to judge an application."""
    form, now = await small_form(request), services.clock.now()
    async with services.database.transaction() as tx:
        expert = await Experts(tx).by_token(token, now)
        await Experts(tx).recuse(expert, base_id, read_reason(form), now)
    return _to_the_list(token)


@router.api_route("/{base_id}/{item}", methods=PAGE)
async def material(token: str, base_id: str, item: str, services: Services) -> StreamingResponse:
    """A document of an application that the expert may judge now."""
    async with services.database.transaction() as tx:
        expert = await Experts(tx).by_token(token, services.clock.now())
        await Experts(tx).assignment(expert, base_id)
        row = await Materials(tx).document(base_id, item)
    return await pdf(services, row)


async def _page(
    tx: AsyncConnection,
    services: ApiServices,
    token: str,
    expert: ExpertRow,
    one: Assignment,
    given: Mapping[str, str],
    refused: Refused | None = None,
) -> HTMLResponse:
    handed_in = await Materials(tx).of(one.base_id)
    return html(
        "review_application.html",
        422 if refused else 200,
        token=token,
        one=one,
        direction=next(d.name for d in await Rounds(tx).directions(expert.round) if d.no == one.direction),
        errors=services.explain(refused.refusal).splitlines() if refused else [],
        materials=[{"item": m.item, "label": item_of(m.item).label, "pages": m.pages} for m in handed_in],
        rubric=await _rubric(tx, services, expert, one),
        methods=METHODS,
        given=given,
        comment_length=COMMENT_LENGTH,
        recusal_length=RECUSAL_LENGTH,
    )


async def _rubric(tx: AsyncConnection, services: ApiServices, expert: ExpertRow, one: Assignment) -> Rubric:
    """That of the round's own terms; otherwise the one that was in force when it was announced."""
    call_of, kind = await Rounds(tx).get(expert.round), LeadKind(one.lead_kind)
    if call_of.terms:
        return call_of.terms.rubric(kind)
    return on(RUBRICS[kind], call_of.announced_on or business_day(services.clock.now())).value


def _to_the_list(token: str) -> RedirectResponse:
    return RedirectResponse(f"/public/review/{token}", 303, HEADERS)
