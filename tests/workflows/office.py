"""The office's chats, and what arrives in them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy import select
from temporalio.client import Client

from activities.digest import DigestActivities
from app import workers
from domain.calendar import BusinessTime
from domain.delivery import Attachment, SlowDownError, UnreachableError
from domain.picture import Picture
from domain.policy.members import LEADING_UNIT
from persistence.database import Database
from persistence.people import People
from persistence.tables import deliveries

CHANNEL = "test"


class Mailbox:
    """A messenger that keeps what arrives, by chat, and can be told to fail."""

    def __init__(self) -> None:
        self.arrived: dict[str, list[Picture | Attachment]] = {}
        self.blocked: set[str] = set()
        self.troubles: list[Exception] = []  # of the next sends, one each

    async def send_picture(
        self, channel: str, external_id: str, picture: Picture, again: bool = False
    ) -> None:
        """Keep it."""
        self._arrive(external_id, picture)

    async def send_file(self, channel: str, external_id: str, file: Attachment, again: bool = False) -> None:
        """Keep it."""
        self._arrive(external_id, file)

    def _arrive(self, external_id: str, what: Picture | Attachment) -> None:
        if external_id in self.blocked:
            raise UnreachableError("blocked")
        if self.troubles:
            raise self.troubles.pop(0)
        self.arrived.setdefault(external_id, []).append(what)

    def shapes(self, external_id: str) -> list[str]:
        """What arrived in a chat, in that order."""
        return [
            ("picture" if what.is_picture else "document") if isinstance(what, Attachment) else "text"
            for what in self.arrived.get(external_id, [])
        ]


WAIT = SlowDownError(2.0)


async def office_chat(database: Database, external_id: str, unit: str = LEADING_UNIT) -> None:
    """A chat of somebody at the office, or at another unit."""
    async with database.transaction() as tx:
        people = People(tx)
        contact = await people.add(f"示例值班员{external_id}", department=unit)
        code = await people.invite(contact, datetime(2099, 1, 1, tzinfo=UTC))
        await people.redeem(code, CHANNEL, external_id, datetime.now(UTC))


async def delivered(database: Database) -> list[tuple[str, str, str, datetime | None]]:
    """Key, chat, state and instant of every delivery."""
    async with database.transaction() as tx:
        d = deliveries.c
        query = select(d.key, d.external_id, d.state, d.sent_at).order_by(d.external_id, d.key)
        return [(row.key, row.external_id, row.state, row.sent_at) for row in await tx.execute(query)]


@asynccontextmanager
async def at_work(
    client: Client, database: Database, mailbox: Mailbox, clock: BusinessTime
) -> AsyncIterator[None]:
    """Workers with what sends pictures."""
    messages = [DigestActivities(database, mailbox, clock)]
    async with workers.running(client, workers.record_keeping(database), messages, 1000):
        yield
