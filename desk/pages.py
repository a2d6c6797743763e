"""The pages: the local chat and the office's desk, mounted into a FastAPI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nicegui
from fastapi import FastAPI, Response
from nicegui import ui
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import Scope

from desk import chat, office
from desk.feed import Feed
from desk.files import file_routes
from desk.services import DeskServices

_OURS = {"chat", "desk", "_nicegui", "_nicegui_ws", "favicon.ico"}
_ICON = (
    '<svg viewBox="0 0 32 32" xmlns="http://www.w3.org/2000/svg"><rect width="32" height="32" rx="6" fill="#1f4e79"/>'
    '<path d="M9 8h14M16 8v16M10 24h12" stroke="#fff" stroke-width="3" fill="none"/></svg>'
)
_RECONNECT_SECONDS = 5.0


def mount(app: FastAPI, services: DeskServices) -> Feed:
    """Add /chat and /desk to `app`. To be called last, once per process at a time; the pages' listener is returned."""
    feed = Feed(services.database)
    _register(services, feed)
    _listen_while_serving(app, feed)
    app.include_router(file_routes(services))
    # NiceGUI is one per process: an application mounted before (tests do that) has closed its list of middleware.
    nicegui.app.middleware_stack = None
    nicegui.app.user_middleware.clear()
    ui.run_with(
        app,
        title="揭榜",
        language="zh-CN",
        favicon=_ICON,
        tailwind=False,
        reconnect_timeout=_RECONNECT_SECONDS,
        show_welcome_message=False,
    )
    _leave_the_rest(app.routes)
    return feed


def _register(services: DeskServices, feed: Feed) -> None:
    @ui.page("/chat", title="聊天 · 揭榜")
    async def first_chat() -> Response | None:
        return await chat.first(services)

    @ui.page("/chat/{person_id}")
    async def one_chat(person_id: int) -> None:
        await chat.Conversation(services, feed, person_id).open()

    @ui.page("/desk", title="办公桌面 · 揭榜")
    async def desk() -> None:
        await office.Office(services).open()


def _listen_while_serving(app: FastAPI, feed: Feed) -> None:
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with feed.running(), inner(app) as state:
            yield state

    app.router.lifespan_context = lifespan


class _OnlyOurs(Mount):
    """NiceGUI is mounted at the root and would answer every unknown address with a page of its own."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        ours = scope.get("path", "").removeprefix("/").split("/")[0] in _OURS
        return super().matches(scope) if ours else (Match.NONE, {})


def _leave_the_rest(routes: list[BaseRoute]) -> None:
    mounted = routes.pop()
    if not (isinstance(mounted, Mount) and mounted.app is nicegui.app):
        raise TypeError(f"NiceGUI is not the last route, but {mounted}")
    routes.append(_OnlyOurs("/", app=mounted.app))
