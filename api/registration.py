"""Writing an application down and starting its workflow."""

from datetime import datetime

from api.schemas import NewApplication
from domain.base import BaseFacts, BaseState
from domain.calendar import BusinessTime, last_day_before
from domain.decisions import Actor
from domain.errors import NotFound, Refused
from domain.ids import base_id as make_id
from domain.lifecycle import Step
from domain.policy.directions import DIRECTIONS_2021
from domain.policy.rounds import SUBMISSION_DEADLINE
from domain.policy.source import call
from persistence.bases import Bases, NewBase, RoundRow, Rounds, Timeline
from persistence.database import Database
from persistence.people import People
from workflows.gateway import Gateway

DIRECTIONS = call("附件1")


async def register(
    database: Database, gateway: Gateway, clock: BusinessTime, new: NewApplication, by: Actor
) -> str:
    """The base's id. A code that is known changes nothing, but its workflow is started if that is missing.

    Raises Refused after the round's deadline or for a direction that the round does not have, NotFound.
    """
    now = clock.now()
    async with database.transaction() as tx:
        call_of = await Rounds(tx).get(new.round)
        known = await Bases(tx).id_of_code(new.code)
        if known is None:
            _check(call_of, new, now)
        number = await Bases(tx).next_number(new.round, new.direction) if known is None else 0
        base_id = known or make_id(new.round, new.direction, number)
        state = _first_state(base_id, new, call_of, now)
        if known is None:
            await _write(Bases(tx), Timeline(tx), People(tx), new, state, by)
    await gateway.start_base(state)
    return base_id


def _check(call_of: RoundRow, new: NewApplication, now: datetime) -> None:
    if not 1 <= new.direction <= len(DIRECTIONS_2021):
        raise Refused("round.no_direction", DIRECTIONS, direction=new.direction, total=len(DIRECTIONS_2021))
    if call_of.deadline and now >= call_of.deadline:
        raise Refused("round.closed", SUBMISSION_DEADLINE, last=last_day_before(call_of.deadline))


def _first_state(base_id: str, new: NewApplication, call_of: RoundRow, now: datetime) -> BaseState:
    facts = BaseFacts(
        base_id=base_id,
        round=new.round,
        direction=new.direction,
        direction_name=DIRECTIONS_2021[new.direction - 1].short,
        level=new.level,
        city=new.city,
        lead_kind=new.lead_kind,
        deadline=call_of.deadline,
    )
    return BaseState(facts=facts, step=Step.PREPARING, since=now)


async def _write(
    bases: Bases, timeline: Timeline, people: People, new: NewApplication, state: BaseState, by: Actor
) -> None:
    base_id = state.facts.base_id
    await bases.add(
        NewBase(code=new.code, name=new.name, lead=new.lead, planned_total=new.planned_total), state
    )
    await timeline.append(base_id, "registered", state.since, "登记申报", by, {}, state)
    if new.contact_id is not None:
        if not await people.exists(new.contact_id):
            raise NotFound("contact.not_found", id=new.contact_id)
        await people.attach(new.contact_id, base_id)
