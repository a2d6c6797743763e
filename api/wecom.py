"""WeCom's callback. What comes in is never logged."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse

from api.auth import Services
from api.limits import bounded, declares_more
from api.services import WeComCallback

router = APIRouter(include_in_schema=False)

_MOST_BYTES = 200_000
_TOO_LONG = HTTPException(413, "回调内容过大")


def callback_of(services: Services) -> WeComCallback:
    """What the app was set up with; 404 if WeCom is not in use."""
    if services.wecom is None:
        raise HTTPException(404, "没有启用企业微信")
    return services.wecom


Callback = Annotated[WeComCallback, Depends(callback_of)]


@router.get("/wecom/callback")
async def verify(request: Request, callback: Callback) -> PlainTextResponse:
    """WeCom checks the address that was entered: the plaintext, and nothing around it."""
    told = callback.echo(request.query_params)
    if told is None:
        raise HTTPException(403, "签名不符")
    return PlainTextResponse(told)


@router.post("/wecom/callback")
async def take(request: Request, callback: Callback) -> Response:
    """Take one delivery; acknowledged only when it is kept."""
    if declares_more(request.headers, _MOST_BYTES):
        raise _TOO_LONG
    body = await Request(request.scope, bounded(request.receive, _MOST_BYTES, _TOO_LONG)).body()
    return Response(status_code=await callback.take(request.query_params, body))
