"""How questions, values and remarks are worded, the same in every dialogue."""

from collections.abc import Iterable
from decimal import Decimal

from bot.words import Words
from domain.errors import Refusal
from domain.forms.application_dialogue import choices_of
from domain.forms.questions import AnswerKind, Question
from domain.views import Note

_EXAMPLES = frozenset({AnswerKind.MONEY, AnswerKind.COUNT, AnswerKind.AREA, AnswerKind.PARTIES})


def shown(question: Question, value: str) -> str:
    """A value with its unit, with thousands separated."""
    if question.kind in (AnswerKind.MONEY, AnswerKind.AREA):
        return f"{Decimal(value):,.2f} {question.unit}"
    if question.kind is AnswerKind.COUNT:
        return f"{int(value):,} {question.unit}"
    return value


def plain(question: Question, value: str) -> str:
    """A value without its unit."""
    return shown(question, value).removesuffix(f" {question.unit}") if question.unit else value


def note(words: Words, said: Note, questions: Iterable[Question]) -> str:
    """A remark; if a rule refused, it ends with the clause."""
    params = dict(said.params)
    if said.code in ("note.accepted", "note.corrected"):
        question = next(q for q in questions if q.label == params["label"])
        params["value"] = shown(question, params["value"])
    refusal = Refusal(kind="note", code=said.code, params=params, clause=said.clause)
    return words.say(said.code, **params) + words.cite(refusal)


def asked(words: Words, question: Question) -> str:
    """A question, with its choices if they are not on buttons."""
    label = question.label
    if question.is_number:
        return words.say("form.question", label=label, unit=question.unit)
    match question.kind:
        case AnswerKind.CHOICE | AnswerKind.CHOICES | AnswerKind.YES_NO:
            return _choice(words, question)
        case AnswerKind.PARTIES:
            return words.say(
                "form.question_parties_or_none" if question.may_be_none else "form.question_parties",
                label=label,
            )
    code = "form.question_text_or_none" if question.may_be_none else "form.question_text"
    return words.say(code, label=label, max=question.max_length)


def _choice(words: Words, question: Question) -> str:
    if choices_of(question):
        return words.say("form.question_buttons", label=question.label)
    if question.kind is AnswerKind.CHOICES:
        code = "form.question_several_or_none" if question.may_be_none else "form.question_several"
    else:
        code = "form.question_choice" if question.may_be_none else "form.question_list"
    listed = [f"{n}. {choice}" for n, choice in enumerate(question.choices, 1)]
    return "\n".join([words.say(code, label=question.label), *listed])


def example(words: Words, question: Question) -> str | None:
    """An answer that would be taken, where that is not plain."""
    return words.say(f"form.example_{question.kind}") if question.kind in _EXAMPLES else None
