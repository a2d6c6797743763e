"""Workflow code reaches nothing but the pure modules that it is given."""

from contextlib import AsyncExitStack
from datetime import date

from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

from activities.messages import MessageActivities
from app.workers import WORKFLOWS, activities_of, record_keeping
from domain.decisions import Terminate
from domain.lifecycle import Step
from domain.policy.grounds import Ground
from domain.terms import ObligationState
from persistence.database import Database
from tests.support import eventually, state_of
from tests.workflows.scene import new_base_id, playing
from workflows import queues
from workflows.converter import DATA_CONVERTER, sandbox

STRICT = SandboxRestrictions.default.with_import_notification_policy(
    SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
)


async def test_base_and_obligation_run_in_a_sandbox_that_lets_nothing_through_unasked(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    """The plugin brings a sandbox of its own, so these workers have a client without it."""
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2022, 3, 1))
    async with playing(skipping, database, "2022-03-31 17:00", state, at_work=False) as base:
        client = Client(
            skipping.client.service_client, namespace=skipping.client.namespace, data_converter=DATA_CONVERTER
        )
        messages = MessageActivities(database, base.messenger, base.clock)
        async with AsyncExitStack() as workers:
            await workers.enter_async_context(
                Worker(
                    client,
                    task_queue=queues.MAIN_QUEUE,
                    workflows=WORKFLOWS,
                    workflow_runner=sandbox(STRICT),
                    activities=activities_of(record_keeping(database)),
                )
            )
            await workers.enter_async_context(
                Worker(client, task_queue=queues.MESSAGE_QUEUE, activities=[messages.notify])
            )
            await base.opened("2022-03")
            await base.hand_in("2022-03")
            assert (await base.ended("2022-03")).state is ObligationState.SUBMITTED
            await base.decide(Terminate(reason="停建", ground=Ground.HALTED, document_no="示例函1号"))
            await base.completed()
            await eventually(base.notices_of(), lambda told: told == ["opened", "decided"])
