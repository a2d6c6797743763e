"""Deciding about a year's assessment: words into the database, then the decision about them.

The words lie in the database under a digest of their own; the workflow's history holds only that. They are written
before the decision is taken. Words of a decision that was refused stay there unused.
"""

import hashlib
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.assessment_checks import check_authority
from domain.assessment_decisions import (
    Appeal,
    AssessmentDecision,
    AssessmentDecisionKind,
    AssessmentRequest,
    CloseEvaluation,
    ProposeGrade,
    PublishGrade,
    ResolveAppeal,
)
from domain.decisions import Actor, DocumentNo, Text
from domain.policy.effectiveness import Grade
from persistence.assessments import Assessments
from persistence.database import Database
from workflows.assessment_messages import AssessmentSnapshot
from workflows.gateway import Gateway

_K = AssessmentDecisionKind

MOST_CHARACTERS = 1000
Words = Annotated[Text, Field(min_length=1, max_length=MOST_CHARACTERS)]


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WrittenClosing(_Written):
    """The evaluation is closed."""

    kind: Literal[_K.CLOSE]
    reason: Words | None = Field(None, description="评价份数不足时必填")

    def decision(self) -> AssessmentDecision:
        """Without the words."""
        return CloseEvaluation(text=digest_of(self.reason))


class WrittenProposal(_Written):
    """The grade as the office proposes it."""

    kind: Literal[_K.PROPOSE]
    grade: Grade | None = Field(None, description="不填即按计算结果")
    reason: Words | None = Field(None, description="与计算结果不同时必填")

    def decision(self) -> AssessmentDecision:
        """Without the words."""
        return ProposeGrade(grade=self.grade, text=digest_of(self.reason))


class WrittenAppeal(_Written):
    """The appeal as the lead writes it."""

    kind: Literal[_K.APPEAL]
    reason: Words

    def decision(self) -> AssessmentDecision:
        """Without the words."""
        return Appeal.model_validate({"text": digest_of(self.reason)})


class WrittenResolution(_Written):
    """What the office says to an appeal."""

    kind: Literal[_K.RESOLVE]
    upheld: bool
    grade: Grade | None = Field(None, description="申诉成立时必填，须比拟定的更好")
    reason: Words

    def decision(self) -> AssessmentDecision:
        """Without the words."""
        named = {"upheld": self.upheld, "grade": self.grade, "text": digest_of(self.reason)}
        return ResolveAppeal.model_validate(named)


class WrittenPublication(_Written):
    """The grade is published."""

    kind: Literal[_K.PUBLISH]
    document_no: DocumentNo
    on: date

    def decision(self) -> AssessmentDecision:
        """As it is: there are no words."""
        return PublishGrade(document_no=self.document_no, on=self.on)


Written = Annotated[
    WrittenClosing | WrittenProposal | WrittenAppeal | WrittenResolution | WrittenPublication,
    Field(discriminator="kind"),
]


async def decide(
    database: Database,
    gateway: Gateway,
    assessment_id: str,
    written: Written,
    by: Actor,
    update_id: str,
) -> AssessmentSnapshot:
    """Write the words down and take the decision. The same `update_id` changes nothing again. Raises DomainError.

    Whose base it is has to be asked before.
    """
    request = AssessmentRequest(decision=written.decision(), by=by)
    check_authority(by, request.decision.kind)
    reason = getattr(written, "reason", None)
    if reason:
        async with database.transaction() as tx:
            await Assessments(tx).get(assessment_id)
            await Assessments(tx).write_down(assessment_id, _digest(reason), reason)
    return await gateway.decide_assessment(assessment_id, request, update_id)


def digest_of(words: str | None) -> str | None:
    """Under which words lie in the database."""
    return None if words is None else _digest(words)


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
