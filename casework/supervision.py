"""Recording what was found when a quarter was supervised: words into the database, then the decision about them.

The words lie in the database under a digest of their own; the workflow's history holds only that. They are written
before the decision is taken: what is ordered can be read as soon as it is. Words of a decision that was refused stay
there unused.
"""

import hashlib
import json
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.decisions import Actor, Reason, Remark, Text
from domain.errors import Refused
from domain.policy.supervision import SUPERVISION, Severity
from domain.supervision_checks import check_authority
from domain.supervision_decisions import (
    Conclude,
    Conclusion,
    Digest,
    ItemKey,
    NewFinding,
    OrderAsked,
    RecordFindings,
    SupervisionDecision,
    SupervisionDecisionKind,
    SupervisionRequest,
)
from persistence.database import Database
from persistence.supervision import Supervisions, Words
from persistence.supervision_documents import SupervisionDocuments
from workflows.gateway import Gateway
from workflows.supervision_messages import SupervisionSnapshot


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WrittenOrder(_Written):
    """整改 as the office orders it."""

    requirement: Reason
    owner: Annotated[Text, Field(min_length=1, max_length=50)] = Field(description="整改责任人")
    due: date | None = Field(None, description="整改期限（含当日）；不填按信用等级和严重程度的约定期限")


class WrittenFinding(_Written):
    """A finding as the office writes it."""

    item: ItemKey = Field(description="自查表的项目；其他问题填 other")
    severity: Severity
    text: Annotated[Text, Field(min_length=1, max_length=1000)]
    documents: tuple[Digest, ...] = Field((), max_length=20, description="已上传的照片或 PDF")
    order: WrittenOrder | None = Field(None, description="责令整改；不填只指出问题")

    @property
    def words(self) -> Words:
        """What people wrote."""
        order = self.order
        return Words(
            text=self.text,
            requirement=order.requirement if order else None,
            owner=order.owner if order else None,
        )


class WrittenRecord(_Written):
    """What was found, on paper or on the spot."""

    kind: Literal[SupervisionDecisionKind.RECORD]
    visited: date | None = Field(None, description="现场督导日期")
    findings: tuple[WrittenFinding, ...] = Field((), max_length=50)

    @property
    def words(self) -> dict[str, Words]:
        """Everything people wrote, by digest."""
        return {digest_of(found.words): found.words for found in self.findings}

    def decision(self) -> SupervisionDecision:
        """The decision, without the words. ValidationError if it says nothing."""
        return RecordFindings(visited=self.visited, findings=tuple(_named(found) for found in self.findings))

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        self.decision()
        return self


class WrittenConclusion(_Written):
    """The conclusion as the office writes it."""

    kind: Literal[SupervisionDecisionKind.CONCLUDE]
    conclusion: Conclusion
    remark: Remark = ""

    @property
    def words(self) -> dict[str, Words]:
        """The remark, by digest."""
        words = Words(text=self.remark)
        return {digest_of(words): words} if self.remark else {}

    def decision(self) -> SupervisionDecision:
        """The decision, without the words."""
        return Conclude(conclusion=self.conclusion, remark=next(iter(self.words), None))

    @model_validator(mode="after")
    def _says_what_follows(self) -> Self:
        if self.conclusion is Conclusion.NOT_RECTIFIED and not self.remark.strip():
            raise ValueError("逾期未整改的，须写明处理决定")
        return self


Written = Annotated[WrittenRecord | WrittenConclusion, Field(discriminator="kind")]


async def decide(
    database: Database,
    gateway: Gateway,
    supervision_id: str,
    written: WrittenRecord | WrittenConclusion,
    by: Actor,
    update_id: str,
) -> SupervisionSnapshot:
    """Write the words down and take the decision. The same `update_id` changes nothing again. Raises DomainError."""
    decision = written.decision()
    state = (await gateway.supervision(supervision_id)).state
    if state:
        check_authority(state.facts, by, decision.kind)
    async with database.transaction() as tx:
        if isinstance(decision, RecordFindings):
            await _check_documents(SupervisionDocuments(tx), supervision_id, decision)
        await Supervisions(tx).write_down(supervision_id, written.words)
    return await gateway.decide_supervision(
        supervision_id, SupervisionRequest(decision=decision, by=by), update_id
    )


async def _check_documents(
    documents: SupervisionDocuments, supervision_id: str, decision: RecordFindings
) -> None:
    """Refuse evidence that was not handed in for this supervision."""
    known = await documents.digests(supervision_id)
    named = [digest for found in decision.findings for digest in found.documents]
    unknown = next((digest for digest in named if digest not in known), None)
    if unknown:
        raise Refused("supervision.unknown_document", SUPERVISION, sha256=unknown)


def digest_of(words: Words) -> str:
    """Under which words lie in the database. An owner's name is never digested alone: it could be guessed."""
    said = json.dumps([words.text, words.requirement, words.owner], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def _named(found: WrittenFinding) -> NewFinding:
    return NewFinding(
        item=found.item,
        severity=found.severity,
        text=digest_of(found.words),
        documents=found.documents,
        order=OrderAsked(due=found.order.due) if found.order else None,
    )
