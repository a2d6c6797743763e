"""What workflows and activities say to each other: one frozen model per message. Fields are added, never changed."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.base import BaseState
from domain.calendar import Clock
from domain.decisions import Actor, Decision
from domain.forms.dialogue import Draft, Said
from domain.forms.questions import FormContext
from domain.lifecycle import DecisionKind
from domain.policy.obligations import Schedule
from domain.rounds.state import Entry, Phase, RoundState
from domain.rounds.waiting import Waiting
from domain.terms import ObligationKind, ObligationState
from domain.views import Notice, View


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class Appointment(_Message):
    """Something a base does at an instant: open a period, or remind of the pilot's end."""

    at: datetime
    schedule: Schedule | None = None
    days_left: int | None = None


class OpenObligation(_Message):
    """A child that has not reported back yet."""

    obligation_id: str
    due: datetime
    overdue: bool = False
    opened: datetime | None = None


class BaseInput(_Message):
    """Input of `Base`; all after `state` is carried from run to run."""

    clock: Clock
    state: BaseState
    planned_through: datetime | None = None
    agenda: tuple[Appointment, ...] = ()
    open: dict[str, OpenObligation] = {}
    outbox: tuple[Notice, ...] = ()
    handled: tuple[str, ...] = ()  # update ids, because dedup does not survive continue-as-new


class BaseSnapshot(_Message):
    """Answer of `Base` to the query `state` and to a decision."""

    state: BaseState
    waiting_for: str
    next_due: datetime | None
    overdue: bool
    open: dict[str, OpenObligation]
    agenda: tuple[Appointment, ...]


class DraftCarried(_Message):
    """What an `Obligation` carries from run to run."""

    context: FormContext
    draft: Draft
    overdue_told: bool
    nudges_done: int
    outbox: tuple[Notice, ...] = ()
    handled: tuple[str, ...] = ()


class ObligationInput(_Message):
    """Input of `Obligation`."""

    obligation_id: str
    base_id: str
    schedule: Schedule
    clock: Clock
    pilot_start: date
    carried: DraftCarried | None = None


class Answer(_Message):
    """Something said in a form, and by which contact."""

    said: Said
    by: Actor


class RectificationOrder(_Message):
    """整改 ordered of a base. What is to be put right is on record under `obligation_id(base, 整改, number)`."""

    number: str  # `2026-Q1-1`: of the supervision, and which of its orders
    due: date
    origin: str | None = None  # the workflow that ordered it and hears of its outcome by the signal `reported`


class ObligationReport(_Message):
    """What an obligation tells its base: that it was handed in, or how it ended."""

    obligation_id: str
    period: str
    state: ObligationState
    kind: ObligationKind | None = None
    on_time: bool | None = None


class FollowUpInput(_Message):
    """Input of what follows a self-report: `Supervision` after 季督导, `Assessment` after 年考核."""

    base_id: str
    period: str
    clock: Clock
    self_report: ObligationState
    carried: dict[str, Any] | None = None  # its own state from run to run


class ObligationSnapshot(_Message):
    """Answer of `Obligation` to the query `state`."""

    state: ObligationState
    schedule: Schedule
    overdue: bool
    draft: Draft
    view: View | None


class Told(_Message):
    """What an application still has to be told by its round."""

    base_id: str
    decision: Decision


class RoundInput(_Message):
    """Input of `CallRound`; all after `state` is carried from run to run."""

    clock: Clock
    state: RoundState
    to_tell: tuple[Told, ...] = ()
    nudge_planned: datetime | None = None
    outbox: tuple[Notice, ...] = ()
    handled: tuple[str, ...] = ()


class RoundView(_Message):
    """Answer of `CallRound` to a decision. Not the whole state: that grows with its applications."""

    phase: Phase
    since: datetime
    waiting_for: tuple[Waiting, ...]
    possible: tuple[str, ...]
    applications: Mapping[str, int]  # by step
    notice_first: date | None
    notice_last: date | None
    publication_no: str | None


class RoundSnapshot(_Message):
    """Answer of `CallRound` to the query `state`."""

    state: RoundState
    view: RoundView


# What activities take and give


class DaysAsked(_Message):
    """Ask for the working-day calendar around a day."""

    around: date


class SupplementAsked(_Message):
    """Ask until when something returned on `day` may be put right: `days` working days, or the default."""

    day: date
    days: int | None
    called_on: date | None


class RestAsked(_Message):
    """Ask for the last day of a public notice that stood still from `stopped` to `resumed`."""

    last: date
    stopped: date
    resumed: date


class BaseAsked(_Message):
    """Ask for something about a base."""

    base_id: str


class OpenObjection(_Message):
    """An objection that nobody has decided about, and the day on which it was filed."""

    number: int
    on: date


class ScoringToClose(_Message):
    """The applications whose scores are wanted; with a reason also if some have too few."""

    round: str
    base_ids: tuple[str, ...]
    reason: str
    at: datetime
    called_on: date


class ScoringClosed(_Message):
    """All scores, now that they are no longer sealed."""

    scores: Mapping[str, tuple[Decimal, ...]]


class RoundRecord(_Message):
    """Something that happened to a round, and the state after it."""

    slug: str
    seq: int
    at: datetime
    kind: str
    by: Actor
    phase: Phase
    since: datetime
    deadline: datetime
    detail: dict[str, Any]
    entries: Mapping[str, Entry] = {}  # of the list, as far as they changed
    notice_first: date | None = None
    notice_last: date | None = None
    publication_no: str | None = None


class PlanYear(_Message):
    """Ask for everything a base does from `after` to the end of that business year."""

    base_id: str
    pilot_start: date
    remind: bool  # whether the pilot's end is still ahead
    after: datetime


class YearPlan(_Message):
    """The appointments of a year, computed once with the holidays known then."""

    appointments: tuple[Appointment, ...]
    through: datetime  # exclusive


class NoticeWindow(_Message):
    """A public notice to be checked against the calendar."""

    first: date
    last: date


class DecisionRecord(_Message):
    """A decision that was taken, and the state after it."""

    state: BaseState
    at: datetime
    kind: DecisionKind
    by: Actor
    detail: dict[str, Any]


class RefusedSignal(_Message):
    """A decision sent as a signal that was refused: nobody waits for an answer, so the timeline tells it."""

    base_id: str
    key: str
    at: datetime
    by: Actor
    kind: str  # as it was sent, which need not be a decision at all
    code: str
    clause: str
    errors: str = ""  # of a payload that is not a decision


class ObligationOpening(_Message):
    """A period that opens for a base."""

    obligation_id: str
    base_id: str
    schedule: Schedule
    pilot_start: date


class Submission(_Message):
    """A form that was handed in."""

    obligation_id: str
    base_id: str
    kind: ObligationKind
    period: str
    values: dict[str, str]
    by: Actor
    at: datetime
    on_time: bool


class Closing(_Message):
    """An obligation that ends without a submission."""

    obligation_id: str
    base_id: str
    period: str
    at: datetime
    state: ObligationState
