"""What to say and to offer, as values. The words are found by code in `bot/texts/zh.toml`."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.policy.source import Clause
from domain.terms import ObligationKind


class Note(BaseModel):
    """One sentence, by its code and the values in it; the rule, if one refused."""

    model_config = ConfigDict(frozen=True)

    code: str
    params: dict[str, str] = {}
    clause: Clause | None = None


class Action(StrEnum):
    """What a button in a form does."""

    START = "start"
    SAME = "same"
    OFFER = "offer"
    ZERO = "zero"
    NONE = "none"
    ALL = "all"
    BACK = "back"
    PAUSE = "pause"
    CONFIRM = "confirm"
    AGAIN = "again"
    SUBMIT = "submit"
    SUMMARY = "summary"


class Mode(StrEnum):
    """What the form is at."""

    IDLE = "idle"
    ASKING = "asking"
    DOUBTING = "doubting"
    SUMMARY = "summary"
    SUBMITTED = "submitted"


class View(BaseModel):
    """What a person is to see of a form now."""

    model_config = ConfigDict(frozen=True)

    kind: ObligationKind
    period: str
    due: datetime  # exclusive
    mode: Mode
    notes: tuple[Note, ...] = ()
    question: str | None = None
    position: int = 0
    total: int = 0
    filled: int = 0
    last: str | None = None  # last period's value of the question
    offer: str | None = None  # a value computed from the others
    values: dict[str, str] = {}  # only in the summary
    progress: dict[str, str] = {}
    buttons: tuple[Action, ...] = ()
    revision: int = 0


class NoticeKind(StrEnum):
    """Messages that go out by themselves."""

    OPENED = "opened"
    SOON = "soon"
    TODAY = "today"
    OVERDUE = "overdue"
    MISSING = "missing"
    CERTIFICATION_SOON = "certification_soon"
    PILOT_OVER = "pilot_over"
    APPLICATION_OPEN = "application_open"
    DECIDED = "decided"
    RETURNED = "returned"
    OFFERED = "offered"
    EXTENDED = "extended"
    SIGN_OFF_WAITING = "sign_off_waiting"


class Notice(BaseModel):
    """A message to a base's contacts, or to those of a member unit. `key` is its business key: it goes out once."""

    model_config = ConfigDict(frozen=True)

    key: str
    base_id: str | None = None
    department: str | None = None
    kind: NoticeKind
    obligation_id: str | None = None
    params: dict[str, str] = {}
