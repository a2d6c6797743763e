"""One obligation in full: its versions and what changed between them, its decisions, what can be decided now."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from api.schemas import ObligationOut
from domain.calendar import SHANGHAI
from domain.forms.registry import FORMS
from domain.obligation_decisions import ObligationDecisionKind
from domain.policy.progress import Progress
from domain.terms import ObligationKind
from persistence.handovers import HandoverRow
from persistence.obligations import DecisionRow, VersionRow


class ChangeOut(BaseModel):
    """One item that differs from the version before; values are canonical texts."""

    key: str
    label: str
    before: str | None = Field(description="上一版没有这一项时为空")
    after: str | None = Field(description="这一版没有这一项时为空")


class VersionOut(BaseModel):
    """One version of what was handed in."""

    version: int
    at: datetime
    role: str
    actor: str
    values: dict[str, str]
    answered_by: dict[str, str] = Field(description="每一项由谁填报；早先的报送没有记录")
    changes: list[ChangeOut] = Field(description="与上一版相比；第一版没有")


class ReportDecisionOut(BaseModel):
    """A decision about the obligation."""

    seq: int
    at: datetime
    kind: ObligationDecisionKind
    role: str
    actor: str
    version: int = Field(description="所针对的版本")
    detail: dict[str, Any]

    @classmethod
    def of(cls, row: DecisionRow) -> Self:
        """From a row."""
        return cls.model_validate(row.model_dump() | {"at": row.at.astimezone(SHANGHAI)})


class ReturnedOut(BaseModel):
    """An item that is to be answered again."""

    key: str
    label: str
    reason: str

    @classmethod
    def of(cls, kind: ObligationKind, key: str, reason: str) -> Self:
        """With the label that it has in the form."""
        return cls(key=key, label=_label(kind, key), reason=reason)


class HandoverOut(BaseModel):
    """A form handed over from one contact to another (转交), by their numbers."""

    at: datetime
    from_contact: int
    to_contact: int
    filled: int = Field(description="转交时已填项数")

    @classmethod
    def of(cls, row: HandoverRow) -> Self:
        """From a row."""
        at = row.at.astimezone(SHANGHAI)
        return cls(at=at, from_contact=row.from_contact, to_contact=row.to_contact, filled=row.filled)


class ObligationDetail(ObligationOut):
    """One obligation with its figures: canonical texts by key, money in 万元."""

    filled: int
    total: int
    values: dict[str, str] = Field(description="最新版本")
    progress: Progress | None
    waiting_for: str
    returned: list[ReturnedOut] = Field(description="退回待更正的项目")
    possible_decisions: list[ObligationDecisionKind]
    decisions: list[ReportDecisionOut]
    versions: list[VersionOut]
    handovers: list[HandoverOut]


def versions_of(kind: ObligationKind, rows: Sequence[VersionRow]) -> list[VersionOut]:
    """Each version with what it changed, oldest first."""
    before: Sequence[VersionRow | None] = [None, *rows]
    return [_version(kind, row, old) for row, old in zip(rows, before, strict=False)]


def _version(kind: ObligationKind, row: VersionRow, old: VersionRow | None) -> VersionOut:
    changes = _changes(kind, old.values, row.values) if old else []
    return VersionOut.model_validate(
        row.model_dump() | {"at": row.at.astimezone(SHANGHAI), "changes": changes}
    )


def _changes(kind: ObligationKind, old: Mapping[str, str], new: Mapping[str, str]) -> list[ChangeOut]:
    """In the order of the form."""
    return [
        ChangeOut(key=q.key, label=q.label, before=old.get(q.key), after=new.get(q.key))
        for q in FORMS[kind].questions
        if old.get(q.key) != new.get(q.key)
    ]


def _label(kind: ObligationKind, key: str) -> str:
    question = FORMS[kind].by_key.get(key)
    return question.label if question else key
