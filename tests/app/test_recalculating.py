"""Deadlines from before the year's holidays were announced: computed again once, when a program knows more, or by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.calendar import CalendarActivities, working_days
from activities.messages import MessageActivities
from app import workers
from app.recalculating import recalculate_if_more_is_known
from domain.calendar import WorkingDays
from domain.lifecycle import Step
from persistence.database import Database
from persistence.obligations import ObligationRow, Obligations
from tests.app.cli import Terminal
from tests.support import Recorder, at, clock_from, eventually, register, state_of
from workflows.gateway import Gateway

OWED = "obligation-base-2021-03-1-monthly-2021-12"


class Program(WorkingDays):
    """What a program knows of the calendar: first that of 2021 only, and weekends; then, newer, all there is."""

    def __init__(self) -> None:
        super().__init__(known_through=2021)

    def becomes_newer(self) -> None:
        """The workers are started anew with the holidays that were announced meanwhile."""
        vars(self).update(vars(working_days()))


async def owed(database: Database) -> ObligationRow:
    async with database.transaction() as tx:
        return await Obligations(tx).get(OWED)


@asynccontextmanager
async def december(env: WorkflowEnvironment, database: Database, program: Program) -> AsyncIterator[Gateway]:
    """A base whose December was opened by a program that knew only weekends."""
    clock = clock_from("2022-01-05 10:20", await env.get_current_time())
    state = state_of(step=Step.PILOT, published_on=date(2021, 7, 1))
    await register(database, state)
    gateway = Gateway(env.client, clock)
    groups = [CalendarActivities(program), *workers.record_keeping(database)[1:]]
    async with workers.running(env.client, groups, [MessageActivities(database, Recorder(), clock)]):
        assert await gateway.start_base(state)
        before = await eventually(lambda: owed(database))
        assert (before.due, before.tentative) == (at("2022-01-08 00:00"), True)
        yield gateway


@pytest.mark.rule("A10")
async def test_when_a_program_knows_more_holidays_what_was_tentative_is_computed_again(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    program = Program()
    async with december(skipping, database, program) as gateway:
        assert await recalculate_if_more_is_known(database, gateway, program) == 1, (
            "who knows what was before"
        )
        assert await recalculate_if_more_is_known(database, gateway, program) is None, "nothing new"
        program.becomes_newer()
        assert await recalculate_if_more_is_known(database, gateway, program) == 1
        after = await eventually(lambda: owed(database), lambda row: not row.tentative)
        assert (after.due, after.locks) == (at("2022-01-11 00:00"), at("2022-01-25 00:00"))
        agenda = (await gateway.base(after.base_id)).agenda
        assert [a.schedule.tentative for a in agenda if a.schedule] == [False] * 11
        assert await recalculate_if_more_is_known(database, gateway, program) is None, "once"


async def test_by_hand(terminal: Terminal, skipping: WorkflowEnvironment, database: Database) -> None:
    terminal.set(TEMPORAL_ADDRESS=skipping.client.service_client.config.target_host)
    assert (await terminal.jiebang("recalculate")).line() == "已通知 0 个基地重算暂定的期限"
    program = Program()
    async with december(skipping, database, program):
        program.becomes_newer()
        assert (await terminal.jiebang("recalculate")).line() == "已通知 1 个基地重算暂定的期限"
        await eventually(lambda: owed(database), lambda row: not row.tentative)
