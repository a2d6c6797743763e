"""What is said in a dialogue, and where the dialogue stands."""

import unicodedata
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from domain.errors import Refusal
from domain.forms.questions import Doubt
from domain.views import Action, Mode, Note

_WORDS = {
    "开始": Action.START,
    "开始填报": Action.START,
    "同上月": Action.SAME,
    "同上期": Action.SAME,
    "上一项": Action.BACK,
    "返回": Action.BACK,
    "暂停": Action.PAUSE,
    "汇总": Action.SUMMARY,
    "提交": Action.SUBMIT,
    "确认": Action.CONFIRM,
    "无误": Action.CONFIRM,
    "重填": Action.AGAIN,
    "重新上传": Action.AGAIN,
    "完成": Action.DONE,
    "明天": Action.SNOOZE,
    "明天提醒我": Action.SNOOZE,
}


class Given(BaseModel):
    """One of several answers that came together: a pasted line, or a cell of a sheet."""

    model_config = ConfigDict(frozen=True)

    text: str  # 「5=40」, 「企业职工实训：80」 …
    cell: str = ""  # where it stood in a sheet: F9
    wrong: str = ""  # code of why the cell cannot be read


class Said(BaseModel):
    """What came from a person: text, or a button and the revision of the view it stood under.

    What `reading.read` has found in a text stands beside it: a dialogue takes nothing for more than it was said to be,
    so that what was said before there were such readings is taken as it was then.
    """

    model_config = ConfigDict(frozen=True)

    text: str = ""
    action: Action | None = None
    revision: int | None = None
    batch: tuple[Given, ...] = ()  # what the text is if it is several answers
    item: int | None = None  # the item that a bare number names where none is asked for


class Draft(BaseModel):
    """A form being filled in."""

    model_config = ConfigDict(frozen=True)

    mode: Mode = Mode.IDLE
    values: dict[str, str] = {}
    cursor: str | None = None  # the question asked now
    doubted: tuple[Doubt, ...] = ()  # about `pending`
    pending: str | None = None
    confirmed: tuple[str, ...] = ()  # fingerprints of doubts that were answered with yes
    revision: int = 0
    failures: int = 0  # answers to the question asked now that could not be taken
    checking: bool = False  # answers that came together are still to be doubted


class Turn(NamedTuple):
    """Outcome of one thing said."""

    draft: Draft
    notes: tuple[Note, ...] = ()
    submit: bool = False
    failed: bool = False  # the draft knows only of one failure more


def action_of(text: str) -> Action | None:
    """The button that a word stands for."""
    return _WORDS.get(unicodedata.normalize("NFKC", text).strip())


def said_no(refusal: Refusal) -> Note:
    """A refusal as part of a dialogue."""
    return Note(code=refusal.code, params=refusal.params, clause=refusal.clause)
