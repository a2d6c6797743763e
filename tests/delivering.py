"""Notices handed to what sends them, as a workflow's activity does, and what is on record about them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.messages import MessageActivities
from domain.calendar import BusinessTime, Clock
from domain.delivery import Messenger
from domain.views import Notice
from persistence.database import Database
from persistence.tables import chats, deliveries, office_tasks

PATIENCE = timedelta(days=30)


class Told(NamedTuple):
    """How an attempt to tell a notice went."""

    error: Exception | None
    next_try: timedelta | None = None


async def tell(
    database: Database,
    messenger: Messenger,
    clock: BusinessTime,
    notice: Notice,
    scheduled: datetime | None = None,
    started: datetime | None = None,
) -> Told:
    """One attempt; `scheduled` is when the workflow asked for it, by the machine's clock."""
    environment, now = ActivityEnvironment(), started or clock.current.real(clock.now())
    environment.info = replace(
        environment.info,
        scheduled_time=scheduled or now,
        started_time=now,
        schedule_to_close_timeout=PATIENCE,
    )
    try:
        await environment.run(MessageActivities(database, messenger, clock).notify, notice)
    except ApplicationError as e:
        return Told(e, e.next_retry_delay)
    except Exception as e:  # what the server would try again
        return Told(e)
    return Told(None)


async def delivered(database: Database) -> Sequence[Row[Any]]:
    """Every delivery, in the order in which they were queued."""
    async with database.transaction() as tx:
        return (await tx.execute(select(deliveries).order_by(deliveries.c.no))).all()


async def tasks(database: Database) -> Sequence[Row[Any]]:
    """Every task of the office, the oldest first."""
    async with database.transaction() as tx:
        return (await tx.execute(select(office_tasks).order_by(office_tasks.c.id))).all()


async def chat_row(database: Database, external_id: str) -> Row[Any]:
    """What is known of a chat."""
    async with database.transaction() as tx:
        return (await tx.execute(select(chats).where(chats.c.external_id == external_id))).one()


def clock_showing(business: datetime) -> Clock:
    """A clock that shows this business time now."""
    return Clock(origin=datetime.now(UTC), business_origin=business)
