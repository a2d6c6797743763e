"""Migrations go up, down and up again, and end where the tables are described."""

from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from persistence.migrate import config, downgrade, upgrade
from persistence.tables import metadata


@pytest.fixture
async def empty_url(database_url: str) -> AsyncIterator[str]:
    """A database of its own in the same server, without any table."""
    server = create_async_engine(database_url, isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text("CREATE DATABASE stairs"))
    yield database_url.replace("/postgres?", "/stairs?")
    async with server.connect() as connection:
        await connection.execute(text("DROP DATABASE stairs WITH (FORCE)"))
    await server.dispose()


async def tables_of(url: str) -> set[str]:
    """Names of the tables in a database, but for Alembic's own."""
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda c: inspect(c).get_table_names())
    await engine.dispose()
    return set(names) - {"alembic_version"}


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, metadata))


async def test_every_migration_goes_up_down_and_up_again(empty_url: str) -> None:
    scripts = ScriptDirectory.from_config(config(empty_url))
    revisions = [r.revision for r in scripts.walk_revisions()][::-1]
    assert revisions
    for revision in revisions:
        upgrade(empty_url, revision)
        downgrade(empty_url, "-1")
        upgrade(empty_url, revision)
    assert await tables_of(empty_url) == set(metadata.tables)
    downgrade(empty_url, "base")
    assert await tables_of(empty_url) == set()
    upgrade(empty_url)
    assert await tables_of(empty_url) == set(metadata.tables)


async def test_a_second_upgrade_changes_nothing(empty_url: str) -> None:
    upgrade(empty_url)
    upgrade(empty_url)
    assert await tables_of(empty_url) == set(metadata.tables)


async def test_the_migrated_database_has_the_tables_as_they_are_described(empty_url: str) -> None:
    upgrade(empty_url)
    engine = create_async_engine(empty_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()
