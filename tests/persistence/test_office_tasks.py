"""Tasks of the office: one of a kind for each subject, added to while it is open, closed by somebody or by itself."""

import asyncio
from datetime import timedelta

import pytest

from domain.errors import NotFound, Stale
from domain.office_tasks import MOST_UNTOLD, NewTask, OfficeTaskKind, Untold
from persistence.database import Database
from persistence.office_tasks import OfficeTaskFilter, OfficeTaskRow, OfficeTasks
from persistence.people import People
from persistence.reach import Reach
from tests.persistence.samples import BASE, OTHER_BASE, running_base
from tests.support import at

NOW = at("2026-03-03 10:00")
LATER = NOW + timedelta(days=1)


def unreachable(contact: int, n: int = 1) -> NewTask:
    """A contact who could not be told something."""
    untold = Untold(key=f"k{n}", kind="opened", base_id=BASE, about="2026-02 月调度", at=NOW)
    return NewTask(
        kind=OfficeTaskKind.UNREACHABLE,
        subject=str(contact),
        base_id=BASE,
        contact_id=contact,
        channel="telegram",
        why="示例",
        untold=untold,
    )


def nobody(base: str = BASE) -> NewTask:
    """A base with nobody."""
    return NewTask(kind=OfficeTaskKind.NO_CONTACT, subject=base, base_id=base)


async def opened(database: Database, task: NewTask) -> int:
    async with database.transaction() as tx:
        return await OfficeTasks(tx).open_(task, NOW)


async def all_tasks(database: Database, **wanted: object) -> list[OfficeTaskRow]:
    async with database.transaction() as tx:
        return await OfficeTasks(tx).find(OfficeTaskFilter.model_validate(wanted))


async def bind(database: Database, contact: int, chat: str = "4711") -> None:
    async with database.transaction() as tx:
        code = await People(tx).invite(contact, LATER)
        await People(tx).redeem(code, "telegram", chat, NOW)


async def test_while_it_is_open_a_task_is_added_to(database: Database) -> None:
    contact = await running_base(database)
    first = await opened(database, unreachable(contact))
    for n in (1, 2, 2):
        assert await opened(database, unreachable(contact, n)) == first
    (task,) = await all_tasks(database)
    assert [one.key for one in task.untold] == ["k1", "k2"]
    assert (task.kind, task.base_name, task.contact_name) == ("联系不上", f"示例基地 {BASE}", "示例联系人")
    assert (task.channel, task.why, task.opened_at) == ("telegram", "示例", NOW)
    for n in range(3, 100):
        await opened(database, unreachable(contact, n))
    (task,) = await all_tasks(database)
    assert [one.key for one in task.untold] == [f"k{n}" for n in range(100 - MOST_UNTOLD, 100)]


async def test_opened_five_times_at_once_it_is_one(database: Database) -> None:
    contact = await running_base(database)
    found = await asyncio.gather(*(opened(database, unreachable(contact, n)) for n in range(5)))
    assert len(set(found)) == 1
    assert len((await all_tasks(database))[0].untold) == 5


async def test_each_kind_and_subject_has_its_own(database: Database) -> None:
    contact = await running_base(database)
    await running_base(database, OTHER_BASE)
    for task in (unreachable(contact), nobody(), nobody(OTHER_BASE)):
        await opened(database, task)
    assert len(await all_tasks(database)) == 3
    assert [t.base_id for t in await all_tasks(database, kind="无联系人")] == [BASE, OTHER_BASE]
    assert [t.kind for t in await all_tasks(database, base=BASE)] == ["联系不上", "无联系人"]
    assert await all_tasks(database, city="大同") == []
    assert len(await all_tasks(database, city="太原")) == 3


async def test_somebody_sees_to_it_once_and_what_comes_after_is_another_task(database: Database) -> None:
    contact = await running_base(database)
    first = await opened(database, unreachable(contact))
    async with database.transaction() as tx:
        await OfficeTasks(tx).close(first, "token:office", "已电话通知", LATER)
    with pytest.raises(Stale, match=r"office_task\.closed"):
        async with database.transaction() as tx:
            await OfficeTasks(tx).close(first, "token:office", "又一次", LATER)
    with pytest.raises(NotFound):
        async with database.transaction() as tx:
            await OfficeTasks(tx).close(99, "token:office", "没有", LATER)
    second = await opened(database, unreachable(contact, 2))
    assert second != first
    closed, open_ = await all_tasks(database)
    assert (closed.closed_at, closed.closed_by, closed.remark) == (LATER, "token:office", "已电话通知")
    assert [one.key for one in open_.untold] == ["k2"]
    assert [t.id for t in await all_tasks(database, open=True)] == [second]
    assert [t.id for t in await all_tasks(database, open=False)] == [first]


async def test_what_is_over_is_closed_by_itself(database: Database) -> None:
    contact, other = await running_base(database), await running_base(database, OTHER_BASE)
    await bind(database, contact)
    async with database.transaction() as tx:
        await Reach(tx).gone("telegram", "4711", "示例")
    for task in (unreachable(contact), nobody(OTHER_BASE), nobody()):
        await opened(database, task)

    async def settle(of: int | None = None) -> int:
        async with database.transaction() as tx:
            return await OfficeTasks(tx).settle(LATER, of)

    assert await settle() == 0, "a chat that is gone reaches nobody"
    await bind(database, other, "4712")
    assert await settle(contact) == 0, "only this contact's are looked at"
    assert await settle(other) == 1
    async with database.transaction() as tx:
        assert await Reach(tx).back("telegram", "4711") == contact
        assert await Reach(tx).back("telegram", "4711") is None
    assert await settle() == 2
    assert {(t.closed_by, t.remark) for t in await all_tasks(database)} == {("calendar", "已能送达")}


async def test_a_message_that_was_refused_waits_for_somebody(database: Database) -> None:
    contact = await running_base(database)
    await bind(database, contact)
    await opened(database, unreachable(contact).model_copy(update={"kind": OfficeTaskKind.UNDELIVERED}))
    async with database.transaction() as tx:
        assert await OfficeTasks(tx).settle(LATER) == 0
