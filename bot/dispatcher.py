"""One Dispatcher for every channel."""

from aiogram import Dispatcher

from bot.handlers import (
    appeal,
    application,
    apply,
    bases,
    corrections,
    credit,
    evidence,
    figures,
    form,
    papers,
    reports,
    start,
    todo,
)
from bot.services import Services


def dispatcher(services: Services) -> Dispatcher:
    """The handlers in the order in which they are asked. No FSM: dialogues live in workflows and in the database."""
    made = Dispatcher(services=services, disable_fsm=True)
    for handlers in (
        start,
        todo,
        bases,
        appeal,
        reports,
        corrections,
        credit,
        figures,
        apply,
        evidence,
        papers,
        application,
        form,
    ):
        made.include_router(handlers.router())
    return made
