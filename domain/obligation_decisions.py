"""What can be decided about one obligation: one frozen model per decision, a union tagged by `kind`."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.decisions import Actor, Reason, Remark, Text


class ObligationDecisionKind(StrEnum):
    """What is decided. The last four come by themselves."""

    ACCEPT = "审核通过"
    RETURN = "退回"
    EXTEND = "准予延期"
    OBJECT = "提出异议"
    RESOLVE = "异议处理"
    WAIVE = "免报"
    ASK_REOPEN = "申请更正"
    REOPEN = "同意更正"
    REFUSE_REOPEN = "不同意更正"
    PAUSE = "暂停计时"
    RESUME = "恢复计时"
    RECOMPUTE = "重算期限"
    REVIEW_OVER = "视为通过"


_K = ObligationDecisionKind


class _Decision(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AcceptReport(_Decision):
    """What was handed in is in order."""

    kind: Literal[_K.ACCEPT] = _K.ACCEPT
    remark: Remark = ""


class ReturnReport(_Decision):
    """Some items are to be answered again, each with its reason; the others stay as they are."""

    kind: Literal[_K.RETURN] = _K.RETURN
    items: dict[Annotated[Text, Field(max_length=40)], Reason] = Field(min_length=1, max_length=100)


class ExtendReport(_Decision):
    """More time, until the end of the day `due`."""

    kind: Literal[_K.EXTEND] = _K.EXTEND
    due: date
    reason: Reason


class ObjectToReport(_Decision):
    """The base says that it does not owe this, or that a return was wrong; the clock stands still meanwhile."""

    kind: Literal[_K.OBJECT] = _K.OBJECT
    reason: Reason


class ResolveReport(_Decision):
    """An objection is upheld, and nothing is owed (免报); or dismissed, and the clock goes on."""

    kind: Literal[_K.RESOLVE] = _K.RESOLVE
    upheld: bool
    reason: Reason


class WaiveReport(_Decision):
    """Nothing is owed any more: an order is taken back, or what it was about has gone."""

    kind: Literal[_K.WAIVE] = _K.WAIVE
    reason: Reason


class AskReopen(_Decision):
    """The base asks to correct what was accepted."""

    kind: Literal[_K.ASK_REOPEN] = _K.ASK_REOPEN
    reason: Reason


class Reopen(_Decision):
    """What was accepted may be corrected."""

    kind: Literal[_K.REOPEN] = _K.REOPEN
    remark: Remark = ""


class RefuseReopen(_Decision):
    """What was accepted stands."""

    kind: Literal[_K.REFUSE_REOPEN] = _K.REFUSE_REOPEN
    reason: Reason


class PauseReport(_Decision):
    """The base was suspended: the clock stands still."""

    kind: Literal[_K.PAUSE] = _K.PAUSE


class ResumeReport(_Decision):
    """The base runs again: the clock goes on."""

    kind: Literal[_K.RESUME] = _K.RESUME


class RecomputeReport(_Decision):
    """The year's holidays have been announced: deadlines that were 暂定 are computed again."""

    kind: Literal[_K.RECOMPUTE] = _K.RECOMPUTE


class ReviewOver(_Decision):
    """Nobody returned it in time: it counts as accepted."""

    kind: Literal[_K.REVIEW_OVER] = _K.REVIEW_OVER


ObligationDecision = Annotated[
    AcceptReport
    | ReturnReport
    | ExtendReport
    | ObjectToReport
    | ResolveReport
    | WaiveReport
    | AskReopen
    | Reopen
    | RefuseReopen
    | PauseReport
    | ResumeReport
    | RecomputeReport
    | ReviewOver,
    Field(discriminator="kind"),
]


class ObligationRequest(BaseModel):
    """A decision and who takes it: the payload of the update `decide` and of the signal `decision`."""

    model_config = ConfigDict(frozen=True)

    decision: ObligationDecision
    by: Actor
