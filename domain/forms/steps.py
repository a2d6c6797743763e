"""Where a dialogue goes from one thing said: the next question, the summary, or what is doubtful."""

from domain.forms.asking import Asking
from domain.forms.questions import Doubt, FormContext
from domain.forms.said import Draft, Turn
from domain.forms.skipped import answered
from domain.views import Mode, Note


class Steps:
    """A draft of a form, and the steps that it can take."""

    def __init__(self, form: Asking, context: FormContext, draft: Draft) -> None:
        self.form, self.context, self.draft = form, context, draft

    def resume(self) -> Turn:
        """Where it was left; how much there is already. Of what was returned, its reason says more."""
        known = self.draft.values and not self.context.returned
        note = Note(code="note.resumed", params=self.filled())
        return self.start()._replace(notes=(note,) if known else ())

    def start(self) -> Turn:
        """The first question without an answer, else the summary."""
        open_question = self.form.next_open(self.draft.values)
        if open_question is None:
            return self.to_summary()
        return self.ask(open_question)

    def ask(self, key: str | None, *notes: Note) -> Turn:
        """This question, answered or not."""
        if key is None:
            return self.start()
        return Turn(self.moved(mode=Mode.ASKING, cursor=key, pending=None, doubted=()), notes)

    def to_summary(self) -> Turn:
        """All answers, if there are any."""
        if not self.draft.values:
            return self._refuse("note.nothing_yet")
        return Turn(self.moved(mode=Mode.SUMMARY, cursor=None, pending=None, doubted=()))

    def go_on(self, *notes: Note) -> Turn:
        """What is doubtful of several answers, then the next question without an answer, or the summary."""
        doubtful = self.doubtful() if self.draft.checking else None
        if doubtful:
            return doubtful._replace(notes=notes)
        if self.draft.checking:
            self.draft = self.moved(checking=False)
        open_question = self.form.next_open(self.draft.values)
        if open_question is None:
            return Turn(self.moved(mode=Mode.SUMMARY, cursor=None), notes)
        return self.ask(open_question, *notes)

    def doubtful(self) -> Turn | None:
        """The first answer that is doubtful among the others."""
        for key in self.form.by_key:
            doubts = self.open_doubts(key, self.draft.values)
            if doubts:
                value = self.draft.values[key]
                return Turn(self.moved(mode=Mode.DOUBTING, cursor=key, pending=value, doubted=doubts))
        return None

    def open_doubts(self, key: str, values: dict[str, str]) -> tuple[Doubt, ...]:
        """What is doubtful about one of these answers and was not confirmed."""
        found = self.form.doubts(key, answered(values), self.context)
        return tuple(d for d in found if d.fingerprint not in self.draft.confirmed)

    def filled(self) -> dict[str, str]:
        """How many answers there are, of how many."""
        filled = sum(question.key in self.draft.values for question in self.form.questions)
        return {"filled": str(filled), "total": str(len(self.form.questions))}

    def _refuse(self, code: str, **params: str) -> Turn:
        return Turn(self.draft, (Note(code=code, params=params),))

    def moved(self, **changes: object) -> Draft:
        """The draft with these changes; at another question nothing has gone wrong yet."""
        if changes.get("cursor", self.draft.cursor) != self.draft.cursor:
            changes["failures"] = 0
        return self.draft.model_copy(update=changes)
