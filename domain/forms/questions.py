"""Questions: what is asked, in which unit, and which answers are refused outright.

A value is kept as canonical text (`1200.00`, `32`), so that it crosses histories and JSON unchanged;
`Question.number` gives it back as a Decimal.
"""

import unicodedata
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.errors import Refused
from domain.forms.numbers import NotANumberError, parse_number
from domain.policy.source import Clause

MAX_NUMBER = Decimal("9999999999.99")  # numeric(12, 2) in the database
NONE_WORD = "无"


class AnswerKind(StrEnum):
    """How an answer is read."""

    MONEY = "money"  # 万元, two decimals
    COUNT = "count"  # whole
    TEXT = "text"
    CHOICE = "choice"


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
    clause: Clause

    @property
    def is_number(self) -> bool:
        """Whether the answer is a figure."""
        return self.kind in (AnswerKind.MONEY, AnswerKind.COUNT)

    def parse(self, text: str) -> str:
        """The canonical value of what was typed. Raises Refused with the reason and an example of what works."""
        text = text.replace("\x00", "").strip()  # PostgreSQL keeps no NUL
        if self.kind is AnswerKind.TEXT:
            return self._text(text)
        if self.kind is AnswerKind.CHOICE:
            return self._choice(text)
        return self._number(text)

    def number(self, value: str) -> Decimal:
        """The figure behind a canonical value."""
        return Decimal(value)

    def _number(self, text: str) -> str:
        try:
            value = parse_number(text, self.unit)
        except NotANumberError:
            raise self._refused("answer.not_a_number", text) from None
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

    def _text(self, text: str) -> str:
        if not text:
            raise self._refused("answer.empty", text)
        if len(text) > self.max_length:
            raise self._refused("answer.too_long", f"{text[:20]}…", length=len(text))
        return text

    def _choice(self, text: str) -> str:
        if text in (NONE_WORD, "0") and self.may_be_none:
            return NONE_WORD
        if text in self.choices:
            return text
        by_no = {str(no): choice for no, choice in enumerate(self.choices, 1)}
        number = unicodedata.normalize("NFKC", text)
        if number in by_no:
            return by_no[number]
        found = [choice for choice in self.choices if text and text in choice]
        if len(found) == 1:
            return found[0]
        raise self._refused("answer.no_such_choice", text)

    def _refused(self, code: str, text: str, **params: object) -> Refused:
        return Refused(
            code, None, given=text[:40], label=self.label, unit=self.unit, max=self.max_length, **params
        )


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
    """What is known before the first question: last period's values, the plan."""

    model_config = ConfigDict(frozen=True)

    last: dict[str, str] = {}
    planned_total: Decimal | None = None
    pilot_months: int = 0
