"""责令整改 by the office, outside of a supervision: words into the database, then the decision about them.

The base reads what is to be put right when it opens the 整改, so it is on record before the decision is taken. Words
of a decision that was refused stay there unused.
"""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.calendar import BusinessTime, business_day
from domain.checks import check
from domain.decisions import Actor, DecisionRequest, OrderRectification, Reason, Text
from domain.supervision import rectification_id
from persistence.bases import Bases
from persistence.database import Database
from persistence.supervision import RectificationRow, Rectifications
from workflows.gateway import Gateway
from workflows.messages import BaseSnapshot


class WrittenRectification(BaseModel):
    """整改 as the office orders it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requirement: Reason = Field(description="整改要求")
    owner: Annotated[Text, Field(min_length=1, max_length=50)] = Field(description="整改责任人")
    due: date = Field(description="整改期限（含当日）")


async def order(
    database: Database,
    gateway: Gateway,
    clock: BusinessTime,
    base_id: str,
    written: WrittenRectification,
    by: Actor,
    update_id: str,
) -> BaseSnapshot:
    """Write down what is to be put right and order it. The same again on the same day is the same order.

    Raises DomainError.
    """
    now = clock.now()
    today = business_day(now)
    live = (await gateway.base(base_id)).state
    probe = OrderRectification(number=_number(today, 1), due=written.due)
    check(live, DecisionRequest(decision=probe, by=by), now)
    async with database.transaction() as tx:
        await Bases(tx).hold(base_id)
        number = await _write_down(Rectifications(tx), base_id, written, today)
    decision = OrderRectification(number=number, due=written.due)
    return await gateway.decide(base_id, DecisionRequest(decision=decision, by=by), update_id)


async def _write_down(known: Rectifications, base_id: str, written: WrittenRectification, today: date) -> str:
    """Under the first number that is free, or under which the same was ordered today."""
    n = 1
    while (row := await known.get(rectification_id(base_id, _number(today, n)))) is not None:
        same = (written.requirement, written.owner, written.due, today)
        if (row.requirement, row.owner, row.deadline, row.ordered_on) == same:
            return _number(today, n)
        n += 1
    await known.put(
        RectificationRow(
            obligation_id=rectification_id(base_id, _number(today, n)),
            requirement=written.requirement,
            owner=written.owner,
            ordered_on=today,
            deadline=written.due,
        )
    )
    return _number(today, n)


def _number(today: date, n: int) -> str:
    """`2026-O1`: the first order of the year."""
    return f"{today.year}-O{n}"
