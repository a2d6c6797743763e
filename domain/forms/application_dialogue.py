"""The dialogue of an application, pure: like that of a form, but which questions are asked depends on the answers.

During 补正 only what was returned is asked, and what a new answer newly calls for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from domain.forms import dialogue
from domain.forms.application import BY_KEY, asked
from domain.forms.present import fitting
from domain.forms.questions import AnswerKind, Doubt, FormContext, Question, choices_of
from domain.forms.said import Draft, Said
from domain.terms import LeadKind
from domain.views import Action, Mode, Note

MOST_NUMBERS = 999
"""A button has room for three digits."""

MOST_WAITING = 20
"""Files of one application that wait to be told what they are."""

_NOTHING_KNOWN = FormContext()


class Waiting(BaseModel):
    """A file that came in chat without saying what it is."""

    model_config = ConfigDict(frozen=True)

    file_id: str
    filename: str
    started_at: datetime
    sent_as: str  # the update that it came with


class Filling(Draft):
    """An application being filled in. While papers are completed, `values` are the new answers only."""

    returned: dict[str, str] | None = None  # when each question was returned; None: everything is asked
    old: dict[str, str] = Field(default_factory=dict)  # what was answered then
    files: dict[int, Waiting] = Field(default_factory=dict)  # those whose kind is asked for, by number
    numbered: int = 0  # the number given last

    def with_file(self, file: Waiting) -> "Filling":
        """With one more file that waits, under the next number; the newest ones wait."""
        number = self.numbered % MOST_NUMBERS + 1
        files = sorted((self.files | {number: file}).items(), key=lambda one: one[1].started_at)
        return self.model_copy(update={"files": dict(files[-MOST_WAITING:]), "numbered": number})

    def without_file(self, number: int) -> "Filling":
        """Without a file that has found its place."""
        return self.model_copy(update={"files": {no: one for no, one in self.files.items() if no != number}})

    def number_of(self, update_id: str) -> int | None:
        """The number under which the file of an update waits; None if it does not."""
        return next((no for no, file in self.files.items() if file.sent_as == update_id), None)


class Turn(NamedTuple):
    """Outcome of one thing said: the answers on file from now on, and the draft."""

    values: dict[str, str]
    draft: Filling
    notes: tuple[Note, ...] = ()
    submit: bool = False


@dataclass(frozen=True)
class Asking:
    """The questions of one application after its answers so far, numbered as they are asked."""

    lead_kind: LeadKind
    direction: int
    values: Mapping[str, str] = field(default_factory=dict)
    on_file: Mapping[str, str] = field(default_factory=dict)  # answers that need not be given again
    again: frozenset[str] | None = None  # those that were returned; None: everything is asked

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """What is asked of this applicant now."""
        theirs = asked(self.lead_kind, self.direction, {**self.on_file, **self.values})
        wanted = [q for q in theirs if self._wanted(q.key)]
        return tuple(q.model_copy(update={"no": no}) for no, q in enumerate(wanted, 1))

    @property
    def may_skip(self) -> bool:
        """Nobody could put right later what an application was chosen by."""
        return False

    def _wanted(self, key: str) -> bool:
        if self.again is None:
            return True
        return key in self.again or key in self.values or key not in self.on_file

    @cached_property
    def by_key(self) -> Mapping[str, Question]:
        """Questions by key."""
        return {q.key: q for q in self.questions}

    @cached_property
    def by_no(self) -> Mapping[int, Question]:
        """Questions by number."""
        return {q.no: q for q in self.questions}

    def given(self, values: Mapping[str, str]) -> "Asking":
        """What is asked after these answers."""
        return replace(self, values=values)

    def next_open(self, values: Mapping[str, str]) -> str | None:
        """Key of the first question without an answer."""
        return next((q.key for q in self.questions if q.key not in values), None)

    def doubts(self, key: str, values: Mapping[str, str], context: FormContext) -> tuple[Doubt, ...]:
        """Nothing is asked back: the check of an application names every gap at its end."""
        return ()

    def offered_total(self, values: Mapping[str, str], context: FormContext) -> Decimal | None:
        """There are no running totals."""
        return None


class Answered(NamedTuple):
    """One line of the summary."""

    question: Question
    value: str


class ApplicationView(BaseModel):
    """What a person is to see of an application now."""

    model_config = ConfigDict(frozen=True)

    mode: Mode
    notes: tuple[Note, ...] = ()
    question: Question | None = None
    old: str | None = None  # the answer that was returned
    total: int = 0
    filled: int = 0
    completing: bool = False  # 补正
    answers: tuple[Answered, ...] = ()  # only in the summary
    buttons: tuple[Action, ...] = ()
    revision: int = 0


def opened(
    values: Mapping[str, str], stored: Mapping[str, object], returned: Mapping[str, datetime] | None
) -> Filling:
    """The draft as it was stored, over the answers on file; `returned` is what the formal review asks for again.

    An item that is returned once more is asked once more. None: nothing was returned.
    """
    draft = Filling.model_validate(stored)
    if returned is None:
        return _at_rest(draft, draft.returned is not None, values=dict(values), returned=None, old={})
    times = {key: at.isoformat() for key, at in returned.items() if key in BY_KEY}
    known = draft.returned or {}
    anew = {key for key, at in times.items() if known.get(key) != at}
    answers = {} if draft.returned is None else draft.values
    return _at_rest(
        draft,
        bool(anew) or draft.returned is None,
        values={key: value for key, value in answers.items() if key not in anew},
        returned=times,
        old={key: values.get(key, "") if key in anew else draft.old.get(key, "") for key in times},
    )


def _at_rest(draft: Filling, another: bool, **changes: object) -> Filling:
    """The draft with these changes; at rest if other questions are asked from now on."""
    rest = {"mode": Mode.IDLE, "cursor": None} if another else {}
    return draft.model_copy(update={**changes, **rest})


def asking(lead_kind: LeadKind, direction: int, values: Mapping[str, str], draft: Filling) -> Asking:
    """What is asked now; `values` are the answers on file."""
    if draft.returned is None:
        return Asking(lead_kind, direction, draft.values)
    return Asking(lead_kind, direction, draft.values, values, frozenset(draft.returned))


def take(lead_kind: LeadKind, direction: int, values: Mapping[str, str], draft: Filling, said: Said) -> Turn:
    """One step of the dialogue. Raises nothing: what cannot be taken comes back as a note."""
    form = asking(lead_kind, direction, values, draft)
    if draft.cursor is not None and draft.cursor not in form.by_key:  # answers came in another way meanwhile
        draft = draft.model_copy(update={"mode": Mode.IDLE, "cursor": None})
    turn = dialogue.take(form, _NOTHING_KNOWN, draft, said)
    after = Filling.model_validate(turn.draft)
    return Turn({**values, **after.values}, after, turn.notes, turn.submit)


def view(form: Asking, draft: Filling, notes: tuple[Note, ...] = ()) -> ApplicationView:
    """What to show now: the question with its buttons, or the summary."""
    answers = tuple(Answered(q, draft.values[q.key]) for q in form.questions if q.key in draft.values)
    question = form.by_key.get(draft.cursor or "") if draft.mode is Mode.ASKING else None
    return ApplicationView(
        mode=draft.mode if question or draft.mode is Mode.SUMMARY else Mode.IDLE,
        notes=notes,
        question=question,
        old=draft.old.get(question.key) if question else None,
        total=len(form.questions),
        filled=len(answers),
        completing=draft.returned is not None,
        answers=answers if draft.mode is Mode.SUMMARY else (),
        buttons=_buttons(form, draft, question),
        revision=draft.revision,
    )


def _buttons(form: Asking, draft: Filling, question: Question | None) -> tuple[Action, ...]:
    if question is None:
        at_end = (Action.SUBMIT, Action.BACK, Action.PAUSE)
        return at_end if draft.mode is Mode.SUMMARY else (Action.START,)
    possible = (
        (Action.ZERO, question.is_number),
        (Action.ALL, question.kind is AnswerKind.CHOICES),
        (Action.NONE, question.may_be_none),
        (Action.BACK, question.no > 1),
        (Action.SUMMARY, not form.next_open(draft.values)),
        (Action.PAUSE, True),
    )
    return fitting([action for action, offered in possible if offered], len(choices_of(question)))
