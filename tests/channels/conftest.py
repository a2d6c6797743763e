"""The bot as it is wired, between a Bot API peer and servers whose lines can be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import pytest
from aiogram import Bot
from pydantic import SecretStr
from temporalio.testing import WorkflowEnvironment

from app.embedded import HOST, free_port
from app.http import serving
from app.settings import Settings
from app.wiring import Parts
from bot.channels import telegram
from bot.channels.pace import Limits, Rate
from persistence.database import Database
from tests.channels.lines import behind_lines
from tests.conversations.people import Phone
from tests.conversations.town import Town
from tests.peers.bot_api import BotApi, hang_up
from tests.peers.phone import Person
from tests.peers.relay import Relay

SECRET = "a-secret_of-the-hook"
POLL_SECONDS = 1


@dataclass
class Station:
    """A running bot, its platform, and the lines to its servers."""

    way: str
    api: BotApi
    parts: Parts
    town: Town
    to_database: Relay
    to_temporal: Relay
    hook_port: int

    @property
    def bot(self) -> Bot:
        """The bot on Telegram."""
        return self.parts.bots[telegram.NAME]

    @property
    def hook(self) -> str:
        """Where Telegram is to deliver."""
        return f"http://{HOST}:{self.hook_port}/telegram/webhook"

    async def poll(self) -> None:
        """Fetch updates until cancelled."""
        await telegram.poll(self.bot, self.parts.intake, POLL_SECONDS)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Take updates in, by polling or by webhook."""
        if self.way == "webhook":
            async with serving(self.parts.application(), HOST, self.hook_port):
                await telegram.set_up_webhook(self.bot, self.hook, SECRET)
                yield
                await self.bot.delete_webhook()
            return
        async with self.polling():
            yield

    @asynccontextmanager
    async def polling(self) -> AsyncIterator[None]:
        """Take updates in by polling; a poll that ends by itself is a failure."""
        task = asyncio.create_task(self.poll())
        try:
            yield
        finally:
            if not task.done():
                task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def contact(self, *bases: str, name: str = "示例联系人") -> Person:
        """A contact with a phone."""
        chatter = await self.town.contact_of(*bases, name=name)
        assert isinstance(chatter.platform, Phone)
        return chatter.platform.person


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot's own pauses are shorter; those that the platform asks for are not."""
    monkeypatch.setattr("bot.intake._PAUSE_SECONDS", 0.2)
    monkeypatch.setattr("bot.channels.telegram._BACKOFF_SECONDS", (0.2,))
    monkeypatch.setattr("bot.channels.local._LOOK_AGAIN_SECONDS", 0.2)
    typing_fast = Limits(overall=Rate(1 / 1000, 1000), per_chat=Rate(1 / 1000, 1000))
    monkeypatch.setattr("bot.channels.pace.LIMITS", {telegram.NAME: typing_fast})


@pytest.fixture(params=["polling", "webhook"])
def way(request: pytest.FixtureRequest) -> str:
    """Both ways in, one after the other."""
    return str(request.param)


@pytest.fixture
async def station(
    skipping: WorkflowEnvironment, database: Database, database_url: str, way: str
) -> AsyncIterator[Station]:
    """The bot as `app.wiring` puts it together; not listening yet."""
    hook_port = free_port()
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(BotApi().serving())
        settings = Settings(
            telegram_token=SecretStr(api.token),
            telegram_api_base=api.url,
            telegram_webhook_url=f"http://{HOST}:{hook_port}" if way == "webhook" else None,
            telegram_webhook_secret=SecretStr(SECRET),
        )
        lines = await stack.enter_async_context(behind_lines(settings, skipping, database_url))
        town = Town(skipping, database, api, telegram.NAME, lines.clock)
        town.messenger = lines.parts.messenger
        stack.push_async_callback(town.close)
        yield Station(way, api, lines.parts, town, lines.to_database, lines.to_temporal, hook_port)
        await hang_up(lines.parts.bots[telegram.NAME])
