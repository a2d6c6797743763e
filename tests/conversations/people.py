"""Somebody in a chat with the bot, on either channel.

An update is fed to the dispatcher as the platform would deliver it; what the bot says is read where a person would
read it: on the page of the local channel, or on the screen of a phone at the Bot API peer.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from aiogram import Bot, Dispatcher
from aiogram.types import Update

from bot.channels import local, telegram
from persistence.database import Database
from persistence.local_chat import LocalChat, LocalMessage
from tests.peers.phone import Person, Said
from tests.support import FULL, eventually


class Platform(Protocol):
    """Where a person types, and reads."""

    channel: str

    async def typed(self, text: str) -> Update:
        """A text on its way to the bot."""

    async def tapped(self, label: str, on: Said) -> Update:
        """A button on its way to the bot."""

    async def screen(self) -> list[Said]:
        """All that the bot has said."""


class Phone:
    """A phone with Telegram."""

    channel = telegram.NAME

    def __init__(self, person: Person, bot: Bot) -> None:
        self.person, self._bot = person, bot

    async def typed(self, text: str) -> Update:
        """As the Bot API words it."""
        return Update.model_validate(self.person.types(text), context={"bot": self._bot})

    async def tapped(self, label: str, on: Said) -> Update:
        """As the Bot API words it."""
        return Update.model_validate(self.person.taps(label, on), context={"bot": self._bot})

    async def screen(self) -> list[Said]:
        """Messages and alerts."""
        return list(self.person.screen)


class Page:
    """The page of the local channel."""

    channel = local.NAME

    def __init__(self, database: Database, number: int, bot: Bot) -> None:
        self._database, self._number, self._bot = database, number, bot

    async def typed(self, text: str) -> Update:
        """As the local platform words it."""
        async with self._database.transaction() as tx:
            await LocalChat(tx).say(self._number, text, datetime.now(UTC))
            return await self._taken(LocalChat(tx))

    async def tapped(self, label: str, on: Said) -> Update:
        """As the local platform words it."""
        async with self._database.transaction() as tx:
            chat = LocalChat(tx)
            await chat.tap(self._number, on.message_id, on.buttons[label], label, datetime.now(UTC))
            return await self._taken(chat)

    async def screen(self) -> list[Said]:
        """The bubbles of the bot."""
        async with self._database.transaction() as tx:
            shown = await LocalChat(tx).messages(self._number, limit=10_000)
        return [_said(message) for message in shown if not message.mine]

    async def _taken(self, chat: LocalChat) -> Update:
        (arrived,) = await chat.waiting()
        await chat.took(arrived.id)
        return local.to_update(arrived, self._bot)


def _said(message: LocalMessage) -> Said:
    return Said(
        message.id, message.text, {label: data for row in message.buttons for label, data in row}
    )


@dataclass
class Chatter:
    """One person talking with the bot."""

    dispatcher: Dispatcher
    bot: Bot
    platform: Platform
    external_id: str
    read: int = 0
    last_update: Update | None = None
    screen: list[Said] = field(default_factory=list)

    async def says(self, text: str) -> Said:
        """Type something; the one answer."""
        return await self._feed(await self.platform.typed(text))

    async def taps(self, label: str, on: Said | None = None) -> Said:
        """Tap a button of the newest message that has it, or of `on`; the one answer."""
        found = on or next(s for s in reversed(await self._look()) if label in s.buttons)
        return await self._feed(await self.platform.tapped(label, found))

    async def again(self, update: Update | None = None) -> Said:
        """The platform delivers an update once more, the last one if none is named; the answer."""
        delivered = update or self.last_update
        assert delivered
        return await self._feed(delivered)

    async def hears(self, *wanted: str) -> Said:
        """The next message that comes by itself; all of `wanted` must be in it."""

        async def waiting() -> bool:
            return len(await self._look()) > self.read

        await eventually(waiting, seconds=10)
        self.read += 1
        said = self.screen[self.read - 1]
        assert all(text in said.text for text in wanted), said.text
        return said

    async def answers(self, **different: str) -> Said:
        """Answer every question from 1 to 22; the summary."""
        for key, text in (FULL | different).items():
            said = await self.says(text)
            assert "✓" in said.text, (key, said.text)
        return said

    async def unread(self) -> list[str]:
        """What came without having been asked for."""
        return [said.text for said in (await self._look())[self.read :]]

    async def _feed(self, update: Update) -> Said:
        before = len(await self._look())
        assert before == self.read, f"not asked for: {[s.text for s in self.screen[self.read :]]}"
        self.last_update = update
        channel = self.platform.channel
        await self.dispatcher.feed_update(self.bot, update, channel=channel)
        said = (await self._look())[before:]
        assert len(said) == 1, f"one answer, not {said}"
        self.read = len(self.screen)
        return said[0]

    async def _look(self) -> list[Said]:
        self.screen = await self.platform.screen()
        return self.screen
