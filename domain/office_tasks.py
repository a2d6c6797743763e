"""What the office has to see to because the system could not: somebody is not told of something."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict

from domain.policy.source import Clause, ours
from domain.views import Notice

UNDELIVERABLE = ours("无法送达")


class OfficeTaskKind(StrEnum):
    """Why somebody is not told."""

    UNREACHABLE = "联系不上"  # the contact has no chat in which anything arrives
    NO_CONTACT = "无联系人"  # nobody of the base, or of the unit, has bound a chat
    VACANT = "联系人空缺"  # nobody is the base's contact; a deputy or the head stands in
    UNDELIVERED = "未能送达"  # one message was refused, or was tried for as long as messages are


CLAUSES: Mapping[OfficeTaskKind, Clause] = MappingProxyType(dict.fromkeys(OfficeTaskKind, UNDELIVERABLE))
"""The rule that makes each a task of the office."""

MOST_UNTOLD = 50
"""So many of the newest messages that did not arrive are named by one task."""


class Untold(BaseModel):
    """A message that did not arrive: what it is about, not its words."""

    model_config = ConfigDict(frozen=True)

    key: str
    kind: str
    base_id: str | None = None
    about: str = ""  # the kind and period of an obligation, in words
    at: datetime

    @classmethod
    def of(cls, notice: Notice, now: datetime) -> "Untold":
        """From the notice."""
        about = [notice.params.get("period", notice.params.get("year", "")), notice.params.get("kind", "")]
        said = " ".join(part for part in about if part)
        return cls(key=notice.key, kind=notice.kind, base_id=notice.base_id, about=said, at=now)


class NewTask(BaseModel):
    """A task to be opened, or to be added to if it is open."""

    model_config = ConfigDict(frozen=True)

    kind: OfficeTaskKind
    subject: str  # whom it is about: one task of a kind is open for each
    base_id: str | None = None
    contact_id: int | None = None
    channel: str = ""
    why: str = ""  # as the platform says it
    untold: Untold | None = None
