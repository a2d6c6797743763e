"""Taking in files over HTTP: when an upload began, and how much of it is read at most."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect
from starlette.types import Message

from api.auth import Services
from domain.calendar import business_day
from domain.policy.materials import MAX_BYTES
from domain.policy.source import on

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
async def form_of(request: Request, began: datetime, files: int) -> AsyncIterator[FormData]:
    """The form with at most so many files; HTTP 413 as soon as it is more than they can be."""
    most = files * on(MAX_BYTES, business_day(began)).value + _AROUND_BYTES
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most)
    try:
        async with _bounded(request, most).form(max_files=files) as form:
            yield form
    except ClientDisconnect as e:
        raise HTTPException(400, "上传中断，没有收全。") from e


async def pieces(file: UploadFile) -> AsyncIterator[bytes]:
    """Its content."""
    while piece := await file.read(_PIECE_BYTES):
        yield piece


def _bounded(request: Request, most: int) -> Request:
    """The same request, read up to a limit: not everybody says before how much will come."""
    come = 0

    async def receive() -> Message:
        nonlocal come
        message = await request.receive()
        come += len(message.get("body", b""))
        if come > most:
            raise _too_large(most)
        return message

    return Request(request.scope, receive)


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"一次上传的内容不能超过 {most // 2**20} MB。")
