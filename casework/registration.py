"""Writing an application down and starting its workflow."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth import check_may_manage
from api.schemas import NewApplication
from domain.base import BaseFacts, BaseState
from domain.calendar import SHANGHAI, BusinessTime, last_day_before
from domain.decisions import Actor
from domain.errors import NotFound, Refused
from domain.ids import base_id as make_id
from domain.lifecycle import Step
from domain.policy.directions import DIRECTIONS_2021
from domain.policy.rounds import SUBMISSION_DEADLINE
from domain.policy.source import call
from domain.terms import City, LeadKind, Level
from persistence.bases import BaseRow, Bases, NewBase, RoundRow, Rounds, Timeline
from persistence.database import Database
from persistence.people import People
from workflows.gateway import Gateway

DIRECTIONS = call("附件1")


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
    if not 1 <= new.direction <= len(DIRECTIONS_2021):
        raise Refused("round.no_direction", DIRECTIONS, direction=new.direction, total=len(DIRECTIONS_2021))
    # The number first: taking it waits until another request for the same base has ended.
    number = await bases.next_number(new.round, new.direction)
    known = await bases.id_of_code(new.code)
    if known:
        row = await bases.get(known, now)
        check_may_manage(by, row.city)
        return _state(known, row, await Rounds(tx).get(row.round), row.since, Step(row.step))
    _check_open(call_of, now)
    state = _state(make_id(new.round, new.direction, number), new, call_of, now)
    base_id = state.facts.base_id
    facts = NewBase(code=new.code, name=new.name, lead=new.lead, planned_total=new.planned_total)
    await bases.add(facts, state)
    await Timeline(tx).append(base_id, "registered", now, "登记申报", by, {}, state)
    if new.contact_id is not None:
        await _attach(tx, new.contact_id, state, by)
    return state


def _check_open(call_of: RoundRow, now: datetime) -> None:
    if call_of.deadline is None:  # the collection of bases that existed already is no call
        raise NotFound("round.not_found", id=call_of.slug)
    if now >= call_of.deadline:
        raise Refused("round.closed", SUBMISSION_DEADLINE, last=last_day_before(call_of.deadline))


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
    )
    return BaseState(facts=facts, step=step, since=since)


async def _attach(tx: AsyncConnection, contact_id: int, state: BaseState, by: Actor) -> None:
    if not await People(tx).exists(contact_id):
        raise NotFound("contact.not_found", id=contact_id)
    for row in await Bases(tx).of_contact(contact_id, state.since):
        check_may_manage(by, row.city)
    await People(tx).attach(contact_id, state.facts.base_id)
