"""Credit accounts on file: one for each lead, booked one after the other, each key once (A9)."""

import asyncio
import itertools
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from domain.errors import NotFound
from domain.lifecycle import Step
from domain.policy.credit import CreditKind, CreditRecord
from domain.policy.credit_account import POINTS, CreditChange, CreditGrade, CreditReason
from persistence.applications import Applications
from persistence.bases import BaseFilter, Bases, NewBase
from persistence.credit import Credit
from persistence.credit_accounts import CreditAccounts, Lead
from persistence.credit_entries import CreditEntry
from persistence.database import Database
from persistence.tables import credit_accounts, credit_events, credit_names
from tests.support import LEAD, at, register, state_of

FIRST, SECOND, THIRD = (f"base-2021-03-{n}" for n in (1, 2, 3))
NOW = at("2026-03-02 10:00")
TODAY = date(2026, 3, 2)
NAME = "示例职业技术大学"
CODE = "12140000MB0KEXAMP1"


async def base(database: Database, base_id: str, lead: str = NAME, code: str | None = None) -> str:
    """A base in its pilot; with a code there is an application of its lead."""
    state = state_of(base_id, Step.PILOT, published_on=date(2025, 7, 1))
    if lead == NAME:
        await register(database, state)
    else:
        async with database.transaction() as tx:
            await Bases(tx).add(NewBase(code=base_id, name=f"示例基地 {base_id}", lead=lead), state)
    if code is not None:
        async with database.transaction() as tx:
            await Applications(tx).create(base_id, LEAD, NOW)
            known = await Applications(tx).get(base_id, lock=True)
            line = f"{lead}，院校，{code}，省教育厅"
            await Applications(tx).save(known, LEAD, NOW, values={"lead": line})
    return base_id


async def booked(
    database: Database, base_id: str, key: str, reason: CreditReason, at_: str = "2026-03-02 10:00"
) -> CreditChange:
    """Book in a transaction of its own."""
    async with database.transaction() as tx:
        return await CreditAccounts(tx).book(base_id, key, reason, at(at_), {"kind": "月调度"})


async def corrected(database: Database, base_id: str, key: str, wrong: str) -> CreditChange | None:
    async with database.transaction() as tx:
        return await CreditAccounts(tx).correct(base_id, key, wrong, NOW, {})


async def entries(database: Database, base_id: str = FIRST) -> list[CreditEntry]:
    """The account of a base's lead, oldest entry first."""
    async with database.transaction() as tx:
        accounts = CreditAccounts(tx)
        account_id = await accounts.identified(await accounts.lead_of(base_id), NOW)
        return list(reversed(await accounts.entries_of(account_id)))


async def graded(database: Database, base_id: str, day: date = TODAY) -> CreditGrade:
    async with database.transaction() as tx:
        return await CreditAccounts(tx).grade_of(base_id, day)


async def listed(database: Database, name: str, code: str = CODE, **dates: date) -> None:
    """Put a party on the list of 严重失信主体."""
    known = {"effective_from": date(2026, 1, 1)} | dates
    record = CreditRecord.model_validate(
        {"name": name, "credit_code": code, "kind": CreditKind.DISHONEST, "source": "示例名单", **known}
    )
    async with database.transaction() as tx:
        await Credit(tx).put([record])


@pytest.mark.rule("A9")
async def test_a_change_is_booked_once_and_told_the_same_again(database: Database) -> None:
    await base(database, FIRST)
    first = await booked(database, FIRST, "a", CreditReason.MISSING)
    assert [first.points, first.total] == [-8, 77]
    assert first.grade_before is first.grade is CreditGrade.B
    assert (await booked(database, FIRST, "b", CreditReason.ON_TIME)).total == 78
    assert await booked(database, FIRST, "a", CreditReason.MISSING, "2026-05-01 10:00") == first
    assert [e.key for e in await entries(database)] == ["a", "b"]
    assert (await entries(database))[0].change == first


@pytest.mark.rule("A9")
async def test_bookings_at_the_same_time_lose_no_points(database: Database) -> None:
    for base_id in (FIRST, SECOND, THIRD):
        await base(database, base_id)
    tasks = [
        booked(database, base_id, f"{base_id}:{n}", CreditReason.LATE)
        for n in range(6)
        for base_id in (FIRST, SECOND, THIRD)
        for _ in range(2)  # each of them delivered twice
    ]
    changes = await asyncio.gather(*tasks)
    found = await entries(database)
    assert [e.change.total for e in found] == [Decimal(85 - 2 * n) for n in range(1, 19)]
    assert {c.total for c in changes} == {e.change.total for e in found}


async def test_the_first_bookings_of_a_lead_open_one_account(database: Database) -> None:
    await base(database, FIRST, code=CODE)
    await base(database, SECOND)
    await asyncio.gather(*(booked(database, b, b, CreditReason.ON_TIME) for b in (FIRST, SECOND)))
    assert await entries(database, FIRST) == await entries(database, SECOND)
    async with database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(credit_accounts)) == 1
        assert await tx.scalar(select(credit_accounts.c.credit_code)) == CODE


@pytest.mark.rule("A9")
@pytest.mark.parametrize("first_code", [CODE, ""])
async def test_bases_of_one_lead_share_an_account_by_name_or_by_code(
    database: Database, first_code: str
) -> None:
    """Registered with and without a code, and under a name from before with the same code."""
    await base(database, FIRST, code=first_code)
    await base(database, SECOND, code=CODE)
    await base(database, THIRD, lead="示例职业技术学院（更名前）", code=CODE)
    for base_id in (FIRST, SECOND, THIRD):
        await booked(database, base_id, base_id, CreditReason.LATE)
    assert [e.base_id for e in await entries(database, FIRST)] == [FIRST, SECOND, THIRD]
    async with database.transaction() as tx:
        names = (await tx.scalars(select(credit_names.c.name).order_by(credit_names.c.name))).all()
    assert set(names) == {NAME, "示例职业技术学院（更名前）"}


async def test_another_lead_has_another_account(database: Database) -> None:
    await base(database, FIRST, code=CODE)
    await base(database, SECOND, lead="示例学院", code="12140000MB0KEXAMP2")
    await booked(database, FIRST, "a", CreditReason.MISSING)
    assert (await booked(database, SECOND, "b", CreditReason.ON_TIME)).total == 86


async def test_a_code_that_the_application_gives_for_somebody_else_does_not_count(database: Database) -> None:
    await base(database, FIRST, code=CODE)
    await booked(database, FIRST, "a", CreditReason.MISSING)
    await base(database, SECOND, lead="示例学院")
    async with database.transaction() as tx:
        await Applications(tx).create(SECOND, LEAD, NOW)
        known = await Applications(tx).get(SECOND, lock=True)
        await Applications(tx).save(known, LEAD, NOW, values={"lead": f"{NAME}，院校，{CODE}，省教育厅"})
        assert await CreditAccounts(tx).lead_of(SECOND) == Lead("示例学院")
    assert (await booked(database, SECOND, "b", CreditReason.ON_TIME)).total == 86


@pytest.mark.rule("A9")
async def test_a_correction_leaves_the_account_as_if_the_entry_had_never_been(database: Database) -> None:
    await base(database, FIRST)
    for key, reason in {"serious": CreditReason.SERIOUSLY_DISHONEST, "missing": CreditReason.MISSING}.items():
        await booked(database, FIRST, key, reason)
    for n in range(3):
        await booked(database, FIRST, f"overdue:{n}", CreditReason.RECTIFICATION_OVERDUE)
    assert (await entries(database))[-1].change.total == 0  # 85 - 60 - 8 - 30: the floor took the rest
    change = await corrected(database, FIRST, "undo", "serious")
    assert change is not None
    assert change.reason is CreditReason.CORRECTED
    assert [change.total, change.points] == [47, 47]
    found = await entries(database)
    assert [e.key for e in found][-1] == "undo", "nothing is removed"
    assert found[-1].corrects == found[0].id


async def test_corrections_are_idempotent_and_take_back_only_what_stands(database: Database) -> None:
    await base(database, FIRST)
    await booked(database, FIRST, "a", CreditReason.MISSING)
    await booked(database, FIRST, "b", CreditReason.LATE)
    undone = await corrected(database, FIRST, "undo a", "a")
    assert undone is not None
    assert undone.total == 83
    assert await corrected(database, FIRST, "undo a", "a") == undone
    assert await corrected(database, FIRST, "once more", "a") is None
    assert await corrected(database, FIRST, "undo c", "c") is None
    assert (await corrected(database, FIRST, "undo b", "b") or undone).total == 85
    assert len(await entries(database)) == 4


@pytest.mark.rule("A9")
async def test_the_grade_is_that_of_the_day(database: Database) -> None:
    await base(database, FIRST)
    assert await graded(database, FIRST) is CreditGrade.B, "where accounts begin"
    await booked(database, FIRST, "a", CreditReason.DISHONEST, "2026-02-10 23:59")
    await booked(database, FIRST, "b", CreditReason.MISSING, "2026-02-20 00:00")
    days = [date(2026, 2, day) for day in (10, 19, 20)]
    assert [await graded(database, FIRST, day) for day in days] == ["C", "C", "D"]
    async with database.transaction() as tx:
        known = [await CreditAccounts(tx).of_lead(Lead(NAME), day) for day in (date(2026, 2, 9), *days)]
    assert [stands.grade for stands in known] == [None, "C", "C", "D"]


@pytest.mark.rule("A9")
async def test_while_its_lead_is_listed_a_base_is_d(database: Database) -> None:
    await base(database, FIRST, code=CODE)
    await listed(database, "示例职业技术学院（更名前）", effective_to=date(2026, 3, 2))
    assert (await booked(database, FIRST, "a", CreditReason.ON_TIME)).grade is CreditGrade.D
    assert await graded(database, FIRST, date(2026, 3, 2)) is CreditGrade.D
    assert await graded(database, FIRST, date(2026, 3, 3)) is CreditGrade.B


async def test_a_base_that_there_is_not_has_no_account(database: Database) -> None:
    with pytest.raises(NotFound):
        await booked(database, "base-2021-03-9", "a", CreditReason.LATE)
    with pytest.raises(NotFound):
        await graded(database, "base-2021-03-9")


NUMBERS = itertools.count()  # no example meets the account of another
EVENTS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(list(POINTS))), max_size=25)


@given(EVENTS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_keys_that_come_again_whenever_change_nothing(
    database: Database, events: list[tuple[int, CreditReason]]
) -> None:
    """What was booked the first time stays; repetitions anywhere between leave all totals alone."""
    lead = Lead(f"示例单位{next(NUMBERS)}")
    firsts = {f"{lead.name}:{n}": reason for n, reason in reversed(events)}
    ordered = list(dict.fromkeys(f"{lead.name}:{n}" for n, _ in events))
    async with database.transaction() as tx:
        accounts = CreditAccounts(tx)
        said: dict[str, CreditChange] = {}
        for n, reason in events:
            key = f"{lead.name}:{n}"
            change = await accounts.book_for(lead, key, reason, NOW, {})
            assert said.setdefault(key, change) == change
        account_id = await accounts.identified(lead, NOW)
        found = list(reversed(await accounts.entries_of(account_id)))
        total = await tx.scalar(select(credit_accounts.c.total).where(credit_accounts.c.id == account_id))
    assert [e.key for e in found] == ordered
    assert [e.change.reason for e in found] == [firsts[key] for key in ordered]
    assert total == (found[-1].change.total if found else 85)


@pytest.mark.rule("A9")
async def test_lists_show_the_grade_that_a_base_has(database: Database) -> None:
    for base_id, lead in ((FIRST, NAME), (SECOND, "示例学院"), (THIRD, "示例失信学院")):
        await base(database, base_id, lead)
    await booked(database, FIRST, "a", CreditReason.DISHONEST)
    await listed(database, "示例失信学院")
    async with database.transaction() as tx:
        rows = Bases(tx)
        shown = {row.id: row.credit_grade for row in await rows.find(BaseFilter(), NOW)}
        assert shown == {FIRST: "C", SECOND: None, THIRD: "D"}
        assert (await rows.get(FIRST, NOW)).credit_grade == "C"
        wanted = await rows.find(BaseFilter(credit_grade=CreditGrade.D), NOW)
        assert [row.id for row in wanted] == [THIRD]


async def test_nothing_is_ever_removed(database: Database) -> None:
    """The counters of entries have no holes after corrections and repetitions."""
    await base(database, FIRST)
    for key in ("a", "b", "a"):
        await booked(database, FIRST, key, CreditReason.LATE)
    await corrected(database, FIRST, "c", "b")
    async with database.transaction() as tx:
        ids = (await tx.scalars(select(credit_events.c.id).order_by(credit_events.c.id))).all()
    assert list(ids) == [1, 2, 3]
