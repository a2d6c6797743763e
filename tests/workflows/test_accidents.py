"""The database is away, the channel is down, the workers are restarted: nothing is lost, no deadline waits."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.base import BaseState
from domain.decisions import Accept, Terminate
from domain.delivery import Also, SlowDownError, UnreachableError
from domain.lifecycle import Step
from domain.policy.grounds import Ground
from domain.terms import ObligationState
from domain.views import Notice
from persistence.database import Database
from persistence.people import People
from tests.support import Recorder, eventually, state_of
from tests.workflows.scene import CANONICAL, Outage, new_base_id, playing

MARCH = "2022-03"  # opens on 1 April, locks at the end of 22 April
BEFORE = "2022-03-31 17:00"
DAY_PER_MINUTE = 1440.0
"""Retries count in the machine's time: with this clock an outage of days takes a few of them."""


def in_pilot() -> BaseState:
    return state_of(new_base_id(), Step.PILOT, published_on=date(2022, 3, 1))


class Channel(Recorder):
    """A messenger whose platform has troubles."""

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[Exception] = []
        self.down = False
        self.attempts = 0

    async def send(
        self,
        channel: str,
        external_id: str,
        notice: Notice,
        obligation_no: int | None,
        also: Sequence[Also] = (),
        again: bool = False,
    ) -> None:
        self.attempts += 1
        if self.down:
            raise ConnectionResetError("the platform does not answer")
        if self.troubles:
            raise self.troubles.pop(0)
        await super().send(channel, external_id, notice, obligation_no, also, again)


@pytest.fixture
async def records(database: Database, database_url: str) -> AsyncIterator[Outage]:
    """The records' way to the database, which can be cut."""
    outage = Outage(database_url)
    yield outage
    await outage.close()


async def test_a_channel_that_is_down_holds_up_no_deadline_and_what_is_still_true_is_said_later(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    channel = Channel()
    channel.down = True
    async with playing(
        skipping, database, BEFORE, in_pilot(), messenger=channel, speed=DAY_PER_MINUTE
    ) as base:
        await base.opening(MARCH)
        await base.until(base.schedule(MARCH).locks + timedelta(hours=6))
        row = await base.ended(MARCH)
        assert row.state is ObligationState.MISSING
        assert row.ended_at is not None
        assert row.ended_at - base.schedule(MARCH).locks < timedelta(hours=6)
        assert channel.attempts > 4
        assert channel.sent == []
        channel.down = False
        await base.until(base.schedule(MARCH).locks + timedelta(days=3))
        await eventually(base.notices_of(MARCH), lambda told: told == ["missing"])


async def test_a_channel_that_asks_to_wait_or_breaks_off_gets_each_message_once(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    channel = Channel()
    channel.troubles = [SlowDownError(7), TimeoutError(), ConnectionResetError()]
    async with playing(skipping, database, BEFORE, in_pilot(), messenger=channel) as base:
        await base.opening(MARCH)
        await base.until(base.schedule(MARCH).opens + timedelta(hours=1))
        await eventually(base.notices_of(MARCH), lambda told: told == ["opened"])
        assert channel.attempts == 4


async def test_a_chat_that_cannot_be_reached_does_not_keep_the_others_waiting(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    channel = Channel()
    channel.troubles = [UnreachableError("blocked")]
    async with playing(skipping, database, BEFORE, in_pilot(), messenger=channel) as base:
        async with database.transaction() as tx:
            (contact,) = await People(tx).of_base(base.base_id)
            code = await People(tx).invite(contact, base.clock.now() + timedelta(days=99999))
            await People(tx).redeem(code, "test", "zz-second-chat", base.clock.now())
        await base.opened(MARCH)
        await eventually(base.notices_of(MARCH), lambda told: told == ["opened"])
        await base.until(base.schedule(MARCH).opens + timedelta(hours=1))
        assert channel.attempts == 2  # it is not tried again


async def test_a_database_that_is_away_when_a_period_opens_opens_it_when_it_is_back(
    skipping: WorkflowEnvironment, database: Database, records: Outage
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot(), records=records) as base:
        await eventually(base.base, lambda b: bool(b.agenda))
        records.away = True
        await base.until(base.schedule(MARCH).opens + timedelta(minutes=5))
        assert await base.periods() == {}
        records.away = False
        await base.until(base.schedule(MARCH).opens + timedelta(minutes=10))
        await base.opened(MARCH)
        await eventually(base.notices_of(MARCH), lambda told: told == ["opened"])
        assert await base.kinds() == ["月调度开启"]


async def test_a_form_handed_in_while_the_database_is_away_is_stored_once_it_is_back(
    skipping: WorkflowEnvironment, database: Database, records: Outage
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot(), records=records) as base:
        await base.opened(MARCH)
        view = await base.say(MARCH, "开始")
        while view.question:
            view = await base.say(MARCH, CANONICAL[view.question])
        records.away = True
        submitting = base.say_without_waiting(MARCH, "提交", "telegram:99")
        await eventually(base.attempts_of(MARCH), lambda count: count > 0)
        assert await base.figures(MARCH) == {}
        records.away = False
        await submitting
        assert (await base.ended(MARCH)).state is ObligationState.SUBMITTED
        assert await base.figures(MARCH) == CANONICAL
        assert (await base.kinds()).count("月调度报送") == 1


async def test_a_decision_taken_while_the_database_is_away_is_recorded_once_it_is_back(
    skipping: WorkflowEnvironment, database: Database, records: Outage
) -> None:
    state = state_of(new_base_id(), Step.FORMAL_REVIEW)
    async with playing(skipping, database, BEFORE, state, records=records) as base:
        records.away = True
        await base.signal(Accept())
        await eventually(base.base, lambda b: b.state.step is Step.EXPERT_REVIEW)
        assert await base.kinds() == []
        records.away = False
        await eventually(base.kinds, lambda kinds: kinds == ["受理"])
        assert await base.step() == Step.EXPERT_REVIEW
        await eventually(base.notices_of(), lambda told: told == ["decided"])


async def test_a_base_that_leaves_while_the_database_is_away_is_told_so_before_its_workflow_ends(
    skipping: WorkflowEnvironment, database: Database, records: Outage
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot(), records=records) as base:
        await eventually(base.base, lambda b: bool(b.agenda))
        records.away = True
        await base.signal(Terminate(reason="停建", ground=Ground.HALTED, document_no="示例函1号"))
        await eventually(base.base, lambda b: b.state.over)
        records.away = False
        await base.completed()
        assert await base.kinds() == ["终止培育"]
        assert base.told() == ["decided"]


async def test_a_base_that_leaves_while_its_year_is_being_planned_still_comes_to_its_end(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        await base.signal(
            Terminate(reason="停建", ground=Ground.HALTED, document_no="示例函1号")
        )  # at once: the plan is still under way
        await base.completed()
        assert await base.kinds() == ["终止培育"]
