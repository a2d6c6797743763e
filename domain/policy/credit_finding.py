"""Findings of dishonesty (A9): what the office decides about a lead, how it ends, and what both count.

Only 严重失信 keeps a lead from taking part and from applying for funds: the measures restrict 严重失信主体 and nobody
else. It is written into the list of 严重失信主体, from which every check reads. Any finding costs points.
"""

from datetime import date
from enum import StrEnum

from domain.errors import Refused
from domain.policy.credit_account import PRINCIPLE, CreditReason


class FindingKind(StrEnum):
    """How grave it is."""

    DISHONEST = "失信"
    SERIOUS = "严重失信"


class FindingEnd(StrEnum):
    """How a finding ends before its last day."""

    REPAIRED = "失信修复"  # it was right, and the lead has made up for it
    CORRECTED = "更正"  # it was wrong


BOOKED = {
    FindingKind.DISHONEST: CreditReason.DISHONEST,
    FindingKind.SERIOUS: CreditReason.SERIOUSLY_DISHONEST,
}


def check_finding(
    kind: FindingKind, effective_from: date, effective_to: date | None, credit_code: str, today: date
) -> None:
    """Refuse what cannot be: a day to come, a last day before the first, a list entry that names nobody for certain."""
    if effective_from > today:
        raise Refused("credit.finding_in_future", PRINCIPLE, on=effective_from)
    if effective_to is not None and effective_to < effective_from:
        raise Refused("credit.finding_backwards", PRINCIPLE, first=effective_from, last=effective_to)
    if kind is FindingKind.SERIOUS and not credit_code:
        raise Refused("credit.code_needed", PRINCIPLE)
