"""Credit accounts as they are listed and given out: one row for each lead, with its bases."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import RowMapping, Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.application import YES
from domain.errors import NotFound
from domain.policy.credit_account import CreditGrade
from persistence.credit_entries import CreditEntry, read_entries
from persistence.credit_grade import grade_of_account, is_listed
from persistence.tables import applications, bases, credit_accounts, credit_events, credit_names


class LeadBase(BaseModel):
    """A base of a lead."""

    model_config = ConfigDict(frozen=True)

    id: str
    account_id: int | None
    name: str
    level: str
    city: str
    stage: str
    gone: bool
    commitment: bool | None  # whether its letter of commitment is signed; None: there is no application


class AccountRow(BaseModel):
    """The account of a lead as it stands."""

    model_config = ConfigDict(frozen=True)

    id: int
    names: list[str]
    credit_code: str | None
    total: Decimal
    grade: CreditGrade
    listed: bool
    opened_at: datetime
    entries: int
    last_at: datetime | None


class CreditReport:
    """Reads credit accounts for lists."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def accounts(
        self,
        day: date,
        city: str | None = None,
        grade: CreditGrade | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[AccountRow]:
        """Accounts by id, `limit` after the cursor: all, those of one grade, those of leads with a base in a city."""
        query = _accounts(day).where(credit_accounts.c.id > after).limit(limit)
        if city is not None:
            theirs = select(credit_names.c.account_id).join(bases, bases.c.lead == credit_names.c.name)
            query = query.where(credit_accounts.c.id.in_(theirs.where(bases.c.city == city)))
        if grade is not None:
            query = query.where(grade_of_account(day) == grade)
        return await self._rows(query)

    async def account(self, lead: str, day: date, city: str | None = None) -> AccountRow:
        """The account of the lead of that name, if it has a base in the city. Raises NotFound."""
        named = select(credit_names.c.account_id).where(credit_names.c.name == lead)
        found = await self._rows(_accounts(day).where(credit_accounts.c.id == named.scalar_subquery()))
        theirs = await self.bases_of_accounts([row.id for row in found])
        if not found or city not in (None, *(base.city for base in theirs)):
            raise NotFound("credit.no_account", lead=lead)
        return found[0]

    async def bases_of(self, lead: str) -> list[LeadBase]:
        """Bases that are registered under a lead's name."""
        return await self._bases(_bases().where(bases.c.lead == lead))

    async def bases_of_account(self, account_id: int) -> list[LeadBase]:
        """Bases of a lead, whatever name they are registered under."""
        return await self.bases_of_accounts([account_id])

    async def bases_of_accounts(self, account_ids: Collection[int]) -> list[LeadBase]:
        """Bases of some leads."""
        return await self._bases(_bases().where(credit_names.c.account_id.in_(account_ids)))

    async def entries_of_accounts(self, account_ids: Collection[int]) -> dict[int, list[CreditEntry]]:
        """Entries of some accounts, the oldest first, by account."""
        query = select(credit_events).where(credit_events.c.account_id.in_(account_ids))
        found: dict[int, list[CreditEntry]] = {account_id: [] for account_id in account_ids}
        rows = await self._tx.execute(query.order_by(credit_events.c.id))
        for row in rows.mappings():
            found[row["account_id"]] += read_entries([row])
        return found

    async def _rows(self, query: Select[Any]) -> list[AccountRow]:
        return [AccountRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def _bases(self, query: Select[Any]) -> list[LeadBase]:
        return list(map(_base, (await self._tx.execute(query)).mappings()))


def _accounts(day: date) -> Select[Any]:
    of_account = credit_events.c.account_id == credit_accounts.c.id
    names = select(func.array_agg(aggregate_order_by(credit_names.c.name, credit_names.c.name)))
    return select(
        credit_accounts,
        names.where(credit_names.c.account_id == credit_accounts.c.id).scalar_subquery().label("names"),
        grade_of_account(day).label("grade"),
        is_listed(day).label("listed"),
        select(func.count()).where(of_account).scalar_subquery().label("entries"),
        select(func.max(credit_events.c.at)).where(of_account).scalar_subquery().label("last_at"),
    ).order_by(credit_accounts.c.id)


def _bases() -> Select[Any]:
    return (
        select(
            bases.c.id,
            credit_names.c.account_id,
            bases.c.name,
            bases.c.level,
            bases.c.city,
            bases.c.stage,
            bases.c.gone_on,
            applications.c["values"].label("answers"),
        )
        .select_from(
            bases.outerjoin(applications).outerjoin(credit_names, credit_names.c.name == bases.c.lead)
        )
        .order_by(bases.c.id)
    )


def _base(row: RowMapping) -> LeadBase:
    answers = row["answers"]
    commitment = None if answers is None else answers.get("credit_commitment") == YES
    more = {"gone": row["gone_on"] is not None, "commitment": commitment}
    return LeadBase.model_validate(dict(row) | more)
