"""Where everything is put together."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from aiogram import Bot
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from activities.calendar import working_days
from activities.digest import DigestActivities
from activities.messages import MessageActivities
from api.application import application
from api.services import ApiServices
from app import workers
from app.embedded import SetupError
from app.settings import Settings
from bot.channels import local, telegram, wecom
from bot.channels.pace import paced
from bot.dispatcher import dispatcher
from bot.intake import Again, Intake
from bot.messenger import BotMessenger
from bot.render import Renderer
from bot.services import Services
from bot.words import chinese
from bot.words import words as words_in
from casework.submission import Casework
from desk.pages import mount
from desk.services import DeskServices
from domain.calendar import BusinessTime, Clock
from persistence.bases import Bases
from persistence.channel_pauses import ChannelPauses
from persistence.chat_turns import ChatTurns
from persistence.database import Database
from persistence.documents import DocumentStore, store_for
from persistence.migrate import upgrade
from persistence.rounds import Rounds
from persistence.under_review import UnderReview
from workflows.converter import plugin
from workflows.gateway import Gateway

FinishForm = Callable[[int], Awaitable[bool]]

_HEALTH_TIMEOUT = timedelta(seconds=5)
_LOOKS_AGAIN = timedelta(seconds=2)
_OLD_SCHEMA = ("42P01", "42703")  # a table or a column that is not there


async def connect(address: str | None = None) -> Client:
    """A client for the server at `address`, or for the one that TEMPORAL_… names. Raises SetupError."""
    named = {"target_host": address} if address else ClientConfig.load_client_connect_config()
    try:
        return await Client.connect(**named, plugins=[plugin()])
    except RuntimeError as e:
        raise SetupError(f"连不上 Temporal（{named.get('target_host')}）：{e}") from e


def migrated(database_url: str) -> str:
    """The URL of a database that has been brought to the newest schema. Raises SetupError if it is out of reach."""
    try:
        upgrade(database_url)
    except (OSError, SQLAlchemyError) as e:
        raise SetupError(database_trouble(e)) from e
    return database_url


def database_trouble(error: Exception) -> str:
    """In one line what is wrong with the database, and what to do."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if getattr(cause, "sqlstate", None) in _OLD_SCHEMA:
        return "数据库结构不是最新的，请先运行 jiebang migrate"
    return f"连不上 PostgreSQL，请检查 JIEBANG_DATABASE_URL：{' '.join(str(cause).split())}"


@dataclass
class Parts:
    """The parts of a running system; each process uses those that it needs."""

    settings: Settings
    database: Database
    documents: DocumentStore
    client: Client
    clock: BusinessTime
    gateway: Gateway
    casework: Casework
    bots: dict[str, Bot]
    intake: Intake
    turns: ChatTurns
    messenger: BotMessenger
    services: Services

    async def tell_clock(self, clock: Clock) -> None:
        """Give every workflow another clock (only the demo does)."""
        async with self.database.transaction() as tx:
            told = [*await Bases(tx).ids(), *await UnderReview(tx).ids()]
            rounds = await Rounds(tx).slugs()
        await self.gateway.set_clock(clock, told, rounds)

    @property
    def _looks_again(self) -> timedelta:
        """Only the demo's clock is exchanged while messages wait."""
        return timedelta.max if isinstance(self.clock, Clock) else _LOOKS_AGAIN

    def workers(self) -> AbstractAsyncContextManager[None]:
        """Workflows and activities."""
        return workers.running(
            self.client,
            workers.record_keeping(self.database),
            [
                MessageActivities(self.database, self.messenger, self.clock, looks_again=self._looks_again),
                DigestActivities(self.database, self.messenger, self.clock),
            ],
        )

    def application(
        self,
        finish_form: FinishForm | None = None,
        hold_time: Callable[[], None] | None = None,
        *,
        pages: bool = False,
    ) -> FastAPI:
        """The HTTP side."""
        settings = self.settings
        by_webhook = settings.telegram_webhook_url and telegram.NAME in self.bots
        secret = settings.telegram_webhook_secret
        services = ApiServices(
            database=self.database,
            documents=self.documents,
            gateway=self.gateway,
            casework=self.casework,
            clock=self.clock,
            explain=chinese().refusal,
            temporal_ready=partial(self.client.service_client.check_health, timeout=_HEALTH_TIMEOUT),
            admin_token=settings.admin_token.get_secret_value() if settings.admin_token else None,
            telegram_secret=secret.get_secret_value() if secret else None,
            take_telegram=self._take_telegram if by_webhook else None,
            wecom=self._wecom(),
            days=working_days(),
            public_url=settings.reachable_url,
            submit=self.casework.submit_with_upload,
            objected=self.casework.object,
        )
        app = application(services)
        if pages:
            mount(app, DeskServices(self.database, self.clock, finish_form, hold_time))
        return app

    def _wecom(self) -> wecom.Callback | None:
        settings = self.settings
        token, aes_key = settings.wecom_token, settings.wecom_encoding_aes_key
        if wecom.NAME not in self.bots or not (token and aes_key and settings.wecom_corp_id):
            return None
        keys = (token.get_secret_value(), aes_key.get_secret_value())
        return wecom.Callback(
            wecom.Keys(*keys, settings.wecom_corp_id, settings.wecom_agent_id or 0), self.database
        )

    async def _take_telegram(self, body: bytes) -> None:
        try:
            await telegram.webhook(self.bots[telegram.NAME], self.intake, self.turns, body)
        except Again as e:
            raise ConnectionError("the update is to be delivered again") from e


@asynccontextmanager
async def assembled(
    settings: Settings, database_url: str, client: Client, clock: BusinessTime
) -> AsyncIterator[Parts]:
    """All parts over one database and one Temporal; closed on leaving."""
    database = Database(database_url)
    words = words_in(settings.language)
    renderer = Renderer(words)
    gateway = Gateway(client, clock)
    casework = Casework(database, gateway, clock)
    bots = {local.NAME: local.local_bot(database, clock)}
    if settings.telegram_token:
        token = settings.telegram_token.get_secret_value()
        bots[telegram.NAME] = telegram.telegram_bot(token, settings.telegram_api_base)
    if settings.wecom_corp_id and settings.wecom_agent_id and settings.wecom_secret:
        app = wecom.Account(
            corp_id=settings.wecom_corp_id,
            agent_id=settings.wecom_agent_id,
            secret=settings.wecom_secret.get_secret_value(),
            linked=settings.wecom_linked,
        )
        bots[wecom.NAME] = wecom.wecom_bot(app, database, words, settings.wecom_api_base)
    pauses, turns = ChannelPauses(database), ChatTurns(database)
    paced(bots, pauses)
    documents = store_for(settings.documents_place)
    chat = (database, gateway, words, renderer, clock, casework, documents, settings.reachable_url)
    services = Services(*chat, days=working_days())
    handlers = dispatcher(services)
    try:
        yield Parts(
            settings=settings,
            database=database,
            documents=documents,
            client=client,
            clock=clock,
            gateway=gateway,
            casework=casework,
            bots=bots,
            intake=Intake(handlers, words),
            turns=turns,
            messenger=BotMessenger(
                bots, database, renderer, clock, drops_repeated=() if settings.wecom_linked else (wecom.NAME,)
            ),
            services=services,
        )
    finally:
        for bot in bots.values():
            await bot.session.close()
        await pauses.close()
        await turns.close()
        await database.close()
