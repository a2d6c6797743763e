"""What is told of the supervision of a quarter, to whom and when. The words are in `bot/texts`."""

from datetime import datetime

from domain.calendar import WorkingDays, last_day_before
from domain.office_hours import office_instant
from domain.supervision import SupervisionState, SupervisionStep
from domain.terms import ObligationState, Recipient
from domain.views import Notice, NoticeKind
from workflows.supervision_messages import PlannedNotice

_TRUE_AT = {
    NoticeKind.SUPERVISION_DUE: SupervisionStep.REVIEWING,
    NoticeKind.CONSEQUENCE_DUE: SupervisionStep.CONSEQUENCE_DUE,
}
"""What asks somebody for something, and the step at which that is still to be done."""


def reminder(state: SupervisionState, at: datetime) -> PlannedNotice:
    """The one reminder to whoever supervises."""
    facts = state.facts
    params = {
        "self_report": str(facts.self_report),
        "approach": str(facts.approach),
        "grade": str(facts.grade),
        "until": str(last_day_before(state.until)),
    }
    return PlannedNotice(at=at, notice=_notice(state, NoticeKind.SUPERVISION_DUE, "due", params))


def planned(
    pending: tuple[PlannedNotice, ...],
    before: SupervisionState,
    after: SupervisionState,
    now: datetime,
    days: WorkingDays,
) -> tuple[PlannedNotice, ...]:
    """What is still to be told after a change: what was planned while it is true, and what the change itself says."""
    pending = tuple(p for p in pending if _TRUE_AT.get(p.notice.kind, after.step) is after.step)
    said = [_at_the_office(notice, now, days) for notice in (*_missed(before, after), *_concluded(after))]
    return tuple(sorted((*pending, *said), key=lambda p: p.at))


def _missed(before: SupervisionState, after: SupervisionState) -> list[Notice]:
    """整改 that was not done: the office has to decide what follows."""
    known = {order.number for order in before.orders if order.state is ObligationState.MISSING}
    return [
        _notice(after, NoticeKind.CONSEQUENCE_DUE, f"missed-{order.number}", {"number": order.number})
        for order in after.orders
        if order.state is ObligationState.MISSING and order.number not in known
    ]


def _concluded(state: SupervisionState) -> list[Notice]:
    """The base is told what it came to."""
    if state.conclusion is None:
        return []
    params = {
        "conclusion": str(state.conclusion),
        "findings": str(len(state.findings)),
        "orders": str(len(state.orders)),
    }
    kind = NoticeKind.SUPERVISION_CONCLUDED
    return [_notice(state, kind, "concluded", params, Recipient.CONTACT)]


def _at_the_office(notice: Notice, now: datetime, days: WorkingDays) -> PlannedNotice:
    return PlannedNotice(at=office_instant(now, days, notice.key), notice=notice)


def _notice(
    state: SupervisionState,
    kind: NoticeKind,
    key: str,
    params: dict[str, str],
    to: Recipient = Recipient.OFFICE,
) -> Notice:
    facts = state.facts
    return Notice(
        key=f"{facts.id}:{key}",
        base_id=facts.base_id,
        kind=kind,
        to=(to,),
        params=params | {"period": facts.period},
    )
