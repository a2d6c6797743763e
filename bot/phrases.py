"""How questions, values and remarks are worded, the same in every dialogue."""

from collections.abc import Iterable
from decimal import Decimal

from bot.reply import MOST_BYTES
from bot.words import Words
from domain.errors import Refusal
from domain.forms.files import files_of
from domain.forms.questions import NONE_WORD, AnswerKind, Question, choices_of
from domain.forms.skipped import is_skipped
from domain.views import Note, Place

_EXAMPLES = frozenset(
    {
        AnswerKind.MONEY,
        AnswerKind.COUNT,
        AnswerKind.AREA,
        AnswerKind.PARTIES,
        AnswerKind.DATE,
        AnswerKind.SCORE,
    }
)


def shown(words: Words, question: Question, value: str) -> str:
    """A value with its unit, with thousands separated; of files, how many there are; or why there is none."""
    if is_skipped(value):
        return value
    if question.kind is AnswerKind.EVIDENCE and value != NONE_WORD:
        return words.say("form.files_value", count=len(files_of(value)))
    if question.kind in (AnswerKind.MONEY, AnswerKind.AREA):
        return f"{Decimal(value):,.2f} {question.unit}"
    if question.kind is AnswerKind.COUNT:
        return f"{int(value):,} {question.unit}"
    return f"{value} {question.unit}" if question.kind is AnswerKind.SCORE else value


def plain(words: Words, question: Question, value: str) -> str:
    """A value without its unit."""
    said = shown(words, question, value)
    return said.removesuffix(f" {question.unit}") if question.unit else said


def shortened(text: str, most: int) -> str:
    """At most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def note(words: Words, said: Note, questions: Iterable[Question]) -> str:
    """A remark, with what it is about if there are several; if a rule refused, it ends with the clause."""
    params = dict(said.params)
    if said.code in ("note.accepted", "note.corrected"):
        question = next(q for q in questions if q.label == params["label"])
        params["value"] = shown(words, question, params["value"])
    refusal = Refusal(kind="note", code=said.code, params=params, clause=said.clause)
    text = words.say(said.code, **params) + words.cite(refusal)
    return _placed(words, said.place, text) if said.place else text


def _placed(words: Words, place: Place, text: str) -> str:
    if place.cell and place.no:
        return words.say("pasted.at_cell", cell=place.cell, no=place.no, label=place.label, text=text)
    if place.cell:
        return words.say("pasted.at_cell_only", cell=place.cell, text=text)
    return words.say("pasted.at_item", no=place.no, label=place.label, text=text) if place.no else text


def asked(words: Words, question: Question) -> str:
    """A question, with its choices if they are not on buttons."""
    label = question.label
    match question.kind:
        case AnswerKind.SCORE:
            return words.say("form.question_score", label=label, unit=question.unit)
        case AnswerKind.MONEY | AnswerKind.COUNT | AnswerKind.AREA:
            return words.say("form.question", label=label, unit=question.unit)
        case AnswerKind.CHOICE | AnswerKind.CHOICES | AnswerKind.YES_NO:
            return _choice(words, question)
        case AnswerKind.DATE:
            return words.say("form.question_date", label=label)
        case AnswerKind.EVIDENCE:
            return _files(words, question)
        case AnswerKind.PARTIES:
            return words.say(
                "form.question_parties_or_none" if question.may_be_none else "form.question_parties",
                label=label,
            )
        case AnswerKind.TEXT:
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


def _files(words: Words, question: Question) -> str:
    kinds = "、".join(question.files)
    if question.may_be_none:
        return words.say("form.question_files_or_none", label=question.label, kinds=kinds, most=question.most)
    if question.most == 1:
        return words.say("form.question_file", label=question.label, kinds=kinds)
    return words.say("form.question_files", label=question.label, kinds=kinds, most=question.most)


def example(words: Words, question: Question) -> str | None:
    """An answer that would be taken, where that is not plain."""
    return words.say(f"form.example_{question.kind}") if question.kind in _EXAMPLES else None


def fitting(words: Words, head: str, lines: list[str], rest: str) -> str:
    """A head and as many lines as one message takes; `rest` is the code that tells how many are left out."""
    text = "\n".join([head, *lines])
    kept = len(lines)
    while len(text.encode()) > MOST_BYTES and kept:
        kept -= 1
        text = "\n".join([head, *lines[:kept], words.say(rest, rest=len(lines) - kept)])
    return text
