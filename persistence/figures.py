"""Every figure that was handed in, over bases and periods: the newest version of each report (A3)."""

from collections.abc import Iterator
from decimal import Decimal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.calendar import Period, PeriodKind
from domain.policy.obligations import CADENCES
from domain.terms import ObligationKind
from persistence.bases import answers_for
from persistence.tables import bases, figures, obligations


class FigureRow(BaseModel):
    """One answer to one question."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    base_name: str
    lead: str
    city: str
    level: str
    direction: int
    obligation_id: str
    kind: ObligationKind
    period: str
    state: str
    version: int
    key: str
    number: Decimal | None
    text: str | None


class FigureFilter(BaseModel):
    """What figures can be narrowed to. The periods are days: every report about a time within them."""

    model_config = ConfigDict(frozen=True)

    kind: ObligationKind | None = None
    period_from: Period | None = None
    period_to: Period | None = None
    base: str | None = None
    city: str | None = None
    direction: int | None = None
    level: str | None = None
    key: str | None = None
    contact: int | None = None


_COLUMNS = (
    figures.c.obligation_id,
    figures.c.key,
    figures.c.number,
    figures.c.text,
    figures.c.version,
    obligations.c.base_id,
    obligations.c.kind,
    obligations.c.period,
    obligations.c.state,
    bases.c.name.label("base_name"),
    bases.c.lead,
    bases.c.city,
    bases.c.level,
    bases.c.direction,
)
_NEWEST = figures.join(
    obligations,
    and_(obligations.c.id == figures.c.obligation_id, obligations.c.version == figures.c.version),
).join(bases, bases.c.id == obligations.c.base_id)


class Figures:
    """Reads; writes nothing."""

    def __init__(self, tx: AsyncConnection) -> None:
        self._tx = tx

    async def find(
        self, wanted: FigureFilter, after: tuple[str, str] = ("", ""), limit: int = 50
    ) -> list[FigureRow]:
        """Figures by obligation and key, `limit` after these."""
        place = tuple_(figures.c.obligation_id, figures.c.key)
        query = (
            select(*_COLUMNS)
            .select_from(_NEWEST)
            .where(place > tuple_(*after), *_narrowed(wanted))
            .order_by(figures.c.obligation_id, figures.c.key)
            .limit(limit)
        )
        return [FigureRow.model_validate(dict(row)) for row in (await self._tx.execute(query)).mappings()]


def _narrowed(wanted: FigureFilter) -> Iterator[ColumnElement[bool]]:
    for column, value in (
        (obligations.c.kind, wanted.kind),
        (obligations.c.base_id, wanted.base),
        (bases.c.city, wanted.city),
        (bases.c.direction, wanted.direction),
        (bases.c.level, wanted.level),
        (figures.c.key, wanted.key),
    ):
        if value is not None:
            yield column == value
    if wanted.contact is not None:
        yield answers_for(wanted.contact)
    if wanted.period_from or wanted.period_to:
        yield or_(*(_within(kind, wanted) for kind in ObligationKind))


_ALL_TIME = (Period(kind=PeriodKind.YEAR, year=1900), Period(kind=PeriodKind.YEAR, year=2999))


def _within(kind: ObligationKind, wanted: FigureFilter) -> ColumnElement[bool]:
    """Reports of one kind about a time within the periods. What was ordered is of the quarter in its number."""
    length = CADENCES[kind][-1].value.period or PeriodKind.QUARTER
    first = _first_whole(length, wanted.period_from or _ALL_TIME[0])
    last = _last_whole(length, wanted.period_to or _ALL_TIME[1])
    written = func.left(obligations.c.period, len(str(first)))
    return and_(obligations.c.kind == kind, written.between(str(first), str(last)))


def _first_whole(length: PeriodKind, since: Period) -> Period:
    """The first period of that length that does not begin before."""
    found = Period.of(length, since.first_day)
    return found if found.first_day >= since.first_day else found.next


def _last_whole(length: PeriodKind, until: Period) -> Period:
    """The last period of that length that does not end after."""
    found = Period.of(length, until.last_day)
    return found if found.last_day <= until.last_day else found.previous
