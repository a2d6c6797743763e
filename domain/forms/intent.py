"""Before an application is registered: what is applied for, and by whom. A short dialogue, pure."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from domain.errors import Refused
from domain.forms import helping
from domain.forms.questions import AnswerKind, Question
from domain.forms.said import Said, action_of, said_no
from domain.policy.authority import LEVELS
from domain.policy.rounds import CallOfRound
from domain.policy.source import call
from domain.terms import City, LeadKind
from domain.views import Action, Note

_REMEMBERED = 20
_DIRECTION = "direction"
_GROUP = "登记申报"


class Intent(BaseModel):
    """What somebody is about to apply for."""

    model_config = ConfigDict(frozen=True)

    key: str  # the update that it began with: registering twice is registering once
    round: str
    given: dict[str, str] = {}
    revision: int = 0
    paused: bool = False
    handled: tuple[str, ...] = ()  # the newest update ids


class Step(NamedTuple):
    """Outcome of one thing said."""

    intent: Intent
    notes: tuple[Note, ...] = ()


def questions(terms: CallOfRound) -> tuple[Question, ...]:
    """What is asked before registering. Directions keep their numbers of 附件1."""
    shorts = tuple(d.short for d in terms.directions)
    levels = tuple(map(str, terms.levels))
    kinds, cities = tuple(map(str, LeadKind)), tuple(map(str, City))
    fields: tuple[dict[str, object], ...] = (
        {"key": _DIRECTION, "label": "产业方向", "choices": shorts, "clause": call("附件1")},
        {"key": "level", "label": "申报级别", "choices": levels, "clause": call("二")},
        {"key": "city", "label": "所在市", "choices": cities, "clause": LEVELS},
        {"key": "lead_kind", "label": "申报主体类别", "choices": kinds, "clause": call("一")},
        {"key": "lead", "label": "牵头单位名称", "max_length": 100, "clause": call("一")},
        {"key": "name", "label": "基地名称", "max_length": 100, "clause": call("附件1")},
    )
    return tuple(
        Question.model_validate(
            {"no": no, "group": _GROUP, "kind": AnswerKind.CHOICE if "choices" in one else AnswerKind.TEXT}
            | one
        )
        for no, one in enumerate(fields, 1)
    )


def asked(terms: CallOfRound, given: Mapping[str, str]) -> Question | None:
    """The question that comes next; None if everything was answered."""
    return next((q for q in questions(terms) if q.key not in given), None)


def take(terms: CallOfRound, intent: Intent, said: Said, update_id: str) -> Step:
    """One answer, or one step back. An update that was dealt with changes nothing."""
    if update_id in intent.handled:
        return Step(intent, (Note(code="apply.paused"),) if intent.paused else ())
    action = said.action or action_of(said.text)
    if intent.paused or action is Action.START:
        return _moved(intent, update_id, paused=False)
    if said.revision is not None and said.revision != intent.revision:
        return _moved(intent, update_id, Note(code="note.stale_button"))
    if action is Action.PAUSE:
        return _moved(intent, update_id, Note(code="apply.paused"), paused=True)
    if action is Action.BACK:
        return _back(terms, intent, update_id)
    if action in (Action.HELP, Action.SKIP, Action.PICK):
        question = asked(terms, intent.given)
        return _moved(intent, update_id, *((helping.about(question),) if question else ()))
    return _answer(terms, intent, said.text, update_id)


def _answer(terms: CallOfRound, intent: Intent, text: str, update_id: str) -> Step:
    question = asked(terms, intent.given)
    if question is None:
        return _moved(intent, update_id)
    try:
        value = question.parse(_named(terms, text) if question.key == _DIRECTION else text)
    except Refused as e:
        return _moved(intent, update_id, said_no(e.refusal))
    note = Note(code="note.accepted", params={"label": question.label, "value": value, "unit": ""})
    return _moved(intent, update_id, note, given={**intent.given, question.key: value})


def _named(terms: CallOfRound, text: str) -> str:
    """A direction's number in 附件1 stands for its name, also where a round has not opened all of them."""
    typed = text.strip()
    if not typed.isdecimal():
        return text
    found = [d.short for d in terms.directions if d.no == int(typed)]
    return found[0] if found else f"第 {typed} 项"


def _back(terms: CallOfRound, intent: Intent, update_id: str) -> Step:
    if not intent.given:
        return _moved(intent, update_id, Note(code="note.first_question"))
    # By the order of the questions: a database that keeps the answers as JSON may not keep theirs.
    *_, last = (question.key for question in questions(terms) if question.key in intent.given)
    kept = {key: value for key, value in intent.given.items() if key != last}
    return _moved(intent, update_id, given=kept)


def _moved(intent: Intent, update_id: str, *notes: Note, **changes: object) -> Step:
    known = (*intent.handled, update_id)[-_REMEMBERED:]
    revision = intent.revision + (1 if changes else 0)
    return Step(intent.model_copy(update={"handled": known, "revision": revision, **changes}), notes)


def direction_no(terms: CallOfRound, short: str) -> int:
    """The number in 附件1 of a direction by its short name."""
    return next(d.no for d in terms.directions if d.short == short)
