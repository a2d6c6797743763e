"""Where a rule comes from, and from when on it holds."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar("T")


class Document(StrEnum):
    """The documents that rules are taken from."""

    CALL = "《发榜公告》"
    MEASURES = "《推进措施》"
    CIVIL_CODE = "《民法典》"
    OURS = "本系统约定"


class Clause(BaseModel):
    """One article of one document, as cited to a person."""

    model_config = ConfigDict(frozen=True)

    document: Document
    article: str
    effective_from: date

    def cite(self) -> str:
        """As people cite it: 《发榜公告》三-2."""
        return f"{self.document}{self.article}"


CALL_DATE = date(2021, 12, 20)
MEASURES_DATE = date(2023, 7, 5)


def call(article: str) -> Clause:
    """A clause of 《发榜公告》 (2021-12-20)."""
    return Clause(document=Document.CALL, article=article, effective_from=CALL_DATE)


def measures(article: str) -> Clause:
    """A clause of 《推进措施》 (晋发改科教发〔2023〕254号, 2023-07-05)."""
    return Clause(document=Document.MEASURES, article=article, effective_from=MEASURES_DATE)


def ours(article: str) -> Clause:
    """A value that the documents leave open and this system sets."""
    return Clause(document=Document.OURS, article=article, effective_from=CALL_DATE)


class Dated(NamedTuple, Generic[T]):
    """A policy value and the day from which it holds. A changed rule is a new entry, never an edit."""

    effective_from: date
    value: T
    clause: Clause


def on(values: Sequence[Dated[T]], day: date) -> Dated[T]:
    """The value in force on `day`; before the first entry, the first one."""
    known = [v for v in values if v.effective_from <= day]
    return max(known, key=lambda v: v.effective_from) if known else values[0]
