"""Files as answers: what is sent while the chat is on a form that asks for evidence."""

import logging
from typing import NamedTuple

from aiogram import Bot, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.types import Message, Update

from bot.handlers.filters import HasDocument, HasPhoto
from bot.handlers.form import answer_in_form
from bot.handlers.papers import MOST_BYTES, NotFetchedError, pieces
from bot.handlers.shown import shown
from bot.handlers.taps import answer
from bot.handlers.who import Sender, sender
from bot.reply import Reply
from bot.services import Services
from domain.calendar import business_day
from domain.errors import DomainError
from domain.forms.files import said_file
from domain.forms.questions import AnswerKind, Question
from domain.forms.registry import FORMS
from domain.forms.said import Said
from persistence.documents import StoreUnavailable
from persistence.evidence import take_evidence
from persistence.obligations import Obligations
from persistence.people import People, Routed

_LOG = logging.getLogger(__name__)


class _Asked(NamedTuple):
    """The form that the chat is on, and the question that files answer in it."""

    routed: Routed
    question: Question


class _Sent(NamedTuple):
    """A file of the platform."""

    file_id: str
    size: int


async def sent(message: Message, bot: Bot, services: Services, channel: str, event_update: Update) -> None:
    """A photo or a file: an answer if the form that the chat is on takes any."""
    who = sender(message, event_update, channel)
    asked, file = await _asked(services, who), _file(message)
    if asked is None or file is None:
        raise SkipHandler
    await answer(message, await _taken(services, bot, asked, file, who))


async def _asked(services: Services, who: Sender) -> _Asked | None:
    async with services.database.transaction() as tx:
        routed = await People(tx).route(who.channel, who.external_id, who.update_id)
        if routed is None or not routed.obligation_id or not routed.allowed:
            return None
        row = await Obligations(tx).get(routed.obligation_id)
    found = [q for q in FORMS[row.kind].questions if q.kind is AnswerKind.EVIDENCE]
    return _Asked(routed, found[0]) if found else None


def _file(message: Message) -> _Sent | None:
    """Of a photo, which comes in several sizes, the largest."""
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return _Sent(largest.file_id, largest.file_size or 0)
    if message.document:
        return _Sent(message.document.file_id, message.document.file_size or 0)
    return None


async def _taken(services: Services, bot: Bot, asked: _Asked, file: _Sent, who: Sender) -> Reply:
    """Fetched, checked and kept, it is an answer as any other. What is refused says why, and the form is shown again."""
    say = services.words.say
    if file.size > MOST_BYTES:
        return await _not_taken(services, asked, say("evidence.too_large_here", limit=MOST_BYTES // 2**20))
    content, day = pieces(bot, file.file_id), business_day(services.clock.now())
    try:
        digest = await take_evidence(services.database, services.documents, asked.question, content, day)
    except DomainError as e:
        return await _not_taken(services, asked, services.words.refusal(e.refusal))
    except (NotFetchedError, StoreUnavailable) as e:
        _LOG.warning("a file for %s was not taken in: %r", asked.routed.obligation_id, e)
        return await _not_taken(services, asked, say("evidence.not_fetched"))
    return await answer_in_form(services, asked.routed, Said(text=said_file(digest)), who)


async def _not_taken(services: Services, asked: _Asked, why: str) -> Reply:
    try:
        view = await services.gateway.view(asked.routed.obligation_id or "")
    except DomainError:
        return Reply(why)
    now = await shown(services, view, asked.routed.obligation_no or 0, asked.routed.contact_id)
    return now._replace(text=f"{why}\n{now.text}")


def router() -> Router:
    """Handlers of this module; asked before those that take files as documents of an application."""
    made = Router()
    made.message.register(sent, HasDocument())
    made.message.register(sent, HasPhoto())
    return made
