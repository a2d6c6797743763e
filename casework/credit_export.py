"""What is given to the provincial credit platform (A9 「推送至省信用信息共享平台」): evaluations, entries, commitments.

JSON with a published schema, and CSV with one line for each lead. Institutions only: no persons, no free text.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.calendar import SHANGHAI, business_day
from domain.policy.credit_account import (
    GRADES,
    LIMITS,
    PRINCIPLE,
    SCORING,
    CreditGrade,
    CreditReason,
    plain,
    signed,
)
from domain.policy.credit_finding import FindingEnd, FindingKind
from domain.policy.source import on
from domain.terms import City
from persistence.credit_entries import CreditEntry
from persistence.credit_findings import CreditFindings, FindingRow
from persistence.credit_report import AccountRow, CreditReport, LeadBase

VERSION = "1.0"
BOM = "\ufeff"
"""Without it spreadsheets take UTF-8 for something else."""

R = TypeVar("R", LeadBase, FindingRow)

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Exported(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExportedScale(_Exported):
    """The scale on the day."""

    start: Decimal = Field(description="起评分")
    floor: Decimal = Field(description="最低分")
    cap: Decimal = Field(description="满分")
    least: dict[CreditGrade, Decimal] = Field(description="各等级的最低分；不足最后一级的为 D")


class ExportedEntry(_Exported):
    """One entry of an account."""

    id: int
    at: datetime = Field(description="记分时间")
    base: str | None = Field(description="涉及的基地编号；针对单位本身的为空")
    reason: CreditReason = Field(description="事由")
    points: Decimal = Field(description="分值变动")
    total: Decimal = Field(description="变动后的信用分")
    grade: CreditGrade = Field(description="变动后的信用等级")
    about: dict[str, str] = Field(description="所涉事项：期间（period）、类型（kind）、文号（document_no）")
    clause: str = Field(description="计分依据")
    corrects: int | None = Field(description="被更正的记分序号")


class ExportedFinding(_Exported):
    """A finding of dishonesty."""

    kind: FindingKind = Field(description="类别")
    document_no: str = Field(description="文号")
    effective_from: date = Field(description="生效日期")
    effective_to: date | None = Field(description="失效日期；仍有效的为空")
    ended: FindingEnd | None = Field(description="提前终止的方式")
    ended_on: date | None = Field(description="提前终止的日期")


class ExportedBase(_Exported):
    """A base of the lead."""

    id: str
    name: str
    level: str
    city: str
    stage: str
    commitment: bool | None = Field(description="是否签署信用承诺书；没有申报书的为空")


class ExportedLead(_Exported):
    """A lead with its evaluation."""

    name: str = Field(description="单位名称")
    other_names: list[str] = Field(description="登记过的其他名称")
    credit_code: str | None = Field(description="统一社会信用代码；不掌握的为空")
    grade: CreditGrade = Field(description="信用等级")
    total: Decimal = Field(description="信用分")
    listed: bool = Field(description="是否在严重失信主体名单内")
    bases: list[ExportedBase]
    entries: list[ExportedEntry] = Field(description="全部记分，从早到晚")
    findings: list[ExportedFinding] = Field(description="失信认定，从晚到早")


class CreditExport(_Exported):
    """产教融合基地牵头单位信用评价结果."""

    version: str = Field(description="格式版本")
    produced_at: datetime = Field(description="生成时间")
    city: City | None = Field(description="只含该市基地的牵头单位；全省的为空")
    clause: str = Field(description="评价依据")
    scale: ExportedScale
    leads: list[ExportedLead]


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that every export keeps to."""
    head = {"$schema": _DIALECT, "$id": f"urn:jiebang:credit-export:{VERSION}"}
    return head | CreditExport.model_json_schema(mode="serialization")


async def export(tx: AsyncConnection, now: datetime, city: City | None = None) -> CreditExport:
    """Every lead with an account; those with a base in a city, if one is named."""
    report, day = CreditReport(tx), business_day(now)
    accounts = await report.accounts(day, city)
    ids = [account.id for account in accounts]
    entries = await report.entries_of_accounts(ids)
    theirs = _by_account(await report.bases_of_accounts(ids))
    findings = _by_account(await CreditFindings(tx).find(city=city))
    limits = on(LIMITS, day).value
    return CreditExport(
        version=VERSION,
        produced_at=now.astimezone(SHANGHAI),
        city=city,
        clause=f"{PRINCIPLE.cite()}、{SCORING.cite()}",
        scale=ExportedScale(**limits._asdict(), least=on(GRADES, day).value),
        leads=[
            _lead(account, theirs[account.id], entries[account.id], findings[account.id])
            for account in accounts
        ],
    )


def _by_account(rows: Iterable[R]) -> dict[int | None, list[R]]:
    found: dict[int | None, list[R]] = defaultdict(list)
    for row in rows:
        found[row.account_id].append(row)
    return found


def _lead(
    account: AccountRow, theirs: list[LeadBase], entries: list[CreditEntry], findings: list[FindingRow]
) -> ExportedLead:
    name, *others = account.names
    return ExportedLead(
        name=name,
        other_names=others,
        credit_code=account.credit_code,
        grade=account.grade,
        total=account.total,
        listed=account.listed,
        bases=[ExportedBase(**b.model_dump(exclude={"account_id", "gone"})) for b in theirs],
        entries=[_entry(entry) for entry in entries],
        findings=[_finding(finding) for finding in findings],
    )


def _entry(entry: CreditEntry) -> ExportedEntry:
    change = entry.change
    return ExportedEntry(
        id=entry.id,
        at=entry.at.astimezone(SHANGHAI),
        base=entry.base_id,
        reason=change.reason,
        points=change.points,
        total=change.total,
        grade=change.grade,
        about=change.detail,
        clause=change.clause.cite(),
        corrects=entry.corrects,
    )


def _finding(row: FindingRow) -> ExportedFinding:
    return ExportedFinding(
        kind=row.kind,
        document_no=row.document_no,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        ended=row.end_kind,
        ended_on=business_day(row.ended_at) if row.ended_at else None,
    )


_COLUMNS = (
    "单位名称",
    "统一社会信用代码",
    "信用等级",
    "信用分",
    "严重失信主体",
    "签署信用承诺的基地",
    "基地",
    "记分次数",
    "最近记分日期",
    "最近记分事由",
    "最近分值变动",
    "评价日期",
    "评价依据",
)


def as_csv(exported: CreditExport) -> bytes:
    """One line for each lead, UTF-8 with BOM."""
    target = io.StringIO(newline="")
    lines = csv.writer(target)
    lines.writerow(_COLUMNS)
    for lead in exported.leads:
        lines.writerow([_as_text(value) for value in _line(exported, lead)])
    return (BOM + target.getvalue()).encode()


def _line(exported: CreditExport, lead: ExportedLead) -> tuple[object, ...]:
    last = lead.entries[-1] if lead.entries else None
    return (
        lead.name,
        lead.credit_code or "",
        lead.grade,
        plain(lead.total),
        "是" if lead.listed else "否",
        sum(base.commitment or False for base in lead.bases),
        len(lead.bases),
        len(lead.entries),
        last.at.date() if last else "",
        last.reason if last else "",
        signed(last.points) if last else "",
        exported.produced_at.date(),
        exported.clause,
    )


def _as_text(value: object) -> str:
    """A spreadsheet must not take a name for a formula; a number with its sign is none."""
    text = str(value)
    return f"'{text}" if text.startswith(("=", "@")) else text
