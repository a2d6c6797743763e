"""What `Supervision`, its activities and those who ask it say to each other."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.calendar import CalendarDays
from domain.decisions import Actor
from domain.supervision import SupervisionFacts, SupervisionState
from domain.supervision_decisions import Conclusion
from domain.terms import ObligationState
from domain.views import Notice


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class SupervisionAsked(_Message):
    """Ask for what is known of a base whose self-check has ended, and for the deadlines."""

    base_id: str
    period: str
    self_report: ObligationState
    at: datetime


class SupervisionOpened(_Message):
    """What a supervision begins with."""

    facts: SupervisionFacts
    until: datetime  # exclusive
    remind_at: datetime
    calendar: CalendarDays


class SupervisionRecord(_Message):
    """Something that happened to a supervision, and the state after it."""

    state: SupervisionState
    opened_at: datetime
    at: datetime
    kind: str
    by: Actor
    detail: dict[str, Any]


class PlannedNotice(_Message):
    """A notice that waits for offices to be open, or for its day."""

    at: datetime
    notice: Notice


class SupervisionCarried(_Message):
    """What a `Supervision` carries from run to run."""

    state: SupervisionState
    opened_at: datetime
    calendar: CalendarDays
    planned: tuple[PlannedNotice, ...] = ()
    outbox: tuple[Notice, ...] = ()
    handled: tuple[str, ...] = ()


class SupervisionSnapshot(_Message):
    """Answer of `Supervision` to the query `state` and to a decision."""

    state: SupervisionState | None  # None: it is being opened
    waiting_for: str
    next_due: datetime | None
    overdue: bool
    possible_conclusion: Conclusion | None
