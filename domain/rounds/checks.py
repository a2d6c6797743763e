"""Whether a decision about a round may be taken: in this phase, by this actor, and against no rule."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from domain.calendar import business_day, shown_end
from domain.errors import NotAllowed, NotFound, Refused, Stale
from domain.lifecycle import Step
from domain.policy.authority import DIVISION_OF_WORK, LEVELS
from domain.policy.hubs import HUBS
from domain.policy.notice import LONGEST_NOTICE_DAYS, NOTICE, NOTICE_LENGTH, check_window
from domain.policy.quotas import Selected, check_layout, check_list
from domain.policy.rounds import SUBMISSION_DEADLINE
from domain.policy.source import call
from domain.rounds.decisions import (
    ChangeList,
    ConfirmList,
    Consent,
    Extend,
    ProposeList,
    RoundDecisionKind,
    RoundRequest,
    StartNotice,
)
from domain.rounds.state import Entry, Phase, RoundState, Standing, list_name
from domain.terms import Level, Role

PROCEDURE = call("五")
CONFERENCE = call("五(三)")

_PHASE = {
    RoundDecisionKind.EXTEND: Phase.APPLICATION,
    RoundDecisionKind.CLOSE_FORMAL_REVIEW: Phase.FORMAL_REVIEW,
    RoundDecisionKind.CLOSE_EXPERT_REVIEW: Phase.EXPERT_REVIEW,
    RoundDecisionKind.PROPOSE_LIST: Phase.CONFERENCE,
    RoundDecisionKind.CHANGE_LIST: Phase.CONFERENCE,
    RoundDecisionKind.CONFIRM_LIST: Phase.CONFERENCE,
    RoundDecisionKind.CONSENT: Phase.CONSENT,
    RoundDecisionKind.START_NOTICE: Phase.NOTICE,
}


def possible(state: RoundState) -> tuple[RoundDecisionKind, ...]:
    """What can be decided now."""
    return tuple(kind for kind, phase in _PHASE.items() if phase is state.phase and not _taken(state, kind))


def _taken(state: RoundState, kind: RoundDecisionKind) -> bool:
    """Whether it was decided and the applications are still being told."""
    match kind:
        case RoundDecisionKind.CLOSE_EXPERT_REVIEW:
            return state.scored
        case RoundDecisionKind.PROPOSE_LIST | RoundDecisionKind.CHANGE_LIST | RoundDecisionKind.CONFIRM_LIST:
            return state.confirmed
        case RoundDecisionKind.CONSENT:
            return state.consent_no is not None
        case RoundDecisionKind.START_NOTICE:
            return state.notice_last is not None
    return False


def check(state: RoundState, request: RoundRequest, now: datetime) -> None:
    """Refuse a decision that is not possible in this phase, not this actor's to take, or against a rule."""
    kind = request.decision.kind
    if kind not in possible(state):
        raise Stale(
            "round.wrong_phase",
            PROCEDURE,
            decision=kind,
            phase=state.phase,
            possible="、".join(possible(state)) or "无",
        )
    _check_authority(request)
    rule = _RULES.get(type(request.decision))
    if rule:
        rule(state, request.decision, now)


def _check_authority(request: RoundRequest) -> None:
    """The province runs the round; a city proposes its own lists (B9, B12)."""
    by, decision = request.by, request.decision
    if by.role is Role.OFFICE:
        return
    if by.role is Role.CITY and isinstance(decision, ProposeList):
        if by.city is decision.city:
            return
        raise NotAllowed("decision.other_city", LEVELS, decision=decision.kind, city=decision.city)
    raise NotAllowed("round.not_yours", DIVISION_OF_WORK, decision=decision.kind)


def _check_extension(state: RoundState, decision: Extend, now: datetime) -> None:
    if now >= state.deadline:
        raise Stale("round.closed", SUBMISSION_DEADLINE, last=shown_end(state.deadline))
    if decision.deadline <= state.deadline:
        raise Refused("round.not_later", SUBMISSION_DEADLINE, last=shown_end(state.deadline))
    if (decision.deadline - now).days > LONGEST_NOTICE_DAYS:
        raise Refused("round.too_far", SUBMISSION_DEADLINE, days=LONGEST_NOTICE_DAYS)


def _on_list(state: RoundState, base_id: str) -> tuple[Standing, Entry]:
    standing, entry = state.applications.get(base_id), state.entries.get(base_id)
    if standing is None or entry is None or standing.step is not Step.CONFERENCE:
        raise NotFound("list.not_on_it", CONFERENCE, base=base_id)
    return standing, entry


def _check_proposal(state: RoundState, decision: ProposeList, now: datetime) -> None:
    """Its own applications only, the better ranked first or a reason, 县级 where the province has laid one down."""
    own = {
        s.base_id: s
        for s in state.at(Step.CONFERENCE)
        if (s.city, s.level) == (decision.city, decision.level)
    }
    for base_id in decision.selected:
        if base_id not in own:
            raise NotFound(
                "list.not_of_city", LEVELS, base=base_id, name=list_name(decision.city, decision.level)
            )
        if decision.level is Level.COUNTY:
            check_layout(own[base_id].direction, decision.city, state.terms.layout)
    passed_over = _passed_over(state, own, frozenset(decision.selected))
    if passed_over and not decision.reason.strip():
        raise Refused("list.reason_needed", CONFERENCE, bases="、".join(passed_over))


def _passed_over(state: RoundState, own: dict[str, Standing], selected: frozenset[str]) -> list[str]:
    """Those who are not selected although somebody behind them in the same direction is."""
    worst: dict[int, int] = {}
    for base_id in selected:
        rank = state.entries[base_id].rank
        place = worst.get(own[base_id].direction, 0)
        worst[own[base_id].direction] = max(place, rank or 10**6)
    return [
        base_id
        for base_id, standing in own.items()
        if base_id not in selected
        and (state.entries[base_id].rank or 10**6) < worst.get(standing.direction, 0)
    ]


def _check_change(state: RoundState, decision: ChangeList, now: datetime) -> None:
    standing, _ = _on_list(state, decision.base)
    if decision.selected and standing.level is Level.COUNTY:
        check_layout(standing.direction, standing.city, state.terms.layout)
    if decision.selected and standing.level is Level.PROVINCE:
        selected = [*_selected(state, Level.PROVINCE), standing]
        unique = {s.base_id: s for s in selected}.values()
        in_direction = [s for s in unique if s.direction == standing.direction]
        check_list(_as_selected(in_direction), state.terms.quotas, decision.reason)


def _selected(state: RoundState, level: Level) -> list[Standing]:
    return [s for s in state.at(Step.CONFERENCE) if s.level is level and state.entries[s.base_id].selected]


def _as_selected(standings: Iterable[Standing]) -> list[Selected]:
    return [Selected(s.base_id, s.direction, s.level) for s in standings]


def _check_confirmation(state: RoundState, decision: ConfirmList, now: datetime) -> None:
    provincial = [s for s in state.at(Step.CONFERENCE) if s.level is Level.PROVINCE]
    ties = [s.base_id for s in provincial if state.entries[s.base_id].selected is None]
    if ties:  # equals that do not all fit are the conference's to choose from
        raise Refused("list.tie", CONFERENCE, bases="、".join(ties))
    _check_hubs(state)
    awaited = state.lists_awaited()
    if awaited and not decision.reason.strip():
        raise Refused("list.not_in", LEVELS, lists="、".join(list_name(*pair) for pair in awaited))
    check_list(_as_selected(_selected(state, Level.PROVINCE)), state.terms.quotas, decision.reason)


def _check_hubs(state: RoundState) -> None:
    """A1: one 主基地 for each direction."""
    hubs = [s for s in state.at(Step.CONFERENCE) if s.hub and state.entries[s.base_id].selected]
    for direction in sorted({s.direction for s in hubs}):
        named = [s.base_id for s in hubs if s.direction == direction]
        if len(named) > 1:
            raise Refused(
                "round.two_hubs", HUBS, direction=direction, count=len(named), bases="、".join(named)
            )


def _check_consent(state: RoundState, decision: Consent, now: datetime) -> None:
    if decision.on > business_day(now):
        raise Refused("decision.future_date", PROCEDURE, on=decision.on)


def _check_notice(state: RoundState, decision: StartNotice, now: datetime) -> None:
    if decision.first < business_day(now):
        raise Refused("window.in_the_past", NOTICE, first=decision.first)
    if (decision.last - business_day(now)).days > LONGEST_NOTICE_DAYS:
        raise Refused("window.too_far", NOTICE_LENGTH, last=decision.last, days=LONGEST_NOTICE_DAYS)
    check_window(decision.first, decision.last, state.calendar.working_days(), state.terms.notice_days)
    unknown = set(decision.official_names) - {s.base_id for s in state.at(Step.NOTICE_DUE)}
    if unknown:
        raise NotFound("list.not_on_it", CONFERENCE, base="、".join(sorted(unknown)))


_RULES: dict[type[Any], Callable[[RoundState, Any, datetime], None]] = {
    Extend: _check_extension,
    ProposeList: _check_proposal,
    ChangeList: _check_change,
    ConfirmList: _check_confirmation,
    Consent: _check_consent,
    StartNotice: _check_notice,
}
