"""The bot as it is wired, between a WeCom of the tests' own and servers whose lines can be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from aiogram import Bot
from pydantic import SecretStr
from sqlalchemy import func, select
from temporalio.testing import WorkflowEnvironment

from app.embedded import HOST, free_port
from app.http import serving
from app.settings import Settings
from app.wiring import Parts
from bot.channels import wecom
from persistence.database import Database
from persistence.tables import wecom_inbox
from persistence.wecom import WeComInbox
from tests.channels.lines import behind_lines
from tests.conversations.people import WorkPhone
from tests.conversations.town import Town
from tests.peers.bot_api import BotApi
from tests.peers.relay import Relay
from tests.peers.wecom_api import WeCom
from tests.peers.wecom_member import AES_KEY, AGENT_ID, CORP_ID, SECRET, TOKEN, Member
from tests.support import eventually

HELP = "发「待办」：列出待报事项并切换"


@dataclass
class Office:
    """A running app, its platform, and the lines to its servers."""

    wecom: WeCom
    parts: Parts
    town: Town
    to_database: Relay
    to_temporal: Relay
    port: int = field(default_factory=free_port)

    @property
    def bot(self) -> Bot:
        """The bot at WeCom."""
        return self.parts.bots[wecom.NAME]

    @property
    def numbers(self) -> bool:
        """Whether buttons are lines in a text."""
        return self.parts.settings.wecom_linked

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Answer callbacks: they are kept."""
        self.wecom.hook = f"http://{HOST}:{self.port}/wecom/callback"
        async with serving(self.parts.application(), HOST, self.port):
            yield

    @asynccontextmanager
    async def working(self) -> AsyncIterator["asyncio.Task[None]"]:
        """Work off what is kept."""
        words = self.parts.services.words
        way_in = wecom.WayIn(self.bot, self.parts.intake, self.parts.database, words, numbers=self.numbers)
        task = asyncio.create_task(way_in.run())
        try:
            yield task
        finally:
            if not task.done():
                task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Both."""
        async with self.answering(), self.working():
            yield

    async def contact(self, *bases: str, name: str = "anna") -> Member:
        """A contact of these bases who is bound already."""
        chatter = await self.town.contact_of(*bases, name=name)
        assert isinstance(chatter.platform, WorkPhone)
        return chatter.platform.member

    async def number_of(self, member: Member) -> int:
        """Of the chat."""
        async with self.town.database.transaction() as tx:
            return await WeComInbox(tx).person(member.userid)

    async def waiting(self) -> int:
        """What is not worked through."""
        query = select(func.count()).select_from(wecom_inbox).where(wecom_inbox.c.taken.is_(False))
        async with self.town.database.transaction() as tx:
            return int(await tx.scalar(query) or 0)

    async def done(self) -> None:
        """Wait until all that came was worked through."""
        await self.wecom.delivered()
        await eventually(self.waiting, lambda count: count == 0, seconds=10)
        await self.settled()

    async def settled(self) -> None:
        """Wait until old cards are frozen, which replies do not wait for."""
        assert isinstance(self.bot.session, wecom.WeComSession)
        await self.bot.session.outbox.settled()


@pytest.fixture(autouse=True)
def impatient_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The channel's own pauses are shorter."""
    monkeypatch.setattr("bot.channels.wecom.way_in._LOOK_AGAIN_SECONDS", 0.2)


@pytest.fixture
def linked() -> bool:
    """Whether the contacts are in other corps."""
    return False


@pytest.fixture
async def office(
    skipping: WorkflowEnvironment, database: Database, database_url: str, linked: bool
) -> AsyncIterator[Office]:
    """The bot as `app.wiring` puts it together; not working yet."""
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(WeCom().serving())
        settings = Settings(
            wecom_corp_id=CORP_ID,
            wecom_agent_id=AGENT_ID,
            wecom_secret=SecretStr(SECRET),
            wecom_token=SecretStr(TOKEN),
            wecom_encoding_aes_key=SecretStr(AES_KEY),
            wecom_api_base=platform.url,
            wecom_linked=linked,
        )
        lines = await stack.enter_async_context(behind_lines(settings, skipping, database_url))
        town = Town(skipping, database, BotApi(), wecom.NAME, lines.clock, wecom=platform)
        town.messenger = lines.parts.messenger
        stack.push_async_callback(town.close)
        yield Office(platform, lines.parts, town, lines.to_database, lines.to_temporal)
