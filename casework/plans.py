"""Where an obligation stands by the records: its plan, also of one from before plans were put on record; its life."""

from collections.abc import Sequence

from domain.calendar import Period
from domain.obligation import ObligationLife
from domain.obligation_decisions import ObligationDecisionKind as D
from domain.policy.obligations import CADENCES, Schedule
from domain.policy.source import on
from domain.terms import ObligationState
from persistence.obligations import DecisionRow, ObligationRow


def plan_of(row: ObligationRow) -> Schedule:
    """Its deadlines. Before there was a plan on record there were only months, and nothing moved a deadline."""
    if row.schedule:
        return row.schedule
    day = Period.parse(row.period).last_day
    written = row.model_dump(include={"kind", "period", "opens", "due", "locks", "tentative"})
    return Schedule(clause=on(CADENCES[row.kind], day).clause, nudges=(), ruled_on=day, **written)


def life_of(row: ObligationRow, decisions: Sequence[DecisionRow]) -> ObligationLife:
    """Its state as far as the records tell: not whether its clock stands still because its base does."""
    return ObligationLife(
        schedule=plan_of(row),
        state=row.state,
        seq=decisions[-1].seq if decisions else 0,
        version=row.version,
        on_time=row.on_time,
        handed_in=row.ended_at,
        review_until=row.review_until,
        returns=row.returns,
        returned=_returned(row, decisions),
        objected=_last_of(decisions, D.OBJECT, D.RESOLVE) is D.OBJECT,
    )


def _last_of(decisions: Sequence[DecisionRow], *kinds: D) -> D | None:
    return next((D(one.kind) for one in reversed(decisions) if one.kind in kinds), None)


def _returned(row: ObligationRow, decisions: Sequence[DecisionRow]) -> dict[str, str]:
    """The items to be answered again, with the reason; none if it was opened for a correction."""
    if row.state is not ObligationState.RETURNED:
        return {}
    last = next((one for one in reversed(decisions) if one.kind in (D.RETURN, D.REOPEN)), None)
    return dict(last.detail.get("items", {})) if last else {}
