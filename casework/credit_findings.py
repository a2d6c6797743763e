"""Findings of dishonesty (A9): written down, booked, listed and told, all of it or nothing, and once.

A finding is known by the lead and the number of its document: the same request again changes nothing and gives the
same answer, so that whoever got none may send it again.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.calendar import business_day
from domain.decisions import Actor
from domain.errors import NotAllowed, NotFound, Refused, Stale
from domain.policy.credit import CreditKind, CreditRecord
from domain.policy.credit_account import PRINCIPLE, CreditChange, CreditReason
from domain.policy.credit_finding import BOOKED, FindingEnd, FindingKind, check_finding
from domain.terms import Role
from domain.views import Notice, NoticeKind
from persistence.bases import Timeline
from persistence.credit import Credit
from persistence.credit_accounts import CreditAccounts, Lead
from persistence.credit_findings import CreditFindings, Ending, Finding, FindingRow
from persistence.credit_report import CreditReport, LeadBase
from persistence.database import Database

_DAY = timedelta(days=1)


class NewFinding(BaseModel):
    """What the office finds of a lead, which is named or is that of a base."""

    model_config = ConfigDict(frozen=True)

    lead: str | None
    base: str | None
    credit_code: str | None
    kind: FindingKind
    reason: str
    document_no: str
    effective_from: date
    effective_to: date | None


class Decided(NamedTuple):
    """A finding on record, the entry in the account (None: nothing was left to be booked), and who is told of it."""

    finding: FindingRow
    change: CreditChange | None
    notices: tuple[Notice, ...]


async def find(database: Database, new: NewFinding, by: Actor, now: datetime) -> Decided:
    """Record a finding. Raises NotAllowed, NotFound, Refused."""
    _check_office(by)
    async with database.transaction() as tx:
        accounts = CreditAccounts(tx)
        lead = await _lead(accounts, tx, new)
        check_finding(new.kind, new.effective_from, new.effective_to, lead.code, business_day(now))
        account_id = await accounts.identified(lead, now)
        said = new.model_dump(exclude={"lead", "base", "credit_code"})
        finding = Finding(lead=lead.name, credit_code=lead.code or None, **said)
        row, is_new = await CreditFindings(tx).add(account_id, finding, by, now)
        if not row.says(finding):
            raise Refused("credit.finding_known", PRINCIPLE, document_no=new.document_no)
        detail = {"document_no": row.document_no}
        change = await accounts.book_for(lead, row.key, BOOKED[row.kind], now, detail, new.base)
        if is_new and row.kind is FindingKind.SERIOUS:
            await _list(tx, row, row.effective_to)
        return await _told(tx, row, row.key, change, by, now)


async def end(database: Database, finding_id: int, ending: Ending, by: Actor, now: datetime) -> Decided:
    """End a finding: it was repaired, or it was wrong. From the same day its lead is not listed for it any more.

    Raises NotAllowed, NotFound, Stale.
    """
    _check_office(by)
    async with database.transaction() as tx:
        findings = CreditFindings(tx)
        row = await findings.held(finding_id)
        if row.end_kind is None:
            await findings.end(finding_id, ending, by, now)
            if row.kind is FindingKind.SERIOUS:
                await _list(tx, row, business_day(now) - _DAY)
            row = await findings.held(finding_id)
        elif (row.end_kind, row.end_document_no) != (ending.end_kind, ending.end_document_no):
            raise Stale("credit.finding_ended", PRINCIPLE, id=finding_id, end=row.end_kind)
        key = f"{row.key}-end"
        change = await _ended(CreditAccounts(tx), row, key, ending, now)
        return await _told(tx, row, key, change, by, now)


async def _ended(
    accounts: CreditAccounts, row: FindingRow, key: str, ending: Ending, now: datetime
) -> CreditChange | None:
    lead, detail = Lead(row.lead, row.credit_code or ""), {"document_no": ending.end_document_no}
    if ending.end_kind is FindingEnd.REPAIRED:
        return await accounts.book_for(lead, key, CreditReason.REPAIRED, now, detail)
    return await accounts.correct_for(lead, key, row.key, now, detail)


def _check_office(by: Actor) -> None:
    if by.role is not Role.OFFICE:
        raise NotAllowed("credit.findings_office_only", PRINCIPLE)


async def _lead(accounts: CreditAccounts, tx: AsyncConnection, new: NewFinding) -> Lead:
    """Whom it is about. Raises NotFound."""
    if new.base is not None:
        lead = await accounts.lead_of(new.base)
    else:
        known = await CreditReport(tx).bases_of(new.lead or "")
        if not known:
            raise NotFound("credit.no_lead", lead=new.lead or "")
        leads = [await accounts.lead_of(base.id) for base in known]
        lead = next((one for one in leads if one.code), leads[0])
    return Lead(lead.name, new.credit_code or lead.code or await accounts.code_of(lead) or "")


async def _list(tx: AsyncConnection, row: FindingRow, last: date | None) -> None:
    """Its entry in the list of 严重失信主体, to its last day, which is never put off."""
    ends = [day for day in (last, row.effective_to) if day]
    entry = CreditRecord(
        name=row.lead,
        credit_code=row.credit_code or "",
        kind=CreditKind.DISHONEST,
        effective_from=row.effective_from,
        effective_to=min(ends, default=None),
        source=row.document_no,
    )
    await Credit(tx).put([entry])


async def _told(
    tx: AsyncConnection, row: FindingRow, key: str, change: CreditChange | None, by: Actor, now: datetime
) -> Decided:
    """A line on the timeline of each base of the lead, and what its contacts are told: once in each chat."""
    theirs = await CreditReport(tx).bases_of_account(row.account_id)
    if change is None:
        return Decided(row, None, ())
    for base in theirs:
        await Timeline(tx).append(base.id, key, now, change.reason, by, _detail(row))
    return Decided(row, change, _notices(theirs, key, change))


def _detail(row: FindingRow) -> dict[str, str]:
    said = {
        "document_no": row.end_document_no or row.document_no,
        "reason": row.end_reason or row.reason,
        "effective_from": row.effective_from.isoformat(),
    }
    return said | ({"effective_to": row.effective_to.isoformat()} if row.effective_to else {})


def _notices(theirs: Sequence[LeadBase], key: str, change: CreditChange) -> tuple[Notice, ...]:
    return tuple(
        Notice(key=key, base_id=base.id, kind=NoticeKind.CREDIT, params=change.params())
        for base in theirs
        if not base.gone
    )
