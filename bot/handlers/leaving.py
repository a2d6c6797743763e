"""Somebody who has left and writes all the same is told so, once; from then on the chat is a stranger's."""

from typing import Any

from aiogram import Router
from aiogram.enums import ChatType
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message, Update

from bot.handlers.filters import Binds
from bot.handlers.taps import reply_to
from bot.handlers.who import sender
from bot.reply import Reply
from bot.services import Services
from persistence.leaving import Leaving
from persistence.people import Arrived


class HasLeft(Filter):
    """Of somebody who has left and was not told yet. A new invite code is let through."""

    async def __call__(
        self,
        event: Message | CallbackQuery,
        services: Services,
        channel: str,
        event_update: Update,
        arrived: Arrived | None = None,
    ) -> bool:
        """Whether the chat was such a person's."""
        message = event if isinstance(event, Message) else event.message
        if message is not None and message.chat.type != ChatType.PRIVATE:
            return False
        if isinstance(event, Message) and await _brings_a_code(event):
            return False
        if arrived is not None:
            return arrived.has_left
        who = sender(event, event_update, channel)
        async with services.database.statement() as tx:
            return await Leaving(tx).was_bound(who.channel, who.external_id)


async def _brings_a_code(message: Message) -> bool:
    return (message.text or "").startswith("/start ") or bool(await Binds()(message))


async def say_so(
    event: Message | CallbackQuery, services: Services, channel: str, event_update: Update, **_: Any
) -> None:
    """Thank them, and say who is asked now."""
    who, said = sender(event, event_update, channel), services.words.say("leaving.told")
    if isinstance(event, CallbackQuery):
        await reply_to(event, Reply(said))
    else:
        await event.answer(said)
    async with services.database.transaction() as tx:
        await Leaving(tx).told(who.channel, who.external_id)


def router() -> Router:
    """Handlers of this module; the first to be asked."""
    made = Router()
    made.message.register(say_so, HasLeft())
    made.callback_query.register(say_so, HasLeft())
    return made
