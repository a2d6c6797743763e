"""Answering a tap. Telegram forgets a tap after a while, and a message after two days: the person is answered all the same."""

import logging

from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendMessage
from aiogram.types import CallbackQuery, Message

from bot.handlers.who import Sender, contact_behind
from bot.reply import Reply
from bot.services import Services

_LOG = logging.getLogger(__name__)


async def answer(message: Message, *replies: Reply) -> None:
    """Send what was typed its replies, each in as many messages as it needs."""
    for part in (part for reply in replies for part in reply.parts):
        await message.answer(part.text, reply_markup=part.markup)


async def reply_to(callback: CallbackQuery, *replies: Reply) -> None:
    """Stop the button's spinning and send the replies to whoever tapped."""
    await _acknowledge(callback)
    for part in (part for reply in replies for part in reply.parts):
        await _send(callback, part)


async def alert(callback: CallbackQuery, text: str) -> None:
    """Say it over the chat, or as a message if the tap is too old for that."""
    if not await _acknowledge(callback, text):
        await _send(callback, Reply(text))


async def refuse(callback: CallbackQuery, services: Services, who: Sender) -> None:
    """A button of what is not this person's."""
    known = await contact_behind(services, who) is not None
    await alert(callback, services.words.say("chat.not_yours" if known else "chat.stranger"))


async def _acknowledge(callback: CallbackQuery, text: str | None = None) -> bool:
    try:
        await callback.answer(text, show_alert=text is not None)
    except TelegramBadRequest as e:
        _LOG.info("tap %s is not waiting any more: %s", callback.id, e)
        return False
    return True


async def _send(callback: CallbackQuery, reply: Reply) -> None:
    message = SendMessage(chat_id=callback.from_user.id, text=reply.text, reply_markup=reply.markup)
    await message.as_(callback.bot)
