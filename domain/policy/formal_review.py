"""形式审查 (B9): one signature for each duty, side by side; what was returned is put right and signed again."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.policy.duties import Duty
from domain.policy.source import CALL_DATE, Dated, call, ours

FORMAL_REVIEW = call("四")
SUPPLEMENT = ours("补正期限")
SUPPLEMENT_WORKING_DAYS = (Dated(CALL_DATE, 5, SUPPLEMENT),)
NUDGE = ours("形式审查催办")
NUDGE_AFTER_WORKING_DAYS = (Dated(CALL_DATE, 3, NUDGE),)
LATE_SUPPLEMENT = "未在补正期限内补正"
"""Why an application is turned down whose applicant let the deadline pass."""


class SignOffResult(StrEnum):
    """What a department says."""

    PASS = "通过"  # noqa: S105 - not a password
    RETURN = "退回补正"
    FAIL = "不通过"


class Signed(BaseModel):
    """One signature."""

    model_config = ConfigDict(frozen=True)

    result: SignOffResult
    at: datetime
    reason: str = ""
    items: tuple[str, ...] = ()  # keys of the materials and answers that were returned
    until: datetime | None = None  # exclusive end of the time for putting them right


class FormalReview(BaseModel):
    """The duties of one application and who has signed so far."""

    model_config = ConfigDict(frozen=True)

    duties: tuple[Duty, ...]
    signed: Mapping[str, Signed] = {}
    again_since: datetime | None = None  # when the applicant last put something right

    def duty(self, duty_id: str) -> Duty | None:
        """The duty of that id."""
        return next((d for d in self.duties if d.id == duty_id), None)

    @property
    def pending(self) -> tuple[Duty, ...]:
        """Duties that wait for their department."""
        return tuple(d for d in self.duties if d.id not in self.signed)

    @property
    def returned(self) -> dict[str, Signed]:
        """What the applicant has to put right, by duty."""
        return {k: s for k, s in self.signed.items() if s.result is SignOffResult.RETURN}

    @property
    def returned_items(self) -> frozenset[str]:
        """Keys of everything that was returned."""
        return frozenset(item for s in self.returned.values() for item in s.items)

    @property
    def failed(self) -> Signed | None:
        """The first signature that turned the application down."""
        return next((s for s in self.signed.values() if s.result is SignOffResult.FAIL), None)

    @property
    def passed(self) -> bool:
        """Whether every duty was signed as passed."""
        return all(
            d.id in self.signed and self.signed[d.id].result is SignOffResult.PASS for d in self.duties
        )

    @property
    def departments(self) -> tuple[str, ...]:
        """Departments that are waited for, each once."""
        return tuple(dict.fromkeys(d.department for d in self.pending))

    def sign(self, duty_id: str, signature: Signed) -> "FormalReview":
        """With one more signature."""
        return self.model_copy(update={"signed": {**self.signed, duty_id: signature}})

    def supplemented(self, duties: tuple[Duty, ...], now: datetime) -> "FormalReview":
        """What was returned waits for its departments again, and so does every party that is now another one."""
        kept = {
            d.id: self.signed[d.id]
            for d in duties
            if d.id in self.signed and d.id not in self.returned and self.duty(d.id) == d
        }
        return FormalReview(duties=duties, signed=kept, again_since=now)
