"""The local channel: the page at /chat, with the database as its platform."""

import asyncio
import logging
import mimetypes
from collections import defaultdict
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any, cast

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageReplyMarkup,
    EditMessageText,
    GetMe,
    SendDocument,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    Chat,
    InlineKeyboardMarkup,
    Message,
    Update,
    User,
)
from sqlalchemy.exc import DBAPIError

from bot.intake import Intake, is_outage
from domain.calendar import BusinessTime
from persistence.database import Database
from persistence.listening import listening
from persistence.local_chat import ARRIVED, LocalChat, LocalFile, LocalUpdate

NAME = "local"
TOKEN = "1:local"  # noqa: S105 - aiogram wants the form digits:text; there is nothing to keep secret
_ME = User(id=1, is_bot=True, first_name="揭榜")
_LOG = logging.getLogger(__name__)
_LOOK_AGAIN_SECONDS = 1.0


class LocalSession(BaseSession):
    """Turns the bot's requests into rows that the page shows."""

    def __init__(self, database: Database, clock: BusinessTime) -> None:
        super().__init__()
        self._database, self.clock = database, clock

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's signature
    ) -> TelegramType:
        """Do it, or refuse what a page cannot show."""
        return cast(TelegramType, await self._do(bot, method))

    async def _do(self, bot: Bot, method: TelegramMethod[Any]) -> object:
        match method:
            case SendMessage():
                return await self._send(bot, method)
            case SendPhoto():
                return await self._send_file(bot, method, method.photo)
            case SendDocument():
                return await self._send_file(bot, method, method.document)
            case EditMessageText() | EditMessageReplyMarkup():
                said = method.text if isinstance(method, EditMessageText) else None
                async with self._database.transaction() as tx:
                    await LocalChat(tx).change(method.message_id or 0, said, _rows(method.reply_markup))
                return True
            case AnswerCallbackQuery():
                if method.text:
                    await self._say(int(method.callback_query_id.split(":")[0]), method.text, [])
                return True
            case GetMe():
                return _ME
            case _:
                raise TelegramBadRequest(method=method, message=f"the page cannot {type(method).__name__}")

    async def _send(self, bot: Bot, method: SendMessage) -> Message:
        person = int(method.chat_id)
        number = await self._say(person, method.text, _rows(method.reply_markup))
        chat = Chat(id=person, type=ChatType.PRIVATE)
        return Message(message_id=number, date=datetime.now(UTC), chat=chat, text=method.text).as_(bot)

    async def _send_file(self, bot: Bot, method: SendPhoto | SendDocument, content: object) -> Message:
        if not isinstance(content, BufferedInputFile):
            raise TelegramBadRequest(method=method, message="the page takes files by their content only")
        name = content.filename or "file"
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        file = LocalFile(name=name, media_type=media_type, content=content.data)
        person, said = int(method.chat_id), method.caption or ""
        async with self._database.transaction() as tx:
            number = await LocalChat(tx).send(person, file, said, self.clock.now())
        chat = Chat(id=person, type=ChatType.PRIVATE)
        return Message(message_id=number, date=datetime.now(UTC), chat=chat, caption=said).as_(bot)

    async def _say(self, person: int, said: str, buttons: list[list[tuple[str, str]]]) -> int:
        async with self._database.statement() as tx:
            return await LocalChat(tx).tell(person, said, buttons, self.clock.now())

    async def close(self) -> None:
        """Nothing to close."""

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,  # noqa: ASYNC109 - aiogram's signature
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """There are no files on the page."""
        raise NotImplementedError("the page has no files")
        yield b""


def _rows(markup: object) -> list[list[tuple[str, str]]]:
    if not isinstance(markup, InlineKeyboardMarkup):
        return []
    return [[(b.text, b.callback_data or "") for b in row] for row in markup.inline_keyboard]


def local_bot(database: Database, clock: BusinessTime) -> Bot:
    """A bot that speaks to the page."""
    return Bot(TOKEN, session=LocalSession(database, clock))


def to_update(arrived: LocalUpdate, bot: Bot) -> Update:
    """What was typed or tapped, as aiogram's handlers know it, mounted to the bot."""
    user = User(id=arrived.person_id, is_bot=False, first_name=arrived.name)
    chat = Chat(id=arrived.person_id, type=ChatType.PRIVATE)
    now = datetime.now(UTC)
    if arrived.button is None:
        message = Message(message_id=arrived.id, date=now, chat=chat, from_user=user, text=arrived.text or "")
        return Update(update_id=arrived.id, message=message.as_(bot)).as_(bot)
    callback = CallbackQuery(
        id=f"{arrived.person_id}:{arrived.id}",
        from_user=user,
        chat_instance=str(arrived.person_id),
        data=arrived.button,
        message=Message(message_id=arrived.message_id or 0, date=now, chat=chat).as_(bot),
    )
    return Update(update_id=arrived.id, callback_query=callback.as_(bot)).as_(bot)


async def poll(bot: Bot, intake: Intake, database: Database) -> None:
    """Take what people typed, in order per person, until cancelled."""
    while True:
        try:
            async with listening(database, ARRIVED) as heard:
                while True:
                    if not await _take_waiting(bot, intake, database):
                        await _next(heard)
        except (OSError, DBAPIError) as e:
            if not is_outage(e):
                raise
            _LOG.warning("the database is away: %r", e)
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def _next(heard: asyncio.Queue[str]) -> None:
    """Wait for a notification; look again after a while in any case."""
    try:
        async with asyncio.timeout(_LOOK_AGAIN_SECONDS):  # wait_for may lose a cancellation
            await heard.get()
    except TimeoutError:
        return
    while not heard.empty():
        heard.get_nowait()


async def _take_waiting(bot: Bot, intake: Intake, database: Database) -> int:
    async with database.transaction() as tx:
        arrived = await LocalChat(tx).waiting()
    by_person: dict[int, list[LocalUpdate]] = defaultdict(list)
    for one in arrived:
        by_person[one.person_id].append(one)

    async def in_order(of_one: list[LocalUpdate]) -> None:
        for one in of_one:
            await intake.take_until_done(bot, to_update(one, bot), NAME)
            async with database.transaction() as tx:
                await LocalChat(tx).took(one.id)

    await asyncio.gather(*(in_order(of_one) for of_one in by_person.values()))
    return len(arrived)
