"""The workers: one for workflows and records, one for messages with a rate of its own."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from activities.assessment import AssessmentActivities
from activities.calendar import CalendarActivities
from activities.funds import FundsActivities
from activities.records import RecordsActivities
from activities.rounds import RoundsActivities
from activities.supervision import SupervisionActivities
from bot.words import chinese
from persistence.database import Database
from workflows import queues
from workflows.assessment import Assessment
from workflows.base import Base
from workflows.call_round import CallRound
from workflows.credit_news import CreditNews
from workflows.digest import Digest
from workflows.news import News
from workflows.obligation import Obligation
from workflows.supervision import Supervision

WORKFLOWS = [CallRound, Base, Obligation, Supervision, Assessment, CreditNews, News, Digest]
MESSAGES_PER_SECOND = 25.0
"""Below Telegram's thirty a second."""
MESSAGES_AT_ONCE = 16
"""One connection to the database each: with all of them at work there are some left. None is kept while a platform is
waited for."""

_GRACE = timedelta(seconds=10)


def record_keeping(database: Database) -> list[object]:
    """The groups of activities that work on the database alone."""
    return [
        CalendarActivities(),
        RecordsActivities(database),
        RoundsActivities(database, chinese().refusal),
        FundsActivities(database),
        SupervisionActivities(database),
        AssessmentActivities(database),
    ]


def activities_of(groups: Sequence[object]) -> list[Callable[..., Any]]:
    """Every activity of the groups: what their ports declare."""
    return [
        getattr(group, name)
        for group in groups
        for name in dir(group)
        if hasattr(getattr(group, name), "__temporal_activity_definition")
    ]


@asynccontextmanager
async def running(
    client: Client,
    groups: Sequence[object],
    messages: Sequence[object],
    messages_per_second: float = MESSAGES_PER_SECOND,
) -> AsyncIterator[None]:
    """Run the workers until the block is left; what is under way is finished first.

    `messages` are the groups of activities that send something to people.
    """
    main = Worker(
        client,
        task_queue=queues.MAIN_QUEUE,
        workflows=WORKFLOWS,
        activities=activities_of(groups),
        graceful_shutdown_timeout=_GRACE,
    )
    outgoing = Worker(
        client,
        task_queue=queues.MESSAGE_QUEUE,
        activities=activities_of(messages),
        max_concurrent_activities=MESSAGES_AT_ONCE,
        max_task_queue_activities_per_second=messages_per_second,
        graceful_shutdown_timeout=_GRACE,
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(main)
        await stack.enter_async_context(outgoing)
        yield
