"""Killed when the answer is in but the reply is not out: the platform delivers again, and all there is is one of each."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

import pytest
from sqlalchemy import func, select

from app.embedded import free_port
from bench.setup import schedule
from bot.channels import telegram, wecom
from domain.base import BaseState
from domain.calendar import SHANGHAI
from domain.forms.registry import FORMS
from domain.forms.said import Said as InForm
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.policy.members import LEADING_UNIT
from domain.terms import ContactRole, ObligationKind
from domain.views import Action
from persistence.database import Database
from persistence.people import People
from persistence.tables import handovers, obligation_decisions
from persistence.wecom import WeComInbox
from tests.life.town import Town, town
from tests.peers.bot_api import BotApi, hang_up
from tests.peers.phone import Json, Said
from tests.peers.wecom_api import WeCom
from tests.peers.wecom_member import AES_KEY, AGENT_ID, CORP_ID, SECRET, TOKEN
from tests.support import FULL, LEAD, eventually, register, state_of
from workflows import queues
from workflows.base import Base
from workflows.messages import Answer, Appointment, BaseInput

KIND, PERIOD = ObligationKind.DISPATCH, "2021-12"
_FAR = datetime(2099, 1, 1, tzinfo=UTC)
_PATIENCE = 60.0


class Talker(Protocol):
    """Somebody with a phone."""

    screen: list[Said]

    def types(self, text: str) -> Json:
        """Send a text."""

    def taps(self, label: str) -> Json:
        """Tap a button."""


@dataclass
class Platform:
    """A platform, and the processes that it talks with."""

    channel: str
    env: dict[str, str]
    commands: tuple[str, ...]  # all that is needed
    killed: str  # which of them is killed
    stall: Callable[[], None]  # the next message is not taken
    person: Callable[[str], Awaitable[tuple[Talker, str]]]  # with the id by which the channel knows them


@asynccontextmanager
async def telegram_by_webhook(database: Database) -> AsyncIterator[Platform]:
    """Telegram pushes to the API's process, and again until it says 200."""
    port, secret = free_port(), "the-secret-of-the-hook"
    hook = f"http://127.0.0.1:{port}/telegram/webhook"
    async with BotApi().serving() as api:

        async def person(name: str) -> tuple[Talker, str]:
            known = api.person(name)
            return known, str(known.id)

        env = {
            "JIEBANG_HTTP_PORT": str(port),
            "JIEBANG_TELEGRAM_TOKEN": api.token,
            "JIEBANG_TELEGRAM_API_BASE": api.url,
            "JIEBANG_TELEGRAM_WEBHOOK_URL": hook,
            "JIEBANG_TELEGRAM_WEBHOOK_SECRET": secret,
        }
        bot = telegram.telegram_bot(api.token, api.url)
        await telegram.set_up_webhook(bot, hook, secret)
        await hang_up(bot)
        yield Platform(
            telegram.NAME, env, ("api",), "api", lambda: api.stall("sendMessage", _PATIENCE), person
        )


@asynccontextmanager
async def wecom_by_callback(database: Database) -> AsyncIterator[Platform]:
    """WeCom delivers to the API's process, which keeps it; the bot's process works it through."""
    port = free_port()
    async with WeCom().serving() as api:
        api.hook, api.most_a_minute = f"http://127.0.0.1:{port}/wecom/callback", None

        async def person(name: str) -> tuple[Talker, str]:
            async with database.transaction() as tx:
                return api.member(name), str(await WeComInbox(tx).person(name))

        env = {
            "JIEBANG_HTTP_PORT": str(port),
            "JIEBANG_WECOM_CORP_ID": CORP_ID,
            "JIEBANG_WECOM_AGENT_ID": str(AGENT_ID),
            "JIEBANG_WECOM_SECRET": SECRET,
            "JIEBANG_WECOM_TOKEN": TOKEN,
            "JIEBANG_WECOM_ENCODING_AES_KEY": AES_KEY,
            "JIEBANG_WECOM_API_BASE": api.url,
        }
        yield Platform(wecom.NAME, env, ("api", "bot"), "bot", lambda: api.stall("message/send"), person)


class Processes:
    """The program's processes, as in production."""

    def __init__(self, platform: Platform, database_url: str, address: str) -> None:
        self._platform = platform
        self._env = (
            os.environ | platform.env | {"JIEBANG_DATABASE_URL": database_url, "TEMPORAL_ADDRESS": address}
        )
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *commands: str) -> None:
        """Start them."""
        for command in commands or self._platform.commands:
            self._running[command] = subprocess.Popen(
                [sys.executable, "-m", "app", command], env=self._env, stdout=subprocess.DEVNULL
            )

    def kill(self) -> None:
        """The one that is at work, without a chance to say goodbye."""
        process = self._running[self._platform.killed]
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """All of them."""
        for process in self._running.values():
            process.kill()
            process.wait()


@contextmanager
def running(platform: Platform, database_url: str, address: str) -> Iterator[Processes]:
    """Killed on leaving, those that were not before."""
    processes = Processes(platform, database_url, address)
    try:
        processes.start()
        yield processes
    finally:
        processes.stop()


async def heard(person: Talker, words: str, since: int = 0) -> Said:
    """A message with these words, and only one."""

    async def found() -> list[Said]:
        return [said for said in person.screen[since:] if words in said.text]

    (said,) = await eventually(found, seconds=_PATIENCE)
    return said


async def offered(person: Talker, label: str) -> None:
    """Wait for a button: WeCom's cards come after their text."""

    async def found() -> bool:
        return any(label in said.buttons for said in person.screen)

    await eventually(found, seconds=_PATIENCE)


async def tapped(person: Talker, label: str) -> None:
    """Tap a button as soon as it is there."""
    await offered(person, label)
    person.taps(label)


async def bound(
    place: Town,
    platform: Platform,
    name: str,
    base: str | None = None,
    role: ContactRole = ContactRole.CONTACT,
) -> Talker:
    """Somebody who answers for the base, or decides for the office."""
    person, external_id = await platform.person(name)
    async with place.parts.database.transaction() as tx:
        people = People(tx)
        if base:
            contact = await people.add(name)
            await people.attach(contact, base, role)
        else:
            contact = await people.add(name, department=LEADING_UNIT, may_decide=True)
        code = await people.invite(contact, _FAR)
        await people.redeem(code, platform.channel, external_id, datetime.now(UTC))
    return person


async def killed_in_between(
    platform: Platform, processes: Processes, act: Callable[[], object], done: Callable[[], Awaitable[object]]
) -> None:
    """Somebody does something; when it is done, and before anything is said of it, the process dies and is started
    again."""
    platform.stall()
    act()
    await eventually(done, seconds=_PATIENCE)
    processes.kill()
    processes.start(platform.killed)


PLATFORMS = (telegram_by_webhook, wecom_by_callback)


@pytest.mark.parametrize("channel", PLATFORMS)
async def test_an_answer_a_handover_and_a_decision_are_done_once_and_told_once(
    database: Database,
    database_url: str,
    real_temporal: str,
    channel: Callable[[Database], AbstractAsyncContextManager[Platform]],
) -> None:
    base = f"base-killed-03-{PLATFORMS.index(channel)}"
    owed = obligation_id(base, KIND, PERIOD)
    async with AsyncExitStack() as stack:
        # The processes have the machine's clock; here it is night on the same day, so that nothing goes out by itself.
        begins = f"{datetime.now(SHANGHAI):%Y-%m-%d} 00:10"
        place = await stack.enter_async_context(town(database_url, real_temporal, begins, bot=False))
        platform = await stack.enter_async_context(channel(database))
        gateway = place.parts.gateway
        state = state_of(base, Step.PILOT, published_on=date(2021, 7, 1))
        await register(database, state, "1000")
        anna = await bound(place, platform, "anna", base)
        boris = await bound(place, platform, "boris", base, ContactRole.DEPUTY)
        office = await bound(place, platform, "office")
        await owes_a_month(place, state)
        await eventually(lambda: gateway.obligation(owed), lambda it: it.view is not None, seconds=_PATIENCE)
        processes = stack.enter_context(running(platform, database_url, real_temporal))
        await eventually(lambda: listens(platform), seconds=_PATIENCE)

        anna.types("待办")
        await heard(anna, "您有 1 项待办")
        await tapped(anna, f"2021年12月 月调度 · 示例基地 {base}")
        await heard(anna, "1/22 · 投资完成")

        async def draft() -> dict[str, str]:
            return (await gateway.obligation(owed)).draft.values

        await killed_in_between(platform, processes, lambda: anna.types("120.5"), draft)
        await heard(anna, "✓ 本月完成投资 120.50 万元。\n2/22 · 投资完成")
        assert await draft() == {"invest_month": "120.50"}

        await killed_in_between(
            platform, processes, lambda: anna.types("转交"), lambda: count(database, handovers)
        )
        await heard(anna, "转交给副联系人boris（已填 1/22 项，都已保存）。")
        assert await count(database, handovers) == 1
        boris.types("待办")
        await heard(boris, "您有 1 项待办")

        await hand_in(place, owed)
        office.types("待我办")
        await heard(office, "待办共 1 项")
        await tapped(office, "1. 月调度")
        await heard(office, "起等待")
        await tapped(office, "审核通过")
        await heard(office, "请确认：")
        await offered(office, "确认")
        await killed_in_between(
            platform, processes, lambda: office.taps("确认"), lambda: count(database, obligation_decisions)
        )
        await heard(office, "✓ 已办理：")
        assert await count(database, obligation_decisions) == 1


async def listens(platform: Platform) -> bool:
    """Whether deliveries are taken by now; WeCom gives one up after four times."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", int(platform.env["JIEBANG_HTTP_PORT"]))
    except OSError:
        return False
    writer.close()
    return True


async def owes_a_month(place: Town, state: BaseState) -> None:
    """The base owes a month that is open for a year from now on."""
    now = place.clock.now()
    plan = schedule(PERIOD, now)
    far = now + timedelta(days=300)
    agenda = (Appointment(at=plan.opens, schedule=plan),)
    start = BaseInput(clock=place.clock.current, state=state, agenda=agenda, planned_through=far)
    await place.parts.client.start_workflow(
        Base.run, start, id=state.facts.base_id, task_queue=queues.MAIN_QUEUE
    )


async def count(database: Database, table: object) -> int:
    """How many rows there are."""
    async with database.transaction() as tx:
        return int(await tx.scalar(select(func.count()).select_from(table)) or 0)  # type: ignore[arg-type]


async def hand_in(place: Town, owed: str) -> None:
    """The rest is answered and handed in past the chat."""
    gateway = place.parts.gateway
    for key, text in [*FULL.items()][1:]:
        said = InForm(text=f"{FORMS[KIND].by_key[key].no}={text}")
        await gateway.answer(owed, Answer(said=said, by=LEAD), f"test:{owed}:{key}")
    await gateway.answer(owed, Answer(said=InForm(action=Action.SUBMIT), by=LEAD), f"test:{owed}:submit")
