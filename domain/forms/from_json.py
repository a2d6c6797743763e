"""The answers of an application as JSON gives them: each is read as if it had been typed."""

from collections.abc import Mapping
from decimal import Decimal

from domain.application import FIELD_SEPARATOR, LIST_SEPARATOR, NO, NONE, YES
from domain.errors import Refusal, Refused
from domain.forms.application import BY_KEY
from domain.forms.questions import AnswerKind, Question
from domain.policy.source import call

PAPERS = call("附件3")

_PARTY_FIELDS = ("name", "kind", "credit_code", "department")


def values_from_json(given: Mapping[str, object]) -> dict[str, str]:
    """Canonical texts by key. Null is no answer. Refused with every field that is unknown or cannot be read."""
    values: dict[str, str] = {}
    wrong: list[Refusal] = []
    for key, value in given.items():
        if value is None:
            continue
        try:
            values[key] = _read(key, value)
        except Refused as e:
            wrong.append(e.refusal)
    if wrong:
        raise Refused.of_all("application.bad_fields", PAPERS, wrong, count=len(wrong))
    return values


def _read(key: str, value: object) -> str:
    question = BY_KEY.get(key)
    if question is None:
        raise Refused("application.unknown_field", PAPERS, key=key)
    text = _text(question, value)
    if text is None:
        raise Refused("application.bad_value", question.clause, key=key, label=question.label)
    return question.parse(text)


def _text(question: Question, value: object) -> str | None:
    """What somebody would have typed; None if the JSON is of the wrong kind."""
    if isinstance(value, bool):
        return (YES if value else NO) if question.kind is AnswerKind.YES_NO else None
    if isinstance(value, int | float | Decimal):
        return str(value) if question.is_number else None
    if isinstance(value, Mapping):
        value = [value]
    if isinstance(value, list):
        return _list(question, value)
    return value if isinstance(value, str) else None


def _list(question: Question, items: list[object]) -> str | None:
    if not items and question.may_be_none:
        return NONE
    if question.kind is AnswerKind.CHOICES and all(isinstance(item, str) for item in items):
        return LIST_SEPARATOR.join(map(str, items))
    if question.kind is AnswerKind.PARTIES:
        lines = [_party(item) for item in items]
        return None if None in lines else "\n".join(map(str, lines))
    return None


def _party(item: object) -> str | None:
    if not isinstance(item, Mapping) or not set(item) <= set(_PARTY_FIELDS):
        return None
    fields = [item.get(name) or "" for name in _PARTY_FIELDS]
    if not all(isinstance(field, str) and field.isprintable() for field in fields):
        return None
    return FIELD_SEPARATOR.join(map(str, fields))
