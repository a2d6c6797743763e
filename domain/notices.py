"""Which decisions an applicant is told of, and with what."""

from domain.base import BaseState
from domain.calendar import last_day_before, shown_end
from domain.decisions import (
    Decision,
    DeclineOffer,
    Extend,
    NotSelect,
    Offer,
    PilotOver,
    RecallFunds,
    Recover,
    SignOff,
    Supplement,
    TakeOffer,
)
from domain.lifecycle import DecisionKind
from domain.policy.formal_review import SignOffResult
from domain.policy.recall import shown
from domain.views import Notice, NoticeKind

_UNTOLD = frozenset(
    {
        DecisionKind.NOTICE_OVER,
        DecisionKind.SCORE,
        DecisionKind.CONSENT,
        DecisionKind.ORDER_RECTIFICATION,  # told by what it opens
        DecisionKind.CONFIRM_FUNDS,
    }
)
"""Decisions that mean nothing to the applicant yet."""

_OWN = (TakeOffer, DeclineOffer, Supplement)
"""What the applicant does in chat is answered there."""


def notice_of(state: BaseState, decision: Decision) -> Notice | None:
    """What the contacts are told of a decision; `state` is the one after it. None: nothing."""
    match decision:
        case PilotOver():
            due = state.ends_at()
            return _notice(state, NoticeKind.PILOT_OVER, "pilot-over", lapse=f"{due:%Y-%m-%d}" if due else "")
        case SignOff():
            return _returned(state, decision)
        case Offer():
            return _notice(
                state,
                NoticeKind.OFFERED,
                f"decision-{state.seq}",
                level=decision.level,
                reason=decision.reason,
                rank=str(decision.rank or ""),
                last=str(last_day_before(decision.until)),
            )
        case RecallFunds() | Recover():
            return _funds(state, decision)
        case Extend():
            last = shown_end(decision.deadline)
            key = f"decision-{state.seq}"
            return _notice(state, NoticeKind.EXTENDED, key, last=last, reason=decision.reason)
    if decision.kind in _UNTOLD or (isinstance(decision, _OWN) and state.in_round):
        return None
    return _notice(
        state,
        NoticeKind.DECIDED,
        f"decision-{state.seq}",
        decision=decision.kind,
        stage=state.stage,
        step=state.step,
        reason=getattr(decision, "reason", ""),
        document_no=getattr(decision, "document_no", None) or "",
        title=state.title or "",
        rank=str(decision.rank or "") if isinstance(decision, NotSelect) else "",
    )


def _returned(state: BaseState, decision: SignOff) -> Notice | None:
    """Only what has to be put right is told; the result is told when all have signed."""
    if decision.result is not SignOffResult.RETURN or state.review is None:
        return None
    duty, signed = state.review.duty(decision.duty), state.review.signed[decision.duty]
    return _notice(
        state,
        NoticeKind.RETURNED,
        f"decision-{state.seq}",
        department=duty.department if duty else "",
        reason=decision.reason,
        items=",".join(decision.items),
        last=str(last_day_before(signed.until)) if signed.until else "",
    )


def _funds(state: BaseState, decision: RecallFunds | Recover) -> Notice:
    """Money asked back with the days by which it is to be paid, or money that came in and what is left."""
    kind = NoticeKind.RECALLED if isinstance(decision, RecallFunds) else NoticeKind.RECOVERED
    return _notice(
        state,
        kind,
        f"decision-{state.seq}",
        amount=shown(decision.amount),
        document_no=decision.document_no,
        reason=getattr(decision, "reason", ""),
        left=shown(state.recalled - state.recovered),
        instalments="；".join(f"{i.due} 前 {shown(i.amount)} 万元" for i in state.owed_back),
    )


def _notice(state: BaseState, kind: NoticeKind, key: str, **params: str) -> Notice:
    base_id = state.facts.base_id
    return Notice(key=f"{base_id}:{key}", base_id=base_id, kind=kind, params=params)
