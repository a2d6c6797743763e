"""Several people over one obligation: what its workflow carries on, and whom it tells."""

import asyncio
from datetime import date

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.calendar import DAY
from domain.decisions import Actor, lead_actor
from domain.forms.questions import FormContext
from domain.forms.said import Draft, Said
from domain.forms.together import Together
from domain.lifecycle import Step
from domain.obligation import ObligationLife
from domain.obligation_decisions import AcceptReport, ReturnReport
from domain.terms import ObligationState
from domain.views import Mode, NoticeKind
from persistence.database import Database
from persistence.obligations import Obligations, VersionRow
from tests.support import FULL, LEAD, OFFICE, eventually, state_of
from tests.workflows.scene import CANONICAL, Scene, name, new_base_id, playing
from workflows import queues
from workflows.messages import Answer, DraftCarried, ObligationInput
from workflows.obligation import Obligation

MARCH = "2022-03"
DEPUTY = lead_actor(2)


async def carried_on(scene: Scene, carried: DraftCarried) -> str:
    """A run of an obligation that another run has carried on to; its id."""
    schedule, found = scene.schedule(MARCH), f"{scene.obligation_id(MARCH)}-again"
    start = ObligationInput(
        obligation_id=scene.obligation_id(MARCH),
        base_id=scene.base_id,
        schedule=schedule,
        clock=scene.clock,
        pilot_start=date(2022, 3, 1),
        carried=carried,
    )
    await scene.env.client.start_workflow(Obligation.run, start, id=found, task_queue=queues.MAIN_QUEUE)
    return found


async def says(scene: Scene, period: str, text: str, by: Actor) -> None:
    """Type something into the form of a period."""
    answer = Answer(said=Said(text=text), by=by)
    await scene.gateway.answer(scene.obligation_id(period), answer, scene._next_id())


@pytest.mark.parametrize(("known", "reports"), [(True, 0), (False, 1)])
async def test_a_clock_that_stood_still_is_reported_once_not_once_for_each_run(
    skipping: WorkflowEnvironment, database: Database, known: bool, reports: int
) -> None:
    """What was carried on before it was remembered, is still replayed as it was: reported anew."""
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2022, 3, 1))
    async with playing(skipping, database, "2022-03-31 10:00", state) as scene:
        await scene.opened(MARCH)
        schedule = scene.schedule(MARCH)
        carried = DraftCarried(
            context=FormContext(),
            draft=Draft(),
            overdue_told=False,
            nudges_done=0,
            life=ObligationLife(schedule=schedule, suspended=True, stopped=schedule.opens),
            pending=(),
            reported=ObligationState.OPEN,
            reported_due=schedule.due,
            reported_paused=known,
        )
        found = await carried_on(scene, carried)
        await scene.quiet(found)

        async def signals() -> int:
            events = (await scene.history(found)).events
            return sum(name(e) == "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED" for e in events)

        assert await eventually(signals, lambda count: count == reports) == reports
        await scene.env.client.get_workflow_handle(found).terminate()


async def test_whose_answers_they_are_is_carried_from_run_to_run(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2022, 3, 1))
    async with playing(skipping, database, "2022-03-31 10:00", state) as scene:
        await scene.opened(MARCH)
        carried = DraftCarried(
            context=FormContext(),
            draft=Draft(mode=Mode.SUMMARY, values=CANONICAL),
            overdue_told=False,
            nudges_done=0,
            life=ObligationLife(schedule=scene.schedule(MARCH)),
            pending=(),
            together=Together(answered_by=dict.fromkeys(CANONICAL, DEPUTY.id)),
        )
        found = await carried_on(scene, carried)
        for n, text in enumerate(("5=7", "确认", "提交")):
            answer = Answer(said=Said(text=text), by=LEAD)
            await scene.gateway.answer(found, answer, f"{found}:{n}")
        (version,) = await versions(scene)
        changed = {key for key, value in version.values.items() if CANONICAL[key] != value}
        assert {key for key, by in version.answered_by.items() if by == LEAD.id} == changed != set()
        assert {version.answered_by[key] for key in CANONICAL.keys() - changed} == {DEPUTY.id}
        await scene.env.client.get_workflow_handle(found).terminate()


async def versions(scene: Scene) -> list[VersionRow]:
    async with scene.database.transaction() as tx:
        return await Obligations(tx).versions(scene.obligation_id(MARCH))


async def test_two_who_type_at_the_same_time_get_in_one_after_the_other(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2022, 3, 1))
    async with playing(skipping, database, "2022-03-31 10:00", state, opening_total="1000") as scene:
        await scene.opened(MARCH)
        await says(scene, MARCH, "开始", LEAD)
        numbered = list(enumerate(FULL.values(), 1))
        await asyncio.gather(
            *(says(scene, MARCH, f"{no}={text}", (LEAD, DEPUTY)[no % 2]) for no, text in numbered)
        )
        await scene.quiet(scene.obligation_id(MARCH))
        live = await scene.gateway.obligation(scene.obligation_id(MARCH))
        kept = live.draft.values
        keys = list(FULL)
        assert kept.items() <= CANONICAL.items()
        assert live.answered_by == {key: (LEAD, DEPUTY)[(keys.index(key) + 1) % 2].id for key in kept}


async def test_the_head_hears_of_what_is_returned_again_and_of_what_is_missing(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2022, 3, 1))
    async with playing(skipping, database, "2022-03-31 10:00", state, opening_total="1000") as scene:
        await scene.opened(MARCH)
        for reason in ("示例：过于笼统", "示例：仍过于笼统"):
            await scene.hand_in(MARCH)
            await scene.review(MARCH, ReturnReport(items={"progress": reason}), OFFICE)
            await scene.quiet(scene.obligation_id(MARCH))  # it is told before it is handed in again
        await scene.hand_in(MARCH)
        await scene.review(MARCH, AcceptReport())
        told = [n for n in scene.messenger.sent if n.kind is NoticeKind.REPORT_RETURNED]
        assert [n.to for n in told] == [("联系人",), ("联系人", "负责人")]
        await scene.opened("2022-04")
        await scene.until(scene.schedule("2022-04").locks + 4 * DAY)  # in office hours
        await eventually(scene.notices_of("2022-04"), lambda kinds: "missing" in kinds)
        assert scene.messenger.sent[-1].to == ("联系人", "负责人")
