"""Answers in a form: translated, passed on in one call, and the view sent back."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message, Update

from bot.handlers.application import open_, said_of
from bot.handlers.apply import answered
from bot.handlers.filters import HasText, PlainAnswer
from bot.handlers.over import known_better
from bot.handlers.shown import shown
from bot.handlers.taps import alert, answer, reply_to
from bot.handlers.todo import put_off, resume, todo_list, turned_to
from bot.handlers.who import Sender, contact_behind, known_for, sender
from bot.keyboards import ChoiceButton, FormButton
from bot.reply import Reply
from bot.services import Services
from domain.decisions import lead_actor
from domain.errors import DomainError
from domain.forms.reading import read
from domain.forms.said import Said, action_of
from domain.views import Action, Mode
from persistence.chats import Chats
from persistence.obligations import Obligations
from persistence.people import Arrived, People, Routed
from workflows.messages import Answer


async def text(
    message: Message, arrived: Arrived, services: Services, channel: str, event_update: Update
) -> None:
    """A typed answer goes to the obligation that the chat is on."""
    who, routed = sender(message, event_update, channel), arrived.routed
    if routed is None:
        await message.answer(services.words.say("chat.stranger"))
        return
    await answer(message, await _routed(services, routed, _said(message.text or ""), who))


def _said(text: str) -> Said:
    """What was typed; 「明天提醒我」 is no answer wherever it is said."""
    if action_of(text) is Action.SNOOZE:
        return Said(action=Action.SNOOZE)
    return read(text)


async def _routed(services: Services, routed: Routed, said: Said, who: Sender) -> Reply:
    """What the chat was on when this came first decides, an obligation or an application; else a registration."""
    if routed.obligation_id and routed.allowed:
        return await answer_in_form(services, routed, said, who)
    if routed.application_id and routed.allowed:
        known = await known_for(services, who, routed.application_id)
        return (
            await said_of(services, known, who, said)
            if known
            else Reply(services.words.say("chat.not_yours"))
        )
    if said.action is Action.SNOOZE:
        return await _put_all_off(services, routed.contact_id, who)
    return await answered(services, routed.contact_id, who, said) or await _nothing(services, routed, who)


async def _put_all_off(services: Services, contact: int, who: Sender) -> Reply:
    """The chat is on nothing: whatever is open is meant."""
    async with services.database.transaction() as tx:
        rows = await Obligations(tx).open_of_contact(contact)
    return await put_off(services, rows, who, contact) if rows else todo_list(services, rows)


async def _nothing(services: Services, routed: Routed, who: Sender) -> Reply:
    """The chat was on nothing. What registered an application, delivered again, gets the application as it stands."""
    async with services.database.transaction() as tx:
        moved_on_to = await Chats(tx, who.channel, who.external_id).moved_on_to(who.update_id)
    known = await known_for(services, who, moved_on_to) if moved_on_to else None
    if known:
        return await open_(services, known, who)
    return await _only_open(services, routed.contact_id, who)


async def _only_open(services: Services, contact: int, who: Sender) -> Reply:
    """The one open obligation as it stands, made current: what was typed was no answer to it. Else the list."""
    async with services.database.transaction() as tx:
        rows = await Obligations(tx).open_of_contact(contact)
        if len(rows) != 1:
            return todo_list(services, rows)
        await People(tx).turn_to(who.channel, who.external_id, rows[0].id)
    return await resume(services, rows[0], who, contact)


async def button(
    callback: CallbackQuery,
    callback_data: FormButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """A tapped answer names its obligation and the view it stood under."""
    said = Said(action=callback_data.action, revision=callback_data.revision)
    await _tapped(callback, services, sender(callback, event_update, channel), callback_data.no, said)


async def choice(
    callback: CallbackQuery,
    callback_data: ChoiceButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """The same for one of a few answers."""
    said = Said(text=callback_data.said, revision=callback_data.revision)
    await _tapped(callback, services, sender(callback, event_update, channel), callback_data.no, said)


async def _tapped(callback: CallbackQuery, services: Services, who: Sender, no: int, said: Said) -> None:
    turned = await turned_to(services, callback, who, no)
    if turned is None:
        return
    row, contact = turned
    routed = Routed(contact_id=contact, obligation_id=row.id, obligation_no=row.no, allowed=True)
    await reply_to(callback, await answer_in_form(services, routed, said, who))


async def answer_in_form(services: Services, routed: Routed, said: Said, who: Sender) -> Reply:
    """One step of the form of the obligation that it was routed to."""
    obligation_id, no = routed.obligation_id or "", routed.obligation_no or 0
    said_by = Answer(said=said, by=lead_actor(routed.contact_id), minds_others=True)
    try:
        view = await services.gateway.answer(obligation_id, said_by, who.key)
    except DomainError as e:
        await _leave(services, who, obligation_id)
        return Reply(services.words.refusal((await known_better(services, obligation_id, e)).refusal))
    reply = await shown(services, view, no, routed.contact_id)
    if view.mode is Mode.SUBMITTED:
        left = await _leave(services, who, obligation_id, routed.contact_id)
        if left:
            reply = reply._replace(text=f"{reply.text}\n{services.words.say('form.next_todo', count=left)}")
    return reply


async def _leave(services: Services, who: Sender, obligation_id: str, contact_id: int | None = None) -> int:
    """The chat is done with it; how many others are open."""
    async with services.database.transaction() as tx:
        await People(tx).leave(who.channel, who.external_id, obligation_id)
        return len(await Obligations(tx).open_of_contact(contact_id)) if contact_id else 0


async def anything_else(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """Stickers, photos and files are not answers."""
    known = await contact_behind(services, sender(message, event_update, channel)) is not None
    await message.answer(services.words.say("chat.unsupported" if known else "chat.stranger"))


async def unknown_button(
    callback: CallbackQuery, services: Services, channel: str, event_update: Update
) -> None:
    """A button of another time."""
    known = await contact_behind(services, sender(callback, event_update, channel)) is not None
    await alert(callback, services.words.say("chat.old_button" if known else "chat.stranger"))


def router() -> Router:
    """Handlers of this module; the last to be asked."""
    made = Router()
    made.callback_query.register(button, FormButton.filter())
    made.callback_query.register(choice, ChoiceButton.filter())
    made.callback_query.register(unknown_button)
    made.message.register(text, HasText())
    made.message.register(anything_else)
    return made


def plain() -> Router:
    """Asked before all others: of many handlers each costs a little for every answer that is typed."""
    made = Router()
    made.message.register(text, PlainAnswer())
    return made
