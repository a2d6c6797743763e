"""The API over the real PostgreSQL and the skipping Temporal server."""

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from persistence.database import Database
from tests.api.site import Site, serving


@pytest.fixture
async def site(skipping: WorkflowEnvironment, database: Database, database_url: str) -> AsyncIterator[Site]:
    """The API at noon of 5 January 2022."""
    async with serving(skipping.client, database_url) as site:
        yield site


@pytest.fixture
async def records(
    skipping: WorkflowEnvironment, database: Database, database_url: str
) -> AsyncIterator[Site]:
    """As `site`, without workers: for what is answered from the records alone."""
    async with serving(skipping.client, database_url, workers=False) as site:
        yield site
