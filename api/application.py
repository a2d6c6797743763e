"""The FastAPI application."""

from fastapi import Depends, FastAPI

from api import bases, contacts, health, obligations, problems
from api.services import ApiServices


def application(services: ApiServices) -> FastAPI:
    """Thin routes over one set of services."""
    app = FastAPI(title="揭榜 Jiebang", description="产教融合重大平台载体和实训基地管理", version="0.1.0")
    app.state.services = services
    app.include_router(health.router)
    for part in (bases, obligations, contacts):
        app.include_router(part.router, dependencies=[Depends(problems.check_text)])
    problems.install(app, services)
    return app
