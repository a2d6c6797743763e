"""Servers, workers and sample bases for the measurements."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import gettempdir
from typing import Any, cast

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import SendMessage, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Chat, Message, Update, User
from temporalio.client import Client
from temporalio.worker import Worker

from activities.messages import MessageActivities
from app import workers
from app.wiring import connect
from bench import bare
from bot.dispatcher import dispatcher
from bot.intake import Intake
from bot.messenger import BotMessenger
from bot.render import Renderer
from bot.services import Services
from bot.words import chinese
from casework.submission import Casework
from domain.base import BaseFacts, BaseState
from domain.calendar import SHANGHAI, Clock
from domain.lifecycle import Step
from domain.policy.obligations import CADENCES, OPENS_BEFORE, Nudge, NudgeKind, Schedule
from domain.terms import City, LeadKind, Level, ObligationKind
from persistence.bases import Bases, NewBase
from persistence.database import Database
from persistence.documents import store_for
from persistence.people import People
from persistence.rounds import Rounds
from workflows.gateway import Gateway

ROUND = "bench"
CHANNEL = "bench"
PILOT_START = date(2025, 12, 1)


class MemorySession(BaseSession):
    """A platform that takes no time, so that only this program is measured."""

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's signature
    ) -> TelegramType:
        """Say yes at once."""
        if not isinstance(method, SendMessage):
            return cast(TelegramType, True)
        chat = Chat(id=int(method.chat_id), type="private")
        sent = Message(message_id=1, date=datetime.now().astimezone(), chat=chat, text=method.text)
        return cast(TelegramType, sent.as_(bot))

    async def close(self) -> None:
        """Nothing to close."""

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        """No files."""
        raise NotImplementedError
        yield b""


def in_office_hours() -> Clock:
    """A Tuesday morning, whenever this is run: messages wait for office hours."""
    return Clock(origin=datetime.now(UTC), business_origin=datetime(2026, 3, 3, 9, 5, tzinfo=SHANGHAI))


@dataclass
class Bench:
    """What the measurements work with."""

    client: Client
    database: Database
    gateway: Gateway
    clock: Clock
    bot: Bot
    intake: Intake


def schedule(
    period: str,
    opens: datetime,
    kind: ObligationKind = ObligationKind.DISPATCH,
    told_after: timedelta = OPENS_BEFORE,
) -> Schedule:
    """A period that opens at an instant, is told some time after it, and stays open for a year."""
    far = opens.replace(year=opens.year + 1)
    rule = CADENCES[kind][0]
    return Schedule(
        kind=kind,
        period=period,
        opens=opens,
        due=far,
        locks=far,
        nudges=(Nudge(kind=NudgeKind.OPENED, at=opens + told_after),),
        tentative=False,
        clause=rule.clause,
        ruled_on=PILOT_START,
        review_days=rule.value.review_days,
    )


def state(n: int) -> BaseState:
    """The n-th sample base, in its pilot."""
    facts = BaseFacts(
        base_id=f"base-{ROUND}-03-{n}",
        round=ROUND,
        direction=3,
        direction_name="大数据",
        level=Level.PROVINCE,
        city=City.TAIYUAN,
        lead_kind=LeadKind.SCHOOL,
        deadline=None,
    )
    since = datetime(2025, 12, 1, 9, tzinfo=SHANGHAI)
    return BaseState(facts=facts, step=Step.PILOT, since=since, published_on=PILOT_START)


async def register(database: Database, states: list[BaseState]) -> None:
    """Write bases down, each with a contact whose chat has the base's number."""
    async with database.transaction() as tx:
        await Rounds(tx).add_taken_over(ROUND, "测速")
        for one in states:
            base_id = one.facts.base_id
            await Bases(tx).add(
                NewBase(code=base_id, name=f"示例 {base_id}", lead="示例", planned_total=Decimal(5000)), one
            )
            contact = await People(tx).add("示例联系人")
            await People(tx).attach(contact, base_id)
            code = await People(tx).invite(contact, datetime(2099, 1, 1, tzinfo=SHANGHAI))
            await People(tx).redeem(code, CHANNEL, base_id.rsplit("-", 1)[1], datetime.now(SHANGHAI))


def typed(bot: Bot, update_id: int, person: int, text: str) -> Update:
    """What arrives when a person types something."""
    user = User(id=person, is_bot=False, first_name="示例")
    chat = Chat(id=person, type="private")
    now = datetime.now(SHANGHAI)
    message = Message(message_id=update_id, date=now, chat=chat, from_user=user, text=text)
    return Update(update_id=update_id, message=message.as_(bot)).as_(bot)


@asynccontextmanager
async def bench(database_url: str, address: str, clock: Clock) -> AsyncIterator[Bench]:
    """The program and the bare workers over one database and one Temporal."""
    client = await connect(address)
    database = Database(database_url)
    words = chinese()
    renderer = Renderer(words)
    gateway = Gateway(client, clock)
    bot = Bot("1:bench", session=MemorySession())
    casework = Casework(database, gateway, clock)
    documents = store_for(Path(gettempdir()) / "jiebang-bench")  # opened only when a document comes in
    chat = (database, gateway, words, renderer, clock, casework, documents, "http://bench")
    intake = Intake(dispatcher(Services(*chat)), words)
    messenger = BotMessenger({CHANNEL: bot}, database, renderer, clock)
    ours = workers.running(
        client,
        workers.record_keeping(database),
        [MessageActivities(database, messenger, clock)],
        messages_per_second=10_000,
    )
    theirs = Worker(client, task_queue=bare.QUEUE, workflows=bare.WORKFLOWS, activities=bare.ACTIVITIES)
    async with ours, theirs:
        yield Bench(client, database, gateway, clock, bot, intake)
    await database.close()
