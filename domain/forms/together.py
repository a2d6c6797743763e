"""Several people over one form: whose answer each item is, and whether somebody still sees what is asked now."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from domain.forms.files import digests_in
from domain.forms.said import Draft, Said, action_of
from domain.views import Action, Mode

_IN_TURN = frozenset({Mode.ASKING, Mode.DOUBTING, Mode.SKIPPING})
_NAMES_ITS_ITEM = ("=", "＝")
_OF_THE_QUESTION = frozenset(
    {
        *(Action.SAME, Action.OFFER, Action.ZERO, Action.NONE, Action.ALL, Action.SKIP),
        *(Action.CONFIRM, Action.AGAIN, Action.DONE, Action.BACK),
    }
)
"""Typed as words, they are about what is asked now."""


class Together(BaseModel):
    """Who has answered what, by the key of the question, and what each was shown last; people by their actor's id."""

    model_config = ConfigDict(frozen=True)

    answered_by: dict[str, str] = {}
    saw: dict[str, str] = {}

    def answered(self, before: Draft, after: Draft, by: str) -> "Together":
        """What one has answered is that one's from now on; what was left as it was keeps its author."""
        changed = {key: by for key, value in after.values.items() if before.values.get(key) != value}
        return self.model_copy(update={"answered_by": self.answered_by | changed}).shown(after, by)

    def shown(self, draft: Draft, to: str) -> "Together":
        """Somebody sees what is asked now."""
        return self.model_copy(update={"saw": self.saw | {to: _asked(draft)}})

    def misses(self, draft: Draft, said: Said, by: str) -> bool:
        """Whether another has gone on meanwhile: what is typed was meant for a question that is not asked any more.

        A button tells that by its revision, and a correction names its item.
        """
        if draft.mode not in _IN_TURN or said.revision is not None or not _of_the_question(said):
            return False
        return self.saw.get(by) != _asked(draft)

    def authors(self, values: Mapping[str, str]) -> dict[str, str]:
        """Whose answers these are, as far as it is known."""
        return {key: self.answered_by[key] for key in values if key in self.answered_by}


def _of_the_question(said: Said) -> bool:
    action = said.action or action_of(said.text)
    if action is not None:
        return action in _OF_THE_QUESTION
    if said.batch or digests_in(said.text):  # a file has a question of its own
        return False
    return not any(sign in said.text for sign in _NAMES_ITS_ITEM)


def _asked(draft: Draft) -> str:
    return f"{draft.mode}:{draft.cursor}"
