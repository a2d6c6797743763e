"""Binding a chat to a contact, help, and what cannot be worked with."""

from datetime import UTC, datetime

from aiogram import Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import Message, Update

from bot.handlers.bases import base_line
from bot.handlers.filters import Binds, Says
from bot.handlers.office import page_of
from bot.handlers.shown import with_the_question
from bot.handlers.taps import answer
from bot.handlers.todo import todo_list
from bot.handlers.who import contact_behind, official_behind, sender
from bot.reply import Reply
from bot.services import Services
from domain.errors import NotFound
from persistence.bases import Bases
from persistence.obligations import Obligations
from persistence.office_tasks import OfficeTasks
from persistence.people import People


async def start(
    message: Message, command: CommandObject, services: Services, channel: str, event_update: Update
) -> None:
    """`/start CODE` binds; `/start` alone tells what to do."""
    who = sender(message, event_update, channel)
    code = (command.args or "").strip()
    say = services.words.say
    if not code:
        known = await contact_behind(services, who) is not None
        await message.answer(say("chat.help" if known else "chat.stranger"))
        return
    try:
        async with services.database.transaction() as tx:
            people = People(tx)
            contact = await people.redeem(code, who.channel, who.external_id, datetime.now(UTC))
            name = await people.name(contact)
            await OfficeTasks(tx).settle(services.clock.now(), contact)
    except NotFound:
        await message.answer(say("chat.bad_code"))
        return
    official = await official_behind(services, who)
    if official:
        welcome = Reply(say("unit.welcome", name=name, department=official.unit))
        await answer(message, welcome, await page_of(services, official))
        return
    await answer(message, Reply(say("chat.welcome", name=name)), *await _what_waits(services, contact))


async def _what_waits(services: Services, contact: int) -> list[Reply]:
    """What the contact would have been told if the chat had been bound before."""
    async with services.database.transaction() as tx:
        owed = await Obligations(tx).open_of_contact(contact)
        bases = await Bases(tx).of_contact(contact, services.clock.now())
    lines = [base_line(services, base) for base in bases]
    return [line for line in lines if line.markup] + ([todo_list(services, owed)] if owed else [])


async def help_(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """How to use it; a stranger learns only how to get a code."""
    who = sender(message, event_update, channel)
    if await contact_behind(services, who) is None:
        await message.answer(services.words.say("chat.stranger"))
        return
    if await official_behind(services, who, without_bases=True):
        await answer(message, Reply(services.words.say("unit.help")))
        return
    await answer(message, await with_the_question(services, who, services.words.say("chat.help")))


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(start, CommandStart())
    made.message.register(start, Binds())
    made.message.register(help_, Command("help"))
    made.message.register(help_, Says("帮助", "?", "？"))
    return made
