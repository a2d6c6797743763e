"""一主多分 (A1): one 主基地 for each direction; its 分基地 name it, and nobody else."""

from collections.abc import Sequence

from domain.application import Application, HubFact, HubRole
from domain.errors import Refusal, Refused
from domain.policy.source import measures

HUBS = measures("一")


def hub_problem(
    base_id: str, direction: int, application: Application, others: Sequence[HubFact]
) -> Refusal | None:
    """What is wrong with the part that an application wants in 一主多分; None if nothing is."""
    if application.hub_role is HubRole.HUB:
        return _second_hub(base_id, direction, others)
    followers = [o.base_id for o in others if o.hub_role is HubRole.BRANCH and o.hub == base_id]
    if followers:
        return _refusal("eligibility.hub_has_branches", branches="、".join(followers))
    if application.hub_role is HubRole.BRANCH:
        return _bad_hub(base_id, direction, application.hub, others)
    return None


def _second_hub(base_id: str, direction: int, others: Sequence[HubFact]) -> Refusal | None:
    for other in others:
        if other.hub_role is HubRole.HUB and other.direction == direction and other.base_id != base_id:
            return _refusal("eligibility.hub_taken", hub=other.base_id)
    return None


def _bad_hub(base_id: str, direction: int, hub: str, others: Sequence[HubFact]) -> Refusal | None:
    if hub == base_id:
        return _refusal("eligibility.hub_itself", hub=hub)
    named = next((other for other in others if other.base_id == hub), None)
    if named is None:
        return _refusal("eligibility.hub_unknown", hub=hub)
    if named.hub_role is not HubRole.HUB:
        return _refusal("eligibility.hub_no_hub", hub=hub)
    if named.direction != direction:
        return _refusal("eligibility.hub_other_direction", hub=hub)
    return None


def _refusal(code: str, **params: object) -> Refusal:
    return Refused(code, HUBS, **params).refusal
