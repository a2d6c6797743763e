"""Who has blocked the bot, and who is back: noticed before anything is sent there in vain. And groups."""

import logging
import math
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from aiogram import BaseMiddleware, Router
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.exceptions import TelegramForbiddenError
from aiogram.types import ChatMemberUpdated, Message, TelegramObject, Update
from sqlalchemy.exc import SQLAlchemyError

from bot.handlers.filters import InGroup
from bot.services import Services
from domain.office_tasks import NewTask, OfficeTaskKind
from persistence.office_tasks import OfficeTasks
from persistence.reach import Reach

_LOG = logging.getLogger(__name__)
_BLOCKED = "blocked by the user"
_WORTH_NOTING = timedelta(seconds=10)
"""A chat that is in use is noted so often: which of a person's chats was used last need not be known better."""
_MOST_CHATS = 10_000


async def changed(event: ChatMemberUpdated, services: Services, channel: str) -> None:
    """`my_chat_member`: the person has blocked the bot, or unblocked it. What groups do is nothing to us."""
    if event.chat.type != ChatType.PRIVATE:
        return
    external_id = str(event.chat.id)
    if event.new_chat_member.status == ChatMemberStatus.KICKED:
        await blocked(services, channel, external_id)
    else:
        await _back(services, channel, external_id)


async def blocked(services: Services, channel: str, external_id: str) -> None:
    """Nothing arrives there any more. The office is told if the contact has no other chat."""
    now = services.clock.now()
    async with services.database.transaction() as tx:
        contact = await Reach(tx).gone(channel, external_id, _BLOCKED)
        if contact is not None and not await Reach(tx).any_left(contact):
            task = NewTask(
                kind=OfficeTaskKind.UNREACHABLE,
                subject=str(contact),
                base_id=await Reach(tx).base_of(contact),
                contact_id=contact,
                channel=channel,
                why=_BLOCKED,
            )
            await OfficeTasks(tx).open_(task, now)


async def _back(services: Services, channel: str, external_id: str) -> None:
    async with services.database.transaction() as tx:
        contact = await Reach(tx).back(channel, external_id)
        if contact is not None:
            await OfficeTasks(tx).settle(services.clock.now(), contact)


class Presence(BaseMiddleware):
    """Notes in which chat a person was last, after the answer has gone; and that nothing arrives there any more."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str], float] = {}  # when, by the monotonic clock

    async def __call__(self, handler: Any, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Work the update through, then note it."""
        services: Services = data["services"]
        channel: str = data["channel"]
        sender = _sender(event)
        try:
            done = await handler(event, data)
        except TelegramForbiddenError:
            if sender:
                self._noted.pop((channel, sender), None)
                await blocked(services, channel, sender)
            raise
        if sender and self._worth_noting((channel, sender)):
            await _note(services, channel, sender)
        return done

    def _worth_noting(self, chat: tuple[str, str]) -> bool:
        """Whether it was not noted a moment ago: answers in quick succession cost no statement."""
        now = time.monotonic()
        if now - self._noted.get(chat, -math.inf) < _WORTH_NOTING.total_seconds():
            return False
        if len(self._noted) >= _MOST_CHATS:
            self._noted.clear()
        self._noted[chat] = now
        return True


def _sender(event: TelegramObject) -> str | None:
    """Who wrote or tapped something in a chat of their own."""
    if not isinstance(event, Update):
        return None
    said = event.message or event.callback_query
    private = event.message is None or event.message.chat.type == ChatType.PRIVATE
    return str(said.from_user.id) if said and said.from_user and private else None


async def _note(services: Services, channel: str, external_id: str) -> None:
    now = datetime.now(UTC)
    try:
        async with services.database.statement() as tx:
            was_gone = await Reach(tx).used(channel, external_id, now, now - _WORTH_NOTING)
        if was_gone:
            await _back(services, channel, external_id)
    except (OSError, SQLAlchemyError) as e:
        _LOG.warning("a chat on %s was in use, which is not noted: %r", channel, e)


async def in_a_group(message: Message, services: Services) -> None:
    """Figures are not discussed in groups. Who speaks to the bot there is told so; the others are none of its business."""
    if await _is_for_us(message):
        await message.answer(services.words.say("chat.private_only"))


async def _is_for_us(message: Message) -> bool:
    """A command that names no other bot, a mention, or a reply to what the bot has said."""
    assert message.bot is not None  # noqa: S101 - updates are mounted to their bot
    me, text = await message.bot.me(), message.text or message.caption or ""
    replied = message.reply_to_message and message.reply_to_message.from_user
    if replied and replied.id == me.id:
        return True
    if text.startswith("/") and "@" not in text.split()[0]:
        return True
    return re.search(rf"@{re.escape(me.username or '')}\b", text, re.IGNORECASE) is not None


def router() -> Router:
    """Handlers of this module; the first to be asked."""
    made = Router()
    made.message.register(in_a_group, InGroup())
    made.my_chat_member.register(changed)
    return made
