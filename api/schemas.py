"""What goes in and out over HTTP. Days that close something are the last day on which it is still possible."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from domain.calendar import SHANGHAI, last_day_before
from domain.policy.directions import DIRECTIONS_2021
from domain.policy.progress import Progress
from domain.terms import City, LeadKind, Level, ObligationState
from persistence.bases import BaseFilter, BaseRow
from persistence.obligations import ObligationRow

T = TypeVar("T")
Name = Annotated[str, Field(min_length=1, max_length=100)]
ContactId = Annotated[int, Field(ge=1, le=2**31 - 1)]
Money = Annotated[Decimal, Field(ge=0, le=Decimal("9999999999.99"), decimal_places=2)]


class NewContact(BaseModel):
    """Somebody who answers for bases."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    phone: Annotated[str, Field(max_length=30)] | None = None
    bases: list[str] = []


class NewApplication(BaseModel):
    """An application in a round. `code` is the office's own number: the same code again is the same base."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=60)]
    round: str
    direction: int
    name: Name
    lead: Name
    lead_kind: LeadKind
    level: Level
    city: City
    planned_total: Money | None = Field(None, description="计划总投资，万元")
    contact_id: ContactId | None = None


class BaseQuery(BaseFilter):
    """The filters of the list of bases."""

    direction: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class ContactOut(BaseModel):
    """A contact's id; personal data is not given out again."""

    id: int


class InviteOut(BaseModel):
    """A one-time code, to be sent to the bot as /start CODE."""

    code: str
    expires_at: datetime


class ObligationOut(BaseModel):
    """One obligation."""

    id: str
    base: str
    base_name: str
    kind: str
    period: str
    state: ObligationState
    opens: datetime
    due: date = Field(description="最后一个按时日")
    locks: date = Field(description="最后一个补报日")
    overdue: bool
    ended_at: datetime | None
    on_time: bool | None
    tentative: bool = Field(description="节假日安排尚未公布，期限暂定")

    @classmethod
    def of(cls, row: ObligationRow, now: datetime) -> Self:
        """From a row."""
        return cls(**cls._fields(row, now))

    @staticmethod
    def _fields(row: ObligationRow, now: datetime) -> dict[str, Any]:
        return {
            "id": row.id,
            "base": row.base_id,
            "base_name": row.base_name,
            "kind": row.kind,
            "period": row.period,
            "state": row.state,
            "opens": row.opens.astimezone(SHANGHAI),
            "due": last_day_before(row.due),
            "locks": last_day_before(row.locks),
            "overdue": row.state is ObligationState.OPEN and row.due <= now,
            "ended_at": row.ended_at.astimezone(SHANGHAI) if row.ended_at else None,
            "on_time": row.on_time,
            "tentative": row.tentative,
        }


class ObligationDetail(ObligationOut):
    """One obligation with its figures: canonical texts by key, money in 万元."""

    filled: int
    total: int
    values: dict[str, str]
    progress: Progress | None


class BaseOut(BaseModel):
    """A base as the lists show it."""

    id: str
    code: str
    round: str
    name: str
    lead: str
    lead_kind: str
    level: str
    city: str
    direction: str
    direction_no: int
    stage: str
    step: str
    since: datetime
    waiting_for: str
    next_due: date | None
    overdue: bool
    pilot_start: date | None
    certificate_no: str | None
    certified_on: date | None
    title: str | None
    credit_grade: str | None = Field(None, description="信用等级；尚未评定时为空")

    @classmethod
    def of(cls, row: BaseRow) -> Self:
        """From a row."""
        return cls(**cls._fields(row))

    @staticmethod
    def _fields(row: BaseRow) -> dict[str, Any]:
        return row.model_dump(exclude={"next_due", "open_due", "direction"}) | {
            "direction": DIRECTIONS_2021[row.direction - 1].name,
            "direction_no": row.direction,
            "since": row.since.astimezone(SHANGHAI),
            "waiting_for": row.waits_for,
            "next_due": last_day_before(row.first_due) if row.first_due else None,
        }


class BaseDetail(BaseOut):
    """A base, live from its workflow, with its obligations and what can be decided now."""

    obligations: list[ObligationOut]
    possible_decisions: list[str]


class Page(BaseModel, Generic[T]):
    """Part of a list; ask again with `cursor` for more."""

    items: list[T]
    next_cursor: str | None
