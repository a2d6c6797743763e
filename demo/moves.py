"""What a demo player does about a message, from nothing but its words and buttons: as a person would."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from demo.answers import Asked, Paper, paper_of, value_of
from domain.forms.questions import NONE_WORD, AnswerKind, Question
from domain.forms.registry import FORMS
from persistence.local_chat import LocalMessage

TODO = "待办"

_SUBMITTED = "✓ 已收到 "
_NOTHING_TO_DO = "目前没有待办"
_HEAD = re.compile(r"^(\d+)/\d+ · (.+)$", re.MULTILINE)
_MORE = "您还有"
_SEVERAL, _LIST = "您有", "项待办，请选择"
_OFFER = re.compile(r"[\d,]+\.\d\d")
_LINK = re.compile(r"https?://\S+/evidence/\S+")
_OWN_DECISIONS = ("提交申报", "接受改报", "申请认定")
_GO_ON = ("确认", "提交")
_BEGIN = "开始填报"
_SAME = ("同上月", "同上期")
_RETURNED = "退回理由："
_DONE = "完成"
_BAD_GRADE = re.compile(r"年考核拟定等次：(?:基本合格|不合格)")
_APPEAL = "申诉 示例：去年逾期的几次报送系系统切换所致，请予复核"
_SAME_EVERY = 3


class Move(NamedTuple):
    """Say something, or tap a button of the message; before that hand a file in on a page."""

    said: str
    button: str | None = None
    link: str | None = None
    paper: Paper | None = None


def own_decision(message: LocalMessage) -> Move | None:
    """提交申报, 接受改报 or 申请认定, if the message offers it; an appeal against a bad grade."""
    if _BAD_GRADE.search(message.text):
        return Move(_APPEAL)
    return _tap(message, *_OWN_DECISIONS)


def going_on(message: LocalMessage, who: str) -> Move | None:
    """The next step of what has been begun: an answer, 确认, 提交, or the first of the list that was asked for."""
    asked = _asked(message, who)
    if asked:
        return _answer(message, asked)
    if _HEAD.search(message.text):
        return None  # of an application
    if _LIST in message.text and message.buttons:
        label, data = message.buttons[0][0]
        return Move(label, data)
    return _tap(message, *_GO_ON)


def beginning(message: LocalMessage) -> Move | None:
    """The first step of a form that the message reminds of."""
    if message.text.startswith(_SEVERAL) and _LIST not in message.text and message.buttons:
        label, data = message.buttons[0][0]
        return Move(label, data)
    return _tap(message, _BEGIN)


def is_nothing_to_do(message: LocalMessage) -> bool:
    """Whether it says that nothing is open."""
    return message.text.startswith(_NOTHING_TO_DO)


def is_submitted(message: LocalMessage) -> bool:
    """Whether a form has been handed in."""
    return message.text.startswith(_SUBMITTED)


def has_more(message: LocalMessage) -> bool:
    """Whether it says that something else is open."""
    return _MORE in message.text


def _asked(message: LocalMessage, who: str) -> Asked | None:
    head = _HEAD.search(message.text)
    if head is None:
        return None
    rest = message.text[head.end() :]
    found = next((q for q in _numbered(int(head[1])) if q.group == head[2] and q.label in rest), None)
    return Asked(found, who, message.at, _RETURNED in rest) if found else None


def _numbered(no: int) -> Iterator[Question]:
    return (form.by_no[no] for form in FORMS.values() if no in form.by_no)


def _answer(message: LocalMessage, asked: Asked) -> Move:
    question, labels = asked.question, _labels(message)
    if question.kind is AnswerKind.EVIDENCE:
        return _evidence(message, asked)
    if question.cumulative:
        offered = next((label for label in labels if _OFFER.fullmatch(label)), None)
        return Move(offered, labels[offered]) if offered else Move("1000")
    same = next((label for label in labels if label.startswith(_SAME)), None)
    if same and not asked.returned and asked.chance(_SAME_EVERY, asked.month) == 0:
        return Move(same, labels[same])
    said = value_of(asked)
    return Move(said, labels.get(said))


def _evidence(message: LocalMessage, asked: Asked) -> Move:
    paper, link = paper_of(asked), _LINK.search(message.text)
    if paper is None or link is None:
        return Move(NONE_WORD)
    return Move(_DONE, link=link[0], paper=paper)


def _labels(message: LocalMessage) -> dict[str, str]:
    return {label: data for row in message.buttons for label, data in row}


def _tap(message: LocalMessage, *wanted: str) -> Move | None:
    labels = _labels(message)
    found = next((label for label in wanted if label in labels), None)
    return Move(found, labels[found]) if found else None
