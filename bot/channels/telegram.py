"""Telegram: the bot, its polling, and its webhook."""

import asyncio
import logging
from collections import defaultdict
from http import HTTPStatus

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramConflictError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import BotCommand, Update
from sqlalchemy.exc import SQLAlchemyError

from bot.intake import Again, Intake, chat_of
from persistence.chat_turns import ChatTurns

NAME = "telegram"
ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member"]
COMMANDS = [
    BotCommand(command="todo", description="待办事项"),
    BotCommand(command="mine", description="待我办（办公室和成员单位）"),
    BotCommand(command="base", description="基地情况"),
    BotCommand(command="template", description="下载模板"),
    BotCommand(command="apply", description="申报"),
    BotCommand(command="help", description="使用帮助"),
]

_LOG = logging.getLogger(__name__)
_POLL_SECONDS = 25
_REQUEST_SECONDS = 15
_BACKOFF_SECONDS = (1.0, 2.0, 5.0, 15.0, 30.0)


class TelegramSession(AiohttpSession):
    """Takes the error page of a gateway before Telegram's servers for what it is: they are out, or did not answer it."""

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """As ever, but what comes with a 5xx need not be JSON. After a 504 nobody knows whether it was done."""
        if status_code == HTTPStatus.GATEWAY_TIMEOUT:
            raise TelegramNetworkError(method=method, message=f"{status_code}: {content[:200]}")
        if status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise TelegramServerError(method=method, message=f"{status_code}: {content[:200]}")
        return super().check_response(bot, method, status_code, content)


def telegram_bot(token: str, api_base: str | None = None) -> Bot:
    """A bot that speaks to Telegram, or to another Bot API server."""
    session = TelegramSession(timeout=_REQUEST_SECONDS)
    if api_base:
        session.api = TelegramAPIServer.from_base(api_base)
    return Bot(token, session=session)


async def poll(bot: Bot, intake: Intake, poll_seconds: int = _POLL_SECONDS) -> None:
    """Fetch updates until cancelled; exactly one instance may. The offset moves on only over what was worked through.

    Raises TelegramUnauthorizedError if the token is not accepted.
    """
    offset, failures, by_hook = None, 0, True
    while True:
        try:
            if by_hook:
                by_hook = not await bot.delete_webhook()
            updates = await bot.get_updates(
                offset=offset,
                timeout=poll_seconds,
                allowed_updates=ALLOWED_UPDATES,
                request_timeout=poll_seconds + _REQUEST_SECONDS,
            )
        except TelegramRetryAfter as e:
            await asyncio.sleep(e.retry_after)
            continue
        except (TelegramNetworkError, TelegramServerError, TelegramConflictError) as e:
            wait = _BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)]
            failures += 1
            _LOG.warning("getUpdates: %s; again in %s s", e, wait)
            await asyncio.sleep(wait)
            continue
        failures = 0
        await _take_all(bot, intake, updates)
        if updates:
            offset = updates[-1].update_id + 1


async def _take_all(bot: Bot, intake: Intake, updates: list[Update]) -> None:
    by_chat: dict[int, list[Update]] = defaultdict(list)
    for update in updates:
        by_chat[chat_of(update)].append(update)

    async def in_order(of_one_chat: list[Update]) -> None:
        for update in of_one_chat:
            await intake.take_until_done(bot, update, NAME)

    await asyncio.gather(*(in_order(of_one_chat) for of_one_chat in by_chat.values()))


async def set_up_webhook(bot: Bot, url: str, secret: str) -> None:
    """Ask Telegram to deliver to `url`. Updates that have piled up are kept."""
    await bot.set_webhook(url, secret_token=secret, allowed_updates=ALLOWED_UPDATES)


async def set_commands(bot: Bot) -> None:
    """The menu of commands; not worth failing for."""
    try:
        await bot.set_my_commands(COMMANDS)
    except TelegramAPIError as e:
        _LOG.warning("the menu of commands was not set: %r", e)


async def webhook(bot: Bot, intake: Intake, turns: ChatTurns, body: bytes) -> None:
    """Take one delivery, when those of the same chat that came before are worked through, in any process.

    Raises Again if Telegram is to deliver it once more, ValueError if it is not an update.
    """
    update = Update.model_validate_json(body, context={"bot": bot})
    try:
        async with turns.turn(NAME, str(chat_of(update))):
            await intake.take(bot, update, NAME)
    except (OSError, SQLAlchemyError) as e:
        raise Again(_BACKOFF_SECONDS[0]) from e
