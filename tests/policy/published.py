"""Figures that offices have published: public notices and news, copied into `data/`."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from domain.calendar import WorkingDays

FIGURES: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "published-figures.json").read_text("utf-8")
)


def days_off_2026() -> frozenset[date]:
    """Every day of every holiday of 2026."""
    found = set()
    for first, last in FIGURES["holidays_2026"]["off"]:
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last):
            found.add(day)
            day += timedelta(days=1)
    return frozenset(found)


def days_worked_2026() -> frozenset[date]:
    """Weekend days that are worked in exchange (调休)."""
    return frozenset(date.fromisoformat(day) for day in FIGURES["holidays_2026"]["work_on_weekend"])


DAYS_2026 = WorkingDays(off=days_off_2026(), extra=days_worked_2026(), known_through=2026)
WEEKENDS_ONLY = WorkingDays()
