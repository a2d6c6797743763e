"""Who may register bases and contacts, and see what belongs to them."""

from domain.decisions import Actor
from domain.errors import NotAllowed
from domain.policy.authority import LEVELS
from domain.terms import Role


def check_may_manage(actor: Actor, city: str) -> None:
    """Registering bases and contacts: the office, and a city office for its own. Raises NotAllowed."""
    if actor.role is Role.OFFICE or (actor.role is Role.CITY and actor.city == city):
        return
    raise NotAllowed("access.not_yours", LEVELS)
