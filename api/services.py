"""What the routes work with, put together in `app/wiring.py`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.calendar import BusinessTime
from domain.errors import Refusal
from persistence.database import Database
from workflows.gateway import Gateway


@dataclass
class ApiServices:
    """Everything a route may call."""

    database: Database
    gateway: Gateway
    clock: BusinessTime
    explain: Callable[[Refusal], str]  # a refusal in words, clause included
    temporal_ready: Callable[[], Awaitable[bool]]
    admin_token: str | None = None
    telegram_secret: str | None = None
    take_telegram: Callable[[bytes], Awaitable[None]] | None = None  # None: no webhook
