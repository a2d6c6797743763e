"""The FastAPI application."""

from fastapi import Depends, FastAPI

from api import (
    applications,
    assessments,
    bases,
    contacts,
    credit,
    credit_accounts,
    deliveries,
    documents,
    evaluation_page,
    evaluators,
    evidence_page,
    experts,
    figures,
    files_page,
    health,
    materials,
    objections,
    obligations,
    office_tasks,
    periods,
    problems,
    public,
    reports,
    review_page,
    rounds,
    sheet_page,
    supervisions,
    tax,
    upload_page,
    wecom,
)
from api.limits import SmallJson
from api.services import ApiServices


def application(services: ApiServices) -> FastAPI:
    """Thin routes over one set of services."""
    app = FastAPI(title="揭榜 Jiebang", description="产教融合重大平台载体和实训基地管理", version="0.1.0")
    app.state.services = services
    for part in (
        health,
        wecom,
        materials,
        documents,
        credit,
        upload_page,
        evidence_page,
        files_page,
        sheet_page,
        review_page,
        evaluation_page,
        public,
        reports,
    ):
        app.include_router(part.router)
    app.include_router(objections.pages)
    app.include_router(assessments.pages)
    app.include_router(reports.pages)
    for part in (
        rounds,
        bases,
        applications,
        obligations,
        periods,
        supervisions,
        contacts,
        deliveries,
        office_tasks,
        experts,
        evaluators,
        assessments,
        credit_accounts,
        figures,
        tax,
        objections,
    ):
        app.include_router(part.router, dependencies=[Depends(problems.check_text)])
    problems.install(app, services)
    app.add_middleware(SmallJson)
    return app
