"""Objections to a public notice: who may file, how many of one address count, how they are resolved."""

import asyncio
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from domain.errors import NotFound, Refused, Stale
from domain.lifecycle import Step
from domain.policy.objections import ObjectionState, shortcomings
from persistence import tables
from persistence.database import Database
from persistence.objections import Objections
from tests.support import at, register, state_of

NOW = at("2022-05-09 10:00")
BASE = "base-2021-03-1"
REASON = "该单位不具备所申报的场地条件，请核实。"
OPEN, MERGED = ObjectionState.OPEN, ObjectionState.MERGED
UPHELD, DISMISSED = ObjectionState.UPHELD, ObjectionState.DISMISSED


@pytest.fixture
async def shown(database: Database) -> Database:
    """A base is in its public notice."""
    await register(database, state_of(BASE, Step.NOTICE))
    return database


async def file(database: Database, address: str = "a", now: datetime = NOW) -> tuple[int, ObjectionState]:
    async with database.transaction() as tx:
        return await Objections(tx).file(BASE, "示例公民", "0351-0000000", REASON, address, now)


@pytest.mark.rule("B14")
async def test_an_objection_is_kept_with_name_contact_and_reason(shown: Database) -> None:
    number, state = await file(shown)
    async with shown.transaction() as tx:
        row = await Objections(tx).get(number)
    assert state is OPEN
    assert (row.base_id, row.name, row.contact, row.reason) == (BASE, "示例公民", "0351-0000000", REASON)
    assert row.at == NOW
    assert (row.resolution, row.resolved_at) == (None, None)


@pytest.mark.rule("B14")
@pytest.mark.parametrize("step", [step for step in Step if step is not Step.NOTICE])
async def test_only_a_base_in_its_public_notice_can_be_objected_to(database: Database, step: Step) -> None:
    await register(database, state_of(BASE, step))
    with pytest.raises(Refused) as caught:
        await file(database)
    assert caught.value.refusal.code == "objection.not_now"
    assert caught.value.refusal.clause is not None
    assert caught.value.refusal.clause.cite() == "《发榜公告》五(三)"


async def test_no_objection_to_what_there_is_not(database: Database) -> None:
    with pytest.raises(NotFound):
        await file(database)


async def test_the_fourth_of_one_address_and_day_is_kept_but_stops_nothing(shown: Database) -> None:
    states = [(await file(shown))[1] for _ in range(5)]
    assert states == [OPEN, OPEN, OPEN, MERGED, MERGED]
    assert (await file(shown, address="b"))[1] is OPEN
    assert (await file(shown, now=NOW + timedelta(days=1)))[1] is OPEN
    async with shown.transaction() as tx:
        assert len(await Objections(tx).of_round("2021")) == 7
        assert len(await Objections(tx).of_round("2021", state=MERGED)) == 2


async def test_the_limit_counts_for_each_base_by_itself(shown: Database) -> None:
    other = "base-2021-04-1"
    state = state_of(other, Step.NOTICE)
    facts = state.facts.model_copy(update={"direction": 4})
    await register(shown, state.model_copy(update={"facts": facts}))
    for _ in range(3):
        await file(shown)
    async with shown.transaction() as tx:
        filed = await Objections(tx).file(other, "示例公民", "0351-0000000", REASON, "a", NOW)
    assert filed[1] is OPEN
    assert (await file(shown))[1] is MERGED


async def test_the_day_of_the_limit_is_that_of_shanghai(shown: Database) -> None:
    for _ in range(3):
        await file(shown, now=at("2022-05-09 23:59"))
    assert (await file(shown, now=at("2022-05-09 23:59")))[1] is MERGED
    assert (await file(shown, now=at("2022-05-10 00:00")))[1] is OPEN


async def test_a_resolved_objection_makes_no_room_for_another_of_the_same_day(shown: Database) -> None:
    numbers = [(await file(shown))[0] for _ in range(3)]
    async with shown.transaction() as tx:
        await Objections(tx).resolve(numbers[0], DISMISSED, "经核查不属实", NOW)
    assert (await file(shown))[1] is MERGED


async def test_of_a_flood_from_one_address_all_are_kept_and_three_are_open(shown: Database) -> None:
    """At the same time, each in a transaction of its own."""
    states = [state for _, state in await asyncio.gather(*(file(shown) for _ in range(300)))]
    assert (states.count(OPEN), states.count(MERGED)) == (3, 297)
    async with shown.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(tables.objections)) == 300
        assert len(await Objections(tx).open_of(BASE)) == 3


@pytest.mark.rule("B14")
@pytest.mark.parametrize("outcome", [UPHELD, DISMISSED])
async def test_a_resolution_is_given_once_and_the_same_again_changes_nothing(
    shown: Database, outcome: ObjectionState
) -> None:
    first, second = (await file(shown))[0], (await file(shown))[0]
    other = DISMISSED if outcome is UPHELD else UPHELD
    async with shown.transaction() as tx:
        objections = Objections(tx)
        await objections.resolve(first, outcome, "核查结论一", NOW)
        await objections.resolve(first, outcome, "核查结论二", NOW + timedelta(hours=1))
        row = await objections.get(first)
        assert (row.state, row.resolution, row.resolved_at) == (outcome, "核查结论一", NOW)
        assert await objections.open_of(BASE) == [second]
        with pytest.raises(Stale) as caught:
            await objections.resolve(first, other, "核查结论三", NOW)
    assert caught.value.refusal.params["state"] == outcome


async def test_what_there_is_not_cannot_be_resolved(shown: Database) -> None:
    async with shown.transaction() as tx:
        with pytest.raises(NotFound):
            await Objections(tx).resolve(99, UPHELD, "核查结论", NOW)
        with pytest.raises(ValueError, match="no resolution"):
            await Objections(tx).resolve(99, OPEN, "核查结论", NOW)


@pytest.mark.rule("B14")
@pytest.mark.parametrize(
    ("name", "contact", "reason", "codes"),
    [
        ("示例公民", "0351-0000000", "十个字的理由是够了的", []),
        ("示例公民", "0351-0000000", "理" * 2000, []),
        ("示例公民", "0351-0000000", "理" * 2001, ["objection.bad_reason"]),
        ("示例公民", "0351-0000000", "九个字的理由还不够", ["objection.bad_reason"]),
        ("示", "0351-0000000", REASON, ["objection.bad_name"]),
        ("示例公民", "0351", REASON, ["objection.bad_contact"]),
        ("", "", "", ["objection.bad_name", "objection.bad_contact", "objection.bad_reason"]),
    ],
)
def test_an_objection_is_signed_reachable_and_reasoned(
    name: str, contact: str, reason: str, codes: list[str]
) -> None:
    found = [e.refusal for e in shortcomings(name, contact, reason, date(2022, 5, 9))]
    assert [refusal.code for refusal in found] == codes
    assert {r.clause.cite() for r in found if r.clause} <= {"本系统约定异议"}
    assert all(refusal.clause for refusal in found)
