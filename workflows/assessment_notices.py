"""What is told of an assessment, to whom and when. The words are in `bot/texts`."""

from datetime import datetime

from domain.assessment import AppealState, AssessmentState, Phase
from domain.calendar import WorkingDays, business_day, last_day_before
from domain.office_hours import message_instant, office_instant
from domain.policy.effectiveness import REMIND_EVERY_DAYS
from domain.policy.source import on
from domain.terms import Recipient
from domain.views import Notice, NoticeKind
from workflows.supervision_messages import PlannedNotice

_OFFICE_WORKS = frozenset({Phase.EVALUATION, Phase.PROPOSAL, Phase.REVIEW, Phase.PUBLICATION})
"""Phases that the office ends."""


def planned(
    pending: tuple[PlannedNotice, ...], state: AssessmentState, now: datetime, days: WorkingDays
) -> tuple[PlannedNotice, ...]:
    """What is still to be told when a phase has begun: no reminder of an earlier one, and what the phase itself says."""
    kept = [p for p in pending if p.notice.kind is not NoticeKind.ASSESSMENT_WAITING]
    told = _told(state)
    said = [PlannedNotice(at=office_instant(now, days, told.key), notice=told)] if told else []
    return _in_order(*kept, *said, *reminders(state, now, days))


def again(
    pending: tuple[PlannedNotice, ...],
    sent: PlannedNotice,
    state: AssessmentState,
    now: datetime,
    days: WorkingDays,
) -> tuple[PlannedNotice, ...]:
    """What is still to be told after one was sent: a reminder is followed by the next."""
    if sent.notice.kind is not NoticeKind.ASSESSMENT_WAITING:
        return pending
    return _in_order(*pending, *reminders(state, now, days, after=sent.at))


def reminders(
    state: AssessmentState, now: datetime, days: WorkingDays, after: datetime | None = None
) -> tuple[PlannedNotice, ...]:
    """The next reminder to the office of what waits for it: on the last day, then every few working days."""
    if state.due is None or state.phase not in _OFFICE_WORKS:
        return ()
    every = on(REMIND_EVERY_DAYS, business_day(now)).value
    day = days.add(business_day(after), every) if after else last_day_before(state.due)
    params = {"phase": str(state.phase), "last": str(last_day_before(state.due))}
    notice = _notice(state, NoticeKind.ASSESSMENT_WAITING, f"waiting-{day}", Recipient.OFFICE, params)
    return (PlannedNotice(at=message_instant(day, notice.key), notice=notice),)


def _in_order(*notices: PlannedNotice) -> tuple[PlannedNotice, ...]:
    return tuple(sorted(notices, key=lambda p: p.at))


def _told(state: AssessmentState) -> Notice | None:
    """What a phase begins with telling: the lead of its grade and of what came of its appeal, the office of that."""
    grade = {"grade": str(state.grade)}
    match state.phase:
        case Phase.APPEAL if state.result and state.due:
            known = grade | {"total": str(state.result.total), "last": str(last_day_before(state.due))}
            return _notice(state, NoticeKind.GRADE_PROPOSED, "proposed", Recipient.CONTACT, known)
        case Phase.REVIEW if state.due:
            until = {"last": str(last_day_before(state.due))}
            return _notice(state, NoticeKind.GRADE_APPEALED, "appealed", Recipient.OFFICE, grade | until)
        case Phase.PUBLICATION if state.appeal_state in (AppealState.UPHELD, AppealState.DISMISSED):
            outcome = grade | {"outcome": str(state.appeal_state)}
            return _notice(state, NoticeKind.APPEAL_RESOLVED, "resolved", Recipient.CONTACT, outcome)
        case Phase.PUBLISHED:
            paper = grade | {"document_no": state.document_no or "", "on": str(state.published_on)}
            return _notice(state, NoticeKind.GRADE_PUBLISHED, "published", Recipient.CONTACT, paper)
    return None


def _notice(
    state: AssessmentState, kind: NoticeKind, key: str, to: Recipient, params: dict[str, str]
) -> Notice:
    facts = state.facts
    return Notice(
        key=f"{facts.id}:{key}",
        base_id=facts.base_id,
        kind=kind,
        to=(to,),
        params=params | {"year": facts.year},
    )
