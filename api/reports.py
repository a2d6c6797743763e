"""Routes of the province's reports: draft, hand in what people made of it, record the release (A14)."""

from datetime import date, datetime
from typing import Any, Self
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from api.auth import Caller, Services
from api.pages.pages import HEADERS, html
from api.pages.route import PAGE, PageRoute, plain
from api.problems import check_text
from api.services import ApiServices
from api.uploading import Began, check_address, form_of
from casework.reporting import Release, Reporting
from domain.calendar import SHANGHAI, business_day
from domain.errors import NotFound
from domain.picture import words_of
from domain.policy.province_reports import MAX_BYTES, check_office, report_period, title_of
from domain.policy.source import on as in_force_on
from persistence.reports import ReportRow, Reports

router = APIRouter(prefix="/api/reports", tags=["全省报告"], dependencies=[Depends(check_address)])
pages = APIRouter(
    prefix="/public/reports",
    route_class=PageRoute,
    include_in_schema=False,
    dependencies=[Depends(check_address)],
)

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MOST_REASON = 500
_FILE = {"type": "string", "format": "binary", "description": "DOCX"}
_REASON = {"type": "string", "description": "替换已发布报告的理由"}
_MULTIPART = {
    "schema": {"type": "object", "required": ["file"], "properties": {"file": _FILE, "reason": _REASON}}
}
_AS_DOCX: dict[int | str, dict[str, Any]] = {200: {"content": {_DOCX: {}}}}


class ReportOut(BaseModel):
    """One version of a report."""

    period: str
    version: int
    title: str
    filename: str
    size: int = Field(description="字节")
    sha256: str
    at: datetime
    reason: str = Field(description="替换已发布报告的理由")
    released_on: date | None
    media: tuple[str, ...]
    released_at: datetime | None

    @classmethod
    def of(cls, row: ReportRow) -> Self:
        """From a row."""
        released_at = row.released_at.astimezone(SHANGHAI) if row.released_at else None
        title = row.title or title_of(report_period(row.period))
        known = {"title": title, "media": row.media or (), "released_at": released_at}
        return cls.model_validate(row.model_dump() | known | {"at": row.at.astimezone(SHANGHAI)})


@router.get("", summary="全省报告清单")
async def find(actor: Caller, services: Services) -> list[ReportOut]:
    """Every version of every report, the newest first."""
    check_office(actor)
    async with services.database.transaction() as tx:
        return [ReportOut.of(row) for row in await Reports(tx).all()]


@router.get("/{period}/draft.docx", summary="起草报告（DOCX）", response_class=Response, responses=_AS_DOCX)
async def draft(period: str, actor: Caller, services: Services) -> Response:
    """A draft from the figures as they are now, for people to finish. Kept nowhere."""
    check_office(actor)
    wanted = report_period(period)
    content = await _reporting(services).drafted(wanted, actor)
    return _file(content, f"{title_of(wanted)}（{words_of(wanted)}）.docx", f"{period}.docx")


@router.put(
    "/{period}",
    summary="报送编辑后的报告（DOCX）",
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": _MULTIPART}}},
)
async def put(began: Began, period: str, actor: Caller, services: Services, request: Request) -> ReportOut:
    """Keep an edited report as its newest version. If one was released, a reason is needed."""
    check_office(actor)
    wanted = report_period(period)
    async with form_of(request, began, files=1, rule=MAX_BYTES) as form:
        file, reason = form.get("file"), form.get("reason") or ""
        if not isinstance(file, UploadFile) or not isinstance(reason, str):
            raise HTTPException(
                422, "请用 multipart/form-data 提交 file（一个 DOCX 文件），必要时加 reason。"
            )
        if len(reason) > _MOST_REASON:
            raise HTTPException(422, f"理由不超过 {_MOST_REASON} 字。")
        content = await file.read(in_force_on(MAX_BYTES, business_day(began)).value + 1)
        name = plain(file.filename or "")[:200] or f"{period}.docx"
    return ReportOut.of(await _reporting(services).hand_in(wanted, content, name, plain(reason), actor))


@router.post("/{period}/release", summary="登记发布", dependencies=[Depends(check_text)])
async def release(period: str, wanted: Release, actor: Caller, services: Services) -> ReportOut:
    """Record that the newest version is out; it then stands on the public page."""
    check_office(actor)
    return ReportOut.of(await _reporting(services).release(report_period(period), wanted, actor))


@router.get(
    "/{period}/{version}.docx", summary="下载报告（DOCX）", response_class=Response, responses=_AS_DOCX
)
async def download(period: str, version: int, actor: Caller, services: Services) -> Response:
    """A version as it was handed in."""
    check_office(actor)
    async with services.database.transaction() as tx:
        content = await Reports(tx).content(str(report_period(period)), version)
    return _file(content, f"{period}-{version}.docx", f"{period}-{version}.docx")


@pages.api_route("", methods=PAGE)
async def released(services: Services) -> HTMLResponse:
    """What was released, for everybody."""
    async with services.database.transaction() as tx:
        found = await Reports(tx).released()
    named = [(row, words_of(report_period(row.period))) for row in found]
    return html("reports.html", reports=named)


@pages.api_route("/{period}.docx", methods=PAGE)
async def file(period: str, services: Services) -> Response:
    """The released report of a period."""
    wanted = str(report_period(period))
    async with services.database.transaction() as tx:
        row = next((row for row in await Reports(tx).released() if row.period == wanted), None)
        if row is None:
            raise NotFound("report.not_found", id=period)
        content = await Reports(tx).content(row.period, row.version)
    return _file(content, f"{row.title}.docx", f"{wanted}.docx")


def _reporting(services: ApiServices) -> Reporting:
    return Reporting(services.database, services.clock)


def _file(content: bytes, name: str, plain_name: str) -> Response:
    disposition = f"attachment; filename=\"{quote(plain_name)}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=_DOCX, headers={**HEADERS, "Content-Disposition": disposition})
