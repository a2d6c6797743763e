"""一主多分 (A1): one 主基地 for each direction; its 分基地 name it, and nobody else."""

from collections.abc import Sequence

from domain.application import Application, HubFact, HubRole
from domain.errors import Refusal, Refused
from domain.policy.source import measures

HUBS = measures("一")


def hub_problem(
    base_id: str, direction: int, application: Application, others: Sequence[HubFact]
) -> Refusal | None:
    """What is wrong with the part that an application wants in 一主多分; None if nothing is.

    Of several applicants for the one 主基地 of a direction none bars the others: the conference chooses (`rivals`).
    """
    if application.hub_role is HubRole.HUB:
        return _second_hub(base_id, direction, others)
    if application.hub_role is HubRole.BRANCH:
        return _bad_hub(base_id, direction, application.hub, others)
    return None


def rivals(
    base_id: str, direction: int, application: Application, others: Sequence[HubFact]
) -> tuple[str, ...]:
    """Others that were handed in as 主基地 of the same direction."""
    if application.hub_role is not HubRole.HUB:
        return ()
    return tuple(o.base_id for o in _hubs(base_id, direction, others) if not o.draft and not o.settled)


def _hubs(base_id: str, direction: int, others: Sequence[HubFact]) -> list[HubFact]:
    return [
        o for o in others if o.hub_role is HubRole.HUB and o.direction == direction and o.base_id != base_id
    ]


def _second_hub(base_id: str, direction: int, others: Sequence[HubFact]) -> Refusal | None:
    taken = [o.base_id for o in _hubs(base_id, direction, others) if o.settled]
    return _refusal("eligibility.hub_taken", hub=taken[0]) if taken else None


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
