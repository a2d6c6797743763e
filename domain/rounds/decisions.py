"""What can be decided about a round: one frozen model per decision, a union tagged by `kind`."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.decisions import Actor, DocumentNo, Method, Reason, Remark, Text
from domain.terms import City, Level


class RoundDecisionKind(StrEnum):
    """Decisions about a round."""

    EXTEND = "延期"
    CLOSE_FORMAL_REVIEW = "结束形式审查"
    CLOSE_EXPERT_REVIEW = "结束专家评议"
    PROPOSE_LIST = "拟定名单"
    CHANGE_LIST = "调整名单"
    CONFIRM_LIST = "确定名单"
    CONSENT = "省政府同意"
    START_NOTICE = "公示"


K = RoundDecisionKind
BaseId = Annotated[Text, Field(min_length=1, max_length=60)]
Name = Annotated[Text, Field(min_length=1, max_length=100)]


class _Decision(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Extend(_Decision):
    """Applications may come later than was called (B17)."""

    kind: Literal[K.EXTEND] = K.EXTEND
    deadline: AwareDatetime  # exclusive
    reason: Reason


class CloseFormalReview(_Decision):
    """Whoever has not passed the formal review by now is turned down, for this reason."""

    kind: Literal[K.CLOSE_FORMAL_REVIEW] = K.CLOSE_FORMAL_REVIEW
    reason: Reason


class CloseExpertReview(_Decision):
    """The third party hands its result in (B13). A reason is needed if an application has too few scores."""

    kind: Literal[K.CLOSE_EXPERT_REVIEW] = K.CLOSE_EXPERT_REVIEW
    organiser: Name
    methods: tuple[Method, ...] = Field(min_length=1)
    reason: Remark = ""


class ProposeList(_Decision):
    """A city proposes its own list of 市级 or 县级 bases (B12). A reason is needed to pass over a better one."""

    kind: Literal[K.PROPOSE_LIST] = K.PROPOSE_LIST
    level: Literal[Level.CITY, Level.COUNTY]
    city: City
    selected: tuple[BaseId, ...]
    reason: Remark = ""


class ChangeList(_Decision):
    """The conference changes what was proposed (B14)."""

    kind: Literal[K.CHANGE_LIST] = K.CHANGE_LIST
    base: BaseId
    selected: bool
    reason: Reason


class ConfirmList(_Decision):
    """The conference settles the list. A reason is needed for more than about ten, or for lists that are not in."""

    kind: Literal[K.CONFIRM_LIST] = K.CONFIRM_LIST
    reason: Remark = ""


class Consent(_Decision):
    """The provincial government agrees to the list (B14)."""

    kind: Literal[K.CONSENT] = K.CONSENT
    document_no: DocumentNo
    on: date


class StartNotice(_Decision):
    """The list is shown to the public from `first` to `last`; if nobody objects it is published by itself (B14)."""

    kind: Literal[K.START_NOTICE] = K.START_NOTICE
    first: date
    last: date
    publication_no: DocumentNo
    official_names: Mapping[BaseId, Name] = {}  # final names where they differ from those applied for (B18)


RoundDecision = Annotated[
    Extend
    | CloseFormalReview
    | CloseExpertReview
    | ProposeList
    | ChangeList
    | ConfirmList
    | Consent
    | StartNotice,
    Field(discriminator="kind"),
]


class RoundRequest(BaseModel):
    """A decision about a round and who takes it."""

    model_config = ConfigDict(frozen=True)

    decision: RoundDecision
    by: Actor
