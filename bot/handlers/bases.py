"""基地: where a contact's bases stand, and the decisions that are the applicant's own."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, Update

from bot.handlers.filters import Says
from bot.handlers.taps import alert, reply_to
from bot.handlers.who import as_lead, sender
from bot.keyboards import ACT_OF, BaseAct, BaseButton, keyboard
from bot.render import Reply
from bot.services import Services
from domain.base import NOBODY, PROCEDURE
from domain.calendar import last_day_before
from domain.decisions import ApplyCertification, Decision, DecisionRequest, Submit, Withdraw
from domain.errors import DomainError, NotFound, Stale
from domain.lifecycle import Step, possible
from persistence.bases import BaseRow, Bases
from persistence.people import People

_DECISION: dict[BaseAct, Decision] = {
    BaseAct.SUBMIT: Submit(),
    BaseAct.WITHDRAW_SURE: Withdraw(),
    BaseAct.CERTIFY: ApplyCertification(),
}


async def my_bases(message: Message, services: Services, channel: str, event_update: Update) -> None:
    """Each base with its stage and what can be done."""
    who = sender(message, event_update, channel)
    async with services.database.transaction() as tx:
        contact = await People(tx).contact_of(who.channel, who.external_id)
        rows = await Bases(tx).of_contact(contact, services.clock.now()) if contact else []
    if contact is None:
        await message.answer(services.words.say("chat.stranger"))
        return
    if not rows:
        await message.answer(services.words.say("chat.base_none"))
    for row in rows:
        reply = base_line(services, row)
        await message.answer(reply.text, reply_markup=reply.markup)


def base_line(services: Services, row: BaseRow) -> Reply:
    """Where a base stands, and the decisions that are its applicant's own."""
    say = services.words.say
    due = say("chat.base_due", due=last_day_before(row.next_due)) if row.next_due else ""
    text = say(
        "chat.base_line", base=row.name, stage=row.stage, step=row.step, waiting=row.waiting_for, due=due
    )
    acts = [ACT_OF[kind] for kind in possible(Step(row.step)) if kind in ACT_OF]
    return Reply(text, keyboard([services.renderer.act(act, row.id) for act in acts]))


async def decide(
    callback: CallbackQuery,
    callback_data: BaseButton,
    services: Services,
    channel: str,
    event_update: Update,
) -> None:
    """Submit, withdraw (asked twice), or apply for 认定."""
    who = sender(callback, event_update, channel)
    async with services.database.transaction() as tx:
        contact = await People(tx).contact_of(who.channel, who.external_id)
        rows = await Bases(tx).of_contact(contact, services.clock.now()) if contact else []
    row = next((r for r in rows if r.id == callback_data.base_id), None)
    if row is None or contact is None:
        await alert(callback, services.words.say("chat.not_yours" if contact else "chat.stranger"))
        return
    if callback_data.act is BaseAct.WITHDRAW:
        sure = keyboard([services.renderer.act(BaseAct.WITHDRAW_SURE, row.id)])
        reply = Reply(services.words.say("chat.withdraw_sure", base=row.name), sure)
    else:
        request = DecisionRequest(decision=_DECISION[callback_data.act], by=as_lead(contact))
        reply = await _decided(services, row, request, who.key)
    await reply_to(callback, reply)


async def _decided(services: Services, row: BaseRow, request: DecisionRequest, key: str) -> Reply:
    try:
        snapshot = await services.gateway.decide(row.id, request, key)
    except DomainError as e:
        return Reply(services.words.refusal(_known_better(row, request, e).refusal))
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


def _known_better(row: BaseRow, request: DecisionRequest, error: DomainError) -> DomainError:
    """Temporal forgets a workflow some time after its end; the records still tell why nothing can be decided."""
    step, kind = Step(row.step), request.decision.kind
    if not isinstance(error, NotFound) or kind in possible(step):
        return error
    return Stale(
        "decision.wrong_step",
        PROCEDURE,
        decision=kind,
        step=step,
        possible="、".join(possible(step)) or NOBODY,
    )


def router() -> Router:
    """Handlers of this module."""
    made = Router()
    made.message.register(my_bases, Command("base"))
    made.message.register(my_bases, Says("基地"))
    made.callback_query.register(decide, BaseButton.filter())
    return made
