"""What is known of the chat in which something was typed: asked once, in one statement, for all handlers."""

from typing import Any

from aiogram import BaseMiddleware
from aiogram.enums import ChatType
from aiogram.types import Message, TelegramObject

from bot.handlers.who import sender
from bot.services import Services
from persistence.people import Arrived, People


class Arrival(BaseMiddleware):
    """Puts `arrived` beside what somebody has typed to the bot alone."""

    async def __call__(self, handler: Any, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Ask, then go on."""
        if isinstance(event, Message) and event.text and event.chat.type == ChatType.PRIVATE:
            data["arrived"] = await _asked(event, data)
        return await handler(event, data)


async def _asked(message: Message, data: dict[str, Any]) -> Arrived:
    services: Services = data["services"]
    who = sender(message, data["event_update"], data["channel"])
    async with services.database.statement() as tx:
        return await People(tx).arrived(who.channel, who.external_id, who.update_id)
