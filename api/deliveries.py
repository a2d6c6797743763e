"""Routes of what went out by itself: to whom, on which channel, and if not, why. No words, no accounts, no telephones."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from api.auth import Caller, Services
from api.bases import Limit
from api.schemas import Page
from domain.decisions import Actor
from domain.delivery import DeliveryState
from domain.errors import NotAllowed
from domain.policy.authority import LEVELS
from domain.terms import Role
from persistence.deliveries import Deliveries, DeliveryFilter, DeliveryRow

router = APIRouter(prefix="/api/deliveries", tags=["消息送达"])

_MOST = 2**31 - 1


class DeliveryOut(BaseModel):
    """One message to one chat of a contact."""

    id: int
    key: str
    kind: str
    base: str | None
    contact: int
    channel: str
    state: DeliveryState
    why: str | None
    attempts: int
    queued_at: datetime
    tried_at: datetime | None
    sent_at: datetime | None

    @classmethod
    def of(cls, row: DeliveryRow) -> Self:
        """From its row."""
        shown = row.model_dump(exclude={"no", "base_id", "contact_id"})
        return cls(id=row.no, base=row.base_id, contact=row.contact_id, **shown)


class Wanted(BaseModel):
    """What the list is narrowed to; `since` and `until` (exclusive) are about when a message was queued."""

    base: str | None = None
    contact: Annotated[int, Query(ge=1, le=_MOST)] | None = None
    channel: str | None = None
    state: DeliveryState | None = None
    kind: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    cursor: Annotated[int, Query(ge=1, le=2**63 - 1)] | None = None
    limit: Limit = 50


@router.get("", summary="消息送达记录")
async def find(actor: Caller, services: Services, wanted: Annotated[Wanted, Query()]) -> Page[DeliveryOut]:
    """The newest first; a city office sees those about its own bases."""
    reach = DeliveryFilter(**wanted.model_dump(exclude={"cursor", "limit"}), city=own_city(actor))
    async with services.database.transaction() as tx:
        rows = await Deliveries(tx).find(reach, wanted.cursor, wanted.limit)
    more = str(rows[-1].no) if len(rows) == wanted.limit else None
    return Page(items=[DeliveryOut.of(row) for row in rows], next_cursor=more)


def own_city(actor: Actor) -> str | None:
    """The city that the caller's view ends at; None for the office, which sees all. Raises NotAllowed."""
    if actor.role is Role.OFFICE:
        return None
    if actor.role is Role.CITY and actor.city:
        return actor.city
    raise NotAllowed("access.not_yours", LEVELS)
