"""材料 in chat: what is there, what is missing, the link for uploads, and a PDF sent to the bot itself."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from aiogram import Bot, Router
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramServerError,
)
from aiogram.types import CallbackQuery, Document, Message, Update
from aiohttp import ClientError, ClientResponseError

from bot import render_application as words_of
from bot.handlers.filters import HasDocument, HasPhoto, Says
from bot.handlers.taps import answer, refuse, reply_to
from bot.handlers.who import Known, Sender, contact_behind, current, known_for, sender, without_one
from bot.keyboards import Button, PaperButton, keyboard
from bot.reply import Reply
from bot.services import Services
from casework import applying
from casework.applying import Paper
from domain.calendar import last_day_before
from domain.errors import DomainError
from domain.forms.application_dialogue import Waiting
from domain.policy.uploads import item_of, link_expires
from persistence.documents import StoreUnavailable
from persistence.materials import MaterialRow, UploadLinks, take_in
from persistence.pdf import clean_name

MOST_BYTES = 20 * 1024 * 1024
"""What a bot may fetch from Telegram (getFile)."""

_PIECE_BYTES = 1 << 16
_FETCH_SECONDS = 10
"""For all of a file: as long as it comes in, other chats may have to wait."""

_NOT_FETCHED = (
    TelegramBadRequest,
    TelegramNotFound,
    TelegramNetworkError,
    TelegramServerError,
    ClientError,
    TimeoutError,
)
_LOG = logging.getLogger(__name__)


class NotFetchedError(Exception):
    """The platform does not give the file out, or not soon enough."""


async def papers(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """材料: the list and the link."""
    who = sender(message, event_update, channel)
    known = await current(services, who)
    await answer(message, await show(services, known) if known else await without_one(services, who))


async def show(services: Services, known: Known) -> Reply:
    """The documents of an application, and the way to hand them in."""
    try:
        await applying.returned_of(services.casework, known.row)
    except DomainError as e:
        return Reply(services.words.refusal(e.refusal))
    return Reply(await list_of(services, known), words_of.to_go_on(services.words, known.row))


async def list_of(services: Services, known: Known) -> str:
    """Each document with ✓, 缺 or 已退回, and a new link."""
    papers = await applying.papers(services.casework, known.row)
    expires = link_expires(datetime.now(UTC))
    async with services.database.transaction() as tx:
        token = await UploadLinks(tx).create(known.row.id, known.contact, expires)
    link = f"{services.public_url}/upload/{token}"
    again_until = applying.last_day_of_return(known.row)
    return words_of.checklist(services.words, papers, link, str(last_day_before(expires)), again_until)


async def sent(message: Message, bot: Bot, services: Services, channel: str, event_update: Update) -> None:
    """A file sent to the bot: taken in if it is known which document it is, else that is asked."""
    who = sender(message, event_update, channel)
    known = await current(services, who)
    if known is None or message.document is None:
        await answer(message, await _to_contacts(services, who, "papers.not_taken"))
        return
    await answer(message, await _taken(services, bot, known, who, message, message.document))


async def photo(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """A picture is no document."""
    who = sender(message, event_update, channel)
    await answer(message, await _to_contacts(services, who, "papers.photo"))


async def _to_contacts(services: Services, who: Sender, code: str) -> Reply:
    """A text for contacts; a stranger learns only how to become one."""
    known = await contact_behind(services, who) is not None
    return Reply(services.words.say(code if known else "chat.stranger"))


async def _taken(
    services: Services, bot: Bot, known: Known, who: Sender, message: Message, document: Document
) -> Reply:
    if (document.file_size or 0) > MOST_BYTES:
        too_large = services.words.say("papers.too_large_here", limit=MOST_BYTES // 2**20)
        return Reply(f"{too_large}\n{await list_of(services, known)}")
    began = _business(services, message.date)
    file = Waiting(
        file_id=document.file_id,
        filename=clean_name(document.file_name or ""),
        started_at=began,
        sent_as=who.key,
    )
    listed = await applying.papers(services.casework, known.row)
    meant = _meant(listed, message.caption or "")
    if meant:
        return await _keep(services, bot, known, meant, file)
    no = await applying.remember_file(services.casework, known.row, file, known.actor)
    return await _which(services, known, listed, file, no)


def _business(services: Services, machine: datetime) -> datetime:
    """The business instant at which something was sent."""
    age = max(datetime.now(UTC) - machine, timedelta(0))
    return services.clock.now() - age * services.clock.current.speed


def _meant(listed: list[Paper], caption: str) -> str | None:
    """The document that a caption names, by its number or its name."""
    said = caption.strip()
    if said.isdecimal():
        return listed[int(said) - 1].item.key if 1 <= int(said) <= len(listed) else None
    items = [paper.item for paper in listed]
    found = [item.key for item in items if said and (said in item.label or item.label in said)]
    return found[0] if len(found) == 1 else None


async def _which(
    services: Services, known: Known, listed: list[Paper], file: Waiting, file_no: int | None
) -> Reply:
    if file_no is None:
        return await _no_file(services, known)
    buttons = [
        Button(
            f"{no}. {paper.item.label}", PaperButton(base_id=known.row.id, item=paper.item.key, no=file_no)
        )
        for no, paper in enumerate(listed, 1)
    ]
    return Reply(services.words.say("papers.which", file=file.filename), keyboard(buttons, row=1))


async def _no_file(services: Services, known: Known) -> Reply:
    """It was kept already, or it has waited too long: the list tells."""
    listed = await list_of(services, known)
    return Reply(
        f"{services.words.say('papers.no_file')}\n{listed}", words_of.to_go_on(services.words, known.row)
    )


async def named(
    callback: CallbackQuery,
    callback_data: PaperButton,
    bot: Bot,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """Which document a file is that was sent."""
    who = sender(callback, event_update, channel)
    known = await known_for(services, who, callback_data.base_id)
    if known is None:
        await refuse(callback, services, who)
        return
    file = await applying.waiting_file(services.casework, known.row, callback_data.no)
    if file is None:
        await reply_to(callback, await _no_file(services, known))
        return
    await reply_to(callback, await _keep(services, bot, known, callback_data.item, file, callback_data.no))


async def _keep(
    services: Services, bot: Bot, known: Known, item: str, file: Waiting, no: int | None = None
) -> Reply:
    """Fetch it, check it, keep it, and wait no more for what number `no` is. What is refused says why."""
    words = services.words
    try:
        kept = await _taken_in(services, bot, known, item, file)
    except DomainError as e:
        return Reply(words.refusal(e.refusal))
    except (NotFetchedError, StoreUnavailable) as e:
        _LOG.warning("a file of %s was not taken in: %r", known.row.id, e)
        return Reply(f"{words.say('papers.not_fetched')}\n{await list_of(services, known)}")
    if no is not None:
        await applying.forget_file(services.casework, known.row, no, known.actor)
    head = words.say("papers.kept", label=item_of(item).label, pages=kept.pages)
    return Reply(f"{head}\n{await list_of(services, known)}", words_of.to_go_on(words, known.row))


async def _taken_in(services: Services, bot: Bot, known: Known, item: str, file: Waiting) -> MaterialRow:
    returned = await services.casework.returned(known.row.id)
    return await take_in(
        services.database,
        services.documents,
        known.row.id,
        item,
        pieces(bot, file.file_id),
        file.filename,
        known.actor,
        file.started_at,
        services.clock.now(),
        returned,
    )


async def pieces(bot: Bot, file_id: str) -> AsyncIterator[bytes]:
    """The content of a file of the platform, fetched within `_FETCH_SECONDS`. Raises NotFetchedError.

    The platform's own exceptions name the address, and in it the bot's token: they go no further.
    """
    deadline = asyncio.get_running_loop().time() + _FETCH_SECONDS
    content = _content(bot, file_id)
    try:
        while True:
            async with asyncio.timeout_at(deadline):
                piece = await anext(content, None)
            if piece is None:
                return
            yield piece
    except ClientResponseError as e:
        raise NotFetchedError(f"{type(e).__name__} {e.status}") from None
    except _NOT_FETCHED as e:
        raise NotFetchedError(type(e).__name__) from None


async def _content(bot: Bot, file_id: str) -> AsyncIterator[bytes]:
    found = await bot.get_file(file_id)
    url = bot.session.api.file_url(bot.token, found.file_path or "")
    async for piece in bot.session.stream_content(
        url, timeout=_FETCH_SECONDS, chunk_size=_PIECE_BYTES, raise_for_status=True
    ):
        yield piece


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(papers, Says("材料"))
    made.message.register(sent, HasDocument())
    made.message.register(photo, HasPhoto())
    made.callback_query.register(named, PaperButton.filter())
    return made
