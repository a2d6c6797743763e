"""暂缺: an item that cannot be answered now, with the reason in place of the answer. Who reviews may return it.

The reason is kept where the answer would be, so that it crosses histories, versions and exports as any answer does.
What is added up leaves it out.
"""

import re
from collections.abc import Mapping

from domain.forms.questions import AnswerKind, Question

MOST_REASON = 100
SKIP_AFTER = 2
"""From so many answers that could not be taken on, skipping is offered."""

_MARK = "暂缺："
_SAYS_SOMETHING = re.compile(r"[^\W\d_]{2}")  # two letters in a row


class NotAReasonError(ValueError):
    """Too short or too long to be a reason."""


def may_be_skipped(question: Question) -> bool:
    """「无」 needs no reason, a running total can go on from the last one, and a document is owed as such."""
    return not (question.may_be_none or question.cumulative or question.kind is AnswerKind.EVIDENCE)


def skipped(reason: str) -> str:
    """The value of an item that is left out for a reason. Raises NotAReasonError."""
    said = " ".join(reason.replace("\x00", "").split())
    if len(said) > MOST_REASON or not _SAYS_SOMETHING.search(said):
        raise NotAReasonError(said)
    return f"{_MARK}{said}"


def is_skipped(value: str) -> bool:
    """Whether a value is the reason for having none."""
    return value.startswith(_MARK)


def reason_in(text: str) -> str | None:
    """The reason in 「暂缺：…」; None if it is something else."""
    said = text.strip().replace("暂缺:", _MARK)
    return said.removeprefix(_MARK) if said.startswith(_MARK) else None


def answered(values: Mapping[str, str]) -> dict[str, str]:
    """The values without those that were skipped."""
    return {key: value for key, value in values.items() if not is_skipped(value)}
