"""Several answers at once, pasted or from a sheet: all of them are taken, or none, with everything that is wrong."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.errors import Refused
from domain.forms.asking import Asking, last_of
from domain.forms.questions import AnswerKind, FormContext, Question
from domain.forms.said import Given, action_of, said_no
from domain.forms.skipped import MOST_REASON, NotAReasonError, may_be_skipped, reason_in, skipped
from domain.views import Action, Note, Place

SEVERAL_LINES = frozenset({AnswerKind.TEXT, AnswerKind.PARTIES})
"""An answer to these may have lines of its own."""

_BY_NUMBER = re.compile(r"第?\s*(\d{1,3})\s*项?\s*([=＝:：])\s*(.*)", re.DOTALL)
_BEFORE_LABEL = re.compile(r"(\d{1,3})(?:\s*[.．、)）]\s*|\s+)(.+)", re.DOTALL)
_WITH_BLANK = re.compile(r"(\d{1,3})\s+(.+)", re.DOTALL)
_SEPARATOR = re.compile(r"\s*[=＝:：]\s*|\s+")
_IN_BRACKETS = re.compile(r"\(.*\)$")
_ENDS = "；;，,。"
_SHOWN = 40
_LONGEST_NAME = 200
"""Characters before a figure that may still be the name of its item."""
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Line(NamedTuple):
    """An answer, and the question it is for; `sure` if it can hardly be anything else."""

    given: Given
    question: Question | None = None
    value: str = ""
    sure: bool = False


class Batch(NamedTuple):
    """What becomes of several answers: what changes, or why nothing does."""

    values: dict[str, str]
    wrong: tuple[Note, ...]


def lines_of(form: Asking, given: Sequence[Given], *, several: bool) -> list[Line] | None:
    """The answers with their questions; None if they are one answer that has lines.

    `several`: the question asked now may be answered in several lines, so that nothing is left to chance.
    """
    lines = [_line(form, one) for one in given]
    if any(one.cell for one in given):
        return lines
    known = sum(line.question is not None for line in lines)
    if several:
        return lines if all(line.sure for line in lines) else None
    return lines if known and 2 * known >= len(lines) else None


def taken(form: Asking, context: FormContext, values: Mapping[str, str], lines: Sequence[Line]) -> Batch:
    """The values that are new or other ones, and everything that is wrong with any line."""
    found: dict[str, str] = {}
    wrong: list[Note] = []
    seen: set[str] = set()
    for line in lines:
        problem = _problem(form, line, seen)
        if line.question is None or problem:
            wrong += [problem] if problem else []
            continue
        seen.add(line.question.key)
        try:
            found[line.question.key] = _value(form, context, values, line.question, line.value)
        except Refused as e:
            wrong.append(said_no(e.refusal).model_copy(update={"place": _place(line)}))
    changed = {key: value for key, value in found.items() if values.get(key) != value}
    return Batch({} if wrong else changed, tuple(wrong))


def _problem(form: Asking, line: Line, seen: set[str]) -> Note | None:
    """Why a line cannot even be read."""
    if line.given.wrong:
        return Note(code=line.given.wrong, place=_place(line))
    if line.question is None:
        shown, total = line.given.text[:_SHOWN], str(len(form.questions))
        return Note(code="pasted.unknown", params={"given": shown, "total": total}, place=_place(line))
    if line.question.key in seen:
        return Note(code="pasted.twice", params={"given": line.value[:_SHOWN]}, place=_place(line))
    return None


def _place(line: Line) -> Place:
    question = line.question
    return Place(
        no=question.no if question else 0, label=question.label if question else "", cell=line.given.cell
    )


def _value(
    form: Asking, context: FormContext, values: Mapping[str, str], question: Question, text: str
) -> str:
    """The canonical value of an answer; the one that there is, if it is said again. Raises Refused."""
    current, reason = values.get(question.key), reason_in(text)
    if current is not None and _plain(text) == _plain(current):
        return current
    if not text.strip():
        raise Refused("answer.empty", question.clause, label=question.label)
    if reason is not None and form.may_skip and may_be_skipped(question):
        return _skipped(question, reason)
    if action_of(text) is Action.SAME:
        return _same(question, context)
    value = question.parse(text, context.around)
    return current if current is not None and _plain(value) == _plain(current) else value


def _plain(text: str) -> str:
    """As a sheet can hold it: what cannot be seen is lost there, and line ends are all alike."""
    return _UNSEEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n").strip()


def _skipped(question: Question, reason: str) -> str:
    try:
        return skipped(reason)
    except NotAReasonError:
        raise Refused(
            "pasted.reason", question.clause, label=question.label, given=reason[:_SHOWN], most=MOST_REASON
        ) from None


def _same(question: Question, context: FormContext) -> str:
    last = last_of(question, context)
    if last is None:
        raise Refused("note.no_last_value", question.clause, label=question.label)
    return last


def _line(form: Asking, given: Given) -> Line:
    text = given.text.strip()
    found = _by_number(form, given, text) or _by_label(form, given, text) or _with_blank(form, given, text)
    return found or Line(given)


def _by_number(form: Asking, given: Given, text: str) -> Line | None:
    """「5=40」 and 「5：40」."""
    match = _BY_NUMBER.fullmatch(text)
    if match is None:
        return None
    question = form.by_no.get(int(match[1]))
    sure = question is not None and match[2] in "=＝"
    return Line(given, question, _trimmed(question, match[3]), sure)


def _by_label(form: Asking, given: Given, text: str) -> Line | None:
    """「企业职工实训：80」, also with its number before it, as the summary has it; a part of a name, if only one has it."""
    numbered = _BEFORE_LABEL.fullmatch(text)
    if numbered:
        line = _labelled(form, given, numbered[2])
        if line and line.question and line.question.no == int(numbered[1]):
            return line
    return _labelled(form, given, text)


def _labelled(form: Asking, given: Given, text: str) -> Line | None:
    ends = (m.span() for m in _SEPARATOR.finditer(text[: _LONGEST_NAME + 1]))
    parts = [(text[:first], text[last:]) for first, last in ends]
    by_label = {_name(question.label): question for question in form.questions}
    for head, value in reversed(parts):
        question = by_label.get(_name(head))
        if question:
            return Line(given, question, _trimmed(question, value), sure=True)
    head, value = parts[0] if parts else ("", "")
    name = _name(head)
    found = [q for label, q in by_label.items() if len(name) > 1 and not name.isdecimal() and name in label]
    return Line(given, found[0], _trimmed(found[0], value)) if len(found) == 1 else None


def _with_blank(form: Asking, given: Given, text: str) -> Line | None:
    """「5 40」."""
    match = _WITH_BLANK.fullmatch(text)
    question = form.by_no.get(int(match[1])) if match else None
    return Line(given, question, _trimmed(question, match[2])) if match and question else None


def _name(text: str) -> str:
    """A label as people write it: brackets and blanks are all alike, and a unit behind it does not matter."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").replace("\t", "")
    return _IN_BRACKETS.sub("", plain)


def _trimmed(question: Question | None, value: str) -> str:
    """Without what ends a line of a list."""
    return value.rstrip(_ENDS + " ") if question and question.is_number else value
