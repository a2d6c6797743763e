"""The bare operations that everything is measured against, on the same server in the same run."""

import asyncio
from datetime import datetime, timedelta

from temporalio import activity, workflow
from temporalio.workflow import ParentClosePolicy

QUEUE = "jiebang-bench"


@workflow.defn
class BareUpdate:
    """A workflow that answers updates and does nothing else."""

    def __init__(self) -> None:
        self._text = ""

    @workflow.run
    async def run(self) -> None:
        """For ever."""
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def say(self, text: str) -> str:
        """Keep and give back."""
        self._text = text
        return text


done: list[str] = []
"""What activities were done in this process: watching the server would slow down what is measured."""


@activity.defn
async def bare_activity(text: str) -> str:
    """Nothing, but it is counted."""
    done.append(text)
    return text


@workflow.defn
class BareChild:
    """One activity, then wait for a while."""

    @workflow.run
    async def run(self, text: str) -> None:
        """The activity, and a timer as every obligation has one."""
        await workflow.execute_activity(bare_activity, text, start_to_close_timeout=timedelta(seconds=30))
        await asyncio.sleep(3600)


@workflow.defn
class BareParent:
    """A timer, then a child."""

    @workflow.run
    async def run(self, start_at: datetime) -> None:
        """Wait until the common instant, then start the child."""
        await asyncio.sleep(max((start_at - workflow.now()).total_seconds(), 0))
        await workflow.start_child_workflow(
            BareChild.run,
            "x",
            id=f"{workflow.info().workflow_id}-child",
            parent_close_policy=ParentClosePolicy.ABANDON,
        )


@workflow.defn
class BareEnd:
    """Ends at once."""

    @workflow.run
    async def run(self) -> None:
        """Nothing."""


@workflow.defn
class BareSteps:
    """One operation so many times, one after the other; then it waits for updates and signals until told to end."""

    def __init__(self) -> None:
        self._heard, self._over, self._done = 0, False, False

    @workflow.run
    async def run(self, operation: str, times: int) -> None:
        """`timer`, `activity`, `child` or `tell` (a signal to another workflow)."""
        for n in range(times):
            match operation:
                case "timer":
                    await asyncio.sleep(0.01)
                case "activity":
                    await self._do()
                case "child":
                    await workflow.execute_child_workflow(
                        BareEnd.run, id=f"{workflow.info().workflow_id}-{n}"
                    )
                case "tell":
                    await workflow.get_external_workflow_handle("bare-listener").signal("hear")
        self._done = True
        await workflow.wait_condition(lambda: self._over)

    @workflow.query
    def done(self) -> bool:
        """Whether all was done."""
        return self._done

    async def _do(self) -> None:
        await workflow.execute_activity(bare_activity, "x", start_to_close_timeout=timedelta(seconds=30))

    @workflow.update
    async def say(self) -> int:
        """Nothing but an answer."""
        return self._heard

    @workflow.update
    async def say_and_do(self) -> int:
        """An activity, then an answer."""
        await self._do()
        return self._heard

    @workflow.signal
    def hear(self) -> None:
        """Count."""
        self._heard += 1

    @workflow.signal
    def end(self) -> None:
        """Go."""
        self._over = True


WORKFLOWS = [BareUpdate, BareChild, BareParent, BareEnd, BareSteps]
ACTIVITIES = [bare_activity]
