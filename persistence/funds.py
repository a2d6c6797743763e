"""Central money asked back and paid back (A11), and when a base stood still (A10)."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.calendar import DAY, business_day
from domain.lifecycle import DecisionKind
from domain.policy.recall import NOTHING, Instalment
from domain.terms import ObligationKind
from persistence.tables import figures, obligations, recall_instalments, recalls, recoveries, suspensions

CENTRAL_FUNDS = "funds_central"
"""The figure of 月调度 that says how much came in that month."""


class RecallRow(BaseModel):
    """A recall with its paper and reason, and the instalments that it was ordered in."""

    model_config = ConfigDict(frozen=True)

    seq: int
    amount: Decimal
    document_no: str
    ground: str
    reason: str
    on: date
    instalments: tuple[Instalment, ...] = ()


class RecoveryRow(BaseModel):
    """Money that came in."""

    model_config = ConfigDict(frozen=True)

    seq: int
    amount: Decimal
    document_no: str
    on: date


class Funds:
    """Repository of recalls, of what came in, and of suspensions."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def record(
        self, base_id: str, seq: int, kind: DecisionKind, detail: Mapping[str, Any], at: datetime
    ) -> None:
        """Write down what a decision about a base means here; other kinds mean nothing. Again changes nothing."""
        match kind:
            case DecisionKind.SUSPEND:
                await self._suspend(base_id, business_day(at), str(detail["reason"]))
            case DecisionKind.RESUME:
                await self._resume(base_id, business_day(at))
            case DecisionKind.RECALL_FUNDS:
                await self._recall(base_id, seq, detail, business_day(at))
            case DecisionKind.RECOVER:
                known = {"amount": Decimal(detail["amount"]), "on": date.fromisoformat(detail["on"])}
                row = {"base_id": base_id, "seq": seq, "document_no": detail["document_no"], **known}
                await self._tx.execute(insert(recoveries).values(row).on_conflict_do_nothing())

    async def _suspend(self, base_id: str, first: date, reason: str) -> None:
        new = insert(suspensions).values(base_id=base_id, first=first, reason=reason)
        await self._tx.execute(new.on_conflict_do_nothing())

    async def _resume(self, base_id: str, today: date) -> None:
        """A base that goes on the same day did not stand still."""
        still = (suspensions.c.base_id == base_id) & suspensions.c.last.is_(None)
        await self._tx.execute(delete(suspensions).where(still, suspensions.c.first == today))
        await self._tx.execute(update(suspensions).where(still).values(last=today - DAY))

    async def _recall(self, base_id: str, seq: int, detail: Mapping[str, Any], today: date) -> None:
        named = {name: detail[name] for name in ("document_no", "ground", "reason")}
        row = {"base_id": base_id, "seq": seq, "amount": Decimal(detail["amount"]), "on": today, **named}
        done = await self._tx.execute(
            insert(recalls).values(row).on_conflict_do_nothing().returning(recalls.c.seq)
        )
        if done.first() is None:
            return
        parts = [Instalment.model_validate(part).model_dump() for part in detail["instalments"]]
        await self._tx.execute(
            insert(recall_instalments), [{"base_id": base_id, "seq": seq, **part} for part in parts]
        )

    async def suspended_since(self, base_id: str) -> date | None:
        """The first day on which a base stands still; None if it does not."""
        still = (suspensions.c.base_id == base_id) & suspensions.c.last.is_(None)
        first: date | None = await self._tx.scalar(select(func.max(suspensions.c.first)).where(still))
        return first

    async def suspensions_of(self, base_id: str) -> list[tuple[date, date | None]]:
        """First and last days on which a base stood still, in order; without a last day it still does."""
        query = select(suspensions.c.first, suspensions.c.last).where(suspensions.c.base_id == base_id)
        rows = await self._tx.execute(query.order_by(suspensions.c.first))
        return [(row.first, row.last) for row in rows]

    async def received(self, base_id: str) -> Decimal:
        """Central money that the base reported month by month, by the newest version of each report, in 万元."""
        newest = figures.c.version == obligations.c.version
        query = (
            select(func.sum(figures.c.number))
            .join(obligations, (obligations.c.id == figures.c.obligation_id) & newest)
            .where(
                obligations.c.base_id == base_id,
                obligations.c.kind == ObligationKind.DISPATCH,
                figures.c.key == CENTRAL_FUNDS,
            )
        )
        return await self._tx.scalar(query) or NOTHING

    async def recalls_of(self, base_id: str) -> list[RecallRow]:
        """What was ordered back, oldest first."""
        mine = select(recalls).where(recalls.c.base_id == base_id).order_by(recalls.c.seq)
        parts = select(recall_instalments).where(recall_instalments.c.base_id == base_id)
        by_recall: dict[int, list[Instalment]] = {}
        for part in (await self._tx.execute(parts.order_by(recall_instalments.c.due))).mappings():
            by_recall.setdefault(part["seq"], []).append(Instalment(due=part["due"], amount=part["amount"]))
        rows = (await self._tx.execute(mine)).mappings()
        return [RecallRow(**dict(row), instalments=tuple(by_recall[row["seq"]])) for row in rows]

    async def recoveries_of(self, base_id: str) -> list[RecoveryRow]:
        """What came in, oldest first."""
        query = select(recoveries).where(recoveries.c.base_id == base_id).order_by(recoveries.c.seq)
        return [RecoveryRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]
