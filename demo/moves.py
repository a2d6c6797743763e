"""What a demo player does about a message, from nothing but its words and buttons: as a person would."""

import hashlib
import re
from typing import NamedTuple

from domain.forms.questions import AnswerKind, Question
from domain.forms.registry import FORMS
from domain.terms import ObligationKind
from persistence.local_chat import LocalMessage

SUBMITTED = "✓ 已收到"
NOTHING_TO_DO = "目前没有待办"
TODO = "待办"

_HEAD = re.compile(r"^(\d+)/\d+ · ", re.MULTILINE)
_MORE = "您还有"
_OFFER = re.compile(r"[\d,]+\.\d\d")
_OWN_DECISIONS = ("提交申报", "接受改报", "申请认定")
_GO_ON = ("确认", "提交", "开始填报")
_TEXTS = {"progress": "主体工程按计划推进，设备安装调试中", "problems": "无", "help_from": "无"}
_SPREAD = {AnswerKind.MONEY: (20, 180), AnswerKind.COUNT: (0, 60)}


class Move(NamedTuple):
    """Say something, or tap a button of the message."""

    said: str
    button: str | None = None


def own_decision(message: LocalMessage) -> Move | None:
    """提交申报, 接受改报 or 申请认定, if the message offers it."""
    return _tap(message, *_OWN_DECISIONS)


def in_form(message: LocalMessage) -> Move | None:
    """The next step of a form, if the message asks for one."""
    asked = _HEAD.search(message.text)
    if asked:
        return _answer(message, int(asked[1]))
    if message.text.startswith(SUBMITTED):
        return Move(TODO) if _MORE in message.text else None
    if message.text.startswith("您有") and message.buttons:
        label, data = message.buttons[0][0]
        return Move(label, data)
    return _tap(message, *_GO_ON)


def _answer(message: LocalMessage, no: int) -> Move | None:
    question = FORMS[ObligationKind.DISPATCH].by_no.get(no)
    if question is None or question.label not in message.text:
        return None  # of another form
    labels = _labels(message)
    if question.cumulative:
        offered = next((label for label in labels if _OFFER.fullmatch(label)), None)
        return Move(offered, labels[offered]) if offered else Move("1000")
    same = next((label for label in labels if label.startswith("同上月")), None)
    if same and _number(message, question, 3) == 0:
        return Move(same, labels[same])
    return Move(_value(message, question))


def _value(message: LocalMessage, question: Question) -> str:
    if question.key in _TEXTS:
        return _TEXTS[question.key]
    low, high = _SPREAD[question.kind]
    return str(low + _number(message, question, high - low))


def _number(message: LocalMessage, question: Question, below: int) -> int:
    """Chance that comes out the same again."""
    digest = hashlib.sha256(f"{message.id}:{question.key}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % below


def _labels(message: LocalMessage) -> dict[str, str]:
    return {label: data for row in message.buttons for label, data in row}


def _tap(message: LocalMessage, *wanted: str) -> Move | None:
    labels = _labels(message)
    found = next((label for label in wanted if label in labels), None)
    return Move(found, labels[found]) if found else None
