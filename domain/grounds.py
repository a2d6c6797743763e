"""Whether a ground for suspension, exit or recall stands on what is known of a base (A9, A11, A12)."""

from datetime import datetime

from domain.base import BaseState
from domain.calendar import business_day
from domain.decisions import DecisionRequest, RecallFunds, Revoke, Suspend, Terminate
from domain.errors import Refused
from domain.lifecycle import LEFT
from domain.policy.effectiveness import Grade
from domain.policy.grounds import CLAUSE_OF, EVIDENCE, GROUNDS, Evidence
from domain.policy.recall import ReformResult
from domain.policy.source import on

Grounded = Suspend | Terminate | Revoke | RecallFunds
"""Decisions that need a ground."""


def check_grounds(state: BaseState, request: DecisionRequest, now: datetime) -> None:
    """Refuse a decision without a ground, with one that it cannot have, or with nothing behind it.

    The state knows neither the list of 严重失信主体 nor what was reported: see `workflows.calls.check_consequence`.
    """
    decision = request.decision
    if not isinstance(decision, Grounded):
        return
    rule, ground = on(GROUNDS[decision.kind], business_day(now)), decision.ground
    if ground not in rule.value:
        given = "grounds.not_for" if ground else "grounds.none"
        possible = "、".join(rule.value)
        raise Refused(given, rule.clause, decision=decision.kind, ground=ground or "", possible=possible)
    evidence = EVIDENCE[ground]
    if not _stands(state, evidence, decision.document_no):
        raise Refused("grounds.no_evidence", CLAUSE_OF[ground], ground=ground, evidence=evidence)


def _stands(state: BaseState, evidence: Evidence, document_no: str | None) -> bool:
    match evidence:
        case Evidence.GRADE:
            return state.last_grade is Grade.POOR
        case Evidence.RECTIFICATION:
            return bool(state.overdue_rectifications)
        case Evidence.REFORM:
            return state.reform is not None and state.reform.result is ReformResult.POOR
        case Evidence.GONE:
            return state.step in LEFT
        case Evidence.PAPER:
            return document_no is not None
        case Evidence.LISTED:
            return True
