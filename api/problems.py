"""Errors as RFC 9457 problems: what, why, which clause. An accident is logged once and tells nothing of its inside."""

import json
import logging
import re
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError

from api.services import ApiServices
from domain.errors import DomainError, Refusal
from persistence.database import is_outage

_LOG = logging.getLogger(__name__)

_STATUS = {
    "refused": (HTTPStatus.UNPROCESSABLE_ENTITY, "不符合规定"),
    "not_allowed": (HTTPStatus.FORBIDDEN, "无权办理"),
    "not_found": (HTTPStatus.NOT_FOUND, "没有找到"),
    "stale": (HTTPStatus.CONFLICT, "情况已变化"),
}
OUTAGES = (
    OperationalError,
    InterfaceError,
    PoolTimeoutError,
    RPCError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    OSError,
)
RETRY_AFTER = {"Retry-After": "5"}
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_TITLES = {
    400: "请求有误",
    401: "需要令牌",
    403: "无权办理",
    404: "没有找到",
    405: "不支持这种请求",
    409: "情况已变化",
    413: "内容过大",
    422: "请求内容有误",
    503: "暂时无法办理",
}


def problem(status: int, title: str, detail: str, **more: object) -> JSONResponse:
    """A problem document."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, media_type="application/problem+json")


def problem_of(error: HTTPException) -> JSONResponse:
    """An HTTP error as a problem."""
    answer = problem(error.status_code, _TITLES.get(error.status_code, "没有办理"), str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


def _item(services: ApiServices, item: Refusal) -> dict[str, str | None]:
    clause = item.clause.cite() if item.clause else None
    return {"code": item.code, "detail": services.explain(item), "clause": clause}


async def check_text(request: Request) -> None:
    """Refuse what PostgreSQL cannot keep and a workflow would try to write down for ever: NUL, halves of characters."""
    body = await request.body()
    if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"] or b"\\u0000" in body:
        raise HTTPException(422, "请求中不能有空字符（U+0000）。")
    if _HALF.search(body) and _has_half(body):
        raise HTTPException(422, "请求中有不完整的字符（单独的代理码位）。")


def _has_half(body: bytes) -> bool:
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False  # no JSON: said elsewhere
    return False


def install(app: FastAPI, services: ApiServices) -> None:
    """Answer every kind of error as a problem."""

    async def refused(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, DomainError):
            raise error
        refusal = error.refusal
        status, title = _STATUS[refusal.kind]
        more: dict[str, object] = {"clause": refusal.clause.cite()} if refusal.clause else {}
        if refusal.items:
            more["errors"] = [_item(services, item) for item in refusal.items]
        return problem(status, title, services.explain(refusal), code=refusal.code, **more)

    async def http(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            raise error
        return problem_of(error)

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, RequestValidationError):
            raise error
        fields = [
            {"field": ".".join(map(str, e["loc"])), "message": e["msg"], "type": e["type"]}
            for e in error.errors()
        ]
        return problem(422, "请求内容有误", "请按 errors 逐项改正后重发。", errors=fields)

    async def away(request: Request, error: Exception) -> JSONResponse:
        _LOG.warning("%s %s: %r", request.method, request.url.path, error)
        answer = problem(503, "暂时无法办理", "数据库或流程引擎暂时不可用，请稍后重试。")
        answer.headers.update(RETRY_AFTER)
        return answer

    async def database(request: Request, error: Exception) -> JSONResponse:
        if not (isinstance(error, DBAPIError) and is_outage(error)):
            raise error
        return await away(request, error)

    async def accident(_: Request, error: Exception) -> JSONResponse:
        """The server that runs the application logs it."""
        return problem(500, "系统故障", "系统出了故障，没有办理，故障已记录。")

    app.add_exception_handler(DomainError, refused)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(DBAPIError, database)
    for kind in OUTAGES:
        app.add_exception_handler(kind, away)
    app.add_exception_handler(Exception, accident)
