"""A base with its reports, people who have nothing to do with them, and a bot that is not to call Temporal at all."""

import logging
import os
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import AnswerCallbackQuery, GetMe, SendMessage, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Chat, Message, Update, User
from sqlalchemy import text
from temporalio.client import Client

from activities.calendar import working_days
from app.embedded import HOST, free_port
from bot.dispatcher import dispatcher
from bot.intake import Intake
from bot.render import Renderer
from bot.services import Services
from bot.words import chinese
from casework.submission import Casework
from domain.calendar import Period
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.policy.obligations import schedule
from domain.terms import ObligationKind
from persistence.database import Database
from persistence.documents import store_for
from persistence.obligations import Obligations
from persistence.people import People
from persistence.tables import metadata
from tests.fuzz.noise import Noise
from tests.support import clock_from, register, state_of
from workflows.converter import plugin
from workflows.gateway import Gateway

CHANNEL = "telegram"
STRANGER, OTHER = 800, 900
"""Numbers in chats: nobody knows the first; the second answers for another base."""

BASE, OTHERS = "base-fuzz-03-1", "base-fuzz-03-2"
_ME = User(id=1, is_bot=True, first_name="揭榜", username="jiebang_bot")
_FAR = datetime(2099, 1, 1, tzinfo=UTC)


class Ears(BaseSession):
    """A platform that takes no time and tells afterwards what was said to whom."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: dict[int, Counter[str]] = {}
        self.queries: dict[str, int] = {}  # who has tapped

    def taps(self, update: Update) -> None:
        """Remember who has tapped."""
        if update.callback_query:
            self.queries[update.callback_query.id] = update.callback_query.from_user.id

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's signature
    ) -> TelegramType:
        """Say yes at once."""
        if isinstance(method, AnswerCallbackQuery) and method.text:
            self._hears(self.queries.get(method.callback_query_id, 0), method.text)
        if isinstance(method, GetMe):
            return cast(TelegramType, _ME)
        if not isinstance(method, SendMessage):
            return cast(TelegramType, True)
        self._hears(int(method.chat_id), method.text)
        chat = Chat(id=int(method.chat_id), type="private")
        sent = Message(message_id=1, date=datetime.now(UTC), chat=chat, text=method.text)
        return cast(TelegramType, sent.as_(bot))

    def _hears(self, person: int, said: str) -> None:
        self.heard.setdefault(person, Counter())[said] += 1

    async def close(self) -> None:
        """Nothing to close."""

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        """No files."""
        raise NotImplementedError
        yield b""


class Outside:
    """The way in, with people outside of it."""

    def __init__(self, database: Database, client: Client, folder: Path) -> None:
        self.database, self.ears = database, Ears()
        self.bot = Bot("1:fuzz", session=self.ears)
        clock, words = clock_from("2022-01-05 10:20"), chinese()
        gateway = Gateway(client, clock)
        casework = Casework(database, gateway, clock)
        chat = (database, gateway, words, Renderer(words), clock, casework, store_for(folder), "http://fuzz")
        self.services = Services(*chat)
        self.intake = Intake(dispatcher(self.services), words)

    async def take(self, update: Update) -> None:
        """An update comes in."""
        self.ears.taps(update)
        mounted = Update.model_validate(update.model_dump(), context={"bot": self.bot})
        await self.intake.take(self.bot, mounted, CHANNEL)


@pytest.fixture
def noise() -> Noise:
    """Noise from a seed that is told; `FUZZ_SEED` gives another."""
    seed = int(os.environ.get("FUZZ_SEED", "20260701"))
    print(f"FUZZ_SEED={seed}")
    return Noise(seed)


@pytest.fixture
async def outside(database: Database, tmp_path: Path) -> Outside:
    """There is no Temporal: whoever asks for it fails."""
    nowhere = await Client.connect(f"{HOST}:{free_port()}", lazy=True, plugins=[plugin()])
    for base in (BASE, OTHERS):
        await register(database, state_of(base, Step.PILOT), "1000")
    await _owes(database)
    await _answers_for(database, OTHERS, OTHER)
    return Outside(database, nowhere, tmp_path)


async def _owes(database: Database) -> None:
    """The base owes its month and its quarter."""
    async with database.transaction() as tx:
        for kind, period in ((ObligationKind.DISPATCH, "2021-12"), (ObligationKind.SUPERVISION, "2021-Q4")):
            plan = schedule(kind, Period.parse(period), working_days(), BASE)
            await Obligations(tx).open(obligation_id(BASE, kind, period), BASE, plan)


async def _answers_for(database: Database, base: str, person: int) -> None:
    async with database.transaction() as tx:
        contact = await People(tx).add("示例外人")
        await People(tx).attach(contact, base)
        code = await People(tx).invite(contact, _FAR)
        await People(tx).redeem(code, CHANNEL, str(person), datetime.now(UTC))


async def digest(database: Database, *but: str) -> dict[str, str]:
    """A digest of every table but some."""
    found = {}
    async with database.transaction() as tx:
        for table in metadata.sorted_tables:
            if table.name not in but:
                rows = (
                    f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table.name} t"  # noqa: S608
                )
                found[table.name] = str(await tx.scalar(text(rows)))
    return found


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged as a fault, or as something to be tried again."""
    found = [r for r in caplog.records if r.levelno >= logging.ERROR or "waits" in r.getMessage()]
    return [f"{r.getMessage()} {r.exc_info[1]!r}" if r.exc_info else r.getMessage() for r in found]
