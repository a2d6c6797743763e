"""The FastAPI application."""

from fastapi import Depends, FastAPI

from api import (
    applications,
    bases,
    contacts,
    credit,
    experts,
    health,
    materials,
    objections,
    obligations,
    problems,
    public,
    review_page,
    rounds,
    upload_page,
)
from api.limits import SmallJson
from api.services import ApiServices


def application(services: ApiServices) -> FastAPI:
    """Thin routes over one set of services."""
    app = FastAPI(title="揭榜 Jiebang", description="产教融合重大平台载体和实训基地管理", version="0.1.0")
    app.state.services = services
    for part in (health, materials, credit, upload_page, review_page, public):
        app.include_router(part.router)
    app.include_router(objections.pages)
    for part in (rounds, bases, applications, obligations, contacts, experts, objections):
        app.include_router(part.router, dependencies=[Depends(problems.check_text)])
    problems.install(app, services)
    app.add_middleware(SmallJson)
    return app
