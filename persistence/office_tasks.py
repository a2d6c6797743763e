"""What the office has to see to because somebody could not be told. One task of a kind is open for each subject."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.decisions import SYSTEM
from domain.errors import NotFound, Stale
from domain.office_tasks import MOST_UNTOLD, UNDELIVERABLE, NewTask, OfficeTaskKind, Untold
from domain.terms import ContactRole
from persistence.tables import base_contacts, bases, chats, contacts, office_tasks

_UNTOLD = TypeAdapter(list[Untold])


class OfficeTaskRow(BaseModel):
    """A task as the lists show it."""

    model_config = ConfigDict(frozen=True)

    id: int
    kind: OfficeTaskKind
    base_id: str | None
    base_name: str | None
    city: str | None  # of the base
    contact_id: int | None
    contact_name: str | None
    params: dict[str, Any]
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    remark: str | None

    @property
    def channel(self) -> str:
        """Where it failed; empty if nothing was tried."""
        return str(self.params.get("channel", ""))

    @property
    def why(self) -> str:
        """As the platform says it."""
        return str(self.params.get("why", ""))

    @property
    def subject(self) -> str:
        """The unit that has nobody, if it is not about a base or a contact."""
        return str(self.params.get("subject", ""))

    @property
    def untold(self) -> Sequence[Untold]:
        """What could not be told, the oldest first; only the newest are kept."""
        return _UNTOLD.validate_python(self.params.get("untold", []))


class OfficeTaskFilter(BaseModel):
    """What a list of tasks can be narrowed to."""

    model_config = ConfigDict(frozen=True)

    kind: OfficeTaskKind | None = None
    base: str | None = None
    open: bool | None = None
    city: str | None = None


class OfficeTasks:
    """Repository of tasks."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def open_(self, task: NewTask, now: datetime) -> int:
        """Open a task, or add to the open one what else could not be told; its id."""
        subject = f"{task.kind}:{task.subject}"
        await self._tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(subject, 1))))
        stands = (await self._tx.execute(_open_one(task))).first()
        if stands is None:
            return await self._insert(task, subject, now)
        untold = _added(stands.params, task)
        if untold:
            params = stands.params | {"untold": untold, "why": task.why, "channel": task.channel}
            await self._tx.execute(
                update(office_tasks).where(office_tasks.c.id == stands.id).values(params=params)
            )
        return int(stands.id)

    async def _insert(self, task: NewTask, subject: str, now: datetime) -> int:
        known = select(func.count()).where(office_tasks.c.key.startswith(f"{subject}:", autoescape=True))
        number = (await self._tx.scalar(known) or 0) + 1
        params = {"subject": task.subject, "channel": task.channel, "why": task.why}
        new = insert(office_tasks).values(
            key=f"{subject}:{number}",
            kind=task.kind,
            base_id=task.base_id,
            contact_id=task.contact_id,
            params=params | {"untold": _added({}, task)},
            opened_at=now,
        )
        return int((await self._tx.execute(new.returning(office_tasks.c.id))).scalar_one())

    async def close(self, task_id: int, by: str, remark: str, now: datetime) -> None:
        """Somebody has seen to it. Raises NotFound, Stale if it is closed already."""
        closed = (
            update(office_tasks)
            .where(office_tasks.c.id == task_id, office_tasks.c.closed_at.is_(None))
            .values(closed_at=now, closed_by=by, remark=remark)
        )
        if (await self._tx.execute(closed.returning(office_tasks.c.id))).first() is None:
            row = await self.get(task_id)
            raise Stale("office_task.closed", UNDELIVERABLE, kind=row.kind)

    async def settle(self, now: datetime, contact_id: int | None = None) -> int:
        """Close by itself what is over: a contact is reached again, somebody has bound a chat; how many.

        Of one contact and its bases if one is named.
        """
        is_over = or_(
            and_(office_tasks.c.kind == OfficeTaskKind.UNREACHABLE, _reached()),
            and_(office_tasks.c.kind == OfficeTaskKind.NO_CONTACT, or_(_somebody(), _somebody_of_unit())),
            and_(office_tasks.c.kind == OfficeTaskKind.VACANT, _has_contact()),
        )
        over = update(office_tasks).where(office_tasks.c.closed_at.is_(None), is_over)
        if contact_id is not None:
            of_one = select(base_contacts.c.base_id).where(base_contacts.c.contact_id == contact_id)
            unit = select(contacts.c.department).where(contacts.c.id == contact_id).scalar_subquery()
            about = or_(
                office_tasks.c.contact_id == contact_id,
                office_tasks.c.base_id.in_(of_one),
                and_(office_tasks.c.base_id.is_(None), office_tasks.c.params["subject"].astext == unit),
            )
            over = over.where(about)
        done = await self._tx.execute(over.values(closed_at=now, closed_by=SYSTEM.id, remark="已能送达"))
        return int(done.rowcount)

    async def get(self, task_id: int) -> OfficeTaskRow:
        """One task. Raises NotFound."""
        row = (await self._tx.execute(_rows().where(office_tasks.c.id == task_id))).mappings().first()
        if row is None:
            raise NotFound("office_task.not_found", id=task_id)
        return OfficeTaskRow.model_validate(dict(row))

    async def find(self, wanted: OfficeTaskFilter, after: int = 0, limit: int = 50) -> list[OfficeTaskRow]:
        """Tasks, the oldest first, `limit` after the cursor."""
        query = _rows().where(office_tasks.c.id > after).order_by(office_tasks.c.id).limit(limit)
        for value, column in (
            (wanted.kind, office_tasks.c.kind),
            (wanted.base, office_tasks.c.base_id),
            (wanted.city, bases.c.city),
        ):
            if value is not None:
                query = query.where(column == value)
        if wanted.open is not None:
            query = query.where(office_tasks.c.closed_at.is_(None) == wanted.open)
        return [OfficeTaskRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]


def _open_one(task: NewTask) -> Select[Any]:
    return select(office_tasks.c.id, office_tasks.c.params).where(
        office_tasks.c.closed_at.is_(None),
        office_tasks.c.kind == task.kind,
        office_tasks.c.params["subject"].astext == task.subject,
    )


def _added(params: dict[str, Any], task: NewTask) -> list[dict[str, Any]]:
    """What could not be told before and now; nothing if that is known already."""
    before = params.get("untold", [])
    if task.untold is None or any(one["key"] == task.untold.key for one in before):
        return []
    return [*before, task.untold.model_dump(mode="json")][-MOST_UNTOLD:]


def _reached() -> ColumnElement[bool]:
    """The contact has a chat that is not known to be gone."""
    return exists().where(
        chats.c.contact_id == office_tasks.c.contact_id, chats.c.unreachable_since.is_(None)
    )


def _somebody() -> ColumnElement[bool]:
    """Somebody of the base has one."""
    return exists().where(
        base_contacts.c.base_id == office_tasks.c.base_id,
        chats.c.contact_id == base_contacts.c.contact_id,
        chats.c.unreachable_since.is_(None),
    )


def _has_contact() -> ColumnElement[bool]:
    """Somebody is the contact of the base again."""
    return exists().where(
        base_contacts.c.base_id == office_tasks.c.base_id, base_contacts.c.role == ContactRole.CONTACT
    )


def _somebody_of_unit() -> ColumnElement[bool]:
    """Somebody of the unit has one."""
    return exists().where(
        office_tasks.c.base_id.is_(None),
        contacts.c.department == office_tasks.c.params["subject"].astext,
        chats.c.contact_id == contacts.c.id,
        chats.c.unreachable_since.is_(None),
    )


def _rows() -> Select[Any]:
    return select(
        office_tasks, bases.c.name.label("base_name"), bases.c.city, contacts.c.name.label("contact_name")
    ).select_from(office_tasks.outerjoin(bases).outerjoin(contacts))
