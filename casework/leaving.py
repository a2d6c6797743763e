"""People who leave a base, or change their role there. A base is never left without anybody silently."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.calendar import BusinessTime
from domain.decisions import Actor, Reason
from domain.errors import NotAllowed, NotFound, Refused
from domain.office_tasks import NewTask, OfficeTaskKind
from domain.policy.access import check_may_manage
from domain.policy.authority import LEVELS
from domain.policy.people import LEAVING, Lack, Person, inherited, lacks
from domain.terms import ContactRole, Role
from persistence.bases import Bases, Timeline
from persistence.colleagues import Colleague, Colleagues
from persistence.database import Database
from persistence.handovers import Handovers
from persistence.leaving import Leaving
from persistence.office_tasks import OfficeTasks
from persistence.people import People

LEFT = "联系人离任"
CHANGED = "联系人变更"
"""On the timeline."""

TASKS = {Lack.REACHED: OfficeTaskKind.NO_CONTACT, Lack.CONTACT: OfficeTaskKind.VACANT}

ContactNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]


class Departure(BaseModel):
    """Why somebody leaves, and who takes over; without anybody only if that is said."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason
    successor: ContactNumber | None = Field(None, description="接任人的编号，接过全部基地和已转交的事项")
    without: bool = Field(False, description="明知基地将没有联系人也要解除，由办公室另行安排")


class Left(NamedTuple):
    """A base after somebody has left it, or was given another role."""

    base_id: str
    people: list[Colleague]
    lacks: frozenset[Lack]


async def leave(
    database: Database, clock: BusinessTime, contact_id: int, departure: Departure, by: Actor
) -> list[Left]:
    """Unbind a contact: chats, invites and tokens; what it has answered stays. Again it changes nothing.

    Raises NotFound, NotAllowed, and Refused if a base would be without anybody.
    """
    async with database.transaction() as tx:
        roles = await _held(tx, contact_id)
        known = await Colleagues(tx).contact(contact_id)
        if known is None:
            raise NotFound("contact.not_found", id=contact_id)
        await check_may_bind(tx, by, contact_id)
        now = clock.now()
        if known.left_at is not None:
            gone = await Timeline(tx).bases_with(_key(contact_id))
            await check_manages(tx, by, gone, now)
            return [await _left(tx, base) for base in gone]
        await check_manages(tx, by, roles, now)
        before = {base: lacks(persons(await Colleagues(tx).of_base(base))) for base in roles}
        await _take_over(tx, by, contact_id, departure.successor, roles, now)
        await Colleagues(tx).remove(contact_id)
        await Leaving(tx).unbind(contact_id, now)
        await Handovers(tx).pass_on(contact_id, departure.successor)
        left = [await _left(tx, base) for base in roles]
        if not (departure.without or departure.successor):
            _check_not_without(left, before)
        for one in left:
            await _on_record(tx, one, contact_id, departure, by, now)
        return left


async def give_role(
    database: Database,
    clock: BusinessTime,
    contact_id: int,
    base_id: str,
    role: ContactRole,
    by: Actor,
    *,
    without: bool = False,
) -> Left:
    """Let a contact answer for a base in this role. Raises as `leave`."""
    async with database.transaction() as tx:
        now, colleagues = clock.now(), Colleagues(tx)
        row = await Bases(tx).get(base_id, now)
        check_may_manage(by, row.city)
        await Bases(tx).hold(base_id)
        roles = await colleagues.roles_of(contact_id)
        await check_manages(tx, by, roles, now)
        await People(tx).check_here(contact_id)
        before = lacks(persons(await colleagues.of_base(base_id)))
        await colleagues.put(contact_id, base_id, role)
        left = await _left(tx, base_id)
        if not without:
            _check_not_without([left], {base_id: before})
        if roles.get(base_id) is not role:
            detail = {"contact": f"contact:{contact_id}", "role": role}
            key = f"role-{contact_id}-{now.timestamp():.3f}"
            await Timeline(tx).append(base_id, key, now, CHANGED, by, detail)
        await _tasks(tx, left, now)
        await OfficeTasks(tx).settle(now, contact_id)
        return left


async def check_manages(tx: AsyncConnection, by: Actor, of_bases: Collection[str], now: datetime) -> None:
    """The office may manage every contact; a city office those of its own bases. Raises NotAllowed."""
    for base_id in of_bases:
        check_may_manage(by, (await Bases(tx).get(base_id, now)).city)
    if not of_bases and by.role is not Role.OFFICE:
        raise NotAllowed("access.not_yours", LEVELS)


async def check_may_bind(tx: AsyncConnection, by: Actor, contact_id: int) -> None:
    """Whoever gives out or takes away the chat of somebody of an office is that somebody: the office alone may.

    Raises NotAllowed.
    """
    if by.role is not Role.OFFICE and await People(tx).is_official(contact_id):
        raise NotAllowed("access.not_yours", LEVELS)


def persons(people: list[Colleague]) -> list[Person]:
    """What the rule looks at."""
    return [Person(one.role, one.bound) for one in people]


async def _held(tx: AsyncConnection, contact_id: int) -> dict[str, ContactRole]:
    """The contact's bases, where nobody else comes or goes until the transaction ends."""
    for base_id in await Colleagues(tx).roles_of(contact_id):
        await Bases(tx).hold(base_id)
    return await Colleagues(tx).roles_of(contact_id)


async def _take_over(
    tx: AsyncConnection,
    by: Actor,
    contact_id: int,
    successor: int | None,
    roles: Mapping[str, ContactRole],
    now: datetime,
) -> None:
    """The successor answers for all that was the leaver's."""
    if successor is None:
        return
    if successor == contact_id:
        raise Refused("leaving.own_successor", LEAVING)
    await People(tx).check_here(successor)
    own = await Colleagues(tx).roles_of(successor)
    if roles:
        await check_manages(tx, by, own, now)
    for base_id, role in roles.items():
        await Colleagues(tx).put(successor, base_id, inherited(own.get(base_id), role))


async def _left(tx: AsyncConnection, base_id: str) -> Left:
    people = await Colleagues(tx).of_base(base_id)
    return Left(base_id, people, lacks(persons(people)))


def _key(contact_id: int) -> str:
    """Of the timeline's entry."""
    return f"left-{contact_id}"


def _check_not_without(left: list[Left], before: Mapping[str, frozenset[Lack]]) -> None:
    """What a base lacked before is no reason to refuse."""
    worse = {one.base_id: one.lacks - before[one.base_id] for one in left}
    bases = [base_id for base_id, lack in worse.items() if lack]
    if bases:
        missing = "、".join(sorted(set().union(*worse.values())))
        raise Refused("leaving.nobody_left", LEAVING, bases="、".join(bases), lacks=missing)


async def _on_record(
    tx: AsyncConnection, left: Left, contact_id: int, departure: Departure, by: Actor, now: datetime
) -> None:
    """On the timeline by numbers, without names; what the base lacks now is a task of the office."""
    detail: dict[str, object] = {"contact": f"contact:{contact_id}", "reason": departure.reason}
    if departure.successor:
        detail["successor"] = f"contact:{departure.successor}"
    await Timeline(tx).append(left.base_id, _key(contact_id), now, LEFT, by, detail)
    await _tasks(tx, left, now)


async def _tasks(tx: AsyncConnection, left: Left, now: datetime) -> None:
    for lack in sorted(left.lacks):
        stands_in = next((one.id for one in left.people if one.bound), None)
        task = NewTask(kind=TASKS[lack], subject=left.base_id, base_id=left.base_id, contact_id=stands_in)
        await OfficeTasks(tx).open_(task, now)
