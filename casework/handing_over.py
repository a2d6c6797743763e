"""转交: a form goes with all its answers from one person of a base to another, and can be taken back.

Nothing is moved: the answers are in the form, and whoever of the base answers, answers. What changes is who is asked.
"""

from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from casework.plans import plan_of
from casework.submission import Casework
from domain.calendar import last_day_before
from domain.errors import Refused
from domain.ids import handover_key
from domain.policy.obligations import check_open
from domain.policy.people import HANDING_OVER
from domain.terms import ContactRole
from domain.views import Notice, NoticeKind, View
from persistence.colleagues import Colleague, Colleagues
from persistence.handovers import HandoverRow, Handovers, NewHandover
from persistence.obligations import ObligationRow, Obligations

_STANDS_IN = (ContactRole.DEPUTY, ContactRole.CONTACT, ContactRole.HEAD)
"""To whom a form goes if nobody is named: to the only one of the first role that there is."""


class Handed(NamedTuple):
    """A handover, and how far the form was filled."""

    row: HandoverRow
    filled: int
    total: int


def default_of(others: list[Colleague]) -> Colleague | None:
    """To whom it goes if nobody is named; None if there is nobody, or several have as good a claim."""
    for role in _STANDS_IN:
        found = [one for one in others if one.role is role]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def meant(others: list[Colleague], said: str) -> list[Colleague]:
    """Those of a name or a role."""
    return [one for one in others if said in (one.name, str(one.role))]


async def hand_over(work: Casework, row: ObligationRow, giver: int, to: int, update_id: str) -> Handed:
    """Hand a form over to somebody of its base, or take it back if that is oneself. The same `update_id` does it once.

    Raises Stale for what is owed no more, Refused for whom it cannot be handed to.
    """
    view = await work.gateway.view(row.id)
    new = NewHandover(
        obligation_id=row.id,
        from_contact=giver,
        to_contact=to,
        filled=view.filled,
        at=work.clock.now(),
        update_id=update_id,
    )
    async with work.database.transaction() as tx:
        await Handovers(tx).hold(row.id)
        done = await Handovers(tx).of_update(update_id) or await _handed(tx, new)
    await _tell(work, row, done, view, taken_back=done.to_contact == giver)
    return Handed(done, done.filled, view.total)


async def _handed(tx: AsyncConnection, new: NewHandover) -> HandoverRow:
    now, handovers = await Obligations(tx).get(new.obligation_id), Handovers(tx)
    check_open(plan_of(now), now.state, new.at)
    if new.to_contact == new.from_contact:
        if now.assignee in (None, new.from_contact):
            raise Refused("handover.not_away", HANDING_OVER)
        return await handovers.hand(new.model_copy(update={"from_contact": now.assignee}))
    people = await Colleagues(tx).beside(now.base_id, new.from_contact)
    if new.to_contact not in (one.id for one in people):
        raise Refused("handover.not_here", HANDING_OVER)
    return await handovers.hand(new)


async def _tell(
    work: Casework, row: ObligationRow, done: HandoverRow, view: View, *, taken_back: bool
) -> None:
    """The other one hears of it, and from whom: by number, the name is put in where it is said."""
    key = handover_key(row.id, done.id)
    params = {
        "period": row.period,
        "kind": str(row.kind),
        "due": str(last_day_before(view.due)),
        "filled": str(done.filled),
        "total": str(view.total),
        "giver": str(done.to_contact if taken_back else done.from_contact),
    }
    notice = Notice(
        key=key,
        base_id=row.base_id,
        kind=NoticeKind.TAKEN_BACK if taken_back else NoticeKind.HANDED_OVER,
        obligation_id=row.id,
        contact=done.from_contact if taken_back else done.to_contact,
        params=params,
    )
    await work.gateway.tell(key, (notice,), f"转交：{row.kind}")
