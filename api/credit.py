"""Routes of the credit list: the office takes it in, member units look at it (A9)."""

import asyncio
from datetime import date

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from api.auth import Caller, Services
from api.problems import problem
from api.services import ApiServices
from api.uploading import Began, check_address, form_of
from casework.credit_list import MAX_BYTES, ImportRefused, read, take_in
from domain.calendar import business_day
from domain.errors import NotAllowed, Refused
from domain.policy.credit import CREDIT, CreditKind, CreditRecord
from domain.policy.source import on as in_force_on
from domain.terms import Role
from persistence.credit import Credit

router = APIRouter(prefix="/api/credit", tags=["信用名单"], dependencies=[Depends(check_address)])

_FILE = {"file": {"type": "string", "format": "binary", "description": "XLSX 或 CSV"}}
_MULTIPART = {"schema": {"type": "object", "required": ["file"], "properties": _FILE}}


class CreditTaken(BaseModel):
    """How many entries of a list were new, and how many were known before."""

    new: int
    known: int


@router.post(
    "",
    summary="导入信用名单",
    response_model=CreditTaken,
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": _MULTIPART}}},
)
async def take(
    began: Began, actor: Caller, services: Services, request: Request
) -> CreditTaken | JSONResponse:
    """Take a whole list in, or nothing of it. The same list again changes nothing."""
    if actor.role is not Role.OFFICE:
        raise NotAllowed("credit.office_only", CREDIT)
    day = business_day(began)
    async with form_of(request, began, files=1, rule=MAX_BYTES) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise HTTPException(422, "请用 multipart/form-data 提交 file（一个 XLSX 或 CSV 文件）。")
        content = await file.read(in_force_on(MAX_BYTES, day).value + 1)
        name = file.filename or "file"
    try:
        records = await asyncio.to_thread(read, content, name, day)
    except ImportRefused as e:
        return _refused(services, e)
    taken = await take_in(records, services.database)
    return CreditTaken(new=taken.new, known=taken.known)


@router.get("", summary="信用名单")
async def find(
    actor: Caller, services: Services, kind: CreditKind | None = None, on: date | None = None
) -> list[CreditRecord]:
    """Entries of one kind or both; with a day, those that hold on it."""
    if actor.role not in (Role.OFFICE, Role.DEPARTMENT):
        raise NotAllowed("credit.not_yours", CREDIT)
    async with services.database.transaction() as tx:
        return await Credit(tx).find(kind, on)


def _refused(services: ApiServices, error: ImportRefused) -> JSONResponse:
    """Every error with its row (0: the file itself) and column (empty: the whole row)."""
    refusal = Refused("credit.bad_list", CREDIT, count=len(error.errors)).refusal
    return problem(
        422,
        "不符合规定",
        services.explain(refusal),
        code=refusal.code,
        clause=CREDIT.cite(),
        errors=[{"row": e.row_no, "column": e.column, "detail": e.message} for e in error.errors],
    )
