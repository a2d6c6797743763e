"""`Digest`: the picture of a period goes to the office. Started by a Schedule on every day, or by hand for one picture."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from domain.digest import DigestDue

from workflows import cards, queues
from workflows.messages import DigestInput
from workflows.ports import DigestPort

_BUILDING = timedelta(minutes=5)


@workflow.defn
class Digest:
    """Without a picture in its input: starts one such workflow for each that is due. With one: sends it."""

    @workflow.run
    async def run(self, start: DigestInput) -> None:
        """Find out what is due, or wait for office hours and send."""
        if start.due is None:
            for due in await self._due():
                await self._start(due)
            return
        await self._wait_for(start.due)
        await self._send(start.due)

    async def _due(self) -> tuple[DigestDue, ...]:
        return await workflow.execute_activity_method(
            DigestPort.digests_due,
            task_queue=queues.MESSAGE_QUEUE,
            start_to_close_timeout=queues.ACTIVITY_TIMEOUT,
            retry_policy=queues.RETRY,
            summary="查今天要发的调度情况",
        )

    async def _start(self, due: DigestDue) -> None:
        """Its id stands for the picture and the moment: there is never a second one that works."""
        try:
            await workflow.start_child_workflow(
                Digest.run,
                DigestInput(due=due),
                id=due.id,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                parent_close_policy=ParentClosePolicy.ABANDON,
                static_summary=cards.short(f"{due.period} {due.kind}情况（{due.moment}）"),
            )
        except WorkflowAlreadyStartedError:
            return

    async def _wait_for(self, due: DigestDue) -> None:
        while wait := await workflow.execute_activity_method(
            DigestPort.wait_for_digest,
            due,
            task_queue=queues.MESSAGE_QUEUE,
            start_to_close_timeout=queues.ACTIVITY_TIMEOUT,
            retry_policy=queues.RETRY,
            summary="看什么时候发",
        ):
            await workflow.sleep(wait, summary="等到办公时间")

    async def _send(self, due: DigestDue) -> None:
        await workflow.execute_activity_method(
            DigestPort.send_digest,
            due,
            task_queue=queues.MESSAGE_QUEUE,
            start_to_close_timeout=_BUILDING,
            schedule_to_close_timeout=queues.MESSAGE_GIVES_UP_AFTER,
            retry_policy=queues.MESSAGE_RETRY,
            summary=cards.short(f"发送 {due.period} {due.kind}情况"),
        )
