"""Assessments as they are on record: newest state, timeline, words, what counts of a year's reports, what is public."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert

from domain.assessment import Phase
from domain.decisions import SYSTEM
from domain.errors import NotFound
from domain.policy.effectiveness import Grade
from persistence import tables
from persistence.assessments import AssessmentFilter, Assessments
from persistence.database import Database
from persistence.people import People
from tests.persistence.evaluating import FIRST, NOW, SECOND, YEAR, assessed, standing


async def owed(database: Database, kind: str, period: str, state: str, on_time: bool | None) -> None:
    row = {"opens": NOW, "due": NOW, "locks": NOW, "tentative": False, "state": state, "on_time": on_time}
    new = insert(tables.obligations).values(
        id=f"{kind}-{period}", base_id=FIRST, kind=kind, period=period, **row
    )
    async with database.transaction() as tx:
        await tx.execute(new)


async def test_an_older_state_that_comes_late_changes_nothing(database: Database) -> None:
    found = await assessed(database, phase=Phase.PUBLISHED)
    async with database.transaction() as tx:
        await Assessments(tx).put(standing())
        row = await Assessments(tx).get(found)
    assert (row.phase, row.grade, row.city, row.level) == (Phase.PUBLISHED, Grade.GOOD, "太原", "省级")
    assert row.result == standing(phase=Phase.PUBLISHED).result
    async with database.transaction() as tx:
        with pytest.raises(NotFound, match=r"assessment\.not_found"):
            await Assessments(tx).get("assessment-x-2025")
        with pytest.raises(NotFound, match=r"assessment\.not_found"):
            await Assessments(tx).hold("assessment-x-2025")


async def test_an_entry_of_the_timeline_is_written_once(database: Database) -> None:
    found = await assessed(database)
    async with database.transaction() as tx:
        await Assessments(tx).append(standing(), NOW, "开始", SYSTEM, {})
        [event] = await Assessments(tx).timeline(found)
    assert (event.seq, event.kind, event.phase, event.role) == (1, "开始", "第三方评价", "system")


async def test_the_list_is_narrowed_and_cut_into_pages(database: Database) -> None:
    await assessed(database, phase=Phase.PUBLISHED, grade=Grade.POOR)
    await assessed(database, SECOND)

    async def ids(after: str = "", limit: int = 50, **wanted: object) -> list[str]:
        async with database.transaction() as tx:
            narrowed = AssessmentFilter.model_validate(wanted)
            return [row.base_id for row in await Assessments(tx).find(narrowed, after, limit)]

    assert await ids() == [FIRST, SECOND]
    assert await ids(limit=1) == [FIRST]
    assert await ids(after=f"assessment-{FIRST}-{YEAR}") == [SECOND]
    for wanted, expected in (
        ({"year": YEAR}, [FIRST, SECOND]),
        ({"year": "2024"}, []),
        ({"state": Phase.EVALUATION}, [SECOND]),
        ({"grade": Grade.POOR}, [FIRST]),
        ({"base": SECOND}, [SECOND]),
        ({"city": "太原"}, [FIRST, SECOND]),
        ({"city": "大同"}, []),
        ({"contact": 1}, [FIRST]),
    ):
        assert await ids(**wanted) == expected, wanted


@pytest.mark.rule("A10", "A12")
async def test_of_a_years_reports_counts_what_has_ended_and_is_regular(database: Database) -> None:
    await assessed(database)
    for kind, period, state, on_time in (
        ("月调度", "2025-01", "已报送", True),
        ("月调度", "2025-02", "已通过", False),
        ("月调度", "2025-03", "缺报", False),
        ("季督导", "2025-Q1", "已报送", True),
        ("半年发布", "2025-H2", "已通过", True),
        ("年度综合报告", "2025", "填报中", None),  # still open
        ("月调度", "2025-12", "免报", None),
        ("年考核", "2025", "缺报", False),  # weighed by itself
        ("整改", "2025-Q1-1", "缺报", False),  # no regular report
        ("月调度", "2024-12", "缺报", False),  # another year
    ):
        await owed(database, kind, period, state, on_time)
    async with database.transaction() as tx:
        record = await Assessments(tx).record_of(FIRST, YEAR)
    assert (record.on_time, record.late, record.missing) == (3, 1, 1)


async def test_words_are_kept_by_their_digests(database: Database) -> None:
    found = await assessed(database)
    async with database.transaction() as tx:
        for _ in range(2):
            await Assessments(tx).write_down(found, "a" * 64, "示例理由")
        assert await Assessments(tx).texts(found) == {"a" * 64: "示例理由"}


@pytest.mark.rule("A12")
async def test_a_result_is_public_from_the_day_of_its_publication_the_best_first(database: Database) -> None:
    await assessed(database, phase=Phase.PUBLISHED, grade=Grade.FAIR)
    await assessed(database, SECOND, Phase.PUBLISHED, Grade.EXCELLENT)
    async with database.transaction() as tx:
        rows = Assessments(tx)
        assert await rows.published(YEAR, date(2026, 2, 12)) == []
        assert await rows.published_years(date(2026, 2, 12)) == []
        assert [row.grade for row in await rows.published(YEAR, date(2026, 2, 13))] == ["优秀", "基本合格"]
        assert await rows.published_years(date(2026, 2, 13)) == [YEAR]


@pytest.mark.rule("A12")
async def test_what_can_be_appealed_against_keeps_its_place_until_the_time_is_over(
    database: Database,
) -> None:
    await assessed(database, phase=Phase.REVIEW)
    await assessed(database, SECOND, Phase.APPEAL)
    async with database.transaction() as tx:
        await People(tx).attach(1, SECOND)
        last = standing(phase=Phase.APPEAL).appeal_until
        assert last is not None
        for now, expected in ((last - timedelta(seconds=1), [FIRST, SECOND]), (last, [])):
            found = await Assessments(tx).appealable(1, now)
            assert [row.base_id for row in found] == expected
        assert await Assessments(tx).appealable(2, NOW) == [
            row for row in await Assessments(tx).appealable(1, NOW) if row.base_id == SECOND
        ]
