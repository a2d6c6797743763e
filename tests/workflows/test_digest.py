"""The pictures of the periods go to the office: on their day, in office hours, each part once."""

from datetime import date, timedelta

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from activities.calendar import working_days
from domain.calendar import SHANGHAI, Clock
from domain.delivery import Attachment
from domain.digest import DigestDue, Moment
from domain.office_hours import is_office_time
from domain.picture import Picture
from domain.terms import ObligationKind
from persistence.database import Database
from tests.persistence.province import Province
from tests.support import clock_from
from tests.workflows.office import WAIT, Mailbox, at_work, delivered, office_chat
from workflows import queues
from workflows.digest import Digest
from workflows.messages import DigestInput

JANUARY_DUE = DigestDue(
    kind=ObligationKind.DISPATCH, period="2026-01", moment=Moment.DUE, day=date(2026, 2, 6)
)
JANUARY_LOCKED = DigestDue(
    kind=ObligationKind.DISPATCH, period="2026-01", moment=Moment.LOCKED, day=date(2026, 2, 28)
)
PARTS = ["text", "picture", "document"]


async def clock_of(env: WorkflowEnvironment, business: str) -> Clock:
    return clock_from(business, await env.get_current_time())


async def started(
    env: WorkflowEnvironment, name: str, due: DigestDue | None = None
) -> WorkflowHandle[Digest, None]:
    return await env.client.start_workflow(
        Digest.run, DigestInput(due=due), id=name, task_queue=queues.MAIN_QUEUE
    )


@pytest.mark.rule("A10")
async def test_on_the_due_day_in_the_afternoon_the_office_gets_all_three_once(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    province, mailbox = Province(database), Mailbox()
    await province.report(await province.base(), certified="10")
    await office_chat(database, "1")
    await office_chat(database, "2")
    await office_chat(database, "3", "省教育厅")
    clock = await clock_of(skipping, "2026-02-06 09:07")
    async with at_work(skipping.client, database, mailbox, clock):
        await (await started(skipping, "first", JANUARY_DUE)).result()
        await (await started(skipping, "again", JANUARY_DUE)).result()
    assert {chat: mailbox.shapes(chat) for chat in mailbox.arrived} == {"1": PARTS, "2": PARTS}
    told, chart, table = mailbox.arrived["1"]
    assert isinstance(told, Picture)
    assert not told.locked
    assert (told.period, told.counts.expected, told.counts.on_time) == ("2026-01", 1, 1)
    assert isinstance(chart, Attachment)
    assert (chart.name, chart.content[:4]) == ("2026年1月月调度情况.png", b"\x89PNG")
    assert isinstance(table, Attachment)
    assert (table.name, table.content[:2]) == ("2026年1月月调度情况.xlsx", b"PK")
    for key, _, state, sent_at in await delivered(database):
        assert key.startswith("digest-monthly-2026-01-due:")
        assert state == "sent"
        assert sent_at
        local = sent_at.astimezone(SHANGHAI)
        assert (local.date(), local.hour >= 14) == (date(2026, 2, 6), True)
        assert is_office_time(sent_at, working_days())


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("begins", "day"),
    [
        ("2026-02-28 00:30", "2026-02-28"),  # a Saturday that is worked
        ("2026-02-28 11:29", "2026-02-28"),  # too short before noon: in the afternoon
        ("2026-02-28 19:00", "2026-03-02"),  # late: the next working morning
    ],
)
async def test_after_the_lock_it_goes_out_in_office_hours(
    skipping: WorkflowEnvironment, database: Database, begins: str, day: str
) -> None:
    mailbox = Mailbox()
    await Province(database).base()
    await office_chat(database, "1")
    async with at_work(skipping.client, database, mailbox, await clock_of(skipping, begins)):
        await (await started(skipping, "first", JANUARY_LOCKED)).result()
    told = mailbox.arrived["1"][0]
    assert isinstance(told, Picture)
    assert (told.locked, told.counts.missing) == (True, 1)
    for *_, sent_at in await delivered(database):
        assert sent_at
        assert str(sent_at.astimezone(SHANGHAI).date()) == day
        assert is_office_time(sent_at, working_days())
        assert is_office_time(sent_at + timedelta(minutes=1), working_days())


async def test_what_fails_is_sent_again_and_what_arrived_is_not(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    mailbox = Mailbox()
    await Province(database).base()
    await office_chat(database, "1")
    await office_chat(database, "2")
    mailbox.blocked = {"2"}
    async with at_work(skipping.client, database, mailbox, await clock_of(skipping, "2026-02-06 15:00")):
        mailbox.troubles = [WAIT, ConnectionError("the line is down")]
        await (await started(skipping, "first", JANUARY_DUE)).result()
    assert mailbox.shapes("1") == PARTS
    states = {(key.split(":")[1], chat): state for key, chat, state, _ in await delivered(database)}
    assert states == {
        ("text", "1"): "sent",
        ("chart", "1"): "sent",
        ("table", "1"): "sent",
        ("text", "2"): "failed",
        ("chart", "2"): "failed",
        ("table", "2"): "failed",
    }


async def test_without_a_chat_of_the_office_nothing_happens(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    mailbox = Mailbox()
    async with at_work(skipping.client, database, mailbox, await clock_of(skipping, "2026-02-06 15:00")):
        await (await started(skipping, "first", JANUARY_DUE)).result()
    assert mailbox.arrived == {}
    assert await delivered(database) == []
