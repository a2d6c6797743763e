"""What a period looks like, aggregated in PostgreSQL: who is expected, how each stands, sums, changes, problems."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import select

from activities.calendar import working_days
from casework.picture import Asked, picture
from domain.calendar import DAY, Period
from domain.forms.questions import NONE_WORD
from domain.league import Counts, Dimension
from domain.picture import Outcome, Picture
from domain.policy.obligations import Suspension, owes
from domain.terms import City, ObligationKind
from domain.terms import ObligationState as S
from persistence.database import Database
from persistence.picture import Pictures, Scope
from persistence.tables import period_sums
from tests.persistence.province import KIND, Province
from tests.support import at

JANUARY = Period.parse("2026-01")
OPEN, LOCKED = at("2026-02-05 10:00"), at("2026-03-02 10:00")
"""Due on 6 February, locked after the 27th."""


async def seen(
    database: Database,
    now: datetime = LOCKED,
    period: str = "2026-01",
    kind: ObligationKind = KIND,
    city: str | None = None,
) -> Picture:
    wanted = Asked(kind, Period.parse(period), city)
    return await picture(database, wanted, now, working_days())


def tally(counts: Counts) -> dict[str, int]:
    return {name: getattr(counts, name) for name in Counts.model_fields if getattr(counts, name)}


def whole(*values: Decimal | None) -> list[int | None]:
    """Numbers without their decimals."""
    return [None if value is None else int(value) for value in values]


@pytest.mark.rule("A10")
async def test_every_base_is_expected_exactly_when_it_owes_the_period(database: Database) -> None:
    """Random lives around the end of the period, against the rule itself."""
    random, province = Random(20260131), Province(database)  # noqa: S311 - not for secrets
    expected = set()

    def some_day() -> date:
        return JANUARY.last_day + DAY * random.randint(-2, 2)

    for _ in range(150):
        started = some_day() if random.random() < 0.6 else date(2025, 7, 1)
        gone = some_day() if random.random() < 0.4 else None
        breaks = []
        if random.random() < 0.6:
            first = some_day()
            last = first + DAY * random.randint(0, 3) if random.random() < 0.7 else None
            breaks.append(Suspension(first=first, last=last))
        base = await province.base(started=started, gone=gone)
        for one in breaks:
            await province.suspended(base, one.first, one.last)
        if owes(JANUARY, started, gone, breaks):
            expected.add(base)
    await province.base(started=None)  # still an application
    found = await seen(database)
    assert {base.base_id for base in found.outstanding} == expected
    assert found.counts.expected == found.counts.missing == len(expected)
    assert 20 < len(expected) < 130, "both kinds of lives were played"


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("state", "on_time", "before_lock", "after_lock"),
    [
        (S.SUBMITTED, True, "on_time", "on_time"),
        (S.ACCEPTED, False, "late", "late"),
        (S.REOPENING, True, "on_time", "on_time"),
        (S.OPEN, None, "open", "missing"),
        (S.RETURNED, True, "open", "missing"),
        (S.MISSING, False, "missing", "missing"),
        (S.WAIVED, None, "waived", "waived"),
        (None, None, "open", "missing"),  # nothing on record at all
    ],
)
async def test_how_a_base_stands(
    database: Database, state: S | None, on_time: bool | None, before_lock: str, after_lock: str
) -> None:
    province = Province(database)
    base = await province.base()
    if state:
        await province.report(base, state=state, on_time=on_time)
    for now, outcome in ((OPEN, before_lock), (LOCKED, after_lock)):
        counts = (await seen(database, now)).counts
        assert tally(counts) == {outcome: 1}
        assert counts.expected == (outcome != "waived")


async def test_an_extension_or_a_clock_that_stands_still_keeps_it_open_after_the_lock(
    database: Database,
) -> None:
    province = Province(database)
    await province.report(await province.base(), state=S.OPEN, locks=LOCKED + timedelta(days=5))
    await province.report(await province.base(), state=S.OPEN, paused=True)
    await province.report(await province.base(), state=S.OPEN)
    found = await seen(database)
    assert tally(found.counts) == {"open": 2, "missing": 1}
    assert [o.outcome for o in found.outstanding] == [Outcome.OPEN, Outcome.OPEN, Outcome.MISSING]


async def test_other_kinds_and_periods_do_not_count(database: Database) -> None:
    province = Province(database)
    base = await province.base()
    await province.report(base, "2025-12")
    await province.report(base, "2025-Q4", kind=ObligationKind.SUPERVISION)
    assert tally((await seen(database)).counts) == {"missing": 1}
    assert tally((await seen(database, period="2025-12")).counts) == {"on_time": 1}
    quarter = await seen(database, period="2025-Q4", kind=ObligationKind.SUPERVISION)
    assert tally(quarter.counts) == {"on_time": 1}
    assert quarter.investment is None
    assert all(place.completion_rank is None for place in quarter.league(Dimension.CITY).places)


async def test_groups_by_city_direction_and_department(database: Database) -> None:
    province = Province(database)
    for city, department, direction, on_time in (
        (City.TAIYUAN, "省教育厅", 3, True),
        (City.TAIYUAN, "省国资委", 3, False),
        (City.DATONG, "省教育厅", 7, True),
        (City.JINCHENG, None, 7, True),
    ):
        base = await province.base(city, department, direction)
        await province.report(base, on_time=on_time)
    found = await seen(database)

    def table(dimension: Dimension) -> list[tuple[str, int | None, int]]:
        return [(p.name, p.on_time_rank, p.counts.expected) for p in found.league(dimension).places]

    assert table(Dimension.CITY) == [("大同", 1, 1), ("晋城", 1, 1), ("太原", 3, 2)]
    assert table(Dimension.DIRECTION) == [("新能源", 1, 2), ("大数据", 2, 2)]
    assert table(Dimension.DEPARTMENT) == [("未登记", 1, 1), ("省教育厅", 1, 2), ("省国资委", 3, 1)]
    own = await seen(database, city=City.TAIYUAN)
    assert tally(own.counts) == {"on_time": 1, "late": 1}
    assert [p.name for p in own.league(Dimension.CITY).places] == ["太原"]


@pytest.mark.rule("A10")
async def test_completion_takes_what_each_base_reported_last(database: Database) -> None:
    """Seven months into the pilot. Who did not report counts with the month before, or what it had at first."""
    province = Province(database)
    reported = await province.base(City.TAIYUAN, plan="1000")
    await province.report(reported, invest_total="600.00")
    silent = await province.base(City.DATONG, plan="1000")
    await province.report(silent, "2025-12", invest_total="500.00")
    await province.base(City.JINCHENG, plan="1000", opening="100")
    await province.base(City.YUNCHENG, plan=None)
    found = await seen(database)
    assert found.investment
    assert found.investment.progress
    assert (found.investment.done, found.investment.plan) == (Decimal("1200.00"), Decimal("3000.00"))
    assert (str(found.investment.progress.completion), str(found.investment.progress.time)) == (
        "40.0",
        "58.3",
    )
    ranked = [(p.name, p.completion_rank) for p in found.league(Dimension.CITY).by_completion]
    assert ranked == [("太原", 1), ("大同", 2), ("晋城", 3)]
    (total,) = [item for item in found.items if item.key == "invest_total"]
    assert (total.period, total.year, total.since_start) == (Decimal("600.00"), None, Decimal("1200.00"))


@pytest.mark.rule("A3", "A10")
async def test_totals_of_the_period_the_year_and_since_the_start(database: Database) -> None:
    province = Province(database)
    base, other = await province.base(), await province.base(City.DATONG)
    for period, certified in (("2025-11", "1"), ("2025-12", "2"), ("2026-01", "4"), ("2026-02", "8")):
        await province.report(base, period, certified=certified, invest_month="0.10", teachers_dual="5")
    await province.report(other, "2026-01", certified="100", invest_month="0.20", teachers_dual="6")
    found = await seen(database, at("2026-04-01 10:00"), "2026-02")
    by_key = {item.key: item for item in found.items}
    people = by_key["certified"]
    assert whole(people.period, people.previous, people.year, people.since_start) == [8, 104, 112, 115]
    assert str(people.change) == "-92.3"
    assert str(by_key["invest_month"].year) == "0.40"
    teachers = by_key["teachers_dual"]
    assert whole(teachers.period, teachers.year, teachers.since_start) == [5, None, None], (
        "how many there are"
    )
    assert "progress" not in by_key
    own = await seen(database, at("2026-04-01 10:00"), "2026-02", city=City.DATONG)
    assert {item.key: item.since_start for item in own.items}["certified"] == 100


async def test_only_the_newest_version_of_what_stands_is_added_up(database: Database) -> None:
    province = Province(database)
    report = await province.report(await province.base(), certified="10")

    async def certified() -> Decimal:
        return {item.key: item.period for item in (await seen(database)).items}["certified"]

    assert await certified() == 10
    await province.stands(report, state=S.RETURNED)
    assert await certified() == 0
    await province.figures(report, 2, {"certified": "30"})
    assert await certified() == 0
    await province.stands(report, state=S.SUBMITTED, version=2)
    assert await certified() == 30
    await province.stands(report, state=S.ACCEPTED)
    assert await certified() == 30


async def test_sums_are_kept_and_made_anew_when_one_report_takes_the_place_of_another(
    database: Database,
) -> None:
    """As many reports in as many versions, and yet others."""
    province = Province(database)
    first = await province.report(await province.base(), certified="10")
    second = await province.report(await province.base(), state=S.RETURNED, version=1, certified="70")

    async def sums() -> Mapping[str, Decimal]:
        scope = Scope(
            kind=KIND, period="2026-01", last_day=JANUARY.last_day, city=None, now=LOCKED, locked=True
        )
        async with database.transaction() as tx:
            (found,) = (await Pictures(tx, scope).sums()).values()
        return found

    async def kept() -> list[dict[str, str]]:
        async with database.transaction() as tx:
            return list((await tx.scalars(select(period_sums.c.sums))).all())

    assert await sums() == {"certified": 10}
    assert await kept() == [{"certified": "10.00"}]
    assert await sums() == {"certified": 10}
    await province.stands(first, state=S.RETURNED)
    await province.stands(second, state=S.SUBMITTED)
    assert await sums() == {"certified": 70}
    assert await kept() == [{"certified": "70.00"}]


@pytest.mark.rule("A10")
async def test_the_biggest_changes_are_those_that_weigh_most(database: Database) -> None:
    province = Province(database)
    big, small, new = [await province.base(name=f"示例{n}") for n in ("大", "小", "新")]
    for base, before, now in ((big, "100", "400"), (small, "90", "60")):
        await province.report(base, "2025-12", certified=before, contests="1", invest_total="1")
        await province.report(base, certified=now, contests="1", invest_total="900")
    await province.report(new, certified="1000", contests="3")  # nothing to compare with
    changes = (await seen(database)).changes
    assert [(c.base, c.key, *whole(c.before, c.now), str(c.weight)) for c in changes] == [
        ("示例大", "certified", 100, 400, "20.5"),
        ("示例小", "certified", 90, 60, "2.1"),
    ]


@pytest.mark.rule("A10")
async def test_problems_by_the_unit_asked_for_help(database: Database) -> None:
    province = Province(database)
    for problems, unit in (
        ("用地指标不足", "省自然资源厅"),
        (NONE_WORD, NONE_WORD),
        ("贷款迟迟未到", "省地方金融监管局"),
        (NONE_WORD, "省自然资源厅"),
        ("示例困难", NONE_WORD),
    ):
        await province.report(await province.base(), problems=problems, help_from=unit)
    await province.report(await province.base(), state=S.RETURNED, version=1, problems="退回的不算")
    found = (await seen(database)).help
    assert [(h.unit, [p.text for p in h.problems]) for h in found] == [
        ("省自然资源厅", ["用地指标不足", ""]),
        ("省地方金融监管局", ["贷款迟迟未到"]),
        (None, ["示例困难"]),
    ]


async def test_a_period_that_nobody_owes(database: Database) -> None:
    found = await seen(database)
    assert (found.counts.expected, found.counts.shares) == (0, None)
    assert (found.outstanding, found.changes, found.help) == ((), (), ())
    assert all(league.places == () for league in found.leagues)


@pytest.mark.parametrize(
    ("now", "locked"), [("2026-02-27 23:59", False), ("2026-02-28 00:00", True), ("2026-02-06 12:00", False)]
)
async def test_deadlines_of_the_period(database: Database, now: str, locked: bool) -> None:
    found = await seen(database, at(now))
    assert (found.due, found.locks, found.locked) == (date(2026, 2, 6), date(2026, 2, 27), locked)
