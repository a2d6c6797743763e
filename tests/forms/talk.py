"""A conversation with a form, without any server."""

from datetime import UTC, datetime

from domain.forms.dialogue import take
from domain.forms.present import view
from domain.forms.questions import AnswerKind, FormContext
from domain.forms.registry import FORMS
from domain.forms.said import Draft, Said, Turn
from domain.terms import ObligationKind
from domain.views import Action, Mode, View
from tests.support import FULL_BY_KIND

FORM = FORMS[ObligationKind.DISPATCH]
NOTHING_KNOWN = FormContext()


class Talk:
    """One person filling in one form."""

    def __init__(
        self,
        context: FormContext = NOTHING_KNOWN,
        draft: Draft | None = None,
        kind: ObligationKind = ObligationKind.DISPATCH,
    ) -> None:
        self.context, self.draft = context, draft or Draft()
        self.form, self._answers = FORMS[kind].asked(context), FULL_BY_KIND[kind]
        self.submitted = False

    def say(self, *texts: str) -> Turn:
        """Type one thing after another; the last turn."""
        for text in texts:
            turn = self._take(Said(text=text))
        return turn

    def tap(self, action: Action, revision: int | None = None) -> Turn:
        """Tap a button under the newest view, or under an older one."""
        return self._take(Said(action=action, revision=self.draft.revision if revision is None else revision))

    def fill(self, **different: str) -> Turn:
        """Answer every question that is still open."""
        if self.draft.mode is Mode.IDLE:
            self.say("开始")
        turn = Turn(self.draft)
        while self.draft.mode is Mode.ASKING and self.draft.cursor:
            asked = self.form.by_key[self.draft.cursor]
            turn = self.say(different.get(asked.key, self._answers[asked.key]))
            if asked.kind is AnswerKind.EVIDENCE and self.draft.cursor == asked.key:
                turn = self.say("完成")
        return turn

    def view(self) -> View:
        """What the person sees now."""
        return view(self.form, self.context, self.draft, "2026", datetime(2027, 1, 30, tzinfo=UTC))

    def _take(self, said: Said) -> Turn:
        turn = take(self.form, self.context, self.draft, said)
        self.draft, self.submitted = turn.draft, self.submitted or turn.submit
        return turn


def codes(turn: Turn) -> list[str]:
    """Codes of what is noted, and of what is doubted."""
    return [n.code for n in turn.notes] + [d.code for d in turn.draft.doubted]
