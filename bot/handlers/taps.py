"""Answering a tap. Telegram forgets a tap after a while, and a message after two days: the person is answered all the same."""

import logging

from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendMessage
from aiogram.types import CallbackQuery

from bot.render import Reply

_LOG = logging.getLogger(__name__)


async def reply_to(callback: CallbackQuery, reply: Reply) -> None:
    """Stop the button's spinning and send a message to whoever tapped."""
    await _acknowledge(callback)
    await _send(callback, reply)


async def alert(callback: CallbackQuery, text: str) -> None:
    """Say it over the chat, or as a message if the tap is too old for that."""
    if not await _acknowledge(callback, text):
        await _send(callback, Reply(text))


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
