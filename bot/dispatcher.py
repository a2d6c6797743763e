"""One Dispatcher for every channel."""

from aiogram import Dispatcher

from bot.english import TypedInEnglish
from bot.handlers import (
    appeal,
    application,
    apply,
    bases,
    corrections,
    credit,
    deciding,
    evidence,
    figures,
    finding,
    form,
    handover,
    leaving,
    members,
    office,
    papers,
    reports,
    sheets,
    start,
    todo,
)
from bot.handlers.arrival import Arrival
from bot.services import Services


def dispatcher(services: Services) -> Dispatcher:
    """The handlers in the order in which they are asked. No FSM: dialogues live in workflows and in the database."""
    made = Dispatcher(services=services, disable_fsm=True)
    made.update.outer_middleware(members.Presence())
    if services.words.language == "en":
        made.message.outer_middleware(TypedInEnglish())
    made.message.outer_middleware(Arrival())
    made.include_router(form.plain())
    for handlers in (
        members,
        leaving,
        start,
        office,
        finding,
        deciding,
        todo,
        handover,
        bases,
        appeal,
        reports,
        corrections,
        credit,
        figures,
        apply,
        sheets,
        evidence,
        papers,
        application,
        form,
    ):
        made.include_router(handlers.router())
    return made
