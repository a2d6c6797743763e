"""What workflows and activities say to each other: one frozen model per message. Fields are added, never changed."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.base import BaseState
from domain.calendar import Clock
from domain.decisions import Actor
from domain.forms.dialogue import Draft, Said
from domain.forms.questions import FormContext
from domain.lifecycle import DecisionKind
from domain.policy.obligations import Schedule
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


class ObligationReport(_Message):
    """An obligation's last word to its base."""

    obligation_id: str
    period: str
    state: ObligationState


class ObligationSnapshot(_Message):
    """Answer of `Obligation` to the query `state`."""

    state: ObligationState
    schedule: Schedule
    overdue: bool
    draft: Draft
    view: View | None


# What activities take and give


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
