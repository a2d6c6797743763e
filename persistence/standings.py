"""What a notice is about, as it stands on record: only what the truth of its kind depends on is looked up."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.notice_truth import (
    ASSESSMENT_AT,
    BASE_AT,
    SUPERVISION_OVER,
    BaseNow,
    ObligationNow,
    Standing,
    assessment_of,
    supervision_of,
)
from domain.views import Notice, NoticeKind
from persistence.signatures import Signatures
from persistence.tables import assessments, bases, obligations, recalls, recoveries, supervisions
from persistence.urgings import Urgings


class Standings:
    """Repository of what notices are about."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def of(self, notice: Notice) -> Standing:
        """As it stands now."""
        if notice.kind is NoticeKind.URGED_STEP:
            return Standing(waits=await Urgings(self._tx).still_waits(notice))
        if notice.obligation_id:
            return Standing(obligation=await self._obligation(notice.obligation_id))
        if notice.kind in BASE_AT:
            return Standing(base=await self._base(notice.base_id or ""))
        if notice.kind in SUPERVISION_OVER:
            found = select(supervisions.c.state).where(supervisions.c.id == supervision_of(notice))
            return Standing(supervision=await self._tx.scalar(found))
        if notice.kind in ASSESSMENT_AT:
            found = select(assessments.c.phase).where(assessments.c.id == assessment_of(notice))
            return Standing(assessment=await self._tx.scalar(found))
        if notice.kind is NoticeKind.SIGN_OFF_WAITING:
            return Standing(waiting=await self._waiting(notice))
        if notice.kind is NoticeKind.RECALL_OVERDUE:
            return Standing(recalled=await self._still_owes(notice.base_id or ""))
        return Standing()

    async def _obligation(self, obligation_id: str) -> ObligationNow | None:
        o = obligations.c
        query = select(o.no, o.state, o.due, o.locks, o.paused, o.assignee).where(o.id == obligation_id)
        row = (await self._tx.execute(query)).mappings().first()
        return ObligationNow.model_validate(dict(row)) if row else None

    async def _base(self, base_id: str) -> BaseNow | None:
        query = select(bases.c.step, bases.c.next_due).where(bases.c.id == base_id)
        row = (await self._tx.execute(query)).mappings().first()
        return BaseNow.model_validate(dict(row)) if row else None

    async def _waiting(self, notice: Notice) -> int:
        waiting = await Signatures(self._tx).waiting_for(notice.department or "")
        return sum(one.applications for one in waiting if one.title == notice.params["round"])

    async def _still_owes(self, base_id: str) -> bool:
        recalled = await self._tx.scalar(_sum(recalls.c.amount, recalls.c.base_id == base_id))
        recovered = await self._tx.scalar(_sum(recoveries.c.amount, recoveries.c.base_id == base_id))
        return bool(recalled > recovered)


def _sum(amount: Any, where: Any) -> Select[Any]:
    return select(func.coalesce(func.sum(amount), 0)).where(where)
