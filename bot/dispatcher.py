"""One Dispatcher for every channel."""

from aiogram import Dispatcher

from bot.handlers import bases, form, start, todo
from bot.services import Services


def dispatcher(services: Services) -> Dispatcher:
    """The handlers in the order in which they are asked. No FSM: the dialogue lives in the workflow."""
    made = Dispatcher(services=services, disable_fsm=True)
    for handlers in (start, todo, bases, form):
        made.include_router(handlers.router())
    return made
