"""What runs by the calendar of Temporal: the pictures of periods that go to the office."""

from dataclasses import replace
from datetime import date, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from domain.calendar import DAY, SHANGHAI, Clock
from domain.policy.picture import ASKED_AT
from domain.policy.source import on
from workflows import queues
from workflows.digest import Digest
from workflows.messages import DigestInput

DIGEST = "digest"
"""Id of the schedule; the workflows that it starts carry it with the instant."""

SHORTEST = timedelta(seconds=5)
"""Between two looks, however fast the demo's clock runs."""

_CATCH_UP = timedelta(days=3)
"""Of machine time. What was not looked up for longer is looked up once: pictures are made up for by themselves."""


def spec(clock: Clock) -> ScheduleSpec:
    """Once a day in office hours; on the demo's clock, once in what a day takes there."""
    if clock.speed == 1:
        at = on(ASKED_AT, date.max).value
        when = ScheduleCalendarSpec(
            hour=[ScheduleRange(at.hour)], minute=[ScheduleRange(at.minute)], comment="每天，休息日由流程跳过"
        )
        return ScheduleSpec(calendars=[when], time_zone_name=SHANGHAI.key)
    return ScheduleSpec(intervals=[ScheduleIntervalSpec(every=max(DAY / clock.speed, SHORTEST))])


async def register(client: Client, clock: Clock) -> None:
    """Create the schedule, or bring it up to date. Again, or by several processes at once, it changes nothing."""
    wanted = Schedule(
        action=ScheduleActionStartWorkflow(
            Digest.run,
            DigestInput(),
            id=DIGEST,
            task_queue=queues.MAIN_QUEUE,
            static_summary="查今天要发的调度情况",
        ),
        spec=spec(clock),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_CATCH_UP),
    )
    try:
        await client.create_schedule(DIGEST, wanted)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(DIGEST).update(lambda known: _changed(known, wanted))


def _changed(known: ScheduleUpdateInput, wanted: Schedule) -> ScheduleUpdate:
    """As it is wanted, but as paused as an operator has left it."""
    return ScheduleUpdate(schedule=replace(wanted, state=known.description.schedule.state))
