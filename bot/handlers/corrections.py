"""更正 and 异议: to correct what was accepted, or to say that something is not owed. The office decides."""

import re
from collections.abc import Iterable

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import Message, Update

from bot.handlers.taps import answer
from bot.handlers.who import contact_behind, sender
from bot.reply import Reply
from bot.services import Services
from bot.words import Words
from casework import corrections
from domain.decisions import lead_actor
from domain.errors import DomainError
from domain.obligation_decisions import AskReopen, ObjectToReport, ObligationRequest
from domain.terms import OWED, ObligationState
from persistence.obligations import ObligationFilter, ObligationRow, Obligations

MOST_CHARACTERS = 500
_MOST_LISTED = 10

_WORDS = {"更正": AskReopen, "异议": ObjectToReport}
_SAID = re.compile(r"(更正|异议)(?:\s*[：:]?\s*(\d{1,9})(?:[\s，,：:]+(.*))?)?", re.DOTALL)
SUBJECTS = {"更正": frozenset({ObligationState.ACCEPTED}), "异议": OWED}


class Asks(Filter):
    """「更正」 or 「异议」, alone or with a number and a reason: an answer that begins with such a word is none of it."""

    async def __call__(self, message: Message) -> bool:
        """Whether it is put so."""
        return _SAID.fullmatch((message.text or "").strip()) is not None


async def ask(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """File it, or tell about what it can be filed and how."""
    who = sender(message, event_update, channel)
    contact = await contact_behind(services, who)
    match = _SAID.fullmatch((message.text or "").strip())
    if contact is None or match is None:
        await message.answer(services.words.say("chat.stranger"))
        return
    word, number, reason = match[1], match[2], (match[3] or "").strip()
    if number is None:
        await answer(message, Reply(await listed(services, word, contact)))
        return
    async with services.database.transaction() as tx:
        row = await Obligations(tx).of_contact_by_no(int(number), contact)
    if row is None:
        await message.answer(services.words.say("chat.not_yours"))
        return
    await message.answer(await filed(services, word, row, reason, contact, who.key))


async def listed(services: Services, word: str, contact: int) -> str:
    """What can be asked about, the newest first."""
    say = services.words.say
    rows: list[ObligationRow] = []
    for state in SUBJECTS[word]:
        async with services.database.transaction() as tx:
            rows += await Obligations(tx).find(ObligationFilter(contact=contact, state=state), limit=200)
    if not rows:
        return say("correction.none", word=word)
    newest = sorted(rows, key=lambda row: (row.ended_at or row.opens, row.no), reverse=True)[:_MOST_LISTED]
    return "\n".join([say("correction.head", word=word), *lines_of(services, newest)])


def lines_of(services: Services, rows: Iterable[ObligationRow]) -> list[str]:
    """Each with the number by which it is chosen."""
    return [services.words.say("correction.line", no=row.no, **_named(services.words, row)) for row in rows]


async def filed(
    services: Services, word: str, row: ObligationRow, reason: str, contact: int, update_id: str
) -> str:
    """File it with the office; what is said to that."""
    say = services.words.say
    if not reason:
        return say("correction.no_reason", word=word, no=row.no)
    if len(reason) > MOST_CHARACTERS:
        return say("correction.too_long", length=len(reason), most=MOST_CHARACTERS)
    request = ObligationRequest(decision=_WORDS[word](reason=reason), by=lead_actor(contact))
    try:
        await corrections.decide(services.casework, row.id, request, update_id)
    except DomainError as e:
        return services.words.refusal(e.refusal)
    return say("correction.filed", word=word, **_named(services.words, row))


def _named(words: Words, row: ObligationRow) -> dict[str, str]:
    return words.named({"period": row.period, "kind": row.kind}) | {"base": row.base_name}


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(ask, Asks())
    return made
