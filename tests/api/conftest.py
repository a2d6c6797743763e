"""The API over the real PostgreSQL and the skipping Temporal server."""

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from persistence.database import Database
from tests.api.site import NOON, Site, serving
from tests.support import clock_from


@pytest.fixture
async def site(skipping: WorkflowEnvironment, database: Database, database_url: str) -> AsyncIterator[Site]:
    """The API at noon of 5 January 2022."""
    clock = clock_from(NOON, await skipping.get_current_time())
    async with serving(skipping.client, database_url, clock) as site:
        yield site


@pytest.fixture
async def early(skipping: WorkflowEnvironment, database: Database, database_url: str) -> AsyncIterator[Site]:
    """As `site`, without workers: for what no workflow is asked about."""
    clock = clock_from(NOON, await skipping.get_current_time())
    async with serving(skipping.client, database_url, clock, workers=False) as site:
        yield site
