"""Routes of the figures: whatever was reported, over bases and periods (A3)."""

from decimal import Decimal
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.auth import Caller, Services, within_reach
from api.schemas import Page
from domain.calendar import Period
from domain.forms.registry import FORMS
from domain.policy.directions import DIRECTIONS_2021
from domain.terms import City, Level, ObligationKind
from persistence.bases import BaseFilter
from persistence.figures import FigureFilter, FigureRow, Figures

router = APIRouter(prefix="/api/figures", tags=["报送数据"])

_YEARS = range(1900, 3000)
_BETWEEN = "/"
"""Stands between the two parts of a cursor, and in neither."""


def _a_period(text: str) -> str:
    try:
        known = Period.parse(text).year in _YEARS
    except ValueError:
        known = False
    if not known:
        raise ValueError("须写作 2026-11、2026-Q4、2026-H2 或 2026")
    return text


_Period = Annotated[str, AfterValidator(_a_period)]


class FigureQuery(BaseModel):
    """What figures can be narrowed to."""

    model_config = ConfigDict(extra="forbid")

    kind: ObligationKind | None = None
    period_from: _Period | None = Field(None, description="从该期第一天起，可用任何一种期间")
    period_to: _Period | None = Field(None, description="到该期最后一天止")
    base: str | None = None
    city: City | None = None
    direction: Annotated[int, Field(ge=1, le=99)] | None = None
    level: Level | None = None
    key: str | None = Field(None, description="哪一项，如 invest_month")
    cursor: str = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


class FigureOut(BaseModel):
    """One answer to one question: the newest version."""

    base: str
    base_name: str
    lead: str
    city: str
    level: str
    direction: str
    direction_no: int
    obligation: str
    kind: ObligationKind
    period: str
    state: str
    version: int
    key: str
    label: str | None = Field(description="现行报表中没有这一项时为空")
    unit: str
    number: Decimal | None = Field(description="数字项；金额以万元计")
    text: str | None = Field(description="文字项")

    @classmethod
    def of(cls, row: FigureRow) -> Self:
        """From a row."""
        question = FORMS[row.kind].by_key.get(row.key) if row.kind in FORMS else None
        known = row.model_dump(exclude={"base_id", "obligation_id", "direction"})
        return cls(
            **known,
            base=row.base_id,
            obligation=row.obligation_id,
            direction=DIRECTIONS_2021[row.direction - 1].name,
            direction_no=row.direction,
            label=question.label if question else None,
            unit=question.unit if question else "",
        )


@router.get("", summary="报送数据（跨基地、跨期间）")
async def find(actor: Caller, services: Services, wanted: Annotated[FigureQuery, Query()]) -> Page[FigureOut]:
    """Figures by obligation and key; a city office sees those of its own bases, an applicant its own."""
    reach = within_reach(actor, BaseFilter(city=wanted.city))
    if reach is None:
        return Page(items=[], next_cursor=None)
    narrowed = FigureFilter(
        **wanted.model_dump(exclude={"cursor", "limit", "city", "period_from", "period_to"}),
        city=reach.city,
        contact=reach.contact,
        period_from=Period.parse(wanted.period_from) if wanted.period_from else None,
        period_to=Period.parse(wanted.period_to) if wanted.period_to else None,
    )
    obligation, _, key = wanted.cursor.partition(_BETWEEN)
    async with services.database.transaction() as tx:
        rows = await Figures(tx).find(narrowed, (obligation, key), wanted.limit)
    more = f"{rows[-1].obligation_id}{_BETWEEN}{rows[-1].key}" if len(rows) == wanted.limit else None
    return Page(items=[FigureOut.of(row) for row in rows], next_cursor=more)
