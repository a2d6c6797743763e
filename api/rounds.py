"""Routes of rounds: call, look, decide."""

from collections.abc import Mapping, Set
from datetime import date, datetime
from typing import Annotated, Self

from fastapi import APIRouter, Body, Header
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.auth import Caller, Services
from api.bases import update_id_of
from api.services import ApiServices
from casework.calling import call_round
from domain.calendar import SHANGHAI, last_day_before
from domain.decisions import Actor
from domain.errors import NotAllowed
from domain.policy.authority import DIVISION_OF_WORK
from domain.policy.directions import DIRECTIONS_2021
from domain.policy.quotas import QUOTAS, Quotas
from domain.policy.rounds import CallOfRound
from domain.policy.rubric import Rubric
from domain.rounds.decisions import RoundDecision, RoundRequest
from domain.rounds.state import Phase
from domain.rounds.waiting import Waiting
from domain.terms import City, LeadKind, Level, Role
from persistence.listings import ListingRow, Listings
from persistence.rounds import DirectionRow, RoundEvent, Rounds
from workflows.messages import RoundView

router = APIRouter(prefix="/api/rounds", tags=["发榜"])


class NewRound(BaseModel):
    """A call. What is left out is as the documents, and our dated values, have it."""

    model_config = ConfigDict(extra="forbid")

    slug: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=20)]
    title: Annotated[str, Field(min_length=1, max_length=100)]
    briefing_on: date | None = None
    deadline: AwareDatetime = Field(description="申报截止（此刻起不再受理），如 2022-01-22T00:00:00+08:00")
    levels: tuple[Level, ...] = Field(tuple(Level), min_length=1)
    directions: tuple[int, ...] = Field(tuple(d.no for d in DIRECTIONS_2021), min_length=1)
    per_direction: Annotated[int, Field(ge=1)] = QUOTAS[0].value.per_direction
    total: Annotated[int, Field(ge=1, le=1000)] = QUOTAS[0].value.total
    notice_days: Annotated[int, Field(ge=1, le=60)] = 5
    rubrics: dict[LeadKind, Rubric] = {}
    layout: dict[City, tuple[int, ...]] = Field({}, description="县级基地的省级布局：各市的产业方向序号")

    def terms(self, today: date) -> CallOfRound:
        """What the round is run with."""
        return CallOfRound(
            slug=self.slug,
            title=self.title,
            announced_on=today,
            briefing_on=self.briefing_on,
            deadline=self.deadline.astimezone(SHANGHAI),
            levels=self.levels,
            open_directions=self.directions,
            quotas=Quotas(self.per_direction, self.total),
            notice_days=self.notice_days,
            rubrics=self.rubrics,
            layout=self.layout,
        )


class WaitingOut(BaseModel):
    """One party that a round waits for."""

    who: str
    what: str
    count: int = Field(description="涉及的申报数")
    since: datetime

    @classmethod
    def of(cls, waiting: Waiting) -> Self:
        """From what the round says."""
        return cls(**waiting.model_dump() | {"since": waiting.since.astimezone(SHANGHAI)})


class RoundOut(BaseModel):
    """A call, where it stands, and whom it waits for."""

    slug: str
    title: str
    announced_on: date | None
    briefing_on: date | None
    deadline: date | None = Field(description="最后一个申报日")
    deadline_clause: str | None
    directions: list[DirectionRow]
    terms: CallOfRound | None = Field(description="发榜时确定的条件；由人工逐个办理的轮次为空")
    phase: str | None
    since: datetime | None
    waiting_for: list[WaitingOut]
    possible_decisions: list[str]
    applications: Mapping[str, int] = Field(description="各环节的申报数")
    notice_first: date | None
    notice_last: date | None
    publication_no: str | None


@router.post("", status_code=201, summary="发榜")
async def call(new: NewRound, actor: Caller, services: Services) -> RoundOut:
    """Publish a call and start its workflow. The same call again changes nothing."""
    terms = new.terms(services.clock.now().astimezone(SHANGHAI).date())
    await call_round(services.database, services.gateway, services.clock, terms, actor)
    return await _out(services, new.slug)


@router.get("/{slug}", summary="发榜详情（实时）")
async def get(slug: str, actor: Caller, services: Services) -> RoundOut:
    """What was called for, where it stands, and whom it waits for since when."""
    return await _out(services, slug)


@router.get("/{slug}/timeline", summary="时间线")
async def timeline(slug: str, actor: Caller, services: Services) -> list[RoundEvent]:
    """Everything that happened to a round, oldest first; its decisions name applications of all cities."""
    _check_role(actor, {Role.OFFICE, Role.DEPARTMENT}, "查看时间线")
    async with services.database.transaction() as tx:
        await Rounds(tx).get(slug)
        events = await Rounds(tx).timeline(slug)
    return [event.model_copy(update={"at": event.at.astimezone(SHANGHAI)}) for event in events]


@router.get("/{slug}/list", summary="排名与名单")
async def listed(slug: str, actor: Caller, services: Services) -> list[ListingRow]:
    """Every application with score, rank and why, and whether it is proposed. A city office sees its own."""
    _check_role(actor, {Role.OFFICE, Role.DEPARTMENT, Role.CITY}, "查看名单")
    async with services.database.transaction() as tx:
        await Rounds(tx).get(slug)
        rows = await Listings(tx).of_round(slug)
    return [row for row in rows if actor.role is not Role.CITY or row.city == actor.city]


@router.post("/{slug}/decisions", summary="对整轮作出决定")
async def decide(
    slug: str,
    decision: Annotated[RoundDecision, Body()],
    actor: Caller,
    services: Services,
    idempotency_key: Annotated[str | None, Header(max_length=100)] = None,
) -> RoundOut:
    """Take a decision. With an Idempotency-Key the same request again changes nothing and gets the same answer."""
    request = RoundRequest(decision=decision, by=actor)
    view = await services.gateway.decide_round(slug, request, update_id_of(actor, idempotency_key))
    return await _out(services, slug, view)


def _check_role(actor: Actor, may: Set[Role], what: str) -> None:
    if actor.role not in may:
        raise NotAllowed("round.not_yours", DIVISION_OF_WORK, decision=what)


async def _out(services: ApiServices, slug: str, known: RoundView | None = None) -> RoundOut:
    async with services.database.transaction() as tx:
        row = await Rounds(tx).get(slug)
        directions = await Rounds(tx).directions(slug)
    live = known
    if live is None and row.terms and row.phase != Phase.OVER:
        live = (await services.gateway.round(slug)).view
    return RoundOut.model_validate(
        row.model_dump()
        | {"directions": directions, "terms": row.terms}
        | {"waiting_for": [], "possible_decisions": [], "applications": {}}
        | (_live(live) if live else {})
        | {"deadline": last_day_before(row.deadline) if row.deadline else None}
    )


def _live(live: RoundView) -> dict[str, object]:
    return live.model_dump(exclude={"possible"}) | {
        "since": live.since.astimezone(SHANGHAI),
        "waiting_for": [WaitingOut.of(w) for w in live.waiting_for],
        "possible_decisions": list(live.possible),
    }
