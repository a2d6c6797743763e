"""Objections to a public notice: the form for everybody, and the list for those who look into them (B14)."""

import ipaddress
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Self

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from api import robots
from api.auth import Caller, Services
from api.pages.pages import html
from api.pages.route import PAGE, PageRoute, small_form
from api.problems import OUTAGES
from api.services import ApiServices
from api.uploading import check_address
from domain.calendar import SHANGHAI, business_day
from domain.errors import DomainError, NotAllowed, NotFound, Refused
from domain.lifecycle import Step
from domain.policy.notice import NOTICE
from domain.policy.objections import OBJECTION, ObjectionState, lengths, shortcomings
from domain.terms import Role
from persistence.bases import BaseRow, Bases
from persistence.objections import ObjectionRow, Objections
from persistence.people import digest
from persistence.rounds import Rounds

_LOG = logging.getLogger(__name__)

router = APIRouter(prefix="/api/rounds/{slug}", tags=["公示异议"])
pages = APIRouter(
    prefix="/public/notices/{slug}/objections",
    route_class=PageRoute,
    include_in_schema=False,
    dependencies=[Depends(check_address)],
)


class ObjectionOut(BaseModel):
    """One objection. Who filed it is for the office alone."""

    id: int
    base: str
    at: datetime
    state: ObjectionState
    reason: str
    resolution: str | None
    resolved_at: datetime | None
    name: str | None = Field(None, description="仅厅际联席会议办公室可见")
    contact: str | None = Field(None, description="仅厅际联席会议办公室可见")

    @classmethod
    def of(cls, row: ObjectionRow, *, with_person: bool) -> Self:
        """From a row."""
        times = {"at": row.at.astimezone(SHANGHAI)}
        if row.resolved_at:
            times["resolved_at"] = row.resolved_at.astimezone(SHANGHAI)
        person = set() if with_person else {"name", "contact"}
        return cls.model_validate(row.model_dump(exclude=person) | times | {"base": row.base_id})


@router.get("/objections", summary="公示异议")
async def find(
    slug: str, actor: Caller, services: Services, state: ObjectionState | None = None
) -> list[ObjectionOut]:
    """All objections of a round, oldest first; a city office sees those to its own bases, without the persons."""
    if actor.role not in (Role.OFFICE, Role.CITY):
        raise NotAllowed("objection.office_only", NOTICE)
    async with services.database.transaction() as tx:
        await Rounds(tx).get(slug)
        rows = await Objections(tx).of_round(slug, actor.city, state)
    return [ObjectionOut.of(row, with_person=actor.role is Role.OFFICE) for row in rows]


@pages.api_route("/{base_id}", methods=PAGE)
async def form(slug: str, base_id: str, services: Services) -> HTMLResponse:
    """The form, while the base stands in its public notice."""
    return await _form(await _base(services, slug, base_id), services, {}, [])


@pages.post("/{base_id}")
async def file(slug: str, base_id: str, services: Services, request: Request) -> HTMLResponse:
    """Take an objection in and give a receipt. What cannot be taken comes back with everything that was filled in."""
    given, now = await small_form(request), services.clock.now()
    base = await _base(services, slug, base_id)
    if wrong := _wrong(await services.shared_key(robots.KEY), base, given, now):
        return await _form(base, services, given, wrong)
    written = (given["name"], given["contact"], given["reason"])
    try:
        async with services.database.transaction() as tx:
            number, state = await Objections(tx).file(base.id, *written, _address(request), now)
    except Refused as e:  # it has left its public notice just now
        raise NotFound("base.not_found", id=base_id) from e
    if state is ObjectionState.OPEN:
        await _tell(services, base.id, number)
    merged = state is ObjectionState.MERGED
    return html("objection_received.html", 201, slug=slug, receipt=f"{slug}-{number:06d}", merged=merged)


async def _base(services: ApiServices, slug: str, base_id: str) -> BaseRow:
    """A base that the public notice of the round shows. Raises NotFound: of others nothing is said, not even the step."""
    now = services.clock.now()
    async with services.database.transaction() as tx:
        base = await Bases(tx).get(base_id, now)
        listed = await Rounds(tx).get(base.round)
    begun = listed.notice_first is not None and listed.notice_first <= business_day(now)
    if not (begun and base.round == slug and base.step == Step.NOTICE):
        raise NotFound("base.not_found", id=base_id)
    return base


async def _form(
    base: BaseRow, services: ApiServices, given: Mapping[str, str], wrong: list[Refused]
) -> HTMLResponse:
    return html(
        "objection.html",
        422 if wrong else 200,
        base=base,
        given=given,
        errors=[services.explain(each.refusal) for each in wrong],
        lengths=lengths(business_day(services.clock.now())),
        question=robots.ask(await services.shared_key(robots.KEY), base.id, datetime.now(UTC)),
    )


def _wrong(key: bytes, base: BaseRow, given: Mapping[str, str], now: datetime) -> list[Refused]:
    """Everything that stands in the way, what robots do first."""
    wrong = [Refused("objection.hidden_field", OBJECTION)] if given.get("website") else []
    try:
        robots.check(key, base.id, given.get("seal", ""), given.get("answer", ""), datetime.now(UTC))
    except Refused as e:
        wrong.append(e)
    name, contact, reason = (given.get(field, "") for field in ("name", "contact", "reason"))
    return wrong + shortcomings(name, contact, reason, business_day(now))


def _address(request: Request) -> str:
    """What is kept of where it came from: a digest. Whoever has one IPv6 address has all of its /64."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return digest(host)
    return digest(str(ipaddress.ip_network((address, 64 if address.version == 6 else 32), strict=False)))


async def _tell(services: ApiServices, base_id: str, number: int) -> None:
    """Stop the base's clock. The objection is on record already, so the receipt is given whatever comes of that."""
    if services.objected is None:
        return
    try:
        await services.objected(base_id, number)
    except OUTAGES as e:
        _LOG.warning("objection %s is on record, but its base could not be told: %r", number, e)
    except DomainError as e:
        _LOG.warning("objection %s is on record, but its base did not take it: %s", number, e.refusal.code)
