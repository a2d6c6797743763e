"""Bases that owe their reports, their contacts in chats, and the bot between them: all parts real, on all channels."""

import itertools
from contextlib import AsyncExitStack
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import Response, SendMessage, TelegramMethod
from aiogram.methods.base import TelegramType
from temporalio.testing import WorkflowEnvironment

from activities.calendar import working_days
from activities.messages import MessageActivities
from app import workers
from bot.channels import local, telegram, wecom
from bot.dispatcher import dispatcher
from bot.messenger import BotMessenger
from bot.render import Renderer
from bot.services import Services
from bot.words import Words, chinese
from casework.submission import Casework
from domain.base import BaseState
from domain.calendar import Period
from domain.forms.registry import FORMS
from domain.forms.said import Said
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.policy.obligations import Schedule, schedule
from domain.terms import ObligationKind
from persistence.database import Database
from persistence.documents import store_for
from persistence.local_chat import LocalChat
from persistence.obligations import ObligationRow, Obligations
from persistence.people import People
from persistence.wecom import WeComInbox
from tests.conversations.people import Chatter, Page, Phone, Platform, WorkPhone
from tests.peers.bot_api import BotApi, hang_up
from tests.peers.wecom_api import WeCom
from tests.peers.wecom_member import ACCOUNT
from tests.support import FULL, LEAD, at, clock_from, eventually, register, state_of
from tests.workflows.scene import under_way
from workflows.gateway import Gateway
from workflows.messages import Answer, Submission

PUBLIC_URL = "https://jiebang.example"
KIND = ObligationKind.DISPATCH
PERIOD = "2021-12"
MORNING = "2022-01-05 10:20"
"""The second working day of January, in office hours: 月调度 of December is open, due on the 10th, locked after the
24th."""

CANONICAL = {key: FORMS[KIND].by_key[key].parse(value) for key, value in FULL.items()}

_numbers = itertools.count(1)
_FAR_AWAY = datetime(2099, 1, 1, tzinfo=UTC)


def new_base_id() -> str:
    """An id that no other test uses: the server is shared."""
    return f"base-talk-03-{next(_numbers)}"


class ServerTime:
    """Business time on the skipping server, which runs ahead of the machine's."""

    def __init__(self, business: str, now: datetime) -> None:
        self.current = clock_from(business, now)
        self._ahead = now - datetime.now(UTC)

    def now(self) -> datetime:
        """As the workflows have it."""
        return self.current.business(datetime.now(UTC) + self._ahead)

    def skipped_to(self, now: datetime) -> None:
        """The server's time has moved on by itself."""
        self._ahead = now - datetime.now(UTC)


class Town:
    """All that a conversation needs, from one business time on."""

    def __init__(
        self,
        env: WorkflowEnvironment,
        database: Database,
        api: BotApi,
        channel: str,
        clock: ServerTime,
        words: Words | None = None,
        wecom: WeCom | None = None,
    ) -> None:
        words = words or chinese()
        self.wecom = wecom
        self.env, self.database, self.api, self.channel = env, database, api, channel
        self.clock = clock
        self._at_work = AsyncExitStack()
        self._folder = TemporaryDirectory(prefix="jb-town-")
        self.bot = self._bot(words)
        self.gateway = Gateway(env.client, clock)
        renderer = Renderer(words)
        self.casework = Casework(database, self.gateway, clock)
        chat = (database, self.gateway, words, renderer, clock, self.casework)
        self.folder = Path(self._folder.name)
        self.documents = store_for(self.folder)
        self.dispatcher = dispatcher(Services(*chat, self.documents, PUBLIC_URL))
        self.messenger = BotMessenger({channel: self.bot}, database, renderer, clock)

    def _bot(self, words: Words) -> Bot:
        if self.channel == telegram.NAME:
            return telegram.telegram_bot(self.api.token, self.api.url)
        if self.wecom and self.channel == wecom.NAME:
            return wecom.wecom_bot(ACCOUNT, self.database, words, self.wecom.url, limits=())
        return local.local_bot(self.database, self.clock)

    def lose_a_reply(self) -> None:
        """The bot dies between having worked an update through and sending its reply, once."""
        self.bot.session.middleware(_LosesAReply())
        _REPLIES.set(True)

    async def work(self) -> None:
        """Start workers whose notices go out through the bots."""
        await self._at_work.enter_async_context(
            workers.running(
                self.env.client,
                workers.record_keeping(self.database),
                [MessageActivities(self.database, self.messenger, self.clock.current)],
                messages_per_second=1000,
            )
        )

    async def rest(self) -> None:
        """Stop the workers."""
        await self._at_work.aclose()

    async def close(self) -> None:
        """Stop the workers and let go of the connections."""
        await self.rest()
        await hang_up(self.bot)
        if self.channel == wecom.NAME:
            await self.bot.session.close()
        self._folder.cleanup()

    # People

    async def stranger(self, name: str = "路人") -> Chatter:
        """Somebody whom nobody has invited."""
        platform: Platform
        if self.channel == telegram.NAME:
            person = self.api.person(name)
            platform, external_id = Phone(person, self.bot), person.id
        elif self.wecom and self.channel == wecom.NAME:
            member = self.wecom.member(f"{name}-{len(self.wecom.members)}")
            async with self.database.transaction() as tx:
                external_id = await WeComInbox(tx).person(member.userid)
            platform = WorkPhone(self.wecom, member, self.database, external_id, self.bot)
        else:
            async with self.database.transaction() as tx:
                external_id = (await LocalChat(tx).person(name)).id
            platform = Page(self.database, external_id, self.bot)
        return Chatter(self.dispatcher, self.bot, platform, str(external_id))

    async def code_for(self, base: str, expires_at: datetime = _FAR_AWAY) -> str:
        """An invite code for the contact that a base was registered with."""
        async with self.database.transaction() as tx:
            people = People(tx)
            return await people.invite(await people.of_code(base), expires_at)

    async def contact_of(self, *bases: str, name: str = "示例联系人") -> Chatter:
        """A contact of these bases who is bound already."""
        person = await self.stranger(name)
        async with self.database.transaction() as tx:
            people = People(tx)
            contact = await people.add(name)
            for base in bases:
                await people.attach(contact, base)
            code = await people.invite(contact, _FAR_AWAY)
            await people.redeem(code, self.channel, person.external_id, datetime.now(UTC))
        return person

    # Bases

    async def base(self, state: BaseState | None = None, opening_total: str | None = "1000") -> str:
        """A base that is written down but not started; in its pilot since July if nothing else is said."""
        written = state or state_of(new_base_id(), Step.PILOT, published_on=date(2021, 7, 1))
        await register(self.database, written, opening_total)
        return written.facts.base_id

    async def start(self, *states: BaseState | str, at_work: bool = True) -> None:
        """Let the bases live. What is due by now comes at once: their notices go out if somebody is at work."""
        if at_work:
            await self.work()
        for state in states:
            if isinstance(state, str):
                state = state_of(state, Step.PILOT, published_on=date(2021, 7, 1))
            assert await self.gateway.start_base(state)

    async def reported(self, base: str, period: str, **values: str) -> None:
        """What the base has handed in for a period before."""
        written = obligation_id(base, KIND, period)
        async with self.database.transaction() as tx:
            rows = Obligations(tx)
            await rows.open(written, base, _schedule(base, period))
            await rows.store(
                Submission(
                    obligation_id=written,
                    base_id=base,
                    kind=KIND,
                    period=period,
                    values=CANONICAL | values,
                    by=LEAD,
                    at=at("2021-12-06 10:00"),
                    on_time=True,
                )
            )

    async def fill(self, base: str) -> None:
        """Answer what is open in the form of this month, past the chat: where the dialogue is not the subject."""
        filled = await self.draft(base)
        for key in FULL.keys() - filled.keys():
            await self._answer(base, f"{FORMS[KIND].by_key[key].no}={FULL[key]}")

    async def _answer(self, base: str, text: str) -> None:
        answer = Answer(said=Said(text=text), by=LEAD)
        await self.gateway.answer(obligation_id(base, KIND, PERIOD), answer, f"test:{base}:{text}")

    async def later(self, business: str, *quiet: str) -> None:
        """Let time pass on the server until a business time, once these workflows have nothing under way."""
        for workflow_id in quiet:
            await eventually(partial(under_way, self.env, workflow_id), lambda count: count == 0)
        await self.env.sleep(at(business) - self.clock.now())
        self.clock.skipped_to(await self.env.get_current_time())

    # What stands

    async def figures(self, base: str, period: str = PERIOD) -> dict[str, str]:
        """What stands in the database for a period."""
        async with self.database.transaction() as tx:
            return await Obligations(tx).values(obligation_id(base, KIND, period))

    async def draft(self, base: str, period: str = PERIOD) -> dict[str, str]:
        """What is filled in so far."""
        return (await self.gateway.obligation(obligation_id(base, KIND, period))).draft.values

    async def row(self, base: str, period: str = PERIOD) -> ObligationRow:
        """The obligation as it is listed."""
        async with self.database.transaction() as tx:
            return await Obligations(tx).get(obligation_id(base, KIND, period))


_REPLIES = ContextVar("replies", default=False)
"""Set where updates are fed: what goes out from there is a reply. Notices go out from the workers' tasks."""


class _LosesAReply(BaseRequestMiddleware):
    """Fails the first reply."""

    lost = False

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Do as asked, but once."""
        if isinstance(method, SendMessage) and _REPLIES.get() and not self.lost:
            self.lost = True
            raise TelegramNetworkError(method=method, message="the bot is gone")
        return await make_request(bot, method)


def _schedule(base: str, period: str) -> Schedule:
    return schedule(KIND, Period.parse(period), working_days(), base)
