"""What can be decided about a base: one frozen model per decision, a union tagged by `kind`."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from domain.lifecycle import DecisionKind as D
from domain.policy.duties import Duty
from domain.policy.eligibility import Claim
from domain.policy.formal_review import SignOffResult
from domain.policy.grounds import Ground
from domain.policy.recall import Instalment, Money, ReformResult
from domain.terms import City, Level, Role


def _can_be_written_down(text: str) -> str:
    """PostgreSQL keeps no NUL: a decision with one could be taken, but never recorded."""
    if "\x00" in text:
        raise ValueError("不能含有空字符")
    return text


Text = Annotated[str, AfterValidator(_can_be_written_down)]
Reason = Annotated[Text, Field(min_length=1, max_length=500)]
Remark = Annotated[Text, Field(max_length=500)]
DocumentNo = Annotated[Text, Field(min_length=1, max_length=60)]
Method = Literal["基础资料评审", "互联网+现场答辩", "视频转播考察"]
"""How experts review (B13)."""


class Actor(BaseModel):
    """Who acts, by id only: names stay in the database."""

    model_config = ConfigDict(frozen=True)

    role: Role
    id: str
    city: City | None = None
    department: str | None = None


def lead_actor(contact_id: int) -> Actor:
    """A contact acts for the applicant."""
    return Actor(role=Role.LEAD, id=f"contact:{contact_id}")


def contact_id_of(actor: Actor) -> int:
    """The contact behind an applicant's actor. ValueError if it is another kind of actor."""
    return int(actor.id.removeprefix("contact:"))


SYSTEM = Actor(role=Role.SYSTEM, id="calendar")


UNKNOWN = Actor(role=Role.READONLY, id="unknown")
"""Whoever sent a signal that does not say who sent it."""


class _Decision(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Extend(_Decision):
    """The round's deadline was put off."""

    kind: Literal[D.EXTEND] = D.EXTEND
    deadline: datetime  # exclusive
    reason: Reason


class Expedite(_Decision):
    """An excellent enterprise is admitted by 简化遴选, without being on the list of pilot enterprises (B4)."""

    kind: Literal[D.EXPEDITE] = D.EXPEDITE
    reason: Reason


class Submit(_Decision):
    """The applicant hands in its application (B17).

    What the check of the application came to is filled in by `casework.submission`; `started` is when it came, or
    when the upload began that it came with.
    """

    kind: Literal[D.SUBMIT] = D.SUBMIT
    duties: tuple[Duty, ...] = ()
    claims: tuple[Claim, ...] = ()
    hub: bool = False  # applies as the 主基地 of its direction (A1)
    started: datetime | None = None


class Withdraw(_Decision):
    """The applicant takes its application back."""

    kind: Literal[D.WITHDRAW] = D.WITHDRAW
    reason: Remark = ""


class SignOff(_Decision):
    """A department's word on its duty in the formal review (B9)."""

    kind: Literal[D.SIGN_OFF] = D.SIGN_OFF
    duty: Annotated[Text, Field(min_length=1, max_length=40)]
    result: SignOffResult
    reason: Remark = ""
    items: tuple[Annotated[Text, Field(max_length=40)], ...] = ()
    days: Annotated[int, Field(ge=1, le=20)] | None = (
        None  # working days for putting it right; None: the default
    )

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.result is not SignOffResult.PASS and not self.reason.strip():
            raise ValueError("退回补正和不通过须写明理由")
        if (self.result is SignOffResult.RETURN) != bool(self.items):
            raise ValueError("退回补正须列出、且只有退回补正才列出需补正的项目")
        return self


class Supplement(_Decision):
    """The applicant has put right what was returned. What the check came to then is filled in as for `Submit`."""

    kind: Literal[D.SUPPLEMENT] = D.SUPPLEMENT
    duties: tuple[Duty, ...] = ()
    claims: tuple[Claim, ...] = ()
    hub: bool = False


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
    score: (
        Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)] | None
    )  # None: too few scores (only by a round)
    organiser: Annotated[Text, Field(min_length=1, max_length=100)]
    methods: tuple[Method, ...] = Field(min_length=1)


class Propose(_Decision):
    """The conference puts the base on the proposed list (B14)."""

    kind: Literal[D.PROPOSE] = D.PROPOSE
    reason: Remark = ""


class NotSelect(_Decision):
    """The base is not on the list."""

    kind: Literal[D.NOT_SELECT] = D.NOT_SELECT
    reason: Reason
    rank: Annotated[int, Field(ge=1)] | None = None  # within its direction and level


class Offer(_Decision):
    """The quota of its level is full: the applicant may take part at another level (B2)."""

    kind: Literal[D.OFFER] = D.OFFER
    level: Level
    until: datetime  # exclusive
    reason: Reason
    rank: Annotated[int, Field(ge=1)] | None = None


class TakeOffer(_Decision):
    """The applicant takes part at the offered level."""

    kind: Literal[D.TAKE_OFFER] = D.TAKE_OFFER


class DeclineOffer(_Decision):
    """The applicant does not want the offered level."""

    kind: Literal[D.DECLINE_OFFER] = D.DECLINE_OFFER


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


class Object(_Decision):
    """Somebody objects to the public notice of this base: its clock stands still (B14)."""

    kind: Literal[D.OBJECT] = D.OBJECT
    objection: Annotated[int, Field(ge=1)]
    on: date | None = None  # when it was filed, if that could not be told at once


class ResolveObjection(_Decision):
    """An objection is upheld, and the base is off the list; or dismissed, and the rest of the notice runs."""

    kind: Literal[D.RESOLVE_OBJECTION] = D.RESOLVE_OBJECTION
    objection: Annotated[int, Field(ge=1)]
    upheld: bool
    reason: Reason


class Publish(_Decision):
    """The list is published; the pilot begins on that day (B15). The published name is the final one (B18).

    Without an official name the applied-for one is final (only by a round).
    """

    kind: Literal[D.PUBLISH] = D.PUBLISH
    document_no: DocumentNo
    on: date
    official_name: Annotated[Text, Field(min_length=1, max_length=100)] | None


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
    """The cultivation ends before 认定. Without a ground only where it was decided before there were grounds."""

    kind: Literal[D.TERMINATE] = D.TERMINATE
    reason: Reason
    ground: Ground | None = None
    document_no: DocumentNo | None = None


class Revoke(_Decision):
    """The plaque is taken back. Without a ground only where it was decided before there were grounds."""

    kind: Literal[D.REVOKE] = D.REVOKE
    reason: Reason
    ground: Ground | None = None
    document_no: DocumentNo | None = None


class Suspend(_Decision):
    """The base stands still from today on: no period that ends meanwhile is owed (A10)."""

    kind: Literal[D.SUSPEND] = D.SUSPEND
    reason: Reason
    ground: Ground
    document_no: DocumentNo | None = None


class Resume(_Decision):
    """The base goes on, today already."""

    kind: Literal[D.RESUME] = D.RESUME
    reason: Remark = ""


class OrderRectification(_Decision):
    """整改 is ordered, to be done by the end of `due`. What is to be put right is on record under its number."""

    kind: Literal[D.ORDER_RECTIFICATION] = D.ORDER_RECTIFICATION
    number: Annotated[str, Field(pattern=r"^\d{4}-[0-9A-Z-]{1,14}$")]
    due: date


class ConfirmFunds(_Decision):
    """How much 中央预算内投资 the base has received in all, by the document that gave it (A7, A11)."""

    kind: Literal[D.CONFIRM_FUNDS] = D.CONFIRM_FUNDS
    amount: Annotated[Decimal, Field(ge=0, le=Decimal("9999999999.99"), decimal_places=2)]
    document_no: DocumentNo
    on: date


class AssessReform(_Decision):
    """改革工作考评 of a base with 中央预算内投资, after its project was completed (A11)."""

    kind: Literal[D.ASSESS_REFORM] = D.ASSESS_REFORM
    result: ReformResult
    document_no: DocumentNo
    completed_on: date
    on: date


class RecallFunds(_Decision):
    """Central money is taken back, in instalments that add up to the amount (A11)."""

    kind: Literal[D.RECALL_FUNDS] = D.RECALL_FUNDS
    amount: Money
    document_no: DocumentNo
    reason: Reason
    ground: Ground
    instalments: tuple[Instalment, ...] = Field(min_length=1, max_length=100)


class Recover(_Decision):
    """Recalled money has come in; it counts for the earliest instalments."""

    kind: Literal[D.RECOVER] = D.RECOVER
    amount: Money
    document_no: DocumentNo
    on: date


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
    Extend
    | Expedite
    | Submit
    | Withdraw
    | SignOff
    | Supplement
    | Accept
    | Reject
    | Score
    | Propose
    | NotSelect
    | Offer
    | TakeOffer
    | DeclineOffer
    | Consent
    | StartNotice
    | Object
    | ResolveObjection
    | Publish
    | ApplyCertification
    | PassAcceptance
    | FailAcceptance
    | Certify
    | Terminate
    | Revoke
    | Suspend
    | Resume
    | OrderRectification
    | ConfirmFunds
    | AssessReform
    | RecallFunds
    | Recover
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
