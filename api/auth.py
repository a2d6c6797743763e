"""Bearer tokens: who asks, and whose bases they may see."""

import hmac
from typing import Annotated, TypeVar

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.services import ApiServices
from domain.decisions import Actor
from domain.errors import NotAllowed
from domain.policy.authority import LEVELS
from domain.terms import Role
from persistence.bases import BaseFilter
from persistence.obligations import ObligationFilter
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


def may_see(actor: Actor, city: str) -> bool:
    """A city office sees its own bases, everybody else with a token sees all."""
    return actor.role is not Role.CITY or actor.city == city


W = TypeVar("W", BaseFilter, ObligationFilter)


def within_reach(actor: Actor, wanted: W) -> W | None:
    """The filter narrowed to what the caller may see; None if that is nothing of what was asked for."""
    if actor.role is not Role.CITY:
        return wanted
    if wanted.city not in (None, actor.city):
        return None
    return wanted.model_copy(update={"city": actor.city})


def check_may_manage(actor: Actor, city: str) -> None:
    """Registering bases and contacts: the office, and a city office for its own. Raises NotAllowed."""
    if actor.role is Role.OFFICE or (actor.role is Role.CITY and actor.city == city):
        return
    raise NotAllowed("access.not_yours", LEVELS)
