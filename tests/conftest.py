"""Real servers for the tests, one of each per session: PostgreSQL, and Temporal with a clock that skips."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, text
from temporalio.testing import WorkflowEnvironment

from app import embedded
from persistence.database import Database
from persistence.migrate import upgrade
from persistence.tables import metadata
from tests.support import register_attributes
from workflows.converter import plugin

_RESTART = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
    FROM pg_sequences WHERE last_value IS NOT NULL
"""


async def emptied(database: Database) -> None:
    """Remove every row; numbers begin with 1 again."""
    async with database.transaction() as tx:
        for table in reversed(metadata.sorted_tables):  # eighty times as fast as TRUNCATE on small tables
            await tx.execute(delete(table))
        await tx.execute(text(_RESTART))


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A short path: PostgreSQL's socket lives under it."""
    folder = Path(tempfile.mkdtemp(prefix="jb-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database_url(scratch: Path) -> Iterator[str]:
    """A migrated database."""
    with embedded.postgres(scratch / "pg") as url:
        upgrade(url)
        yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty database."""
    database = Database(database_url)
    await emptied(database)
    yield database
    await database.close()


@pytest.fixture
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A Temporal server whose time skips ahead whenever all wait. One for each test: it starts in a tenth of a second."""
    env = await WorkflowEnvironment.start_time_skipping(
        plugins=[plugin()], test_server_existing_path=embedded.beside_python("temporal-test-server")
    )
    async with env:
        await register_attributes(env.client)
        yield env


@pytest.fixture(scope="session")
def real_temporal(scratch: Path) -> Iterator[str]:
    """The address of a real Temporal server with its data in a file."""
    folder = scratch / "temporal"
    folder.mkdir()
    with embedded.temporal(folder, embedded.free_port(), None) as address:
        yield address


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Under CI a skipped test is a failure (see `pytest_sessionfinish`)."""
    if os.environ.get("CI") and terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("CI=true: a skipped test is a failure", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if anything was skipped under CI."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = 1
