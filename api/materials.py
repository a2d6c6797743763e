"""Routes of the documents of an application: hand in, list, download."""

from datetime import datetime
from typing import Self
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from api.auth import Caller, Services, visible
from api.services import ApiServices
from api.uploading import Began, check_address, form_of, pieces
from domain.calendar import SHANGHAI
from domain.decisions import Actor
from domain.errors import NotAllowed
from domain.policy.access import check_may_manage
from domain.policy.authority import DIVISION_OF_WORK
from domain.policy.uploads import item_of
from domain.terms import Role
from persistence.materials import MaterialRow, Materials, check_may_come, take_in

router = APIRouter(prefix="/api/bases", tags=["申报材料"], dependencies=[Depends(check_address)])

READERS = frozenset({Role.OFFICE, Role.DEPARTMENT, Role.CITY, Role.LEAD})
"""Whose tokens download documents; a city office and an applicant those of their own bases only."""

_TEXT, _FILE = {"type": "string"}, {"type": "string", "format": "binary"}
_FORM = {"item": _TEXT, "file": _FILE, "filename": _TEXT}
_MULTIPART = {"schema": {"type": "object", "required": ["item", "file"], "properties": _FORM}}


class MaterialOut(BaseModel):
    """The newest version of a document of an application."""

    item: str
    label: str
    version: int
    filename: str
    size: int = Field(description="字节")
    pages: int
    sha256: str
    started_at: datetime = Field(description="开始上传的时间，以此判断是否按时")
    stored_at: datetime
    role: str
    actor: str

    @classmethod
    def of(cls, row: MaterialRow) -> Self:
        """From a row."""
        times = {name: getattr(row, name).astimezone(SHANGHAI) for name in ("started_at", "stored_at")}
        return cls.model_validate(row.model_dump() | times | {"label": item_of(row.item).label})


@router.post(
    "/{base_id}/materials",
    status_code=201,
    summary="上传申报材料",
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": _MULTIPART}}},
)
async def upload(
    began: Began, base_id: str, actor: Caller, services: Services, request: Request
) -> MaterialOut:
    """Take in one PDF as the newest version of a document. The start of the upload counts for the deadline."""
    base = await visible(services, actor, base_id)
    if actor.role is not Role.LEAD:
        check_may_manage(actor, base.city)
    await check_in_time(services, base_id, began)
    async with form_of(request, began, files=1) as form:
        item, file, filename = form.get("item"), form.get("file"), form.get("filename")
        if not isinstance(item, str) or not isinstance(file, UploadFile):
            raise HTTPException(422, "请用 multipart/form-data 提交 item（哪一项材料）和 file（一个文件）。")
        name = str(filename or file.filename or "")
        return MaterialOut.of(await keep(services, base_id, item, file, name, actor, began))


@router.get("/{base_id}/materials", summary="申报材料清单")
async def find(base_id: str, actor: Caller, services: Services) -> list[MaterialOut]:
    """What has been handed in, the newest version of each."""
    await visible(services, actor, base_id)
    async with services.database.transaction() as tx:
        rows = await Materials(tx).of(base_id)
    return [MaterialOut.of(row) for row in rows]


@router.get("/{base_id}/materials/{item}", summary="下载申报材料", response_class=StreamingResponse)
async def download(base_id: str, item: str, actor: Caller, services: Services) -> StreamingResponse:
    """The newest version of a document, for those who work on the application."""
    await visible(services, actor, base_id)
    _check_may_read(actor)
    async with services.database.transaction() as tx:
        row = await Materials(tx).document(base_id, item)
    return await pdf(services, row)


async def check_in_time(services: ApiServices, base_id: str, began: datetime) -> None:
    """Before a body is read: whether anything may come in at all. Raises Refused, NotFound."""
    returned = await services.casework.returned(base_id)
    async with services.database.transaction() as tx:
        await check_may_come(tx, base_id, began, services.clock.now(), asked_again=bool(returned))


async def keep(
    services: ApiServices,
    base_id: str,
    item: str,
    file: UploadFile,
    name: str,
    actor: Actor,
    began: datetime,
) -> MaterialRow:
    """Take one file of a form in. Raises as `take_in`."""
    now = services.clock.now()
    returned = await services.casework.returned(base_id)
    place = (services.database, services.documents, base_id, item)
    return await take_in(*place, pieces(file), name, actor, began, now, returned)


async def pdf(services: ApiServices, row: MaterialRow) -> StreamingResponse:
    """The content of a document, to be saved under the name that it came with."""
    headers = {
        "Content-Disposition": f"attachment; filename=\"{row.item}.pdf\"; filename*=UTF-8''{quote(row.filename, safe='')}",
        "Content-Length": str(row.size),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    content = await services.documents.get(row.sha256)
    return StreamingResponse(content, media_type="application/pdf", headers=headers)


def _check_may_read(actor: Actor) -> None:
    if actor.role not in READERS:
        raise NotAllowed("access.not_yours", DIVISION_OF_WORK)
