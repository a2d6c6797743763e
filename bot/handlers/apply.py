"""申报: choosing a round, and the few answers before an application is registered."""

from datetime import datetime

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, Update

from bot import render_application as words_of
from bot.handlers.application import said_of
from bot.handlers.filters import Says
from bot.handlers.taps import alert, answer, reply_to
from bot.handlers.who import Known, Sender, contact_behind, known_for, sender
from bot.keyboards import BaseAct, BaseButton, Button, IntentButton, NewButton, keyboard
from bot.reply import Reply
from bot.services import Services
from casework import applying
from domain.calendar import shown_end
from domain.errors import DomainError
from domain.forms.intent import Intent, asked, take
from domain.forms.said import Said
from domain.policy.rounds import CallOfRound
from domain.views import Action, Note
from persistence.bases import Bases
from persistence.chats import Chats
from persistence.rounds import RoundRow, Rounds


async def apply(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """What can be applied for, and what was begun. The only possibility is begun at once."""
    who = sender(message, event_update, channel)
    contact = await contact_behind(services, who)
    if contact is None:
        await answer(message, Reply(services.words.say("chat.stranger")))
        return
    rounds = await applying.open_rounds(services.casework)
    begun = await _begun(services, contact, who)
    if len(rounds) == 1 and not begun:
        await answer(message, await _begin(services, who, rounds[0]))
    else:
        await answer(message, _offer(services, rounds, begun))


async def _begun(services: Services, contact: int, who: Sender) -> list[Button]:
    """Buttons to go on with: a registration that was not finished, applications that wait for their applicant."""
    say = services.words.say
    async with services.database.transaction() as tx:
        rows = await Bases(tx).of_contact(contact, services.clock.now())
        stored = await Chats(tx, who.channel, who.external_id).intent()
    if stored and who.key in stored["handled"]:
        return []  # a redelivery of what began it
    going = [IntentButton(revision=stored["revision"], said=Action.START)] if stored else []
    return [
        *(Button(say("button.intent"), data) for data in going),
        *(
            Button(say("button.fill_one", base=row.name), BaseButton(act=BaseAct.FILL, base_id=row.id))
            for row in rows
            if applying.with_applicant(row)
        ),
    ]


def _offer(services: Services, rounds: list[RoundRow], begun: list[Button]) -> Reply:
    say = services.words.say
    lines = [say("apply.head" if rounds else "apply.none")]
    for row in rounds:
        last = shown_end(row.deadline) if row.deadline else ""
        lines.append(say("apply.round", title=row.title, last=last))
    if begun:
        lines.append(say("apply.begun"))
    new = [Button(say("button.new", round=row.title), NewButton(round=row.slug)) for row in rounds]
    return Reply("\n".join(lines), keyboard([*begun, *new], row=1))


async def chosen(
    callback: CallbackQuery,
    callback_data: NewButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """Begin with the round behind the button."""
    who = sender(callback, event_update, channel)
    if await contact_behind(services, who) is None:
        await alert(callback, services.words.say("chat.stranger"))
        return
    rounds = await applying.open_rounds(services.casework)
    row = next((row for row in rounds if row.slug == callback_data.round), None)
    if row is None:
        await reply_to(callback, _offer(services, rounds, []))
        return
    asked_back = None if callback_data.anew else await _half_filled(services, who, row)
    await reply_to(callback, asked_back or await _begin(services, who, row))


async def _half_filled(services: Services, who: Sender, row: RoundRow) -> Reply | None:
    """What to do with answers that would be lost by beginning; None if there are none."""
    async with services.database.transaction() as tx:
        stored = await Chats(tx, who.channel, who.external_id).intent()
        told = Intent.model_validate(stored) if stored else None
        if told is None or not told.given or who.key in told.handled:
            return None
        title = (await Rounds(tx).get(told.round)).title
    say = services.words.say
    buttons = [
        Button(say("button.go_on"), IntentButton(revision=told.revision, said=Action.START)),
        Button(say("button.anew"), NewButton(round=row.slug, anew=True)),
    ]
    return Reply(say("apply.half_filled", title=title, count=len(told.given)), keyboard(buttons))


async def _begin(services: Services, who: Sender, row: RoundRow) -> Reply:
    async with services.database.transaction() as tx:
        chat = Chats(tx, who.channel, who.external_id)
        stored = await chat.intent()
        told = Intent.model_validate(stored) if stored else None
        if told is None or who.key not in told.handled:
            key = f"{who.channel}:{who.external_id}:{who.update_id}"
            told = Intent(key=key, round=row.slug, handled=(who.key,))
            await chat.intend(told.model_dump(mode="json"))
        terms = _terms(await Rounds(tx).get(told.round))
    head = Note(code="apply.begin", params={"title": row.title, "last": str(_last(row.deadline))})
    return words_of.intent(services.words, told, terms, (head,))


def _last(deadline: datetime | None) -> object:
    return shown_end(deadline) if deadline else ""


def _terms(row: RoundRow) -> CallOfRound:
    """What a round has called for; only such rounds are offered."""
    if row.terms is None:
        raise LookupError(f"round {row.slug} is not run by a workflow")
    return row.terms


async def tapped(
    callback: CallbackQuery,
    callback_data: IntentButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """A tapped answer."""
    who = sender(callback, event_update, channel)
    contact = await contact_behind(services, who)
    if contact is None:
        await alert(callback, services.words.say("chat.stranger"))
        return
    given = callback_data.said
    action = Action(given) if given in set(Action) else None
    said = Said(text="" if action else given, action=action, revision=callback_data.revision)
    reply = await answered(services, contact, who, said)
    await reply_to(callback, reply or Reply(services.words.say("chat.old_button")))


async def answered(services: Services, contact: int, who: Sender, said: Said) -> Reply | None:
    """The next question, or the registered application's first one. None if nothing is being registered."""
    async with services.database.transaction() as tx:
        chat = Chats(tx, who.channel, who.external_id)
        stored = await chat.intent()
        told = Intent.model_validate(stored) if stored else None
        if told is None or (told.paused and said.revision is None and who.key not in told.handled):
            return None
        terms = _terms(await Rounds(tx).get(told.round))
        step = take(terms, told, said, who.key)
        await chat.intend(step.intent.model_dump(mode="json"))
    if asked(terms, step.intent.given):
        return words_of.intent(services.words, step.intent, terms, step.notes)
    return await _register(services, contact, who, step.intent, terms)


async def _register(services: Services, contact: int, who: Sender, told: Intent, terms: CallOfRound) -> Reply:
    """The same intent is the same base, however often it comes here."""
    try:
        base_id = await applying.register_intent(services.casework, told, terms, contact)
        known = await known_for(services, who, base_id)
        reply = await _open(services, known, who) if known else Reply(services.words.say("chat.not_yours"))
    except DomainError as e:
        reply = Reply(services.words.refusal(e.refusal))
    async with services.database.transaction() as tx:
        await Chats(tx, who.channel, who.external_id).intend(None)
    return reply


async def _open(services: Services, known: Known, who: Sender) -> Reply:
    head = services.words.say("apply.registered", base=known.row.name, id=known.row.id)
    return await said_of(services, known, who, Said(action=Action.START), head)


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(apply, Command("apply"))
    made.message.register(apply, Says("申报"))
    made.callback_query.register(chosen, NewButton.filter())
    made.callback_query.register(tapped, IntentButton.filter())
    return made
