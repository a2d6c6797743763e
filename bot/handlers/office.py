"""待我办: what waits for an office or a member unit, and a card for each. The decisions under it: see `deciding`.

Nothing that a button says is trusted: who taps it, and whether it waits for them, is asked of the database each time.
"""

import re
from typing import Any

from aiogram import Router
from aiogram.filters import Command, Filter
from aiogram.types import CallbackQuery, Message, Update

from bot import render_office as words_of
from bot.handlers.deciding import begin, gone, leave
from bot.handlers.filters import Says
from bot.handlers.taps import answer, refuse, reply_to
from bot.handlers.todo import todo
from bot.handlers.who import official_behind, sender
from bot.keyboards import ItemButton
from bot.reply import Reply
from bot.services import Services
from casework import worklist
from domain.worklist import Act, Official

_LISTED = re.compile(r"(?:待我办|待办)\s*(\d{1,4})?")


class FromOffice(Filter):
    """「待办」 from somebody of an office who answers for no base besides; 「待我办」 from anybody of an office."""

    async def __call__(
        self, message: Message, services: Services, channel: str, event_update: Update
    ) -> bool | dict[str, Any]:
        """The official and the page, for the handler."""
        text = (message.text or "").strip()
        command = text in ("/mine", "/todo")
        match = _LISTED.fullmatch(text)
        if match is None and not command:
            return False
        mixed = text.startswith("待办") or text == "/todo"
        who = sender(message, event_update, channel)
        official = await official_behind(services, who, without_bases=mixed)
        number = int(match[1] or 1) if match else 1
        return {"official": official, "number": max(number, 1)} if official else False


async def listed(
    message: Message, official: Official, number: int, services: Services, channel: str, event_update: Update
) -> None:
    """One page of what waits. What was about to be decided is left."""
    who = sender(message, event_update, channel)
    await leave(services, who)
    await answer(message, await page_of(services, official, number))


async def page_of(services: Services, official: Official, number: int = 1) -> Reply:
    """One page of what waits for an official."""
    page = await worklist.page(services.casework, official, number)
    return words_of.listed(services.words, official, page)


async def tapped(
    callback: CallbackQuery,
    callback_data: ItemButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """A card, the next one, or a decision."""
    who = sender(callback, event_update, channel)
    official = await official_behind(services, who)
    if official is None:
        await refuse(callback, services, who)
        return
    match callback_data.act:
        case Act.SHOW:
            await reply_to(callback, await _card(services, official, callback_data))
        case Act.NEXT:
            await reply_to(callback, await _next(services, official, callback_data))
        case _:
            await reply_to(callback, await begin(services, official, who, callback_data))


async def _card(services: Services, official: Official, data: ItemButton) -> Reply:
    found = await worklist.card(services.casework, official, data.kind, data.ref)
    if found is None:
        return await gone(services, official, data.kind, data.ref)
    return words_of.card(services.words, official, found, services.public_url)


async def _next(services: Services, official: Official, data: ItemButton) -> Reply:
    found = await worklist.next_card(services.casework, official, (data.kind, data.ref))
    if found is None:
        return Reply(services.words.say("office.no_other"))
    return words_of.card(services.words, official, found, services.public_url)


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(listed, FromOffice())
    made.message.register(todo, Says("待我办"))
    made.message.register(todo, Command("mine"))
    made.callback_query.register(tapped, ItemButton.filter())
    return made
