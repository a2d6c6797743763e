"""Conversations on all channels, over the real PostgreSQL, the skipping Temporal server and the platforms' peers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from temporalio.testing import WorkflowEnvironment

from bot.channels import local, telegram, wecom
from persistence.database import Database
from tests.conversations.town import MORNING, ServerTime, Town
from tests.peers.bot_api import BotApi
from tests.peers.wecom_api import WeCom

Founding = Callable[[str], Awaitable[Town]]


@pytest.fixture(params=[local.NAME, telegram.NAME, wecom.NAME])
def channel(request: pytest.FixtureRequest) -> str:
    """All channels, one after the other."""
    return str(request.param)


@pytest.fixture
async def founding(
    skipping: WorkflowEnvironment, database: Database, channel: str
) -> AsyncIterator[Founding]:
    """Makes a town that lives from a business time on."""
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(BotApi().serving())
        work = await stack.enter_async_context(WeCom().serving())
        work.most_a_minute = None  # nobody in a test types as slowly as people do

        async def found(business: str) -> Town:
            clock = ServerTime(business, await skipping.get_current_time())
            town = Town(skipping, database, api, channel, clock, wecom=work)
            stack.push_async_callback(town.close)
            return town

        yield found


@pytest.fixture
async def town(founding: Founding) -> Town:
    """A town on the morning of 5 January 2022: 月调度 of December is open."""
    return await founding(MORNING)
