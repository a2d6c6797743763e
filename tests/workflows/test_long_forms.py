"""A form with so many answers that its history has to start over, at the 4,096th event."""

from datetime import date

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.errors import Stale
from domain.lifecycle import Step
from domain.obligation_decisions import AcceptReport
from domain.terms import ObligationState
from persistence.database import Database
from tests.support import eventually, state_of
from tests.workflows.scene import CANONICAL, Outage, Scene, name, new_base_id, playing

MARCH = "2022-03"
SUGGESTED_AT = 4096
UP_TO_STARTED = 2  # an update's workflow task is scheduled and started before the history is measured


async def length(base: Scene) -> int:
    return len((await base.history(base.obligation_id(MARCH))).events)


async def talk_until_the_next_answer_is_one_too_many(base: Scene) -> int:
    """Type what is no number, over and over; how often."""
    texts = 0
    while (left := SUGGESTED_AT - UP_TO_STARTED - await length(base)) > 0:
        for _ in range(max(left // 5, 1)):  # five events each
            await base.say(MARCH, "三十二", f"telegram:{texts}")
            texts += 1
    return texts


async def run_of(base: Scene) -> str:
    return (await base.history(base.obligation_id(MARCH))).run_id


async def test_a_form_goes_on_in_a_new_run_and_loses_nothing(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2022, 3, 1))
    async with playing(skipping, database, "2022-03-31 10:00", state, opening_total="1000") as base:
        await base.opened(MARCH)
        await base.say(MARCH, "开始")
        await base.say(MARCH, "120.50")
        first = await run_of(base)
        await talk_until_the_next_answer_is_one_too_many(base)
        assert await run_of(base) == first
        view = await base.say(MARCH, "1120.50", "telegram:last")
        assert view.filled == 2
        old = base.env.client.get_workflow_handle(base.obligation_id(MARCH), run_id=first)
        assert name((await old.fetch_history()).events[-1]) == "WORKFLOW_EXECUTION_CONTINUED_AS_NEW"
        # The server forgets its update ids with the run; the form remembers them.
        again = await base.say(MARCH, "1120.50", "telegram:last")
        assert (again.filled, again.question) == (2, "funds_central")
        await base.hand_in(MARCH)
        assert (await base.ended(MARCH)).state is ObligationState.SUBMITTED
        assert await base.figures(MARCH) == CANONICAL
        assert base.told(MARCH) == ["opened"]


async def test_a_form_that_is_handed_in_with_its_last_event_is_not_opened_again(
    skipping: WorkflowEnvironment, database: Database, database_url: str
) -> None:
    """The database is away, so that the submission is still under way when the history is to start over."""
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2022, 3, 1))
    records = Outage(database_url)
    async with playing(skipping, database, "2022-03-31 10:00", state, records=records) as base:
        await base.opened(MARCH)
        view = await base.say(MARCH, "开始")
        while view.question:
            view = await base.say(MARCH, CANONICAL[view.question])
        first = await run_of(base)
        await talk_until_the_next_answer_is_one_too_many(base)
        records.away = True
        submitting = base.say_without_waiting(MARCH, "提交", "telegram:submit")
        await eventually(base.attempts_of(MARCH), lambda count: count > 0)
        records.away = False
        await submitting
        await eventually(lambda: run_of(base), lambda run: run != first)  # its review goes on in another run
        with pytest.raises(Stale, match=r"obligation\.submitted"):
            await base.say(MARCH, "1=1")
        await base.review(MARCH, AcceptReport())
        await base.completed(base.obligation_id(MARCH))
        assert (await base.periods())[MARCH].state is ObligationState.ACCEPTED
    await records.close()
