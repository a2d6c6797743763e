"""Credit (A9): who is on the list of 严重失信主体 may not take part; at equal conditions the honest come first."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.policy.source import measures

CREDIT = measures("七")


class CreditKind(StrEnum):
    """What a record says of a party."""

    DISHONEST = "严重失信"
    HONEST = "守信激励"


class CreditRecord(BaseModel):
    """One entry of a credit list, from its first day to its last; without a last day it is still in force."""

    model_config = ConfigDict(frozen=True)

    name: str
    credit_code: str = ""  # 统一社会信用代码; empty where the list has none
    kind: CreditKind
    effective_from: date
    effective_to: date | None = None
    source: str

    def is_about(self, name: str, credit_code: str = "") -> bool:
        """Whether the record means this party: the same code, or exactly the same name whatever code was given."""
        return self.name == name or bool(credit_code and self.credit_code == credit_code)


def in_force(records: Iterable[CreditRecord], day: date) -> tuple[CreditRecord, ...]:
    """The records that hold on `day`, first and last day included."""
    return tuple(
        r for r in records if r.effective_from <= day and (r.effective_to is None or day <= r.effective_to)
    )


def found(
    records: Iterable[CreditRecord], kind: CreditKind, day: date, name: str, credit_code: str = ""
) -> tuple[CreditRecord, ...]:
    """The records of one kind that hold on `day` about one party."""
    return tuple(r for r in in_force(records, day) if r.kind is kind and r.is_about(name, credit_code))
