"""A base as pure state: `check` says whether a decision may be taken, `decided` what it changes."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.calendar import business_day, end_of
from domain.decisions import (
    ApplyCertification,
    Certify,
    Consent,
    Decision,
    DecisionRequest,
    Publish,
    Score,
    StartNotice,
    Submit,
)
from domain.errors import NotAllowed, Refused, Stale
from domain.lifecycle import EXITS, STAGE_OF, TRANSITIONS, Stage, Step, possible
from domain.policy.authority import AUTHORITY, DIVISION_OF_WORK, LEVELS
from domain.policy.members import LEADING_UNIT
from domain.policy.notice import LONGEST_NOTICE_DAYS, NOTICE, NOTICE_LENGTH
from domain.policy.pilot import CERTIFICATION, PILOT_LENGTH, lapse_at, pilot_end, pilot_last_day
from domain.policy.rounds import SUBMISSION_DEADLINE
from domain.policy.source import call
from domain.terms import City, LeadKind, Level, Role

PROCEDURE = call("五")

LEAD_WAITED_FOR = "申报主体"
CONTACT_WAITED_FOR = "基地联系人"
NOBODY = "无"
TIME = "时间届满"


class BaseFacts(BaseModel):
    """What does not change in a base's life. No names: those are in the database."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    round: str
    direction: int
    direction_name: str
    level: Level
    city: City
    lead_kind: LeadKind
    deadline: datetime | None  # exclusive; None for a base that was taken over in mid-life


class BaseState(BaseModel):
    """Where a base stands and what has been decided so far."""

    model_config = ConfigDict(frozen=True)

    facts: BaseFacts
    step: Step
    since: datetime
    seq: int = 0  # of the last entry on the timeline
    score: Decimal | None = None
    consent_no: str | None = None
    notice_last_day: date | None = None
    published_no: str | None = None
    published_on: date | None = None
    certificate_no: str | None = None
    certified_on: date | None = None
    title: str | None = None
    gone_on: date | None = None

    @property
    def stage(self) -> Stage:
        """The stage of the current step."""
        return STAGE_OF[self.step]

    @property
    def over(self) -> bool:
        """Whether the base has left by one of the exits."""
        return self.step in EXITS

    def waiting_for(self) -> str:
        """Whom the current step waits for, as an office or a party is called."""
        if self.over:
            return NOBODY
        if self.step in (Step.PREPARING, Step.CERTIFICATION_DUE):
            return LEAD_WAITED_FOR
        if self.step in (Step.NOTICE, Step.PILOT, Step.RUNNING):
            return TIME
        return _reviewer(self.facts, self.step)

    def next_due(self) -> datetime | None:
        """The instant at which the current step ends by itself or is too late (exclusive)."""
        if self.step is Step.PREPARING:
            return self.facts.deadline
        if self.step is Step.NOTICE and self.notice_last_day:
            return end_of(self.notice_last_day)
        if self.step is Step.PILOT and self.published_on:
            return pilot_end(self.published_on)
        if self.step is Step.CERTIFICATION_DUE and self.published_on:
            return lapse_at(self.published_on, business_day(self.since))
        return None


def _reviewer(facts: BaseFacts, step: Step) -> str:
    city_office = f"{facts.city}市级办公室"
    if step is Step.CONSENT:
        return "省政府"
    if step is Step.PLAQUE or facts.level is Level.PROVINCE:
        return LEADING_UNIT
    return city_office


def title_of(level: Level) -> str:
    """The title granted with the plaque (B16)."""
    return f"{level}产教融合重大平台载体和实训基地"


def check(state: BaseState, request: DecisionRequest, now: datetime) -> None:
    """Refuse a decision that is not possible at this step, not this actor's to take, or against a rule."""
    kind = request.decision.kind
    if request.by.role is Role.LEAD:
        _check_timely(state, request.decision, now)
    if (state.step, kind) not in TRANSITIONS:
        raise Stale(
            "decision.wrong_step",
            PROCEDURE,
            decision=kind,
            step=state.step,
            possible="、".join(possible(state.step)) or NOBODY,
        )
    _check_authority(state, request)
    rule = _RULES.get(type(request.decision))
    if rule:
        rule(state, request.decision, now)


def _check_timely(state: BaseState, decision: Decision, now: datetime) -> None:
    """An applicant who comes too early or too late is told that, and not only that it is another step's turn."""
    if isinstance(decision, Submit) and state.step in (Step.PREPARING, Step.WITHDRAWN):
        _check_deadline(state, now)
    if isinstance(decision, ApplyCertification) and state.step in (Step.PILOT, Step.CERTIFICATION_DUE):
        _check_pilot_over(state, now)


def _check_authority(state: BaseState, request: DecisionRequest) -> None:
    kind, by, facts = request.decision.kind, request.by, state.facts
    if by.role not in AUTHORITY[kind][facts.level]:
        raise NotAllowed("decision.not_yours", DIVISION_OF_WORK, decision=kind, level=facts.level)
    if by.role is Role.CITY and by.city is not facts.city:
        raise NotAllowed("decision.other_city", LEVELS, decision=kind, city=facts.city)


def _check_deadline(state: BaseState, now: datetime) -> None:
    deadline = state.facts.deadline
    if deadline and now >= deadline:
        raise Refused("application.too_late", SUBMISSION_DEADLINE, last=f"{deadline:%Y-%m-%d %H:%M}")


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


def _check_not_in_future(state: BaseState, decision: Certify | Consent, now: datetime) -> None:
    if decision.on > business_day(now):
        raise Refused("decision.future_date", PROCEDURE, on=decision.on)


_RULES: dict[type[Any], Callable[[BaseState, Any, datetime], None]] = {
    StartNotice: _check_notice,
    Publish: _check_publication,
    Certify: _check_not_in_future,
    Consent: _check_not_in_future,
}


def decided(state: BaseState, decision: Decision, now: datetime) -> BaseState:
    """The state after a decision that `check` let through."""
    step = TRANSITIONS[state.step, decision.kind]
    changes: dict[str, Any] = {"step": step, "since": now, "seq": state.seq + 1}
    match decision:
        case Score():
            changes["score"] = decision.score
        case Consent():
            changes["consent_no"] = decision.document_no
        case StartNotice():
            changes["notice_last_day"] = decision.last
        case Publish():
            changes |= {"published_no": decision.document_no, "published_on": decision.on}
        case Certify():
            changes |= {
                "certificate_no": decision.document_no,
                "certified_on": decision.on,
                "title": title_of(state.facts.level),
            }
    if step in EXITS:
        changes["gone_on"] = business_day(now)
    return state.model_copy(update=changes)
