"""What a dialogue asks for, and the answers that are ready: those that a button knows."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Protocol, Self

from domain.forms.questions import AnswerKind, Doubt, FormContext, Question
from domain.forms.skipped import answered
from domain.views import Action

_NEVER_THE_SAME = frozenset({AnswerKind.DATE, AnswerKind.EVIDENCE})
"""What held for the last period is no answer for this one."""


class Asking(Protocol):
    """What a dialogue asks for: the form of an obligation, or an application."""

    @property
    def questions(self) -> tuple[Question, ...]:
        """In the order in which they are asked."""

    @property
    def by_key(self) -> Mapping[str, Question]:
        """Questions by key."""

    @property
    def by_no(self) -> Mapping[int, Question]:
        """Questions by number."""

    @property
    def doubts(self) -> Callable[[str, Mapping[str, str], FormContext], tuple[Doubt, ...]]:
        """What is asked back about an answer."""

    @property
    def offered_total(self) -> Callable[[Mapping[str, str], FormContext], Decimal | None]:
        """A running total computed from the other answers."""

    @property
    def may_skip(self) -> bool:
        """Whether an item may be left out for a reason."""

    def given(self, values: Mapping[str, str]) -> Self:
        """What is asked after these answers."""

    def next_open(self, values: Mapping[str, str]) -> str | None:
        """Key of the first question without an answer."""


def last_of(question: Question, context: FormContext) -> str | None:
    """Last period's value, where it may be an answer again."""
    return None if question.kind in _NEVER_THE_SAME else context.last.get(question.key)


def before_it(form: Asking, context: FormContext, key: str | None) -> str | None:
    """The question before `key`, or the last one; of what was returned, only that. None: there is none."""
    keys = [
        q.key for q in form.questions if not context.returned or q.key in context.returned or q.key == key
    ]
    here = keys.index(key) if key in keys else len(keys)
    return keys[here - 1] if here else None


def ready_answer(
    question: Question, action: Action, values: dict[str, str], context: FormContext, form: Asking
) -> str | None:
    """The value behind 同上月, 建议值, 0, 无 or 全部; None where there is none."""
    if action is Action.SAME:
        return last_of(question, context)
    if action is Action.OFFER and question.cumulative:
        offered = form.offered_total(answered(values), context)
        return None if offered is None else f"{offered:.2f}"
    if action is Action.ZERO and question.is_number and question.kind is not AnswerKind.SCORE:
        return "0"
    if action is Action.NONE and question.may_be_none:
        return "无"
    if action is Action.ALL and question.kind is AnswerKind.CHOICES:
        return "全部"
    return None
