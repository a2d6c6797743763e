"""待办: what a contact still owes, and which of it the chat is on."""

from collections.abc import Sequence

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, Update

from bot.handlers.filters import Says
from bot.handlers.handover import MOST_BUTTONS, button_for
from bot.handlers.over import check_not_over, known_better
from bot.handlers.shown import shown
from bot.handlers.taps import alert, answer, reply_to
from bot.handlers.who import Sender, sender
from bot.keyboards import Button, SnoozeButton, TurnButton, keyboard
from bot.reply import Reply
from bot.services import Services
from bot.words import Words
from domain.calendar import last_day_before
from domain.decisions import lead_actor
from domain.errors import DomainError
from domain.forms.said import Said
from domain.terms import OWED
from domain.views import Action, Mode
from persistence.obligations import ObligationRow, Obligations
from persistence.officials import Officials
from persistence.people import People
from workflows.messages import Answer


async def todo(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """List what is open."""
    who = sender(message, event_update, channel)
    async with services.database.transaction() as tx:
        people = People(tx)
        contact = await people.contact_of(who.channel, who.external_id)
        rows = await Obligations(tx).open_of_contact(contact) if contact else []
        current = await people.current_of(who.channel, who.external_id)
    if contact is None:
        await message.answer(services.words.say("chat.stranger"))
        return
    on = next((row for row in rows if row.id == current), None)
    more = await button_for(services, on.no, contact) if on and len(rows) < MOST_BUTTONS else []
    await answer(message, todo_list(services, rows, current, more))


def todo_list(
    services: Services,
    rows: list[ObligationRow],
    current: str | None = None,
    more: Sequence[Button] = (),
) -> Reply:
    """The open obligations with a button each, and `more` below them."""
    say = services.words.say
    if not rows:
        return Reply(say("chat.todo_none"))
    lines, buttons = [say("chat.todo_head", count=len(rows))], []
    for n, row in enumerate(rows, 1):
        named = _named(services.words, row) | {"base": row.base_name}
        mark = say("chat.todo_current") if row.id == current else ""
        due = last_day_before(row.due)
        lines.append(say("chat.todo_line", n=n, due=due, current=mark, **named))
        buttons.append(Button(say("button.turn", **named), TurnButton(no=row.no)))
    return Reply("\n".join(lines), keyboard([*buttons, *more], row=1))


def _named(words: Words, row: ObligationRow) -> dict[str, str]:
    return words.named({"period": row.period, "kind": row.kind})


async def turn(
    callback: CallbackQuery,
    callback_data: TurnButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """Go on with an obligation where it was left."""
    who = sender(callback, event_update, channel)
    turned = await turned_to(services, callback, who, callback_data.no)
    if turned:
        row, contact = turned
        await reply_to(callback, await resume(services, row, who, contact))


async def turned_to(
    services: Services, callback: CallbackQuery, who: Sender, no: int
) -> tuple[ObligationRow, int] | None:
    """The obligation behind a button, now the current one of the chat, and its contact. None, and told so, if it is
    not this person's to answer."""
    async with services.database.transaction() as tx:
        people = People(tx)
        contact = await people.contact_of(who.channel, who.external_id)
        row = await Obligations(tx).of_contact_by_no(no, contact) if contact else None
        if row and row.state in OWED:
            # What is typed next answers the question that is shown now, and is no reason of a decision.
            await people.turn_to(who.channel, who.external_id, row.id)
            words, now = services.words.say("office.cancelled"), services.clock.now()
            await Officials(tx, who.channel, who.external_id).leave(words, now, who.update_id)
    if row and contact:
        return row, contact
    await alert(callback, services.words.say("chat.not_yours" if contact else "chat.stranger"))
    return None


async def resume(services: Services, row: ObligationRow, who: Sender, contact: int) -> Reply:
    """The form as it stands; a form at rest goes on with its first open question."""
    try:
        if row.state not in OWED:  # Temporal may have forgotten it
            check_not_over(row, services.clock.now())
        view = await services.gateway.view(row.id)
        starts = Answer(said=Said(action=Action.START), by=lead_actor(contact))
        looks = Answer(said=Said(), by=lead_actor(contact), looks=True)
        view = await services.gateway.answer(row.id, starts if view.mode is Mode.IDLE else looks, who.key)
    except DomainError as e:
        return Reply(services.words.refusal(e.refusal))
    return await shown(services, view, row.no, contact)


async def snooze(
    callback: CallbackQuery,
    callback_data: SnoozeButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """「明天提醒我」 under a notice or a form at rest. What the chat is on stays as it is."""
    who = sender(callback, event_update, channel)
    async with services.database.transaction() as tx:
        contact = await People(tx).contact_of(who.channel, who.external_id)
        row = await Obligations(tx).of_contact_by_no(callback_data.no, contact) if contact else None
    if row is None or contact is None:
        await alert(callback, services.words.say("chat.not_yours" if contact else "chat.stranger"))
        return
    await reply_to(callback, await put_off(services, [row], who, contact))


async def put_off(services: Services, rows: list[ObligationRow], who: Sender, contact: int) -> Reply:
    """Each is reminded of tomorrow; what is said of the first."""
    said = Answer(said=Said(action=Action.SNOOZE), by=lead_actor(contact))
    replies = []
    for row in rows:
        try:
            view = await services.gateway.answer(row.id, said, who.key)
            replies.append(services.renderer.view(view, row.no))
        except DomainError as e:
            error = await known_better(services, row.id, e)
            replies.append(Reply(services.words.refusal(error.refusal)))
    return replies[0] if len(replies) == 1 else Reply("\n".join(dict.fromkeys(r.text for r in replies)))


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(todo, Command("todo"))
    made.message.register(todo, Says("待办"))
    made.callback_query.register(turn, TurnButton.filter())
    made.callback_query.register(snooze, SnoozeButton.filter())
    return made
