"""What enterprises reported of their taxes and training money, for the computation of `domain.policy.tax` (A6)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.forms.assessment import TAX_KEYS
from domain.policy.tax import PilotStanding, TaxAnswer, TaxCase, standing
from domain.terms import HANDED_IN, OWED, LeadKind, ObligationKind, ObligationState
from persistence.bases import answers_for
from persistence.tables import applications, bases, figures, obligations

_NAMES = dict(zip(TAX_KEYS, ("investment", "payable", "funds", "front_line"), strict=True))
"""What each question is called in the computation."""

_STANDS = obligations.c.state.in_([*HANDED_IN, ObligationState.RETURNED])
_LACKING = obligations.c.state.in_([*(OWED - {ObligationState.RETURNED}), ObligationState.MISSING])


class Taxes:
    """Reads; writes nothing. Only bases whose pilot has begun: what an application claims has been reviewed then."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def cases(
        self, through: int, city: str | None = None, contact: int | None = None, base: str | None = None
    ) -> list[TaxCase]:
        """Every enterprise with what was reported up to a year, by name. Bases out of reach are not looked into."""
        reach = [bases.c.lead_kind == LeadKind.ENTERPRISE, bases.c.pilot_start.is_not(None)]
        all_of_it = list(reach)
        if city is not None:
            reach.append(bases.c.city == city)
        if contact is not None:
            reach.append(answers_for(contact))
        leads = await self._leads(reach, base)
        answers = await self._answers(reach, through)
        lacking = await self._lacking(reach, through)
        counted = await self._counted(all_of_it)
        return [
            TaxCase(
                lead=lead,
                standing=known,
                bases=ids,
                answers=tuple(answer for one in ids for answer in answers.get(one, ())),
                missing=frozenset(year for one in ids for year in lacking.get(one, ())),
                elsewhere=counted[lead] > len(ids),
            )
            for lead, known, ids in leads
        ]

    async def _leads(
        self, reach: Sequence[ColumnElement[bool]], base: str | None
    ) -> list[tuple[str, PilotStanding, tuple[str, ...]]]:
        """Each lead with what is on record of it in any of its applications, and its bases."""
        pilot_list = applications.c["values"]["pilot_list"].astext
        query: Select[Any] = (
            select(
                bases.c.lead,
                func.array_agg(bases.c.id).label("ids"),
                func.array_agg(pilot_list).label("lists"),
                func.bool_or(func.coalesce(applications.c.expedited, False)).label("expedited"),
            )
            .outerjoin(applications, applications.c.base_id == bases.c.id)
            .where(*reach)
            .group_by(bases.c.lead)
            .order_by(bases.c.lead)
        )
        if base is not None:
            query = query.having(func.bool_or(bases.c.id == base))
        return [
            (row.lead, _known(row.lists, expedited=row.expedited), tuple(sorted(row.ids)))
            for row in await self._tx.execute(query)
        ]

    async def _answers(
        self, reach: Sequence[ColumnElement[bool]], through: int
    ) -> dict[str, list[TaxAnswer]]:
        numbers = [
            func.max(figures.c.number).filter(figures.c.key == key).label(name)
            for key, name in _NAMES.items()
        ]
        query = (
            select(obligations.c.base_id, obligations.c.period, *numbers)
            .join(
                figures,
                and_(
                    figures.c.obligation_id == obligations.c.id,
                    figures.c.version == obligations.c.version,
                    figures.c.key.in_(TAX_KEYS),
                ),
            )
            .where(*_of_year(reach, through), _STANDS)
            .group_by(obligations.c.base_id, obligations.c.period)
        )
        found: dict[str, list[TaxAnswer]] = {}
        for row in (await self._tx.execute(query)).mappings():
            given = {name: row[name] or Decimal(0) for name in _NAMES.values()}
            answer = TaxAnswer(base_id=row["base_id"], year=int(row["period"]), **given)
            found.setdefault(answer.base_id, []).append(answer)
        return found

    async def _lacking(self, reach: Sequence[ColumnElement[bool]], through: int) -> dict[str, list[int]]:
        query = select(obligations.c.base_id, obligations.c.period).where(*_of_year(reach, through), _LACKING)
        found: dict[str, list[int]] = {}
        for base_id, period in await self._tx.execute(query):
            found.setdefault(base_id, []).append(int(period))
        return found

    async def _counted(self, all_of_it: Sequence[ColumnElement[bool]]) -> dict[str, int]:
        query = select(bases.c.lead, func.count()).where(*all_of_it).group_by(bases.c.lead)
        return {row.lead: row[1] for row in await self._tx.execute(query)}


def _of_year(reach: Sequence[ColumnElement[bool]], through: int) -> list[ColumnElement[bool]]:
    """年考核 up to a year, of the bases within reach."""
    within = exists(select(true()).where(bases.c.id == obligations.c.base_id, *reach))
    return [
        obligations.c.kind == ObligationKind.ASSESSMENT,
        obligations.c.period <= str(through),
        within,
    ]


def _known(lists: Sequence[str | None], *, expedited: bool) -> PilotStanding:
    """One application that says so is enough."""
    found = {standing(one, expedited=expedited) for one in lists}
    return PilotStanding.LISTED if PilotStanding.LISTED in found else PilotStanding.UNKNOWN
