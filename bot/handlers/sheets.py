"""A form as an Excel sheet: the template goes out, and what was filled in comes back as a file."""

import logging
from datetime import UTC, datetime

from aiogram import Bot, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import Command, Filter
from aiogram.methods import SendDocument, SendMessage
from aiogram.types import BufferedInputFile, CallbackQuery, Document, Message, Update

from bot.handlers.filters import Says
from bot.handlers.form import answer_in_form
from bot.handlers.papers import NotFetchedError, pieces
from bot.handlers.shown import shown
from bot.handlers.taps import alert, answer, reply_to
from bot.handlers.todo import todo_list
from bot.handlers.who import Sender, sender
from bot.keyboards import SheetButton
from bot.reply import Reply
from bot.services import Services
from casework import form_sheets
from casework.form_links import Allowed, Purpose, link_for
from casework.form_sheet import filename_of
from casework.form_sheet_reading import Filled, check_size
from domain.calendar import last_day_before
from domain.errors import DomainError
from domain.forms.said import Said
from persistence.obligations import ObligationRow, Obligations
from persistence.people import People, Routed

_LOG = logging.getLogger(__name__)

_ENDINGS = (".xlsx", ".xlsm", ".xls", ".et")
_TYPES = ("spreadsheet", "ms-excel")


class HasSheet(Filter):
    """A file that may be a workbook; what it is its content tells."""

    async def __call__(self, message: Message) -> bool:
        """Whether its name or its type says so."""
        document = message.document
        if document is None:
            return False
        named = (document.file_name or "").lower().endswith(_ENDINGS)
        return named or any(one in (document.mime_type or "") for one in _TYPES)


async def asked(message: Message, bot: Bot, services: Services, channel: str, event_update: Update) -> None:
    """「下载模板」: of what the chat is on, or of the only thing that is owed."""
    who = sender(message, event_update, channel)
    async with services.database.transaction() as tx:
        routed = await People(tx).route(who.channel, who.external_id, who.update_id)
        rows = await Obligations(tx).open_of_contact(routed.contact_id) if routed else []
    if routed is None:
        await message.answer(services.words.say("chat.stranger"))
        return
    row = next((row for row in rows if row.id == routed.obligation_id), rows[0] if len(rows) == 1 else None)
    if row is None:
        await answer(message, _which(services, rows))
        return
    await _send(bot, services, message.chat.id, row, routed.contact_id)


def _which(services: Services, rows: list[ObligationRow]) -> Reply:
    listed = todo_list(services, rows)
    return listed._replace(text=f"{services.words.say('sheet.which')}\n{listed.text}") if rows else listed


async def tapped(
    callback: CallbackQuery,
    callback_data: SheetButton,
    bot: Bot,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """The same under a form at rest. What the chat is on stays as it is."""
    who = sender(callback, event_update, channel)
    async with services.database.transaction() as tx:
        contact = await People(tx).contact_of(who.channel, who.external_id)
        row = await Obligations(tx).of_contact_by_no(callback_data.no, contact) if contact else None
    if row is None or contact is None:
        await alert(callback, services.words.say("chat.not_yours" if contact else "chat.stranger"))
        return
    await reply_to(callback)
    await _send(bot, services, callback.from_user.id, row, contact)


async def _send(bot: Bot, services: Services, chat: int, row: ObligationRow, contact: int) -> None:
    """What to do with it, the link for chats in which no file can be sent, and the file."""
    say = services.words.say
    try:
        content = await form_sheets.template(services.casework, row)
    except DomainError as e:
        await bot(SendMessage(chat_id=chat, text=services.words.refusal(e.refusal)))
        return
    named = services.words.named({"period": row.period, "kind": row.kind})
    link = await link_for(services.database, Purpose.SHEET, Allowed(row.no, contact), datetime.now(UTC))
    address = f"{services.public_url}/sheet/{link.token}"
    lines = [
        say("sheet.how", **named),
        say("sheet.link", link=address, last=last_day_before(link.expires_at)),
    ]
    await bot(SendMessage(chat_id=chat, text="\n".join(lines)))
    file = BufferedInputFile(content, filename_of(form_sheets.owed(row)))
    await bot(SendDocument(chat_id=chat, document=file))


async def sent(message: Message, bot: Bot, services: Services, channel: str, event_update: Update) -> None:
    """A workbook: answers to the form that the chat is on, or else to the one that it was made for."""
    who = sender(message, event_update, channel)
    async with services.database.transaction() as tx:
        routed = await People(tx).route(who.channel, who.external_id, who.update_id)
    if routed is None or message.document is None:
        raise SkipHandler
    on_form = routed if routed.obligation_id and routed.allowed else None
    try:
        filled = await _filled(services, bot, message.document)
        await answer(message, await _taken(services, filled, routed, who))
    except DomainError as e:
        if on_form is None and routed.application_id:
            raise SkipHandler from None  # it may have been meant as one of the documents
        await answer(message, await _not_taken(services, on_form, services.words.refusal(e.refusal)))
    except NotFetchedError as e:
        _LOG.warning("a sheet was not fetched: %r", e)
        await answer(message, await _not_taken(services, on_form, services.words.say("sheet.not_fetched")))


async def _filled(services: Services, bot: Bot, document: Document) -> Filled:
    """Fetched no further than a sheet can be long. Raises Refused, NotFetchedError."""
    now = services.clock.now()
    check_size(document.file_size or 0, now)
    content = bytearray()
    async for piece in pieces(bot, document.file_id):
        content += piece
        check_size(len(content), now)
    return await form_sheets.read(services.casework, bytes(content))


async def _taken(services: Services, filled: Filled, routed: Routed, who: Sender) -> Reply:
    """An answer as any other; the obligation is the chat's current one from now on."""
    contact = routed.contact_id
    row = await _current(services, routed) or await form_sheets.meant(services.casework, filled, contact)
    given = await form_sheets.answers(services.casework, filled, row, contact)
    async with services.database.transaction() as tx:
        await People(tx).turn_to(who.channel, who.external_id, row.id)
    at = Routed(contact_id=contact, obligation_id=row.id, obligation_no=row.no, allowed=True)
    return await answer_in_form(services, at, Said(batch=given), who)


async def _current(services: Services, routed: Routed) -> ObligationRow | None:
    if not routed.obligation_no or not routed.allowed:
        return None
    async with services.database.transaction() as tx:
        return await Obligations(tx).of_contact_by_no(routed.obligation_no, routed.contact_id)


async def _not_taken(services: Services, routed: Routed | None, why: str) -> Reply:
    """Why, and what is asked now."""
    if routed is None:
        return Reply(why)
    try:
        view = await services.gateway.view(routed.obligation_id or "")
    except DomainError:
        return Reply(why)
    now = await shown(services, view, routed.obligation_no or 0, routed.contact_id)
    return now._replace(text=f"{why}\n{now.text}")


def router() -> Router:
    """Handlers of this module; asked before those that take files as evidence or as documents of an application."""
    made = Router()
    made.message.register(asked, Command("template"))
    made.message.register(asked, Says("下载模板", "模板"))
    made.message.register(sent, HasSheet())
    made.callback_query.register(tapped, SheetButton.filter())
    return made
