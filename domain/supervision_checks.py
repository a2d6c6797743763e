"""Whether something may be decided about the supervision of a quarter: by this actor, now, and against no rule."""

from datetime import date, datetime

from domain.calendar import Period, WorkingDays, business_day
from domain.decisions import Actor
from domain.errors import NotAllowed, Refused, Stale
from domain.policy.authority import DIVISION_OF_WORK, LEVELS
from domain.policy.supervision import DIFFERENTIATED, SUPERVISION, Approach, check_ordered, due_of
from domain.supervision import (
    SupervisionFacts,
    SupervisionState,
    SupervisionStep,
    possible_conclusion,
    supervised_items,
)
from domain.supervision_decisions import (
    Conclude,
    NewFinding,
    RecordFindings,
    SupervisionDecisionKind,
    SupervisionRequest,
)
from domain.terms import Level, Role

MOST_FINDINGS = 200
"""Of one quarter: each is carried by its workflow."""


def check(state: SupervisionState, request: SupervisionRequest, now: datetime, days: WorkingDays) -> None:
    """Refuse a decision that is not this actor's to take, comes too late, or is against a rule. Raises DomainError."""
    decision = request.decision
    check_authority(state.facts, request.by, decision.kind)
    if state.step is SupervisionStep.CONCLUDED:
        raise Stale(
            "supervision.concluded",
            SUPERVISION,
            period=state.facts.period,
            conclusion=state.conclusion,
        )
    match decision:
        case RecordFindings():
            _check_findings(state, decision, now, days)
        case Conclude():
            _check_conclusion(state, decision)


def check_authority(facts: SupervisionFacts, by: Actor, kind: SupervisionDecisionKind) -> None:
    """The office; a city for the 市级 and 县级 bases it cultivates; the 行业主管部门 guides, but does not conclude."""
    match by.role:
        case Role.OFFICE:
            return
        case Role.CITY if facts.level is not Level.PROVINCE and by.city is facts.city:
            return
        case Role.CITY:
            raise NotAllowed("supervision.other_city", LEVELS, decision=kind, supervisor=facts.supervisor)
        case Role.DEPARTMENT if kind is SupervisionDecisionKind.RECORD:
            if by.department is not None and by.department == facts.department:
                return
    raise NotAllowed("supervision.not_yours", DIVISION_OF_WORK, decision=kind)


def _check_findings(
    state: SupervisionState, decision: RecordFindings, now: datetime, days: WorkingDays
) -> None:
    if decision.visited:
        _check_visit(state, decision.visited, business_day(now))
    if len(state.findings) + len(decision.findings) > MOST_FINDINGS:
        raise Refused("supervision.too_many_findings", SUPERVISION, most=MOST_FINDINGS)
    for found in decision.findings:
        _check_finding(state.facts, found, business_day(now), days)


def _check_finding(facts: SupervisionFacts, found: NewFinding, today: date, days: WorkingDays) -> None:
    items = supervised_items()
    if found.item not in items:
        known = "、".join(f"{label}（{key}）" for key, label in items.items())
        raise Refused("supervision.unknown_item", SUPERVISION, item=found.item, known=known)
    check_ordered(found.severity, items[found.item], today, ordered=found.order is not None)
    if found.order:
        due_of(facts.grade, found.severity, today, days, found.order.due)


def _check_visit(state: SupervisionState, visited: date, today: date) -> None:
    first = Period.parse(state.facts.period).first_day
    if not first <= visited <= today:
        raise Refused("supervision.visit_date", SUPERVISION, visited=visited, first=first, today=today)
    if state.facts.approach is Approach.PAPER_ONLY:
        raise Refused("supervision.no_visit", DIFFERENTIATED, grade=state.facts.grade)


def _check_conclusion(state: SupervisionState, decision: Conclude) -> None:
    possible = possible_conclusion(state)
    if possible is None:
        orders = "、".join(order.number for order in state.pending)
        raise Refused("supervision.orders_open", SUPERVISION, orders=orders)
    if decision.conclusion is not possible:
        raise Refused(
            "supervision.other_conclusion", SUPERVISION, conclusion=decision.conclusion, possible=possible
        )
    if state.visit_missing:
        raise Refused("supervision.visit_needed", DIFFERENTIATED, grade=state.facts.grade)
