"""Obligations, what was handed in for them, and the figures."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.decisions import Actor
from domain.errors import NotFound
from domain.forms.registry import FORMS
from domain.policy.obligations import Schedule
from domain.terms import ObligationKind, ObligationState
from persistence.bases import answers_for
from persistence.tables import base_contacts, bases, figures, obligations, submissions


class ObligationRow(BaseModel):
    """An obligation as the lists show it."""

    model_config = ConfigDict(frozen=True)

    id: str
    no: int
    base_id: str
    base_name: str
    kind: ObligationKind
    period: str
    opens: datetime
    due: datetime
    locks: datetime
    state: ObligationState
    ended_at: datetime | None
    on_time: bool | None
    tentative: bool


class ObligationFilter(BaseModel):
    """What a list of obligations can be narrowed to."""

    model_config = ConfigDict(frozen=True)

    period: str | None = None
    kind: str | None = None
    state: str | None = None
    base: str | None = None
    city: str | None = None
    contact: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


_COLUMNS = select(obligations, bases.c.name.label("base_name")).select_from(obligations.join(bases))
_OF_CONTACT = select(obligations, bases.c.name.label("base_name")).select_from(
    obligations.join(bases).join(base_contacts, base_contacts.c.base_id == obligations.c.base_id)
)


class Obligations:
    """Repository of obligations."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def open(self, obligation_id: str, base_id: str, schedule: Schedule) -> bool:
        """Write a new obligation down; False if it stands already."""
        new = insert(obligations).values(
            id=obligation_id,
            base_id=base_id,
            kind=schedule.kind,
            period=schedule.period,
            opens=schedule.opens,
            due=schedule.due,
            locks=schedule.locks,
            state=ObligationState.OPEN,
            tentative=schedule.tentative,
        )
        done = await self._tx.execute(new.on_conflict_do_nothing().returning(obligations.c.id))
        return done.first() is not None

    async def end(
        self, obligation_id: str, state: ObligationState, at: datetime, on_time: bool | None
    ) -> None:
        """The obligation is over, one way or the other."""
        await self._tx.execute(
            update(obligations)
            .where(obligations.c.id == obligation_id, obligations.c.state == ObligationState.OPEN)
            .values(state=state, ended_at=at, on_time=on_time)
        )

    async def store(
        self, obligation_id: str, kind: ObligationKind, values: Mapping[str, str], by: Actor, at: datetime
    ) -> None:
        """The figures of version 1. A second call changes nothing."""
        done = await self._tx.execute(
            insert(submissions)
            .values(obligation_id=obligation_id, version=1, at=at, role=by.role, actor=by.id)
            .on_conflict_do_nothing()
            .returning(submissions.c.version)
        )
        if done.first() is None:
            return
        questions = FORMS[kind].by_key
        rows = [
            {
                "obligation_id": obligation_id,
                "version": 1,
                "key": key,
                "number": Decimal(value) if questions[key].is_number else None,
                "text": None if questions[key].is_number else value,
            }
            for key, value in values.items()
        ]
        await self._tx.execute(insert(figures), rows)

    async def values(self, obligation_id: str) -> dict[str, str]:
        """The figures handed in, as canonical texts by key, in the form's order; empty before the submission."""
        newest = select(func.max(figures.c.version)).where(figures.c.obligation_id == obligation_id)
        query = select(figures, obligations.c.kind).join(
            obligations, obligations.c.id == figures.c.obligation_id
        )
        query = query.where(
            figures.c.obligation_id == obligation_id, figures.c.version == newest.scalar_subquery()
        )
        rows = {row.key: row for row in await self._tx.execute(query)}
        if not rows:
            return {}
        form = FORMS[ObligationKind(next(iter(rows.values())).kind)]
        return {
            q.key: q.parse(str(rows[q.key].number)) if q.is_number else rows[q.key].text
            for q in form.questions
            if q.key in rows
        }

    async def last_values(self, base_id: str, kind: ObligationKind, before: str) -> dict[str, str]:
        """What the base reported for its latest period before `before`."""
        query = (
            select(obligations.c.id)
            .where(
                obligations.c.base_id == base_id,
                obligations.c.kind == kind,
                obligations.c.period < before,
                obligations.c.state == ObligationState.SUBMITTED,
            )
            .order_by(obligations.c.period.desc())
            .limit(1)
        )
        found = await self._tx.scalar(query)
        return await self.values(found) if found else {}

    async def get(self, obligation_id: str) -> ObligationRow:
        """One obligation. Raises NotFound."""
        row = (await self._tx.execute(_COLUMNS.where(obligations.c.id == obligation_id))).mappings().first()
        if row is None:
            raise NotFound("obligation.not_found", id=obligation_id)
        return ObligationRow.model_validate(dict(row))

    async def find(self, wanted: ObligationFilter, after: str = "", limit: int = 50) -> list[ObligationRow]:
        """Obligations by id, `limit` after the cursor."""
        query = _COLUMNS.where(obligations.c.id > after).order_by(obligations.c.id).limit(limit)
        for name, column in (
            ("period", obligations.c.period),
            ("kind", obligations.c.kind),
            ("state", obligations.c.state),
            ("base", obligations.c.base_id),
            ("city", bases.c.city),
        ):
            value = getattr(wanted, name)
            if value is not None:
                query = query.where(column == value)
        if wanted.contact is not None:
            query = query.where(answers_for(wanted.contact))
        return [ObligationRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def open_of_contact(self, contact_id: int) -> list[ObligationRow]:
        """What a contact still owes, the most urgent first."""
        query = _OF_CONTACT.where(
            base_contacts.c.contact_id == contact_id, obligations.c.state == ObligationState.OPEN
        ).order_by(obligations.c.due, obligations.c.id)
        return [ObligationRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def of_contact_by_no(self, no: int, contact_id: int) -> ObligationRow | None:
        """The obligation behind a button, if this contact may answer it."""
        query = _OF_CONTACT.where(base_contacts.c.contact_id == contact_id, obligations.c.no == no)
        row = (await self._tx.execute(query)).mappings().first()
        return ObligationRow.model_validate(dict(row)) if row else None
