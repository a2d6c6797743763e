"""转交: hand the form that the chat is on over to another of the base, or take it back."""

import re

from aiogram import Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message, Update

from bot.handlers.taps import answer, refuse, reply_to
from bot.handlers.who import Sender, sender
from bot.keyboards import Button, HandoverButton, TurnButton, keyboard
from bot.render_form import BUTTON_LIMIT
from bot.reply import Reply
from bot.services import Services
from casework import handing_over
from domain.errors import DomainError
from domain.terms import OWED
from persistence.colleagues import Colleague, Colleagues
from persistence.handovers import Handovers
from persistence.obligations import ObligationRow, Obligations
from persistence.people import People

MOST_BUTTONS = 6

_SAID = re.compile(r"转交(?:给)?\s*(\S{1,20})?")


class HandsOver(Filter):
    """「转交」, alone or with a name or a role."""

    async def __call__(self, message: Message) -> bool:
        """Whether it is put so."""
        return _SAID.fullmatch((message.text or "").strip()) is not None


async def said(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """The form that the chat is on, or the only one that is open."""
    who = sender(message, event_update, channel)
    match = _SAID.fullmatch((message.text or "").strip())
    wanted = (match[1] if match else None) or ""
    async with services.database.transaction() as tx:
        contact = await People(tx).contact_of(who.channel, who.external_id)
        again = await Handovers(tx).of_update(who.key)
        rows = await Obligations(tx).open_of_contact(contact) if contact else []
        current = await People(tx).current_of(who.channel, who.external_id)
    if contact is None:
        await message.answer(services.words.say("chat.stranger"))
        return
    if again is not None:  # delivered again: the chat has left the form meanwhile
        current = again.obligation_id
    rows = [row for row in rows if row.id == current] or rows
    await answer(message, await _to_somebody(services, rows, contact, wanted, who))


async def _to_somebody(
    services: Services, rows: list[ObligationRow], contact: int, wanted: str, who: Sender
) -> Reply:
    """A text that names nobody of the base is an answer in a form."""
    if len(rows) != 1:
        if wanted:
            raise SkipHandler
        return _which(services, rows)
    (row,) = rows
    async with services.database.transaction() as tx:
        others = await Colleagues(tx).beside(row.base_id, contact)
    named = handing_over.meant(others, wanted)
    if wanted and not named:
        raise SkipHandler
    if len(named) == 1:
        return await _handed(services, row, contact, named[0].id, who)
    return await _to_default(services, row, contact, named or others, who)


async def _to_default(
    services: Services, row: ObligationRow, contact: int, others: list[Colleague], who: Sender
) -> Reply:
    one = handing_over.default_of(others)
    if one is not None:
        return await _handed(services, row, contact, one.id, who)
    return _choice(services, row, others)


def _which(services: Services, rows: list[ObligationRow]) -> Reply:
    say = services.words.say
    if not rows:
        return Reply(say("handover.nothing"))
    buttons = [
        Button(say("button.turn", base=row.base_name, **_named(services, row)), HandoverButton(no=row.no))
        for row in rows[:MOST_BUTTONS]
    ]
    return Reply(say("handover.which"), keyboard(buttons, row=1))


def _choice(services: Services, row: ObligationRow, others: list[Colleague]) -> Reply:
    """Somebody has to be chosen; or there is nobody, and what can be done about that."""
    say = services.words.say
    if not others:
        return Reply(say("handover.nobody", base=row.base_name))
    buttons = [
        Button(
            say("button.handover_to", role=one.role, name=one.name)[:BUTTON_LIMIT],
            HandoverButton(no=row.no, to=one.id),
        )
        for one in others[:MOST_BUTTONS]
    ]
    said = say("handover.to_whom", base=row.base_name, **_named(services, row))
    return Reply(said, keyboard(buttons, row=1))


async def tapped(
    callback: CallbackQuery,
    callback_data: HandoverButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """To somebody who was chosen, to whoever stands in, or back."""
    who = sender(callback, event_update, channel)
    async with services.database.transaction() as tx:
        contact = await People(tx).contact_of(who.channel, who.external_id)
        row = await Obligations(tx).of_contact_by_no(callback_data.no, contact) if contact else None
        others = await Colleagues(tx).beside(row.base_id, contact) if row and contact else []
    if row is None or contact is None:
        await refuse(callback, services, who)
        return
    if callback_data.to:
        reply = await _handed(services, row, contact, callback_data.to, who)
    else:
        reply = await _to_default(services, row, contact, others, who)
    await reply_to(callback, reply)


async def _handed(services: Services, row: ObligationRow, contact: int, to: int, who: Sender) -> Reply:
    """What the giver is told, with a way back."""
    say = services.words.say
    try:
        done = await handing_over.hand_over(services.casework, row, contact, to, who.key)
    except DomainError as e:
        return Reply(services.words.refusal(e.refusal))
    told = {"base": row.base_name, "filled": done.filled, "total": done.total, **_named(services, row)}
    if to == contact:
        start = Button(say("button.start"), TurnButton(no=row.no))
        return Reply(say("handover.taken_back", **told), keyboard([start]))
    async with services.database.transaction() as tx:
        roles = await Colleagues(tx).roles_of(done.row.to_contact)
        name = await People(tx).name(done.row.to_contact)
    role = roles.get(row.base_id, "")  # may have left since
    back = Button(say("button.take_back"), HandoverButton(no=row.no, to=contact))
    return Reply(say("handover.done", role=role, name=name, **told), keyboard([back]))


async def button_for(services: Services, no: int, contact: int) -> list[Button]:
    """「转交」, if the form is owed and there is somebody to hand it to."""
    async with services.database.transaction() as tx:
        row = await Obligations(tx).of_contact_by_no(no, contact)
        if row is None or row.state not in OWED or not await Colleagues(tx).beside(row.base_id, contact):
            return []
    return [Button(services.words.say("button.handover"), HandoverButton(no=no))]


def _named(services: Services, row: ObligationRow) -> dict[str, str]:
    return services.words.named({"period": row.period, "kind": row.kind})


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(said, HandsOver())
    made.callback_query.register(tapped, HandoverButton.filter())
    return made
