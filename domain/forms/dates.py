"""Dates as people type them: 2026-11-05 · 2026年11月5日 · 20261105 · 11月5日 all work; 上周五 does not."""

import re
import unicodedata
from datetime import date

_EARLIEST_YEAR = 2000
_PATTERNS = (
    re.compile(r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})[日号]?"),
    re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"),
    re.compile(r"(?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})[日号]?"),
)


class NotADateError(ValueError):
    """The text is not a date; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse_date(text: str, around: date | None = None) -> date:
    """The date that was typed. Without a year it is the one nearest to `around`. Raises NotADateError."""
    body = "".join(unicodedata.normalize("NFKC", text).split())
    found = next((match for pattern in _PATTERNS if (match := pattern.fullmatch(body))), None)
    if found is None:
        raise NotADateError("answer.not_a_date")
    parts = found.groupdict()
    month, day = int(parts["month"]), int(parts["day"])
    if parts.get("year"):
        return _dated(int(parts["year"]), month, day)
    if around is None:
        raise NotADateError("answer.no_year")
    return _nearest(month, day, around)


def _nearest(month: int, day: int, around: date) -> date:
    possible = []
    for year in (around.year - 1, around.year, around.year + 1):
        try:
            possible.append(date(year, month, day))
        except ValueError:  # 29 February of another year
            continue
    if not possible:
        raise NotADateError("answer.no_such_day")
    return min(possible, key=lambda one: abs(one - around))


def _dated(year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError as e:
        raise NotADateError("answer.no_such_day") from e
    if found.year < _EARLIEST_YEAR:
        raise NotADateError("answer.no_such_day")
    return found
