"""Somebody in a chat with the bot, on any channel.

An update is fed to the dispatcher as the platform would deliver it; what the bot says is read where a person would
read it: on the page of the local channel, or on the screen of a phone at the Bot API peer or at the WeCom peer.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Protocol

from aiogram import Bot, Dispatcher
from aiogram.types import Update

from bot.channels import local, telegram, wecom
from bot.channels.wecom.arrivals import Arrival, to_update
from persistence.database import Database
from persistence.local_chat import LocalChat, LocalMessage
from persistence.wecom import WeComInbox
from tests.peers.phone import Json, Person, Said
from tests.peers.wecom_api import WeCom
from tests.peers.wecom_member import KEYS, Member
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
        return self.update(self.person.types(text))

    async def tapped(self, label: str, on: Said) -> Update:
        """As the Bot API words it."""
        return self.update(self.person.taps(label, on))

    def update(self, content: Json) -> Update:
        """Something that the phone has sent, as aiogram knows it."""
        return Update.model_validate(content, context={"bot": self._bot})

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


class WorkPhone:
    """A phone with WeCom."""

    channel = wecom.NAME

    def __init__(self, api: WeCom, member: Member, database: Database, number: int, bot: Bot) -> None:
        self.member, self._api, self._database, self._number, self._bot = member, api, database, number, bot
        self._callback = wecom.Callback(KEYS, database)

    async def typed(self, text: str) -> Update:
        """As WeCom words it."""
        return await self.update(self.member.typed(text))

    async def tapped(self, label: str, on: Said) -> Update:
        """As WeCom words it; a card that is frozen meanwhile was tapped just before."""
        return await self.update(self.member.tapped(label, on))

    async def update(self, fields: Json) -> Update:
        """Something that the phone has sent, through the callback, as aiogram knows it."""
        await self._take_older()
        assert await self._callback.take(*self._api.envelope(fields)) == HTTPStatus.OK
        async with self._database.transaction() as tx:
            waiting = await WeComInbox(tx).next_of(self._number)
        assert waiting
        return to_update(waiting, Arrival.model_validate(waiting.content), self._bot)

    async def _take_older(self) -> None:
        """What was sent before has reached the bot."""
        async with self._database.transaction() as tx:
            inbox = WeComInbox(tx)
            while older := await inbox.next_of(self._number):
                await inbox.took(older.id)

    async def screen(self) -> list[Said]:
        """Messages, each with the cards that belong to it."""
        return list(self.member.screen)


def _said(message: LocalMessage) -> Said:
    return Said(message.id, message.text, {label: data for row in message.buttons for label, data in row})


@dataclass
class Chatter:
    """One person talking with the bot."""

    dispatcher: Dispatcher
    bot: Bot
    platform: Platform
    external_id: str
    last_update: Update | None = None
    screen: list[Said] = field(default_factory=list)
    _heard: set[int] = field(default_factory=set)  # places on the screen

    async def says(self, text: str) -> Said:
        """Type something; the one answer."""
        return await self.delivers(await self.platform.typed(text))

    async def taps(self, label: str, on: Said | None = None) -> Said:
        """Tap a button of the newest message that has it, or of `on`; the one answer."""
        return await self.delivers(await self.tapped(label, on))

    async def decides(self, label: str) -> tuple[Said, Said]:
        """Tap a decision about a base: the answer, and the notice that goes to every contact of the base."""
        answer, notice = sorted(
            await self.two_answers(await self.tapped(label)), key=lambda said: said.text[0] != "✓"
        )
        return answer, notice

    async def again(self) -> Said:
        """The platform delivers the last update once more; the answer."""
        assert self.last_update
        return await self.delivers(self.last_update)

    async def delivers(self, update: Update) -> Said:
        """An update reaches the bot; the one answer."""
        (said,) = await self._feed(update, 1)
        return said

    async def sends(self, update: Update) -> None:
        """An update reaches the bot; what comes of it is heard afterwards."""
        self.last_update = update
        await self.dispatcher.feed_update(self.bot, update, channel=self.platform.channel)

    async def two_answers(self, update: Update) -> list[Said]:
        """An update reaches the bot, and two messages come."""
        return await self._feed(update, 2)

    async def tapped(self, label: str, on: Said | None = None) -> Update:
        """A tap that has not reached the bot yet."""
        return await self.platform.tapped(label, on or await self._offered(label))

    async def _offered(self, label: str) -> Said:
        """The newest message with the button; its card may come after its text."""

        async def newest() -> Said | None:
            return next((said for said in reversed(await self.look()) if label in said.buttons), None)

        found = await eventually(newest, lambda said: said is not None, seconds=10)
        assert found
        return found

    async def hears(self, *wanted: str) -> Said:
        """A message that comes by itself and has all of `wanted` in it."""

        async def heard() -> int | None:
            for place, said in enumerate(await self.look()):
                if place not in self._heard and all(text in said.text for text in wanted):
                    return place
            return None

        place = await eventually(heard, lambda found: found is not None, seconds=10)
        assert place is not None
        self._heard.add(place)
        return self.screen[place]

    async def answers(self, since: int = 1, **different: str) -> Said:
        """Answer every question from `since` to 22; the summary."""
        for key, text in [*(FULL | different).items()][since - 1 :]:
            said = await self.says(text)
            assert said.text.startswith("✓"), (key, said.text)
        return said

    async def unheard(self) -> list[str]:
        """What came without having been asked for."""
        return [said.text for place, said in enumerate(await self.look()) if place not in self._heard]

    async def look(self) -> list[Said]:
        """Everything on the screen."""
        self.screen = await self.platform.screen()
        return self.screen

    async def _feed(self, update: Update, count: int) -> list[Said]:
        before = len(await self.look())
        await self.sends(update)

        async def answers() -> int:
            return len(await self.look()) - before

        await eventually(answers, lambda n: n >= count, seconds=10)
        said = self.screen[before:]
        assert len(said) == count, f"{count} answers, not {said}"
        self._heard |= set(range(before, len(self.screen)))
        return said
