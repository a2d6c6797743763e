"""Photos and PDFs that back findings and reports: the office hands them in, who works on the base reads them."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from starlette.datastructures import UploadFile

from api.auth import Caller, Services, visible
from api.services import ApiServices
from api.supervision_schemas import DocumentOut
from api.supervisions import visible_supervision
from api.uploading import Began, check_address, form_of, pieces
from domain.decisions import Actor
from domain.errors import NotAllowed, Stale
from domain.policy.authority import DIVISION_OF_WORK
from domain.policy.supervision import SUPERVISION
from domain.supervision import SupervisionStep
from domain.supervision_checks import check_authority
from domain.supervision_decisions import SupervisionDecisionKind
from domain.terms import Role
from persistence.bases import Bases
from persistence.supervision_documents import SUFFIXES, SupervisionDocuments, take_in

router = APIRouter(tags=["佐证材料"], dependencies=[Depends(check_address)])

_READERS = frozenset({Role.OFFICE, Role.CITY, Role.LEAD})
"""A city office and an applicant those of their own bases only; a department those of the bases that it guides."""

_FORM = {"file": {"type": "string", "format": "binary"}, "filename": {"type": "string"}}
_MULTIPART = {"schema": {"type": "object", "required": ["file"], "properties": _FORM}}


@router.post(
    "/api/supervisions/{supervision_id}/documents",
    status_code=201,
    summary="上传督导照片或 PDF",
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": _MULTIPART}}},
)
async def upload(
    began: Began, supervision_id: str, actor: Caller, services: Services, request: Request
) -> DocumentOut:
    """Take in a photo or a PDF, to be named in a finding by its digest."""
    await visible_supervision(services, actor, supervision_id)
    await _check_may_record(services, actor, supervision_id)
    async with form_of(request, began, files=1) as form:
        file, filename = form.get("file"), form.get("filename")
        if not isinstance(file, UploadFile):
            raise HTTPException(422, "请用 multipart/form-data 提交 file（一张照片或一个 PDF）。")
        name = str(filename or file.filename or "")
        place = (services.database, services.documents, supervision_id)
        return DocumentOut.of(await take_in(*place, pieces(file), name, actor, services.clock.now()))


@router.get(
    "/api/documents/{sha256}",
    summary="下载督导照片、PDF 或报送的佐证材料",
    response_class=StreamingResponse,
)
async def download(
    sha256: str,
    base_id: Annotated[str, Query(description="哪个基地的材料")],
    actor: Caller,
    services: Services,
) -> StreamingResponse:
    """The content, as it came in."""
    await visible(services, actor, base_id)
    await _check_may_read(services, actor, base_id)
    return await content_of(services, base_id, sha256)


async def content_of(services: ApiServices, base_id: str, sha256: str) -> StreamingResponse:
    """What backs a finding about this base, or what it handed in. Raises NotFound."""
    async with services.database.transaction() as tx:
        row = await SupervisionDocuments(tx).of_base(base_id, sha256)
    headers = {
        "Content-Disposition": f'attachment; filename="{sha256[:12]}{SUFFIXES[row.media_type]}"',
        "Content-Length": str(row.size),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    content = await services.documents.get(sha256)
    return StreamingResponse(content, media_type=row.media_type, headers=headers)


async def _check_may_record(services: ApiServices, actor: Actor, supervision_id: str) -> None:
    """Before a body is read. Raises NotAllowed, Stale."""
    state = (await services.gateway.supervision(supervision_id)).state
    if state is None:  # its row was written before its workflow says so
        return
    check_authority(state.facts, actor, SupervisionDecisionKind.RECORD)
    if state.step is SupervisionStep.CONCLUDED:
        raise Stale(
            "supervision.concluded", SUPERVISION, period=state.facts.period, conclusion=state.conclusion
        )


async def _check_may_read(services: ApiServices, actor: Actor, base_id: str) -> None:
    if actor.role in _READERS:
        return
    async with services.database.transaction() as tx:
        guide = await Bases(tx).department_of(base_id)
    if actor.role is not Role.DEPARTMENT or guide is None or actor.department != guide:
        raise NotAllowed("access.not_yours", DIVISION_OF_WORK)
