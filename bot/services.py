"""What the handlers work with, put together in `app/wiring.py`."""

from dataclasses import dataclass

from bot.render import Renderer
from bot.words import Words
from domain.calendar import BusinessTime
from persistence.database import Database
from workflows.gateway import Gateway


@dataclass
class Services:
    """Everything a handler may call."""

    database: Database
    gateway: Gateway
    words: Words
    renderer: Renderer
    clock: BusinessTime
