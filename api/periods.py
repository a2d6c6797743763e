"""Routes of the picture of a period: as JSON, as a workbook, as a chart."""

import asyncio
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from api.auth import Caller, Services
from api.services import ApiServices
from casework import picture_chart, picture_sheet
from casework.picture import asked, file_name, picture
from domain.calendar import business_day
from domain.decisions import Actor
from domain.picture import Picture
from domain.terms import ObligationKind

router = APIRouter(prefix="/api/periods", tags=["调度情况"])

Kind = Annotated[ObligationKind, Query(description="报送事项的种类")]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILE = {"schema": {"type": "string", "format": "binary"}}


@router.get("/{period}", summary="一期的报送、排名、合计、变动和问题")
async def get(
    period: str, actor: Caller, services: Services, kind: Kind = ObligationKind.DISPATCH
) -> Picture:
    """The period as it stands now; a city office sees its own city."""
    return await _picture(services, actor, kind, period)


@router.get(
    "/{period}/export.xlsx",
    summary="同上，XLSX，每张表一页",
    response_class=Response,
    responses={200: {"content": {_XLSX: _FILE}}},
)
async def export(
    period: str, actor: Caller, services: Services, kind: Kind = ObligationKind.DISPATCH
) -> Response:
    """Every table of the period on a sheet of its own."""
    shown = await _picture(services, actor, kind, period)
    content = await asyncio.to_thread(picture_sheet.xlsx, shown)
    return _file(content, _XLSX, "attachment", file_name(shown, "xlsx"))


@router.get(
    "/{period}/chart.png",
    summary="各市报送情况和完成率的图",
    response_class=Response,
    responses={200: {"content": {"image/png": _FILE}}},
)
async def chart(
    period: str, actor: Caller, services: Services, kind: Kind = ObligationKind.DISPATCH
) -> Response:
    """The cities of the period as a picture."""
    shown = await _picture(services, actor, kind, period)
    content = await asyncio.to_thread(picture_chart.png, shown)
    return _file(content, "image/png", "inline", file_name(shown, "png"))


async def _picture(services: ApiServices, actor: Actor, kind: ObligationKind, period: str) -> Picture:
    now = services.clock.now()
    wanted = asked(kind, period, actor, business_day(now))
    return await picture(services.database, wanted, now, services.days)


def _file(content: bytes, media_type: str, how: str, name: str) -> Response:
    headers = {"Content-Disposition": f"{how}; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, media_type=media_type, headers=headers)
