"""The page of an evaluator of a third party, opened with a personal link: bases to evaluate, and the form (A12)."""

from collections.abc import Mapping
from typing import NamedTuple

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth import Services
from api.pages.pages import HEADERS, html
from api.pages.route import PAGE, PageRoute, small_form
from api.scoring import (
    COMMENT_LENGTH,
    RECUSAL_LENGTH,
    points_as_form,
    read_comment,
    read_points,
    read_reason,
)
from api.services import ApiServices
from api.uploading import check_address
from domain.assessment import Phase
from domain.calendar import last_day_before
from domain.errors import Refused
from domain.ids import obligation_id
from domain.policy.effectiveness import RUBRIC, ruling_day
from domain.policy.rubric import Rubric, total
from domain.policy.source import on
from domain.terms import ObligationKind
from persistence.assessments import Assessments
from persistence.evaluators import Evaluations, EvaluationTask, EvaluatorRow, Evaluators
from persistence.obligations import Obligations

router = APIRouter(
    prefix="/evaluate/{token}",
    route_class=PageRoute,
    include_in_schema=False,
    dependencies=[Depends(check_address)],
)


class OwnWord(NamedTuple):
    """What a base says of itself about one element."""

    label: str
    score: str
    note: str


@router.api_route("", methods=PAGE)
async def tasks(token: str, services: Services) -> HTMLResponse:
    """What the evaluator has to do, and how far that is."""
    now = services.clock.now()
    async with services.database.transaction() as tx:
        evaluator = await Evaluators(tx).by_token(token, now)
        found = await Evaluators(tx).tasks(evaluator, now)
    return html(
        "evaluate.html",
        token=token,
        evaluator=evaluator,
        valid_through=last_day_before(evaluator.expires_at),
        tasks=found,
        open_phase=Phase.EVALUATION,
    )


@router.api_route("/{base_id}", methods=PAGE)
async def base(token: str, base_id: str, services: Services) -> HTMLResponse:
    """One base with its self-assessment, and the form with what the evaluator has given so far."""
    async with services.database.transaction() as tx:
        evaluator = await Evaluators(tx).by_token(token, services.clock.now())
        one = await Evaluators(tx).task(evaluator, base_id)
        known = await Evaluations(tx).own(evaluator, base_id)
        given = points_as_form(known.items) | {"comment": known.comment} if known else {}
        return await _page(tx, services, token, evaluator, one, given)


@router.post("/{base_id}")
async def evaluate(token: str, base_id: str, services: Services, request: Request) -> Response:
    """Give or correct points. What cannot be taken comes back with everything that was filled in."""
    form, now = await small_form(request), services.clock.now()
    async with services.database.transaction() as tx:
        evaluator = await Evaluators(tx).by_token(token, now)
        one = await Evaluators(tx).task(evaluator, base_id)
        try:
            rubric = _rubric(evaluator)
            items = read_points(rubric, form)
            given = (items, total(rubric, items), read_comment(form))
        except Refused as e:
            return await _page(tx, services, token, evaluator, one, form, e)
        await Evaluations(tx).put(evaluator, base_id, *given, now)
    return _to_the_list(token)


@router.post("/{base_id}/recusal")
async def recuse(token: str, base_id: str, services: Services, request: Request) -> Response:
    """The evaluator asks not to evaluate a base."""
    form, now = await small_form(request), services.clock.now()
    async with services.database.transaction() as tx:
        evaluator = await Evaluators(tx).by_token(token, now)
        await Evaluators(tx).recuse(evaluator, base_id, read_reason(form), now)
    return _to_the_list(token)


async def _page(
    tx: AsyncConnection,
    services: ApiServices,
    token: str,
    evaluator: EvaluatorRow,
    one: EvaluationTask,
    given: Mapping[str, str],
    refused: Refused | None = None,
) -> HTMLResponse:
    said = await Obligations(tx).values(obligation_id(one.base_id, ObligationKind.ASSESSMENT, evaluator.year))
    rubric = _rubric(evaluator)
    words = [OwnWord(i.label, said.get(f"{i.key}_score", ""), said.get(f"{i.key}_note", "")) for i in rubric]
    return html(
        "evaluate_base.html",
        422 if refused else 200,
        token=token,
        year=evaluator.year,
        one=one,
        own=words if said else [],
        summary=said.get("self_summary", ""),
        record=await Assessments(tx).record_of(one.base_id, evaluator.year),
        errors=services.explain(refused.refusal).splitlines() if refused else [],
        rubric=rubric,
        given=given,
        comment_length=COMMENT_LENGTH,
        recusal_length=RECUSAL_LENGTH,
    )


def _rubric(evaluator: EvaluatorRow) -> Rubric:
    return on(RUBRIC, ruling_day(evaluator.year)).value


def _to_the_list(token: str) -> RedirectResponse:
    return RedirectResponse(f"/evaluate/{token}", 303, HEADERS)
