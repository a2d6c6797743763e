"""Reading everything out (A3): table by table in batches, all of one moment, in constant memory."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from typing import Any

from sqlalchemy import Select, Table, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.terms import ObligationKind
from persistence.database import Database
from persistence.tables import applications, bases, figures, obligations

BATCH = 2_000
"""Rows in memory at a time."""

Batch = list[dict[str, Any]]

REPORT_COLUMNS = (
    obligations.c.id.label("obligation_id"),
    obligations.c.base_id,
    bases.c.name.label("base_name"),
    bases.c.lead,
    bases.c.level,
    bases.c.city,
    bases.c.direction,
    obligations.c.period,
    obligations.c.state,
    obligations.c.on_time,
    obligations.c.version,
)
"""What stands before the answers in the wide table of a form."""
APPLICATION_COLUMNS = (
    bases.c.id.label("base_id"),
    bases.c.name.label("base_name"),
    bases.c.lead_kind,
    bases.c.level,
    bases.c.city,
    bases.c.direction,
    bases.c.stage,
)


@asynccontextmanager
async def snapshot(database: Database) -> AsyncIterator["Export"]:
    """Everything as it is at one moment; nothing can be written."""
    async with database.engine.connect() as connection:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        tx = await connection.execution_options(**options)
        async with tx.begin():
            yield Export(tx)


class Export:
    """Reads; writes nothing."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def rows(self, table: Table, columns: Sequence[str]) -> AsyncIterator[Batch]:
        """Some columns of a table, in the order of its key."""
        async for batch in self._streamed(
            select(*(table.c[name] for name in columns)).order_by(*table.primary_key)
        ):
            yield batch

    async def figures(self) -> AsyncIterator[Batch]:
        """The figures of every version, with what they were reported for."""
        query = (
            select(
                figures,
                obligations.c.base_id,
                obligations.c.kind,
                obligations.c.period,
                (figures.c.version == obligations.c.version).label("newest"),
            )
            .join(obligations, obligations.c.id == figures.c.obligation_id)
            .order_by(*figures.primary_key)
        )
        async for batch in self._streamed(query):
            yield batch

    async def reports(self, kind: ObligationKind) -> AsyncIterator[Batch]:
        """The newest version of every report of one kind: a row each, with its answers by key."""
        newest = and_(figures.c.obligation_id == obligations.c.id, figures.c.version == obligations.c.version)
        query = (
            select(*REPORT_COLUMNS, figures.c.key, figures.c.number, figures.c.text)
            .select_from(obligations.join(bases, bases.c.id == obligations.c.base_id).join(figures, newest))
            .where(obligations.c.kind == kind)
            .order_by(obligations.c.id, figures.c.key)
        )
        last: dict[str, Any] | None = None  # its answers may go on in the next batch
        async for batch in self._streamed(query):
            wide = list(_wide(batch))
            if last and wide and wide[0]["obligation_id"] == last["obligation_id"]:
                wide[0] = last | wide[0]
            elif last:
                wide.insert(0, last)
            *done, last = wide
            yield done
        if last:
            yield [last]

    async def applications(self) -> AsyncIterator[Batch]:
        """Every application: a row each, with its answers by key."""
        query = (
            select(*APPLICATION_COLUMNS, applications.c["values"].label("values"))
            .join(applications, applications.c.base_id == bases.c.id)
            .order_by(bases.c.id)
        )
        async for batch in self._streamed(query):
            yield [row.pop("values") | row for row in batch]

    async def _streamed(self, query: Select[Any]) -> AsyncIterator[Batch]:
        found = await self._tx.stream(query.execution_options(yield_per=BATCH))
        async for part in found.mappings().partitions():
            yield [dict(row) for row in part]


def _wide(batch: Batch) -> Batch:
    """One row for each report in it."""
    known = [column.name for column in REPORT_COLUMNS]
    found = []
    for _, answers in groupby(batch, key=lambda row: row["obligation_id"]):
        rows = list(answers)
        given = {row["key"]: row["text"] if row["number"] is None else row["number"] for row in rows}
        found.append(given | {name: rows[0][name] for name in known})
    return found
