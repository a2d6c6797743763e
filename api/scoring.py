"""Scoring forms of experts and evaluators, read and filled in again."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from domain.errors import Refused
from domain.policy.recusal import RECUSAL
from domain.policy.rubric import METHODS, RUBRIC, Rubric, RubricItem, total
from persistence.review import REVIEW, ScoreRow

COMMENT_LENGTH = 2000
RECUSAL_LENGTH = 200
_POINTS = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


class Given(NamedTuple):
    """What an expert gives an application."""

    items: dict[str, Decimal]
    total: Decimal
    method: str
    comment: str


def read_score(rubric: Rubric, form: Mapping[str, str]) -> Given:
    """The score in a form. Raises Refused, naming what is wrong with it."""
    items = read_points(rubric, form)
    if form.get("method") not in METHODS:
        raise Refused("review.no_method", REVIEW, methods="、".join(METHODS))
    comment = read_comment(form)
    return Given(items, total(rubric, items), form["method"], comment)


def read_points(rubric: Rubric, form: Mapping[str, str]) -> dict[str, Decimal]:
    """The points in a form, as far as they were filled in. Raises Refused for what is no number."""
    return {item.key: _points(item, text) for item in rubric if (text := form.get(f"item_{item.key}"))}


def read_comment(form: Mapping[str, str]) -> str:
    """What is said besides. Raises Refused if it is too long."""
    comment = form.get("comment", "")
    if len(comment) > COMMENT_LENGTH:
        raise Refused("review.comment_too_long", RUBRIC, length=len(comment), most=COMMENT_LENGTH)
    return comment


def _points(item: RubricItem, text: str) -> Decimal:
    if not _POINTS.fullmatch(text):
        raise Refused("review.not_points", REVIEW, item=item.label, given=text[:20])
    return Decimal(text)


def as_form(known: ScoreRow) -> dict[str, str]:
    """A score as the form that it came with."""
    return {**points_as_form(known.items), "method": known.method, "comment": known.comment}


def points_as_form(items: Mapping[str, Decimal]) -> dict[str, str]:
    """Points as the fields that they came in."""
    return {f"item_{key}": str(value) for key, value in items.items()}


def read_reason(form: Mapping[str, str]) -> str:
    """Why somebody asks to be recused. Raises Refused without a reason."""
    reason = form.get("reason", "")
    if not 1 <= len(reason) <= RECUSAL_LENGTH:
        raise Refused("review.no_recusal_reason", RECUSAL, most=RECUSAL_LENGTH)
    return reason
