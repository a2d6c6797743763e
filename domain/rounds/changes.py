"""What a decision changes about a round, what follows by itself, and what the applications are told."""

from datetime import date, datetime
from typing import Any, NamedTuple

from domain.calendar import business_day, end_of
from domain.decisions import Consent as BaseConsent
from domain.decisions import Decision, NotSelect, Offer, Propose, Publish, Reject, Score
from domain.decisions import Extend as BaseExtend
from domain.decisions import StartNotice as BaseStartNotice
from domain.lifecycle import Step
from domain.office_hours import message_instant
from domain.policy.quotas import Proposal
from domain.policy.ranking import Ranked
from domain.policy.rounds import OFFER_WORKING_DAYS
from domain.policy.source import on
from domain.rounds.decisions import (
    ChangeList,
    CloseExpertReview,
    CloseFormalReview,
    ConfirmList,
    Consent,
    Extend,
    ProposeList,
    RoundDecision,
    StartNotice,
)
from domain.rounds.state import Entry, Phase, RoundState, Standing, list_name
from domain.terms import Level

QUOTA_FULL = "评议合格，但本级名额已满"
BEHIND = "评议排名靠后，未列入拟入选名单"
EXTENDED = "本轮申报已延期"
TOO_FEW_SCORES = "有效专家评分不足，未参加排名"


class Command(NamedTuple):
    """What one application is told."""

    base_id: str
    decision: Decision


def ranked(state: RoundState, ranking: tuple[Ranked, ...], proposal: Proposal) -> RoundState:
    """The expert review is closed: the provincial list is proposed by rank, the cities' are theirs to propose."""
    entries = {
        one.base_id: Entry(
            level=one.level,
            score=one.score,
            rank=one.rank,
            tied=one.tied,
            count=one.count,
            outliers=len(one.outliers),
            notes=one.notes,
            selected=_proposed_by_rank(one, proposal),
        )
        for one in ranking
    }
    return state.model_copy(update={"entries": entries, "scored": True, "seq": state.seq + 1})


def _proposed_by_rank(one: Ranked, proposal: Proposal) -> bool | None:
    if one.level is not Level.PROVINCE or one.base_id in proposal.undecided:
        return None
    return one.base_id in proposal.proposed


def decided(state: RoundState, decision: RoundDecision) -> RoundState:
    """The state after a decision that `check` let through. Closing the expert review is `ranked`."""
    return state.model_copy(update={"seq": state.seq + 1, **_changes(state, decision)})


def _changes(state: RoundState, decision: RoundDecision) -> dict[str, Any]:
    match decision:
        case Extend():
            return {"deadline": decision.deadline}
        case ProposeList():
            return _proposed(state, decision)
        case ChangeList():
            entry = state.entries[decision.base]
            # Of equals for whom there was nothing proposed, nobody is turned down against the ranking.
            against = entry.by_conference or entry.selected is not None
            changed = entry.model_copy(
                update={"selected": decision.selected, "reason": decision.reason, "by_conference": against}
            )
            return {"entries": {**state.entries, decision.base: changed}}
        case ConfirmList():
            return {"confirmed": True}
        case Consent():
            return {"consent_no": decision.document_no}
        case StartNotice():
            return {
                "notice_first": decision.first,
                "notice_last": decision.last,
                "publication_no": decision.publication_no,
                "official_names": decision.official_names,
            }
    return {}


def _proposed(state: RoundState, decision: ProposeList) -> dict[str, Any]:
    entries = dict(state.entries)
    for standing in state.at(Step.CONFERENCE):
        entry = entries[standing.base_id]
        if (standing.city, standing.level) == (decision.city, decision.level) and not entry.by_conference:
            selected = standing.base_id in decision.selected
            reason = "" if selected else decision.reason
            entries[standing.base_id] = entry.model_copy(update={"selected": selected, "reason": reason})
    name = list_name(decision.city, decision.level)
    return {"entries": entries, "proposed": (*(p for p in state.proposed if p != name), name)}


def commands(state: RoundState, decision: RoundDecision, now: datetime) -> tuple[Command, ...]:
    """What the applications are told after a decision. `state` is the one after it."""
    match decision:
        case Extend():
            told: Decision = BaseExtend(deadline=decision.deadline, reason=decision.reason)
            return _to_all(state, Step.PREPARING, told)
        case CloseFormalReview():
            return _to_all(state, Step.FORMAL_REVIEW, Reject(reason=decision.reason))
        case CloseExpertReview():
            return tuple(
                Command(s.base_id, _score(state.entries.get(s.base_id), decision))
                for s in state.at(Step.EXPERT_REVIEW)
            )
        case ConfirmList():
            return tuple(
                Command(s.base_id, _settled(state, s, decision, now)) for s in state.at(Step.CONFERENCE)
            )
        case Consent():
            consent = BaseConsent(document_no=decision.document_no, on=decision.on)
            return _to_all(state, Step.CONSENT, consent)
        case StartNotice():
            return _to_all(state, Step.NOTICE_DUE, BaseStartNotice(first=decision.first, last=decision.last))
    return ()


def _to_all(state: RoundState, step: Step, decision: Decision) -> tuple[Command, ...]:
    return tuple(Command(s.base_id, decision) for s in state.at(step))


def _score(entry: Entry | None, closing: CloseExpertReview) -> Score:
    return Score(score=entry.score if entry else None, organiser=closing.organiser, methods=closing.methods)


def _settled(state: RoundState, standing: Standing, decision: ConfirmList, now: datetime) -> Decision:
    """On the list, offered another level, or not selected, with the reason."""
    entry = state.entries[standing.base_id]
    if entry.selected:
        return Propose(reason=entry.reason)
    if entry.selected is None:  # of a city that has proposed nothing
        return NotSelect(reason=decision.reason, rank=entry.rank)
    if entry.rank is None:
        return NotSelect(reason=entry.reason or TOO_FEW_SCORES)
    if standing.level is Level.PROVINCE and not entry.by_conference and Level.CITY in state.terms.levels:
        until = offer_until(state, business_day(now))
        return Offer(level=Level.CITY, until=until, reason=QUOTA_FULL, rank=entry.rank)
    return NotSelect(reason=entry.reason or BEHIND, rank=entry.rank)


def extensions(state: RoundState, standing: Standing) -> tuple[Command, ...]:
    """What an application has to be told that reports an older deadline than the round's: it came while that moved."""
    known, later = standing.deadline, state.deadline
    if standing.step is not Step.PREPARING or known is None or known >= later:
        return ()
    return (Command(standing.base_id, BaseExtend(deadline=later, reason=EXTENDED)),)


def offer_until(state: RoundState, today: date) -> datetime:
    """First instant at which an offer made today is too late to take: five working days."""
    days = state.calendar.working_days()
    return end_of(days.add(today, on(OFFER_WORKING_DAYS, state.terms.announced_on).value))


def next_phase(state: RoundState, now: datetime) -> Phase | None:
    """The phase that begins by itself, once every application has left the current one."""
    if not _complete(state, now):
        return None
    if state.phase is not Phase.APPLICATION and not state.under_way:
        return Phase.OVER
    phases = list(Phase)
    return phases[phases.index(state.phase) + 1]


def _complete(state: RoundState, now: datetime) -> bool:
    match state.phase:
        case Phase.APPLICATION:
            return now >= state.deadline and not state.at(Step.PREPARING)
        case Phase.FORMAL_REVIEW:
            return not state.at(Step.PREPARING, Step.FORMAL_REVIEW)
        case Phase.EXPERT_REVIEW:
            return not state.at(Step.EXPERT_REVIEW) and (state.scored or not state.under_way)
        case Phase.CONFERENCE:
            return not state.at(Step.CONFERENCE, Step.OFFERED) and (state.confirmed or not state.under_way)
        case Phase.CONSENT:
            return not state.at(Step.CONSENT)
        case Phase.NOTICE:
            return not state.under_way or bool(state.at(Step.PUBLICATION))
        case Phase.PUBLICATION:
            return not state.under_way
    return False


def entered(state: RoundState, phase: Phase, now: datetime) -> RoundState:
    """The state when a phase begins."""
    return state.model_copy(update={"phase": phase, "since": now, "seq": state.seq + 1})


def publish_at(state: RoundState, standing: Standing) -> datetime:
    """When an application whose notice is over is published: the next working day, in office hours."""
    days = state.calendar.working_days()
    return message_instant(days.nth(business_day(standing.since), 1), f"{state.terms.slug}:公布")


def to_publish(state: RoundState, now: datetime) -> tuple[Command, ...]:
    """Applications whose notice is over without an open objection: they are published by themselves (B14)."""
    due = [
        s
        for s in state.at(Step.PUBLICATION)
        if s.base_id not in state.publishing and publish_at(state, s) <= now
    ]
    return tuple(
        Command(
            s.base_id,
            Publish(
                document_no=state.publication_no or "",
                on=business_day(now),
                official_name=state.official_names.get(s.base_id),
            ),
        )
        for s in due
    )


def next_instant(state: RoundState, now: datetime) -> datetime | None:
    """When something happens by itself next. After the deadline the round waits for what is still being uploaded."""
    if state.phase is Phase.APPLICATION and now < state.deadline:
        return state.deadline
    waiting = [publish_at(state, s) for s in state.at(Step.PUBLICATION) if s.base_id not in state.publishing]
    return min(waiting, default=None)


def publishing(state: RoundState, base_ids: tuple[str, ...]) -> RoundState:
    """The state when these have been told to be published."""
    return state.model_copy(update={"publishing": (*state.publishing, *base_ids)})
