"""The bot's requests as WeCom knows them. What WeCom cannot do is refused, never left out."""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, cast

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageReplyMarkup,
    EditMessageText,
    GetFile,
    GetMe,
    SendChatAction,
    SendDocument,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType
from aiogram.types import BufferedInputFile, Chat, File, InlineKeyboardMarkup, Message, User

from bot.channels.pace import ThisChatOnly
from bot.channels.wecom.account import WeComAwayError, WeComError, as_telegram
from bot.channels.wecom.cards import Button
from bot.channels.wecom.outbox import File as Attached
from bot.channels.wecom.outbox import Outbox, TooManyError
from bot.words import Words
from persistence.database import Database
from persistence.wecom import WeComInbox
from persistence.wecom_messages import WeComMessages

_MOST_FILE, _MOST_IMAGE, _LEAST = 20 * 2**20, 10 * 2**20, 5
_IMAGES = frozenset({".png", ".jpg", ".jpeg"})
_ME = User(id=1, is_bot=True, first_name="揭榜")


class WeComSession(BaseSession):
    """One app of WeCom."""

    def __init__(self, outbox: Outbox, database: Database, words: Words) -> None:
        super().__init__(api=TelegramAPIServer(base="wecom:{method}", file="{path}"))
        self.outbox, self._database, self._words = outbox, database, words

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's signature
    ) -> TelegramType:
        """Do it. Raises TelegramAPIError as the platform refuses."""
        try:
            return cast(TelegramType, await self._do(bot, method))
        except (WeComError, WeComAwayError) as e:
            raise as_telegram(method, e) from None
        except TooManyError as e:
            raise ThisChatOnly(method=method, message="the member's share", retry_after=e.seconds) from None

    async def _do(self, bot: Bot, method: TelegramMethod[Any]) -> object:
        match method:
            case SendMessage():
                return await self._send(bot, int(method.chat_id), method.text, _buttons(method))
            case SendPhoto():
                return await self._send_file(bot, method, method.photo)
            case SendDocument():
                return await self._send_file(bot, method, method.document)
            case EditMessageText() | EditMessageReplyMarkup():
                return await self._edit(bot, method)
            case AnswerCallbackQuery():
                return await self._answer(method)
            case GetFile():
                return File(file_id=method.file_id, file_unique_id=method.file_id, file_path=method.file_id)
            case SendChatAction():
                return True
            case GetMe():
                return _ME
            case _:
                raise TelegramBadRequest(method=method, message=f"WeCom has no {type(method).__name__}")

    async def _send(self, bot: Bot, person: int, text: str, buttons: Sequence[Button]) -> Message:
        number = await self.outbox.say(person, text, buttons)
        return _message(number, person, text=text).as_(bot)

    async def _send_file(self, bot: Bot, method: SendPhoto | SendDocument, content: object) -> Message:
        if not isinstance(content, BufferedInputFile):
            raise TelegramBadRequest(method=method, message="WeCom takes files by their content only")
        if _buttons(method):
            raise TelegramBadRequest(method=method, message="WeCom has no buttons under a file")
        if not _LEAST < len(content.data) <= _MOST_FILE:
            raise TelegramBadRequest(method=method, message=f"a file of {len(content.data)} bytes")
        name = content.filename or "file"
        seen = isinstance(method, SendPhoto) and _is_image(name, content.data)
        file = Attached("image" if seen else "file", name, content.data)
        person, caption = int(method.chat_id), method.caption or ""
        number = await self.outbox.send_file(person, file, caption)
        return _message(number, person, caption=caption).as_(bot)

    async def _edit(self, bot: Bot, method: EditMessageText | EditMessageReplyMarkup) -> Message | bool:
        """What was sent cannot be changed: its buttons are closed, and what it says now is said anew."""
        person, buttons = int(method.chat_id or 0), _buttons(method)
        await self.outbox.withdraw(person, method.message_id or 0)
        if isinstance(method, EditMessageText):
            return await self._send(bot, person, method.text or "", buttons)
        if buttons:
            return await self._send(bot, person, self._words.say("wecom.choose"), buttons)
        return True

    async def _answer(self, method: AnswerCallbackQuery) -> bool:
        """A card that was tapped is closed. What is to be said over the chat comes as a message; the card stays open."""
        async with self._database.transaction() as tx:
            tap = await WeComInbox(tx).get(int(method.callback_query_id))
            task = tap.content.get("message_id") if tap else None
            card = await WeComMessages(tx).get(int(task)) if task else None
        if tap is None:
            raise TelegramBadRequest(method=method, message="there is no such tap")
        if method.text:
            await self.outbox.say(tap.person_id, method.text, ())
        elif card and card.person_id == tap.person_id:
            data = str(tap.content.get("data") or "")
            await self.outbox.tapped(tap.userid, card, data, tap.content.get("response_code"))
        return True

    async def close(self) -> None:
        """Hang up, when all is done."""
        await self.outbox.settled()
        await self.outbox.api.close()

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,  # noqa: ASYNC109 - aiogram's signature
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """A file that a member has sent; `url` is its media id."""
        try:
            async for piece in self.outbox.api.fetch(url):
                yield piece
        except (WeComError, WeComAwayError) as e:
            raise as_telegram(GetFile(file_id=url), e) from None


def _buttons(method: Any) -> list[Button]:
    """Raises TelegramBadRequest for a button that carries nothing."""
    markup = method.reply_markup
    if not isinstance(markup, InlineKeyboardMarkup):
        return []
    buttons = [button for row in markup.inline_keyboard for button in row]
    if not all(button.callback_data for button in buttons):
        raise TelegramBadRequest(method=method, message="WeCom's buttons carry data")
    return [Button(button.text, button.callback_data or "") for button in buttons]


def _is_image(name: str, content: bytes) -> bool:
    """Whether it can be sent to be looked at; what cannot goes as a file."""
    return PurePath(name).suffix.lower() in _IMAGES and len(content) <= _MOST_IMAGE


def _message(number: int, person: int, text: str | None = None, caption: str | None = None) -> Message:
    chat = Chat(id=person, type=ChatType.PRIVATE)
    return Message(message_id=number, date=datetime.now(UTC), chat=chat, text=text, caption=caption)
