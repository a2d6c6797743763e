"""Routes of yearly assessments: list, look, decide; and the public pages of what was published (A12)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from fastapi import APIRouter, Body, Depends, Header, Query
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.auth import Caller, Services, visible, within_reach
from api.bases import Limit, update_id_of
from api.pages.pages import HEADERS, html
from api.pages.route import PAGE, PageRoute
from api.schemas import Page
from api.services import ApiServices
from api.uploading import check_address
from casework.assessing import Written, decide
from domain.assessment import POSSIBLE, Phase
from domain.calendar import SHANGHAI, business_day, last_day_before
from domain.decisions import Actor
from domain.errors import NotAllowed, NotFound
from domain.policy.effectiveness import EFFECTIVENESS, OUTLIER_POINTS, Grade, Result, ruling_day
from domain.policy.ranking import outliers
from domain.policy.source import on
from domain.terms import Role
from persistence.assessments import AssessmentFilter, AssessmentRow, Assessments, Published
from persistence.evaluators import EvaluationRow, Evaluations
from persistence.obligations import ObligationFilter

router = APIRouter(prefix="/api/assessments", tags=["年考核"])
pages = APIRouter(
    prefix="/public/assessments",
    route_class=PageRoute,
    include_in_schema=False,
    dependencies=[Depends(check_address)],
)

_INTERNAL = frozenset({Phase.EVALUATION, Phase.PROPOSAL})
"""Before the lead was told, what was computed is for those who decide."""


class AssessmentQuery(BaseModel):
    """The filters of the list."""

    model_config = ConfigDict(frozen=True)

    year: Annotated[str, Field(pattern=r"^\d{4}$")] | None = None
    state: Phase | None = None
    grade: Grade | None = None
    base: str | None = None
    city: str | None = None


class AssessmentOut(BaseModel):
    """An assessment as the list shows it."""

    id: str
    base: str
    base_name: str
    city: str
    level: str
    year: str
    self_report: str
    state: Phase
    since: datetime
    due: date | None = Field(description="本环节最后一个办理日")
    waiting_for: str
    score: Decimal | None
    grade: Grade | None
    appeal: str | None = Field(description="申诉：处理中、成立、不成立；没有申诉时为空")
    published_on: date | None
    document_no: str | None

    @classmethod
    def of(cls, row: AssessmentRow, actor: Actor) -> Self:
        """From a row, without what is not told yet."""
        return cls.model_validate(cls._fields(row, actor))

    @staticmethod
    def _fields(row: AssessmentRow, actor: Actor) -> dict[str, Any]:
        hidden = actor.role is Role.LEAD and row.phase in _INTERNAL
        known = row.model_dump(
            include={"id", "base_name", "city", "level", "year", "self_report", "waiting_for"}
            | {"published_on", "document_no"}
        )
        return known | {
            "base": row.base_id,
            "state": row.phase,
            "since": row.since.astimezone(SHANGHAI),
            "due": last_day_before(row.due) if row.due else None,
            "score": None if hidden else row.score,
            "grade": None if hidden else row.grade,
            "appeal": row.appeal_state,
        }


class AssessmentDetail(AssessmentOut):
    """One assessment: what it was computed from, and what was written about it."""

    result: Result | None = Field(description="计算过程；告知前申报主体不可见")
    evaluations: int = Field(description="已收到的第三方评价份数")
    appeal_reason: str | None
    resolution: str | None = Field(description="申诉处理意见")
    possible_decision: str | None


class EvaluationOut(BaseModel):
    """One evaluator's points."""

    evaluator: int
    items: dict[str, Decimal]
    total: Decimal
    comment: str
    at: datetime
    outlier: bool = Field(description="与该基地评价中位数相差过大")


@router.get("", summary="年考核列表")
async def find(
    actor: Caller,
    services: Services,
    wanted: Annotated[AssessmentQuery, Query()],
    cursor: str = "",
    limit: Limit = 50,
) -> Page[AssessmentOut]:
    """Assessments by id, narrowed by the filters; a city office and an applicant see their own."""
    reach = within_reach(actor, ObligationFilter(city=wanted.city))
    hidden = actor.role is Role.LEAD and wanted.grade is not None  # it would tell what is not told yet
    if reach is None or hidden:
        return Page(items=[], next_cursor=None)
    narrowed = wanted.model_dump() | {"city": reach.city, "contact": reach.contact}
    async with services.database.transaction() as tx:
        rows = await Assessments(tx).find(AssessmentFilter.model_validate(narrowed), cursor, limit)
    more = rows[-1].id if len(rows) == limit else None
    return Page(items=[AssessmentOut.of(row, actor) for row in rows], next_cursor=more)


@router.get("/{assessment_id}", summary="年考核详情")
async def get(assessment_id: str, actor: Caller, services: Services) -> AssessmentDetail:
    """Where it stands, and how the grade came about."""
    await _visible(services, actor, assessment_id)
    return await _detail(services, actor, assessment_id)


@router.post("/{assessment_id}/decisions", summary="作出决定：结束评价、拟定等次、申诉、申诉处理、公布")
async def take(
    assessment_id: str,
    written: Annotated[Written, Body()],
    actor: Caller,
    services: Services,
    idempotency_key: Annotated[str | None, Header(max_length=100)] = None,
) -> AssessmentDetail:
    """Take a decision. With an Idempotency-Key the same request again changes nothing and gets the same answer."""
    await _visible(services, actor, assessment_id)
    update_id = update_id_of(actor, idempotency_key)
    await decide(services.database, services.gateway, assessment_id, written, actor, update_id)
    return await _detail(services, actor, assessment_id)


@router.get("/{assessment_id}/evaluations", summary="第三方评价打分（评价结束后）")
async def evaluations(assessment_id: str, actor: Caller, services: Services) -> list[EvaluationOut]:
    """By evaluators without names. Sealed until the evaluation is closed."""
    if actor.role is not Role.OFFICE:
        raise NotAllowed("evaluation.office_only", EFFECTIVENESS)
    async with services.database.transaction() as tx:
        row = await Assessments(tx).get(assessment_id)
        given = await Evaluations(tx).of(row.base_id, row.year)
    return _evaluations(given, ruling_day(row.year))


def _evaluations(rows: list[EvaluationRow], day: date) -> list[EvaluationOut]:
    far = outliers([row.total for row in rows], on(OUTLIER_POINTS, day).value)
    return [
        EvaluationOut(
            evaluator=row.evaluator_id,
            outlier=n in far,
            at=row.at.astimezone(SHANGHAI),
            **row.model_dump(include={"items", "total", "comment"}),
        )
        for n, row in enumerate(rows)
    ]


async def _visible(services: ApiServices, actor: Actor, assessment_id: str) -> AssessmentRow:
    """An assessment of a base that the caller may see. Raises NotFound."""
    async with services.database.transaction() as tx:
        row = await Assessments(tx).get(assessment_id)
    try:
        await visible(services, actor, row.base_id)
    except NotFound:
        raise NotFound("assessment.not_found", id=assessment_id) from None
    return row


async def _detail(services: ApiServices, actor: Actor, assessment_id: str) -> AssessmentDetail:
    async with services.database.transaction() as tx:
        row = await Assessments(tx).get(assessment_id)
        texts = await Assessments(tx).texts(assessment_id)
        count = await Evaluations(tx).count(row.base_id, row.year)
    hidden = actor.role is Role.LEAD and row.phase in _INTERNAL
    possible = POSSIBLE.get(row.phase)
    return AssessmentDetail.model_validate(
        AssessmentOut.of(row, actor).model_dump()
        | {
            "result": None if hidden else row.result,
            "evaluations": count,
            "appeal_reason": texts.get(row.appeal or ""),
            "resolution": texts.get(row.resolution or ""),
            "possible_decision": str(possible) if possible else None,
        }
    )


# For the public


@pages.api_route("", methods=PAGE)
async def years(services: Services) -> HTMLResponse:
    """The years of which results were published."""
    async with services.database.transaction() as tx:
        found = await Assessments(tx).published_years(business_day(services.clock.now()))
    return html("assessments.html", years=found)


@pages.api_route("/{year}.json", methods=PAGE)
async def as_json(year: str, services: Services) -> JSONResponse:
    """The results of a year for further work."""
    rows = [
        row._asdict() | {"published_on": str(row.published_on)} for row in await _published(services, year)
    ]
    return JSONResponse({"year": year, "results": rows}, headers=HEADERS)


@pages.api_route("/{year}", methods=PAGE)
async def results(year: str, services: Services) -> HTMLResponse:
    """The results of a year, the best first."""
    return html("assessment_year.html", year=year, rows=await _published(services, year))


async def _published(services: ApiServices, year: str) -> list[Published]:
    async with services.database.transaction() as tx:
        found = await Assessments(tx).published(year, business_day(services.clock.now()))
    if not found:
        raise NotFound("assessment.nothing_published", year=year)
    return found
