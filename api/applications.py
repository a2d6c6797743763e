"""Routes of an application: what is filled in, what is still missing, and how it stands to the conditions."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.auth import Caller, Services, visible
from api.services import ApiServices
from domain.application import Dossier
from domain.calendar import business_day
from domain.errors import NotAllowed
from domain.forms.application import asked
from domain.forms.from_json import values_from_json
from domain.policy.access import check_may_manage
from domain.policy.authority import DIVISION_OF_WORK
from domain.policy.eligibility import current, findings, gaps
from domain.policy.materials import required
from domain.terms import Role

router = APIRouter(prefix="/api/bases", tags=["申报书"])


class QuestionOut(BaseModel):
    """One question of the application."""

    key: str
    label: str
    group: str
    clause: str
    value: str | None = Field(description="尚未填写时为空")


class MaterialAsked(BaseModel):
    """One document of the checklist."""

    key: str
    label: str
    clause: str
    there: bool


class FindingOut(BaseModel):
    """How the application stands to one condition."""

    rule: str
    outcome: str
    clause: str
    detail: str
    evidence: str = Field(description="核对了什么")


class GapOut(BaseModel):
    """Something that stands in the way of handing it in."""

    detail: str
    clause: str | None


class ApplicationOut(BaseModel):
    """An application with everything that its check looks at."""

    questions: list[QuestionOut]
    materials: list[MaterialAsked]
    findings: list[FindingOut]
    missing: list[GapOut]


@router.get("/{base_id}/application", summary="申报书、材料清单与条件核对")
async def get(base_id: str, actor: Caller, services: Services) -> ApplicationOut:
    """The answers so far, the checklist of documents, every condition, and what is still missing.

    Who may only look sees applications that became bases.
    """
    base = await visible(services, actor, base_id)
    if actor.role is Role.READONLY and base.pilot_start is None:
        raise NotAllowed("access.not_yours", DIVISION_OF_WORK)
    return _out(services, await services.casework.dossier(base_id))


@router.put("/{base_id}/application", summary="填写申报书")
async def fill_in(base_id: str, given: dict[str, Any], actor: Caller, services: Services) -> ApplicationOut:
    """Answer questions by their keys; what is left out stays as it is. The office and a city office for its own may too."""
    row = await visible(services, actor, base_id)
    if actor.role is not Role.LEAD:
        check_may_manage(actor, row.city)
    dossier = await services.casework.fill_in(base_id, values_from_json(given), actor)
    return _out(services, dossier)


def _out(services: ApiServices, dossier: Dossier) -> ApplicationOut:
    day = business_day(services.clock.now())
    questions = asked(dossier.lead_kind, dossier.direction, dossier.values)
    return ApplicationOut(
        questions=[
            QuestionOut(
                key=q.key,
                label=q.label,
                group=q.group,
                clause=q.clause.cite(),
                value=dossier.values.get(q.key),
            )
            for q in questions
        ],
        materials=[
            MaterialAsked(
                key=item.key,
                label=item.label,
                clause=item.clause.cite(),
                there=item.key in dossier.materials,
            )
            for item in required(dossier.lead_kind, current(dossier))
        ],
        findings=[
            FindingOut(
                rule=f.rule,
                outcome=f.outcome,
                clause=f.clause.cite(),
                detail=services.explain(f.refusal),
                evidence=f.evidence,
            )
            for f in findings(dossier, day)
        ],
        missing=[
            GapOut(detail=services.explain(gap), clause=gap.clause.cite() if gap.clause else None)
            for gap in gaps(dossier, day)
        ],
    )
