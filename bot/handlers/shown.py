"""A form's view as a reply; where files are asked for, with a link for chats in which they cannot be sent."""

from datetime import UTC, datetime

from aiogram.types import InlineKeyboardMarkup

from bot.handlers.handover import button_for
from bot.handlers.who import Sender
from bot.keyboards import ROW, keyboard
from bot.reply import Reply
from bot.services import Services
from casework.form_links import Allowed, Purpose, link_for
from domain.calendar import last_day_before
from domain.errors import DomainError
from domain.forms.questions import AnswerKind
from domain.forms.registry import FORMS
from domain.views import Mode, View
from persistence.people import People


async def shown(services: Services, view: View, no: int, contact: int) -> Reply:
    """What the form of obligation number `no` shows this contact now."""
    reply = services.renderer.view(view, no)
    if view.mode is Mode.IDLE:
        return await _with_handover(services, reply, no, contact)
    if view.mode is not Mode.ASKING or not _asks_for_files(view):
        return reply
    link = await link_for(services.database, Purpose.EVIDENCE, Allowed(no, contact), datetime.now(UTC))
    address = f"{services.public_url}/evidence/{link.token}"
    said = services.words.say("papers.link", link=address, last=last_day_before(link.expires_at))
    return reply._replace(text=f"{reply.text}\n{said}")


async def _with_handover(services: Services, reply: Reply, no: int, contact: int) -> Reply:
    """A form at rest can be handed over as well, if there is somebody to hand it to."""
    more, known = keyboard(await button_for(services, no, contact)), reply.markup
    if more is None or known is None:
        return reply
    rows = [*known.inline_keyboard[:-1], [*known.inline_keyboard[-1], *more.inline_keyboard[0]]]
    if len(rows[-1]) > ROW:
        rows = [*known.inline_keyboard, *more.inline_keyboard]
    return reply._replace(markup=InlineKeyboardMarkup(inline_keyboard=rows))


def _asks_for_files(view: View) -> bool:
    question = FORMS[view.kind].by_key.get(view.question or "")
    return question is not None and question.kind is AnswerKind.EVIDENCE


async def with_the_question(services: Services, who: Sender, help_: str) -> Reply:
    """The help for everything, and below it what is asked now: nobody loses the question by asking for help."""
    async with services.database.transaction() as tx:
        routed = await People(tx).route(who.channel, who.external_id, who.update_id)
    if routed is None or not routed.obligation_id or not routed.allowed:
        return Reply(help_)
    try:
        view = await services.gateway.view(routed.obligation_id)
    except DomainError:
        return Reply(help_)
    if view.mode in (Mode.IDLE, Mode.SUBMITTED):
        return Reply(help_)
    now = await shown(services, view, routed.obligation_no or 0, routed.contact_id)
    return now._replace(text=f"{help_}\n\n{now.text}")
