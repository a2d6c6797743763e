"""Entries of credit accounts, as they were booked."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import RowMapping

from domain.calendar import business_day
from domain.policy.credit_account import CreditChange, CreditReason, clause_of


class CreditEntry(BaseModel):
    """One entry of an account, as it was booked."""

    model_config = ConfigDict(frozen=True)

    id: int
    key: str
    base_id: str | None  # None: about the lead itself
    at: datetime
    corrects: int | None  # the entry that this one takes back
    change: CreditChange


def read_entries(rows: Iterable[RowMapping]) -> list[CreditEntry]:
    """Entries from rows of their table."""
    return [_entry(dict(row)) for row in rows]


def _entry(row: dict[str, Any]) -> CreditEntry:
    reason = CreditReason(row["reason"])
    clause = clause_of(reason, business_day(row["at"]))
    change = CreditChange.model_validate(row | {"clause": clause})
    return CreditEntry.model_validate(row | {"change": change})
