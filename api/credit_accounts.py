"""Routes of credit accounts (A9): findings of dishonesty, grades and their reasons, the export for the platform."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.auth import Caller, Services
from api.bases import Limit
from api.schemas import Name, Page
from api.services import ApiServices
from casework import credit_findings
from casework.credit_export import CreditExport, as_csv, export, schema
from casework.credit_findings import Decided, NewFinding
from domain.calendar import SHANGHAI, business_day
from domain.decisions import Actor, DocumentNo, Reason
from domain.errors import NotAllowed
from domain.policy.credit_account import PRINCIPLE, CreditGrade, CreditReason
from domain.policy.credit_finding import FindingEnd, FindingKind
from domain.terms import City, Role
from persistence.credit_accounts import CreditAccounts
from persistence.credit_entries import CreditEntry
from persistence.credit_findings import CreditFindings, Ending, FindingRow
from persistence.credit_report import AccountRow, CreditReport

router = APIRouter(prefix="/api/credit", tags=["信用账户"])

_CODE = r"^[0-9A-HJ-NPQRTUWXY]{18}$"  # GB 32100-2015


class FindingIn(BaseModel):
    """A finding of dishonesty, of a lead by its name or of the lead of a base."""

    model_config = ConfigDict(extra="forbid")

    lead: Name | None = Field(None, description="牵头单位名称；与 base 二选一")
    base: Name | None = Field(None, description="基地编号；与 lead 二选一")
    credit_code: Annotated[str, Field(pattern=_CODE)] | None = Field(
        None, description="统一社会信用代码；申报书中没有时，认定严重失信必填"
    )
    kind: FindingKind
    reason: Reason
    document_no: DocumentNo
    effective_from: date
    effective_to: date | None = Field(None, description="最后一个有效日；不定期的不填")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.lead is None) == (self.base is None):
            raise ValueError("lead 和 base 须填且只填一项")
        return self


class EndingIn(BaseModel):
    """Why a finding no longer stands."""

    model_config = ConfigDict(extra="forbid")

    kind: FindingEnd
    reason: Reason
    document_no: DocumentNo


class EntryOut(BaseModel):
    """One entry of an account."""

    id: int
    at: datetime
    base: str | None
    reason: CreditReason
    points: Decimal = Field(description="分值变动")
    nominal: Decimal = Field(description="计分表规定的分值；到满分或最低分为止")
    total: Decimal
    grade: CreditGrade
    grade_before: CreditGrade
    about: dict[str, str]
    clause: str
    corrects: int | None = Field(description="被更正的记分序号")

    @classmethod
    def of(cls, entry: CreditEntry) -> Self:
        """From an entry."""
        change = entry.change
        return cls(
            id=entry.id,
            at=entry.at.astimezone(SHANGHAI),
            base=entry.base_id,
            about=change.detail,
            clause=change.clause.cite(),
            corrects=entry.corrects,
            **change.model_dump(exclude={"detail", "clause"}),
        )


class FindingOut(BaseModel):
    """A finding on record, and how it ended."""

    id: int
    lead: str
    credit_code: str | None
    kind: FindingKind
    reason: str
    document_no: str
    effective_from: date
    effective_to: date | None
    at: datetime
    end_kind: FindingEnd | None
    end_reason: str | None
    end_document_no: str | None
    ended_at: datetime | None

    @classmethod
    def of(cls, row: FindingRow) -> Self:
        """From a row."""
        times = {"at": row.at.astimezone(SHANGHAI)}
        if row.ended_at:
            times["ended_at"] = row.ended_at.astimezone(SHANGHAI)
        return cls.model_validate(row.model_dump() | times)


class DecidedOut(BaseModel):
    """A finding, and what the account came to by it; null where nothing was left to be booked."""

    finding: FindingOut
    points: Decimal | None
    total: Decimal | None
    grade: CreditGrade | None

    @classmethod
    def of(cls, decided: Decided) -> Self:
        """From what was decided."""
        change = decided.change
        return cls(
            finding=FindingOut.of(decided.finding),
            points=change.points if change else None,
            total=change.total if change else None,
            grade=change.grade if change else None,
        )


class AccountBase(BaseModel):
    """A base of a lead."""

    id: str
    name: str
    city: str
    stage: str


class AccountOut(BaseModel):
    """The account of a lead."""

    id: int
    names: list[str]
    credit_code: str | None
    grade: CreditGrade
    total: Decimal
    listed: bool = Field(description="在严重失信主体名单内")
    opened_at: datetime
    entries: int
    last_at: datetime | None
    bases: list[AccountBase]


@router.post("/findings", status_code=201, summary="登记失信认定")
async def find(new: FindingIn, actor: Caller, services: Services) -> DecidedOut:
    """Record a finding and book it; 严重失信 also lists the lead. The same document again changes nothing."""
    finding = NewFinding(**new.model_dump())
    decided = await credit_findings.find(services.database, finding, actor, services.clock.now())
    return await _told(services, decided)


@router.post("/findings/{finding_id}/end", summary="失信修复、更正")
async def end(finding_id: int, ending: EndingIn, actor: Caller, services: Services) -> DecidedOut:
    """End a finding. What was wrong is taken back whole; what was repaired gives points back by the table."""
    said = Ending(end_kind=ending.kind, end_reason=ending.reason, end_document_no=ending.document_no)
    decided = await credit_findings.end(services.database, finding_id, said, actor, services.clock.now())
    return await _told(services, decided)


@router.get("/findings", summary="失信认定")
async def findings(actor: Caller, services: Services) -> list[FindingOut]:
    """All findings, the newest first."""
    city = _reach(actor)
    async with services.database.transaction() as tx:
        return [FindingOut.of(row) for row in await CreditFindings(tx).find(city=city)]


@router.get("/accounts", summary="信用账户列表")
async def accounts(
    actor: Caller,
    services: Services,
    grade: CreditGrade | None = None,
    cursor: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Limit = 50,
) -> Page[AccountOut]:
    """Accounts in the order in which they were opened; a city office sees those of leads with bases of its own."""
    city, day = _reach(actor), business_day(services.clock.now())
    async with services.database.transaction() as tx:
        report = CreditReport(tx)
        rows = await report.accounts(day, city, grade, cursor, limit)
        items = await _with_bases(report, rows)
    return Page(items=items, next_cursor=str(rows[-1].id) if len(rows) == limit else None)


@router.get("/accounts/{lead:path}/history", summary="信用记分明细")
async def history(lead: str, actor: Caller, services: Services) -> list[EntryOut]:
    """Every entry of the account of the lead of that name, the newest first."""
    city, day = _reach(actor), business_day(services.clock.now())
    async with services.database.transaction() as tx:
        account = await CreditReport(tx).account(lead, day, city)
        entries = await CreditAccounts(tx).entries_of(account.id)
    return [EntryOut.of(entry) for entry in entries]


@router.get("/export.schema.json", summary="推送数据的 JSON Schema")
async def export_schema(actor: Caller) -> dict[str, Any]:
    """What `export.json` keeps to (draft 2020-12); it says nothing of anybody, so every caller may have it."""
    return schema()


@router.get("/export.json", summary="推送省信用信息共享平台（JSON）")
async def export_json(actor: Caller, services: Services) -> CreditExport:
    """Every lead with its evaluation, entries, findings and commitments."""
    return await _export(actor, services)


@router.get("/export.csv", summary="推送省信用信息共享平台（CSV）", response_class=Response)
async def export_csv(actor: Caller, services: Services) -> Response:
    """The evaluations, one line for each lead; UTF-8 with BOM."""
    content = as_csv(await _export(actor, services))
    named = {"Content-Disposition": 'attachment; filename="credit.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=named)


async def _export(actor: Actor, services: ApiServices) -> CreditExport:
    city = _reach(actor)
    async with services.database.transaction() as tx:
        return await export(tx, services.clock.now(), city)


def _reach(actor: Actor) -> City | None:
    """Whose accounts the caller may see: all, or those of a city. Raises NotAllowed."""
    if actor.role not in (Role.OFFICE, Role.CITY):
        raise NotAllowed("credit.accounts_not_yours", PRINCIPLE)
    return actor.city if actor.role is Role.CITY else None


async def _told(services: ApiServices, decided: Decided) -> DecidedOut:
    """It is on record; what cannot be told now is told when the same request comes again."""
    if decided.notices:
        await services.gateway.tell_credit(decided.notices[0].key, decided.notices)
    return DecidedOut.of(decided)


async def _with_bases(report: CreditReport, rows: list[AccountRow]) -> list[AccountOut]:
    theirs = await report.bases_of_accounts([row.id for row in rows])
    return [
        AccountOut.model_validate(
            row.model_dump()
            | {
                "opened_at": row.opened_at.astimezone(SHANGHAI),
                "last_at": row.last_at.astimezone(SHANGHAI) if row.last_at else None,
                "bases": [b.model_dump() for b in theirs if b.account_id == row.id],
            }
        )
        for row in rows
    ]
