"""What waits for an official, over ten thousand bases: only what is theirs, the oldest first, from one statement."""

import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from domain.policy.members import LEADING_UNIT
from domain.policy.rounds import ROUND_2021
from domain.terms import City
from domain.worklist import PAGE, ItemKind, Official, WorkItem
from persistence.database import Database
from persistence.finding import Finding
from persistence.officials import Officials
from persistence.people import People
from persistence.rounds import Rounds
from persistence.worklist import Worklist, kinds_of

OFFICE = Official(contact=1, department=LEADING_UNIT, may_decide=True)
FINANCE = Official(contact=2, department="省财政厅")
TAIYUAN = Official(contact=3, city=City.TAIYUAN)

_BASES = """
    INSERT INTO bases (id, code, round, direction, name, lead, lead_kind, level, city, stage, step, since,
                       waiting_for, seq)
    SELECT 'base-' || n, 'code-' || n, :round, 3, '示例基地' || n, '示例学院' || n % 500, '高等学校',
           (ARRAY['省级', '市级', '县级', '市级'])[n % 4 + 1], (ARRAY['太原', '大同', '临汾'])[n % 3 + 1],
           '试点培育', '培育建设', timestamptz '2026-01-01' + n * interval '1 second', '时间届满', 1
    FROM generate_series(1, :count) n
"""
_OBLIGATIONS = """
    INSERT INTO obligations (id, base_id, kind, period, opens, due, locks, state, ended_at, on_time, tentative,
                             version, review_until)
    SELECT 'obligation-' || bases.id || '-' || m, bases.id, '月调度', '2026-' || lpad(m::text, 2, '0'),
           timestamptz '2026-01-01', timestamptz '2026-02-01', timestamptz '2026-02-15',
           CASE WHEN m = 10 AND seq = 1 THEN '已报送' ELSE '已通过' END,
           timestamptz '2026-11-02' - length(bases.id) * interval '1 hour', true, false, 1,
           CASE WHEN m = 10 THEN timestamptz '2026-11-16' END
    FROM bases, generate_series(1, 10) m
"""


async def filled(database: Database, count: int) -> None:
    """So many bases with ten months each, the last of them to be reviewed."""
    async with database.transaction() as tx:
        await Rounds(tx).add(ROUND_2021)
        await tx.execute(text(_BASES), {"round": ROUND_2021.slug, "count": count})
        await tx.execute(text(_OBLIGATIONS))
        await tx.execute(
            text("UPDATE bases SET step = '认定验收', waiting_for = '省发展改革委' WHERE id = 'base-8'")
        )
        await tx.execute(text("UPDATE bases SET waiting_for = '太原市级办公室' WHERE id = 'base-3'"))
    async with database.engine.connect() as connection:
        done = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await done.execute(text("ANALYZE"))


async def test_each_desk_sees_what_is_its_own(database: Database) -> None:
    await filled(database, 24)
    async with database.transaction() as tx:
        office = await Worklist(tx, OFFICE).page(1)
        taiyuan = await Worklist(tx, TAIYUAN).page(1)
        finance = await Worklist(tx, FINANCE).page(1)
        assert (office.total, taiyuan.total, finance.total) == (6 + 1, 6 + 1, 0)
        assert [(one.kind, one.ref) for one in office.items[:1]] == [(ItemKind.BASE, "base-8")]
        assert [(one.kind, one.ref) for one in taiyuan.items[:1]] == [(ItemKind.BASE, "base-3")]
        shown = {one.base_name for one in taiyuan.items}
        assert shown <= {f"示例基地{n}" for n in range(25) if n % 3 == 0 and n % 4}
        assert await Worklist(tx, TAIYUAN).get(ItemKind.BASE, "base-8") is None
        assert await Worklist(tx, FINANCE).get(ItemKind.BASE, "base-8") is None
        assert await Worklist(tx, OFFICE).get(ItemKind.BASE, "base-8") is not None
        assert kinds_of(FINANCE) == {ItemKind.SIGNATURE}
        assert ItemKind.TASK not in kinds_of(TAIYUAN)


async def test_a_round_waits_for_the_office_and_its_applications_do_not_besides(database: Database) -> None:
    await filled(database, 24)
    phase = "UPDATE rounds SET terms = '{}', phase = :phase, since = timestamptz '2025-12-01'"
    conference = "UPDATE bases SET step = '联席会议讨论', waiting_for = '省发展改革委' WHERE id = 'base-12'"
    async with database.transaction() as tx:
        await tx.execute(text(conference))
        work = Worklist(tx, OFFICE)
        assert await work.get(ItemKind.BASE, "base-12") is not None, "no round runs it"
        await tx.execute(text(phase), {"phase": "联席会议讨论"})
        assert await work.get(ItemKind.BASE, "base-12") is None
        first = (await work.page(1)).items[0]
        assert (first.kind, first.ref, first.what) == (ItemKind.ROUND, ROUND_2021.slug, "联席会议讨论")
        assert await Worklist(tx, TAIYUAN).get(ItemKind.ROUND, ROUND_2021.slug) is None
        await tx.execute(text(phase), {"phase": "形式审查"})
        assert await work.get(ItemKind.ROUND, ROUND_2021.slug) is None


async def test_pages_follow_each_other_without_a_gap(database: Database) -> None:
    await filled(database, 60)
    async with database.transaction() as tx:
        work = Worklist(tx, OFFICE)
        first = await work.page(1)
        found: list[WorkItem] = []
        for number in range(1, -(-first.total // PAGE) + 1):
            page = await work.page(number)
            assert (page.number, page.total) == (number, first.total)
            found += page.items
        assert len({one.subject for one in found}) == first.total == 16
        assert [one.since for one in found] == sorted(one.since for one in found)
        assert await work.page(99) == first, "what there is not is the first page"
        oldest, second = found[0], found[1]
        assert await work.next() == oldest
        assert await work.next(but=oldest.subject) == second


@pytest.mark.parametrize("official", [OFFICE, FINANCE, TAIYUAN], ids=lambda official: official.unit)
async def test_over_ten_thousand_bases_a_list_and_a_card_come_at_once(
    database: Database, official: Official
) -> None:
    await filled(database, 10_000)
    async with database.transaction() as tx:
        work = Worklist(tx, official)
        begun = time.perf_counter()
        page = await work.page(1)
        listed = time.perf_counter() - begun
        begun = time.perf_counter()
        await Finding(tx, official, 0).bases("基地99", 7)
        found = time.perf_counter() - begun
        if page.items:
            assert await work.get(page.items[0].kind, page.items[0].ref) == page.items[0]
    assert listed < 1
    assert found < 1
    print(official.unit, page.total, f"{listed * 1000:.0f} ms, {found * 1000:.0f} ms")


async def test_a_desk_is_whoever_has_the_chat_now(database: Database) -> None:
    async with database.transaction() as tx:
        people = People(tx)
        contact = await people.add("示例处室", department="省财政厅", may_decide=True)
        code = await people.invite(contact, datetime(2099, 1, 1, tzinfo=UTC))
        await people.redeem(code, "local", "7", datetime.now(UTC))
        assert await Officials(tx, "local", "8").official() is None
        official = await Officials(tx, "local", "7").official()
        assert official == Official(contact=contact, department="省财政厅", may_decide=True)
        await tx.execute(text("UPDATE contacts SET left_at = now()"))
        assert await Officials(tx, "local", "7").official() is None
