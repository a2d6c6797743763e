"""Cells of a table that somebody fills in: each parser says in words what is wrong with one, and what would be right.

A parser takes what the cell holds, None if it is empty, and raises ValueError for what it cannot take.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from domain.policy.source import Clause

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

EXACT_DIGITS = 15
"""More digits than these Excel does not keep of a number."""

_SHOWN = 40
_DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日")
_DATE_HELP = "请用日期格式的单元格，或写成 2025-03-01、2025/3/1、2025年3月1日"


@dataclass(frozen=True)
class Unusable:
    """Stands for a cell whose value cannot be known, and says why."""

    why: str


def cited(clause: Clause | None) -> str:
    """The clause as it stands at the end of a sentence; nothing without one."""
    return f"（依据{clause.cite()}）" if clause else ""


def quoted(value: object) -> str:
    """The value as it is shown back, not too long."""
    text = f"{value:%Y-%m-%d}" if isinstance(value, datetime) else str(value)
    return f"「{text[:_SHOWN]}…」" if len(text) > _SHOWN else f"「{text}」"


def usable(value: object) -> object:
    """What the cell holds. Raises ValueError if it is empty or cannot be known."""
    if isinstance(value, Unusable):
        raise ValueError(value.why)  # noqa: TRY004 - pydantic collects no TypeError
    if value is None:
        raise ValueError("必填，这一格是空的，请填写")
    return value


def text_of(limit: int) -> Callable[[object], str]:
    """Reads a cell as a text of at most `limit` characters."""

    def parse(value: object) -> str:
        value = usable(value)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(  # noqa: TRY004 - pydantic collects no TypeError
                f"{quoted(value)}被当作日期或逻辑值，请把单元格格式设为“文本”后重新填写"
            )
        if not isinstance(value, str) and abs(value) >= 10**EXACT_DIGITS:
            raise ValueError(
                f"{quoted(value)}超过 {EXACT_DIGITS} 位，Excel 会丢失末尾数字，请把单元格格式设为“文本”后重新填写"
            )
        text = value if isinstance(value, str) else f"{value:.{EXACT_DIGITS}g}"
        if len(text) > limit:
            raise ValueError(f"{quoted(text)}有 {len(text)} 个字，最多 {limit} 个字，请缩短")
        return text

    return parse


def one_of(allowed: Iterable[E], clause: Clause | None = None) -> Callable[[object], E]:
    """Reads a cell as one of some words."""
    by_word = {str(member): member for member in allowed}

    def parse(value: object) -> E:
        word = text_of(100)(value)
        if word not in by_word:
            raise ValueError(f"{quoted(word)}不在可选范围，可填：{'、'.join(by_word)}{cited(clause)}")
        return by_word[word]

    return parse


def day_of(value: object) -> date:
    """Reads a cell as a day: a date, or a text in one of the usual forms."""
    value = usable(value)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        for form in _DATE_FORMS:
            try:
                return datetime.strptime(value, form).date()  # noqa: DTZ007 - a date, not an instant
            except ValueError:
                continue
    raise ValueError(f"{quoted(value)}不是有效日期，{_DATE_HELP}")


def optional(parse: Callable[[object], T]) -> Callable[[object], T | None]:
    """The same parser for a cell that may be empty."""
    return lambda value: None if value is None else parse(value)
