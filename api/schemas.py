"""What goes in and out over HTTP. Days that close something are the last day on which it is still possible."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import AfterValidator, BaseModel, Field

from domain.calendar import SHANGHAI, last_day_before
from domain.policy.directions import DIRECTIONS_2021
from domain.policy.duties import Duty, label
from domain.policy.formal_review import Signed
from domain.policy.members import ALL_MEMBER_UNITS
from domain.policy.recall import Instalment
from domain.terms import OWED, ContactRole, ObligationState
from persistence.bases import BaseFilter, BaseRow
from persistence.colleagues import Colleague
from persistence.funds import RecallRow, RecoveryRow
from persistence.obligations import ObligationRow

T = TypeVar("T")
Name = Annotated[str, Field(min_length=1, max_length=100)]
ContactId = Annotated[int, Field(ge=1, le=2**31 - 1)]
Money = Annotated[Decimal, Field(ge=0, le=Decimal("9999999999.99"), decimal_places=2)]


def _a_member_unit(name: str) -> str:
    if name not in ALL_MEMBER_UNITS:
        raise ValueError(f"须为成员单位全称：{'、'.join(ALL_MEMBER_UNITS)}")
    return name


MemberUnit = Annotated[str, AfterValidator(_a_member_unit)]


class BaseQuery(BaseFilter):
    """The filters of the list of bases."""

    direction: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class BaseContactOut(BaseModel):
    """Somebody of a base, by number."""

    id: int
    role: ContactRole
    bound: bool = Field(description="已绑定聊天")

    @classmethod
    def of(cls, person: Colleague) -> Self:
        """Without name and telephone."""
        return cls(id=person.id, role=person.role, bound=person.bound)


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
    submitted: bool = Field(description="已报送过，含之后退回的")
    version: int = Field(description="已报送的最新版本，0 为尚未报送")
    returns: int = Field(description="退回次数")
    review_until: date | None = Field(description="最后一个审核日，过后视为通过")
    paused: bool = Field(description="暂停计时")
    assignee: int | None = Field(description="转交给了哪位联系人（编号）；没有转交时为空")

    @classmethod
    def of(cls, row: ObligationRow, now: datetime) -> Self:
        """From a row."""
        return cls(**cls._fields(row, now))

    @staticmethod
    def _fields(row: ObligationRow, now: datetime) -> dict[str, Any]:
        owed = row.state in OWED
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
            "overdue": owed and row.due <= now,
            "ended_at": row.ended_at.astimezone(SHANGHAI) if row.ended_at and not owed else None,
            "on_time": row.on_time,
            "tentative": row.tentative,
            "submitted": row.version > 0,
            "version": row.version,
            "returns": row.returns,
            "review_until": last_day_before(row.review_until) if row.review_until else None,
            "paused": row.paused,
            "assignee": row.assignee,
        }


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


class ReviewOut(BaseModel):
    """One duty of the formal review, and its signature if there is one."""

    duty: str
    label: str
    department: str
    result: str | None = Field(description="尚未签署时为空")
    at: datetime | None
    reason: str
    items: list[str]
    until: date | None = Field(description="最后一个补正日")

    @classmethod
    def of(cls, duty: Duty, signed: Signed | None) -> Self:
        """From a duty and its signature."""
        return cls(
            duty=duty.id,
            label=label(duty),
            department=duty.department,
            result=signed.result if signed else None,
            at=signed.at.astimezone(SHANGHAI) if signed else None,
            reason=signed.reason if signed else "",
            items=list(signed.items) if signed else [],
            until=last_day_before(signed.until) if signed and signed.until else None,
        )


class GradeOut(BaseModel):
    """The published grade of a year."""

    year: str
    grade: str


class RecallOut(BaseModel):
    """Central money that was ordered back, in 万元."""

    amount: Decimal
    document_no: str
    ground: str
    reason: str
    on: date
    instalments: list[Instalment]

    @classmethod
    def of(cls, row: RecallRow) -> Self:
        """From a row."""
        return cls.model_validate(row.model_dump(exclude={"seq"}))


class RecoveryOut(BaseModel):
    """Recalled money that came in, in 万元."""

    amount: Decimal
    document_no: str
    on: date

    @classmethod
    def of(cls, row: RecoveryRow) -> Self:
        """From a row."""
        return cls.model_validate(row.model_dump(exclude={"seq"}))


class BaseDetail(BaseOut):
    """A base, live from its workflow, with its obligations and what can be decided now."""

    obligations: list[ObligationOut]
    contacts: list[BaseContactOut] = Field(description="联系人、副联系人和负责人")
    possible_decisions: list[str]
    reviews: list[ReviewOut]
    suspended_since: date | None = Field(description="暂停运行首日；没有暂停时为空")
    grades: list[GradeOut] = Field(description="已公布的年考核等次")
    recalls: list[RecallOut] = Field(description="收回中央投资")
    recoveries: list[RecoveryOut] = Field(description="收回到账")


class Page(BaseModel, Generic[T]):
    """Part of a list; ask again with `cursor` for more."""

    items: list[T]
    next_cursor: str | None
