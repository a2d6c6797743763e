"""What can be decided about the supervision of a quarter: one frozen model per decision, a union tagged by `kind`.

What people wrote (the finding, what is required, who is responsible, a remark) is on record before the decision is
taken, and named here by the digest under which it lies there (see `casework.supervision`).
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.decisions import Actor, Text
from domain.policy.supervision import Severity

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ItemKey = Annotated[Text, Field(min_length=1, max_length=40)]


class SupervisionDecisionKind(StrEnum):
    """What is decided."""

    RECORD = "督导记录"
    CONCLUDE = "督导结论"


class Conclusion(StrEnum):
    """What a supervision came to. 已整改 comes by itself, when everything ordered has been put right."""

    NOTHING_FOUND = "未发现问题"
    POINTED_OUT = "已指出问题"
    RECTIFIED = "已整改"
    NOT_RECTIFIED = "逾期未整改"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OrderAsked(_Part):
    """整改 that is ordered: by the end of the day `due`, or by what the table says."""

    due: date | None = None


class NewFinding(_Part):
    """One thing found, in words that are on record under `text`, with photos or PDFs by their digests."""

    item: ItemKey  # see `domain.supervision.supervised_items`
    severity: Severity
    text: Digest
    documents: tuple[Digest, ...] = Field((), max_length=20)
    order: OrderAsked | None = None  # None: only pointed out


class RecordFindings(_Part):
    """What was found, on paper or on the spot."""

    kind: Literal[SupervisionDecisionKind.RECORD] = SupervisionDecisionKind.RECORD
    visited: date | None = None  # the day of the visit
    findings: tuple[NewFinding, ...] = Field((), max_length=50)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.findings and self.visited is None:
            raise ValueError("须写明发现的问题，或现场督导的日期")
        return self


class Conclude(_Part):
    """The supervision is over."""

    kind: Literal[SupervisionDecisionKind.CONCLUDE] = SupervisionDecisionKind.CONCLUDE
    conclusion: Conclusion
    remark: Digest | None = None


SupervisionDecision = Annotated[RecordFindings | Conclude, Field(discriminator="kind")]


class SupervisionRequest(BaseModel):
    """A decision and who takes it: the payload of the update `decide` and of the signal `decision`."""

    model_config = ConfigDict(frozen=True)

    decision: SupervisionDecision
    by: Actor
