"""The page on which a contact hands in documents: over a link, without an account."""

from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData, UploadFile

from api.auth import Services
from api.materials import check_in_time, keep
from api.pages.pages import html
from api.pages.route import PAGE, PageRoute
from api.services import ApiServices
from api.uploading import Began, check_address, form_of
from domain.calendar import SHANGHAI, business_day
from domain.decisions import Actor
from domain.errors import DomainError
from domain.lifecycle import Step
from domain.policy.materials import MATERIALS, MAX_BYTES, PILOT_LIST_APPLICATION, MaterialItem
from domain.policy.source import on
from domain.terms import LeadKind, Role
from persistence.bases import BaseRow, Bases
from persistence.materials import MaterialRow, Materials, UploadLinks

router = APIRouter(
    prefix="/upload",
    include_in_schema=False,
    route_class=PageRoute,
    dependencies=[Depends(check_address)],
)

SUBMIT = "submit"
"""Name of the box that hands the application in after the upload."""

_WHOLE = ""
"""Key of what is said of an upload as a whole."""


class Outcome(NamedTuple):
    """What became of one file, or of handing the application in."""

    good: bool
    words: str


class Line(NamedTuple):
    """One document on the page."""

    item: MaterialItem
    present: MaterialRow | None
    optional: bool
    outcome: Outcome | None


@router.api_route("/{token}", methods=PAGE)
async def show(token: str, services: Services) -> HTMLResponse:
    """What is there and what is not, with a field for each file."""
    base_id, _ = await _redeemed(services, token)
    return await _page(services, base_id, {})


@router.post("/{token}")
async def take(began: Began, token: str, services: Services, request: Request) -> HTMLResponse:
    """Take in every file of the form; what is refused says why, beside what was taken in."""
    base_id, contact = await _redeemed(services, token)
    try:
        await check_in_time(services, base_id, began)
    except DomainError as e:
        return await _page(services, base_id, {_WHOLE: Outcome(False, services.explain(e.refusal))})
    async with form_of(request, began, files=len(MATERIALS)) as form:
        outcomes = await _taken(services, base_id, contact, form, began)
    return await _page(services, base_id, outcomes)


async def _redeemed(services: ApiServices, token: str) -> tuple[str, int]:
    async with services.database.transaction() as tx:
        return await UploadLinks(tx).redeem(token, datetime.now(UTC))


async def _taken(
    services: ApiServices, base_id: str, contact: int, form: FormData, began: datetime
) -> dict[str, Outcome]:
    """The outcome by item. The application is handed in only if nothing was refused."""
    actor = Actor(role=Role.LEAD, id=f"contact:{contact}")
    outcomes = {}
    for item, file in form.multi_items():
        if isinstance(file, UploadFile) and (file.filename or file.size):
            kept = keep(services, base_id, item, file, file.filename or "", actor, began)
            outcomes[item] = await _outcome(services, kept, "已收到")
    if services.submit and SUBMIT in form and all(outcome.good for outcome in outcomes.values()):
        outcomes[SUBMIT] = await _outcome(services, services.submit(base_id, actor, began), "申报已提交")
    return outcomes


async def _outcome(services: ApiServices, doing: Awaitable[object], done: str) -> Outcome:
    try:
        await doing
    except DomainError as e:
        return Outcome(False, services.explain(e.refusal))
    return Outcome(True, done)


async def _page(services: ApiServices, base_id: str, outcomes: Mapping[str, Outcome]) -> HTMLResponse:
    now = services.clock.now()
    async with services.database.transaction() as tx:
        base = await Bases(tx).get(base_id, now)
        present = {row.item: row for row in await Materials(tx).of(base_id)}
    return html(
        "upload.html",
        status=200 if all(outcome.good for outcome in outcomes.values()) else 422,
        base=base,
        lines=_lines(base, present, outcomes),
        unknown=[o for key, o in outcomes.items() if key not in {item.key for item in MATERIALS}],
        deadline=_deadline(base),
        limit=on(MAX_BYTES, business_day(now)).value // 2**20,
        submit=SUBMIT if services.submit else None,
    )


def _deadline(base: BaseRow) -> str | None:
    """Later steps have deadlines of their own."""
    due = base.next_due if base.step == Step.PREPARING else None
    return f"{due.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if due else None


def _lines(base: BaseRow, present: Mapping[str, MaterialRow], outcomes: Mapping[str, Outcome]) -> list[Line]:
    """The 入库申请 concerns enterprises only, and of these only those that file it now."""
    return [
        Line(item, present.get(item.key), item is PILOT_LIST_APPLICATION, outcomes.get(item.key))
        for item in MATERIALS
        if item is not PILOT_LIST_APPLICATION or base.lead_kind == LeadKind.ENTERPRISE
    ]
