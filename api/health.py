"""Whether it lives and whether it can work; and the webhook of Telegram."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Request, Response

from api.auth import Services
from api.problems import RETRY_AFTER

router = APIRouter()

_MAX_UPDATE_BYTES = 1_000_000


@router.get("/healthz", tags=["运行"], summary="进程存活")
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", tags=["运行"], summary="可以办理业务")
async def ready(services: Services) -> dict[str, str]:
    """PostgreSQL and Temporal answer; 503 otherwise."""
    await services.database.ping()
    if not await services.temporal_ready():
        raise HTTPException(503, "流程引擎没有就绪", RETRY_AFTER)
    return {"status": "ok"}


@router.post("/telegram/webhook", include_in_schema=False)
async def telegram(
    request: Request,
    services: Services,
    x_telegram_bot_api_secret_token: Annotated[str, Header()] = "",
) -> Response:
    """Take one delivery; acknowledged only when it was worked through."""
    if services.take_telegram is None or not services.telegram_secret:
        raise HTTPException(404, "没有启用 Telegram 回调")
    if not hmac.compare_digest(x_telegram_bot_api_secret_token.encode(), services.telegram_secret.encode()):
        raise HTTPException(401, "回调密钥不符")
    body = await request.body()
    if len(body) > _MAX_UPDATE_BYTES:
        raise HTTPException(413, "回调内容过大")
    try:
        await services.take_telegram(body)
    except ValueError as e:
        raise HTTPException(400, "不是有效的回调内容") from e
    return Response()
