"""What `Assessment`, its activities and those who ask it say to each other."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.assessment import AssessmentFacts, AssessmentState
from domain.calendar import CalendarDays
from domain.decisions import Actor
from domain.views import Notice
from workflows.supervision_messages import PlannedNotice


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class EvaluationToClose(_Message):
    """Ask to close the third party's evaluation and to compute what the year comes to."""

    facts: AssessmentFacts
    explained: bool  # why there are too few is on record
    at: datetime


class AssessmentRecord(_Message):
    """Something that happened to an assessment, and the state after it."""

    state: AssessmentState
    at: datetime
    kind: str
    by: Actor
    detail: dict[str, Any]


class AssessmentCarried(_Message):
    """What an `Assessment` carries from run to run."""

    state: AssessmentState
    calendar: CalendarDays
    planned: tuple[PlannedNotice, ...] = ()
    outbox: tuple[Notice, ...] = ()
    handled: tuple[str, ...] = ()


class AssessmentSnapshot(_Message):
    """Answer of `Assessment` to the query `state` and to a decision."""

    state: AssessmentState | None  # None: it is being opened
    waiting_for: str
    next_due: datetime | None
    overdue: bool
    possible: str | None
