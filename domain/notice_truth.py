"""Whether what a notice says is still true when it goes out at last, and its days as they are by then.

A channel may have been out for a day, or offices closed for a week. What tells of something that happened stays true.
What asks for something is over once that was done, or cannot be done any more.
"""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict

from domain.assessment import Phase
from domain.calendar import business_day, last_day_before, shown_end
from domain.ids import assessment_id, supervision_id
from domain.lifecycle import Step
from domain.policy.obligations import still_true
from domain.supervision import SupervisionStep
from domain.terms import OWED, ObligationState
from domain.views import REMINDERS, Notice, NoticeKind

S = ObligationState


class OutdatedError(Exception):
    """What the notice says is not true any more; why, in Chinese."""


class MissedError(OutdatedError):
    """What it asks for cannot be done any more, and nobody has done it: somebody lost what they were not told of."""


class ObligationNow(BaseModel):
    """An obligation as it stands on record."""

    model_config = ConfigDict(frozen=True)

    no: int
    state: ObligationState
    due: datetime  # exclusive
    locks: datetime  # exclusive
    paused: bool
    assignee: int | None = None  # the contact to whom it was handed over


class BaseNow(BaseModel):
    """A base as it stands on record."""

    model_config = ConfigDict(frozen=True)

    step: Step
    next_due: datetime | None


class Standing(BaseModel):
    """What a notice is about, as it stands when it goes out; only what its kind depends on is looked up."""

    model_config = ConfigDict(frozen=True)

    obligation: ObligationNow | None = None
    base: BaseNow | None = None
    supervision: SupervisionStep | None = None
    assessment: Phase | None = None
    waits: bool | None = None  # whether what somebody is nudged for still stands as it did
    waiting: int | None = None  # applications that wait for the unit's signature
    recalled: bool | None = None  # whether money that was recalled is still owed


OBLIGATION_AT: Mapping[NoticeKind, frozenset[ObligationState]] = MappingProxyType(
    {
        NoticeKind.MISSING: frozenset({S.MISSING}),
        NoticeKind.ACCEPTED: frozenset({S.ACCEPTED, S.REOPENING}),
        NoticeKind.WAIVED: frozenset({S.WAIVED, S.ACCEPTED}),
        NoticeKind.PAUSED: OWED,
        NoticeKind.OBJECTED: OWED,
        NoticeKind.HANDED_OVER: OWED,
        NoticeKind.TAKEN_BACK: OWED,
        NoticeKind.REOPEN_ASKED: frozenset({S.REOPENING}),
        NoticeKind.REOPEN_REFUSED: frozenset({S.SUBMITTED, S.ACCEPTED}),
    }
)
"""Told of decisions about an obligation, and the states in which what was decided holds."""

_WHILE_PAUSED = frozenset({NoticeKind.PAUSED, NoticeKind.OBJECTED})

ALSO_PAUSED = frozenset({NoticeKind.REPORT_RETURNED, NoticeKind.REPORT_EXTENDED, NoticeKind.REOPENED})
"""Tell what was decided about something owed: that holds as well while its clock stands still."""

BASE_AT: Mapping[NoticeKind, Step] = MappingProxyType(
    {
        NoticeKind.APPLICATION_OPEN: Step.PREPARING,
        NoticeKind.EXTENDED: Step.PREPARING,
        NoticeKind.RETURNED: Step.FORMAL_REVIEW,
        NoticeKind.OFFERED: Step.OFFERED,
        NoticeKind.CERTIFICATION_SOON: Step.PILOT,
        NoticeKind.PILOT_OVER: Step.CERTIFICATION_DUE,
    }
)
"""Ask the applicant for something, and the step at which that can be done."""

MISSED_AT: Mapping[NoticeKind, Step] = MappingProxyType(
    {NoticeKind.RETURNED: Step.REJECTED, NoticeKind.OFFERED: Step.NOT_SELECTED}
)
"""Where the applicant ends who does not do in time what is asked for."""

SUPERVISION_OVER: Mapping[NoticeKind, frozenset[SupervisionStep]] = MappingProxyType(
    {
        NoticeKind.SUPERVISION_DUE: frozenset(SupervisionStep) - {SupervisionStep.REVIEWING},
        NoticeKind.CONSEQUENCE_DUE: frozenset({SupervisionStep.REVIEWING, SupervisionStep.CONCLUDED}),
    }
)
"""Ask the office for something, and the steps at which that was done. That a step has begun may be told before it is on
record: the step before is none of them."""

ASSESSMENT_AT: Mapping[NoticeKind, Phase | None] = MappingProxyType(
    {
        NoticeKind.GRADE_PROPOSED: Phase.APPEAL,
        NoticeKind.GRADE_APPEALED: Phase.REVIEW,
        NoticeKind.ASSESSMENT_WAITING: None,  # the notice names its phase
    }
)
"""Are true in a phase, and told when it begins, which may be before that is on record: only a later one ends them."""

_PHASES = tuple(Phase)

ALWAYS_TRUE = frozenset(
    {
        NoticeKind.DECIDED,
        NoticeKind.RECALLED,
        NoticeKind.RECOVERED,
        NoticeKind.CREDIT,
        NoticeKind.SUPERVISION_CONCLUDED,
        NoticeKind.APPEAL_RESOLVED,
        NoticeKind.GRADE_PUBLISHED,
    }
)
"""Tell of what happened."""


def supervision_of(notice: Notice) -> str:
    """The id of the supervision that a notice is about."""
    return supervision_id(notice.base_id or "", notice.params["period"])


def assessment_of(notice: Notice) -> str:
    """The id of the assessment that a notice is about."""
    return assessment_id(notice.base_id or "", notice.params["year"])


def true_now(notice: Notice, about: Standing, now: datetime) -> Notice:
    """The notice as it is true now: days and counts that have moved are those of now. Raises OutdatedError.

    What a decision meant for the credit account happened, and is told even if the decision does not hold any more.
    """
    try:
        return _true(notice, about, now)
    except OutdatedError:
        if "credit" not in notice.params:
            raise
        return notice.model_copy(update={"kind": NoticeKind.CREDIT})


def _true(notice: Notice, about: Standing, now: datetime) -> Notice:
    kind = notice.kind
    if kind in REMINDERS or kind in OBLIGATION_AT:
        return _of_obligation(notice, about.obligation, now)
    if kind in BASE_AT:
        return _of_base(notice, about.base, now)
    if kind in SUPERVISION_OVER:
        _check_not(about.supervision, about.supervision in SUPERVISION_OVER[kind])
    elif kind in ASSESSMENT_AT:
        if kind is NoticeKind.GRADE_PROPOSED and _is_later(about.assessment, Phase.REVIEW):
            raise MissedError(f"申诉期限已过，已到「{about.assessment}」")
        wanted = ASSESSMENT_AT[kind] or Phase(notice.params["phase"])
        _check_not(about.assessment, _is_later(about.assessment, wanted))
    elif kind is NoticeKind.URGED_STEP and about.waits is False:
        raise OutdatedError("已办理")
    elif kind is NoticeKind.SIGN_OFF_WAITING:
        return _of_signatures(notice, about.waiting)
    elif kind is NoticeKind.RECALL_OVERDUE and about.recalled is False:
        raise OutdatedError("已全部缴回")
    return notice


def _check_not(stands: str | None, over: bool) -> None:
    if over:
        raise OutdatedError(f"已到「{stands}」")


def _is_later(phase: Phase | None, wanted: Phase) -> bool:
    return phase is not None and _PHASES.index(phase) > _PHASES.index(wanted)


def _of_obligation(notice: Notice, row: ObligationNow | None, now: datetime) -> Notice:
    if row is None:
        return notice
    kind = notice.kind
    told_of = OBLIGATION_AT.get(kind)
    if told_of is None and kind in ALSO_PAUSED:
        told_of = OWED
    true = row.state in told_of if told_of else still_true(kind, row, now)
    if not true or (kind in _WHILE_PAUSED and not row.paused):
        raise OutdatedError(f"现为「{row.state}」{'（暂停计时）' if row.paused else ''}")
    if kind is NoticeKind.HANDED_OVER and row.assignee != notice.contact:
        raise OutdatedError("已收回或再转交")
    if kind is NoticeKind.TAKEN_BACK and row.assignee is not None and row.assignee == notice.contact:
        raise OutdatedError("又转交回来")
    days = {"due": str(last_day_before(row.due)), "locks": str(last_day_before(row.locks))}
    return _with(notice, days)


def _of_base(notice: Notice, row: BaseNow | None, now: datetime) -> Notice:
    """The last day that a notice names must not have passed; another deadline has a notice of its own."""
    if row is None:
        return notice
    if row.step is MISSED_AT.get(notice.kind):
        raise MissedError(f"期限已过，已到「{row.step}」")
    _check_not(row.step, row.step is not BASE_AT[notice.kind])
    today = business_day(now)
    match notice.kind:
        case NoticeKind.EXTENDED if row.next_due and notice.params["last"] != shown_end(row.next_due):
            raise OutdatedError("期限已另行通知")
        case NoticeKind.RETURNED if _day(notice, "last") and _day(notice, "last") < today:
            raise MissedError("补正期限已过")
        case NoticeKind.CERTIFICATION_SOON:
            return _with(notice, {"days": str((_day(notice, "last_day") - today).days)})
    return notice


def _of_signatures(notice: Notice, waiting: int | None) -> Notice:
    if waiting == 0:
        raise OutdatedError("已全部签署")
    return notice if waiting is None else _with(notice, {"count": str(waiting)})


def _day(notice: Notice, name: str) -> date:
    """A day that the notice names; the last that there is, if it names none."""
    said = notice.params.get(name)
    return date.fromisoformat(said) if said else date.max


def _with(notice: Notice, params: dict[str, str]) -> Notice:
    return notice.model_copy(update={"params": notice.params | params})
