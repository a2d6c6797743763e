"""The error tree.

DomainError            something a person asked for cannot be done; carries a `Refusal`
├── Refused            a rule says no (the refusal names its clause)
├── NotAllowed         this person may not do this here
├── NotFound           there is no such thing
└── Stale              it was possible once, or another was faster

The words for a person are looked up by `Refusal.code` in `bot/texts/zh.toml`; nothing here speaks.
Accidents (network, database, bugs) are never a DomainError.
"""

from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict

from domain.policy.source import Clause


class Refusal(BaseModel):
    """What was refused and why: a code for the words, values to put into them, and the rule."""

    model_config = ConfigDict(frozen=True)

    kind: str
    code: str
    params: dict[str, str] = {}
    clause: Clause | None = None
    items: tuple["Refusal", ...] = ()  # everything that stands in the way, each with its own clause


class DomainError(Exception):
    """Base of every expected refusal. Crosses process borders whole (see `workflows.converter`)."""

    kind: ClassVar[str] = "domain"

    def __init__(self, code: str, clause: Clause | None = None, **params: object) -> None:
        self.refusal = Refusal(
            kind=self.kind, code=code, clause=clause, params={k: str(v) for k, v in params.items()}
        )
        cite = f"（依据{clause.cite()}）" if clause else ""
        super().__init__(f"{code} {self.refusal.params or ''}{cite}")

    @classmethod
    def of_all(cls, code: str, clause: Clause | None, items: Sequence[Refusal], **params: object) -> Self:
        """One error for everything that stands in the way."""
        error = cls(code, clause, **params)
        error.refusal = error.refusal.model_copy(update={"items": tuple(items)})
        return error

    @classmethod
    def of(cls, refusal: Refusal) -> "DomainError":
        """The same error again, from its refusal."""
        found = next((sub for sub in cls.__subclasses__() if sub.kind == refusal.kind), cls)
        error = found(refusal.code, refusal.clause)
        error.refusal = refusal
        return error


class Refused(DomainError):
    """A rule of the documents, or of this system, says no."""

    kind = "refused"


class NotAllowed(DomainError):
    """Whoever asked may not do this, at this level or stage."""

    kind = "not_allowed"


class NotFound(DomainError):
    """There is no such base, obligation, code …"""

    kind = "not_found"


class Stale(DomainError):
    """What was asked about is no longer current."""

    kind = "stale"
