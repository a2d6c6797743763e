"""The 申报书 in chat: answers, the summary, and handing it in."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message, Update

from bot import render_application as words_of
from bot.handlers.filters import Says
from bot.handlers.over import better_known
from bot.handlers.papers import list_of
from bot.handlers.taps import answer, refuse, reply_to
from bot.handlers.who import Known, Sender, current, known_for, sender, without_one
from bot.keyboards import ApplicationButton
from bot.reply import Reply
from bot.services import Services
from casework import applying
from domain.errors import DomainError
from domain.forms.application_dialogue import ApplicationView
from domain.forms.said import Said, action_of
from domain.lifecycle import DecisionKind
from domain.views import Action, Mode
from persistence.chats import Chats


async def tapped(
    callback: CallbackQuery,
    callback_data: ApplicationButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """A tapped answer names its application and the view it stood under."""
    who = sender(callback, event_update, channel)
    known = await known_for(services, who, callback_data.base_id)
    if known is None:
        await refuse(callback, services, who)
        return
    given, revision = callback_data.said, callback_data.revision
    action = Action(given) if given in set(Action) else None
    said = Said(text="" if action else given, action=action, revision=revision)
    await reply_to(callback, await said_of(services, known, who, said))


async def open_(services: Services, known: Known, who: Sender) -> Reply:
    """The application as it stands, going on with its first open question; now the current one of the chat."""
    return await said_of(services, known, who, Said(action=Action.START))


async def said_of(services: Services, known: Known, who: Sender, said: Said, *first: str) -> Reply:
    """The answer to something said in an application; below the lines of `first`."""
    if (said.action or action_of(said.text)) is Action.SUBMIT:
        return await hand_in(services, known, who)
    try:
        view = await applying.say(services.casework, known.row, said, known.actor, who.key)
    except DomainError as e:
        return await _left(services, known, who, Reply(services.words.refusal(e.refusal)))
    async with services.database.transaction() as tx:
        await Chats(tx, who.channel, who.external_id).turn_to(known.row.id)
    return await _shown(services, known, view, *first)


async def _shown(services: Services, known: Known, view: ApplicationView, *first: str) -> Reply:
    reply = words_of.application(services.words, view, known.row.id, known.row.name, *first)
    if view.mode is Mode.SUMMARY or not view.total:
        listed = await list_of(services, known)
        return reply._replace(text=f"{reply.text}\n\n{listed}".strip())
    return reply


async def hand_in(services: Services, known: Known, who: Sender) -> Reply:
    """提交申报, or 补正报送 of what was returned."""
    completing = await applying.completing(services.casework, known.row)
    kind = DecisionKind.SUPPLEMENT if completing else DecisionKind.SUBMIT
    return await hand_in_as(services, known, who, kind)


async def hand_in_as(services: Services, known: Known, who: Sender, kind: DecisionKind) -> Reply:
    """The same, as a button says it. What stands in the way is listed, each with its clause."""
    row, work = known.row, services.casework
    try:
        if kind is DecisionKind.SUPPLEMENT:
            snapshot = await work.supplement(row.id, known.actor, who.key)
        else:
            snapshot = await work.submit(row.id, known.actor, who.key)
    except DomainError as e:
        refusal = better_known(row, kind, e).refusal
        buttons = words_of.to_go_on(services.words, row) if refusal.items else None
        return Reply(services.words.refusal(refusal), buttons)
    state = snapshot.state
    done = {"base": row.name, "decision": kind, "stage": state.stage, "step": state.step}
    return await _left(services, known, who, Reply(services.words.say("chat.decision_done", **done)))


async def _left(services: Services, known: Known, who: Sender, reply: Reply) -> Reply:
    """What is typed next is no answer to this application any more."""
    async with services.database.transaction() as tx:
        await Chats(tx, who.channel, who.external_id).leave(known.row.id)
    return reply


async def missing(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """还缺: everything that stands in the way of handing in."""
    who = sender(message, event_update, channel)
    known = await current(services, who)
    if known is None:
        await answer(message, await without_one(services, who))
        return
    refusal = await applying.gaps(services.casework, known.row)
    await answer(message, words_of.gaps(services.words, refusal, known.row))


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(missing, Says("还缺", "还缺什么"))
    made.callback_query.register(tapped, ApplicationButton.filter())
    return made
