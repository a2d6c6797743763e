"""收回中央投资 (A11): how much can be recalled, in which instalments, and what of them is still owed."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.errors import Refused
from domain.policy.source import MEASURES_DATE, Dated, measures, ours

RECALL = measures("八")
REFORM = measures("八")
INSTALMENTS = ours("分期缴回")
RECOVERY = ours("收回到账")
RECALL_PERIOD = ours("收回决定期限")

NOTHING = Decimal("0.00")
MOST_INSTALMENTS = (Dated(MEASURES_DATE, 24, INSTALMENTS),)
RECALL_WITHIN_DAYS = (Dated(MEASURES_DATE, 180, RECALL_PERIOD),)
"""Calendar days after a base with 中央预算内投资 has left, in which the recall of that money can be decided."""

Money = Annotated[Decimal, Field(gt=0, le=Decimal("9999999999.99"), decimal_places=2)]
"""万元."""


def shown(amount: Decimal) -> str:
    """As people read it: 1,200.50."""
    return f"{amount:,.2f}"


class ReformResult(StrEnum):
    """What the 改革工作考评 came to."""

    VIGOROUS = "推进有力"
    POOR = "推进不力"


class Reform(BaseModel):
    """The last 改革工作考评 of a base."""

    model_config = ConfigDict(frozen=True)

    result: ReformResult
    document_no: str
    on: date


class Instalment(BaseModel):
    """Part of a recall, to be paid back by the end of `due`."""

    model_config = ConfigDict(frozen=True)

    due: date
    amount: Money


class Recall(BaseModel):
    """Central money that was ordered back."""

    model_config = ConfigDict(frozen=True)

    amount: Decimal
    document_no: str
    on: date
    instalments: tuple[Instalment, ...]


def check_instalments(amount: Decimal, instalments: Sequence[Instalment], today: date, most: int) -> None:
    """Refuse instalments that do not add up to the amount, are not in the order of their days, or begin in the past."""
    total = sum((i.amount for i in instalments), NOTHING)
    if total != amount:
        raise Refused("recall.not_adding_up", INSTALMENTS, amount=shown(amount), total=shown(total))
    days = [i.due for i in instalments]
    if days != sorted(set(days)):
        raise Refused("recall.not_in_order", INSTALMENTS)
    if days[0] < today:
        raise Refused("recall.past_due", INSTALMENTS, due=days[0])
    if len(days) > most:
        raise Refused("recall.too_many", INSTALMENTS, most=most)


def check_within(amount: Decimal, received: Decimal, recalled: Decimal) -> None:
    """Refuse to recall more than was received and not recalled before."""
    if amount > received - recalled:
        raise Refused(
            "recall.more_than_received",
            RECALL,
            amount=shown(amount),
            received=shown(received),
            recalled=shown(recalled),
            most=shown(max(received - recalled, NOTHING)),
        )


def recalled(recalls: Iterable[Recall]) -> Decimal:
    """What was ordered back so far."""
    return sum((r.amount for r in recalls), NOTHING)


def outstanding(recalls: Iterable[Recall], recovered: Decimal) -> tuple[Instalment, ...]:
    """What is still owed of each instalment; what came in counts for the earliest first."""
    left: list[Instalment] = []
    for one in sorted((i for r in recalls for i in r.instalments), key=lambda i: i.due):
        paid = min(recovered, one.amount)
        recovered -= paid
        if paid < one.amount:
            left.append(Instalment(due=one.due, amount=one.amount - paid))
    return tuple(left)


def last_day_to_recall(gone_on: date, days: int) -> date:
    """The last day on which the recall can be decided after a base has left."""
    return gone_on + timedelta(days=days)
