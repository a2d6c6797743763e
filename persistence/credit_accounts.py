"""Credit accounts (A9): one for each lead, however many bases it has; entries are added, never changed or removed.

A lead is known by its 统一社会信用代码, where an application of its own gives one, and by its name; where the two point
to different accounts, which were opened before that was known, the code decides. The entries of an account are booked
one after the other: whoever books holds the account until the transaction ends.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.application import Application
from domain.calendar import business_day, end_of
from domain.errors import NotFound
from domain.policy.credit import CreditKind, found
from domain.policy.credit_account import (
    CreditChange,
    CreditGrade,
    CreditReason,
    Standing,
    applied,
    corrected,
    grade,
    replayed,
    start_of_account,
)
from persistence.credit import Credit
from persistence.credit_entries import CreditEntry, read_entries
from persistence.tables import applications, bases, credit_accounts, credit_events, credit_names


class Lead(NamedTuple):
    """Whose account it is."""

    name: str
    code: str = ""  # 统一社会信用代码; empty: not known


class LeadStands(BaseModel):
    """How a lead stands on a day."""

    model_config = ConfigDict(frozen=True)

    lead: str
    account_id: int | None
    total: Decimal | None  # None: nothing is booked yet
    listed: bool  # on the list of 严重失信主体
    day: date

    @property
    def grade(self) -> CreditGrade | None:
        """None: not graded yet."""
        if self.total is None:
            return CreditGrade.D if self.listed else None
        return grade(self.total, self.day, listed=self.listed)


class _Account(NamedTuple):
    id: int
    credit_code: str | None
    start: Decimal
    total: Decimal


class CreditAccounts:
    """Repository of credit accounts."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def book(
        self, base_id: str, key: str, reason: CreditReason, at: datetime, detail: Mapping[str, str]
    ) -> CreditChange:
        """Book an event of a base into the account of its lead. The same key again gives the same change.

        `detail` says what it was about (period, kind, document_no); it may travel with notices, so it holds neither
        names nor free text. Raises NotFound.
        """
        return await self.book_for(await self.lead_of(base_id), key, reason, at, detail, base_id)

    async def book_for(
        self,
        lead: Lead,
        key: str,
        reason: CreditReason,
        at: datetime,
        detail: Mapping[str, str],
        base_id: str | None = None,
    ) -> CreditChange:
        """Book an event of a lead, as `book` does."""
        account = await self._held(await self.identified(lead, at))
        if known := await self._by_key(key):
            return known.change
        day = business_day(at)
        listed = await self._is_listed(lead, account, day)
        change = applied(account.total, reason, day, detail=detail, listed=listed)
        await self._write(account, key, at, change, base_id)
        return change

    async def correct(
        self, base_id: str, key: str, wrong: str, at: datetime, detail: Mapping[str, str]
    ) -> CreditChange | None:
        """Take back the entry that was booked under the key `wrong`, which stays on record. The same key again gives
        the same change. None if there is no such entry, or if it was taken back before. Raises NotFound."""
        return await self.correct_for(await self.lead_of(base_id), key, wrong, at, detail, base_id)

    async def correct_for(
        self,
        lead: Lead,
        key: str,
        wrong: str,
        at: datetime,
        detail: Mapping[str, str],
        base_id: str | None = None,
    ) -> CreditChange | None:
        """Take back an entry of a lead, as `correct` does."""
        account = await self._held(await self.identified(lead, at))
        if known := await self._by_key(key):
            return known.change
        entries = await self._entries(account.id)
        taken_back = {entry.corrects for entry in entries}
        undone = next((e for e in entries if e.key == wrong and e.id not in taken_back), None)
        if undone is None:
            return None
        taken_back |= {undone.id, *(e.id for e in entries if e.corrects)}
        rest = [(business_day(e.at), e.change.nominal) for e in entries if e.id not in taken_back]
        day = business_day(at)
        change = corrected(
            account.total,
            replayed(account.start, rest),
            day,
            detail=detail,
            listed=await self._is_listed(lead, account, day),
        )
        await self._write(account, key, at, change, base_id, corrects=undone.id)
        return change

    async def grade_of(self, base_id: str, day: date) -> CreditGrade:
        """The grade of a base's lead at the end of `day`; a lead with no entry stands where accounts begin.

        Raises NotFound.
        """
        stands = await self.of_lead(await self.lead_of(base_id), day)
        return stands.grade or grade(start_of_account(day), day)

    async def of_lead(self, lead: Lead, day: date) -> LeadStands:
        """How a lead stands at the end of `day`."""
        account = await self._find(lead)
        return LeadStands(
            lead=lead.name,
            account_id=account.id if account else None,
            total=await self._total_on(account.id, day) if account else None,
            listed=await self._is_listed(lead, account, day),
            day=day,
        )

    async def standings(self, lead: Lead) -> tuple[Standing, ...]:
        """The total after each entry of a lead, in the order in which they were booked."""
        account = await self._find(lead)
        if account is None:
            return ()
        query = select(credit_events.c.at, credit_events.c.total).order_by(credit_events.c.id)
        rows = await self._tx.execute(query.where(credit_events.c.account_id == account.id))
        return tuple(Standing(since=business_day(at), total=total) for at, total in rows)

    async def lead_of(self, base_id: str) -> Lead:
        """The lead of a base; its code as its application gives it for the lead that is registered. Raises NotFound."""
        query = (
            select(bases.c.lead, applications.c["values"]["lead"].astext)
            .outerjoin_from(bases, applications)
            .where(bases.c.id == base_id)
        )
        row = (await self._tx.execute(query)).first()
        if row is None:
            raise NotFound("base.not_found", id=base_id)
        name, line = row
        party = Application.of({"lead": line}).lead if line else None
        return Lead(name, party.credit_code if party and party.name == name else "")

    async def code_of(self, lead: Lead) -> str | None:
        """The 统一社会信用代码 that is known of a lead's account."""
        account = await self._find(lead)
        return account.credit_code if account else None

    async def identified(self, lead: Lead, at: datetime) -> int:
        """The account of a lead, opened at `at` if there is none; from now on known by this name and code."""
        account = await self._find(lead)
        if account and await self._is_known_as(account, lead):
            return account.id
        await self._tx.execute(select(func.pg_advisory_xact_lock(func.hashtext("credit_accounts"))))
        account = await self._find(lead)
        account_id = account.id if account else await self._open(at)
        new_name = insert(credit_names).values(name=lead.name, account_id=account_id)
        await self._tx.execute(new_name.on_conflict_do_nothing())
        if lead.code:
            nameless = update(credit_accounts).where(credit_accounts.c.credit_code.is_(None))
            await self._tx.execute(
                nameless.where(credit_accounts.c.id == account_id).values(credit_code=lead.code)
            )
        return account_id

    async def entries_of(self, account_id: int, last: int | None = None) -> list[CreditEntry]:
        """Entries of an account, the newest first: all, or the `last` ones."""
        query = select(credit_events).where(credit_events.c.account_id == account_id)
        return await self._read(query.order_by(credit_events.c.id.desc()).limit(last))

    async def names_of(self, account_id: int) -> list[str]:
        """Under which a lead is registered."""
        query = select(credit_names.c.name).where(credit_names.c.account_id == account_id)
        return list((await self._tx.scalars(query.order_by(credit_names.c.name))).all())

    async def _entries(self, account_id: int) -> list[CreditEntry]:
        return list(reversed(await self.entries_of(account_id)))

    async def _find(self, lead: Lead) -> _Account | None:
        """By code, else by name."""
        c = credit_accounts.c
        columns = select(c.id, c.credit_code, c.start, c.total)
        if lead.code:
            row = (await self._tx.execute(columns.where(c.credit_code == lead.code))).first()
            if row:
                return _Account(*row)
        named = columns.join(credit_names).where(credit_names.c.name == lead.name)
        row = (await self._tx.execute(named)).first()
        return _Account(*row) if row else None

    async def _is_known_as(self, account: _Account, lead: Lead) -> bool:
        query = select(credit_names.c.name).where(credit_names.c.name == lead.name)
        named = await self._tx.scalar(query) is not None
        return named and (not lead.code or account.credit_code is not None)

    async def _open(self, at: datetime) -> int:
        start = start_of_account(business_day(at))
        new = insert(credit_accounts).values(opened_at=at, start=start, total=start)
        return int((await self._tx.execute(new.returning(credit_accounts.c.id))).scalar_one())

    async def _held(self, account_id: int) -> _Account:
        c = credit_accounts.c
        query = select(c.id, c.credit_code, c.start, c.total).where(c.id == account_id)
        return _Account(*(await self._tx.execute(query.with_for_update())).one())

    async def _is_listed(self, lead: Lead, account: _Account | None, day: date) -> bool:
        code = (account.credit_code if account else None) or lead.code
        names = {lead.name, *(await self.names_of(account.id) if account else ())}
        records = await Credit(self._tx).about([(name, code) for name in names])
        return any(found(records, CreditKind.DISHONEST, day, name, code) for name in names)

    async def _total_on(self, account_id: int, day: date) -> Decimal | None:
        query = select(credit_events.c.total).where(credit_events.c.account_id == account_id)
        query = query.where(credit_events.c.at < end_of(day)).order_by(credit_events.c.id.desc()).limit(1)
        return await self._tx.scalar(query)

    async def _by_key(self, key: str) -> CreditEntry | None:
        found = await self._read(select(credit_events).where(credit_events.c.key == key))
        return found[0] if found else None

    async def _write(
        self,
        account: _Account,
        key: str,
        at: datetime,
        change: CreditChange,
        base_id: str | None,
        corrects: int | None = None,
    ) -> None:
        entry = change.model_dump(exclude={"clause"}) | {"key": key, "at": at, "base_id": base_id}
        await self._tx.execute(
            insert(credit_events).values(account_id=account.id, corrects=corrects, **entry)
        )
        changed = update(credit_accounts).where(credit_accounts.c.id == account.id)
        await self._tx.execute(changed.values(total=change.total))

    async def _read(self, query: Any) -> list[CreditEntry]:
        return read_entries((await self._tx.execute(query)).mappings())
