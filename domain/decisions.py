"""What can be decided about a base: one frozen model per decision, a union tagged by `kind`."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain.lifecycle import DecisionKind as D
from domain.terms import City, Role


def _can_be_written_down(text: str) -> str:
    """PostgreSQL keeps no NUL: a decision with one could be taken, but never recorded."""
    if "\x00" in text:
        raise ValueError("不能含有空字符")
    return text


Text = Annotated[str, AfterValidator(_can_be_written_down)]
Reason = Annotated[Text, Field(min_length=1, max_length=500)]
Remark = Annotated[Text, Field(max_length=500)]
DocumentNo = Annotated[Text, Field(min_length=1, max_length=60)]


class Actor(BaseModel):
    """Who acts, by id only: names stay in the database."""

    model_config = ConfigDict(frozen=True)

    role: Role
    id: str
    city: City | None = None
    department: str | None = None


SYSTEM = Actor(role=Role.SYSTEM, id="calendar")


UNKNOWN = Actor(role=Role.READONLY, id="unknown")
"""Whoever sent a signal that does not say who sent it."""


class _Decision(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Submit(_Decision):
    """The applicant hands in its application (B17)."""

    kind: Literal[D.SUBMIT] = D.SUBMIT


class Withdraw(_Decision):
    """The applicant takes its application back."""

    kind: Literal[D.WITHDRAW] = D.WITHDRAW
    reason: Remark = ""


class Accept(_Decision):
    """The formal review is passed (B9)."""

    kind: Literal[D.ACCEPT] = D.ACCEPT
    reason: Remark = ""


class Reject(_Decision):
    """The formal review is not passed."""

    kind: Literal[D.REJECT] = D.REJECT
    reason: Reason


class Score(_Decision):
    """Result of the third party's expert review (B13)."""

    kind: Literal[D.SCORE] = D.SCORE
    score: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
    organiser: Annotated[Text, Field(min_length=1, max_length=100)]
    methods: tuple[Literal["基础资料评审", "互联网+现场答辩", "视频转播考察"], ...] = Field(min_length=1)


class Propose(_Decision):
    """The conference puts the base on the proposed list (B14)."""

    kind: Literal[D.PROPOSE] = D.PROPOSE
    reason: Remark = ""


class NotSelect(_Decision):
    """The base is not on the list."""

    kind: Literal[D.NOT_SELECT] = D.NOT_SELECT
    reason: Reason


class Consent(_Decision):
    """The provincial government agrees (B14)."""

    kind: Literal[D.CONSENT] = D.CONSENT
    document_no: DocumentNo
    on: date


class StartNotice(_Decision):
    """The list is shown to the public from `first` to `last`, both included (B14)."""

    kind: Literal[D.START_NOTICE] = D.START_NOTICE
    first: date
    last: date


class Publish(_Decision):
    """The list is published; the pilot begins on that day (B15). The published name is the final one (B18)."""

    kind: Literal[D.PUBLISH] = D.PUBLISH
    document_no: DocumentNo
    on: date
    official_name: Annotated[Text, Field(min_length=1, max_length=100)]


class ApplyCertification(_Decision):
    """The applicant asks for 认定 after the pilot (B16)."""

    kind: Literal[D.APPLY_CERTIFICATION] = D.APPLY_CERTIFICATION


class PassAcceptance(_Decision):
    """The member units' 验收 is passed (B16)."""

    kind: Literal[D.PASS_ACCEPTANCE] = D.PASS_ACCEPTANCE
    reason: Remark = ""


class FailAcceptance(_Decision):
    """The 验收 is not passed."""

    kind: Literal[D.FAIL_ACCEPTANCE] = D.FAIL_ACCEPTANCE
    reason: Reason


class Certify(_Decision):
    """The 认定文件 is issued, the title granted, the plaque handed (B16)."""

    kind: Literal[D.CERTIFY] = D.CERTIFY
    document_no: DocumentNo
    on: date


class Terminate(_Decision):
    """The cultivation ends before 认定."""

    kind: Literal[D.TERMINATE] = D.TERMINATE
    reason: Reason


class Revoke(_Decision):
    """The plaque is taken back."""

    kind: Literal[D.REVOKE] = D.REVOKE
    reason: Reason


class NoticeOver(_Decision):
    """The public notice has run its time without objection."""

    kind: Literal[D.NOTICE_OVER] = D.NOTICE_OVER


class PilotOver(_Decision):
    """The pilot year is over."""

    kind: Literal[D.PILOT_OVER] = D.PILOT_OVER


class Lapse(_Decision):
    """No application for 认定 came in time."""

    kind: Literal[D.LAPSE] = D.LAPSE


Decision = Annotated[
    Submit
    | Withdraw
    | Accept
    | Reject
    | Score
    | Propose
    | NotSelect
    | Consent
    | StartNotice
    | Publish
    | ApplyCertification
    | PassAcceptance
    | FailAcceptance
    | Certify
    | Terminate
    | Revoke
    | NoticeOver
    | PilotOver
    | Lapse,
    Field(discriminator="kind"),
]


class DecisionRequest(BaseModel):
    """A decision and who takes it: the payload of the update `decide` and of the signal `decision`."""

    model_config = ConfigDict(frozen=True)

    decision: Decision
    by: Actor
