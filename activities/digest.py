"""The picture of a period on its way to the office's chats: a message, a chart and a workbook, once each."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.calendar import working_days
from activities.courier import Courier, Parcel, raise_for
from casework import picture_chart, picture_sheet
from casework.picture import Asked, file_name, picture
from domain.calendar import DAY, BusinessTime, Clock, Period, WorkingDays, business_day
from domain.delivery import Attachment, OfficeMessenger
from domain.digest import DigestDue, due_on, goes_out
from domain.office_hours import is_office_time, office_instant
from domain.office_tasks import Untold
from domain.policy.members import LEADING_UNIT
from persistence.database import Database
from persistence.deliveries import Item
from persistence.digests import Digests
from persistence.people import Chat, People
from persistence.reach import Person, Reach
from workflows.ports import DigestPort

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PNG = "image/png"

_LOG = logging.getLogger(__name__)
_KIND = "digest"
_TAKES = timedelta(minutes=1)
"""Of business time. Nothing is begun so shortly before offices close."""
_WORTH_WAITING = timedelta(seconds=5)
"""Of machine time: so long the picture that has just been made is kept for offices to open."""
_SHORTEST = timedelta(milliseconds=1)
_LOOKS_AGAIN = timedelta(seconds=30)
"""Of machine time, where the clock may be exchanged meanwhile."""

Send = Callable[[Chat, bool], Awaitable[None]]
"""To a chat; whether it may have arrived there before."""


class DigestActivities(DigestPort):
    """Sends the office what it is to have of a period."""

    def __init__(
        self,
        database: Database,
        messenger: OfficeMessenger,
        clock: BusinessTime,
        days: WorkingDays | None = None,
    ) -> None:
        self._database, self._messenger, self.clock = database, messenger, clock
        self._days = days or working_days()
        self._courier = Courier(database, clock)

    @activity.defn
    async def digests_due(self) -> tuple[DigestDue, ...]:
        """Those of today and of the few days before that have not begun to go out.

        Where days pass in seconds nobody knows at which hour this is asked: those of tomorrow too, and they wait.
        """
        ahead = timedelta(0) if isinstance(self.clock, Clock) else DAY
        found = due_on(business_day(self._now() + ahead), self._days)
        async with self._database.transaction() as tx:
            begun = await Digests(tx).begun(_key(due, "text") for due in found)
        return tuple(due for due in found if _key(due, "text") not in begun)

    @activity.defn
    async def wait_for_digest(self, due: DigestDue) -> timedelta:
        """Machine time until it goes out; nothing if it does now."""
        now = self._now()
        at = goes_out(due, now, self._days)
        if at <= now:
            return timedelta(0)
        left = max((at - now) / self.clock.current.speed, _SHORTEST)
        return left if isinstance(self.clock, Clock) else min(left, _LOOKS_AGAIN)

    @activity.defn
    async def send_digest(self, due: DigestDue) -> None:
        """Message, chart and workbook to everybody of the office. One's trouble does not keep the others waiting."""
        begun = time.monotonic()
        async with self._database.transaction() as tx:
            people = await Reach(tx).people(await People(tx).chats_of_department(LEADING_UNIT))
        if not people:
            _LOG.warning("notice %s has nobody to go to", due.id)
            return
        parts = await self._parts(due, self._now())
        now = await self._in_office_hours(due, begun)
        raise_for([error for person in people if (error := await self._all_to(person, due, parts, now))])

    def _now(self, begun: float | None = None) -> datetime:
        """Business time: when this was started, or so long after as has passed since `begun`."""
        passed = timedelta(seconds=time.monotonic() - begun) if begun else timedelta(0)
        return self.clock.current.business(activity.info().started_time + passed)

    async def _in_office_hours(self, due: DigestDue, begun: float) -> datetime:
        """Business time now. Shortly before offices open that is waited for; else it is tried again when they do."""
        now = self._now(begun)
        opens = self._opens(now, due)
        wait = (opens - now) / self.clock.current.speed
        if wait > _WORTH_WAITING:
            raise ApplicationError(
                f"outside office hours, to be sent at {opens:%Y-%m-%d %H:%M}",
                next_retry_delay=wait if isinstance(self.clock, Clock) else min(wait, _LOOKS_AGAIN),
                category=ApplicationErrorCategory.BENIGN,
            )
        await asyncio.sleep(wait.total_seconds())
        return max(opens, now)

    def _opens(self, now: datetime, due: DigestDue) -> datetime:
        """`now` if there is time enough before offices close, otherwise soon after they open again."""
        if is_office_time(now, self._days) and is_office_time(now + _TAKES, self._days):
            return now
        return office_instant(now + _TAKES, self._days, due.id)

    async def _parts(self, due: DigestDue, now: datetime) -> Mapping[str, Send]:
        """What is sent, by the end of its business key, in that order."""
        wanted = Asked(due.kind, Period.parse(due.period))
        shown = await picture(self._database, wanted, now, self._days)
        chart = await asyncio.to_thread(picture_chart.png, shown)
        table = await asyncio.to_thread(picture_sheet.xlsx, shown)

        async def say(chat: Chat, again: bool) -> None:
            await self._messenger.send_picture(chat.channel, chat.external_id, shown, again)

        async def give(file: Attachment, chat: Chat, again: bool) -> None:
            await self._messenger.send_file(chat.channel, chat.external_id, file, again)

        files = {
            "chart": Attachment(name=file_name(shown, "png"), media_type=PNG, content=chart),
            "table": Attachment(name=file_name(shown, "xlsx"), media_type=XLSX, content=table),
        }
        return {"text": say} | {part: partial(give, file) for part, file in files.items()}

    async def _all_to(
        self, person: Person, due: DigestDue, parts: Mapping[str, Send], now: datetime
    ) -> Exception | None:
        """Every part that this person has not got yet; the error if it is to be tried again, and then none after it."""
        for part, send in parts.items():
            untold = Untold(key=_key(due, part), kind=_KIND, about=f"{due.period} {due.kind}", at=now)
            error = await self._courier.bring(untold, person, partial(_pack, untold, send), now)
            if error:
                return error
        return None


async def _pack(untold: Untold, send: Send, tx: AsyncConnection, chat: Chat) -> Parcel:
    return Parcel([Item(untold.key, None, untold.kind)], partial(send, chat))


def _key(due: DigestDue, part: str) -> str:
    return f"{due.id}:{part}"
