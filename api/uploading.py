"""Taking in files over HTTP: when an upload began, and how much of it is read at most."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect

from api.auth import Services, services_of
from api.limits import bounded, declares_more
from domain.calendar import business_day
from domain.policy.materials import MAX_BYTES
from domain.policy.source import Dated, on

_AROUND_BYTES = 1 << 20
"""What a form has besides its files."""
_PIECE_BYTES = 1 << 18


async def _began(services: Services) -> datetime:
    return services.clock.now()


Began = Annotated[datetime, Depends(_began)]
"""When the head of the request arrived. The first parameter of a route, so that nothing is waited for before it."""


async def check_address(request: Request) -> None:
    """As `problems.check_text`, but the body is not read."""
    if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
        raise HTTPException(422, "请求中不能有空字符（U+0000）。")


@asynccontextmanager
async def form_of(
    request: Request, began: datetime, files: int, rule: Sequence[Dated[int]] = MAX_BYTES
) -> AsyncIterator[FormData]:
    """The form with at most so many files; HTTP 413 as soon as it is more than the rule lets them be."""
    each = on(rule, business_day(began))
    most, error = files * each.value + _AROUND_BYTES, _too_large(each)
    if declares_more(request.headers, most):
        raise error
    services = services_of(request)
    try:
        async with services.uploads:
            bound = Request(request.scope, bounded(request.receive, most, error))
            async with bound.form(max_files=files) as form:
                yield form
    except ClientDisconnect as e:
        raise HTTPException(400, "上传中断，没有收全。") from e


async def pieces(file: UploadFile) -> AsyncIterator[bytes]:
    """Its content."""
    while piece := await file.read(_PIECE_BYTES):
        yield piece


def _too_large(each: Dated[int]) -> HTTPException:
    words = f"上传的内容过大，每个文件不能超过 {each.value // 2**20} MB。（依据{each.clause.cite()}）"
    return HTTPException(413, words)
