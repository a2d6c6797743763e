"""Findings of dishonesty on file (A9): added, and ended; never changed or removed."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.decisions import Actor
from domain.errors import NotFound
from domain.policy.credit_finding import FindingEnd, FindingKind
from persistence.tables import bases, credit_findings, credit_names


class Finding(BaseModel):
    """What the office found of a lead."""

    model_config = ConfigDict(frozen=True)

    lead: str
    credit_code: str | None
    kind: FindingKind
    reason: str
    document_no: str
    effective_from: date
    effective_to: date | None  # last day; None: until it is ended


class Ending(BaseModel):
    """Why a finding no longer stands."""

    model_config = ConfigDict(frozen=True)

    end_kind: FindingEnd
    end_reason: str
    end_document_no: str


class FindingRow(Finding):
    """A finding on record, and how it ended if it did."""

    id: int
    account_id: int
    at: datetime
    end_kind: FindingEnd | None
    end_reason: str | None
    end_document_no: str | None
    ended_at: datetime | None

    def says(self, finding: Finding) -> bool:
        """Whether the same was found, of the same account."""
        said = set(Finding.model_fields) - {"lead", "credit_code"}
        return self.model_dump(include=said) == finding.model_dump(include=said)

    @property
    def key(self) -> str:
        """The key of its entry in the credit account."""
        return f"credit-finding-{self.id}"


class CreditFindings:
    """Repository of findings."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def add(
        self, account_id: int, finding: Finding, by: Actor, at: datetime
    ) -> tuple[FindingRow, bool]:
        """The finding of an account with this document, and whether it is new: what is known stays as it is."""
        new = insert(credit_findings).values(
            account_id=account_id, at=at, actor=by.id, **finding.model_dump()
        )
        added = await self._tx.scalar(new.on_conflict_do_nothing().returning(credit_findings.c.id))
        query = select(credit_findings).where(
            credit_findings.c.account_id == account_id, credit_findings.c.document_no == finding.document_no
        )
        row = (await self._tx.execute(query)).mappings().one()
        return FindingRow.model_validate(dict(row)), added is not None

    async def held(self, finding_id: int) -> FindingRow:
        """One finding, locked until the transaction ends. Raises NotFound."""
        query = select(credit_findings).where(credit_findings.c.id == finding_id).with_for_update()
        row = (await self._tx.execute(query)).mappings().first()
        if row is None:
            raise NotFound("credit.no_finding", id=finding_id)
        return FindingRow.model_validate(dict(row))

    async def end(self, finding_id: int, ending: Ending, by: Actor, at: datetime) -> None:
        """It no longer stands."""
        ended = update(credit_findings).where(credit_findings.c.id == finding_id)
        await self._tx.execute(ended.values(ended_at=at, ended_by=by.id, **ending.model_dump()))

    async def find(self, account_id: int | None = None, city: str | None = None) -> list[FindingRow]:
        """Findings, the newest first: all, those of one account, those of leads with a base in a city."""
        query = select(credit_findings).order_by(credit_findings.c.id.desc())
        if account_id is not None:
            query = query.where(credit_findings.c.account_id == account_id)
        if city is not None:
            theirs = select(credit_names.c.account_id).join(bases, bases.c.lead == credit_names.c.name)
            query = query.where(credit_findings.c.account_id.in_(theirs.where(bases.c.city == city)))
        return [FindingRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]
