"""Taking an update in: it is worked through, or the platform keeps it and delivers it again.

A refusal is an answer and never gets here. An outage (network, database, Temporal, a platform that asks to wait)
is raised as `Again`: the update is not acknowledged. A fault of our own is tried three times, logged once with its
context, and the sender is told that nothing was done.
"""

import asyncio
import logging

from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.service import RPCError, RPCStatusCode

from bot.words import Words
from persistence import database

_LOG = logging.getLogger(__name__)
_TRIES = 3
_PAUSE_SECONDS = 1.0

_OUTAGES = (
    TelegramNetworkError,
    TelegramServerError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    NoConnectionFree,
    OSError,
    TimeoutError,
)


def is_outage(error: Exception) -> bool:
    """Whether trying later helps."""
    if isinstance(error, DBAPIError):
        return database.is_outage(error)
    if isinstance(error, RPCError):  # what is malformed or too large stays so
        return error.status is not RPCStatusCode.INVALID_ARGUMENT
    return isinstance(error, _OUTAGES)


class Again(Exception):
    """Deliver this update again, not before `seconds` have passed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


class Intake:
    """The way in that all channels share."""

    def __init__(self, dispatcher: Dispatcher, words: Words) -> None:
        self._dispatcher, self._words = dispatcher, words

    async def take(self, bot: Bot, update: Update, channel: str) -> None:
        """Work an update through.

        Raises Again if it must be delivered again, TelegramUnauthorizedError if the bot's token is not valid any more.
        """
        for attempt in range(1, _TRIES + 1):
            try:
                await self._dispatcher.feed_update(bot, update, channel=channel)
                return
            except TelegramRetryAfter as e:
                raise Again(e.retry_after) from e
            except TelegramForbiddenError:
                _LOG.warning("update %s:%s: the sender has blocked the bot", channel, update.update_id)
                return
            except TelegramUnauthorizedError:
                raise
            except Exception as e:
                if is_outage(e):
                    _LOG.warning("update %s:%s waits: %r", channel, update.update_id, e)
                    raise Again(_PAUSE_SECONDS) from e
                if attempt == _TRIES:
                    _LOG.exception("update %s:%s could not be worked through", channel, update.update_id)
        await self._apologise(bot, update)

    async def take_until_done(self, bot: Bot, update: Update, channel: str) -> None:
        """For ways in that deliver again by themselves: keep trying."""
        while True:
            try:
                await self.take(bot, update, channel)
            except Again as e:
                await asyncio.sleep(e.seconds)
            else:
                return

    async def _apologise(self, bot: Bot, update: Update) -> None:
        event = update.message or update.callback_query
        if event is None or event.from_user is None:
            return
        try:
            await bot.send_message(event.from_user.id, self._words.say("chat.trouble"))
        except TelegramAPIError as e:
            _LOG.warning("could not tell the sender of update %s: %r", update.update_id, e)


def chat_of(update: Update) -> int:
    """Updates of one chat are worked through in order, those of different chats side by side."""
    event = update.message or update.callback_query or update.my_chat_member
    return event.from_user.id if event and event.from_user else 0
