"""What the routes work with, put together in `app/wiring.py`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from casework.submission import Casework
from domain.calendar import BusinessTime, WorkingDays
from domain.decisions import Actor
from domain.errors import Refusal
from persistence.database import Database
from persistence.documents import DocumentStore
from persistence.shared_keys import SharedKeys
from workflows.gateway import Gateway

UPLOADS_AT_ONCE = 8
"""How many uploads one process reads at the same time; the others wait, and are in time by when they began."""


class WeComCallback(Protocol):
    """The way in of WeCom."""

    def echo(self, query: Mapping[str, str]) -> str | None:
        """What is to be answered to the check of the address; None if it is not WeCom that asks."""

    async def take(self, query: Mapping[str, str], body: bytes) -> HTTPStatus:
        """Keep what was delivered; the status to answer with."""


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
    days: WorkingDays = field(default_factory=WorkingDays)  # unless told: weekends only
    public_url: str = ""
    """In front of the links that are given out; without a slash at the end."""
    admin_token: str | None = None
    telegram_secret: str | None = None
    take_telegram: Callable[[bytes], Awaitable[None]] | None = None  # None: no webhook
    wecom: WeComCallback | None = None
    objected: Callable[[str, int], Awaitable[None]] | None = None
    """Tell a base in its public notice of the number of a new objection. None: there is nobody to tell."""
    submit: Callable[[str, Actor, datetime], Awaitable[None]] | None = None
    """Hand in the application of a base; the instant is when the upload began. None: not from the upload page."""
    uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UPLOADS_AT_ONCE))
    """Whoever reads an upload holds it: each can fill the temporary folder."""
    _keys: dict[str, bytes] = field(default_factory=dict)

    async def shared_key(self, name: str) -> bytes:
        """A key that all processes of this installation share; read from the database once."""
        if name not in self._keys:
            async with self.database.transaction() as tx:
                self._keys[name] = await SharedKeys(tx).get(name)
        return self._keys[name]
