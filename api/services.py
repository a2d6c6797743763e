"""What the routes work with, put together in `app/wiring.py`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from casework.submission import Casework
from domain.calendar import BusinessTime
from domain.decisions import Actor
from domain.errors import Refusal
from persistence.database import Database
from persistence.documents import DocumentStore
from workflows.gateway import Gateway


@dataclass
class ApiServices:
    """Everything a route may call."""

    database: Database
    documents: DocumentStore
    gateway: Gateway
    casework: Casework
    clock: BusinessTime
    explain: Callable[[Refusal], str]  # a refusal in words, clause included
    temporal_ready: Callable[[], Awaitable[bool]]
    admin_token: str | None = None
    telegram_secret: str | None = None
    take_telegram: Callable[[bytes], Awaitable[None]] | None = None  # None: no webhook
    objected: Callable[[str, int], Awaitable[None]] | None = None
    """Tell a base in its public notice of the number of a new objection. None: there is nobody to tell."""
    submit: Callable[[str, Actor, datetime], Awaitable[None]] | None = None
    """Hand in the application of a base; the instant is when the upload began. None: not from the upload page."""
