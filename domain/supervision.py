"""The office's part of a 季督导 as pure state: what was found, what was ordered, whom it waits for, how it ends.

Whether something may be decided: see `supervision_checks`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.base import CONTACT_WAITED_FOR, NOBODY, city_office
from domain.calendar import WorkingDays, business_day, end_of, last_day_before
from domain.forms.registry import FORMS
from domain.ids import obligation_id, supervision_id
from domain.policy.credit_account import CreditGrade
from domain.policy.members import LEADING_UNIT
from domain.policy.supervision import Approach, Severity, due_of
from domain.supervision_decisions import (
    Conclude,
    Conclusion,
    RecordFindings,
    SupervisionDecision,
)
from domain.terms import OWED, City, Level, ObligationKind, ObligationState

OTHER_ITEM = "other"

_SETTLED = frozenset({ObligationState.ACCEPTED, ObligationState.WAIVED})


class SupervisionStep(StrEnum):
    """Where the supervision of a quarter stands."""

    REVIEWING = "督导中"
    RECTIFYING = "整改中"
    CONSEQUENCE_DUE = "逾期待处理"
    CONCLUDED = "已办结"


class SupervisionFacts(BaseModel):
    """What is supervised, and with which measures."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    period: str
    level: Level
    city: City
    department: str | None  # 行业主管部门 (B10)
    grade: CreditGrade
    self_report: ObligationState
    approach: Approach

    @property
    def id(self) -> str:
        """The id of its workflow."""
        return supervision_id(self.base_id, self.period)

    @property
    def supervisor(self) -> str:
        """Who supervises: the province its own bases, a city those that it cultivates (B12)."""
        return LEADING_UNIT if self.level is Level.PROVINCE else city_office(self.city)


class Finding(BaseModel):
    """Something found. `number` counts within the supervision, from 1."""

    model_config = ConfigDict(frozen=True)

    number: int
    item: str
    severity: Severity
    text: str  # digest
    documents: tuple[str, ...]  # digests
    on: date


class Order(BaseModel):
    """整改 that was ordered because of a finding: an obligation of the base, by this number."""

    model_config = ConfigDict(frozen=True)

    number: str
    finding: int
    ordered_on: date
    due: date
    state: ObligationState = ObligationState.OPEN


class SupervisionState(BaseModel):
    """Where the supervision of one quarter of one base stands."""

    model_config = ConfigDict(frozen=True)

    facts: SupervisionFacts
    since: datetime
    until: datetime  # exclusive: when the office is late
    step: SupervisionStep = SupervisionStep.REVIEWING
    seq: int = 0  # of the last entry on record
    visited: date | None = None
    findings: tuple[Finding, ...] = ()
    orders: tuple[Order, ...] = ()
    conclusion: Conclusion | None = None
    remark: str | None = None  # digest

    @property
    def pending(self) -> tuple[Order, ...]:
        """整改 that the base, or its review, still works on."""
        ended = _SETTLED | {ObligationState.MISSING}
        return tuple(order for order in self.orders if order.state not in ended)

    @property
    def visit_missing(self) -> bool:
        """Whether somebody has to go there before it can be over."""
        return self.facts.approach is Approach.ON_SITE and self.visited is None

    def waiting_for(self) -> str:
        """Whom it waits for."""
        if self.step is SupervisionStep.CONCLUDED:
            return NOBODY
        at_the_base = self.step is SupervisionStep.RECTIFYING and self._owed
        return CONTACT_WAITED_FOR if at_the_base else self.facts.supervisor

    def next_due(self) -> datetime | None:
        """Until when (exclusive): the office for its conclusion, the base for what it puts right first."""
        if self.step is SupervisionStep.REVIEWING:
            return self.until
        return min((end_of(order.due) for order in self._owed), default=None)

    def overdue(self, now: datetime) -> bool:
        """Whether the office is late, or has to decide about what was not put right."""
        late = self.step is SupervisionStep.REVIEWING and now >= self.until
        return late or self.step is SupervisionStep.CONSEQUENCE_DUE

    @property
    def _owed(self) -> tuple[Order, ...]:
        return tuple(order for order in self.orders if order.state in OWED)


def supervised_items() -> Mapping[str, str]:
    """What a finding can be about, by key: the items of the self-check, and anything else."""
    form = FORMS[ObligationKind.SUPERVISION]
    return {question.key: question.label for question in form.questions} | {OTHER_ITEM: "其他"}


def possible_conclusion(state: SupervisionState) -> Conclusion | None:
    """What the supervision can come to as it stands. None while something ordered is under way."""
    if state.pending:
        return None
    states = {order.state for order in state.orders}
    if ObligationState.MISSING in states:
        return Conclusion.NOT_RECTIFIED
    if ObligationState.ACCEPTED in states:
        return Conclusion.RECTIFIED
    return Conclusion.POINTED_OUT if state.findings else Conclusion.NOTHING_FOUND


def by_itself(state: SupervisionState) -> Conclude | None:
    """The conclusion that follows when everything that was ordered has been put right or is not owed any more."""
    if state.step is not SupervisionStep.REVIEWING or not state.orders or state.visit_missing:
        return None
    conclusion = possible_conclusion(state)
    return Conclude(conclusion=conclusion) if conclusion else None


def decided(
    state: SupervisionState, decision: SupervisionDecision, now: datetime, days: WorkingDays
) -> SupervisionState:
    """The state after a decision that `check` let through."""
    match decision:
        case RecordFindings():
            return _settled(state, now, **_recorded(state, decision, business_day(now), days))
        case Conclude():
            return _settled(state, now, conclusion=decision.conclusion, remark=decision.remark)


def _recorded(
    state: SupervisionState, decision: RecordFindings, today: date, days: WorkingDays
) -> dict[str, Any]:
    facts, findings, orders = state.facts, list(state.findings), list(state.orders)
    for found in decision.findings:
        number = len(findings) + 1
        known = found.model_dump(exclude={"order"})
        findings.append(Finding(number=number, on=today, **known))
        if found.order:
            due = due_of(facts.grade, found.severity, today, days, found.order.due)
            name = f"{facts.period}-{number}"
            orders.append(Order(number=name, finding=number, ordered_on=today, due=due))
    return {
        "findings": tuple(findings),
        "orders": tuple(orders),
        "visited": decision.visited or state.visited,
    }


def reported(
    state: SupervisionState, number: str, outcome: ObligationState, due: datetime | None, now: datetime
) -> SupervisionState:
    """The state after an order's obligation has told where it stands; what tells nothing new changes nothing."""
    order = next((o for o in state.orders if o.number == number), None)
    if order is None or state.step is SupervisionStep.CONCLUDED:
        return state
    changed = order.model_copy(update={"state": outcome, "due": last_day_before(due) if due else order.due})
    if changed == order:
        return state
    return _settled(state, now, orders=tuple(changed if o is order else o for o in state.orders))


def _settled(state: SupervisionState, now: datetime, **changes: object) -> SupervisionState:
    after = state.model_copy(update={**changes, "seq": state.seq + 1})
    step = _step(after)
    return after.model_copy(update={"step": step, "since": state.since if step is state.step else now})


def _step(state: SupervisionState) -> SupervisionStep:
    if state.conclusion:
        return SupervisionStep.CONCLUDED
    if any(order.state is ObligationState.MISSING for order in state.orders):
        return SupervisionStep.CONSEQUENCE_DUE
    return SupervisionStep.RECTIFYING if state.pending else SupervisionStep.REVIEWING


def rectification_id(base_id: str, number: str) -> str:
    """The obligation that an order is."""
    return obligation_id(base_id, ObligationKind.RECTIFICATION, number)
