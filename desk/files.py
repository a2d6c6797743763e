"""Files that came in a local chat: a picture is shown, anything else is saved."""

from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Response

from desk.services import DeskServices
from persistence.local_chat import LocalChat


def file_address(person_id: int, message_id: int) -> str:
    """Where the file that came with a message is to be had."""
    return f"/chat/{person_id}/files/{message_id}"


def file_routes(services: DeskServices) -> APIRouter:
    """The way to them, as open as the local chat itself."""
    router = APIRouter()

    @router.get("/chat/{person_id}/files/{message_id}", include_in_schema=False)
    async def file(person_id: int, message_id: int) -> Response:
        async with services.database.transaction() as tx:
            found = await LocalChat(tx).file(person_id, message_id)
        if found is None:
            raise HTTPException(404, "没有这个文件。")
        shown = "inline" if found.media_type.startswith("image/") else "attachment"
        headers = {
            "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(found.name, safe='')}",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(found.content, media_type=found.media_type, headers=headers)

    return router
