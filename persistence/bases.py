"""Bases, their timeline, and the rounds they applied in."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, and_, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.base import CONTACT_WAITED_FOR, TIME, BaseState
from domain.calendar import business_day
from domain.decisions import Actor
from domain.errors import NotFound
from domain.lifecycle import REPORTING
from domain.policy.credit_account import CreditGrade
from domain.policy.directions import DIRECTIONS_2021
from domain.terms import OWED, ContactRole
from persistence.credit_grade import grade_of_base
from persistence.tables import base_contacts, bases, chats, obligations, rounds, timeline


class BaseRow(BaseModel):
    """A base as the lists show it."""

    model_config = ConfigDict(frozen=True)

    id: str
    code: str
    round: str
    direction: int
    name: str
    lead: str
    lead_kind: str
    level: str
    city: str
    planned_total: Decimal | None
    opening_total: Decimal | None
    stage: str
    step: str
    since: datetime
    waiting_for: str
    next_due: datetime | None
    pilot_start: date | None
    certificate_no: str | None
    certified_on: date | None
    title: str | None
    gone_on: date | None
    in_round: bool = False  # a round runs its application
    overdue: bool = False
    open_due: datetime | None = None  # earliest of its open obligations
    credit_grade: CreditGrade | None = None  # of its lead; None: not graded yet

    @property
    def waits_for(self) -> str:
        """Whom the base waits for: its contact, if only time and a report are open."""
        return CONTACT_WAITED_FOR if self.open_due and self.waiting_for == TIME else self.waiting_for

    @property
    def first_due(self) -> datetime | None:
        """The nearest deadline of the base's step and of its open obligations (exclusive)."""
        return min((due for due in (self.next_due, self.open_due) if due), default=None)


class BasePlan(BaseModel):
    """What the forms of a base are compared with: money in 万元."""

    model_config = ConfigDict(frozen=True)

    planned_total: Decimal | None
    opening_total: Decimal | None
    lead_kind: str


class NewBase(BaseModel):
    """What is written down when a base is registered or taken over."""

    model_config = ConfigDict(frozen=True)

    code: str
    name: str
    lead: str
    planned_total: Decimal | None = None
    opening_total: Decimal | None = None
    department: str | None = None


class TimelineRow(BaseModel):
    """One entry of a base's timeline."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    kind: str
    role: str
    actor: str
    stage: str | None
    step: str | None
    detail: dict[str, Any]


class BaseFilter(BaseModel):
    """What a list of bases can be narrowed to."""

    model_config = ConfigDict(frozen=True)

    stage: str | None = None
    level: str | None = None
    direction: int | None = None
    city: str | None = None
    lead: str | None = None
    contact: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    overdue: bool | None = None
    credit_grade: CreditGrade | None = None
    without_contact: bool | None = None  # no contact of it has a chat; a deputy or the head may have


_NOT_EXACT = {"lead", "contact", "overdue", "credit_grade", "without_contact"}


def _projection(state: BaseState) -> dict[str, Any]:
    return {
        "level": state.facts.level,
        "stage": state.stage,
        "step": state.step,
        "since": state.since,
        "waiting_for": state.waiting_for(),
        "next_due": state.next_due(),
        "pilot_start": state.published_on,
        "certificate_no": state.certificate_no,
        "certified_on": state.certified_on,
        "title": state.title,
        "gone_on": state.gone_on,
        "seq": state.seq,
    }


class Bases:
    """Repository of bases."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def next_number(self, round_slug: str, direction: int) -> int:
        """The next free `n` of a round and direction; concurrent callers wait for each other."""
        await self._tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{round_slug}/{direction}"))))
        counted = await self._tx.scalar(
            select(func.count()).where(bases.c.round == round_slug, bases.c.direction == direction)
        )
        return (counted or 0) + 1

    async def id_of_code(self, code: str) -> str | None:
        """The base registered under the office's number."""
        return await self._tx.scalar(select(bases.c.id).where(bases.c.code == code))

    async def add(self, new: NewBase, state: BaseState) -> None:
        """Register a base."""
        facts = state.facts
        await self._tx.execute(
            insert(bases).values(
                id=facts.base_id,
                round=facts.round,
                direction=facts.direction,
                lead_kind=facts.lead_kind,
                city=facts.city,
                **new.model_dump(),
                **_projection(state),
            )
        )

    async def bring_up_to_date(self, state: BaseState) -> None:
        """Show the newest state; an older one that comes late changes nothing."""
        await self._tx.execute(
            update(bases)
            .where(bases.c.id == state.facts.base_id, bases.c.seq < state.seq)
            .values(**_projection(state))
        )

    async def plan_of(self, base_id: str) -> BasePlan:
        """What the forms of a base are compared with. Raises NotFound."""
        columns = (bases.c.planned_total, bases.c.opening_total, bases.c.lead_kind)
        row = (await self._tx.execute(select(*columns).where(bases.c.id == base_id))).mappings().first()
        if row is None:
            raise NotFound("base.not_found", id=base_id)
        return BasePlan.model_validate(dict(row))

    async def names(self, base_ids: Collection[str]) -> dict[str, str]:
        """How bases are called, by id."""
        query = select(bases.c.id, bases.c.name).where(bases.c.id.in_(base_ids))
        return {row.id: row.name for row in await self._tx.execute(query)}

    async def department_of(self, base_id: str) -> str | None:
        """The competent department (B10): as recorded, or as the lead gave it in its application."""
        return await self._tx.scalar(select(bases.c.department).where(bases.c.id == base_id))

    async def set_department(self, base_id: str, department: str) -> None:
        """The competent department, which guides the base and is told when its reports are late (B10)."""
        await self._tx.execute(update(bases).where(bases.c.id == base_id).values(department=department))

    async def rename(self, base_id: str, name: str) -> None:
        """The officially published name replaces the applied-for one."""
        await self._tx.execute(update(bases).where(bases.c.id == base_id).values(name=name))

    async def get(self, base_id: str, now: datetime) -> BaseRow:
        """One base. Raises NotFound."""
        row = (await self._tx.execute(_rows(now).where(bases.c.id == base_id))).mappings().first()
        if row is None:
            raise NotFound("base.not_found", id=base_id)
        return BaseRow.model_validate(dict(row))

    async def hold(self, base_id: str) -> None:
        """Nobody else changes the base, or files an objection to it, until the transaction ends."""
        await self._tx.execute(select(bases.c.id).where(bases.c.id == base_id).with_for_update())

    async def find(
        self, wanted: BaseFilter, now: datetime, after: str = "", limit: int = 50
    ) -> list[BaseRow]:
        """Bases by id, `limit` after the cursor."""
        query = _rows(now).where(bases.c.id > after).order_by(bases.c.id).limit(limit)
        exact = wanted.model_dump(exclude=_NOT_EXACT, exclude_none=True)
        for name, value in exact.items():
            query = query.where(bases.c[name] == value)
        if wanted.lead:
            query = query.where(bases.c.lead.contains(wanted.lead, autoescape=True))
        if wanted.contact is not None:
            query = query.where(answers_for(wanted.contact))
        if wanted.overdue is not None:
            query = query.where(_overdue(now) if wanted.overdue else ~_overdue(now))
        if wanted.without_contact is not None:
            query = query.where(~_has_contact() if wanted.without_contact else _has_contact())
        if wanted.credit_grade is not None:
            query = query.where(grade_of_base(business_day(now)) == wanted.credit_grade)
        return [BaseRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def of_contact(self, contact_id: int, now: datetime) -> list[BaseRow]:
        """The bases a contact answers for."""
        query = (
            _rows(now).select_from(bases.join(base_contacts)).where(base_contacts.c.contact_id == contact_id)
        )
        found = await self._tx.execute(query.order_by(bases.c.id))
        return [BaseRow.model_validate(dict(row)) for row in found.mappings()]

    async def ids(self) -> Sequence[str]:
        """All bases."""
        return (await self._tx.scalars(select(bases.c.id).order_by(bases.c.id))).all()

    async def reporting(self) -> Sequence[str]:
        """Bases that owe what opens from now on."""
        query = select(bases.c.id).where(bases.c.step.in_(REPORTING)).order_by(bases.c.id)
        return (await self._tx.scalars(query)).all()

    async def recorded_state(self, code: str) -> BaseState:
        """The newest recorded state of a base that was taken in in mid-life, to start its workflow from.

        What only an application has (score, consent, notice) is not in it. Raises NotFound.
        """
        row = (await self._tx.execute(select(bases).where(bases.c.code == code))).mappings().first()
        if row is None:
            raise NotFound("base.not_found", id=code)
        direction = next(d for d in DIRECTIONS_2021 if d.no == row["direction"])
        facts = {"base_id": row["id"], "direction_name": direction.short, "deadline": None, **row}
        return BaseState.model_validate({**row, "facts": facts, "published_on": row["pilot_start"]})


def answers_for(contact_id: int) -> Any:
    """Of bases that a contact answers for."""
    return exists().where(base_contacts.c.base_id == bases.c.id, base_contacts.c.contact_id == contact_id)


def _has_contact() -> Any:
    """Of bases whose contact has a chat."""
    return exists().where(
        base_contacts.c.base_id == bases.c.id,
        base_contacts.c.role == ContactRole.CONTACT,
        chats.c.contact_id == base_contacts.c.contact_id,
    )


def _overdue(now: datetime) -> Any:
    return exists().where(_open_of_base(), obligations.c.due <= now)


def _open_of_base() -> Any:
    return and_(obligations.c.base_id == bases.c.id, obligations.c.state.in_(OWED))


def _rows(now: datetime) -> Select[Any]:
    open_due = select(func.min(obligations.c.due)).where(_open_of_base()).scalar_subquery()
    in_round = exists().where(rounds.c.slug == bases.c.round, rounds.c.terms.is_not(None))
    return select(
        bases,
        _overdue(now).label("overdue"),
        open_due.label("open_due"),
        in_round.label("in_round"),
        grade_of_base(business_day(now)).label("credit_grade"),
    )


class Timeline:
    """Append-only record of what happened to a base."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def append(
        self,
        base_id: str,
        key: str,
        at: datetime,
        kind: str,
        by: Actor,
        detail: dict[str, Any],
        state: BaseState | None = None,
    ) -> bool:
        """Write an entry once per `key`; False if it stood there already."""
        entry = insert(timeline).values(
            base_id=base_id,
            key=key,
            at=at,
            kind=kind,
            role=by.role,
            actor=by.id,
            stage=state.stage if state else None,
            step=state.step if state else None,
            detail=detail,
        )
        done = await self._tx.execute(entry.on_conflict_do_nothing().returning(timeline.c.id))
        return done.first() is not None

    async def bases_with(self, key: str) -> list[str]:
        """The bases on whose timeline an entry of this key stands."""
        query = select(timeline.c.base_id).where(timeline.c.key == key).order_by(timeline.c.base_id)
        return list((await self._tx.scalars(query)).all())

    async def of(self, base_id: str) -> list[TimelineRow]:
        """All entries, oldest first."""
        query = select(timeline).where(timeline.c.base_id == base_id).order_by(timeline.c.at, timeline.c.id)
        return [TimelineRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]
