"""Notices on their way to people: in office hours, once per chat, several in one message, every delivery on record."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.calendar import working_days
from domain.calendar import BusinessTime, WorkingDays
from domain.delivery import Also, Messenger, SlowDownError, UnreachableError
from domain.office_hours import is_office_time, office_instant
from domain.policy.members import LEADING_UNIT
from domain.policy.obligations import still_true
from domain.terms import ContactRole, Recipient
from domain.views import REMINDERS, Notice
from persistence.bases import Bases
from persistence.database import Database
from persistence.deliveries import Deliveries
from persistence.obligations import Obligations
from persistence.people import Chat, People
from persistence.reminders import Reminders
from workflows.ports import MessagesPort

_LOG = logging.getLogger(__name__)

_UNDER_WAY = timedelta(seconds=2)
"""Of machine time: so long a message that left its workflow in office hours may take to be sent."""

_ROLES = {Recipient.CONTACT: ContactRole.CONTACT, Recipient.DEPUTY: ContactRole.DEPUTY}


class MessageActivities(MessagesPort):
    """Sends notices through a messenger."""

    def __init__(
        self,
        database: Database,
        messenger: Messenger,
        clock: BusinessTime,
        days: WorkingDays | None = None,
        looks_again: timedelta = timedelta.max,
    ) -> None:
        """`looks_again`: where the clock may be exchanged meanwhile, a message waits no longer at a time."""
        self._database, self._messenger, self.clock = database, messenger, clock
        self._looks_again = looks_again
        self._days = days or working_days()

    @activity.defn
    async def notify(self, notice: Notice) -> None:
        """Send to every chat it is for. One chat's trouble does not keep the others waiting."""
        now = self._wait_for_office_hours(notice)
        async with self._database.transaction() as tx:
            chats = await _chats(tx, notice)
        if not chats:
            _LOG.warning("notice %s has nobody to go to", notice.key)
        errors = [error for chat in chats if (error := await self._deliver(notice, chat, now))]
        slow = [e for e in errors if isinstance(e, SlowDownError)]
        if slow:
            delay = timedelta(seconds=max(e.seconds for e in slow))
            raise ApplicationError("the channel asks to wait", next_retry_delay=delay) from slow[0]
        if errors:
            raise errors[0]

    def _wait_for_office_hours(self, notice: Notice) -> datetime:
        """Business time now. Outside office hours the notice comes again when they begin: no event in history."""
        clock, started = self.clock.current, activity.info().started_time
        now = clock.business(started)
        left = office_instant(clock.business(started - _UNDER_WAY), self._days, notice.key)
        if is_office_time(now, self._days) or left <= now:
            return now
        opens = office_instant(now, self._days, notice.key)
        raise ApplicationError(
            f"outside office hours, to be sent at {opens:%Y-%m-%d %H:%M}",
            next_retry_delay=min(clock.real(opens) - started, self._looks_again),
            category=ApplicationErrorCategory.BENIGN,
        )

    async def _deliver(self, notice: Notice, chat: Chat, now: datetime) -> Exception | None:
        """Send to one chat unless it was sent before; the error if it is to be tried again."""
        async with self._database.transaction() as tx:
            wanted = await Deliveries(tx).queue(notice.key, chat, notice.base_id, notice.kind, now)
        if not wanted:
            return None
        state = "queued"
        error: Exception
        try:
            await self._send(notice, chat, now)
            return None
        except UnreachableError as e:
            _LOG.warning("notice %s cannot reach a chat on %s: %s", notice.key, chat.channel, e)
            state, error = "failed", e
        except Exception as e:  # told to the caller
            error = e
        async with self._database.transaction() as tx:
            await Deliveries(tx).mark(notice.key, chat, state, now, repr(error))
        return error if state == "queued" else None

    async def _send(self, notice: Notice, chat: Chat, now: datetime) -> None:
        """Send with all else that this person is to be told today, and write that down. One at a time for a chat."""
        async with self._database.transaction() as tx:
            deliveries = Deliveries(tx)
            await deliveries.hold(chat)
            if not await deliveries.queue(notice.key, chat, notice.base_id, notice.kind, now):
                return  # it went out with another meanwhile
            no = await _obligation_no(tx, notice, now)
            also = await self._also(tx, notice, chat, now)
            await self._messenger.send(chat.channel, chat.external_id, notice, no, also)
            for key, base_id, kind in (
                (notice.key, notice.base_id, notice.kind),
                *((one.notice.key, one.notice.base_id, one.notice.kind) for one in also),
            ):
                await deliveries.queue(key, chat, base_id, kind, now)
                await deliveries.mark(key, chat, "sent", now)

    async def _also(self, tx: AsyncConnection, notice: Notice, chat: Chat, now: datetime) -> Sequence[Also]:
        if notice.kind not in REMINDERS or not notice.to:
            return ()
        return await Reminders(tx).due_with(notice, chat, now)


async def _obligation_no(tx: AsyncConnection, notice: Notice, now: datetime) -> int | None:
    """The obligation's number, for buttons. Raises UnreachableError if the notice is not true any more."""
    if not notice.obligation_id:
        return None
    row = await Obligations(tx).get(notice.obligation_id)
    if notice.kind in REMINDERS and not still_true(notice.kind, row, now):
        raise UnreachableError(f"{notice.kind} comes too late: {row.state}")
    return row.no


async def _chats(tx: AsyncConnection, notice: Notice) -> list[Chat]:
    """Whom it is for. Where nobody of the competent department is bound, the office is told in its place."""
    people = People(tx)
    if notice.department:
        return await people.chats_of_department(notice.department)
    base_id = notice.base_id or ""
    roles = [role for recipient, role in _ROLES.items() if recipient in notice.to] if notice.to else None
    found = await people.chats_of_base(base_id, roles) if roles or not notice.to else []
    if Recipient.DEPARTMENT in notice.to:
        unit = await Bases(tx).department_of(base_id)
        found += (await people.chats_of_department(unit) if unit else []) or (
            await people.chats_of_department(LEADING_UNIT)
        )
    if Recipient.OFFICE in notice.to:
        found += await people.chats_of_department(LEADING_UNIT)
    return found
