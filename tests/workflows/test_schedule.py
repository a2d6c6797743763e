"""The schedule of the pictures, on a real Temporal server: the other one has no schedules."""

import asyncio
import dataclasses
from datetime import timedelta

import pytest
from temporalio.client import (
    Client,
    ScheduleActionStartWorkflow,
    ScheduleDescription,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from app import schedules
from domain.calendar import Clock
from domain.office_hours import OFFICE_HOURS
from domain.policy.picture import ASKED_AT
from persistence.database import Database
from tests.persistence.province import Province
from tests.support import clock_from, eventually
from tests.workflows.office import Mailbox, at_work, delivered, office_chat
from workflows.converter import plugin

MADE_UP_FOR = {"digest-monthly-2026-01-due", "digest-publication-2025-H2-locked"}
"""On Monday 9 February 2026: both were to go out on Friday."""


@pytest.fixture
async def client(real_temporal: str) -> Client:
    return await Client.connect(real_temporal, plugins=[plugin()])


async def described(client: Client) -> ScheduleDescription:
    return await client.get_schedule_handle(schedules.DIGEST).describe()


async def gone(client: Client) -> None:
    """The next test begins without it."""
    await client.get_schedule_handle(schedules.DIGEST).delete()


@pytest.mark.rule("A10")
async def test_it_is_registered_once_however_many_processes_start(client: Client) -> None:
    await asyncio.gather(*(schedules.register(client, Clock()) for _ in range(4)))
    await schedules.register(client, Clock())
    listed = [s.id async for s in await client.list_schedules()]
    found = (await described(client)).schedule
    (calendar,) = found.spec.calendars
    assert listed == [schedules.DIGEST]
    assert found.spec.time_zone_name == "Asia/Shanghai"
    assert (calendar.hour[0].start, calendar.minute[0].start) == (9, 7)
    assert found.policy.overlap.name == "SKIP"
    assert isinstance(found.action, ScheduleActionStartWorkflow)
    assert found.action.workflow == "Digest"
    await gone(client)


async def test_an_operator_who_paused_it_is_not_overruled(client: Client) -> None:
    await schedules.register(client, Clock())
    handle = client.get_schedule_handle(schedules.DIGEST)
    await handle.pause(note="示例：系统迁移")
    await schedules.register(client, Clock(speed=1000))
    found = (await described(client)).schedule
    assert (found.state.paused, found.state.note) == (True, "示例：系统迁移")
    assert found.spec.intervals[0].every == timedelta(seconds=86.4)
    await gone(client)


@pytest.mark.parametrize(("speed", "seconds"), [(17_520, 5.0), (1000, 86.4), (100_000, 5.0)])
def test_a_fast_clock_is_looked_at_once_a_day_of_its_own_but_not_all_the_time(
    speed: float, seconds: float
) -> None:
    (interval,) = schedules.spec(Clock(speed=speed)).intervals
    assert interval.every == timedelta(seconds=seconds)


def test_it_is_asked_in_office_hours_and_not_on_the_hour() -> None:
    (asked,) = ASKED_AT
    assert any(w.start <= asked.value < w.end for w in OFFICE_HOURS[0].value)
    assert asked.value.minute not in (0, 30)


@pytest.mark.rule("A10", "A14")
async def test_what_is_due_goes_out_once_however_often_it_is_asked(
    client: Client, database: Database
) -> None:
    mailbox = Mailbox()
    await Province(database).base()
    await office_chat(database, "1")
    clock = clock_from("2026-02-09 10:01")

    async def sent() -> list[str]:
        return [key for key, _, state, _ in await delivered(database) if state == "sent"]

    async def runs() -> int:
        return (await described(client)).info.num_actions

    async with at_work(client, database, mailbox, clock):
        await schedules.register(client, Clock(speed=1000))
        handle = client.get_schedule_handle(schedules.DIGEST)
        await handle.trigger()
        await handle.update(_soon)
        await eventually(sent, lambda found: len(found) == 6, seconds=40)
        await eventually(runs, lambda found: found >= 3, seconds=40)
        await handle.pause()
        for each in MADE_UP_FOR:
            await client.get_workflow_handle(each).result()
    await gone(client)
    assert {key.split(":")[0] for key in await sent()} == MADE_UP_FOR
    assert len(mailbox.arrived["1"]) == 6


def _soon(known: ScheduleUpdateInput) -> ScheduleUpdate:
    """Every second, so that it is asked several times while the first are under way."""
    found = known.description.schedule
    (interval,) = found.spec.intervals
    often = dataclasses.replace(interval, every=timedelta(seconds=1))
    return ScheduleUpdate(
        schedule=dataclasses.replace(found, spec=dataclasses.replace(found.spec, intervals=[often]))
    )
