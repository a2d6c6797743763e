"""The page on which an official reads the files of what waits for them: over a signed link from a card in the chat."""

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, StreamingResponse

from api.auth import Services
from api.documents import content_of
from api.materials import pdf
from api.pages.pages import html
from api.pages.route import PAGE, PageRoute
from api.uploading import check_address
from casework.item_files import WITH_MATERIALS, read
from domain.errors import NotFound
from persistence.materials import Materials

router = APIRouter(
    prefix="/files/{token}",
    include_in_schema=False,
    route_class=PageRoute,
    dependencies=[Depends(check_address)],
)


@router.api_route("", methods=PAGE)
async def show(token: str, services: Services) -> HTMLResponse:
    """The files by name."""
    item, files = await read(services.casework, token)
    return html("files.html", token=token, item=item, files=files)


@router.api_route("/{key}", methods=PAGE)
async def file(token: str, key: str, services: Services) -> StreamingResponse:
    """One of them."""
    item, files = await read(services.casework, token)
    if key not in (one.key for one in files):
        raise NotFound("office.invalid_link")
    if item.kind not in WITH_MATERIALS:
        return await content_of(services, item.base_id or "", key)
    async with services.database.transaction() as tx:
        row = await Materials(tx).document(item.base_id or "", key)
    return await pdf(services, row)
