"""Questions: what is asked, in which unit, and which answers are refused outright.

A value is kept as canonical text (`1200.00`, `32`), so that it crosses histories and JSON unchanged;
`Question.number` gives it back as a Decimal.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.application import LIST_SEPARATOR, NO, YES
from domain.errors import Refused
from domain.forms.dates import NotADateError, parse_date
from domain.forms.files import FileKind, digests_in
from domain.forms.numbers import NotANumberError, is_vague, parse_number
from domain.forms.parties import NotAPartyError, parse_party
from domain.policy.source import Clause
from domain.terms import LeadKind

MOST_BUTTONS = 6
"""Choices beyond these are a numbered list."""

MAX_SCORE = Decimal(100)
MAX_NUMBER = Decimal("9999999999.99")  # numeric(12, 2) in the database
NONE_WORD = "无"
ALL_WORDS = ("全部", "全选")
_BETWEEN_CHOICES = re.compile(r"[、，,；;\s]+")
_YES_OR_NO = {
    **dict.fromkeys((YES, "有", "对", "同意", "承诺", "yes", "y"), YES),
    **dict.fromkeys((NO, NONE_WORD, "没有", "不是", "不", "no", "n"), NO),
}


class AnswerKind(StrEnum):
    """How an answer is read."""

    MONEY = "money"  # 万元, two decimals
    COUNT = "count"  # whole
    AREA = "area"  # 平方米, two decimals
    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"  # several of a list, joined by 、
    YES_NO = "yes_no"
    PARTIES = "parties"  # one per line
    DATE = "date"  # ISO
    SCORE = "score"  # 0 to 100, at most two decimals
    EVIDENCE = "evidence"  # files, by the SHA-256 of their content, joined by 、


class Question(BaseModel):
    """One item of a form."""

    model_config = ConfigDict(frozen=True)

    no: int
    key: str
    label: str
    group: str
    kind: AnswerKind
    unit: str = ""
    max_length: int = 0
    choices: tuple[str, ...] = ()
    cumulative: bool = False  # a running total: offered, and compared with the sum instead of with last month
    may_be_none: bool = False  # 「无」 is an answer
    most: int = 0  # how many parties, or files; 0: any number
    files: tuple[FileKind, ...] = ()  # what is taken as evidence
    only_for: LeadKind | None = None  # asked of leads of this kind only
    clause: Clause

    @property
    def is_number(self) -> bool:
        """Whether the answer is a figure."""
        return self.kind in (AnswerKind.MONEY, AnswerKind.COUNT, AnswerKind.AREA, AnswerKind.SCORE)

    def parse(self, text: str, around: date | None = None) -> str:
        """The canonical value of what was typed; a date without its year is the one nearest to `around`.

        Raises Refused with the reason and an example of what works.
        """
        text = text.replace("\x00", "").strip()  # PostgreSQL keeps no NUL
        if self.may_be_none and text == NONE_WORD:
            return NONE_WORD
        match self.kind:
            case AnswerKind.TEXT:
                return self._text(text)
            case AnswerKind.CHOICE:
                return self._choice(text)
            case AnswerKind.CHOICES:
                return self._choices(text)
            case AnswerKind.YES_NO:
                return self._yes_no(text)
            case AnswerKind.PARTIES:
                return self._parties(text)
            case AnswerKind.DATE:
                return self._date(text, around)
            case AnswerKind.EVIDENCE:
                return self._evidence(text)
            case AnswerKind.SCORE:
                return self._score(text)
            case _:
                return self._number(text)

    def number(self, value: str) -> Decimal:
        """The figure behind a canonical value."""
        return Decimal(value)

    def _figure(self, text: str) -> Decimal:
        """「约 32」 is not guessed at."""
        try:
            return parse_number(text, self.unit)
        except NotANumberError:
            code = "answer.about" if is_vague(text) else "answer.not_a_number"
            raise self._refused(code, text) from None

    def _number(self, text: str) -> str:
        value = self._figure(text)
        if value < 0:
            raise self._refused("answer.negative", text)
        if value > MAX_NUMBER:
            raise self._refused("answer.too_big", text)
        if self.kind is AnswerKind.COUNT:
            if value != value.to_integral_value():
                raise self._refused("answer.fraction", text)
            return str(int(value))
        if value != round(value, 2):
            raise self._refused("answer.decimals", text)
        return f"{abs(value):.2f}"  # of -0 too

    def _score(self, text: str) -> str:
        value = self._figure(text)
        if not 0 <= value <= MAX_SCORE:
            raise self._refused("answer.out_of_range", text)
        if value != round(value, 2):
            raise self._refused("answer.decimals", text)
        return f"{abs(value):.2f}".removesuffix("00").removesuffix(".")

    def _date(self, text: str, around: date | None) -> str:
        if not text:
            raise self._refused("answer.empty", text)
        try:
            return str(parse_date(text, around))
        except NotADateError as e:
            raise self._refused(e.code, text) from None

    def _evidence(self, text: str) -> str:
        digests = digests_in(text)
        if digests is None:
            kinds = "、".join(self.files)
            raise self._refused("answer.not_a_file", text, kinds=kinds)
        if len(digests) > self.most:
            raise self._refused("answer.too_many_files", text, most=self.most)
        return LIST_SEPARATOR.join(digests)

    def _text(self, text: str) -> str:
        if not text:
            raise self._refused("answer.empty", text)
        if len(text) > self.max_length:
            raise self._refused("answer.too_long", f"{text[:20]}…", length=len(text))
        return text

    def _choice(self, text: str) -> str:
        if text == "0" and self.may_be_none:
            return NONE_WORD
        found = self._listed(text)
        if found is None:
            raise self._refused("answer.no_such_choice" if self.may_be_none else "answer.not_listed", text)
        return found

    def _choices(self, text: str) -> str:
        if text in ALL_WORDS:
            return LIST_SEPARATOR.join(self.choices)
        given = [part for part in _BETWEEN_CHOICES.split(text) if part]
        if not given:
            raise self._refused("answer.empty", text)
        found = {part: self._listed(part) for part in given}
        for part, choice in found.items():
            if choice is None:
                raise self._refused("answer.not_listed", part)
        return LIST_SEPARATOR.join(choice for choice in self.choices if choice in found.values())

    def _listed(self, text: str) -> str | None:
        """The choice meant by its number, its name or a part of it that only one has."""
        if text in self.choices:
            return text
        by_no = {str(no): choice for no, choice in enumerate(self.choices, 1)}
        number = unicodedata.normalize("NFKC", text)
        if number in by_no:
            return by_no[number]
        found = [choice for choice in self.choices if text and text in choice]
        return found[0] if len(found) == 1 else None

    def _yes_no(self, text: str) -> str:
        answer = _YES_OR_NO.get(unicodedata.normalize("NFKC", text).lower())
        if answer is None:
            raise self._refused("answer.not_yes_or_no", text)
        return answer

    def _parties(self, text: str) -> str:
        lines = [line for line in text.splitlines() if line.strip()]
        if not lines:
            raise self._refused("answer.empty", text)
        if self.most and len(lines) > self.most:
            raise self._refused("answer.too_many_parties", text, most=self.most)
        parties = {}
        for no, line in enumerate(lines, 1):
            try:
                party = parse_party(line)
            except NotAPartyError as e:
                raise self._refused(e.code, line, line=no) from None
            if party.name in parties:
                raise self._refused("answer.party_twice", party.name, line=no)
            parties[party.name] = party.line
        return "\n".join(parties.values())

    def _refused(self, code: str, text: str, **params: object) -> Refused:
        known = {"label": self.label, "unit": self.unit, "max": self.max_length}
        return Refused(code, self.clause, given=text[:40], **known, **params)


def choices_of(question: Question) -> tuple[str, ...]:
    """Choices that fit on buttons; none if there are too many, or if several may be chosen."""
    one = question.kind in (AnswerKind.CHOICE, AnswerKind.YES_NO)
    return question.choices if one and len(question.choices) <= MOST_BUTTONS else ()


class Doubt(BaseModel):
    """Why an answer is asked back: it is kept if it is confirmed."""

    model_config = ConfigDict(frozen=True)

    question: str
    code: str
    params: dict[str, str]

    @property
    def fingerprint(self) -> str:
        """Identifies exactly this doubt about exactly these figures."""
        return f"{self.question}:{self.code}:{sorted(self.params.items())}"


class FormContext(BaseModel):
    """What is known before the first question: last period's values, the plan; what was ordered, or returned."""

    model_config = ConfigDict(frozen=True)

    last: dict[str, str] = {}
    planned_total: Decimal | None = None
    pilot_months: int = 0
    lead_kind: str | None = None
    note: str = ""  # what an order asks for
    returned: dict[str, str] = {}  # items to be answered again, with the office's reason
    before: dict[str, str] = {}  # what was handed in the time before
    around: date | None = None  # the day of opening: a date without its year is the one nearest to it
