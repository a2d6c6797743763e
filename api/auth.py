"""Bearer tokens: who asks, and whose bases they may see."""

import hmac
from typing import Annotated, TypeVar

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.services import ApiServices
from domain.decisions import Actor, contact_id_of
from domain.errors import NotFound
from domain.terms import Role
from persistence.bases import BaseFilter, BaseRow, Bases
from persistence.obligations import ObligationFilter
from persistence.people import People
from persistence.tokens import Tokens

_BEARER = HTTPBearer(auto_error=False, description="由 jiebang token create 生成")


def services_of(request: Request) -> ApiServices:
    """What this application was made with."""
    found: ApiServices = request.app.state.services
    return found


Services = Annotated[ApiServices, Depends(services_of)]


async def caller(
    services: Services, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Actor:
    """Whom the token stands for; 401 without a valid one."""
    token = given.credentials if given else ""
    if services.admin_token and hmac.compare_digest(token.encode(), services.admin_token.encode()):
        return Actor(role=Role.OFFICE, id="admin")
    async with services.database.transaction() as tx:
        actor = await Tokens(tx).holder(token) if token else None
    if actor is None:
        raise HTTPException(401, "需要有效的令牌（Authorization: Bearer …）", {"WWW-Authenticate": "Bearer"})
    return actor


Caller = Annotated[Actor, Depends(caller)]


async def visible(services: ApiServices, actor: Actor, base_id: str) -> BaseRow:
    """A base that the caller may see: a city office and an applicant their own. Raises NotFound."""
    async with services.database.transaction() as tx:
        row = await Bases(tx).get(base_id, services.clock.now())
        own = actor.role is not Role.LEAD or await People(tx).answers_for(contact_id_of(actor), base_id)
    if not own or (actor.role is Role.CITY and actor.city != row.city):
        raise NotFound("base.not_found", id=base_id)
    return row


W = TypeVar("W", BaseFilter, ObligationFilter)


def within_reach(actor: Actor, wanted: W) -> W | None:
    """The filter narrowed to what the caller may see; None if that is nothing of what was asked for."""
    own: dict[str, object] = {}
    if actor.role is Role.CITY:
        own = {"city": actor.city}
    if actor.role is Role.LEAD:
        own = {"contact": contact_id_of(actor)}
    if any(getattr(wanted, name) not in (None, value) for name, value in own.items()):
        return None
    return wanted.model_copy(update=own)
