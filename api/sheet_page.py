"""The page for a form that is filled in as a sheet: the template, and what came back, over a signed link."""

import uuid
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import UploadFile

from api.auth import Services
from api.pages.pages import HEADERS, html
from api.pages.route import PAGE, PageRoute
from api.services import ApiServices
from api.uploading import Began, check_address, form_of
from casework import form_sheets
from casework.form_links import Purpose, redeem
from casework.form_sheet import filename_of
from domain.calendar import business_day
from domain.errors import DomainError, NotFound, Refusal, Refused
from domain.forms.registry import Form
from domain.forms.said import Given
from domain.policy.source import on
from domain.policy.uploads import SHEET_BYTES
from domain.views import Note, View
from persistence.obligations import ObligationRow, Obligations

router = APIRouter(
    prefix="/sheet",
    include_in_schema=False,
    route_class=PageRoute,
    dependencies=[Depends(check_address)],
)

_FIELD = "file"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Cell(NamedTuple):
    """What became of one cell."""

    name: str
    item: str
    given: str
    good: bool
    words: str


class Outcome(NamedTuple):
    """What became of a sheet: in a word, and cell by cell."""

    good: bool
    words: str
    cells: tuple[Cell, ...] = ()


@router.api_route("/{token}", methods=PAGE)
async def show(token: str, services: Services) -> HTMLResponse:
    """How much is filled in, the template, and a field for the file."""
    row, _ = await _owed(services, token)
    return await _page(services, token, row, None)


@router.api_route("/{token}/template.xlsx", methods=PAGE)
async def template(token: str, services: Services) -> Response:
    """The sheet with what is answered already."""
    row, _ = await _owed(services, token)
    content = await form_sheets.template(services.casework, row)
    name = quote(filename_of(form_sheets.owed(row)))
    headers = {**HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(content, media_type=_XLSX, headers=headers)


@router.post("/{token}")
async def take(began: Began, token: str, services: Services, request: Request) -> HTMLResponse:
    """All cells are answers in the form, or none is; what is wrong is said cell by cell."""
    row, contact = await _owed(services, token)
    async with form_of(request, began, files=1, rule=SHEET_BYTES) as form:
        file = form.get(_FIELD)
        content = await file.read() if isinstance(file, UploadFile) and file.filename else None
    outcome = await _taken(services, row, contact, content) if content is not None else None
    return await _page(services, token, row, outcome)


async def _owed(services: ApiServices, token: str) -> tuple[ObligationRow, int]:
    """Raises NotFound for a link that is unknown, has expired, or is of somebody who answers for the base no more."""
    allowed = await redeem(services.database, Purpose.SHEET, token, datetime.now(UTC))
    async with services.database.transaction() as tx:
        row = await Obligations(tx).of_contact_by_no(allowed.obligation_no, allowed.contact)
    if row is None:
        raise NotFound("upload.invalid_link")
    return row, allowed.contact


async def _taken(services: ApiServices, row: ObligationRow, contact: int, content: bytes) -> Outcome:
    work = services.casework
    try:
        filled = await form_sheets.read(work, content)
        given = await form_sheets.answers(work, filled, row, contact)
        form = await form_sheets.form_of(work, row)
        said = form_sheets.answer(given, contact)
        view = await services.gateway.answer(row.id, said, f"sheet:{uuid.uuid4()}")
    except DomainError as e:
        return Outcome(False, services.explain(e.refusal))
    return _outcome(services, form, given, view)


def _outcome(services: ApiServices, form: Form, given: tuple[Given, ...], view: View) -> Outcome:
    """The notes of the dialogue by the cells that they are about. The first one is about the whole."""
    wrong = {note.place.cell: _words(services, note) for note in view.notes if note.place}
    # Those that are wrong come first.
    cells = sorted((_cell(form, one, wrong) for one in given), key=lambda cell: cell.good)
    return Outcome(not wrong, "".join(_words(services, note) for note in view.notes[:1]), tuple(cells))


def _cell(form: Form, given: Given, wrong: dict[str, str]) -> Cell:
    number, _, text = given.text.partition("=")
    question = form.by_no[int(number)]
    said = wrong.get(given.cell, "未采用" if wrong else "✓")
    return Cell(given.cell, f"{question.no}. {question.label}", text, given.cell not in wrong, said)


def _words(services: ApiServices, note: Note) -> str:
    refusal = Refusal(kind=Refused.kind, code=note.code, params=note.params, clause=note.clause)
    return services.explain(refusal)


async def _page(
    services: ApiServices, token: str, row: ObligationRow, outcome: Outcome | None
) -> HTMLResponse:
    found = await services.gateway.obligation(row.id)
    form = await form_sheets.form_of(services.casework, row)
    return html(
        "sheet.html",
        status=200 if outcome is None or outcome.good else 422,
        token=token,
        row=row,
        filled=len(found.draft.values),
        total=len(form.questions),
        doubts=len(found.draft.doubted),
        outcome=outcome,
        limit=on(SHEET_BYTES, business_day(services.clock.now())).value // 2**20,
        field=_FIELD,
    )
