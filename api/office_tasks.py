"""Routes of what the office has to see to because somebody could not be told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, StringConstraints

from api.auth import Caller, Services
from api.bases import Limit
from api.deliveries import own_city
from api.schemas import Page
from domain.decisions import Actor
from domain.errors import NotFound
from domain.office_tasks import CLAUSES, OfficeTaskKind, Untold
from persistence.office_tasks import OfficeTaskFilter, OfficeTaskRow, OfficeTasks

router = APIRouter(prefix="/api/office-tasks", tags=["办公室事项"])

TaskId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Remark = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500)]


class OfficeTaskOut(BaseModel):
    """A task: whom it is about, why, and what could not be told."""

    id: int
    kind: OfficeTaskKind
    clause: str
    base: str | None
    base_name: str | None
    contact: int | None
    contact_name: str | None
    unit: str | None  # that has nobody, if it is not about a base or a contact
    channel: str
    why: str
    untold: Sequence[Untold]
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    remark: str | None

    @classmethod
    def of(cls, row: OfficeTaskRow) -> Self:
        """From its row."""
        shown = row.model_dump(exclude={"base_id", "contact_id", "params", "city"})
        unit = row.subject if row.base_id is None and row.contact_id is None else None
        about = {"channel": row.channel, "why": row.why, "untold": row.untold, "unit": unit}
        clause = CLAUSES[row.kind].cite()
        return cls(base=row.base_id, contact=row.contact_id, clause=clause, **shown, **about)


class Wanted(BaseModel):
    """What the list is narrowed to."""

    kind: OfficeTaskKind | None = None
    base: str | None = None
    open: bool | None = None
    cursor: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0
    limit: Limit = 50


class Closed(BaseModel):
    """How it was seen to."""

    remark: Remark


@router.get("", summary="办公室事项列表")
async def find(actor: Caller, services: Services, wanted: Annotated[Wanted, Query()]) -> Page[OfficeTaskOut]:
    """The oldest first; a city office sees those about its own bases."""
    reach = OfficeTaskFilter(**wanted.model_dump(exclude={"cursor", "limit"}), city=own_city(actor))
    async with services.database.transaction() as tx:
        rows = await OfficeTasks(tx).find(reach, wanted.cursor, wanted.limit)
    more = str(rows[-1].id) if len(rows) == wanted.limit else None
    return Page(items=[OfficeTaskOut.of(row) for row in rows], next_cursor=more)


@router.post("/{task_id}/close", summary="办结一项办公室事项")
async def close(task_id: TaskId, closed: Closed, actor: Caller, services: Services) -> OfficeTaskOut:
    """Somebody has seen to it, and says how."""
    async with services.database.transaction() as tx:
        tasks = OfficeTasks(tx)
        _check_visible(actor, await tasks.get(task_id))
        await tasks.close(task_id, actor.id, closed.remark, services.clock.now())
        return OfficeTaskOut.of(await tasks.get(task_id))


def _check_visible(actor: Actor, row: OfficeTaskRow) -> None:
    """A city office closes those about its own bases. Raises NotAllowed, NotFound."""
    city = own_city(actor)
    if city is not None and row.city != city:
        raise NotFound("office_task.not_found", id=row.id)
