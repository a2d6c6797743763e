"""The province's reports as people have finished them: every version, and what was released of it (A14)."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.decisions import Actor
from domain.errors import NotFound
from persistence.tables import reports


class ReportRow(BaseModel):
    """One version of a report, without its content."""

    model_config = ConfigDict(frozen=True)

    period: str
    version: int
    sha256: str
    size: int  # bytes
    filename: str
    reason: str  # why a released one is replaced
    role: str
    actor: str
    at: datetime
    title: str | None
    released_on: date | None
    media: tuple[str, ...] | None
    released_at: datetime | None
    released_by: str | None


_ROW = [reports.c[name] for name in ReportRow.model_fields]


class Reports:
    """Repository of reports."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def hold(self, period: str) -> None:
        """Nobody else hands in or releases the report of this period until the transaction ends."""
        await self._tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"report/{period}"))))

    async def of(self, period: str) -> list[ReportRow]:
        """Every version, the newest first."""
        return await self._rows(reports.c.period == period)

    async def all(self) -> list[ReportRow]:
        """Every version of every report, the newest first."""
        return await self._rows()

    async def released(self) -> list[ReportRow]:
        """What was released, the newest version of each period, the newest period first."""
        found: dict[str, ReportRow] = {}
        for row in await self._rows(reports.c.released_on.is_not(None)):
            found.setdefault(row.period, row)
        return list(found.values())

    async def _rows(self, *where: ColumnElement[bool]) -> list[ReportRow]:
        query = select(*_ROW).where(*where).order_by(reports.c.period.desc(), reports.c.version.desc())
        return [ReportRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def add(
        self, period: str, content: bytes, filename: str, reason: str, by: Actor, at: datetime
    ) -> int:
        """A new version; its number. The period must be held."""
        newest = await self._tx.scalar(
            select(func.coalesce(func.max(reports.c.version), 0)).where(reports.c.period == period)
        )
        row = {"period": period, "version": int(newest or 0) + 1, "filename": filename, "reason": reason}
        row |= {"content": content, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        await self._tx.execute(insert(reports).values(row | {"role": by.role, "actor": by.id, "at": at}))
        return int(newest or 0) + 1

    async def release(
        self, row: ReportRow, on: date, media: Sequence[str], title: str, by: Actor, at: datetime
    ) -> None:
        """A version is out."""
        await self._tx.execute(
            update(reports)
            .where(reports.c.period == row.period, reports.c.version == row.version)
            .values(released_on=on, media=list(media), title=title, released_at=at, released_by=by.id)
        )

    async def content(self, period: str, version: int) -> bytes:
        """The file of a version. Raises NotFound."""
        query = select(reports.c.content).where(reports.c.period == period, reports.c.version == version)
        found = await self._tx.scalar(query)
        if found is None:
            raise NotFound("report.not_found", id=f"{period}/{version}")
        return bytes(found)
