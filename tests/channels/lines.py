"""Lines to the servers that a test can cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from temporalio.client import Client
from temporalio.service import RetryConfig
from temporalio.testing import WorkflowEnvironment

from app.embedded import HOST
from app.settings import Settings
from app.wiring import Parts, assembled
from tests.conversations.town import MORNING, ServerTime
from tests.peers.relay import Relay, relayed
from workflows.converter import plugin


@dataclass(frozen=True)
class Lines:
    """An app as `app.wiring` puts it together, and its lines to its servers."""

    parts: Parts
    clock: ServerTime
    to_database: Relay
    to_temporal: Relay


def postgres_socket(database_url: str) -> str:
    """Where the embedded PostgreSQL listens."""
    folder = Path(parse_qs(urlsplit(database_url).query)["host"][0])
    return str(next(path for path in folder.glob(".s.PGSQL.*") if path.suffix != ".lock"))


@asynccontextmanager
async def behind_lines(
    settings: Settings, skipping: WorkflowEnvironment, database_url: str
) -> AsyncIterator[Lines]:
    """The app over lines that can be cut."""
    host, _, port = skipping.client.service_client.config.target_host.partition(":")
    async with AsyncExitStack() as stack:
        to_database = await stack.enter_async_context(
            relayed(lambda: asyncio.open_unix_connection(postgres_socket(database_url)))
        )
        to_temporal = await stack.enter_async_context(
            relayed(lambda: asyncio.open_connection(host, int(port)))
        )
        client = await Client.connect(
            f"{HOST}:{to_temporal.port}",
            plugins=[plugin()],
            retry_config=RetryConfig(max_retries=1, max_elapsed_time_millis=300),
        )
        clock = ServerTime(MORNING, await skipping.get_current_time())
        url = f"postgresql+asyncpg://postgres@{HOST}:{to_database.port}/postgres?ssl=disable"
        parts = await stack.enter_async_context(assembled(settings, url, client, clock))
        yield Lines(parts, clock, to_database, to_temporal)
