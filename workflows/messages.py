"""What workflows and activities say to each other: one frozen model per message. Fields are added, never changed."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.base import BaseState
from domain.calendar import Clock
from domain.decisions import Actor, Decision
from domain.digest import DigestDue
from domain.forms.questions import FormContext
from domain.forms.said import Draft, Said
from domain.forms.together import Together
from domain.lifecycle import DecisionKind
from domain.obligation import ObligationFacts, ObligationLife
from domain.obligation_decisions import ObligationDecision, ObligationRequest
from domain.policy.credit_account import CreditChange
from domain.policy.obligations import Nudge, Schedule
from domain.rounds.state import Entry, Phase, RoundState
from domain.rounds.waiting import Waiting
from domain.terms import ObligationKind, ObligationState
from domain.views import Notice, View


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class RectificationOrder(_Message):
    """整改 ordered of a base. What is to be put right is on record under `obligation_id(base, 整改, number)`."""

    number: str  # `2026-Q1-1`: of the supervision, and which of its orders
    due: date
    origin: str | None = (
        None  # the workflow that ordered it and hears of its outcome by the signal `reported`
    )


class ObligationReport(_Message):
    """What an obligation tells its base: that it was handed in, or how it ended."""

    obligation_id: str
    period: str
    state: ObligationState
    kind: ObligationKind | None = None
    on_time: bool | None = None
    due: datetime | None = None  # of what was returned: there is something to hand in again
    paused: bool = False  # its clock stands still


class FollowUpInput(_Message):
    """Input of what follows a self-report: `Supervision` after 季督导, `Assessment` after 年考核."""

    base_id: str
    period: str
    clock: Clock
    self_report: ObligationState
    carried: dict[str, Any] | None = None  # its own state from run to run


class Appointment(_Message):
    """Something a base does at an instant: open a period, or remind of the pilot's end."""

    at: datetime
    schedule: Schedule | None = None
    days_left: int | None = None


class OpenObligation(_Message):
    """A child that the base waits for: something is owed, or the office follows a self-report up."""

    obligation_id: str
    due: datetime
    overdue: bool = False
    opened: datetime | None = None
    period: str = ""
    kind: ObligationKind = ObligationKind.DISPATCH
    origin: str | None = None  # the workflow that ordered it
    paused: bool = False  # its clock stands still: it does not become overdue


class Errands(_Message):
    """What a base has still to do for others: 整改 to open, outcomes to pass on, self-reports to follow up."""

    orders: tuple[RectificationOrder, ...] = ()
    reports: tuple[ObligationReport, ...] = ()
    origins: dict[str, str] = {}  # who hears of an order's outcome, by obligation
    following: tuple[str, ...] = ()  # 季督导 and 年考核 under way at the office
    recompute: bool = False  # more holidays are known


class BaseInput(_Message):
    """Input of `Base`; all after `state` is carried from run to run."""

    clock: Clock
    state: BaseState
    planned_through: datetime | None = None
    agenda: tuple[Appointment, ...] = ()
    open: dict[str, OpenObligation] = {}
    outbox: tuple[Notice, ...] = ()
    handled: tuple[str, ...] = ()  # update ids, because dedup does not survive continue-as-new
    errands: Errands = Errands()
    recall_told: date | None = None  # the last instalment whose delay the office was told of


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
    life: ObligationLife | None = None
    pending: tuple[Nudge, ...] | None = None  # of the ladder; None: all after the first `nudges_done`
    reported: ObligationState | None = None
    reported_due: datetime | None = None
    reported_paused: bool = False
    together: Together = Together()


class Reopening(_Message):
    """A report that was accepted, which the base asks to correct."""

    request: ObligationRequest
    life: ObligationLife
    values: dict[str, str]
    handled: str  # the update that asked
    answered_by: dict[str, str] = {}  # whose they are, by key


class ObligationInput(_Message):
    """Input of `Obligation`."""

    obligation_id: str
    base_id: str
    schedule: Schedule
    clock: Clock
    pilot_start: date
    carried: DraftCarried | None = None
    facts: ObligationFacts = ObligationFacts()
    reopening: Reopening | None = None


class Answer(_Message):
    """Something said in a form, and by which contact."""

    said: Said
    by: Actor
    looks: bool = False  # says nothing: wants to see what is asked now
    minds_others: bool = False  # what is typed is for the question that this person was shown, and no other


class ObligationSnapshot(_Message):
    """Answer of `Obligation` to the query `state`."""

    state: ObligationState
    schedule: Schedule
    overdue: bool
    draft: Draft
    view: View | None
    life: ObligationLife | None = None
    waiting_for: str = ""
    facts: ObligationFacts = ObligationFacts()
    answered_by: dict[str, str] = {}  # what is filled in so far
    context: FormContext | None = None  # what was known before the first question


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
    version: int = 1
    review_days: int | None = None
    seq: int = 0  # of the last decision about it
    answered_by: dict[str, str] = {}  # whose answers they are: actors' ids by key


class Stored(_Message):
    """What follows from a submission: until when it is reviewed; if it is not, what it means for the credit account."""

    review_until: datetime | None = None
    credit: CreditChange | None = None


class ObligationRecord(_Message):
    """A decision about an obligation, and the state after it."""

    obligation_id: str
    base_id: str
    life: ObligationLife
    at: datetime
    by: Actor
    decision: ObligationDecision
    update_id: str | None = None  # of the update that asked for it; None: a signal, or by itself


class Replan(_Message):
    """Ask for new deadlines because of a decision."""

    base_id: str
    life: ObligationLife  # before the decision
    decision: ObligationDecision
    at: datetime


class OrderPlan(_Message):
    """Ask for the deadlines of an ordered 整改."""

    base_id: str
    number: str
    due: date
    at: datetime


class NextMorning(_Message):
    """Ask for the instant of a reminder on the next working morning."""

    key: str
    at: datetime


class Closing(_Message):
    """An obligation that ends without a submission."""

    obligation_id: str
    base_id: str
    period: str
    at: datetime
    state: ObligationState
    kind: ObligationKind = ObligationKind.DISPATCH


class RecallAsked(_Message):
    """Ask whether so much central money, in 万元, can be recalled from a base, `recalled` having been before."""

    base_id: str
    amount: Decimal
    recalled: Decimal


class ListedAsked(_Message):
    """Ask whether the lead of a base is on the list of 严重失信主体 on a day."""

    base_id: str
    on: date


class AssessmentResult(_Message):
    """What an assessment tells its base, by the signal `assessed`, when its grade is published."""

    year: str
    grade: str  # see domain/policy/effectiveness.py
    workflow_id: str


class NewsInput(_Message):
    """What a person's act gives others to be told; `key` names the act."""

    key: str
    clock: Clock
    notices: tuple[Notice, ...]


class DigestInput(_Message):
    """Input of `Digest`: which picture is sent; without one, whatever is due."""

    due: DigestDue | None = None
