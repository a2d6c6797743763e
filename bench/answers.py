"""Answers that every question of a form takes: what is measured is the program, not the contact."""

from domain.forms.files import said_file
from domain.forms.questions import AnswerKind, Question
from domain.forms.registry import FORMS
from domain.terms import LeadKind, ObligationKind

_ANSWERS = {
    AnswerKind.MONEY: "3",
    AnswerKind.COUNT: "3",
    AnswerKind.AREA: "3",
    AnswerKind.TEXT: "示例",
    AnswerKind.CHOICE: "1",
    AnswerKind.CHOICES: "1",
    AnswerKind.YES_NO: "是",
    AnswerKind.DATE: "2026-01-05",
    AnswerKind.SCORE: "80",
    AnswerKind.EVIDENCE: said_file("0" * 64),
}


def answer_to(question: Question) -> str:
    """One answer that is taken as it is."""
    return _ANSWERS[question.kind]


def questions_of(kind: ObligationKind) -> list[Question]:
    """What a school is asked."""
    return [q for q in FORMS[kind].questions if q.only_for in (None, LeadKind.SCHOOL)]
