"""Routes of contacts: who answers for which base, their invite codes, and leaving."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth import Caller, Services, visible
from api.contact_schemas import ContactOut, InviteOut, LeftOut, NamedContactOut, NewContact, NewRole
from api.schemas import ContactId
from casework.leaving import Departure, check_manages, check_may_bind, give_role, leave
from domain.decisions import Actor
from domain.errors import NotAllowed
from domain.policy.access import check_may_manage
from domain.policy.authority import LEVELS
from domain.policy.people import DECIDING
from domain.terms import Role
from persistence.colleagues import Colleagues
from persistence.people import People

router = APIRouter(prefix="/api", tags=["联系人"])

INVITE_VALID = timedelta(days=7)


@router.post("/contacts", status_code=201, summary="登记联系人")
async def add(new: NewContact, actor: Caller, services: Services) -> ContactOut:
    """Write a contact down and let it answer for bases, or belong to a member unit or a city office."""
    now = services.clock.now()
    async with services.database.transaction() as tx:
        answered = new.answered()
        await check_manages(tx, actor, {one.base: one.role for one in answered}, now)
        _check_office(actor, new)
        place = (new.department, new.city)
        contact = await People(tx).add(new.name, new.phone, *place, may_decide=new.may_decide)
        for one in answered:
            await People(tx).attach(contact, one.base, one.role)
    return ContactOut(id=contact)


def _check_office(actor: Actor, new: NewContact) -> None:
    """Only the office says who belongs to a unit or a city office, and who decides for it in chat."""
    if actor.role is Role.OFFICE:
        return
    if new.may_decide:
        raise NotAllowed("access.not_yours", DECIDING)
    if new.department or new.city:
        raise NotAllowed("access.not_yours", LEVELS)


@router.get("/contacts", summary="基地的联系人")
async def of_base(base: Annotated[str, Query()], actor: Caller, services: Services) -> list[NamedContactOut]:
    """Names and telephones of a base's people, the contact first: for the office, and the city office of the base."""
    row = await visible(services, actor, base)
    check_may_manage(actor, row.city)
    async with services.database.transaction() as tx:
        return [NamedContactOut.of(one) for one in await Colleagues(tx).of_base(base)]


@router.post("/contacts/{contact_id}/invite", status_code=201, summary="生成一次性邀请码")
async def invite(contact_id: ContactId, actor: Caller, services: Services) -> InviteOut:
    """A code that binds one chat to the contact; shown once, valid for seven days."""
    now = datetime.now(UTC)
    async with services.database.transaction() as tx:
        await _check_manages(tx, actor, contact_id, services.clock.now())
        await check_may_bind(tx, actor, contact_id)
        code = await People(tx).invite(contact_id, now + INVITE_VALID)
    return InviteOut(code=code, expires_at=now + INVITE_VALID)


@router.post("/contacts/{contact_id}/leave", summary="联系人离任")
async def depart(
    contact_id: ContactId, departure: Departure, actor: Caller, services: Services
) -> list[LeftOut]:
    """Unbind a contact: chats, invite codes and tokens; what it has answered stays. Refused if a base would be without
    a contact, unless a successor is named or `without` says so. Again it changes nothing."""
    left = await leave(services.database, services.clock, contact_id, departure, actor)
    return [LeftOut.of(one) for one in left]


@router.put("/contacts/{contact_id}/bases/{base_id}", summary="联系人在基地的身份")
async def put_role(
    contact_id: ContactId, base_id: str, new: NewRole, actor: Caller, services: Services
) -> LeftOut:
    """Let a contact answer for a base as 联系人, 副联系人 or 负责人, whatever it was before."""
    place = (contact_id, base_id, new.role, actor)
    return LeftOut.of(await give_role(services.database, services.clock, *place, without=new.without))


async def _check_manages(tx: AsyncConnection, actor: Actor, contact_id: int, now: datetime) -> None:
    await check_manages(tx, actor, await Colleagues(tx).roles_of(contact_id), now)
