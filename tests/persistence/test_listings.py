"""The list of a round: written after the review, then proposed, then published."""

from datetime import timedelta

import pytest

from domain.errors import NotFound
from domain.terms import Level
from persistence.database import Database
from persistence.listings import Listings
from tests.persistence.lists import (
    FIRST_DAY,
    LAST_DAY,
    NUMBER,
    PUBLISHED_ON,
    in_notice,
    listed,
    published,
    result,
)

DAY = timedelta(days=1)


async def test_a_new_ranking_keeps_what_was_selected_and_published(database: Database) -> None:
    base = await listed(database, "base-2021-03-1", level=Level.CITY)
    async with database.transaction() as tx:
        listings = Listings(tx)
        await listings.select(base, True, "联席会议讨论", Level.CITY)
        await listings.published(base, PUBLISHED_ON)
        await listings.put("2021", [result(base, Level.CITY, rank=None)])
        await listings.put("2021", [])
        [row] = await listings.of_round("2021")
    assert (row.rank, row.score) == (None, None)
    assert (row.selected, row.reason, row.published_on) == (True, "联席会议讨论", PUBLISHED_ON)
    assert (row.lead, row.city, row.industry, row.level) == ("示例职业技术大学", "太原", "大数据", "市级")


async def test_rows_come_by_direction_and_rank_the_unranked_last(database: Database) -> None:
    await listed(database, "base-2021-04-1")
    await listed(database, "base-2021-03-1", rank=None)
    await listed(database, "base-2021-03-2", rank=2)
    await listed(database, "base-2021-03-3", rank=1)
    async with database.transaction() as tx:
        rows = await Listings(tx).of_round("2021")
    assert [row.base_id[10:] for row in rows] == ["03-3", "03-2", "03-1", "04-1"]


async def test_what_is_not_on_the_list_can_be_neither_selected_nor_published(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(NotFound):
            await Listings(tx).select("base-2021-03-1", True, "", Level.PROVINCE)
        with pytest.raises(NotFound):
            await Listings(tx).published("base-2021-03-1", PUBLISHED_ON)


@pytest.mark.rule("B14")
async def test_nothing_is_public_before_the_first_day_of_the_notice(database: Database) -> None:
    await listed(database, "base-2021-03-1")
    await in_notice(database)
    async with database.transaction() as tx:
        listings = Listings(tx)
        assert await listings.notices(FIRST_DAY - DAY) == []
        with pytest.raises(NotFound):
            await listings.notice("2021", FIRST_DAY - DAY)
        [found] = await listings.notices(FIRST_DAY)
        assert (found.slug, found.notice_last, found.published_on) == ("2021", LAST_DAY, None)


async def test_a_published_list_is_public_also_without_a_notice_of_the_round(database: Database) -> None:
    base = await listed(database, "base-2021-03-1")
    await published(database, base, "示例大数据基地")
    async with database.transaction() as tx:
        found = await Listings(tx).notice("2021", PUBLISHED_ON)
    assert (found.notice_first, found.publication_no, found.published_on) == (None, NUMBER, PUBLISHED_ON)
