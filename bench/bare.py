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


WORKFLOWS = [BareUpdate, BareChild, BareParent]
ACTIVITIES = [bare_activity]
