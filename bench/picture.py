"""The picture of a period over many bases and months, against bare aggregates of the same rows."""

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from activities.calendar import working_days
from bench.setup import ROUND
from casework.picture import Asked, picture
from domain.calendar import SHANGHAI, Period, PeriodKind
from domain.forms.registry import FORMS
from domain.policy.members import ALL_MEMBER_UNITS
from domain.terms import City, ObligationKind
from persistence.database import Database
from persistence.migrate import upgrade
from persistence.rounds import Rounds

KIND = ObligationKind.DISPATCH
LAST = Period(kind=PeriodKind.MONTH, year=2025, number=12)
NOW = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)
"""After the lock of the last month."""

_DATABASE = "picture"
_TIMES = 5

_BASES = """
    INSERT INTO bases (id, code, round, direction, name, lead, lead_kind, level, city, planned_total, opening_total,
                       stage, step, since, waiting_for, pilot_start, department)
    SELECT 'base-bench-' || n, 'base-bench-' || n, :round, n % 30 + 1, '示例基地' || n, '示例单位', '高等学校', '省级',
           (CAST(:cities AS text[]))[n % 11 + 1], 5000, 100, '试点培育', '培育建设', :began, '时间届满', :started,
           (CAST(:units AS text[]))[n % 16 + 1]
    FROM generate_series(1, :bases) n
"""
_OBLIGATIONS = """
    INSERT INTO obligations (id, base_id, kind, period, opens, due, locks, state, ended_at, on_time, tentative, version)
    SELECT 'obligation-' || b.id || '-monthly-' || m.period, b.id, :kind, m.period, m.at, m.at + interval '7 days',
           m.at + interval '21 days', CASE WHEN dice % 20 = 0 THEN '缺报' ELSE '已通过' END, m.at + interval '5 days',
           dice % 7 <> 0, false, CASE WHEN dice % 20 = 0 THEN 0 ELSE 1 END
    FROM (
        SELECT to_char(month, 'YYYY-MM') AS period, month + interval '1 month' AS at
        FROM generate_series(CAST(:started AS date), CAST(:last AS date), interval '1 month') month
    ) m
    CROSS JOIN bases b
    CROSS JOIN LATERAL (SELECT abs(hashtext(b.id || m.period)) AS dice) d
    ORDER BY m.period, b.id
"""
_NUMBERS = """
    INSERT INTO figures (obligation_id, version, key, number)
    SELECT o.id, 1, k.key, CASE
        WHEN k.key = 'invest_total' THEN 100 + row_number() OVER (PARTITION BY o.base_id, k.key ORDER BY o.period) * 90
        ELSE abs(hashtext(o.id || k.key)) % 500
    END
    FROM obligations o CROSS JOIN unnest(CAST(:keys AS text[])) k(key)
    WHERE o.version = 1 ORDER BY o.no, k.key
"""
_TEXTS = """
    INSERT INTO figures (obligation_id, version, key, text)
    SELECT o.id, 1, k.key, CASE
        WHEN k.key = 'progress' OR o.no % 10 > 0 THEN '无'
        WHEN k.key = 'problems' THEN '示例问题'
        ELSE (CAST(:units AS text[]))[o.no % 14 + 1]
    END
    FROM obligations o CROSS JOIN unnest(CAST(:keys AS text[])) k(key)
    WHERE o.version = 1 ORDER BY o.no, k.key
"""
_EMPTY = "TRUNCATE period_sums, figures, obligations, bases CASCADE"

_FORGET = "DELETE FROM period_sums WHERE period = :period"

_BARE_COUNT = "SELECT count(*) FROM figures"
_BARE_SUM = "SELECT key, sum(number) FROM figures GROUP BY key"


class Measured(NamedTuple):
    """Seconds, over so many bases with so many figures."""

    bases: int
    figures: int
    first: float  # no sums were kept
    again: float  # those of the months before were, and the last month has changed since
    bare_count: float
    bare_sum: float


@asynccontextmanager
async def own_database(database_url: str) -> AsyncIterator[Database]:
    """An empty database beside the one that is named; dropped on leaving."""
    server = create_async_engine(database_url, isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {_DATABASE}"))
    place, _, options = database_url.partition("?")
    url = f"{place.rpartition('/')[0]}/{_DATABASE}?{options}"
    upgrade(url)
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()
        async with server.connect() as connection:
            await connection.execute(text(f"DROP DATABASE {_DATABASE} WITH (FORCE)"))
        await server.dispose()


async def fill(database: Database, bases: int, months: int) -> None:
    """So many bases in their pilots, and as good as all their reports of so many months up to the last."""
    first = LAST
    for _ in range(months - 1):
        first = first.previous
    questions = FORMS[KIND].questions
    known = {"round": ROUND, "kind": KIND, "bases": bases, "cities": [*City], "units": [*ALL_MEMBER_UNITS]}
    known |= {"began": NOW, "started": first.first_day, "last": LAST.first_day}
    async with database.transaction() as tx:
        await tx.execute(text(_EMPTY))
        await Rounds(tx).add_taken_over(ROUND, "测速")
        await tx.execute(text(_BASES), known)
        await tx.execute(text(_OBLIGATIONS), known)
        await tx.execute(text(_NUMBERS), {"keys": [q.key for q in questions if q.is_number]})
        texts = [q.key for q in questions if not q.is_number]
        await tx.execute(text(_TEXTS), {"keys": texts, "units": known["units"]})
    async with database.statement() as connection:
        await connection.execute(text("VACUUM ANALYZE"))


async def measure(database: Database, bases: int, months: int) -> Measured:
    """The picture of the last month over what it fills the database with."""
    await fill(database, bases, months)

    async def shown() -> None:
        found = await picture(database, Asked(KIND, LAST), NOW, working_days())
        counts = found.counts
        assert counts.expected == counts.on_time + counts.late + counts.missing == bases  # noqa: S101

    async def bare(statement: str) -> None:
        async with database.statement() as connection:
            await connection.execute(text(statement))

    async def changed() -> None:
        async with database.transaction() as tx:
            await tx.execute(text(_FORGET), {"period": str(LAST)})

    async with database.transaction() as tx:
        figures = await tx.scalar(text(_BARE_COUNT))
    first, again, count, add = await _timed(shown), [], [], []
    for _ in range(_TIMES):  # in turns: whatever else the machine does meets all of them
        await changed()
        again.append(await _timed(shown))
        count.append(await _timed(partial(bare, _BARE_COUNT)))
        add.append(await _timed(partial(bare, _BARE_SUM)))
    return Measured(bases, int(figures or 0), first, *map(statistics.median, (again, count, add)))


async def rows(database_url: str, bases: int, months: int) -> AsyncIterator[tuple[str, str]]:
    """From a quarter of the bases to twice as many: what was measured, in words."""
    measured: dict[int, Measured] = {}
    async with own_database(database_url) as database:
        for many in (bases // 4, bases // 2, bases, bases * 2):
            found = measured[many] = await measure(database, many, months)
            yield (
                f"一期情况：{found.bases} 个基地 × {months} 个月",
                f"{found.again:.2f} 秒（{found.figures:,} 个数；没有已存合计时 {found.first:.2f} 秒）",
            )
            yield "  裸 count(*)，裸按项求和", f"{found.bare_count:.2f} 秒，{found.bare_sum:.2f} 秒"
    whole = measured[bases]
    yield (
        "  比值（对裸按项求和）",
        f"{whole.again / whole.bare_sum:.2f}，没有已存合计时 {whole.first / whole.bare_sum:.2f}",
    )
    yield "  目标 ≤ 1 秒", f"{whole.again:.2f} 秒"
    for few, many in ((bases // 4, bases), (bases // 2, bases * 2)):
        yield _growth(measured[few], measured[many])


def _growth(few: Measured, many: Measured) -> tuple[str, str]:
    """A quarter of it may fit into the processor's caches; beyond them each figure costs the same."""
    return (
        f"  增长：{few.bases} → {many.bases} 个（目标不快于数据）",
        f"数据 {many.figures / few.figures:.1f} 倍，用时 {many.again / few.again:.1f} 倍，"
        f"裸按项求和 {many.bare_sum / few.bare_sum:.1f} 倍",
    )


async def _timed(work: Callable[[], Awaitable[None]]) -> float:
    start = time.perf_counter()
    await work()
    return time.perf_counter() - start
