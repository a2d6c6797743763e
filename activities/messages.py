"""Notices on their way to people: in office hours, once per person, several in one message, every delivery on record."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.calendar import working_days
from activities.courier import Courier, Parcel, raise_for, why_of
from domain.calendar import BusinessTime, WorkingDays
from domain.delivery import Also, Messenger
from domain.notice_truth import true_now
from domain.office_hours import is_office_time, office_instant
from domain.office_tasks import NewTask, OfficeTaskKind, Untold
from domain.policy.members import LEADING_UNIT
from domain.terms import Recipient
from domain.views import REMINDERS, Notice
from persistence.bases import Bases
from persistence.database import Database
from persistence.deliveries import Item
from persistence.office_tasks import OfficeTasks
from persistence.people import Chat, People
from persistence.reach import Person, Reach
from persistence.reminders import WITH_THE_BASE, Reminders
from persistence.standings import Standings
from workflows.ports import MessagesPort

_LOG = logging.getLogger(__name__)

_UNDER_WAY = timedelta(seconds=2)
"""Of machine time: so long a message that left its workflow in office hours may take to be sent."""

_TOGETHER = timedelta(seconds=1)
"""Of machine time: so much later than the first of several decisions the others are on record."""

_LAST_CHANCE = timedelta(minutes=30)
"""Of machine time, longer than the pause between two attempts: who fails so shortly before the end gives up itself."""

_GIVEN_UP = "多次发送未成功，不再重试"


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
        self._courier = Courier(database, clock)

    @activity.defn
    async def notify(self, notice: Notice) -> None:
        """Send to everybody it is for. One person's trouble does not keep the others waiting."""
        now, opens = self._office_hours(notice)
        if opens is not None:
            await self._wait_until(notice, now, opens)
            return
        if notice.kind in WITH_THE_BASE and activity.info().attempt == 1:
            raise _soon()
        await self._courier.sweep(now)
        people = await self._people(notice)
        if not people:
            await self._nobody(notice, now)
            return
        untold, pack = Untold.of(notice, now), partial(self._pack, notice, now)
        failed = [
            (person, error)
            for person in people
            if (error := await self._courier.bring(untold, person, pack, now))
        ]
        if failed and _left() <= _LAST_CHANCE:
            for person, error in failed:
                await self._courier.give_up(untold, person, f"{_GIVEN_UP}：{why_of(error)}", now)
            return
        raise_for([error for _, error in failed])

    def _office_hours(self, notice: Notice) -> tuple[datetime, datetime | None]:
        """Business time now, and when offices open if they are closed."""
        clock, started = self.clock.current, activity.info().started_time
        now = clock.business(started)
        left = office_instant(clock.business(started - _UNDER_WAY), self._days, notice.key)
        if is_office_time(now, self._days) or left <= now:
            return now, None
        return now, office_instant(now, self._days, notice.key)

    async def _wait_until(self, notice: Notice, now: datetime, opens: datetime) -> None:
        """The notice comes again when offices open: no event in history. Too late for that, it is given up."""
        delay = min(self.clock.current.real(opens) - activity.info().started_time, self._looks_again)
        if delay < _left():
            raise ApplicationError(
                f"outside office hours, to be sent at {opens:%Y-%m-%d %H:%M}",
                next_retry_delay=delay,
                category=ApplicationErrorCategory.BENIGN,
            )
        for person in await self._people(notice):
            await self._courier.give_up(Untold.of(notice, now), person, _GIVEN_UP, now)

    async def _people(self, notice: Notice) -> list[Person]:
        async with self._database.transaction() as tx:
            return await Reach(tx).people(await _chats(tx, notice))

    async def _nobody(self, notice: Notice, now: datetime) -> None:
        """The office is told of it, in its list, and sees to it that there is somebody."""
        _LOG.warning("notice %s has nobody to go to", notice.key)
        above = {Recipient.DEPARTMENT, Recipient.OFFICE} & set(notice.to)
        unit = notice.department or (LEADING_UNIT if above or not notice.base_id else None)
        task = NewTask(
            kind=OfficeTaskKind.NO_CONTACT,
            subject=unit or notice.base_id or "",
            base_id=None if unit else notice.base_id,
            untold=Untold.of(notice, now),
        )
        async with self._database.transaction() as tx:
            await OfficeTasks(tx).open_(task, now)

    async def _pack(self, notice: Notice, now: datetime, tx: AsyncConnection, chat: Chat) -> Parcel:
        """The notice as it is true now, with all else that this person is to be told today. Raises OutdatedError."""
        about = await Standings(tx).of(notice)
        true = true_now(notice, about, now)
        also: Sequence[Also] = ()
        if notice.kind in REMINDERS and notice.to:
            also = await Reminders(tx).due_with(notice, chat, now)
        if notice.kind in WITH_THE_BASE and notice.to:
            also = [*await Reminders(tx).decided_with(notice, chat, now), *also]
        items = [Item(one.key, one.base_id, one.kind) for one in (notice, *(a.notice for a in also))]

        async def send(again: bool) -> None:
            no = about.obligation.no if about.obligation else None
            await self._messenger.send(chat.channel, chat.external_id, true, no, also, again)

        return Parcel(items, send)


def _soon() -> ApplicationError:
    """What is decided about all that a base owes is on record in a moment, and told in one message."""
    return ApplicationError(
        "what is decided with it is waited for",
        next_retry_delay=_TOGETHER,
        category=ApplicationErrorCategory.BENIGN,
    )


def _left() -> timedelta:
    """For how long this is tried still."""
    info = activity.info()
    if info.schedule_to_close_timeout is None:
        return timedelta.max
    return info.scheduled_time + info.schedule_to_close_timeout - info.started_time


async def _chats(tx: AsyncConnection, notice: Notice) -> list[Chat]:
    """Whom it is for. Where nobody of the competent department is bound, the office is told in its place."""
    people = People(tx)
    if notice.contact is not None:
        return await Reach(tx).of_contact(notice.contact)
    if notice.department:
        return await people.chats_of_department(notice.department)
    base_id = notice.base_id or ""
    found = (
        await people.chats_for(base_id, notice.obligation_id, notice.to)
        if notice.to
        else await people.chats_of_base(base_id)
    )
    if Recipient.DEPARTMENT in notice.to:
        unit = await Bases(tx).department_of(base_id)
        found += (await people.chats_of_department(unit) if unit else []) or (
            await people.chats_of_department(LEADING_UNIT)
        )
    if Recipient.OFFICE in notice.to:
        found += await people.chats_of_department(LEADING_UNIT)
    return found
