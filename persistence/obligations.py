"""Obligations, what was handed in for them, and the figures."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.decisions import Actor
from domain.errors import NotFound
from domain.forms.registry import FORMS
from domain.forms.skipped import answered, is_skipped
from domain.obligation import ObligationLife
from domain.obligation_decisions import ObligationDecision
from domain.policy.obligations import Schedule
from domain.terms import OWED, ObligationKind, ObligationState
from persistence.bases import answers_for
from persistence.tables import (
    base_contacts,
    bases,
    figures,
    obligation_decisions,
    obligations,
    submissions,
)


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
    version: int = 0
    returns: int = 0
    review_until: datetime | None = None
    paused: bool = False
    schedule: Schedule | None = None
    assignee: int | None = None  # the contact to whom it was handed over


class DecisionRow(BaseModel):
    """A decision about an obligation."""

    model_config = ConfigDict(frozen=True)

    seq: int
    at: datetime
    kind: str
    role: str
    actor: str
    version: int
    detail: dict[str, Any]


class VersionRow(BaseModel):
    """One version of what was handed in."""

    model_config = ConfigDict(frozen=True)

    version: int
    at: datetime
    role: str
    actor: str
    values: dict[str, str]
    answered_by: dict[str, str] = {}  # whose answers they are: actors' ids by key


class Handed(Protocol):
    """Something that was handed in, as `workflows.messages.Submission` has it."""

    @property
    def obligation_id(self) -> str:
        """Which obligation."""

    @property
    def kind(self) -> ObligationKind:
        """Of which kind."""

    @property
    def values(self) -> Mapping[str, str]:
        """Canonical texts by key."""

    @property
    def by(self) -> Actor:
        """Who handed it in."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def on_time(self) -> bool:
        """Whether the first version was in time."""

    @property
    def version(self) -> int:
        """Which version, from 1."""

    @property
    def answered_by(self) -> Mapping[str, str]:
        """Whose answers they are: actors' ids by key."""


class Decided(Protocol):
    """A decision and the state after it, as `workflows.messages.ObligationRecord` has it."""

    @property
    def obligation_id(self) -> str:
        """Which obligation."""

    @property
    def life(self) -> ObligationLife:
        """The state after the decision."""

    @property
    def at(self) -> datetime:
        """When it was taken."""

    @property
    def by(self) -> Actor:
        """Who took it."""

    @property
    def decision(self) -> ObligationDecision:
        """What was decided."""

    @property
    def update_id(self) -> str | None:
        """The update that asked for it."""


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


def _figures(done: Handed) -> Iterator[dict[str, Any]]:
    questions = FORMS[done.kind].by_key
    for key, value in done.values.items():
        number = questions[key].is_number and not is_skipped(value)
        yield {
            "obligation_id": done.obligation_id,
            "version": done.version,
            "key": key,
            "number": Decimal(value) if number else None,
            "text": None if number else value,
        }


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
            schedule=schedule.model_dump(mode="json"),
        )
        done = await self._tx.execute(new.on_conflict_do_nothing().returning(obligations.c.id))
        return done.first() is not None

    async def end(
        self, obligation_id: str, state: ObligationState, at: datetime, on_time: bool | None
    ) -> None:
        """The obligation is over without figures."""
        await self._tx.execute(
            update(obligations)
            .where(obligations.c.id == obligation_id, obligations.c.state.in_(OWED))
            .values(state=state, ended_at=at, on_time=on_time)
        )

    async def store(self, done: Handed, review_until: datetime | None = None) -> None:
        """The figures of a version, and the row. A second call changes nothing."""
        stored = await self._tx.execute(
            insert(submissions)
            .values(
                obligation_id=done.obligation_id,
                version=done.version,
                at=done.at,
                role=done.by.role,
                actor=done.by.id,
                answered_by=dict(done.answered_by),
            )
            .on_conflict_do_nothing()
            .returning(submissions.c.version)
        )
        if stored.first() is None:
            return
        await self._tx.execute(insert(figures), [*_figures(done)])
        await self._tx.execute(
            update(obligations)
            .where(obligations.c.id == done.obligation_id, obligations.c.version < done.version)
            .values(
                state=ObligationState.SUBMITTED,
                version=done.version,
                ended_at=done.at,
                on_time=func.coalesce(obligations.c.on_time, done.on_time),
                review_until=review_until,
            )
        )

    async def decided(self, record: Decided) -> None:
        """A decision on record, and the row after it. A second call changes nothing."""
        life = record.life
        await self._tx.execute(
            insert(obligation_decisions)
            .values(
                obligation_id=record.obligation_id,
                seq=life.seq,
                at=record.at,
                kind=record.decision.kind,
                role=record.by.role,
                actor=record.by.id,
                version=life.version,
                detail=record.decision.model_dump(mode="json", exclude={"kind"}),
                update_id=record.update_id,
            )
            .on_conflict_do_nothing()
        )
        newest = select(func.max(obligation_decisions.c.seq)).where(
            obligation_decisions.c.obligation_id == record.obligation_id
        )
        await self._tx.execute(
            update(obligations)
            .where(obligations.c.id == record.obligation_id, newest.scalar_subquery() == life.seq)
            .values(
                state=life.state,
                due=life.schedule.due,
                locks=life.schedule.locks,
                tentative=life.schedule.tentative,
                schedule=life.schedule.model_dump(mode="json"),
                returns=life.returns,
                review_until=life.review_until,
                paused=life.paused,
            )
        )

    async def decisions(self, obligation_id: str) -> list[DecisionRow]:
        """What was decided about an obligation, oldest first."""
        query = select(obligation_decisions).where(obligation_decisions.c.obligation_id == obligation_id)
        rows = await self._tx.execute(query.order_by(obligation_decisions.c.seq))
        return [DecisionRow.model_validate(dict(row)) for row in rows.mappings()]

    async def was_decided(self, obligation_id: str, update_id: str) -> bool:
        """Whether what an update asked for was taken, by whichever run of the workflow."""
        query = select(obligation_decisions.c.seq).where(
            obligation_decisions.c.obligation_id == obligation_id,
            obligation_decisions.c.update_id == update_id,
        )
        return await self._tx.scalar(query.limit(1)) is not None

    async def versions(self, obligation_id: str) -> list[VersionRow]:
        """Every version that was handed in, with its values, oldest first."""
        query = select(submissions).where(submissions.c.obligation_id == obligation_id)
        rows = (await self._tx.execute(query.order_by(submissions.c.version))).mappings().all()
        return [VersionRow(**row, values=await self.values(obligation_id, row["version"])) for row in rows]

    async def authors(self, obligation_id: str) -> dict[str, str]:
        """Whose answers the newest version has: actors' ids by key, as far as it is known."""
        query = select(submissions.c.answered_by).where(submissions.c.obligation_id == obligation_id)
        return dict(await self._tx.scalar(query.order_by(submissions.c.version.desc()).limit(1)) or {})

    async def values(self, obligation_id: str, version: int | None = None) -> dict[str, str]:
        """The figures handed in, as canonical texts by key, in the form's order: of a version, or of the newest.

        Empty before the submission.
        """
        newest = select(func.max(figures.c.version)).where(figures.c.obligation_id == obligation_id)
        query = select(figures, obligations.c.kind).join(
            obligations, obligations.c.id == figures.c.obligation_id
        )
        query = query.where(
            figures.c.obligation_id == obligation_id,
            figures.c.version == (newest.scalar_subquery() if version is None else version),
        )
        rows = {row.key: row for row in await self._tx.execute(query)}
        if not rows:
            return {}
        form = FORMS[ObligationKind(next(iter(rows.values())).kind)]
        return {
            q.key: rows[q.key].text if rows[q.key].number is None else q.parse(str(rows[q.key].number))
            for q in form.questions
            if q.key in rows
        }

    async def last_values(self, base_id: str, kind: ObligationKind, before: str) -> dict[str, str]:
        """What the base reported for its latest period before `before`; what was left out then is not known."""
        query = (
            select(obligations.c.id)
            .where(
                obligations.c.base_id == base_id,
                obligations.c.kind == kind,
                obligations.c.period < before,
                obligations.c.version > 0,
            )
            .order_by(obligations.c.period.desc())
            .limit(1)
        )
        found = await self._tx.scalar(query)
        return answered(await self.values(found)) if found else {}

    async def get(self, obligation_id: str) -> ObligationRow:
        """One obligation. Raises NotFound."""
        row = (await self._tx.execute(_COLUMNS.where(obligations.c.id == obligation_id))).mappings().first()
        if row is None:
            raise NotFound("obligation.not_found", id=obligation_id)
        return ObligationRow.model_validate(dict(row))

    async def by_no(self, no: int) -> ObligationRow:
        """The obligation behind an office's button. Raises NotFound."""
        row = (await self._tx.execute(_COLUMNS.where(obligations.c.no == no))).mappings().first()
        if row is None:
            raise NotFound("obligation.not_found", id=no)
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
            base_contacts.c.contact_id == contact_id, obligations.c.state.in_(OWED)
        ).order_by(obligations.c.due, obligations.c.id)
        return [ObligationRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def of_contact_in(self, contact_id: int, period: str) -> list[ObligationRow]:
        """Whatever a contact's bases owe or owed for periods that match, whole, a regular expression."""
        query = _OF_CONTACT.where(
            base_contacts.c.contact_id == contact_id, obligations.c.period.regexp_match(f"^(?:{period})$")
        ).order_by(obligations.c.period.desc(), obligations.c.id)
        return [ObligationRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def of_contact_by_no(self, no: int, contact_id: int) -> ObligationRow | None:
        """The obligation behind a button, if this contact may answer it."""
        query = _OF_CONTACT.where(base_contacts.c.contact_id == contact_id, obligations.c.no == no)
        row = (await self._tx.execute(query)).mappings().first()
        return ObligationRow.model_validate(dict(row)) if row else None
