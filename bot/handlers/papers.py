"""材料 in chat: what is there, what is missing, the link for uploads, and a PDF sent to the bot itself."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from aiogram import Bot, Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery, Document, Message, Update
from aiohttp import ClientError, ClientResponseError

from bot import render_application as words_of
from bot.handlers.filters import HasDocument, Says
from bot.handlers.taps import answer, refuse, reply_to
from bot.handlers.who import Known, Sender, current, known_for, sender, without_one
from bot.keyboards import Button, PaperButton, keyboard
from bot.reply import Reply
from bot.services import Services
from casework import applying
from casework.applying import Paper
from domain.calendar import last_day_before
from domain.errors import DomainError
from domain.forms.application_dialogue import Waiting
from domain.policy.uploads import link_expires
from persistence.materials import UploadLinks, take_in

MOST_BYTES = 20 * 1024 * 1024
"""What a bot may fetch from Telegram (getFile)."""

_PIECE_BYTES = 1 << 16
_FETCH_SECONDS = 60


class GoneError(Exception):
    """The platform does not give the file out any more."""


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
    return Reply(await list_of(services, known), words_of.to_go_on(services.words, known.row.id))


async def list_of(services: Services, known: Known) -> str:
    """Each document with ✓ or 缺, and a new link."""
    papers = await applying.papers(services.casework, known.row)
    expires = link_expires(datetime.now(UTC))
    async with services.database.transaction() as tx:
        token = await UploadLinks(tx).create(known.row.id, known.contact, expires)
    link = f"{services.public_url}/upload/{token}"
    return words_of.checklist(services.words, papers, link, str(last_day_before(expires)))


async def sent(message: Message, bot: Bot, services: Services, channel: str, event_update: Update) -> None:
    """A file sent to the bot: taken in if it is known which document it is, else that is asked."""
    who = sender(message, event_update, channel)
    known = await current(services, who)
    if known is None or message.document is None:
        await answer(message, await without_one(services, who))
        return
    await answer(message, await _taken(services, bot, known, who, message, message.document))


async def _taken(
    services: Services, bot: Bot, known: Known, who: Sender, message: Message, document: Document
) -> Reply:
    if (document.file_size or 0) > MOST_BYTES:
        too_large = services.words.say("papers.too_large_here", limit=MOST_BYTES // 2**20)
        return Reply(f"{too_large}\n{await list_of(services, known)}")
    began = _business(services, message.date)
    file = Waiting(file_id=document.file_id, filename=document.file_name or "", started_at=began)
    listed = await applying.papers(services.casework, known.row)
    meant = _meant(listed, message.caption or "")
    if meant:
        return await _keep(services, bot, known, meant, file)
    await applying.remember_file(services.casework, known.row, file, known.actor, who.key)
    return _which(services, known, listed)


def _business(services: Services, machine: datetime) -> datetime:
    """The business instant at which something was sent."""
    age = max(datetime.now(UTC) - machine, timedelta(0))
    return services.clock.now() - age * services.clock.current.speed


def _meant(listed: list[Paper], caption: str) -> str | None:
    """The document that a caption names, by its number or its name."""
    said = caption.strip()
    if said.isdecimal():
        return listed[int(said) - 1].item.key if 1 <= int(said) <= len(listed) else None
    found = [item.key for item, _ in listed if said and (said in item.label or item.label in said)]
    return found[0] if len(found) == 1 else None


def _which(services: Services, known: Known, listed: list[Paper]) -> Reply:
    buttons = [
        Button(f"{no}. {item.label}", PaperButton(base_id=known.row.id, item=item.key))
        for no, (item, _) in enumerate(listed, 1)
    ]
    return Reply(services.words.say("papers.which"), keyboard(buttons, row=1))


async def named(
    callback: CallbackQuery,
    callback_data: PaperButton,
    bot: Bot,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """Which document the file is that was sent last."""
    who = sender(callback, event_update, channel)
    known = await known_for(services, who, callback_data.base_id)
    if known is None:
        await refuse(callback, services, who)
        return
    file = await applying.waiting_file(services.casework, known.row)
    if file is None:
        await reply_to(callback, Reply(services.words.say("papers.no_file")))
        return
    await reply_to(callback, await _keep(services, bot, known, callback_data.item, file))


async def _keep(services: Services, bot: Bot, known: Known, item: str, file: Waiting) -> Reply:
    """Fetch it, check it, keep it; what is refused says why, and the list follows in any case."""
    words, row = services.words, known.row
    try:
        returned = await services.casework.returned(row.id)
        kept = await take_in(
            services.database,
            services.documents,
            row.id,
            item,
            _pieces(bot, file.file_id),
            file.filename,
            known.actor,
            file.started_at,
            services.clock.now(),
            returned,
        )
    except DomainError as e:
        return Reply(words.refusal(e.refusal))
    except GoneError:
        return Reply(f"{words.say('papers.not_fetched')}\n{await list_of(services, known)}")
    label = next(
        paper.item.label for paper in await applying.papers(services.casework, row) if paper.item.key == item
    )
    head = words.say("papers.kept", label=label, pages=kept.pages)
    return Reply(f"{head}\n{await list_of(services, known)}", words_of.to_go_on(words, row.id))


async def _pieces(bot: Bot, file_id: str) -> AsyncIterator[bytes]:
    """The content of a file of the platform. Raises GoneError, or OSError if trying later helps."""
    try:
        found = await bot.get_file(file_id)
        url = bot.session.api.file_url(bot.token, found.file_path or "")
        async for piece in bot.session.stream_content(
            url, timeout=_FETCH_SECONDS, chunk_size=_PIECE_BYTES, raise_for_status=True
        ):
            yield piece
    except TelegramBadRequest as e:
        raise GoneError(str(e)) from e
    except ClientResponseError as e:
        if e.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ConnectionError(str(e)) from e
        raise GoneError(str(e)) from e
    except ClientError as e:
        raise ConnectionError(str(e)) from e


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(papers, Says("材料"))
    made.message.register(sent, HasDocument())
    made.callback_query.register(named, PaperButton.filter())
    return made
