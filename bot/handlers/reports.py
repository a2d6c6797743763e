"""更正 and 异议 with the period instead of a number: 「更正 2026年10月 理由」."""

import re

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import Message, Update

from bot import periods
from bot.handlers.corrections import SUBJECTS, filed, lines_of, listed
from bot.handlers.taps import answer
from bot.handlers.who import contact_behind, sender
from bot.periods import Named
from bot.reply import Reply
from bot.services import Services
from persistence.obligations import ObligationRow, Obligations

_SAID = re.compile(rf"({'|'.join(SUBJECTS)})([\s：:，,]*)(.*)", re.DOTALL)


class NamesPeriod(Filter):
    """Begins with one of the words and a period; nearer than that only if the year is told, as answers may be."""

    async def __call__(self, message: Message) -> bool:
        """Whether it is put so."""
        return _read((message.text or "").strip()) is not None


def _read(text: str) -> tuple[str, Named] | None:
    match = _SAID.fullmatch(text)
    named = periods.read(match[3]) if match else None
    if match is None or named is None or not (match[2] or named.said[:4].isdecimal()):
        return None
    return match[1], named


async def ask(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """File it about the report that is meant, or tell which ones there are."""
    who = sender(message, event_update, channel)
    contact = await contact_behind(services, who)
    read = _read((message.text or "").strip())
    if contact is None or read is None:
        await message.answer(services.words.say("chat.stranger"))
        return
    word, named = read
    async with services.database.transaction() as tx:
        found = await Obligations(tx).of_contact_in(contact, named.pattern)
    meant = [row for row in found if named.kind in (None, row.kind)]
    one = await _chosen(services, word, meant, who.key)
    if one:
        await message.answer(await filed(services, word, one, named.rest, contact, who.key))
        return
    lines = _which(services, word, meant) if meant else await _none(services, word, named, contact)
    await answer(message, Reply("\n".join(lines)))


async def _chosen(
    services: Services, word: str, meant: list[ObligationRow], update_id: str
) -> ObligationRow | None:
    """The only one, or the only one of which it can be asked; delivered again, the same as the first time."""
    if len(meant) > 1:
        async with services.database.transaction() as tx:
            for row in meant:
                if await Obligations(tx).was_decided(row.id, update_id):
                    return row
        meant = [row for row in meant if row.state in SUBJECTS[word]]
    return meant[0] if len(meant) == 1 else None


def _which(services: Services, word: str, meant: list[ObligationRow]) -> list[str]:
    fitting = [row for row in meant if row.state in SUBJECTS[word]] or meant
    head = services.words.say("report_chat.which", word=word, count=len(fitting))
    return [head, *lines_of(services, fitting)]


async def _none(services: Services, word: str, named: Named, contact: int) -> list[str]:
    head = services.words.say("report_chat.none", said=named.said)
    return [head, await listed(services, word, contact)]


def router() -> Router:
    """Handlers of this module; asked before those of `corrections`."""
    made = Router()
    made.message.register(ask, NamesPeriod())
    return made
