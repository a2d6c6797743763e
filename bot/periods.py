"""Periods as people write them: 2026年10月, 10月, 第三季度, 2026-Q3, 上半年, 2026年度, 2026年第一季度整改第2项."""

import re
from collections.abc import Callable
from typing import NamedTuple

from domain.terms import ObligationKind

_FULL_WIDTH = {ord("０") + n: str(n) for n in range(10)} | {ord("－"): "-", ord("Ｑ"): "Q", ord("Ｈ"): "H"}
_ORDINALS = {word: str(n) for n, word in enumerate("一二三四", 1)}
_HALVES = {"上": "1", "下": "2"}
_ANY_YEAR = r"\d{4}"

_YEAR = r"(?:(?P<year>\d{4})\s*年\s*)?"
_QUARTER = r"第?(?P<number>[1-4一二三四])季度?"

_Read = Callable[[str, dict[str, str]], str]
_RULES: tuple[tuple[str, _Read], ...] = (
    (r"(?P<raw>\d{4}-(?:Q[1-4]-|O)\d{1,3})(?:整改)?", lambda _, found: found["raw"]),
    (
        _YEAR + _QUARTER + r"\s*整改第?(?P<order>\d{1,3})项?",
        lambda year, found: f"{year}-Q{_ordinal(found)}-{int(found['order'])}",
    ),
    (
        r"(?P<year>\d{4})-?[Qq](?P<number>[1-4])",
        lambda year, found: f"{year}-Q{found['number']}",
    ),
    (
        r"(?P<year>\d{4})-?[Hh](?P<number>[12])",
        lambda year, found: f"{year}-H{found['number']}",
    ),
    (
        r"(?P<year>\d{4})[-./](?P<number>0?[1-9]|1[0-2])(?:月份?)?(?!\d)",
        lambda year, found: f"{year}-{int(found['number']):02d}",
    ),
    (
        _YEAR + r"(?P<number>0?[1-9]|1[0-2])\s*月份?",
        lambda year, found: f"{year}-{int(found['number']):02d}",
    ),
    (_YEAR + _QUARTER, lambda year, found: f"{year}-Q{_ordinal(found)}"),
    (_YEAR + r"(?P<half>[上下])半年", lambda year, found: f"{year}-H{_HALVES[found['half']]}"),
    (r"(?P<year>\d{4})\s*年度?", lambda year, _: year),
)
"""How it may be put, the longer ways first, and the period as it is kept."""

_KINDS = {
    "月调度": ObligationKind.DISPATCH,
    "调度": ObligationKind.DISPATCH,
    "季督导": ObligationKind.SUPERVISION,
    "督导": ObligationKind.SUPERVISION,
    "年考核": ObligationKind.ASSESSMENT,
    "考核": ObligationKind.ASSESSMENT,
    "半年发布": ObligationKind.PUBLICATION,
    "发布": ObligationKind.PUBLICATION,
    "年度综合报告": ObligationKind.REPORT,
    "综合报告": ObligationKind.REPORT,
    "整改": ObligationKind.RECTIFICATION,
}

_BREAK = r"[\s：:，,。；;、]"
_KIND = re.compile(rf"\s*({'|'.join(_KINDS)})(?={_BREAK}|$)")
_AFTER = re.compile(rf"(?:{_BREAK}+|$)")


class Named(NamedTuple):
    """A period that somebody has named; without a year every year's is meant."""

    said: str
    pattern: str  # of the period as it is kept
    kind: ObligationKind | None
    rest: str  # what follows


def read(text: str) -> Named | None:
    """The period, and perhaps the kind, that a text begins with. None if it does not begin with one."""
    plain = text.translate(_FULL_WIDTH)
    for rule, kept in _RULES:
        match = re.match(rule, plain)
        named = match and _named(text, plain, match, kept)
        if named:
            return named
    return None


def _named(text: str, plain: str, match: re.Match[str], kept: _Read) -> Named | None:
    kind = _KIND.match(plain, match.end())
    end = kind.end() if kind else match.end()
    after = _AFTER.match(plain, end)
    if after is None:
        return None
    found = {name: value for name, value in match.groupdict().items() if value}
    pattern = kept(found.get("year", _ANY_YEAR), found)
    return Named(text[:end].strip(), pattern, _KINDS[kind[1]] if kind else None, text[after.end() :].strip())


def _ordinal(found: dict[str, str]) -> str:
    return _ORDINALS.get(found["number"], found["number"])
