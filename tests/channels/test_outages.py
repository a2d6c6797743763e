"""What is worth trying again, and what is not."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from temporalio.service import RPCError, RPCStatusCode

from bot.intake import is_outage
from persistence.database import Database


async def test_a_connection_that_breaks_inside_a_statement_is_an_outage(database: Database) -> None:
    async def sleep(pids: asyncio.Queue[int]) -> None:
        async with database.transaction() as tx:
            pids.put_nowait(await tx.scalar(text("SELECT pg_backend_pid()")))
            await tx.execute(text("SELECT pg_sleep(20)"))

    pids: asyncio.Queue[int] = asyncio.Queue()
    sleeping = asyncio.create_task(sleep(pids))
    pid = await pids.get()
    await asyncio.sleep(0.05)
    async with database.transaction() as tx:
        await tx.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    with pytest.raises(DBAPIError) as broken:
        await sleeping
    assert is_outage(broken.value)


@pytest.mark.parametrize("statement", ["SELECT 1/0", "SELECT * FROM nothing", "SELECT 'x'::int"])
async def test_a_wrong_statement_is_not(database: Database, statement: str) -> None:
    with pytest.raises(DBAPIError) as wrong:
        async with database.transaction() as tx:
            await tx.execute(text(statement))
    assert not is_outage(wrong.value)


async def test_a_pool_without_a_free_connection_is(database_url: str) -> None:
    database = Database(database_url, pool_size=1)
    database.engine.pool._max_overflow = 0  # type: ignore[attr-defined]
    database.engine.pool._timeout = 0.05  # type: ignore[attr-defined]
    async with database.transaction():
        with pytest.raises(Exception, match="QueuePool limit") as full:
            async with database.transaction():
                pass
    assert is_outage(full.value)
    await database.close()


def test_a_bug_is_not() -> None:
    assert not is_outage(ZeroDivisionError())
    assert is_outage(ConnectionRefusedError())


def test_what_temporal_calls_malformed_or_too_large_stays_so() -> None:
    assert not is_outage(RPCError("payload too large", RPCStatusCode.INVALID_ARGUMENT, b""))
    assert is_outage(RPCError("nobody there", RPCStatusCode.UNAVAILABLE, b""))
