"""The dialogue of a form, pure: a draft and what was said in, the next draft and what to show out.

Wrong answers are part of the dialogue: they change nothing and come back as a note. So a redelivered message,
right or wrong, gets the reply that it got the first time.
"""

import re

from domain.errors import Refused
from domain.forms import helping, pasted
from domain.forms.asking import Asking, before_it, last_of, ready_answer
from domain.forms.files import digests_in, files_of, said_file
from domain.forms.questions import AnswerKind, FormContext, Question
from domain.forms.said import Draft, Given, Said, Turn, action_of, said_no
from domain.forms.skipped import (
    MOST_REASON,
    NotAReasonError,
    is_skipped,
    may_be_skipped,
    skipped,
)
from domain.forms.steps import Steps
from domain.views import Action, Mode, Note

_CORRECTION = re.compile(r"\s*(\d{1,2})\s*[=＝]\s*(.*)", re.DOTALL)


def take(form: Asking, context: FormContext, draft: Draft, said: Said) -> Turn:
    """One step of the dialogue. Raises nothing: what cannot be taken comes back as a note."""
    if said.revision is not None and said.revision != draft.revision:
        return Turn(draft, (Note(code="note.stale_button"),))
    turn = _Dialogue(form, context, draft).take(said)
    if turn.draft is draft or turn.failed:
        return turn
    return turn._replace(draft=turn.draft.model_copy(update={"revision": draft.revision + 1}))


class _Dialogue(Steps):
    """The rules of the dialogue over one draft."""

    def take(self, said: Said) -> Turn:
        together = self._together(said.batch) if said.batch else None
        return together or self._one(said)

    def _one(self, said: Said) -> Turn:
        action = said.action or self._meant(said.text)
        correction = None if said.action else _CORRECTION.fullmatch(said.text)
        if action is Action.SNOOZE:
            return Turn(self.draft)  # whoever reminds deals with it
        if digests_in(said.text):
            return self._file(said.text)
        if self.draft.mode is Mode.IDLE and not correction and action is not Action.PICK:
            return self.resume()
        if action:
            return self._act(action, said)
        if correction:
            return self._correct(int(correction[1]), correction[2])
        return self._typed(said)

    def _typed(self, said: Said) -> Turn:
        mode, key = self.draft.mode, self.draft.cursor
        if key and mode in (Mode.ASKING, Mode.DOUBTING):
            return self._answer(key, said.text)
        if key and mode is Mode.SKIPPING:
            return self._skip(said.text)
        if said.item in self.form.by_no:
            return self._pick(said.item or 0)
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

    def _act(self, action: Action, said: Said) -> Turn:
        match action:
            case Action.SKIP:
                return self._skip(said.text)
            case Action.PICK:
                return self._pick(said.item or 0)
            case Action.HELP:
                return self._help()
            case Action.START:
                return self.start()
            case Action.BACK:
                return self._back()
            case Action.PAUSE:
                return Turn(
                    self.moved(mode=Mode.IDLE, cursor=None, pending=None, doubted=()),
                    (Note(code="note.paused", params=self.filled()),),
                )
            case Action.SUMMARY:
                return self.to_summary()
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

    def _pick(self, no: int) -> Turn:
        question = self.form.by_no.get(no)
        return self.ask(question.key) if question else self._no_such(no)

    def _no_such(self, no: int) -> Turn:
        return self._refuse("note.no_such_item", no=str(no), total=str(len(self.form.questions)))

    def _help(self) -> Turn:
        """How the question is answered, or what can be done with the summary; what is shown is shown again below."""
        question = self.form.by_key.get(self.draft.cursor or "")
        return Turn(self.draft, (helping.about(question) if question else Note(code="note.summary_help"),))

    def _back(self) -> Turn:
        before = before_it(self.form, self.context, self.draft.cursor)
        if before is None:
            return Turn(self.draft, (Note(code="note.first_question"),))
        return self.ask(before)

    def _again(self) -> Turn:
        question = self._asked_for_files
        if question:
            left = {key: value for key, value in self.draft.values.items() if key != question.key}
            self.draft = self.moved(values=left)
        return self.ask(self.draft.cursor)

    def _done(self) -> Turn:
        """No more files; at least one is needed, or 无."""
        question = self._asked_for_files
        if question is None:
            return self._refuse("note.no_file_wanted")
        if question.key not in self.draft.values:
            return self._refuse("note.no_file_yet", label=question.label)
        return self.go_on()

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
        self.draft = self.moved(values=self.draft.values | {question.key: value})
        self.form = self.form.given(self.draft.values)
        return self._after_file(question, len(files_of(value)), asked_now=asked_now)

    def _after_file(self, question: Question, count: int, *, asked_now: bool) -> Turn:
        """Another one may follow; with as many as there may be, the form goes on."""
        params = {"label": question.label, "count": str(count), "most": str(question.most)}
        note = Note(code="note.file_kept", params=params)
        if self.draft.mode is Mode.IDLE or (asked_now and count >= question.most):
            return self.go_on(note)
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
            return self._no_such(no)
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
            return self._failed(said_no(e.refusal), counts=not correcting and self.form.may_skip)
        values = self.draft.values | {key: value}
        doubts = self.open_doubts(key, values)
        if doubts:
            return Turn(self.moved(mode=Mode.DOUBTING, cursor=key, pending=value, doubted=doubts))
        return self._accept(key, value, correcting=correcting)

    def _failed(self, note: Note, *, counts: bool) -> Turn:
        """Nothing changes but how often the question asked now was answered in vain."""
        if not counts:
            return Turn(self.draft, (note,))
        return Turn(self.moved(failures=self.draft.failures + 1), (note,), failed=True)

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
        if is_skipped(value):
            code = "note.skipped"
        note = Note(code=code, params={"label": question.label, "value": value, "unit": question.unit})
        self.draft = self.moved(values=self.draft.values | {key: value}, pending=None, doubted=(), failures=0)
        self.form = self.form.given(self.draft.values)
        return self.go_on(note)

    def _skip(self, reason: str) -> Turn:
        """Leave the question asked now out; without a reason, that is asked for."""
        question = self.form.by_key.get(self.draft.cursor or "")
        if question is None:
            return self._refuse("note.summary_help")
        if not self.form.may_skip or not may_be_skipped(question):
            code = "note.none_instead" if question.may_be_none else "note.no_skip"
            return self._refuse(code, label=question.label)
        if not reason:
            return Turn(self.moved(mode=Mode.SKIPPING, pending=None, doubted=()))
        try:
            return self._accept(question.key, skipped(reason))
        except NotAReasonError:
            return self._refuse("note.skip_reason", most=str(MOST_REASON))

    def _together(self, given: tuple[Given, ...]) -> Turn | None:
        """Several answers at once: all of them, or none. None: they are one answer that has lines."""
        asked = self.form.by_key.get(self.draft.cursor or "")
        several = asked is not None and (
            asked.kind in pasted.SEVERAL_LINES or self.draft.mode is Mode.SKIPPING
        )
        lines = pasted.lines_of(self.form, given, several=several)
        if lines is None:
            return None
        before = self.draft.values
        batch = pasted.taken(self.form, self.context, before, lines)
        if batch.wrong:
            params = {"wrong": str(len(batch.wrong)), "count": str(len(lines))}
            return Turn(self.draft, (Note(code="pasted.refused", params=params), *batch.wrong))
        if not batch.values:
            return self._refuse("pasted.nothing_new")
        self.draft = self.moved(
            values=before | batch.values, pending=None, doubted=(), checking=True, failures=0
        )
        self.form = self.form.given(self.draft.values)
        corrected = str(len(batch.values.keys() & before.keys()))
        params = {"count": str(len(batch.values)), "corrected": corrected, **self.filled()}
        code = "pasted.taken" if corrected == "0" else "pasted.taken_anew"
        return self.go_on(Note(code=code, params=params))

    def _submit(self) -> Turn:
        missing = self.form.next_open(self.draft.values)
        if missing is not None:
            return self.ask(missing, Note(code="note.not_complete", params=self.filled()))
        return self.doubtful() or Turn(self.moved(mode=Mode.SUBMITTED, cursor=None), submit=True)
