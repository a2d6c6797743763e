"""Whether a decision may be taken about a base: at this step, by this actor, and against no rule."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from domain.base import NOBODY, PROCEDURE, BaseState
from domain.calendar import business_day, last_day_before
from domain.decisions import (
    ApplyCertification,
    AssessReform,
    Certify,
    ConfirmFunds,
    Consent,
    Decision,
    DecisionRequest,
    DeclineOffer,
    Object,
    OrderRectification,
    Publish,
    RecallFunds,
    Recover,
    ResolveObjection,
    Resume,
    SignOff,
    StartNotice,
    Submit,
    Supplement,
    Suspend,
    TakeOffer,
)
from domain.errors import NotAllowed, Refused, Stale
from domain.lifecycle import ONLY_IN_ROUND, TRANSITIONS, DecisionKind, Step, possible
from domain.policy.authority import DIVISION_OF_WORK, LEVELS, who_may
from domain.policy.duties import Duty
from domain.policy.formal_review import FORMAL_REVIEW, SUPPLEMENT
from domain.policy.grounds import RECTIFYING
from domain.policy.members import LEADING_UNIT
from domain.policy.notice import LONGEST_NOTICE_DAYS, NOTICE, NOTICE_LENGTH
from domain.policy.obligations import REGULAR_SUPERVISION
from domain.policy.pilot import CERTIFICATION, PILOT_LENGTH, pilot_end, pilot_last_day
from domain.policy.recall import (
    MOST_INSTALMENTS,
    RECALL,
    RECOVERY,
    REFORM,
    check_instalments,
    check_within,
    shown,
)
from domain.policy.rounds import OFFER, SUBMISSION, SUBMISSION_DEADLINE
from domain.policy.source import on
from domain.terms import Role

Dated = Certify | Consent | ConfirmFunds | AssessReform | Recover
"""Decisions with the date of a paper or of a payment."""


def check(state: BaseState, request: DecisionRequest, now: datetime) -> None:
    """Refuse a decision that is not possible at this step, not this actor's to take, or against a rule."""
    kind = request.decision.kind
    if request.by.role is Role.LEAD:
        _check_timely(state, request.decision, now)
    if (state.step, kind) not in TRANSITIONS or (kind in ONLY_IN_ROUND and not state.in_round):
        raise Stale(
            "decision.wrong_step",
            PROCEDURE,
            decision=kind,
            step=state.step,
            possible="、".join(open_to(state)) or NOBODY,
        )
    _check_authority(state, request)
    rule = _RULES.get(type(request.decision))
    if (
        rule and request.by.role is not Role.ROUND
    ):  # which has checked it for all its applications, maybe yesterday
        rule(state, request.decision, now)


def open_to(state: BaseState) -> tuple[DecisionKind, ...]:
    """The decisions that somebody can take about a base as it stands: a step alone does not tell about money."""
    not_now = {
        DecisionKind.SUSPEND: state.suspended_since is not None,
        DecisionKind.RESUME: state.suspended_since is None,
        DecisionKind.RECOVER: not state.recall_open,
        DecisionKind.RECALL_FUNDS: state.central_funds is not None and state.recalled >= state.central_funds,
        DecisionKind.ASSESS_REFORM: state.central_funds == 0,
    }
    return tuple(k for k in possible(state.step, in_round=state.in_round) if not not_now.get(k, False))


def _check_timely(state: BaseState, decision: Decision, now: datetime) -> None:
    """An applicant who comes too early or too late is told that, and not only that it is another step's turn."""
    if isinstance(decision, Submit) and state.step in (Step.PREPARING, Step.WITHDRAWN):
        _check_deadline(state, decision, now)
    if isinstance(decision, ApplyCertification) and state.step in (Step.PILOT, Step.CERTIFICATION_DUE):
        _check_pilot_over(state, now)


def _check_authority(state: BaseState, request: DecisionRequest) -> None:
    kind, by, facts = request.decision.kind, request.by, state.facts
    if by.role not in who_may(kind, facts.level, in_round=state.in_round):
        raise NotAllowed("decision.not_yours", DIVISION_OF_WORK, decision=kind, level=facts.level)
    if by.role is Role.CITY and by.city is not facts.city:
        raise NotAllowed("decision.other_city", LEVELS, decision=kind, city=facts.city)
    if isinstance(request.decision, SignOff):
        duty = _duty(state, request.decision)
        if (by.department or LEADING_UNIT) != duty.department:
            raise NotAllowed("sign_off.other_department", FORMAL_REVIEW, department=duty.department)


def _check_deadline(state: BaseState, decision: Submit, now: datetime) -> None:
    """The deadline is met to the second, by when it came; of an upload that it came with, the start counts."""
    deadline = state.facts.deadline
    if deadline and (decision.started or now) >= deadline:
        raise Refused("application.too_late", SUBMISSION_DEADLINE, last=f"{deadline:%Y-%m-%d %H:%M}")


def _check_submission(state: BaseState, decision: Submit, now: datetime) -> None:
    if state.in_round and not decision.duties:
        raise Refused("application.not_checked", SUBMISSION)


def _duty(state: BaseState, decision: SignOff) -> Duty:
    review = state.review
    duty = review.duty(decision.duty) if review else None
    if duty is None:
        known = "、".join(d.id for d in review.duties) if review else NOBODY
        raise Refused("sign_off.no_such_duty", FORMAL_REVIEW, duty=decision.duty, known=known)
    return duty


def _check_sign_off(state: BaseState, decision: SignOff, now: datetime) -> None:
    """Each duty is signed once."""
    signed = state.review.signed.get(decision.duty) if state.review else None
    if signed:
        on = f"{signed.at:%Y-%m-%d}"
        raise Stale("sign_off.signed", FORMAL_REVIEW, duty=decision.duty, result=signed.result, on=on)


def _check_supplement(state: BaseState, decision: Supplement, now: datetime) -> None:
    if state.review is None or not state.review.returned:
        raise Stale("supplement.nothing_returned", FORMAL_REVIEW)
    due = state.next_due()
    if due and now >= due:
        raise Refused("supplement.too_late", SUPPLEMENT, last=last_day_before(due))
    if not decision.duties:
        raise Refused("application.not_checked", SUBMISSION)


def _check_offer_open(state: BaseState, decision: TakeOffer | DeclineOffer, now: datetime) -> None:
    if state.offer and now >= state.offer.until:
        raise Refused("offer.too_late", OFFER, last=last_day_before(state.offer.until))


def _check_new_objection(state: BaseState, decision: Object, now: datetime) -> None:
    if decision.objection in state.objections:
        raise Stale("objection.known", NOTICE, objection=decision.objection)


def _check_open_objection(state: BaseState, decision: ResolveObjection, now: datetime) -> None:
    if decision.objection not in state.objections:
        raise Stale("objection.not_open", NOTICE, objection=decision.objection)


def _check_pilot_over(state: BaseState, now: datetime) -> None:
    if state.published_on and now < pilot_end(state.published_on):
        raise Refused("certification.too_early", CERTIFICATION, last_day=pilot_last_day(state.published_on))


def _check_notice(state: BaseState, decision: StartNotice, now: datetime) -> None:
    """The number of working days is checked where the calendar is known (`notice.check_window`)."""
    if decision.first < business_day(now):
        raise Refused("window.in_the_past", NOTICE, first=decision.first)
    if (decision.last - business_day(now)).days > LONGEST_NOTICE_DAYS:
        raise Refused("window.too_far", NOTICE_LENGTH, last=decision.last, days=LONGEST_NOTICE_DAYS)


def _check_publication(state: BaseState, decision: Publish, now: datetime) -> None:
    if decision.on > business_day(now):
        raise Refused("decision.future_date", PILOT_LENGTH, on=decision.on)
    if state.notice_last_day and decision.on <= state.notice_last_day:
        raise Refused("publication.before_notice_end", NOTICE, on=decision.on, last=state.notice_last_day)


def _check_not_in_future(state: BaseState, decision: Dated, now: datetime) -> None:
    if decision.on > business_day(now):
        raise Refused("decision.future_date", PROCEDURE, on=decision.on)


def _check_suspend(state: BaseState, decision: Suspend, now: datetime) -> None:
    if state.suspended_since:
        raise Stale("consequence.suspended_already", REGULAR_SUPERVISION, since=state.suspended_since)


def _check_resume(state: BaseState, decision: Resume, now: datetime) -> None:
    if not state.suspended_since:
        raise Stale("consequence.not_suspended", REGULAR_SUPERVISION)


def _check_rectification(state: BaseState, decision: OrderRectification, now: datetime) -> None:
    if decision.due < business_day(now):
        raise Refused("consequence.past_due", RECTIFYING, due=decision.due)


def _check_confirmed(state: BaseState, decision: ConfirmFunds, now: datetime) -> None:
    _check_not_in_future(state, decision, now)
    if decision.amount < state.recalled:
        given = {"amount": shown(decision.amount), "recalled": shown(state.recalled)}
        raise Refused("funds.less_than_recalled", RECALL, **given)


def _check_reform(state: BaseState, decision: AssessReform, now: datetime) -> None:
    """Only after the project was built, and only where central money was given."""
    _check_not_in_future(state, decision, now)
    if decision.completed_on > decision.on:
        raise Refused("reform.not_completed", REFORM, completed_on=decision.completed_on, on=decision.on)
    if state.central_funds == 0:
        raise Refused("reform.no_central_funds", REFORM)


def _check_recall(state: BaseState, decision: RecallFunds, now: datetime) -> None:
    """As long as the amount received is not confirmed, it is looked up where the reports are."""
    today = business_day(now)
    check_instalments(decision.amount, decision.instalments, today, on(MOST_INSTALMENTS, today).value)
    if state.central_funds is not None:
        check_within(decision.amount, state.central_funds, state.recalled)


def _check_recovery(state: BaseState, decision: Recover, now: datetime) -> None:
    _check_not_in_future(state, decision, now)
    if not state.recall_open:
        raise Stale("recall.nothing_open", RECOVERY)
    left = state.recalled - state.recovered
    if decision.amount > left:
        raise Refused("recall.more_than_owed", RECOVERY, amount=shown(decision.amount), left=shown(left))


_RULES: dict[type[Any], Callable[[BaseState, Any, datetime], None]] = {
    Submit: _check_submission,
    SignOff: _check_sign_off,
    Supplement: _check_supplement,
    TakeOffer: _check_offer_open,
    DeclineOffer: _check_offer_open,
    Object: _check_new_objection,
    ResolveObjection: _check_open_objection,
    StartNotice: _check_notice,
    Publish: _check_publication,
    Certify: _check_not_in_future,
    Consent: _check_not_in_future,
    Suspend: _check_suspend,
    Resume: _check_resume,
    OrderRectification: _check_rectification,
    ConfirmFunds: _check_confirmed,
    AssessReform: _check_reform,
    RecallFunds: _check_recall,
    Recover: _check_recovery,
}
