"""Upload links, and the documents that the formal review asks for again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from domain.calendar import DAY
from domain.errors import NotFound, Refused
from domain.lifecycle import Step
from domain.policy.uploads import link_expires
from persistence import tables
from persistence.database import Database
from persistence.documents import DocumentStore, store_for
from persistence.materials import MaterialRow, Materials, UploadLinks, take_in
from tests.pdfs import in_chunks, pdf
from tests.support import LEAD, at, register, state_of

BASE = "base-2021-03-1"
NOW = at("2022-01-05 12:00")
REAL = datetime(2026, 3, 3, 2, tzinfo=UTC)


@pytest.fixture
async def contact(database: Database) -> int:
    """Whoever answers for an application that is being prepared."""
    return await register(database, state_of(BASE, Step.PREPARING))


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    """An empty one."""
    return store_for(tmp_path / "documents")


async def handed_in(
    database: Database,
    store: DocumentStore,
    mark: str = "",
    item: str = "plan",
    returned: frozenset[str] = frozenset(),
) -> MaterialRow:
    content = in_chunks(pdf(mark=mark))
    return await take_in(database, store, BASE, item, content, "方案.pdf", LEAD, NOW, NOW, returned)


# Links


async def linked(database: Database, contact: int, expires_at: datetime = REAL + DAY) -> str:
    async with database.transaction() as tx:
        return await UploadLinks(tx).create(BASE, contact, expires_at)


async def redeemed(database: Database, token: str, now: datetime = REAL) -> tuple[str, int]:
    async with database.transaction() as tx:
        return await UploadLinks(tx).redeem(token, now)


async def test_a_link_has_256_bits_and_only_its_hash_is_kept(database: Database, contact: int) -> None:
    tokens = {await linked(database, contact) for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 43  # 32 bytes in base 64
    async with database.transaction() as tx:
        stored = str((await tx.execute(select(tables.upload_links))).all())
    assert not any(token in stored for token in tokens)


async def test_a_link_stands_for_its_base_and_contact_again_and_again(
    database: Database, contact: int
) -> None:
    token = await linked(database, contact)
    assert [await redeemed(database, token) for _ in range(2)] == [(BASE, contact)] * 2


async def test_a_link_that_is_wrong_or_expired_opens_nothing(database: Database, contact: int) -> None:
    token = await linked(database, contact)
    for wrong, now in ((token + "x", REAL), ("", REAL), (token, REAL + DAY)):
        with pytest.raises(NotFound, match=r"upload\.invalid_link"):
            await redeemed(database, wrong, now)


def test_a_link_works_for_seven_days() -> None:
    assert link_expires(NOW) == NOW + timedelta(days=7)


# What is kept


async def test_what_is_there_is_known_by_its_kind(
    database: Database, store: DocumentStore, contact: int
) -> None:
    for mark, item in (("甲", "plan"), ("乙", "plan"), ("丙", "profile")):
        await handed_in(database, store, mark, item)
    async with database.transaction() as tx:
        materials = Materials(tx)
        assert await materials.items(BASE) == {"plan", "profile"}
        assert await materials.items("base-2021-03-9") == frozenset()
        assert [(row.item, row.version) for row in await materials.of(BASE)] == [("plan", 2), ("profile", 1)]
        older, newer = await materials.document(BASE, "plan", 1), await materials.document(BASE, "plan")
        assert (older.version, newer.version) == (1, 2)
        assert older.sha256 != newer.sha256
        with pytest.raises(NotFound):
            await materials.document(BASE, "plan", 3)


async def test_content_that_was_checked_before_is_not_read_again(
    database: Database, store: DocumentStore, contact: int
) -> None:
    first = await handed_in(database, store)
    async with database.transaction() as tx:
        await tx.execute(update(tables.documents).values(pages=77))
    assert (await handed_in(database, store, item="profile")).pages == 77
    assert first.pages == 1


@pytest.mark.rule("B20")
async def test_what_the_formal_review_asks_for_again_can_be_replaced_and_nothing_else(
    database: Database, store: DocumentStore, contact: int
) -> None:
    await handed_in(database, store, "甲")
    async with database.transaction() as tx:
        await tx.execute(update(tables.bases).values(step=Step.FORMAL_REVIEW, next_due=None))
    with pytest.raises(Refused, match=r"upload\.closed"):
        await handed_in(database, store, "乙")
    again = frozenset({"plan"})
    assert (await handed_in(database, store, "乙", returned=again)).version == 2
    with pytest.raises(Refused, match=r"upload\.closed"):
        await handed_in(database, store, "乙", "profile", again)


async def test_an_application_that_is_not_there_takes_nothing(
    database: Database, store: DocumentStore, tmp_path: Path
) -> None:
    with pytest.raises(NotFound):
        await handed_in(database, store)
    assert not (tmp_path / "documents").exists()
