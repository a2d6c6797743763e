"""Texts by code. A missing text or value is an error at once, never a blank."""

import re
import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from domain.calendar import Period, PeriodKind
from domain.errors import Refusal
from domain.terms import ObligationKind

Language = Literal["zh", "en"]
Texts = dict[str, dict[str, str]]

_FOLDER = Path(__file__).parent / "texts"

_NUMERALS = "一二三四"
_ORDER = re.compile(r"(.+)-(\d{1,3})")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ORDINALS = ("first", "second", "third", "fourth")


class TextsError(ValueError):
    """The texts of a language are not whole; the message tells all that is wrong with them."""


def period_words(period: str, language: Language = "zh") -> str:
    """2026-10 as 2026年10月, 2026-Q3 as 2026年第三季度, 2026-H1 as 2026年上半年, 2026 as 2026年度.

    In English: October 2026, third quarter of 2026, first half of 2026, 2026. An order of 整改 is told by where it
    comes from: 2026-Q1-2 is 2026年第一季度整改第2项. What is neither stays as it is.
    """
    try:
        found = Period.parse(period)
    except ValueError:
        return "".join(_order_words(period, language))
    return _in_chinese(found) if language == "zh" else _in_english(found)


def _in_chinese(period: Period) -> str:
    match period.kind:
        case PeriodKind.MONTH:
            return f"{period.year}年{period.number}月"
        case PeriodKind.QUARTER:
            return f"{period.year}年第{_NUMERALS[period.number - 1]}季度"
        case PeriodKind.HALF:
            return f"{period.year}年{'上下'[period.number - 1]}半年"
        case PeriodKind.YEAR:
            return f"{period.year}年度"


def _in_english(period: Period) -> str:
    match period.kind:
        case PeriodKind.MONTH:
            return f"{_MONTHS[period.number - 1]} {period.year}"
        case PeriodKind.QUARTER:
            return f"{_ORDINALS[period.number - 1]} quarter of {period.year}"
        case PeriodKind.HALF:
            return f"{_ORDINALS[period.number - 1]} half of {period.year}"
        case PeriodKind.YEAR:
            return str(period.year)


def _order_words(number: str, language: Language) -> tuple[str, str]:
    """Where an order of 整改 comes from, and which of the orders it is."""
    match = _ORDER.fullmatch(number)
    if match is None:
        return number, ""
    which = f"整改第{match[2]}项" if language == "zh" else f"整改 no. {match[2]}"
    return period_words(match[1], language), which


def in_words(params: Mapping[str, str], language: Language = "zh") -> dict[str, str]:
    """Values with their period as people say it, so that period and kind can be read in one: 2026年10月 月调度."""
    if "period" not in params:
        return dict(params)
    period = params["period"]
    if params.get("kind") == ObligationKind.RECTIFICATION:
        words, number = _order_words(period, language)
        return {**params, "period": words, "kind": number or ObligationKind.RECTIFICATION}
    words = period_words(period, language)
    if params.get("kind", "").startswith("年度"):  # 2025年 年度综合报告
        words = words.removesuffix("度")
    return {**params, "period": words}


class Words:
    """The words of one language."""

    def __init__(self, texts: Texts, language: Language = "zh") -> None:
        self._texts = _by_code(texts)
        self.language = language

    def __contains__(self, code: str) -> bool:
        return code in self._texts

    @property
    def codes(self) -> frozenset[str]:
        """All codes."""
        return frozenset(self._texts)

    def say(self, code: str, **params: object) -> str:
        """The text of a code with its values put in. KeyError if either is missing."""
        return self._texts[code].format_map({k: str(v) for k, v in params.items()})

    def named(self, params: Mapping[str, str]) -> dict[str, str]:
        """Values with their period in the words of this language (see `in_words`)."""
        return in_words(params, self.language)

    def refusal(self, refusal: Refusal) -> str:
        """Why something was refused, ending with the clause; below it, line by line, all that stands in the way."""
        lines = [self.say(refusal.code, **self.named(refusal.params)) + self.cite(refusal)]
        for n, item in enumerate(refusal.items, 1):
            lines.append(self.say("refusal.item", n=n, text=self.refusal(item)))
        return "\n".join(lines)

    def cite(self, refusal: Refusal) -> str:
        """The clause in brackets, if a rule refused."""
        return self.say("cite.clause", clause=refusal.clause.cite()) if refusal.clause else ""


@cache
def words(language: Language) -> Words:
    """The words of a language. Raises TextsError unless they say what the Chinese ones say, with the same values."""
    texts, model = _read(language), _read("zh")
    faults = faults_of(texts, model)
    if faults:
        raise TextsError(f"bot/texts/{language}.toml: {'; '.join(faults)}")
    return Words(texts, language)


def chinese() -> Words:
    """The words for what is Chinese in every installation: public pages, the interface, explanations on record."""
    return words("zh")


def faults_of(texts: Texts, model: Texts) -> list[str]:
    """What is wrong with texts that are to have the codes and the values of `model`; [] if nothing is."""
    ours, theirs = _by_code(texts), _by_code(model)
    faults = [f"{code} is missing" for code in theirs if code not in ours]
    faults += [f"{code} is not known" for code in ours if code not in theirs]
    for code in ours.keys() & theirs.keys():
        try:
            if values_of(ours[code]) != values_of(theirs[code]):
                faults.append(f"{code} has other values than it should")
        except ValueError as e:
            faults.append(f"{code}: {e}")
    return sorted(faults)


def values_of(text: str) -> set[str]:
    """The values that a text asks for. ValueError if its braces do not match."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _read(language: Language) -> Texts:
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))


def _by_code(texts: Texts) -> dict[str, str]:
    return {f"{group}.{name}": text for group, names in texts.items() for name, text in names.items()}
