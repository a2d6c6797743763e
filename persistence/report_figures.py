"""What the province's reports are made from, put together from the records (A14)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.application import INVESTMENT_KEYS, NONE
from domain.calendar import Period, PeriodKind
from domain.policy.effectiveness import Grade
from domain.policy.obligations import opening_in
from domain.province_facts import BaseFact, Facts, Handing, Problem, Sums
from domain.province_report import STOCKS
from domain.terms import HANDED_IN, ObligationKind, ObligationState
from persistence.tables import applications, assessments, bases, figures, obligations, suspensions

MOST_PROBLEMS = 20
"""So many are told word by word; all are counted."""

_STANDS = obligations.c.state.in_([*HANDED_IN, ObligationState.RETURNED])
"""What was handed in and is not missing after all."""


class ReportFigures:
    """Reads; writes nothing."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def facts(self, period: Period, today: date) -> Facts:
        """Everything that the report of a period is made from, as it is known `today`."""
        day = min(period.last_day, today)
        reported = _Months(period)
        return Facts(
            period=period,
            day=day,
            bases=tuple(await self._bases(reported, day)),
            sums=await self._sums(reported) | await self._stocks(reported),
            handings=tuple(await self._handings(period)),
            helpers=await self._helpers(reported),
            problems=tuple(await self._problems(reported)),
            grades=await self._grades(period),
        )

    async def _bases(self, reported: "_Months", day: date) -> list[BaseFact]:
        invested = reported.newest("invest_total").subquery()
        suspended = exists().where(
            suspensions.c.base_id == bases.c.id,
            suspensions.c.first <= day,
            or_(suspensions.c.last.is_(None), suspensions.c.last >= day),
        )
        query = (
            select(
                bases.c.id,
                bases.c.level,
                bases.c.city,
                bases.c.direction,
                bases.c.pilot_start,
                bases.c.certified_on,
                bases.c.gone_on,
                bases.c.planned_total,
                suspended.label("suspended"),
                func.coalesce(invested.c.number, bases.c.opening_total, 0).label("invested"),
                *(applications.c["values"][key].astext.label(key) for key in INVESTMENT_KEYS),
            )
            .outerjoin(invested, invested.c.base_id == bases.c.id)
            .outerjoin(applications, applications.c.base_id == bases.c.id)
            .where(bases.c.pilot_start <= day)
            .order_by(bases.c.id)
        )
        return [_base(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def _sums(self, reported: "_Months") -> dict[str, Sums]:
        """What is added up over months and bases."""
        query = (
            select(
                figures.c.key,
                func.sum(figures.c.number).filter(reported.in_period).label("in_period"),
                func.sum(figures.c.number).label("total"),
            )
            .select_from(_NEWEST)
            .where(reported.up_to_its_end, figures.c.number.is_not(None), figures.c.key.not_in(STOCKS))
            .group_by(figures.c.key)
        )
        return {
            row.key: Sums(in_period=row.in_period or Decimal(0), total=row.total)
            for row in await self._tx.execute(query)
        }

    async def _stocks(self, reported: "_Months") -> dict[str, Sums]:
        """What stands at the end of the period, as each base reported it last."""
        found = {}
        for key in STOCKS:
            newest = reported.newest(key).subquery()
            total = await self._tx.scalar(select(func.sum(newest.c.number))) or Decimal(0)
            found[key] = Sums(in_period=total, total=total)
        return found

    async def _handings(self, period: Period) -> list[Handing]:
        wanted = [
            and_(obligations.c.kind == kind, obligations.c.period == str(each))
            for kind, each in _within(period)
        ]
        of = (obligations.c.kind, obligations.c.state, obligations.c.on_time)
        query = select(*of, func.count().label("count")).where(or_(*wanted)).group_by(*of)
        return [Handing.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def _helpers(self, reported: "_Months") -> dict[str, int]:
        """How many bases ask which member unit for help, by what they reported last."""
        newest = reported.newest("help_from").subquery()
        query = select(newest.c.text, func.count()).where(newest.c.text != NONE).group_by(newest.c.text)
        return {row.text: row[1] for row in await self._tx.execute(query)}

    async def _problems(self, reported: "_Months") -> list[Problem]:
        """What the bases said last that they need, the newest first."""
        said, helper = reported.newest("problems").subquery(), reported.newest("help_from").subquery()
        query = (
            select(
                bases.c.name.label("base"),
                said.c.period,
                said.c.text,
                func.coalesce(helper.c.text, NONE).label("help_from"),
            )
            .join(said, said.c.base_id == bases.c.id)
            .outerjoin(helper, helper.c.base_id == bases.c.id)
            .where(said.c.text != NONE)
            .order_by(said.c.period.desc(), bases.c.id)
            .limit(MOST_PROBLEMS)
        )
        return [Problem.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]

    async def _grades(self, period: Period) -> dict[Grade, int]:
        """Results of the year's assessment; in a half-year report those that were published in it."""
        if period.kind is PeriodKind.YEAR:
            which: ColumnElement[bool] = assessments.c.year == str(period)
        else:
            which = assessments.c.published_on.between(period.first_day, period.last_day)
        query = select(assessments.c.grade, func.count()).where(
            which, assessments.c.published_on.is_not(None)
        )
        rows = await self._tx.execute(query.group_by(assessments.c.grade))
        return {Grade(row.grade): row[1] for row in rows}


_NEWEST = figures.join(
    obligations,
    and_(obligations.c.id == figures.c.obligation_id, obligations.c.version == figures.c.version),
)
"""Figures with what they were reported for, the newest version of each."""


class _Months:
    """The reports of 月调度 that count for a period."""

    def __init__(self, period: Period) -> None:
        self._first = str(Period.of(PeriodKind.MONTH, period.first_day))
        self._last = str(Period.of(PeriodKind.MONTH, period.last_day))

    @property
    def up_to_its_end(self) -> ColumnElement[bool]:
        """From the beginning to the end of the period."""
        return and_(
            obligations.c.kind == ObligationKind.DISPATCH, obligations.c.period <= self._last, _STANDS
        )

    @property
    def in_period(self) -> ColumnElement[bool]:
        """Of those, the ones of the period itself."""
        return obligations.c.period >= self._first

    def newest(self, key: str) -> Select[tuple[str, str, Decimal, str]]:
        """The newest answer of each base to one question: base_id, period, number, text."""
        return (
            select(obligations.c.base_id, obligations.c.period, figures.c.number, figures.c.text)
            .ext(distinct_on(obligations.c.base_id))
            .select_from(_NEWEST)
            .where(self.up_to_its_end, figures.c.key == key)
            .order_by(obligations.c.base_id, obligations.c.period.desc())
        )


def _within(period: Period) -> Iterable[tuple[ObligationKind, Period]]:
    """Every regular report about a time that lies within the period."""
    for year in (period.year, period.year + 1):
        for kind, each in opening_in(year):
            if period.first_day <= each.first_day and each.last_day <= period.last_day:
                yield kind, each


def _base(row: dict[str, object]) -> BaseFact:
    planned = {key: Decimal(str(row.pop(key))) for key in INVESTMENT_KEYS if row[key] is not None}
    return BaseFact.model_validate(row | {"planned": planned})
