"""The public pages of a round: the proposed list during its public notice, and the published list (B14, B18)."""

import asyncio
from datetime import date
from typing import NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from api.auth import Services
from api.official_paper import as_docx
from api.pages.pages import HEADERS, html
from api.pages.route import PAGE, PageRoute
from api.published_list import PublicList, as_xlsx
from api.services import ApiServices
from api.uploading import check_address
from casework.official import chinese_date
from domain.calendar import business_day
from domain.lifecycle import EXITS, Step
from persistence.listings import Listings, NoticeRow

router = APIRouter(
    prefix="/public/notices",
    route_class=PageRoute,
    include_in_schema=False,
    dependencies=[Depends(check_address)],
)

_HEADING = "产教融合重大平台载体和实训基地建设培育试点名单"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Shown(NamedTuple):
    """What the public sees of a round. While an objection is open, a base stays in the notice after the others."""

    notice: NoticeRow
    published: PublicList
    proposed: PublicList

    @property
    def newest(self) -> PublicList:
        """The published list, or the proposed one as long as nothing is published."""
        return self.published if self.published.rows else self.proposed


@router.api_route("", methods=PAGE)
async def notices(services: Services) -> HTMLResponse:
    """All rounds with a public notice or a published list."""
    async with services.database.transaction() as tx:
        found = await Listings(tx).notices(_today(services))
    return html("notices.html", notices=found, today=_today(services))


@router.api_route("/{slug}.docx", methods=PAGE)
async def docx(slug: str, services: Services) -> Response:
    """The list as offices print it."""
    listed = (await _shown(services, slug)).newest
    return _file(await asyncio.to_thread(as_docx, listed), _DOCX, f"{listed.heading}.docx", f"{slug}.docx")


@router.api_route("/{slug}.xlsx", methods=PAGE)
async def xlsx(slug: str, services: Services) -> Response:
    """The list for further work."""
    listed = (await _shown(services, slug)).newest
    return _file(await asyncio.to_thread(as_xlsx, listed), _XLSX, f"{listed.heading}.xlsx", f"{slug}.xlsx")


@router.api_route("/{slug}", methods=PAGE)
async def notice(slug: str, services: Services) -> HTMLResponse:
    """The list of a round."""
    shown = await _shown(services, slug)
    return html("notice.html", shown=shown, open_step=Step.NOTICE, today=_today(services))


def _today(services: ApiServices) -> date:
    return business_day(services.clock.now())


async def _shown(services: ApiServices, slug: str) -> Shown:
    async with services.database.transaction() as tx:
        found = await Listings(tx).notice(slug, _today(services))
        rows = await Listings(tx).of_round(slug)
    published = tuple(row for row in rows if row.published_on)
    proposed = tuple(row for row in rows if row.selected and not row.published_on and row.step not in EXITS)
    return Shown(
        found,
        PublicList(_HEADING, found.title, published, _publication(found)),
        PublicList(f"拟发布的{_HEADING}（公示）", found.title, proposed, _window(found)),
    )


def _publication(found: NoticeRow) -> tuple[str, ...]:
    said = (found.publication_no, chinese_date(found.published_on) if found.published_on else None)
    return tuple(text for text in said if text)


def _window(found: NoticeRow) -> tuple[str, ...]:
    if not (found.notice_first and found.notice_last):
        return ()
    return (f"公示期：{chinese_date(found.notice_first)}至{chinese_date(found.notice_last)}",)


def _file(content: bytes, kind: str, name: str, plain_name: str) -> Response:
    disposition = f"attachment; filename=\"{quote(plain_name)}\"; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=kind, headers={**HEADERS, "Content-Disposition": disposition})
