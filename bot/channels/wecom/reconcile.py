"""What WeCom could not deliver is lost: it tries three times within fifteen seconds. Who may have written then is told."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError
from sqlalchemy.exc import DBAPIError

from bot.channels.wecom.account import NAME
from bot.intake import is_outage
from bot.reply import Reply
from bot.services import Services
from domain.calendar import SHANGHAI, BusinessTime
from domain.delivery import DeliveryState
from domain.errors import DomainError
from domain.office_hours import is_office_time
from domain.views import Mode
from persistence.database import Database
from persistence.deliveries import Deliveries, Item
from persistence.people import Chat
from persistence.wecom_gaps import MISSED, ChannelSeen, Gap, InForm

_SEEN_EVERY_SECONDS = 5.0
_LOST_AFTER = timedelta(seconds=15)
_TELL_EVERY_SECONDS = 30.0
_LOG = logging.getLogger(__name__)


async def note(database: Database, clock: BusinessTime, now: datetime) -> Gap | None:
    """The way in is open. If it was closed too long before, that, and who is to be told of it, is written down."""
    async with database.transaction() as tx:
        seen = ChannelSeen(tx, NAME)
        gap = await seen.seen(now, _LOST_AFTER)
        count = await seen.missed(gap, clock.now()) if gap else 0
    if gap:
        _LOG.warning("WeCom's callbacks went unanswered %s to %s; %s to be told", gap.since, gap.until, count)
    return gap


async def watch(database: Database, clock: BusinessTime) -> None:
    """In the process that answers callbacks, as long as it does; until cancelled."""
    while True:
        try:
            await note(database, clock, datetime.now(UTC))
        except (OSError, DBAPIError) as e:  # callbacks are not kept either: a gap
            if not is_outage(e):
                raise
            _LOG.warning("the database is away: %r", e)
        await asyncio.sleep(_SEEN_EVERY_SECONDS)


class Reconciliation:
    """Tells who is in the middle of a form that messages may be missing, and where the form stands."""

    def __init__(self, bot: Bot, services: Services) -> None:
        self._bot, self._services = bot, services

    async def run(self) -> None:
        """Look every now and then, until cancelled."""
        while True:
            try:
                await self.tell()
            except Exception as e:
                if not is_outage(e):
                    raise
                _LOG.warning("telling of missed messages waits: %r", e)
            await asyncio.sleep(_TELL_EVERY_SECONDS)

    async def tell(self) -> None:
        """In office hours, each person once for a gap."""
        if not is_office_time(self._services.clock.now(), self._services.days):
            return
        async with self._services.database.transaction() as tx:
            found = await ChannelSeen(tx, NAME).to_tell()
        for one in found:
            await self._tell(one)

    async def _tell(self, one: InForm) -> None:
        item = Item(one.key, one.base_id, MISSED)
        chat = Chat(channel=one.channel, external_id=one.external_id, contact_id=one.contact_id)
        text = await self._text(one)
        now = self._services.clock.now()
        async with self._services.database.transaction() as tx:
            if text is None:
                await Deliveries(tx).not_sent([item], chat, DeliveryState.FAILED, "不再填报")
                return
            await Deliveries(tx).begin([item], chat, now)
        try:
            for part in text.parts:
                await self._bot.send_message(int(one.external_id), part.text, reply_markup=part.markup)
        except TelegramAPIError as e:
            gone = isinstance(e, TelegramForbiddenError | TelegramBadRequest)
            state = DeliveryState.FAILED if gone else DeliveryState.QUEUED
            async with self._services.database.transaction() as tx:
                await Deliveries(tx).not_sent([item], chat, state, e.message)
            return
        async with self._services.database.transaction() as tx:
            await Deliveries(tx).sent([item], chat, now)

    async def _text(self, one: InForm) -> Reply | None:
        """None if the chat is in no form any more."""
        if one.obligation_id is None or one.obligation_no is None:
            return None
        try:
            view = await self._services.gateway.view(one.obligation_id)
        except DomainError:
            return None
        if view.mode in (Mode.IDLE, Mode.SUBMITTED):
            return None
        form = self._services.renderer.view(view, one.obligation_no)
        since, until = (f"{each.astimezone(SHANGHAI):%H:%M}" for each in (one.gap.since, one.gap.until))
        missed = self._services.words.say("wecom.missed", since=since, until=until)
        return form._replace(text=f"{missed}\n\n{form.text}")
