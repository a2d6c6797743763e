"""What is told of one obligation: to whom, and with which values. The words are in `bot/texts`."""

from datetime import date

from domain.calendar import last_day_before
from domain.ids import decision_key, reminder_key
from domain.obligation import RETURNED_TOO_OFTEN, ObligationLife
from domain.obligation_decisions import ObligationDecision
from domain.obligation_decisions import ObligationDecisionKind as D
from domain.policy.credit_account import CreditChange
from domain.policy.obligations import NudgeKind
from domain.terms import ObligationState, Recipient
from domain.views import Notice, NoticeKind
from workflows.messages import ObligationInput

_TOLD = {
    D.ACCEPT: NoticeKind.ACCEPTED,
    D.REVIEW_OVER: NoticeKind.ACCEPTED,
    D.RETURN: NoticeKind.REPORT_RETURNED,
    D.EXTEND: NoticeKind.REPORT_EXTENDED,
    D.PAUSE: NoticeKind.PAUSED,
    D.RESUME: NoticeKind.RESUMED,
    D.ASK_REOPEN: NoticeKind.REOPEN_ASKED,
    D.REOPEN: NoticeKind.REOPENED,
    D.REFUSE_REOPEN: NoticeKind.REOPEN_REFUSED,
    D.OBJECT: NoticeKind.OBJECTED,
    D.WAIVE: NoticeKind.WAIVED,
}
"""What people are told of a decision; of the others nothing."""

STEPS = frozenset(NoticeKind(step) for step in NudgeKind)
"""Of the ladder."""

_TO_OFFICE = frozenset({NoticeKind.REOPEN_ASKED, NoticeKind.OBJECTED})


def about(
    start: ObligationInput,
    life: ObligationLife,
    kind: NoticeKind,
    to: tuple[Recipient, ...],
    params: dict[str, str],
    asked_for: date | None = None,
) -> Notice:
    """A notice about the obligation. Its key names the deadline and the decision: what is new is told anew."""
    schedule = life.schedule
    due = last_day_before(schedule.due)
    known = {
        "period": schedule.period,
        "kind": str(schedule.kind),
        "due": str(due),
        "locks": str(last_day_before(schedule.locks)),
    }
    return Notice(
        key=key_of(start.obligation_id, kind, life, asked_for),
        base_id=start.base_id,
        kind=kind,
        obligation_id=start.obligation_id,
        to=to,
        params=known | params,
    )


def key_of(obligation_id: str, kind: NoticeKind, life: ObligationLife, asked_for: date | None = None) -> str:
    """The business key: each step of the ladder once for each deadline, what was asked for on its day, each decision
    once."""
    if kind in STEPS:
        step = reminder_key(obligation_id, kind, life.schedule.due, life.returns)
        return f"{step}:{asked_for}" if asked_for else step
    return decision_key(obligation_id, kind, life.seq, life.version)


def notice_of(
    start: ObligationInput,
    life: ObligationLife,
    decision: ObligationDecision,
    credit: CreditChange | None,
    total: int,
    filled: int,
) -> Notice | None:
    """What is told of a decision; `life` is the state after it. None: nothing."""
    kind = _TOLD.get(decision.kind)
    if decision.kind is D.RESOLVE:
        waived = life.state in (ObligationState.WAIVED, ObligationState.ACCEPTED)
        kind = NoticeKind.WAIVED if waived else NoticeKind.RESUMED
    if kind is None:
        return None
    reason = getattr(decision, "reason", "") or getattr(decision, "remark", "")
    params = {"total": str(total), "filled": str(filled), "reason": reason}
    if life.returned:
        params["items"] = ",".join(life.returned)
        params |= {f"reason_{key}": why for key, why in life.returned.items()}
    return about(start, life, kind, _told_of(kind, life), params | (credit.params() if credit else {}))


def _told_of(kind: NoticeKind, life: ObligationLife) -> tuple[Recipient, ...]:
    """The office where it has to decide, else the contact; the head too of what was returned again."""
    if kind in _TO_OFFICE:
        return (Recipient.OFFICE,)
    again = kind is NoticeKind.REPORT_RETURNED and life.returns >= RETURNED_TOO_OFTEN
    return (Recipient.CONTACT, Recipient.HEAD) if again else (Recipient.CONTACT,)
