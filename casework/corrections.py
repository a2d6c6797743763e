"""Decisions about a report from outside, whichever way they come. What was accepted is corrected by a workflow anew."""

from casework.plans import life_of
from casework.submission import Casework
from domain.errors import NotFound
from domain.obligation import ObligationFacts, check
from domain.obligation_decisions import AskReopen, ObligationRequest
from domain.terms import City, Level
from persistence.bases import BaseRow, Bases
from persistence.obligations import Obligations
from workflows.messages import ObligationInput, Reopening


async def decide(work: Casework, obligation_id: str, request: ObligationRequest, update_id: str) -> None:
    """Take a decision, or let the base ask for one. The same `update_id` does it once. Raises DomainError.

    Whose obligation it is has to be asked before. The workflow of what was accepted has ended, and Temporal may have
    forgotten it: it begins anew from the records.
    """
    async with work.database.transaction() as tx:
        rows = Obligations(tx)
        row = await rows.get(obligation_id)
        life = life_of(row, await rows.decisions(obligation_id))
        taken = await rows.was_decided(obligation_id, update_id)
        values, authors = await rows.values(obligation_id), await rows.authors(obligation_id)
        base = await Bases(tx).get(row.base_id, work.clock.now())
    if isinstance(request.decision, AskReopen):
        if taken:
            return
        if life.over:
            again = Reopening(
                request=request, life=life, values=values, handled=update_id, answered_by=authors
            )
            await work.gateway.reopen(_anew(work, base, obligation_id, again))
    try:
        await work.gateway.decide_report(obligation_id, request, update_id)
    except NotFound:  # the records still tell why nothing can be decided
        check(life, facts_of(base), request, work.clock.now())
        raise


def _anew(work: Casework, base: BaseRow, obligation_id: str, again: Reopening) -> ObligationInput:
    """What the workflow begins with. Refused before it would begin in vain. Raises DomainError."""
    check(again.life, facts_of(base), again.request, work.clock.now())
    if base.pilot_start is None:  # nobody owes anything before its pilot has begun
        raise NotFound("obligation.not_found", id=obligation_id)
    return ObligationInput(
        obligation_id=obligation_id,
        base_id=base.id,
        schedule=again.life.schedule,
        clock=work.clock.current,
        pilot_start=base.pilot_start,
        facts=facts_of(base),
        reopening=again,
    )


def facts_of(base: BaseRow) -> ObligationFacts:
    """Whose obligations a base's are, as far as that decides who reviews them."""
    return ObligationFacts(level=Level(base.level), city=City(base.city))
