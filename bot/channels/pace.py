"""Not faster than a platform takes it: one middleware for the sessions of all channels.

So many messages a second in all and to one chat, a few at once; and the pauses that a platform asked any process for.
Each process counts its own messages: the global rate leaves room for as many as run side by side. A message that need
not wait costs a few comparisons here.
"""

import asyncio
import logging
import math
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import (
    EditMessageReplyMarkup,
    EditMessageText,
    Response,
    SendDocument,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType
from sqlalchemy.exc import SQLAlchemyError

from persistence.channel_pauses import EVERYBODY, ChannelPauses

_LOG = logging.getLogger(__name__)

_SENDS = frozenset({SendMessage, SendPhoto, SendDocument})
_COUNTED = _SENDS | {EditMessageText, EditMessageReplyMarkup}
_LONGEST_WAIT = 10.0
"""Seconds. Whoever would have to wait longer is told to come again."""
_SHORT = 1.0
"""Seconds. So little of a pause is waited for."""
_MOST_CHATS = 10_000


class ThisChatOnly(TelegramRetryAfter):
    """Others need not wait."""


class Rate(NamedTuple):
    """One message every `seconds` in the long run, `burst` at once."""

    seconds: float
    burst: int


class Limits(NamedTuple):
    """What a platform takes."""

    overall: Rate
    per_chat: Rate


LIMITS: Mapping[str, Limits] = MappingProxyType(
    {
        # 30 a second and one a second in a chat, where "short bursts" pass; two processes share the thirty
        "telegram": Limits(overall=Rate(1 / 15, 15), per_chat=Rate(1.0, 3)),
        # what a member may be sent it counts itself, over all processes; see `bot/channels/wecom/outbox.py`
        "wecom": Limits(overall=Rate(1 / 80, 80), per_chat=Rate(1 / 10, 30)),
    }
)


class Turns:
    """When the next message may go (the generic cell rate algorithm): one number for each chat."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._next: dict[int | str, float] = {}

    def wait(self, chat: int | str, now: float) -> float:
        """Take a turn; in how many seconds it is (0: now)."""
        every, burst = self._rate
        at = max(self._next.get(chat, 0.0), now)
        if len(self._next) >= _MOST_CHATS:
            self._next = {one: then for one, then in self._next.items() if then > now}
        self._next[chat] = at + every
        return max(0.0, at - now - every * (burst - 1))

    def give_back(self, chat: int | str) -> None:
        """The turn was not used."""
        self._next[chat] -= self._rate.seconds


class Pace(BaseRequestMiddleware):
    """Waits for the turn of each message of one bot, and keeps to the pauses of its channel."""

    def __init__(self, channel: str, limits: Limits, pauses: ChannelPauses) -> None:
        self._channel, self._pauses = channel, pauses
        self._overall, self._per_chat = Turns(limits.overall), Turns(limits.per_chat)

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Send when it is time. Raises TelegramRetryAfter as the platform would, or does."""
        if type(method) not in _COUNTED:
            return await make_request(bot, method)
        chat = str(getattr(method, "chat_id", EVERYBODY))
        await self._keep_to_pauses(method, chat)
        await self._take_turn(method, chat)
        try:
            return await make_request(bot, method)
        except TelegramRetryAfter as e:
            await self._pause(chat, e)
            raise

    async def _keep_to_pauses(self, method: TelegramMethod[Any], chat: str) -> None:
        left = await self._pauses.seconds_left(self._channel, chat)
        if left > _SHORT:
            raise _again(method, left)
        if left > 0:
            await asyncio.sleep(left)

    async def _take_turn(self, method: TelegramMethod[Any], chat: str) -> None:
        now = time.monotonic()
        wait = self._overall.wait(EVERYBODY, now)
        sends = type(method) in _SENDS
        if sends:
            wait = max(wait, self._per_chat.wait(chat, now))
        if wait > _LONGEST_WAIT:
            self._overall.give_back(EVERYBODY)
            if sends:
                self._per_chat.give_back(chat)
            raise _again(method, wait)
        if wait > 0:
            await asyncio.sleep(wait)

    async def _pause(self, chat: str, error: TelegramRetryAfter) -> None:
        """Unless it says that it means the chat alone, it may mean all: if two chats have to wait, it does."""
        others = not isinstance(error, ThisChatOnly) and self._pauses.paused_chats(self._channel)
        try:
            await self._pauses.pause(self._channel, EVERYBODY if others else chat, error.retry_after)
        except (OSError, SQLAlchemyError) as e:
            _LOG.warning("other processes do not hear of a pause of %s: %r", self._channel, e)


def _again(method: TelegramMethod[Any], seconds: float) -> TelegramRetryAfter:
    return TelegramRetryAfter(
        method=method,
        message="this program keeps to the pace of the platform",
        retry_after=math.ceil(seconds),
    )


def paced(bots: Mapping[str, Bot], pauses: ChannelPauses) -> None:
    """Have all bots keep to the limits of their channels; a channel without any is the program's own."""
    for channel, bot in bots.items():
        if channel in LIMITS:
            bot.session.middleware(Pace(channel, LIMITS[channel], pauses))
