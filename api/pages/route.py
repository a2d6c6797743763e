"""Routes of pages: what is refused is answered with a page, and forms are read up to a limit."""

import json
import unicodedata
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

from api.pages.pages import html

PAGE = ["GET", "HEAD"]
"""Methods of a page that is looked at."""

_MOST_BYTES = 64 * 1024
_MOST_FIELDS = 100
_UNSEEN = ("Cc", "Cf", "Cs")  # control, format, surrogate


class PageRoute(APIRoute):
    """Says in a page what an API route says in a problem document."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler, with its errors as pages."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:
                return await self._said(request, error)

        return answer

    async def _said(self, request: Request, error: Exception) -> Response:
        """An accident stays one. The path is not passed on: it can hold a token, and an outage is logged with it."""
        known = request.app.exception_handlers
        kinds = (kind for kind in type(error).__mro__ if kind in known and kind is not Exception)
        if (kind := next(kinds, None)) is None:
            raise error
        problem = await known[kind](Request({**request.scope, "path": self.path}), error)
        said = json.loads(problem.body)
        page = html(
            "problem.html",
            problem.status_code,
            title=said["title"],
            detail=said["detail"],
            typed=getattr(request.state, "typed", {}),
            again=problem.status_code == HTTPStatus.SERVICE_UNAVAILABLE,
        )
        if "retry-after" in problem.headers:
            page.headers["Retry-After"] = problem.headers["retry-after"]
        return page


async def small_form(request: Request) -> dict[str, str]:
    """The texts of a form without files, as they can be kept. HTTP 413 as soon as it is more than a person writes.

    If the form cannot be taken, the page that says so gives them back.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            raise HTTPException(413, "填写的内容过长，请精简后重新提交。")
    try:
        fields = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError as e:
        raise HTTPException(400, "表单内容无法识别，请返回重新填写。") from e
    request.state.typed = {name: plain(value) for name, value in fields}
    return dict(request.state.typed)


def plain(text: str) -> str:
    """Without spaces around it and without characters that cannot be seen, except line ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c == "\n" or unicodedata.category(c) not in _UNSEEN).strip()
