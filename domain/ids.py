"""How things are called."""

from datetime import datetime

from domain.calendar import last_day_before
from domain.terms import OBLIGATION_SLUG, ObligationKind


def base_id(round_slug: str, direction: int, n: int) -> str:
    """`base-2021-03-1`: the n-th application of a round for a direction."""
    return f"base-{round_slug}-{direction:02d}-{n}"


def obligation_id(base: str, kind: ObligationKind, period: str) -> str:
    """`obligation-base-2021-03-1-monthly-2022-01`."""
    return f"obligation-{base}-{OBLIGATION_SLUG[kind]}-{period}"


def round_id(slug: str) -> str:
    """`round-2021`: the workflow of a round."""
    return f"round-{slug}"


def supervision_id(base: str, period: str) -> str:
    """`supervision-base-2021-03-1-2026-Q1`: the office's part of a 季督导."""
    return f"supervision-{base}-{period}"


def assessment_id(base: str, year: str) -> str:
    """`assessment-base-2021-03-1-2026`: what follows the self-assessment of a 年考核."""
    return f"assessment-{base}-{year}"


def reminder_key(obligation_id: str, kind: str, due: datetime, returns: int) -> str:
    """The business key of a step of the ladder: once for each deadline and each return."""
    return f"{obligation_id}:{kind}:{last_day_before(due)}:{returns}"


def decision_key(obligation_id: str, kind: str, seq: int, version: int) -> str:
    """The business key of what is told of a decision: once for each."""
    return f"{obligation_id}:{kind}:{seq}:{version}"


def handover_key(obligation_id: str, number: int) -> str:
    """The business key of what is told of a handover, by its number on record."""
    return f"{obligation_id}-handover-{number}"
