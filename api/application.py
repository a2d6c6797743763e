"""The FastAPI application."""

from fastapi import FastAPI

from api import bases, contacts, health, obligations, problems
from api.services import ApiServices


def application(services: ApiServices) -> FastAPI:
    """Thin routes over one set of services."""
    app = FastAPI(title="揭榜 Jiebang", description="产教融合重大平台载体和实训基地管理", version="0.1.0")
    app.state.services = services
    for part in (health, bases, obligations, contacts):
        app.include_router(part.router)
    problems.install(app, services)
    return app
