"""The page on which a contact hands in the files of one question of a form: over a signed link, without an account."""

import uuid
from datetime import UTC, datetime
from typing import NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import UploadFile

from api.auth import Services
from api.pages.pages import html
from api.pages.route import PAGE, PageRoute
from api.services import ApiServices
from api.uploading import Began, check_address, form_of, pieces
from casework.form_links import Purpose, redeem
from domain.calendar import business_day
from domain.decisions import Actor, lead_actor
from domain.errors import DomainError, NotFound, Refusal, Refused
from domain.forms.files import files_of, said_file
from domain.forms.questions import AnswerKind, Question
from domain.forms.registry import FORMS
from domain.forms.said import Said
from domain.policy.materials import MAX_BYTES
from domain.policy.source import on
from persistence.evidence import take_evidence
from persistence.obligations import ObligationRow, Obligations
from workflows.messages import Answer

router = APIRouter(
    prefix="/evidence",
    include_in_schema=False,
    route_class=PageRoute,
    dependencies=[Depends(check_address)],
)

_FIELD = "file"


class _Owed(NamedTuple):
    """What a link is for."""

    row: ObligationRow
    question: Question
    by: Actor


class Outcome(NamedTuple):
    """What became of one file."""

    good: bool
    name: str
    words: str


@router.api_route("/{token}", methods=PAGE)
async def show(token: str, services: Services) -> HTMLResponse:
    """The question, how many files there are, and a field for more."""
    return await _page(services, await _owed(services, token), [])


@router.post("/{token}")
async def take(began: Began, token: str, services: Services, request: Request) -> HTMLResponse:
    """Take in every file; what is refused says why, beside what was taken in."""
    owed = await _owed(services, token)
    async with form_of(request, began, files=owed.question.most) as form:
        files = [one for one in form.getlist(_FIELD) if isinstance(one, UploadFile) and one.filename]
        outcomes = [await _taken(services, owed, file, began) for file in files]
    return await _page(services, owed, outcomes)


async def _owed(services: ApiServices, token: str) -> _Owed:
    """Raises NotFound for a link that is unknown, has expired, or is of somebody who answers for the base no more."""
    allowed = await redeem(services.database, Purpose.EVIDENCE, token, datetime.now(UTC))
    async with services.database.transaction() as tx:
        row = await Obligations(tx).of_contact_by_no(allowed.obligation_no, allowed.contact)
    if row is None:
        raise NotFound("upload.invalid_link")
    question = next(q for q in FORMS[row.kind].questions if q.kind is AnswerKind.EVIDENCE)
    return _Owed(row, question, lead_actor(allowed.contact))


async def _taken(services: ApiServices, owed: _Owed, file: UploadFile, began: datetime) -> Outcome:
    """A file is an answer in the form as it would be in a chat."""
    name, day = file.filename or "", business_day(began)
    try:
        digest = await take_evidence(services.database, services.documents, owed.question, pieces(file), day)
        said = Answer(said=Said(text=said_file(digest)), by=owed.by)
        view = await services.gateway.answer(owed.row.id, said, f"evidence:{uuid.uuid4()}")
    except DomainError as e:
        return Outcome(False, name, services.explain(e.refusal))
    for note in view.notes:
        if note.clause:  # one file too many
            return Outcome(False, name, services.explain(Refusal(kind=Refused.kind, **note.model_dump())))
    return Outcome(True, name, "已收到")


async def _page(services: ApiServices, owed: _Owed, outcomes: list[Outcome]) -> HTMLResponse:
    draft = (await services.gateway.obligation(owed.row.id)).draft
    return html(
        "evidence.html",
        status=200 if all(outcome.good for outcome in outcomes) else 422,
        row=owed.row,
        question=owed.question,
        count=len(files_of(draft.values.get(owed.question.key, ""))),
        outcomes=outcomes,
        limit=on(MAX_BYTES, business_day(services.clock.now())).value // 2**20,
        field=_FIELD,
    )
