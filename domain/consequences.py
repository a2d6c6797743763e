"""What follows from supervision and assessment (A10-A12): standing still, putting right, paying back."""

from datetime import date
from typing import Any

from domain.base import BaseState
from domain.calendar import DAY
from domain.decisions import (
    AssessReform,
    ConfirmFunds,
    Decision,
    RecallFunds,
    Recover,
    Resume,
    Suspend,
)
from domain.policy.obligations import Suspension
from domain.policy.recall import Recall, Reform


def consequences(state: BaseState, decision: Decision, today: date) -> dict[str, Any]:
    """What a decision changes about suspensions and money."""
    match decision:
        case Suspend():
            return {"suspensions": (*state.suspensions, Suspension(first=today))}
        case Resume():
            return {"suspensions": _resumed(state.suspensions, today)}
        case ConfirmFunds():
            return {"central_funds": decision.amount}
        case AssessReform():
            named = decision.model_dump(include={"result", "document_no", "on"})
            return {"reform": Reform.model_validate(named)}
        case RecallFunds():
            return {"recalls": (*state.recalls, _recall(decision, today))}
        case Recover():
            return {"recovered": state.recovered + decision.amount}
    return {}


def _resumed(suspensions: tuple[Suspension, ...], today: date) -> tuple[Suspension, ...]:
    """Closed with yesterday; a base that goes on the same day did not stand still."""
    *earlier, last = suspensions
    if last.first == today:
        return tuple(earlier)
    return (*earlier, Suspension(first=last.first, last=today - DAY))


def _recall(decision: RecallFunds, today: date) -> Recall:
    return Recall(
        amount=decision.amount,
        document_no=decision.document_no,
        on=today,
        instalments=decision.instalments,
    )
