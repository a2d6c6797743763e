"""What a period looks like in the records: aggregated where the rows are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.league import Counts, Dimension
from domain.picture import Outcome
from domain.terms import HANDED_IN, ObligationKind, ObligationState
from persistence.picture_statements import (
    CHANGES,
    GROUPS,
    KNOWN_SUMS,
    NEW_SUMS,
    OUTSTANDING,
    PROBLEMS,
    READING,
)
from persistence.tables import period_sums


class Scope(BaseModel):
    """What is asked about: a period of a kind, of the province or of one city, as it stands `now`."""

    model_config = ConfigDict(frozen=True)

    kind: ObligationKind
    period: str
    last_day: date
    city: str | None
    now: datetime
    locked: bool  # whether a base without an obligation on record is missing

    @property
    def known(self) -> dict[str, Any]:
        """As parameters of the statements."""
        names = {
            "handed_in": [*HANDED_IN],
            "missing": ObligationState.MISSING,
            "waived": ObligationState.WAIVED,
        }
        return self.model_dump() | names


class GroupRow(NamedTuple):
    """Bases of one group; the name is None for those who have no such thing, and the dimension for all together."""

    dimension: Dimension | None
    name: str | None
    counts: Counts
    done: Decimal
    plan: Decimal
    elapsed: Decimal
    invested: Decimal  # by all, also those whose plan is not known


class BaseRow(NamedTuple):
    """One base of which something is told."""

    base_id: str
    name: str
    city: str
    department: str | None
    outcome: Outcome


class ChangeRow(NamedTuple):
    """A figure of a base in two periods."""

    base_id: str
    name: str
    city: str
    key: str
    before: Decimal
    now: Decimal


class ProblemRow(NamedTuple):
    """What a base wrote of its problems, and whom it asks for help."""

    base_id: str
    name: str
    city: str
    unit: str | None
    text: str | None


_DIMENSIONS = {0b011: Dimension.CITY, 0b101: Dimension.DIRECTION, 0b110: Dimension.DEPARTMENT}
"""By which columns are left out of a grouping, as PostgreSQL's `grouping` tells."""

Sums = Mapping[tuple[str, str], Mapping[str, Decimal]]
"""By period and city: what was reported, added up by key."""


class Pictures:
    """Repository of what a period looks like."""

    def __init__(self, tx: AsyncConnection, scope: Scope) -> None:
        self._tx, self._scope = tx, scope

    async def prepare(self) -> None:
        """To be called first."""
        await self._tx.execute(READING, {"workers": "0"})

    async def groups(self, invested: str) -> list[GroupRow]:
        """Outcomes and investment of all together and of each group; `invested` is the item that holds the latter.

        A base that did not report it for the period counts with what it reported last, or had before its first report.
        """
        rows = await self._tx.execute(GROUPS, self._scope.known | {"invested": invested})
        return [_group(dict(row)) for row in rows.mappings()]

    async def outstanding(self) -> list[BaseRow]:
        """Bases that owe the period and have not reported, by city and name."""
        rows = await self._tx.execute(OUTSTANDING, self._scope.known)
        return [BaseRow(*row)._replace(outcome=Outcome(row.outcome)) for row in rows]

    async def sums(self) -> Sums:
        """What stands reported for every period up to this one, added up. What is known of earlier calls is kept."""
        rows = (await self._tx.execute(KNOWN_SUMS, self._scope.known)).all()
        known = {(period, city): sums for period, city, sums in rows}
        stale = sorted({period for (period, _), sums in known.items() if sums is None})
        found = {place: _exact(sums) for place, sums in known.items() if sums is not None}
        return found | (await self._added_up(stale) if stale else {})

    async def _added_up(self, periods: list[str]) -> dict[tuple[str, str], dict[str, Decimal]]:
        """The sums of these periods, kept for the next time."""
        if len(periods) > 1:
            await self._tx.execute(READING, {"workers": "2"})
        marks: dict[tuple[str, str], Decimal] = {}
        sums: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
        for period, city, key, total in await self._tx.execute(
            NEW_SUMS, self._scope.known | {"periods": periods}
        ):
            if key:
                sums[period, city][key] = total
            else:
                marks[period, city] = total
        await self.prepare()
        await self._keep({place: (mark, sums[place]) for place, mark in marks.items()})
        return sums

    async def _keep(self, known: Mapping[tuple[str, str], tuple[Decimal, Mapping[str, Decimal]]]) -> None:
        rows = [
            {
                "kind": self._scope.kind,
                "period": period,
                "city": city,
                "mark": mark,
                "sums": {key: str(total) for key, total in sums.items()},
            }
            for (period, city), (mark, sums) in sorted(known.items())
        ]
        if rows:
            new = insert(period_sums).values(rows)
            changed = {"mark": new.excluded.mark, "sums": new.excluded.sums}
            await self._tx.execute(
                new.on_conflict_do_update(index_elements=["kind", "period", "city"], set_=changed)
            )

    async def changes(self, previous: str, totals: Mapping[str, Decimal], most: int) -> list[ChangeRow]:
        """The biggest changes of a base's figures against `previous`, each against what all bases reported of it."""
        asked = {"previous": previous, "keys": [*totals], "totals": [*totals.values()], "most": most}
        return [ChangeRow(*row) for row in await self._tx.execute(CHANGES, self._scope.known | asked)]

    async def problems(self, problems: str, help_from: str, none: str) -> list[ProblemRow]:
        """What was written under the two items, but for those who wrote `none` under both."""
        asked = {"problems": problems, "help_from": help_from, "none": none}
        return [ProblemRow(*row) for row in await self._tx.execute(PROBLEMS, self._scope.known | asked)]


def _exact(sums: Mapping[str, str]) -> dict[str, Decimal]:
    return {key: Decimal(total) for key, total in sums.items()}


def _group(row: Mapping[str, Any]) -> GroupRow:
    dimension = _DIMENSIONS.get(row["level"])
    names: Sequence[Any] = [row[column] for column in ("city", "direction", "department")]
    name = next((str(one) for one in names if one is not None), None)
    return GroupRow(
        dimension=dimension,
        name=name,
        counts=Counts.model_validate({field: row[field] for field in Counts.model_fields}),
        done=row["done"],
        plan=row["plan"],
        elapsed=row["elapsed"],
        invested=row["invested"],
    )
