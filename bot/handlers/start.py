"""Binding a chat to a contact, help, and what cannot be worked with."""

from datetime import UTC, datetime

from aiogram import Router
from aiogram.filters import Command, CommandObject, CommandStart
from aiogram.types import Message, Update

from bot.handlers.bases import base_line
from bot.handlers.filters import InGroup, Says
from bot.handlers.taps import answer
from bot.handlers.todo import signatures, todo_list
from bot.handlers.who import contact_behind, sender
from bot.reply import Reply
from bot.services import Services
from domain.errors import NotFound
from persistence.bases import Bases
from persistence.obligations import Obligations
from persistence.people import People


async def in_a_group(message: Message, services: Services) -> None:
    """Figures are not discussed in groups."""
    await message.answer(services.words.say("chat.private_only"))


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
            name, unit = await people.name(contact), await people.department_of(contact)
    except NotFound:
        await message.answer(say("chat.bad_code"))
        return
    if unit:
        await answer(
            message, Reply(say("unit.welcome", name=name, department=unit)), await signatures(services, unit)
        )
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
    known = await contact_behind(services, who) is not None
    await message.answer(services.words.say("chat.help" if known else "chat.stranger"))


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(in_a_group, InGroup())
    made.message.register(start, CommandStart())
    made.message.register(help_, Command("help"))
    made.message.register(help_, Says("帮助", "?", "？"))
    return made
