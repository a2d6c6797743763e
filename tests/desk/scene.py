"""A person at the page, and the bot at the other end, as rows."""

from typing import Any

from sqlalchemy import select

from desk.services import DeskServices
from persistence.database import Database
from persistence.local_chat import LocalChat, LocalMessage
from persistence.tables import local_updates
from tests.support import eventually


async def person(services: DeskServices, name: str) -> int:
    """The id of a person with a page."""
    async with services.database.transaction() as tx:
        return (await LocalChat(tx).person(name)).id


async def tell(services: DeskServices, who: int, said: str, buttons: Any = ()) -> int:
    """The bot says something; the message's id."""
    async with services.database.transaction() as tx:
        return await LocalChat(tx).tell(who, said, list(buttons), services.clock.now())


async def arrived(database: Database, count: int) -> list[dict[str, Any]]:
    """What was typed and tapped, once there are `count`."""

    async def rows() -> list[dict[str, Any]]:
        async with database.transaction() as tx:
            found = await tx.execute(select(local_updates).order_by(local_updates.c.id))
            return [dict(row) for row in found.mappings()]

    return await eventually(rows, lambda found: len(found) == count)


async def said(database: Database, who: int) -> list[LocalMessage]:
    """The bubbles of a person."""
    async with database.transaction() as tx:
        return await LocalChat(tx).messages(who)
