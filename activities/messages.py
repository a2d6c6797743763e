"""Notices on their way to people: once per chat, with every delivery on record."""

import logging
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.calendar import BusinessTime
from domain.delivery import Messenger, SlowDownError, UnreachableError
from domain.views import Notice
from persistence.database import Database
from persistence.people import Chat, Deliveries, People
from workflows.ports import MessagesPort

_LOG = logging.getLogger(__name__)


class MessageActivities(MessagesPort):
    """Sends notices through a messenger."""

    def __init__(self, database: Database, messenger: Messenger, clock: BusinessTime) -> None:
        self._database, self._messenger, self.clock = database, messenger, clock

    @activity.defn
    async def notify(self, notice: Notice) -> None:
        """Send to every chat it is for. One chat's trouble does not keep the others waiting."""
        async with self._database.transaction() as tx:
            chats = await _chats(tx, notice)
            no = await Deliveries(tx).obligation_no(notice.obligation_id) if notice.obligation_id else None
        errors = [error for chat in chats if (error := await self._deliver(notice, chat, no))]
        slow = [e for e in errors if isinstance(e, SlowDownError)]
        if slow:
            delay = timedelta(seconds=max(e.seconds for e in slow))
            raise ApplicationError("the channel asks to wait", next_retry_delay=delay) from slow[0]
        if errors:
            raise errors[0]

    async def _deliver(self, notice: Notice, chat: Chat, no: int | None) -> Exception | None:
        """Send to one chat unless it was sent before; the error if it is to be tried again."""
        async with self._database.transaction() as tx:
            wanted = await Deliveries(tx).queue(
                notice.key, chat, notice.base_id, notice.kind, self.clock.now()
            )
        if not wanted:
            return None
        state = "sent"
        error: Exception | None = None
        try:
            await self._messenger.send(chat.channel, chat.external_id, notice, no)
        except UnreachableError as e:
            _LOG.warning("notice %s cannot reach a chat on %s: %s", notice.key, chat.channel, e)
            state, error = "failed", e
        except Exception as e:
            state, error = "queued", e
        async with self._database.transaction() as tx:
            await Deliveries(tx).mark(
                notice.key, chat, state, self.clock.now(), repr(error) if error else None
            )
        return error if state == "queued" else None


async def _chats(tx: AsyncConnection, notice: Notice) -> list[Chat]:
    if notice.department:
        return await People(tx).chats_of_department(notice.department)
    return await People(tx).chats_of_base(notice.base_id or "")
