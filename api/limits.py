"""How much of a request is read: JSON up to a limit of its own, before anybody asks who sends it."""

import re

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_of

JSON_BYTES = 1 << 20
_FILES = re.compile(
    r"/api/credit|/api/reports/[^/]+|/api/bases/[^/]+/materials|/api/supervisions/[^/]+/documents"
)
_TOO_LONG = HTTPException(413, f"请求内容不能超过 {JSON_BYTES >> 20} MB。")


class SmallJson:
    """Answers HTTP 413 to what is longer, on all routes of the API but those that take files in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        path = scope.get("path", "")
        if not path.startswith("/api/") or _FILES.fullmatch(path):
            await self._app(scope, receive, send)
        elif declares_more(Headers(scope=scope), JSON_BYTES):
            await problem_of(_TOO_LONG)(scope, receive, send)
        else:
            await self._app(scope, bounded(receive, JSON_BYTES, _TOO_LONG), send)


def declares_more(headers: Headers, most: int) -> bool:
    """Whether a request says itself that more will come."""
    declared = headers.get("content-length", "")
    return declared.isdecimal() and int(declared) > most


def bounded(receive: Receive, most: int, error: HTTPException) -> Receive:
    """Raises the error as soon as more has come: not everybody says before how much it will be."""
    come = 0

    async def receive_up_to() -> Message:
        nonlocal come
        message = await receive()
        come += len(message.get("body", b""))
        if come > most:
            raise error
        return message

    return receive_up_to
