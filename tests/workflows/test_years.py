"""Years go by: a 29 February, each New Year a fresh run, no period missed or doubled."""

import asyncio
from datetime import date

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.calendar import Period
from domain.decisions import ApplyCertification, Certify, PassAcceptance, Terminate
from domain.lifecycle import Stage, Step
from domain.policy.grounds import Ground
from domain.terms import ObligationState
from persistence.database import Database
from tests.support import LEAD, at, clock_from, eventually, state_of
from tests.workflows.scene import Outage, name, new_base_id, playing


def months(first: str, last: str) -> list[str]:
    found = [Period.parse(first)]
    while str(found[-1]) != last:
        found.append(found[-1].next)
    return [str(m) for m in found]


@pytest.mark.rule("A10")
async def test_three_years_from_a_29_february_miss_and_double_no_period(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2024, 2, 29))
    async with playing(skipping, database, "2024-02-29 09:00", state) as base:
        assert (await base.base()).next_due == at("2025-03-01 00:00")
        runs = [await base.run_id()]

        await base.until("2024-12-31 23:00")
        before = await base.base()
        await base.until("2025-01-01 01:00")
        runs.append(await eventually(base.run_id, lambda found: found != runs[-1]))
        after = await eventually(base.base, lambda b: bool(b.agenda))
        assert (after.state, after.open, after.next_due) == (before.state, before.open, before.next_due)
        assert before.agenda == ()

        await base.until("2025-02-28 23:59")
        assert await base.step() == Step.PILOT
        await base.until("2025-03-01 00:01")
        await eventually(base.step, lambda step: step == Step.CERTIFICATION_DUE)
        await base.decide(ApplyCertification(), LEAD)
        await base.decide(PassAcceptance())
        await base.decide(Certify(document_no="晋发改〔2025〕1号", on=date(2025, 3, 1)))

        for year in (2026, 2027):
            await base.until(f"{year}-01-01 01:00")
            runs.append(await eventually(base.run_id, lambda found: found != runs[-1]))
        await base.until("2027-03-01 08:00")

        owed = await base.owed()
        assert owed == {
            "月调度": months("2024-02", "2027-01"),
            "季督导": months("2024-Q1", "2026-Q4"),
            "半年发布": months("2024-H1", "2026-H2"),
            "年考核": ["2024", "2025", "2026"],
            "年度综合报告": ["2024", "2025", "2026"],
        }
        total = sum(map(len, owed.values()))
        kinds = await base.kinds()
        assert (kinds.count("月调度开启"), kinds.count("缺报")) == (36, total)
        assert base.told().count("opened") == total
        assert (await base.base()).state.stage is Stage.CERTIFIED

        assert len(set(runs)) == 4
        for old in runs[:-1]:
            history = await skipping.client.get_workflow_handle(base.base_id, run_id=old).fetch_history()
            assert name(history.events[-1]) == "WORKFLOW_EXECUTION_CONTINUED_AS_NEW"


async def test_a_period_that_is_still_open_at_new_year_is_carried_into_the_next_run(
    skipping: WorkflowEnvironment, database: Database, database_url: str
) -> None:
    """November locks on 21 December; with the database away since, its obligation cannot end."""
    state = state_of(new_base_id(), Step.RUNNING, published_on=date(2021, 6, 1))
    records = Outage(database_url)
    day_per_minute = 1440.0
    async with playing(
        skipping, database, "2022-12-20 12:00", state, records=records, speed=day_per_minute
    ) as base:
        await base.opened("2022-11")
        records.away, first = True, await base.run_id()
        for day in ("2022-12-22 10:00", "2022-12-25 10:00", "2022-12-31 10:00", "2023-01-01 12:00"):
            await base.until(day)
        await eventually(base.run_id, lambda found: found != first)
        carried = await eventually(base.base, lambda b: bool(b.agenda))
        assert list(carried.open) == [base.obligation_id("2022-11")]
        assert carried.overdue
        records.away = False
        passing = asyncio.create_task(base.until("2023-01-02 12:00"))  # stands still once the child has ended
        assert (await base.ended("2022-11")).state is ObligationState.MISSING
        assert (await base.kinds()).count("缺报") == 1
        passing.cancel()
    await records.close()


async def test_the_agenda_holds_each_period_of_the_year_once(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.RUNNING, published_on=date(2023, 2, 1))
    async with playing(skipping, database, "2025-01-01 08:00", state) as base:
        agenda = (await eventually(base.base, lambda b: bool(b.agenda))).agenda
        planned = [(a.schedule.kind, a.schedule.period) for a in agenda if a.schedule]
        assert len(planned) == len(set(planned)) == 12 + 4 + 2 + 1 + 1
        assert [p for kind, p in planned if kind == "月调度"] == months("2024-12", "2025-11")
        assert [p for kind, p in planned if kind == "季督导"] == months("2024-Q4", "2025-Q3")
        assert all(a.days_left is None for a in agenda)


async def test_a_base_taken_over_in_mid_month_opens_what_can_still_be_handed_in(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2022, 6, 1))
    async with playing(skipping, database, "2022-11-10 15:00", state) as base:
        await eventually(base.periods, lambda found: list(found) == ["2022-10"])
        assert (await base.base()).overdue  # due on the 7th
        await base.hand_in("2022-10")
        assert (await base.ended("2022-10")).on_time is False


async def test_a_base_that_leaves_at_midnight_of_new_year_still_owes_december(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    """Published on 1 December: thirty days after its pilot is exactly the end of the next year."""
    state = state_of(new_base_id(), Step.CERTIFICATION_DUE, published_on=date(2021, 12, 1))
    async with playing(skipping, database, "2022-12-30 12:00", state) as base:
        await base.until("2023-01-01 00:01")
        await eventually(base.step, lambda step: step == Step.TERMINATED)
        await base.opened("2022-12")
        await base.hand_in("2022-12")
        assert (await base.ended("2022-12")).state is ObligationState.SUBMITTED
        assert list(await base.periods()) == ["2022-12"]
        await base.until("2023-01-03 15:00")  # whoever left at midnight is told when offices are open
        await base.completed()


async def test_a_period_that_began_while_the_workers_were_away_over_new_year_is_not_forgotten(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    """For a base it is the same whether workers come back late or its clock is set forward."""
    state = state_of(new_base_id(), Step.RUNNING, published_on=date(2021, 6, 1))
    async with playing(skipping, database, "2022-12-30 12:00", state) as base:
        await eventually(base.base, lambda b: b.agenda == ())
        await base.handle.signal(
            "set_clock", clock_from("2023-02-10 12:00", await skipping.get_current_time())
        )
        await eventually(base.periods, lambda found: list(found) == ["2022-12", "2023-01"])
        assert (await base.ended("2022-12")).state is ObligationState.MISSING
        assert list((await base.base()).open) == [base.obligation_id("2023-01")]


async def test_who_leaves_in_the_month_does_not_owe_it_but_hands_in_what_is_open(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2022, 2, 1))
    async with playing(skipping, database, "2022-05-05 12:00", state) as base:
        await base.opened("2022-04")
        await base.decide(Terminate(reason="停建", ground=Ground.HALTED, document_no="示例函1号"))
        await base.hand_in("2022-04")
        await base.completed()  # so nothing more can open
        assert list(await base.periods()) == ["2022-04"]
        assert (await base.periods())["2022-04"].state is ObligationState.SUBMITTED
