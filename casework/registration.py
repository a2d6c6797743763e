"""Writing an application down and starting its workflow."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.base import BaseFacts, BaseState
from domain.calendar import SHANGHAI, BusinessTime, shown_end
from domain.decisions import Actor, contact_id_of
from domain.errors import NotAllowed, NotFound, Refused
from domain.ids import base_id as make_id
from domain.ids import round_id
from domain.lifecycle import Step
from domain.policy.access import check_may_manage
from domain.policy.authority import LEVELS
from domain.policy.directions import DIRECTIONS_2021
from domain.policy.rounds import SUBMISSION_DEADLINE
from domain.policy.source import call
from domain.terms import City, LeadKind, Level, Role
from persistence.applications import Applications
from persistence.bases import BaseRow, Bases, NewBase, Timeline
from persistence.database import Database
from persistence.people import People
from persistence.rounds import RoundRow, Rounds
from workflows.gateway import Gateway

DIRECTIONS = call("附件1")

Name = Annotated[str, Field(min_length=1, max_length=100)]
Money = Annotated[Decimal, Field(ge=0, le=Decimal("9999999999.99"), decimal_places=2)]


class NewApplication(BaseModel):
    """An application in a round. `code` is the office's own number: the same code again is the same base."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=60)]
    round: str
    direction: int
    name: Name
    lead: Name
    lead_kind: LeadKind
    level: Level
    city: City
    planned_total: Money | None = Field(None, description="计划总投资，万元")
    contact_id: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


async def register(
    database: Database, gateway: Gateway, clock: BusinessTime, new: NewApplication, by: Actor
) -> str:
    """The base's id. A code that is known changes nothing, but its workflow is started if that is missing.

    Raises Refused after the round's deadline or for a direction that the round does not have, NotAllowed if the known
    base or the contact are not this caller's to manage, NotFound.
    """
    async with database.transaction() as tx:
        state = await _written(tx, new, by, clock.now())
    if state.step is Step.PREPARING:
        await gateway.start_base(state)
    return state.facts.base_id


async def _written(tx: AsyncConnection, new: NewApplication, by: Actor, now: datetime) -> BaseState:
    """The state of the base that has this code, registered now if there was none."""
    bases = Bases(tx)
    call_of = await Rounds(tx).get(new.round)
    _check_called_for(call_of, new)
    # The number first: taking it waits until another request for the same base has ended.
    number = await bases.next_number(new.round, new.direction)
    known = await bases.id_of_code(new.code)
    if known:
        row = await bases.get(known, now)
        await _check_may_register(tx, by, row.city, known)
        return _state(known, row, await Rounds(tx).get(row.round), row.since, Step(row.step))
    await _check_may_register(tx, by, new.city)
    _check_open(call_of, now)
    state = _state(make_id(new.round, new.direction, number), new, call_of, now)
    base_id = state.facts.base_id
    facts = NewBase(code=new.code, name=new.name, lead=new.lead, planned_total=new.planned_total)
    await bases.add(facts, state)
    await Timeline(tx).append(base_id, "registered", now, "登记申报", by, {}, state)
    if state.in_round:
        await Applications(tx).create(base_id, by, now)
    contact_id = new.contact_id or (contact_id_of(by) if by.role is Role.LEAD else None)
    if contact_id is not None:
        await _attach(tx, contact_id, state, by)
    return state


async def _check_may_register(tx: AsyncConnection, by: Actor, city: str, known: str | None = None) -> None:
    """The office, a city office for its own, and an applicant for itself."""
    if by.role is not Role.LEAD:
        check_may_manage(by, city)
    elif known is not None and not await People(tx).answers_for(contact_id_of(by), known):
        raise NotAllowed("access.not_yours", LEVELS)


def _check_called_for(call_of: RoundRow, new: NewApplication) -> None:
    terms = call_of.terms
    known = terms.open_directions if terms else tuple(d.no for d in DIRECTIONS_2021)
    if new.direction not in known:
        listed = "、".join(map(str, known))
        raise Refused("round.no_direction", DIRECTIONS, direction=new.direction, known=listed)
    if terms and new.level not in terms.levels:
        raise Refused("round.no_level", LEVELS, level=new.level, levels="、".join(terms.levels))


def _check_open(call_of: RoundRow, now: datetime) -> None:
    if call_of.deadline is None:  # the collection of bases that existed already is no call
        raise NotFound("round.not_found", id=call_of.slug)
    if now >= call_of.deadline:
        raise Refused("round.closed", SUBMISSION_DEADLINE, last=shown_end(call_of.deadline))


def _state(
    base_id: str,
    known: NewApplication | BaseRow,
    call_of: RoundRow,
    since: datetime,
    step: Step = Step.PREPARING,
) -> BaseState:
    facts = BaseFacts(
        base_id=base_id,
        round=call_of.slug,
        direction=known.direction,
        direction_name=DIRECTIONS_2021[known.direction - 1].short,
        level=Level(known.level),
        city=City(known.city),
        lead_kind=LeadKind(known.lead_kind),
        deadline=call_of.deadline.astimezone(SHANGHAI) if call_of.deadline else None,
        called_on=call_of.announced_on,
        round_workflow=round_id(call_of.slug) if call_of.terms else None,
    )
    return BaseState(facts=facts, step=step, since=since)


async def _attach(tx: AsyncConnection, contact_id: int, state: BaseState, by: Actor) -> None:
    await People(tx).check_here(contact_id)
    if by.role is Role.LEAD:
        if contact_id != contact_id_of(by):
            raise NotAllowed("access.not_yours", LEVELS)
    else:
        for row in await Bases(tx).of_contact(contact_id, state.since):
            check_may_manage(by, row.city)
    await People(tx).attach(contact_id, state.facts.base_id)
