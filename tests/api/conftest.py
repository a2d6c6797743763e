"""The API over the real PostgreSQL and the skipping Temporal server."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from app.embedded import HOST, free_port
from persistence.database import Database
from tests.api.site import Site, serving
from workflows.converter import plugin


@pytest.fixture
async def site(skipping: WorkflowEnvironment, database: Database, database_url: str) -> AsyncIterator[Site]:
    """The API on the morning of 5 January 2022."""
    async with serving(skipping.client, database_url) as site:
        yield site


@pytest.fixture
async def idle(skipping: WorkflowEnvironment, database: Database, database_url: str) -> AsyncIterator[Site]:
    """As `site`, but no worker is running."""
    async with serving(skipping.client, database_url, workers=False) as site:
        yield site


@pytest.fixture
async def records(database: Database, database_url: str) -> AsyncIterator[Site]:
    """As `site`, for what is answered from the records alone: there is no Temporal at all."""
    nowhere = await Client.connect(f"{HOST}:{free_port()}", lazy=True, plugins=[plugin()])
    async with serving(nowhere, database_url, workers=False) as site:
        yield site
