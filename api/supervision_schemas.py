"""What goes out over HTTP about the supervision of quarters."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from domain.calendar import SHANGHAI, last_day_before
from domain.decisions import Actor
from domain.supervision import SupervisionStep, supervised_items
from domain.terms import Role
from persistence.supervision import FindingRow, RectificationRow, SupervisionRow
from persistence.supervision_documents import SupervisionDocument
from workflows.supervision_messages import SupervisionSnapshot

_SEE_OWNERS = frozenset({Role.OFFICE, Role.CITY, Role.DEPARTMENT, Role.LEAD})


class DocumentOut(BaseModel):
    """A photo or a PDF; its content is at /api/documents/{sha256}?base_id=…"""

    sha256: str
    filename: str
    media_type: str
    size: int = Field(description="字节")
    pages: int = Field(description="照片为 0")

    @classmethod
    def of(cls, row: SupervisionDocument) -> Self:
        """From a row."""
        return cls(**row.model_dump())


class RectificationOut(BaseModel):
    """整改 that was ordered; its answer and evidence are at /api/obligations/{obligation_id}."""

    obligation_id: str
    requirement: str
    owner: str | None = Field(description="整改责任人；只读令牌看不到")
    ordered_on: date
    deadline: date = Field(description="责令时的期限（含当日）；延期见该整改事项")
    state: str

    @classmethod
    def of(cls, row: RectificationRow, *, with_owner: bool) -> Self:
        """From a row."""
        known = row.model_dump(include=set(cls.model_fields))
        return cls(**known | ({} if with_owner else {"owner": None}))


class FindingOut(BaseModel):
    """One thing found."""

    number: int
    item: str
    label: str
    severity: str
    text: str
    found_on: date
    documents: list[DocumentOut]
    rectification: RectificationOut | None = Field(description="没有责令整改的为空")


class SupervisionOut(BaseModel):
    """The supervision of a quarter as the lists show it."""

    id: str
    base: str
    base_name: str
    city: str
    period: str
    self_report: str = Field(description="自查报送情况")
    grade: str = Field(description="开始督导时的信用等级")
    approach: str
    state: str
    since: datetime
    waiting_for: str
    until: date = Field(description="最后一个按时办结日")
    overdue: bool
    visited: date | None
    conclusion: str | None
    findings_count: int
    orders_open: int

    @classmethod
    def of(cls, row: SupervisionRow, now: datetime) -> Self:
        """From a row."""
        return cls(**cls._fields(row, now))

    @staticmethod
    def _fields(row: SupervisionRow, now: datetime) -> dict[str, Any]:
        late = row.state == SupervisionStep.REVIEWING and row.until <= now
        return row.model_dump(exclude={"base_id", "findings", "remark", "opened_at"}) | {
            "base": row.base_id,
            "since": row.since.astimezone(SHANGHAI),
            "until": last_day_before(row.until),
            "overdue": late or row.state == SupervisionStep.CONSEQUENCE_DUE,
            "findings_count": row.findings,
        }


class SupervisionDetail(SupervisionOut):
    """The supervision of a quarter with what was found."""

    remark: str | None
    findings: list[FindingOut]
    documents: list[DocumentOut] = Field(description="已上传、可在问题中引用的照片和 PDF")
    possible_conclusion: str | None = Field(description="现在可以作出的结论；整改未结束时为空")

    @classmethod
    def from_rows(
        cls,
        row: SupervisionRow,
        findings: Sequence[FindingRow],
        orders: Sequence[RectificationRow],
        documents: Sequence[SupervisionDocument],
        live: SupervisionSnapshot | None,
        actor: Actor,
        now: datetime,
    ) -> Self:
        """From what is on record, and the workflow's own word on what may come."""
        with_owner = actor.role in _SEE_OWNERS
        kept = {document.sha256: DocumentOut.of(document) for document in documents}
        ordered = {order.finding: RectificationOut.of(order, with_owner=with_owner) for order in orders}
        over = row.state == SupervisionStep.CONCLUDED
        return cls(
            **cls._fields(row, now),
            remark=row.remark,
            findings=[_finding(found, kept, ordered) for found in findings],
            documents=list(kept.values()),
            possible_conclusion=None if over or live is None else live.possible_conclusion,
        )


def _finding(
    row: FindingRow, kept: dict[str, DocumentOut], ordered: dict[int | None, RectificationOut]
) -> FindingOut:
    return FindingOut(
        **row.model_dump(exclude={"documents"}),
        label=supervised_items().get(row.item, row.item),
        documents=[kept[sha256] for sha256 in row.documents if sha256 in kept],
        rectification=ordered.get(row.number),
    )
