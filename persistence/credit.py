"""The credit list that the office maintains (A9)."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Boolean, Select, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.policy.credit import CreditKind, CreditRecord
from persistence.tables import credit_records

_KEY = ("credit_code", "kind", "effective_from")
_AT_A_TIME = 1000  # PostgreSQL takes 32,767 values at most


class Credit:
    """Repository of credit records."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def about(self, parties: Iterable[tuple[str, str]]) -> list[CreditRecord]:
        """Every record about parties, given by name and credit code (empty if not known)."""
        named = list(parties)
        names = [name for name, _ in named]
        codes = [code for _, code in named if code]
        query = select(credit_records).where(
            or_(credit_records.c.name.in_(names), credit_records.c.credit_code.in_(codes))
        )
        return await self._records(query.order_by(credit_records.c.id))

    async def find(self, kind: CreditKind | None = None, day: date | None = None) -> list[CreditRecord]:
        """Records of one kind or all, those that hold on `day` or all; the newest first."""
        c = credit_records.c
        query = select(credit_records).order_by(c.effective_from.desc(), c.credit_code, c.id)
        if kind is not None:
            query = query.where(c.kind == kind)
        if day is not None:
            query = query.where(c.effective_from <= day, or_(c.effective_to.is_(None), c.effective_to >= day))
        return await self._records(query)

    async def put(self, records: Sequence[CreditRecord]) -> int:
        """Add records, each code, kind and first day once; what is known by these is brought up to date.

        How many were new.
        """
        # In one order two lists at a time wait for each other and do not lock each other out.
        ordered = sorted(records, key=lambda r: (r.credit_code, r.kind, r.effective_from))
        parts = (ordered[n : n + _AT_A_TIME] for n in range(0, len(ordered), _AT_A_TIME))
        return sum([await self._put(part) for part in parts])

    async def _put(self, records: Sequence[CreditRecord]) -> int:
        new = insert(credit_records).values([record.model_dump() for record in records])
        changed = {k: new.excluded[k] for k in ("name", "effective_to", "source")}
        known = new.on_conflict_do_update(index_elements=_KEY, set_=changed)
        # Of a row that was not there no older version is locked.
        done = await self._tx.scalars(known.returning(literal_column("xmax = 0", Boolean)))
        return sum(done)

    async def _records(self, query: Select[tuple[object, ...]]) -> list[CreditRecord]:
        rows = (await self._tx.execute(query)).mappings()
        return [CreditRecord.model_validate(dict(row)) for row in rows]
