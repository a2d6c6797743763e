"""The dialogue of a form, pure: a draft and what was said in, the next draft and what to show out.

Wrong answers are part of the dialogue: they change nothing and come back as a note. So a redelivered message,
right or wrong, gets the reply that it got the first time.
"""

import re
import unicodedata
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from domain.errors import Refusal, Refused
from domain.forms.asking import Asking, before_it, last_of, ready_answer
from domain.forms.files import digests_in, files_of, said_file
from domain.forms.questions import AnswerKind, Doubt, FormContext, Question
from domain.views import Action, Mode, Note

_CORRECTION = re.compile(r"\s*(\d{1,2})\s*[=＝]\s*(.*)", re.DOTALL)
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


class Said(BaseModel):
    """What came from a person: text, or a button and the revision of the view it stood under."""

    model_config = ConfigDict(frozen=True)

    text: str = ""
    action: Action | None = None
    revision: int | None = None


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


class Turn(NamedTuple):
    """Outcome of one thing said."""

    draft: Draft
    notes: tuple[Note, ...] = ()
    submit: bool = False


def take(form: Asking, context: FormContext, draft: Draft, said: Said) -> Turn:
    """One step of the dialogue. Raises nothing: what cannot be taken comes back as a note."""
    if said.revision is not None and said.revision != draft.revision:
        return Turn(draft, (Note(code="note.stale_button"),))
    turn = _Dialogue(form, context, draft).take(said)
    if turn.draft is draft:
        return turn
    return turn._replace(draft=turn.draft.model_copy(update={"revision": draft.revision + 1}))


class _Dialogue:
    """The rules of the dialogue over one draft."""

    def __init__(self, form: Asking, context: FormContext, draft: Draft) -> None:
        self.form, self.context, self.draft = form, context, draft

    def take(self, said: Said) -> Turn:
        action = said.action or self._meant(said.text)
        correction = _CORRECTION.fullmatch(said.text)
        if action is Action.SNOOZE:
            return Turn(self.draft)  # whoever reminds deals with it
        if digests_in(said.text):
            return self._file(said.text)
        if self.draft.mode is Mode.IDLE and not correction:
            return self._start()
        if action:
            return self._act(action)
        if correction:
            return self._correct(int(correction[1]), correction[2])
        if self.draft.mode in (Mode.ASKING, Mode.DOUBTING) and self.draft.cursor:
            return self._answer(self.draft.cursor, said.text)
        return Turn(self.draft, (Note(code="note.summary_help"),))

    def _meant(self, text: str) -> Action | None:
        """「完成」 may be what somebody has to say about a building: it ends an answer only where files are asked for."""
        action = action_of(text)
        return None if action is Action.DONE and self._asked_for_files is None else action

    @property
    def _asked_for_files(self) -> Question | None:
        """The question asked now, if files answer it."""
        question = self.form.by_key.get(self.draft.cursor or "")
        return question if question and question.kind is AnswerKind.EVIDENCE else None

    def _act(self, action: Action) -> Turn:
        match action:
            case Action.START:
                return self._start()
            case Action.BACK:
                return self._back()
            case Action.PAUSE:
                return Turn(
                    self._moved(mode=Mode.IDLE, cursor=None, pending=None, doubted=()),
                    (Note(code="note.paused", params=self._filled()),),
                )
            case Action.SUMMARY:
                return self._to_summary()
            case Action.SUBMIT:
                return self._submit()
            case Action.CONFIRM:
                return self._confirm()
            case Action.AGAIN:
                return self._again()
            case Action.DONE:
                return self._done()
            case _:
                return self._ready_answer(action)

    def _start(self) -> Turn:
        open_question = self.form.next_open(self.draft.values)
        if open_question is None:
            return self._to_summary()
        return self._ask(open_question)

    def _ask(self, key: str | None, *notes: Note) -> Turn:
        if key is None:
            return self._start()
        return Turn(self._moved(mode=Mode.ASKING, cursor=key, pending=None, doubted=()), notes)

    def _back(self) -> Turn:
        before = before_it(self.form, self.context, self.draft.cursor)
        if before is None:
            return Turn(self.draft, (Note(code="note.first_question"),))
        return self._ask(before)

    def _to_summary(self) -> Turn:
        if not self.draft.values:
            return self._refuse("note.nothing_yet")
        return Turn(self._moved(mode=Mode.SUMMARY, cursor=None, pending=None, doubted=()))

    def _again(self) -> Turn:
        question = self._asked_for_files
        if question:
            left = {key: value for key, value in self.draft.values.items() if key != question.key}
            self.draft = self._moved(values=left)
        return self._ask(self.draft.cursor)

    def _done(self) -> Turn:
        """No more files; at least one is needed, or 无."""
        question = self._asked_for_files
        if question is None:
            return self._refuse("note.no_file_wanted")
        if question.key not in self.draft.values:
            return self._refuse("note.no_file_yet", label=question.label)
        return self._go_on()

    def _file(self, said: str) -> Turn:
        """Files belong to the one question that they can answer, whatever is asked now."""
        question = next((q for q in self.form.questions if q.kind is AnswerKind.EVIDENCE), None)
        if question is None:
            return self._refuse("note.no_file_wanted")
        known = files_of(self.draft.values.get(question.key, ""))
        try:
            value = question.parse(said_file(*known, *(digests_in(said) or ())))
        except Refused as e:
            return Turn(self.draft, (said_no(e.refusal),))
        asked_now = self._asked_for_files is question
        self.draft = self._moved(values=self.draft.values | {question.key: value})
        self.form = self.form.given(self.draft.values)
        return self._after_file(question, len(files_of(value)), asked_now=asked_now)

    def _after_file(self, question: Question, count: int, *, asked_now: bool) -> Turn:
        """Another one may follow; with as many as there may be, the form goes on."""
        params = {"label": question.label, "count": str(count), "most": str(question.most)}
        note = Note(code="note.file_kept", params=params)
        if self.draft.mode is Mode.IDLE or (asked_now and count >= question.most):
            return self._go_on(note)
        return Turn(self.draft, (note,))

    def _ready_answer(self, action: Action) -> Turn:
        """同上月, the offered total, 0 and 无: an answer that a button knows."""
        key = self.draft.cursor
        if key is None:
            return self._refuse("note.summary_help")
        value = ready_answer(self.form.by_key[key], action, self.draft.values, self.context, self.form)
        if value is None:
            return self._refuse("note.no_last_value", label=self.form.by_key[key].label)
        return self._answer(key, value)

    def _correct(self, no: int, text: str) -> Turn:
        question = self.form.by_no.get(no)
        if question is None:
            return self._refuse("note.no_such_item", no=str(no), total=str(len(self.form.questions)))
        if digests_in(text) and question.kind is AnswerKind.EVIDENCE:
            return self._file(text)
        value: str | None = text
        if action_of(text) is Action.SAME:
            value = last_of(question, self.context)
        if value is None:
            return self._refuse("note.no_last_value", label=question.label)
        return self._answer(question.key, value, correcting=True)

    def _answer(self, key: str, text: str, *, correcting: bool = False) -> Turn:
        question = self.form.by_key[key]
        try:
            value = question.parse(text, self.context.around)
        except Refused as e:
            return Turn(self.draft, (said_no(e.refusal),))
        values = self.draft.values | {key: value}
        doubts = self._open_doubts(key, values)
        if doubts:
            return Turn(self._moved(mode=Mode.DOUBTING, cursor=key, pending=value, doubted=doubts))
        return self._accept(key, value, correcting=correcting)

    def _open_doubts(self, key: str, values: dict[str, str]) -> tuple[Doubt, ...]:
        found = self.form.doubts(key, values, self.context)
        return tuple(d for d in found if d.fingerprint not in self.draft.confirmed)

    def _confirm(self) -> Turn:
        draft = self.draft
        if draft.mode is not Mode.DOUBTING or draft.cursor is None or draft.pending is None:
            return self._refuse("note.nothing_to_confirm")
        confirmed = (*draft.confirmed, *(d.fingerprint for d in draft.doubted))
        self.draft = draft.model_copy(update={"confirmed": confirmed})
        return self._accept(draft.cursor, draft.pending)

    def _accept(self, key: str, value: str, *, correcting: bool = False) -> Turn:
        question = self.form.by_key[key]
        corrected = correcting or key in self.draft.values
        code = "note.corrected" if corrected else "note.accepted"
        note = Note(code=code, params={"label": question.label, "value": value, "unit": question.unit})
        self.draft = self._moved(values=self.draft.values | {key: value}, pending=None, doubted=())
        self.form = self.form.given(self.draft.values)
        return self._go_on(note)

    def _go_on(self, *notes: Note) -> Turn:
        """The next question without an answer, or the summary."""
        open_question = self.form.next_open(self.draft.values)
        if open_question is None:
            return Turn(self._moved(mode=Mode.SUMMARY, cursor=None), notes)
        return self._ask(open_question, *notes)

    def _submit(self) -> Turn:
        missing = self.form.next_open(self.draft.values)
        if missing is not None:
            return self._ask(missing, Note(code="note.not_complete", params=self._filled()))
        for key in self.form.by_key:
            doubts = self._open_doubts(key, self.draft.values)
            if doubts:
                value = self.draft.values[key]
                return Turn(self._moved(mode=Mode.DOUBTING, cursor=key, pending=value, doubted=doubts))
        return Turn(self._moved(mode=Mode.SUBMITTED, cursor=None), submit=True)

    def _filled(self) -> dict[str, str]:
        filled = sum(question.key in self.draft.values for question in self.form.questions)
        return {"filled": str(filled), "total": str(len(self.form.questions))}

    def _refuse(self, code: str, **params: str) -> Turn:
        return Turn(self.draft, (Note(code=code, params=params),))

    def _moved(self, **changes: object) -> Draft:
        return self.draft.model_copy(update=changes)


def action_of(text: str) -> Action | None:
    """The button that a word stands for."""
    return _WORDS.get(unicodedata.normalize("NFKC", text).strip())


def said_no(refusal: Refusal) -> Note:
    """A refusal as part of a dialogue."""
    return Note(code=refusal.code, params=refusal.params, clause=refusal.clause)
