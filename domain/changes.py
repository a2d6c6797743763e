"""What a decision changes about a base, and what follows from it by itself."""

from datetime import datetime
from typing import Any

from domain.base import BaseState, title_of
from domain.calendar import business_day, last_day_before
from domain.consequences import consequences
from domain.decisions import (
    Accept,
    Certify,
    Consent,
    Decision,
    Extend,
    Lapse,
    NoticeOver,
    NotSelect,
    Object,
    Offer,
    PilotOver,
    Publish,
    Reject,
    ResolveObjection,
    Score,
    SignOff,
    StartNotice,
    Submit,
    Supplement,
    TakeOffer,
)
from domain.lifecycle import EXITS, TRANSITIONS, Step
from domain.policy.formal_review import LATE_SUPPLEMENT, FormalReview, Signed

BY_ITSELF: dict[Step, Decision] = {
    Step.PREPARING: Lapse(),
    Step.FORMAL_REVIEW: Reject(reason=LATE_SUPPLEMENT),
    Step.OFFERED: Lapse(),
    Step.NOTICE: NoticeOver(),
    Step.PILOT: PilotOver(),
    Step.CERTIFICATION_DUE: Lapse(),
}
"""What is decided when a step's deadline passes."""


def decided(state: BaseState, decision: Decision, now: datetime, until: datetime | None = None) -> BaseState:
    """The state after a decision that `check` let through.

    `until` is the deadline that the calendar gives it (exclusive): of what was returned to be put right, or of the
    rest of a public notice.
    """
    step = TRANSITIONS[state.step, decision.kind]
    changes = {"step": step, "seq": state.seq + 1, **_changes(state, decision, now, until)}
    if step is not state.step:
        changes["since"] = now
        if step in EXITS:
            changes["gone_on"] = business_day(now)
    return state.model_copy(update=changes)


def _changes(state: BaseState, decision: Decision, now: datetime, until: datetime | None) -> dict[str, Any]:
    match decision:
        case Extend():
            return {"facts": state.facts.model_copy(update={"deadline": decision.deadline})}
        case Submit():
            review = FormalReview(duties=decision.duties) if decision.duties else None
            return {"review": review, "claims": decision.claims, "hub": decision.hub}
        case SignOff():
            return {"review": _reviewed(state, decision, now, until)}
        case Supplement():
            review = state.review.supplemented(decision.duties, now) if state.review else None
            return {"review": review, "claims": decision.claims, "hub": decision.hub}
        case Score():
            return {"score": decision.score}
        case Offer():
            return {"offer": decision}
        case TakeOffer():
            level = state.offer.level if state.offer else state.facts.level
            return {"facts": state.facts.model_copy(update={"level": level})}
        case Consent():
            return {"consent_no": decision.document_no}
        case StartNotice():
            return {"notice_last_day": decision.last}
        case Object() | ResolveObjection():
            return _objected(state, decision, now, until)
        case Publish():
            return {"published_no": decision.document_no, "published_on": decision.on}
        case Certify():
            title = title_of(state.facts.level)
            return {"certificate_no": decision.document_no, "certified_on": decision.on, "title": title}
    return consequences(state, decision, business_day(now))


def _reviewed(
    state: BaseState, decision: SignOff, now: datetime, until: datetime | None
) -> FormalReview | None:
    signature = Signed(
        result=decision.result, at=now, reason=decision.reason, items=decision.items, until=until
    )
    return state.review.sign(decision.duty, signature) if state.review else None


def _objected(
    state: BaseState, decision: Object | ResolveObjection, now: datetime, until: datetime | None
) -> dict[str, Any]:
    if isinstance(decision, Object):
        since = state.objected_on or decision.on or business_day(now)
        return {"objections": (*state.objections, decision.objection), "objected_on": since}
    left = tuple(o for o in state.objections if o != decision.objection)
    changes: dict[str, Any] = {"objections": left}
    if decision.upheld:
        changes["upheld"] = decision.reason
    elif not left and until:
        changes |= {"notice_last_day": last_day_before(until), "objected_on": None}
    return changes


def follow_up(state: BaseState) -> Decision | None:
    """What follows by itself from where a base stands now."""
    if state.step is Step.FORMAL_REVIEW and state.review:
        failed = state.review.failed
        if failed:
            return Reject(reason=failed.reason)
        return Accept() if state.review.passed else None
    if state.step is Step.NOTICE and state.upheld:
        return NotSelect(reason=state.upheld)
    return None
