"""Credit records on file (A9)."""

import asyncio
from datetime import date

import pytest

from domain.policy.credit import CreditKind, CreditRecord
from persistence.credit import Credit
from persistence.database import Database

FIRST = date(2024, 1, 1)


def record(n: int, **changes: object) -> CreditRecord:
    """The n-th record."""
    known: dict[str, object] = {"name": f"示例公司{n}", "credit_code": f"{n:018d}", "source": "示例名单"}
    known |= {"kind": CreditKind.DISHONEST, "effective_from": FIRST}
    return CreditRecord.model_validate(known | changes)


async def put(database: Database, *records: CreditRecord) -> int:
    """Write records in a transaction of their own."""
    async with database.transaction() as tx:
        return await Credit(tx).put(records)


async def found(database: Database) -> list[CreditRecord]:
    async with database.transaction() as tx:
        return await Credit(tx).find()


async def test_a_long_list_is_counted_and_known_again(database: Database) -> None:
    many = [record(n) for n in range(2500)]
    assert await put(database, *many) == 2500
    assert await put(database, *many, record(2500)) == 1
    assert await found(database) == [*many, record(2500)]


async def test_an_empty_list_changes_nothing(database: Database) -> None:
    assert await put(database) == 0


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("changes", "new"),
    [
        ({"name": "示例更名公司", "effective_to": date(2024, 6, 1), "source": "示例法院"}, 0),
        ({"kind": CreditKind.HONEST}, 1),
        ({"effective_from": date(2024, 1, 2)}, 1),
        ({"credit_code": "1" * 18}, 1),
    ],
)
async def test_a_record_is_known_by_code_kind_and_first_day(
    database: Database, changes: dict[str, object], new: int
) -> None:
    await put(database, record(1))
    assert await put(database, record(1, **changes)) == new
    assert record(1, **changes) in await found(database)
    assert len(await found(database)) == 1 + new


async def test_two_lists_at_a_time_do_not_lock_each_other_out(database: Database) -> None:
    many = [record(n) for n in range(1500)]
    counts = await asyncio.gather(put(database, *many), put(database, *reversed(many)))
    assert sorted(counts) == [0, 1500]
