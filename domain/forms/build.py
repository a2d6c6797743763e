"""Shorthand for the questions of a form, and what most forms do not check."""

from collections.abc import Mapping, Sequence

from domain.forms.questions import AnswerKind, Doubt, FormContext, Question


def ask(key: str, label: str, group: str, kind: AnswerKind, **more: object) -> Question:
    """A question that gets its number from `numbered`; `more` names the clause."""
    return Question.model_validate({"no": 0, "key": key, "label": label, "group": group, "kind": kind} | more)


def numbered(questions: Sequence[Question]) -> tuple[Question, ...]:
    """The questions with their numbers, from 1."""
    return tuple(question.model_copy(update={"no": no}) for no, question in enumerate(questions, 1))


def no_doubts(key: str, values: Mapping[str, str], context: FormContext) -> tuple[Doubt, ...]:
    """Nothing is asked back."""
    return ()


def nothing(values: Mapping[str, str], context: FormContext) -> None:
    """Nothing is computed."""
    return
