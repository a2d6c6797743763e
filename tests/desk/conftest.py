"""Pages over the real PostgreSQL, served on a free port."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from nicegui import ui

from app.embedded import HOST, free_port
from app.http import serving
from desk.feed import Feed
from desk.pages import mount
from desk.services import DeskServices
from persistence.database import Database
from persistence.local_chat import LocalChat
from tests.browser import browser
from tests.support import clock_from

__all__ = ["browser"]


@dataclass
class Site:
    """Pages that are being served."""

    url: str
    feed: Feed
    services: DeskServices
    finished: list[int]


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """Pages with a player that says one thing and is done."""
    finished: list[int] = []
    clock = clock_from("2022-01-04 08:50")

    async def finish(person_id: int) -> bool:
        finished.append(person_id)
        async with database.transaction() as tx:
            await LocalChat(tx).tell(person_id, "✓ 已报送", [], clock.now())
        return True

    app = FastAPI()
    services = DeskServices(database, clock, finish)
    feed = mount(app, services)
    port = free_port()
    kept = ui.navigate, ui.notify, ui.download
    async with serving(app, HOST, port):
        yield Site(f"http://{HOST}:{port}", feed, services, finished)
    # A simulated user puts its own there, again and again until its page is gone.
    ui.navigate, ui.notify, ui.download = kept
