"""Notices through the bots of the channels that are configured."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
)
from aiogram.types import BufferedInputFile
from aiohttp import ClientConnectorError, ConnectionTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.render import Renderer
from bot.render_digest import digest
from bot.reply import Reply
from domain.calendar import BusinessTime, shown_end
from domain.delivery import (
    Also,
    Attachment,
    ChatGoneError,
    NoAnswerError,
    SlowDownError,
    UnreachableError,
)
from domain.picture import Picture
from domain.views import Notice
from persistence.bases import Bases
from persistence.database import Database
from persistence.people import People

_MAY_HAVE_ARRIVED = "delivery.again"

_NEVER_CONNECTED = (ClientConnectorError, ConnectionTimeoutError)
"""Ways in which a request has not left."""

_GONE = ("chat not found", "user is deactivated", "PEER_ID_INVALID", "bot can't initiate conversation")
"""What Telegram answers with a 400 although it is the chat that is not there."""


_SENDS_WHOLE = frozenset({"wecom"})
"""Channels that send a long message in parts themselves, and go on where they were."""


@contextmanager
def _refusals() -> Iterator[None]:
    """How a platform refuses, in our words. What has not left, or was answered with an error, did not arrive."""
    try:
        yield
    except TelegramRetryAfter as e:
        raise SlowDownError(e.retry_after) from e
    except TelegramForbiddenError as e:
        raise ChatGoneError(e.message) from e
    except (TelegramBadRequest, TelegramNotFound) as e:
        gone = any(words in e.message for words in _GONE)
        raise (ChatGoneError if gone else UnreachableError)(e.message) from e
    except TelegramNetworkError as e:
        if isinstance(e.__cause__, _NEVER_CONNECTED):
            raise
        raise NoAnswerError("平台没有应答，不知是否送达") from e


async def _named(tx: AsyncConnection, notice: Notice) -> dict[str, str]:
    """Notices know people by number only."""
    giver = notice.params.get("giver")
    return {"giver": await People(tx).name(int(giver))} if giver else {}


class BotMessenger:
    """Puts a notice into words and sends it with the channel's bot.

    `drops_repeated`: channels whose platform drops what it has had before, by its content: there a message that may
    have arrived is sent again as it was.
    """

    def __init__(
        self,
        bots: Mapping[str, Bot],
        database: Database,
        renderer: Renderer,
        clock: BusinessTime,
        drops_repeated: Collection[str] = (),
    ) -> None:
        self._bots, self._database, self._renderer, self.clock = bots, database, renderer, clock
        self._drops_repeated = drops_repeated

    async def send(
        self,
        channel: str,
        external_id: str,
        notice: Notice,
        obligation_no: int | None,
        also: Sequence[Also] = (),
        again: bool = False,
    ) -> None:
        """Send. Raises as the platform answers."""
        bot = self._bot(channel)
        reply = (
            await self._several(notice, obligation_no, also)
            if also
            else await self._reply(notice, obligation_no)
        )
        await self._say(bot, channel, external_id, reply, again)

    async def send_picture(
        self, channel: str, external_id: str, picture: Picture, again: bool = False
    ) -> None:
        """The main numbers of a period. Raises as `send`."""
        reply = digest(self._renderer.words, picture)
        await self._say(self._bot(channel), channel, external_id, reply, again)

    async def send_file(self, channel: str, external_id: str, file: Attachment, again: bool = False) -> None:
        """A picture to be looked at, or a document. Raises as `send`."""
        bot, content = self._bot(channel), BufferedInputFile(file.content, file.name)
        caption = self._renderer.words.say(_MAY_HAVE_ARRIVED) if self._says_so(channel, again) else None
        with _refusals():
            if file.is_picture:
                await bot.send_photo(int(external_id), content, caption=caption)
            else:
                await bot.send_document(int(external_id), content, caption=caption)

    def _bot(self, channel: str) -> Bot:
        bot = self._bots.get(channel)
        if bot is None:
            raise UnreachableError(f"channel {channel} is not configured")
        return bot

    def _says_so(self, channel: str, again: bool) -> bool:
        """Whether a message that may have arrived has to say so itself."""
        return again and channel not in self._drops_repeated

    async def _say(self, bot: Bot, channel: str, external_id: str, reply: Reply, again: bool) -> None:
        """All parts. If one is not taken after others were, that is no answer: they begin again from the first."""
        if self._says_so(channel, again):
            reply = reply._replace(text=f"{self._renderer.words.say(_MAY_HAVE_ARRIVED)}{reply.text}")
        for n, part in enumerate([reply] if channel in _SENDS_WHOLE else reply.parts):
            try:
                with _refusals():
                    await bot.send_message(int(external_id), part.text, reply_markup=part.markup)
            except SlowDownError as e:
                if n:
                    raise NoAnswerError("只送达了一部分", e.seconds) from e
                raise
            except UnreachableError:
                raise
            except Exception as e:
                if n:
                    raise NoAnswerError("只送达了一部分") from e
                raise

    async def _several(self, notice: Notice, no: int | None, also: Sequence[Also]) -> Reply:
        """Everything that is due to this person today, in one message."""
        told = [(notice, no), *also]
        async with self._database.transaction() as tx:
            names = await Bases(tx).names({one.base_id for one, _ in told if one.base_id})
        return self._renderer.several([(one, names[one.base_id or ""], no) for one, no in told])

    async def _reply(self, notice: Notice, obligation_no: int | None) -> Reply:
        """The notice in words."""
        if notice.base_id is None:
            return self._renderer.notice(notice, "", None)
        async with self._database.transaction() as tx:
            base = await Bases(tx).get(notice.base_id, self.clock.now())
            named = await _named(tx, notice)
        due = shown_end(base.next_due) if base.next_due else ""
        params = {"stage": base.stage, "due": due}
        complete = notice.model_copy(update={"params": params | notice.params | named})
        return self._renderer.notice(complete, base.name, obligation_no, in_round=base.in_round)
