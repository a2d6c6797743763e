"""基地: where a contact's bases stand, and the decisions that are the applicant's own."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, Update

from bot.handlers.application import hand_in_as, open_
from bot.handlers.filters import Says
from bot.handlers.over import better_known
from bot.handlers.papers import show
from bot.handlers.taps import answer, refuse, reply_to
from bot.handlers.who import Known, Sender, known_for, sender
from bot.keyboards import ACT_OF, BaseAct, BaseButton, keyboard
from bot.reply import Reply
from bot.services import Services
from casework import applying
from domain.calendar import shown_end
from domain.decisions import (
    ApplyCertification,
    Decision,
    DecisionRequest,
    DeclineOffer,
    TakeOffer,
    Withdraw,
)
from domain.errors import DomainError
from domain.lifecycle import DecisionKind, Step, possible
from persistence.bases import BaseRow, Bases
from persistence.people import People

_DECISION: dict[BaseAct, Decision] = {
    BaseAct.TAKE: TakeOffer(),
    BaseAct.DECLINE_SURE: DeclineOffer(),
    BaseAct.WITHDRAW_SURE: Withdraw(),
    BaseAct.CERTIFY: ApplyCertification(),
}

_ASKED_TWICE = {
    BaseAct.WITHDRAW: ("chat.withdraw_sure", BaseAct.WITHDRAW_SURE),
    BaseAct.DECLINE: ("chat.decline_sure", BaseAct.DECLINE_SURE),
}
"""What cannot be undone: the question, and the act that means it."""


async def my_bases(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """Each base with its stage and what can be done."""
    who = sender(message, event_update, channel)
    async with services.database.transaction() as tx:
        contact = await People(tx).contact_of(who.channel, who.external_id)
        rows = await Bases(tx).of_contact(contact, services.clock.now()) if contact else []
    if contact is None:
        await message.answer(services.words.say("chat.stranger"))
        return
    lines = [base_line(services, row) for row in rows]
    await answer(message, *(lines or [Reply(services.words.say("chat.base_none"))]))


def base_line(services: Services, row: BaseRow) -> Reply:
    """Where a base stands, and the decisions that are its applicant's own."""
    say = services.words.say
    due = say("chat.base_due", due=shown_end(row.next_due)) if row.next_due else ""
    text = say(
        "chat.base_line", base=row.name, stage=row.stage, step=row.step, waiting=row.waiting_for, due=due
    )
    return Reply(text, keyboard([services.renderer.act(act, row.id) for act in _acts(row)]))


def _acts(row: BaseRow) -> list[BaseAct]:
    """What its applicant can do now; 补正 only of what was returned."""
    acts = [ACT_OF[kind] for kind in possible(Step(row.step), in_round=row.in_round) if kind in ACT_OF]
    if applying.with_applicant(row):
        return [BaseAct.FILL, *acts]
    return [act for act in acts if act is not BaseAct.SUPPLEMENT]


async def decide(
    callback: CallbackQuery,
    callback_data: BaseButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """What the applicant itself decides; what cannot be undone is asked twice."""
    who = sender(callback, event_update, channel)
    known = await known_for(services, who, callback_data.base_id)
    if known is None:
        await refuse(callback, services, who)
        return
    await reply_to(callback, await _reply(services, known, who, callback_data.act))


async def _reply(services: Services, known: Known, who: Sender, act: BaseAct) -> Reply:
    if act in _ASKED_TWICE:
        code, sure = _ASKED_TWICE[act]
        button = services.renderer.act(sure, known.row.id)
        return Reply(services.words.say(code, base=known.row.name), keyboard([button]))
    match act:
        case BaseAct.FILL:
            return await open_(services, known, who)
        case BaseAct.PAPERS:
            return await show(services, known)
        case BaseAct.SUBMIT:
            return await hand_in_as(services, known, who, DecisionKind.SUBMIT)
        case BaseAct.SUPPLEMENT:
            return await hand_in_as(services, known, who, DecisionKind.SUPPLEMENT)
    request = DecisionRequest(decision=_DECISION[act], by=known.actor)
    return await _decided(services, known.row, request, who.key)


async def _decided(services: Services, row: BaseRow, request: DecisionRequest, key: str) -> Reply:
    try:
        snapshot = await services.gateway.decide(row.id, request, key)
    except DomainError as e:
        return Reply(services.words.refusal(better_known(row, request.decision.kind, e).refusal))
    state = snapshot.state
    return Reply(
        services.words.say(
            "chat.decision_done",
            base=row.name,
            decision=request.decision.kind,
            stage=state.stage,
            step=state.step,
        )
    )


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(my_bases, Command("base"))
    made.message.register(my_bases, Says("基地"))
    made.callback_query.register(decide, BaseButton.filter())
    return made
