"""Routes of contacts and their invite codes."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter

from api.auth import Caller, Services
from api.schemas import ContactId, ContactOut, InviteOut, NewContact
from domain.decisions import Actor
from domain.errors import NotAllowed
from domain.policy.access import check_may_manage
from domain.policy.authority import LEVELS
from domain.terms import Role
from persistence.bases import BaseRow, Bases
from persistence.people import People

router = APIRouter(prefix="/api", tags=["联系人"])

INVITE_VALID = timedelta(days=7)


@router.post("/contacts", status_code=201, summary="登记联系人")
async def add(new: NewContact, actor: Caller, services: Services) -> ContactOut:
    """Write a contact down and let it answer for bases."""
    now = services.clock.now()
    async with services.database.transaction() as tx:
        answered = new.answered()
        rows = [await Bases(tx).get(one.base, now) for one in answered]
        _check(actor, rows)
        if new.department and actor.role is not Role.OFFICE:
            raise NotAllowed("access.not_yours", LEVELS)
        contact = await People(tx).add(new.name, new.phone, new.department)
        for one in answered:
            await People(tx).attach(contact, one.base, one.role)
    return ContactOut(id=contact)


@router.post("/contacts/{contact_id}/invite", status_code=201, summary="生成一次性邀请码")
async def invite(contact_id: ContactId, actor: Caller, services: Services) -> InviteOut:
    """A code that binds one chat to the contact; shown once, valid for seven days."""
    now = datetime.now(UTC)
    async with services.database.transaction() as tx:
        _check(actor, await Bases(tx).of_contact(contact_id, services.clock.now()))
        code = await People(tx).invite(contact_id, now + INVITE_VALID)
    return InviteOut(code=code, expires_at=now + INVITE_VALID)


def _check(actor: Actor, rows: list[BaseRow]) -> None:
    """The office may manage every contact; a city office those of its own bases."""
    for row in rows:
        check_may_manage(actor, row.city)
    if not rows and actor.role is not Role.OFFICE:
        raise NotAllowed("access.not_yours", LEVELS)
