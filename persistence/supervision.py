"""What the office found when it supervised a quarter, and the 整改 it ordered. What people wrote stays here."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import NotFound
from domain.supervision import Finding, Order, SupervisionState, rectification_id
from domain.terms import ObligationState
from persistence.bases import answers_for
from persistence.obligations import ObligationFilter
from persistence.tables import bases, findings, rectifications, supervision_texts, supervisions

_ENDED = (ObligationState.ACCEPTED, ObligationState.WAIVED, ObligationState.MISSING)


class SupervisionRow(BaseModel):
    """The supervision of a quarter as the lists show it."""

    model_config = ConfigDict(frozen=True)

    id: str
    base_id: str
    base_name: str
    city: str
    period: str
    self_report: str
    grade: str
    approach: str
    opened_at: datetime
    until: datetime
    state: str
    since: datetime
    waiting_for: str
    visited: date | None
    conclusion: str | None
    remark: str | None  # its words
    findings: int
    orders_open: int


class RectificationRow(BaseModel):
    """整改 that was ordered, as an obligation of the base by this id."""

    model_config = ConfigDict(frozen=True)

    obligation_id: str
    supervision_id: str | None = None
    finding: int | None = None
    severity: str | None = None
    requirement: str
    owner: str
    ordered_on: date
    deadline: date
    state: str = ObligationState.OPEN


class FindingRow(BaseModel):
    """One thing found, in words."""

    model_config = ConfigDict(frozen=True)

    number: int
    item: str
    severity: str
    text: str
    documents: tuple[str, ...]  # digests
    found_on: date


class Words(BaseModel):
    """What people wrote about one finding, or as a remark."""

    model_config = ConfigDict(frozen=True)

    text: str
    requirement: str | None = None
    owner: str | None = None


class Supervisions:
    """Repository of supervisions, their findings and what was written about them."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def write_down(self, supervision_id: str, words: dict[str, Words]) -> None:
        """Keep words by their digests; the same again changes nothing."""
        rows = [{"supervision_id": supervision_id, "digest": d, **w.model_dump()} for d, w in words.items()]
        if rows:
            await self._tx.execute(insert(supervision_texts).values(rows).on_conflict_do_nothing())

    async def put(self, state: SupervisionState, opened_at: datetime) -> None:
        """Show the newest state whole; an older one that comes late changes nothing."""
        facts = state.facts
        known = facts.model_dump(include={"base_id", "period", "self_report", "grade", "approach"})
        new = insert(supervisions).values(id=facts.id, opened_at=opened_at, **known, **_projection(state))
        newer = new.on_conflict_do_update(
            index_elements=["id"],
            set_={name: new.excluded[name] for name in _projection(state)},
            where=supervisions.c.seq < state.seq,
        )
        if (await self._tx.execute(newer.returning(supervisions.c.id))).first() is None:
            return
        await self._put_findings(state)
        await self._put_orders(state)

    async def _put_findings(self, state: SupervisionState) -> None:
        rows = [
            found.model_dump(exclude={"on", "documents"})
            | {
                "supervision_id": state.facts.id,
                "documents": list(found.documents),
                "found_on": found.on,
            }
            for found in state.findings
        ]
        if rows:
            await self._tx.execute(insert(findings).values(rows).on_conflict_do_nothing())

    async def _put_orders(self, state: SupervisionState) -> None:
        found = {finding.number: finding for finding in state.findings}
        words = await self._words(state.facts.id, [found[order.finding].text for order in state.orders])
        rows = [_ordered(state, order, found[order.finding], words) for order in state.orders]
        await Rectifications(self._tx).put(*rows)

    async def _words(self, supervision_id: str, digests: list[str]) -> dict[str, Words]:
        query = select(supervision_texts).where(
            supervision_texts.c.supervision_id == supervision_id, supervision_texts.c.digest.in_(digests)
        )
        found = (await self._tx.execute(query)).mappings()
        return {row["digest"]: Words.model_validate(dict(row)) for row in found}

    async def get(self, supervision_id: str) -> SupervisionRow:
        """One supervision. Raises NotFound."""
        query = _rows().where(supervisions.c.id == supervision_id)
        row = (await self._tx.execute(query)).mappings().first()
        if row is None:
            raise NotFound("supervision.not_found", id=supervision_id)
        return SupervisionRow.model_validate(dict(row))

    async def find(self, wanted: ObligationFilter, after: str = "", limit: int = 50) -> list[SupervisionRow]:
        """Supervisions by id, `limit` after the cursor. A kind narrows nothing: there is one."""
        query = _rows().where(supervisions.c.id > after).order_by(supervisions.c.id).limit(limit)
        for name, column in (
            ("period", supervisions.c.period),
            ("state", supervisions.c.state),
            ("base", supervisions.c.base_id),
            ("city", bases.c.city),
        ):
            value = getattr(wanted, name)
            if value is not None:
                query = query.where(column == value)
        if wanted.contact is not None:
            query = query.where(answers_for(wanted.contact))
        return [
            SupervisionRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()
        ]

    async def findings(self, supervision_id: str) -> list[FindingRow]:
        """What was found, by number."""
        said = supervision_texts
        query = (
            select(findings, func.coalesce(said.c.text, "").label("words"))
            .outerjoin(
                said,
                (said.c.supervision_id == findings.c.supervision_id) & (said.c.digest == findings.c.text),
            )
            .where(findings.c.supervision_id == supervision_id)
            .order_by(findings.c.number)
        )
        rows = (await self._tx.execute(query)).mappings()
        return [FindingRow.model_validate({**row, "text": row["words"]}) for row in rows]


class Rectifications:
    """Repository of 整改 that was ordered."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def put(self, *rows: RectificationRow) -> None:
        """Write orders down, or where they stand by now; what was ordered stays."""
        if not rows:
            return
        new = insert(rectifications).values([row.model_dump() for row in rows])
        await self._tx.execute(
            new.on_conflict_do_update(index_elements=["obligation_id"], set_={"state": new.excluded.state})
        )

    async def requirement(self, obligation_id: str) -> str | None:
        """What is to be put right. None if nothing is on record under this obligation."""
        query = select(rectifications.c.requirement)
        return await self._tx.scalar(query.where(rectifications.c.obligation_id == obligation_id))

    async def get(self, obligation_id: str) -> RectificationRow | None:
        """What was ordered under this obligation, if anything was."""
        query = select(rectifications).where(rectifications.c.obligation_id == obligation_id)
        row = (await self._tx.execute(query)).mappings().first()
        return RectificationRow.model_validate(dict(row)) if row else None

    async def of(self, supervision_id: str) -> list[RectificationRow]:
        """What a supervision ordered, by finding."""
        query = select(rectifications).where(rectifications.c.supervision_id == supervision_id)
        rows = (await self._tx.execute(query.order_by(rectifications.c.finding))).mappings()
        return [RectificationRow.model_validate(dict(row)) for row in rows]


def _ordered(
    state: SupervisionState, order: Order, finding: Finding, words: Mapping[str, Words]
) -> RectificationRow:
    """An order that came as a signal has no words on record."""
    said = words.get(finding.text, Words(text=""))
    return RectificationRow(
        obligation_id=rectification_id(state.facts.base_id, order.number),
        supervision_id=state.facts.id,
        finding=order.finding,
        severity=finding.severity,
        requirement=said.requirement or "",
        owner=said.owner or "",
        ordered_on=order.ordered_on,
        deadline=order.due,
        state=order.state,
    )


def _projection(state: SupervisionState) -> dict[str, Any]:
    return {
        "until": state.until,
        "state": state.step,
        "since": state.since,
        "waiting_for": state.waiting_for(),
        "visited": state.visited,
        "conclusion": state.conclusion,
        "remark": state.remark,
        "seq": state.seq,
    }


def _rows() -> Select[Any]:
    found = select(func.count()).where(findings.c.supervision_id == supervisions.c.id)
    under_way = select(func.count()).where(
        rectifications.c.supervision_id == supervisions.c.id, rectifications.c.state.not_in(_ENDED)
    )
    remark = select(supervision_texts.c.text).where(
        supervision_texts.c.supervision_id == supervisions.c.id,
        supervision_texts.c.digest == supervisions.c.remark,
    )
    shown = [column for column in supervisions.c if column.name != "remark"]
    return select(
        *shown,
        remark.scalar_subquery().label("remark"),
        bases.c.name.label("base_name"),
        bases.c.city,
        found.scalar_subquery().label("findings"),
        under_way.scalar_subquery().label("orders_open"),
    ).join(bases, bases.c.id == supervisions.c.base_id)
