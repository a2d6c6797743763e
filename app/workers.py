"""The workers: one for workflows and records, one for messages with a rate of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from activities.calendar import CalendarActivities
from activities.messages import MessageActivities
from activities.records import RecordsActivities
from activities.rounds import RoundsActivities
from workflows import queues
from workflows.base import Base
from workflows.call_round import CallRound
from workflows.obligation import Obligation

WORKFLOWS = [CallRound, Base, Obligation]
MESSAGES_PER_SECOND = 25.0
"""Below Telegram's thirty a second."""

_GRACE = timedelta(seconds=10)


@asynccontextmanager
async def running(
    client: Client,
    calendar: CalendarActivities,
    records: RecordsActivities,
    rounds: RoundsActivities,
    messages: MessageActivities,
    messages_per_second: float = MESSAGES_PER_SECOND,
) -> AsyncIterator[None]:
    """Run the workers until the block is left; what is under way is finished first."""
    main = Worker(
        client,
        task_queue=queues.MAIN_QUEUE,
        workflows=WORKFLOWS,
        activities=[
            calendar.plan_year,
            calendar.check_notice,
            calendar.known_days,
            calendar.supplement_until,
            calendar.rest_of_notice,
            records.record_decision,
            records.record_refusal,
            records.open_obligation,
            records.store_submission,
            records.close_obligation,
            rounds.record_round,
            rounds.close_scoring,
            rounds.open_objections,
        ],
        graceful_shutdown_timeout=_GRACE,
    )
    outgoing = Worker(
        client,
        task_queue=queues.MESSAGE_QUEUE,
        activities=[messages.notify],
        max_task_queue_activities_per_second=messages_per_second,
        graceful_shutdown_timeout=_GRACE,
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(main)
        await stack.enter_async_context(outgoing)
        yield
