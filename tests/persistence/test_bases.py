"""Bases, their timeline and their rounds."""

import asyncio
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import insert, text

from domain.base import BaseState
from domain.changes import decided
from domain.decisions import Accept, Certify
from domain.errors import NotFound
from domain.ids import base_id
from domain.lifecycle import Step
from domain.policy.rounds import ROUND_2021
from domain.terms import City, LeadKind, Level
from persistence import tables
from persistence.bases import BaseFilter, Bases, NewBase, Timeline
from persistence.database import Database
from persistence.rounds import Rounds
from tests.persistence.samples import BASE, opened, running_base
from tests.support import OFFICE, at, register, state_of

NOW = at("2026-03-10 10:00")


async def test_an_entry_of_the_timeline_is_written_once_per_key(database: Database) -> None:
    await running_base(database)
    async with database.transaction() as tx:
        assert await Timeline(tx).append(BASE, "decision-1", NOW, "受理", OFFICE, {"n": 1})
    async with database.transaction() as tx:
        assert not await Timeline(tx).append(BASE, "decision-1", at("2027-01-01 00:00"), "撤回", OFFICE, {})
        assert await Timeline(tx).append(BASE, "decision-2", NOW, "评议", OFFICE, {"n": 2})
        entries = await Timeline(tx).of(BASE)
    assert [(e.kind, e.at, e.detail) for e in entries] == [("受理", NOW, {"n": 1}), ("评议", NOW, {"n": 2})]


async def test_the_same_key_on_two_bases_is_two_entries(database: Database) -> None:
    await running_base(database, "base-2021-03-1")
    await running_base(database, "base-2021-03-2")
    async with database.transaction() as tx:
        assert await Timeline(tx).append("base-2021-03-1", "decision-1", NOW, "受理", OFFICE, {})
        assert await Timeline(tx).append("base-2021-03-2", "decision-1", NOW, "受理", OFFICE, {})


async def test_the_timeline_is_told_from_the_oldest_entry_and_says_where_the_base_stood(
    database: Database,
) -> None:
    await running_base(database)
    state = state_of(BASE, Step.PILOT, published_on=date(2025, 7, 1))
    async with database.transaction() as tx:
        await Timeline(tx).append(BASE, "b", at("2026-03-02 10:00"), "月调度开启", OFFICE, {})
        await Timeline(tx).append(BASE, "a", at("2026-03-01 10:00"), "公布", OFFICE, {}, state)
        entries = await Timeline(tx).of(BASE)
    assert [(e.kind, e.stage, e.step) for e in entries] == [
        ("公布", "试点培育", "培育建设"),
        ("月调度开启", None, None),
    ]
    assert {e.actor for e in entries} == {OFFICE.id}


async def test_an_older_state_that_comes_late_changes_nothing(database: Database) -> None:
    first = state_of(BASE, Step.FORMAL_REVIEW)
    await register(database, first)
    second = decided(first, Accept(), NOW)
    third = second.model_copy(update={"step": Step.CONFERENCE, "seq": 2})
    async with database.transaction() as tx:
        for state in (third, second, first):
            await Bases(tx).bring_up_to_date(state)
        row = await Bases(tx).get(BASE, NOW)
    assert (row.step, row.stage) == ("联席会议讨论", "揭榜落地")


async def test_the_row_shows_what_was_decided(database: Database) -> None:
    await register(database, state_of(BASE, Step.PLAQUE, published_on=date(2025, 2, 1)))
    state = decided(
        state_of(BASE, Step.PLAQUE, published_on=date(2025, 2, 1)),
        Certify(document_no="晋发改3号", on=NOW.date()),
        NOW,
    )
    async with database.transaction() as tx:
        await Bases(tx).bring_up_to_date(state)
        await Bases(tx).rename(BASE, "示例大数据产教融合重大平台")
        row = await Bases(tx).get(BASE, NOW)
    assert (row.name, row.certificate_no, row.certified_on) == (
        "示例大数据产教融合重大平台",
        "晋发改3号",
        NOW.date(),
    )
    assert (row.pilot_start, row.title) == (date(2025, 2, 1), "省级产教融合重大平台载体和实训基地")
    assert (row.planned_total, row.since) == (Decimal(5000), NOW)


async def test_an_unknown_base_is_not_found(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await Bases(tx).get("base-x", NOW)
        with pytest.raises(NotFound):
            await Rounds(tx).get("1999")
        assert await Bases(tx).id_of_code("x") is None


async def test_a_base_is_found_by_the_number_of_the_office(database: Database) -> None:
    await running_base(database)
    async with database.transaction() as tx:
        assert await Bases(tx).id_of_code(BASE) == BASE


# Lists


def variant(n: int, **facts: object) -> BaseState:
    state = state_of(f"base-2021-03-{n}", Step.PILOT, published_on=date(2025, 7, 1))
    return state.model_copy(update={"facts": state.facts.model_copy(update=facts)})


@pytest.fixture
async def five(database: Database) -> Database:
    """Five bases that differ, the second with an overdue period, the third with one that is due later."""
    await register(database, variant(1))
    await register(database, variant(2, level=Level.CITY, city=City.DATONG))
    await register(database, variant(3, direction=7, lead_kind=LeadKind.ENTERPRISE))
    await register(database, variant(4).model_copy(update={"step": Step.RUNNING}))
    await register(database, variant(5, level=Level.COUNTY))
    async with database.transaction() as tx:
        await tx.execute(
            tables.bases.update().where(tables.bases.c.id == "base-2021-03-5").values(lead="100%_厂")
        )
    await opened(database, "2026-02", "base-2021-03-2")  # due 6 March
    await opened(database, "2026-03", "base-2021-03-3")  # due in April
    return database


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (BaseFilter(), [1, 2, 3, 4, 5]),
        (BaseFilter(stage="试点培育"), [1, 2, 3, 5]),
        (BaseFilter(stage="认定授牌"), [4]),
        (BaseFilter(level="市级"), [2]),
        (BaseFilter(city="太原"), [1, 3, 4, 5]),
        (BaseFilter(city="大同", level="市级"), [2]),
        (BaseFilter(city="大同", level="省级"), []),
        (BaseFilter(direction=7), [3]),
        (BaseFilter(lead="职业技术"), [1, 2, 3, 4]),
        (BaseFilter(lead="%"), [5]),  # a percent sign is a percent sign
        (BaseFilter(lead="0%_厂"), [5]),
        (BaseFilter(lead="_职"), []),
        (BaseFilter(overdue=True), [2]),
        (BaseFilter(overdue=False), [1, 3, 4, 5]),
    ],
)
async def test_a_list_of_bases_is_narrowed_by_what_was_asked(
    five: Database, wanted: BaseFilter, found: list[int]
) -> None:
    async with five.transaction() as tx:
        rows = await Bases(tx).find(wanted, NOW)
    assert [r.id for r in rows] == [f"base-2021-03-{n}" for n in found]


async def test_a_base_is_overdue_only_while_a_period_is_open_past_its_due_day(five: Database) -> None:
    async with five.transaction() as tx:
        late = await Bases(tx).get("base-2021-03-2", NOW)
        in_time = await Bases(tx).get("base-2021-03-2", at("2026-03-06 23:59"))
        at_the_end = await Bases(tx).get("base-2021-03-2", at("2026-03-07 00:00"))
    assert (late.overdue, in_time.overdue, at_the_end.overdue) == (True, False, True)
    assert late.open_due == at("2026-03-07 00:00")


async def test_a_list_goes_on_after_its_cursor_and_shows_each_base_once(five: Database) -> None:
    seen: list[str] = []
    async with five.transaction() as tx:
        while rows := await Bases(tx).find(BaseFilter(), NOW, after=seen[-1] if seen else "", limit=2):
            assert len(rows) <= 2
            seen += [r.id for r in rows]
    assert seen == [f"base-2021-03-{n}" for n in (1, 2, 3, 4, 5)]


async def test_a_contact_answers_for_the_bases_it_is_attached_to(database: Database) -> None:
    contact = await running_base(database, "base-2021-03-1")
    await running_base(database, "base-2021-03-2")
    async with database.transaction() as tx:
        assert [b.id for b in await Bases(tx).of_contact(contact, NOW)] == ["base-2021-03-1"]


# Numbers


async def test_bases_that_apply_at_the_same_time_get_numbers_of_their_own(database: Database) -> None:
    async with database.transaction() as tx:
        await Rounds(tx).add(ROUND_2021)

    async def apply(i: int) -> int:
        async with database.transaction() as tx:
            n = await Bases(tx).next_number("2021", 3)
            await asyncio.sleep(0.01)  # long enough for the others to ask meanwhile
            await Bases(tx).add(
                NewBase(code=f"c{i}", name="示例", lead="示例"), state_of(base_id("2021", 3, n))
            )
        return n

    assert sorted(await asyncio.gather(*(apply(i) for i in range(8)))) == list(range(1, 9))
    async with database.transaction() as tx:
        assert await Bases(tx).next_number("2021", 4) == 1


async def test_the_same_office_number_is_registered_once(database: Database) -> None:
    await running_base(database)
    with pytest.raises(Exception, match="uq_bases_code"):
        async with database.transaction() as tx:
            await Bases(tx).add(NewBase(code=BASE, name="示例", lead="示例"), state_of("base-2021-03-9"))


# Rounds


@pytest.mark.rule("B18")
async def test_a_round_is_written_down_once_with_its_thirty_directions(database: Database) -> None:
    async with database.transaction() as tx:
        assert await Rounds(tx).add(ROUND_2021)
        assert not await Rounds(tx).add(ROUND_2021)
        found = await Rounds(tx).get("2021")
        directions = await Rounds(tx).directions("2021")
    assert (found.deadline, found.deadline_clause) == (at("2022-01-22 00:00"), "《发榜公告》六-2")
    assert [d.no for d in directions] == list(range(1, 31))
    assert (directions[2].majors, directions[2].clause) == (["电子与信息大类"], "《发榜公告》附件1第3项")


async def test_bases_taken_over_have_a_round_without_dates(database: Database) -> None:
    async with database.transaction() as tx:
        await Rounds(tx).add_taken_over("taken", "既有基地")
        await Rounds(tx).add_taken_over("taken", "既有基地")
        assert (await Rounds(tx).get("taken")).deadline is None


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    async def add_and_fail() -> None:
        async with database.transaction() as tx:
            await tx.execute(insert(tables.contacts).values(name="示例"))
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        await add_and_fail()
    async with database.transaction() as tx:
        assert await tx.scalar(text("select count(*) from contacts")) == 0
