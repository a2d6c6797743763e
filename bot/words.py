"""Texts by code. A missing text or value is an error at once, never a blank."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from domain.calendar import Period, PeriodKind
from domain.errors import Refusal
from domain.terms import ObligationKind

_TEXTS = Path(__file__).parent / "texts"


_NUMERALS = "一二三四"
_ORDER = re.compile(r"(.+)-(\d{1,3})")


def period_words(period: str) -> str:
    """2026-10 as 2026年10月, 2026-Q3 as 2026年第三季度, 2026-H1 as 2026年上半年, 2026 as 2026年度.

    An order of 整改 is told by where it comes from: 2026-Q1-2 is 2026年第一季度整改第2项. What is neither stays as it is.
    """
    try:
        found = Period.parse(period)
    except ValueError:
        return "".join(_order_words(period))
    match found.kind:
        case PeriodKind.MONTH:
            return f"{found.year}年{found.number}月"
        case PeriodKind.QUARTER:
            return f"{found.year}年第{_NUMERALS[found.number - 1]}季度"
        case PeriodKind.HALF:
            return f"{found.year}年{'上下'[found.number - 1]}半年"
        case PeriodKind.YEAR:
            return f"{found.year}年度"


def _order_words(number: str) -> tuple[str, str]:
    match = _ORDER.fullmatch(number)
    return (period_words(match[1]), f"整改第{match[2]}项") if match else (number, "")


def in_words(params: Mapping[str, str]) -> dict[str, str]:
    """Values with their period as people say it, so that period and kind can be read in one: 2026年10月 月调度."""
    if "period" not in params:
        return dict(params)
    period = params["period"]
    if params.get("kind") == ObligationKind.RECTIFICATION:
        words, number = _order_words(period)
        return {**params, "period": words, "kind": number or ObligationKind.RECTIFICATION}
    return {**params, "period": period_words(period)}


class Words:
    """The words of one language."""

    def __init__(self, texts: dict[str, dict[str, str]]) -> None:
        self._texts = {
            f"{group}.{name}": text for group, names in texts.items() for name, text in names.items()
        }

    def __contains__(self, code: str) -> bool:
        return code in self._texts

    @property
    def codes(self) -> frozenset[str]:
        """All codes."""
        return frozenset(self._texts)

    def say(self, code: str, **params: object) -> str:
        """The text of a code with its values put in. KeyError if either is missing."""
        return self._texts[code].format_map({k: str(v) for k, v in params.items()})

    def refusal(self, refusal: Refusal) -> str:
        """Why something was refused, ending with the clause; below it, line by line, all that stands in the way."""
        lines = [self.say(refusal.code, **in_words(refusal.params)) + self.cite(refusal)]
        for n, item in enumerate(refusal.items, 1):
            lines.append(self.say("refusal.item", n=n, text=self.refusal(item)))
        return "\n".join(lines)

    def cite(self, refusal: Refusal) -> str:
        """The clause in brackets, if a rule refused."""
        return self.say("cite.clause", clause=refusal.clause.cite()) if refusal.clause else ""


@cache
def chinese() -> Words:
    """The words of `texts/zh.toml`."""
    return Words(tomllib.loads((_TEXTS / "zh.toml").read_text("utf-8")))
