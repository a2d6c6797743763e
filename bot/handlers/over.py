"""What is over, from the records: Temporal forgets a workflow some time after its end."""

from datetime import datetime

from bot.services import Services
from casework.plans import plan_of
from domain.base import NOBODY, PROCEDURE
from domain.errors import DomainError, NotFound, Stale
from domain.lifecycle import DecisionKind, Step, possible
from domain.policy.obligations import check_open
from persistence.bases import BaseRow
from persistence.obligations import ObligationRow, Obligations


def check_not_over(row: ObligationRow, now: datetime) -> None:
    """Refuse what was handed in, or is locked. Raises Stale."""
    check_open(plan_of(row), row.state, now)


async def known_better(services: Services, obligation_id: str, error: DomainError) -> DomainError:
    """Why a form takes no answer, in the records' words if its workflow is gone."""
    if not isinstance(error, NotFound):
        return error
    async with services.database.transaction() as tx:
        row = await Obligations(tx).get(obligation_id)
    try:
        check_not_over(row, services.clock.now())
    except Stale as e:
        return e
    return error


def better_known(row: BaseRow, kind: DecisionKind, error: DomainError) -> DomainError:
    """Temporal forgets a workflow some time after its end; the records still tell why nothing can be decided."""
    known = possible(Step(row.step), in_round=row.in_round)
    if not isinstance(error, NotFound) or kind in known:
        return error
    return Stale(
        "decision.wrong_step",
        PROCEDURE,
        decision=kind,
        step=row.step,
        possible="、".join(known) or NOBODY,
    )
