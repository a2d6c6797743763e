"""What to say and to offer, as values. The words are found by code in `bot/texts/zh.toml`."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.policy.source import Clause
from domain.terms import ObligationKind, Recipient


class Place(BaseModel):
    """Which of several answers a sentence is about."""

    model_config = ConfigDict(frozen=True)

    no: int = 0  # of the item; 0: it belongs to none
    label: str = ""
    cell: str = ""  # of a sheet: F9


class Note(BaseModel):
    """One sentence, by its code and the values in it; the rule, if one refused."""

    model_config = ConfigDict(frozen=True)

    code: str
    params: dict[str, str] = {}
    clause: Clause | None = None
    place: Place | None = None


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
    SNOOZE = "snooze"  # 「明天提醒我」: no answer, it moves the next reminder
    DONE = "done"  # 「完成」: no more files
    SKIP = "skip"  # 「跳过」: leave the item out, for a reason
    PICK = "pick"  # 「改 5」: ask for an item again
    HELP = "help"  # what is asked for, and how it is answered


class Mode(StrEnum):
    """What the form is at."""

    IDLE = "idle"
    ASKING = "asking"
    DOUBTING = "doubting"
    SKIPPING = "skipping"  # the reason is asked for
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
    now: str | None = None  # what is answered already
    old: str | None = None  # what was handed in the time before for the question, which was returned
    returned_for: str | None = None  # why the office returned it
    files: int = 0  # that came in for the question
    note: str = ""  # what an order asks for
    open_again: int = 0  # returned items that still have to be answered
    corrected: dict[
        str, bool
    ] = {}  # in the summary: items that were returned or changed; whether they changed
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
    RECALLED = "recalled"
    RECOVERED = "recovered"
    DEPARTMENT_TOLD = "department"
    OFFICE_TOLD = "office"
    ASKED = "asked"
    REPORT_RETURNED = "returned_report"
    ACCEPTED = "accepted"
    WAIVED = "waived"
    OBJECTED = "objected"
    RECALL_OVERDUE = "recall_overdue"
    CREDIT = "credit"
    REPORT_EXTENDED = "extended_report"
    PAUSED = "paused"
    RESUMED = "resumed"
    REOPEN_ASKED = "reopen_asked"
    REOPENED = "reopened"
    REOPEN_REFUSED = "reopen_refused"
    SUPERVISION_DUE = "supervision_due"
    CONSEQUENCE_DUE = "consequence_due"
    SUPERVISION_CONCLUDED = "supervision_concluded"
    ASSESSMENT_WAITING = "assessment_waiting"
    GRADE_PROPOSED = "grade_proposed"
    GRADE_APPEALED = "grade_appealed"
    APPEAL_RESOLVED = "appeal_resolved"
    GRADE_PUBLISHED = "grade_published"
    URGED = "urged"  # of what a base owes
    URGED_STEP = "urged_step"  # of whatever else somebody is waited for
    HANDED_OVER = "handed_over"
    TAKEN_BACK = "taken_back"


REMINDERS = frozenset(
    {
        NoticeKind.OPENED,
        NoticeKind.SOON,
        NoticeKind.TODAY,
        NoticeKind.OVERDUE,
        NoticeKind.ASKED,
        NoticeKind.DEPARTMENT_TOLD,
        NoticeKind.OFFICE_TOLD,
        NoticeKind.REPORT_RETURNED,
        NoticeKind.REPORT_EXTENDED,
        NoticeKind.RESUMED,
        NoticeKind.REOPENED,
        NoticeKind.URGED,
    }
)
"""What asks for something that is still owed: untrue once it was handed in, or locked."""


class Notice(BaseModel):
    """A message to a base's contacts, to those of a member unit, or to one person. `key` is its business key: it goes
    out once."""

    model_config = ConfigDict(frozen=True)

    key: str
    base_id: str | None = None
    department: str | None = None
    kind: NoticeKind
    obligation_id: str | None = None
    to: tuple[Recipient, ...] = ()  # of an obligation's notice; empty: all who answer for the base
    contact: int | None = None  # who alone is told
    params: dict[str, str] = {}
