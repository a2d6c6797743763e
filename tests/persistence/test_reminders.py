"""Several reminders in one message: all of them, of today and of what was held up, and nothing that went out."""

import time
from datetime import date, datetime, timedelta

from sqlalchemy import text, update

from domain.calendar import Period
from domain.delivery import DeliveryState
from domain.ids import obligation_id, reminder_key
from domain.policy.members import LEADING_UNIT
from domain.policy.obligations import Nudge, NudgeKind, Schedule, schedule
from domain.terms import ObligationKind, ObligationState, Recipient
from domain.views import Notice, NoticeKind
from persistence.database import Database
from persistence.deliveries import Deliveries, Item
from persistence.obligations import Obligations
from persistence.people import Chat, People
from persistence.reminders import Reminders
from persistence.tables import bases, obligations
from tests.persistence.samples import running_base
from tests.policy.published import DAYS_2026
from tests.support import at

KIND, PERIOD = ObligationKind.DISPATCH, "2026-02"
UNIT = "省工业和信息化厅"


def planned(base: str, period: str = PERIOD) -> Schedule:
    """Due on 6 March 2026."""
    return schedule(KIND, Period.parse(period), DAYS_2026, base)


def step(base: str, kind: NudgeKind) -> Nudge:
    """When a base's step of the ladder goes out."""
    return next(n for n in planned(base).nudges if n.kind is kind)


def told(base: str, kind: NudgeKind, to: tuple[Recipient, ...]) -> Notice:
    """The notice of a step."""
    owed = obligation_id(base, KIND, PERIOD)
    key = reminder_key(owed, kind, planned(base).due, 0)
    return Notice(key=key, base_id=base, kind=NoticeKind(kind), obligation_id=owed, to=to)


async def owing(database: Database, count: int) -> list[str]:
    """So many bases of one unit, each of which owes its 月调度 of February."""
    found = [f"base-2021-03-{n}" for n in range(1, count + 1)]
    for base in found:
        await running_base(database, base)
        async with database.transaction() as tx:
            await Obligations(tx).open(obligation_id(base, KIND, PERIOD), base, planned(base))
    async with database.transaction() as tx:
        await tx.execute(update(bases).values(department=UNIT))
    return found


async def chat(database: Database, *of: str, unit: str | None = None) -> Chat:
    """The chat of a contact of these bases, or of a unit."""
    async with database.transaction() as tx:
        people = People(tx)
        contact = await people.add("示例联系人", department=unit)
        for base in of:
            await people.attach(contact, base)
        code = await people.invite(contact, datetime(2099, 1, 1, tzinfo=at("2026-01-01 00:00").tzinfo))
        await people.redeem(code, "telegram", f"chat-{contact}", at("2026-01-01 00:00"))
    return Chat(channel="telegram", external_id=f"chat-{contact}", contact_id=contact, department=unit)


async def with_it(database: Database, notice: Notice, to: Chat, now: datetime) -> list[str]:
    """The bases whose reminders go along."""
    async with database.transaction() as tx:
        return [one.notice.base_id or "" for one in await Reminders(tx).due_with(notice, to, now)]


async def test_a_unit_with_hundreds_of_bases_is_told_of_all_at_once(database: Database) -> None:
    owe = await owing(database, 260)
    unit = await chat(database, unit=UNIT)
    due_today = step(owe[0], NudgeKind.DEPARTMENT)
    first = told(owe[0], NudgeKind.DEPARTMENT, due_today.to)
    began = time.monotonic()
    found = await with_it(database, first, unit, due_today.at)
    assert time.monotonic() - began < 1
    assert found == sorted(owe[1:])
    a_day_early = due_today.at - timedelta(days=1)
    assert await with_it(database, first, unit, a_day_early) == []
    other = await chat(database, unit="省财政厅")
    assert await with_it(database, first, other, due_today.at) == []


async def test_the_office_of_ten_thousand_bases_is_told_a_thousand_at_a_time(database: Database) -> None:
    owe = await owing(database, 1)
    async with database.transaction() as tx:
        for copies in (_MORE_BASES, _MORE_OBLIGATIONS):
            await tx.execute(text(copies), {"first": owe[0], "count": 10_000})
    office = await chat(database, unit=LEADING_UNIT)
    due_today = step(owe[0], NudgeKind.OFFICE)
    first = told(owe[0], NudgeKind.OFFICE, due_today.to)
    batches = []
    for _ in range(2):
        async with database.transaction() as tx:
            along = await Reminders(tx).due_with(first, office, due_today.at)
            items = [Item(a.notice.key, a.notice.base_id, a.notice.kind) for a in along]
            await Deliveries(tx).begin(items, office, due_today.at)
            await Deliveries(tx).sent(items, office, due_today.at)
        batches.append({item.key for item in items})
    assert [len(batch) for batch in batches] == [1000, 1000]
    assert not batches[0] & batches[1]


_MORE_BASES = """
    INSERT INTO bases (id, code, round, direction, name, lead, lead_kind, level, city, stage, step, since,
                       waiting_for, seq)
    SELECT 'base-2021-04-' || n, 'more-' || n, round, direction, name, lead, lead_kind, level, city, stage, step,
           since, waiting_for, seq
    FROM bases, generate_series(1, :count) n WHERE id = :first
"""
_MORE_OBLIGATIONS = """
    INSERT INTO obligations (id, base_id, kind, period, opens, due, locks, state, tentative, version, schedule)
    SELECT 'obligation-base-2021-04-' || n || '-monthly-' || period, 'base-2021-04-' || n, kind, period, opens, due,
           locks, state, tentative, version, schedule
    FROM obligations, generate_series(1, :count) n WHERE base_id = :first
"""


async def test_what_went_out_or_is_on_its_way_does_not_go_along(database: Database) -> None:
    owe = await owing(database, 5)
    anna = await chat(database, *owe)
    nudge = step(owe[0], NudgeKind.SOON)
    notices = {base: told(base, NudgeKind.SOON, nudge.to) for base in owe}
    elsewhere = anna.model_copy(update={"channel": "wecom"})
    async with database.transaction() as tx:
        log = Deliveries(tx)

        def item(n: int) -> Item:
            notice = notices[owe[n]]
            return Item(notice.key, notice.base_id, notice.kind)

        await log.begin([item(1)], anna, nudge.at)
        await log.sent([item(1)], anna, nudge.at)
        await log.begin([item(2)], elsewhere, nudge.at)
        await log.begin([item(3), item(4)], anna, nudge.at)
        await log.not_sent([item(3)], anna, DeliveryState.FAILED, "示例")
        await log.not_sent([item(4)], anna, DeliveryState.QUEUED, "示例")
    assert await with_it(database, notices[owe[0]], anna, nudge.at) == [owe[4]]


async def test_what_was_held_up_goes_along_later_if_it_is_still_true(database: Database) -> None:
    owe = await owing(database, 4)
    anna = await chat(database, *owe)
    soon, today = step(owe[0], NudgeKind.SOON), step(owe[0], NudgeKind.TODAY)
    async with database.transaction() as tx:
        held_up = [told(base, NudgeKind.SOON, soon.to) for base in owe[1:3]]
        items = [Item(n.key, n.base_id, n.kind) for n in held_up]
        await Deliveries(tx).begin(items, anna, soon.at)
        await Deliveries(tx).not_sent(items, anna, DeliveryState.QUEUED, "示例")
        over = update(obligations).where(obligations.c.base_id == owe[2])
        await tx.execute(over.values(state=ObligationState.SUBMITTED))
    first = told(owe[0], NudgeKind.SOON, soon.to)
    next_day = soon.at + timedelta(days=1)
    assert await with_it(database, first, anna, next_day) == [owe[1]], "not what was never tried"
    on_the_last_day = await with_it(database, told(owe[0], NudgeKind.TODAY, today.to), anna, today.at)
    assert sorted(on_the_last_day) == [owe[1], owe[1], owe[3]], "what is due today, and what was held up"
    weeks_later = soon.at + timedelta(days=20)
    assert await with_it(database, first, anna, weeks_later) == []


def test_the_days_of_these_tests() -> None:
    assert step("base-2021-03-1", NudgeKind.SOON).at.date() == date(2026, 3, 4)
    assert planned("base-2021-03-1").due == at("2026-03-07 00:00")
