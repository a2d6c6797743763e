"""One obligation as pure state: where it stands, who may decide what about it, and what a decision changes."""

from datetime import datetime
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.base import CONTACT_WAITED_FOR, NOBODY, city_office
from domain.calendar import business_day, last_day_before
from domain.decisions import Actor
from domain.errors import NotAllowed, Refused, Stale
from domain.obligation_decisions import (
    ExtendReport,
    ObligationDecision,
    ObligationRequest,
    ReturnReport,
)
from domain.obligation_decisions import ObligationDecisionKind as D
from domain.policy.authority import LEVELS
from domain.policy.credit_account import CreditReason
from domain.policy.members import LEADING_UNIT
from domain.policy.obligations import REGULAR_SUPERVISION, RETURNS, Schedule
from domain.policy.source import ours
from domain.terms import HANDED_IN, OWED, City, Level, ObligationKind, Role
from domain.terms import ObligationState as S

EXTENSION = ours("准予延期")
REOPENING = ours("申请更正")
LONGEST_EXTENSION_DAYS = 366

RETURNED_TOO_OFTEN = 2
"""At the second return points are lost (see `credit_account.POINTS`), and the base's head is told."""


class ObligationFacts(BaseModel):
    """Whose obligation it is, as far as that decides who may review it."""

    model_config = ConfigDict(frozen=True)

    level: Level = Level.PROVINCE
    city: City | None = None


class ObligationLife(BaseModel):
    """Where one obligation stands."""

    model_config = ConfigDict(frozen=True)

    schedule: Schedule
    state: S = S.OPEN
    seq: int = 0  # of the last decision on record
    version: int = 0  # of what was handed in last
    on_time: bool | None = None  # by the first version
    handed_in: datetime | None = None  # the newest version
    review_until: datetime | None = None  # exclusive
    returns: int = 0
    returned: dict[str, str] = {}  # items to be answered again, with the reason
    suspended: bool = False  # the base stands still
    objected: bool = False  # an objection is open
    stopped: datetime | None = None  # since when the clock stands still

    @property
    def owed(self) -> bool:
        """Whether somebody at the base has something to hand in."""
        return self.state in OWED

    @property
    def paused(self) -> bool:
        """Whether the clock stands still."""
        return self.suspended or self.objected

    @property
    def over(self) -> bool:
        """Whether nothing more happens by itself."""
        reviewed = self.state is S.SUBMITTED and self.schedule.review_days is None
        return reviewed or self.state in (S.ACCEPTED, S.MISSING, S.WAIVED)


def waits_for(life: ObligationLife, facts: ObligationFacts) -> str:
    """Whom the obligation waits for, in the documents' words."""
    if life.over:
        return NOBODY
    if life.owed and not life.objected:
        return CONTACT_WAITED_FOR
    return LEADING_UNIT if facts.level is Level.PROVINCE or facts.city is None else city_office(facts.city)


TRANSITIONS = MappingProxyType(
    {
        (S.SUBMITTED, D.ACCEPT): S.ACCEPTED,
        (S.SUBMITTED, D.REVIEW_OVER): S.ACCEPTED,
        (S.SUBMITTED, D.RETURN): S.RETURNED,
        (S.ACCEPTED, D.ASK_REOPEN): S.REOPENING,
        (S.REOPENING, D.REOPEN): S.RETURNED,
        (S.REOPENING, D.REFUSE_REOPEN): S.ACCEPTED,
        **{(state, D.WAIVE): S.WAIVED for state in OWED},
        **{
            (state, kind): state
            for state in OWED
            for kind in (D.EXTEND, D.OBJECT, D.PAUSE, D.RESUME, D.RECOMPUTE, D.RESOLVE)
        },
    }
)
"""(state, decision) → next state. What is not here is refused. An upheld objection ends in 免报 instead."""

_REVIEWERS = frozenset({Role.OFFICE, Role.CITY})
_LEAD = frozenset({Role.LEAD})
_SYSTEM = frozenset({Role.SYSTEM})
AUTHORITY = MappingProxyType(
    dict.fromkeys((D.ACCEPT, D.RETURN, D.EXTEND, D.RESOLVE, D.WAIVE, D.REOPEN, D.REFUSE_REOPEN), _REVIEWERS)
    | dict.fromkeys((D.OBJECT, D.ASK_REOPEN), _LEAD)
    | dict.fromkeys((D.PAUSE, D.RESUME, D.RECOMPUTE, D.REVIEW_OVER), _SYSTEM)
)
"""The office reviews every report; a city office those of its own 市级 and 县级 bases, as it manages them (B12)."""


def possible(life: ObligationLife) -> tuple[D, ...]:
    """The decisions that somebody can take now."""
    found = [kind for state, kind in TRANSITIONS if state is life.state and AUTHORITY[kind] != _SYSTEM]
    wrong = {D.OBJECT} if life.objected else {D.RESOLVE}
    return tuple(kind for kind in found if kind not in wrong)


def check(life: ObligationLife, facts: ObligationFacts, request: ObligationRequest, now: datetime) -> None:
    """Refuse what is not possible now, not this actor's to decide, or against a rule. Raises DomainError."""
    decision = request.decision
    _check_authority(facts, request.by, decision.kind)
    if (life.state, decision.kind) not in TRANSITIONS or not _fits(life, decision.kind):
        raise Stale(
            "obligation.wrong_state",
            REGULAR_SUPERVISION,
            decision=decision.kind,
            state=life.state,
            possible="、".join(possible(life)) or NOBODY,
        )
    if isinstance(decision, ExtendReport):
        _check_extension(life, decision, now)


def _fits(life: ObligationLife, kind: D) -> bool:
    """An objection is resolved if there is one; only what runs stops, and only what stands goes on."""
    return {
        D.OBJECT: not life.objected,
        D.RESOLVE: life.objected,
        D.PAUSE: not life.suspended,
        D.RESUME: life.suspended,
    }.get(kind, True)


def _check_authority(facts: ObligationFacts, by: Actor, kind: D) -> None:
    if by.role not in AUTHORITY[kind]:
        raise NotAllowed("obligation.not_yours", REGULAR_SUPERVISION, decision=kind)
    if by.role is Role.CITY and (facts.level is Level.PROVINCE or by.city is not facts.city):
        raise NotAllowed("obligation.not_yours", LEVELS, decision=kind)


def check_items(decision: ReturnReport, known: dict[str, str]) -> None:
    """Refuse to return items that were not handed in. Raises Refused."""
    unknown = [key for key in decision.items if key not in known]
    if unknown:
        raise Refused(
            "obligation.unknown_item", RETURNS, items="、".join(unknown), known="、".join(known) or NOBODY
        )


def _check_extension(life: ObligationLife, decision: ExtendReport, now: datetime) -> None:
    last = last_day_before(life.schedule.due)
    if decision.due <= max(last, business_day(now)):
        raise Refused("obligation.not_later", EXTENSION, due=decision.due, last=last)
    if (decision.due - business_day(now)).days > LONGEST_EXTENSION_DAYS:
        raise Refused("obligation.too_far", EXTENSION, due=decision.due, days=LONGEST_EXTENSION_DAYS)


def clock_runs_again(life: ObligationLife, kind: D) -> bool:
    """Whether this decision lifts the only thing that keeps the clock standing."""
    return (kind is D.RESUME and not life.objected) or (kind is D.RESOLVE and not life.suspended)


def decided(
    life: ObligationLife, decision: ObligationDecision, now: datetime, schedule: Schedule | None = None
) -> ObligationLife:
    """The state after a decision that `check` let through; with new deadlines where the decision brings them."""
    changes: dict[str, Any] = {
        "state": TRANSITIONS[life.state, decision.kind],
        "seq": life.seq + 1,
        **_changes(life, decision, now),
    }
    if schedule:
        changes["schedule"] = schedule
    return life.model_copy(update=changes)


def _changes(life: ObligationLife, decision: ObligationDecision, now: datetime) -> dict[str, Any]:
    match decision.kind:
        case D.RETURN:
            items = decision.items if isinstance(decision, ReturnReport) else {}
            return {"returned": items, "returns": life.returns + 1, "review_until": None}
        case D.REOPEN | D.ACCEPT | D.REVIEW_OVER:
            return {"returned": {}, "review_until": None}
        case D.PAUSE:
            return {"suspended": True, "stopped": life.stopped or now}
        case D.OBJECT:
            return {"objected": True, "stopped": life.stopped or now}
        case D.RESUME:
            return {"suspended": False, "stopped": life.stopped if life.objected else None}
        case D.RESOLVE:
            return _resolved(life, upheld=getattr(decision, "upheld", False))
    return {}


def _resolved(life: ObligationLife, *, upheld: bool) -> dict[str, Any]:
    """Upheld: what was handed in stands, or nothing is owed if that was nothing."""
    changes: dict[str, Any] = {"objected": False, "stopped": life.stopped if life.suspended else None}
    if upheld:
        changes |= {"state": S.ACCEPTED if life.version else S.WAIVED, "returned": {}}
    return changes


def handed_in(life: ObligationLife, now: datetime) -> ObligationLife:
    """A version is in. Whether it was on time is told by the first one, against the deadline that held then."""
    first = life.on_time if life.version else now < life.schedule.due
    return life.model_copy(
        update={
            "state": S.SUBMITTED,
            "version": life.version + 1,
            "on_time": first,
            "handed_in": now,
            "returned": {},
        }
    )


def outcome(kind: ObligationKind, state: S, *, on_time: bool | None) -> CreditReason | None:
    """What the end of an obligation means for the credit account of its lead (A9)."""
    if kind is ObligationKind.RECTIFICATION and state in HANDED_IN | {S.MISSING}:
        return None if on_time else CreditReason.RECTIFICATION_OVERDUE
    if state is S.MISSING:
        return CreditReason.MISSING
    if state in HANDED_IN:
        return CreditReason.ON_TIME if on_time else CreditReason.LATE
    return None
