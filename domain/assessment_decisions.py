"""What can be decided about a year's assessment: one frozen model per decision, a union tagged by `kind`.

What people wrote (why a grade is another one, why it is appealed against, what came of the appeal) is on record before
the decision is taken, and named here by the digest under which it lies there (see `casework.assessing`).
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.decisions import Actor, DocumentNo
from domain.policy.effectiveness import Grade

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class AssessmentDecisionKind(StrEnum):
    """What is decided."""

    CLOSE = "结束评价"
    PROPOSE = "拟定等次"
    APPEAL = "申诉"
    RESOLVE = "申诉处理"
    PUBLISH = "公布"


_K = AssessmentDecisionKind


class _Decision(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CloseEvaluation(_Decision):
    """The third party's evaluation is over, its points are unsealed; with a reason also if there are too few."""

    kind: Literal[_K.CLOSE] = _K.CLOSE
    text: Digest | None = None


class ProposeGrade(_Decision):
    """The grade that the lead is told: as computed, or another one with a reason."""

    kind: Literal[_K.PROPOSE] = _K.PROPOSE
    grade: Grade | None = None  # None: as computed
    text: Digest | None = None


class Appeal(_Decision):
    """The lead does not agree with the grade, and says why."""

    kind: Literal[_K.APPEAL] = _K.APPEAL
    text: Digest


class ResolveAppeal(_Decision):
    """An appeal is upheld, with the grade that it comes to; or dismissed."""

    kind: Literal[_K.RESOLVE] = _K.RESOLVE
    upheld: bool
    grade: Grade | None = None
    text: Digest


class PublishGrade(_Decision):
    """The grade is final and shown to the public (A12)."""

    kind: Literal[_K.PUBLISH] = _K.PUBLISH
    document_no: DocumentNo
    on: date


AssessmentDecision = Annotated[
    CloseEvaluation | ProposeGrade | Appeal | ResolveAppeal | PublishGrade, Field(discriminator="kind")
]


class AssessmentRequest(BaseModel):
    """A decision and who takes it."""

    model_config = ConfigDict(frozen=True)

    decision: AssessmentDecision
    by: Actor
