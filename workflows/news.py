"""`News`: what one person's act gives others to be told, in office hours."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.errors import DomainError

from workflows.messages import NewsInput
from workflows.outbox import Outbox
from workflows.waiting import offices_open


@workflow.defn(failure_exception_types=[DomainError])
class News:
    """Tells it and ends."""

    @workflow.run
    async def run(self, news: NewsInput) -> None:
        """Wait for office hours, then send."""
        await offices_open(news.clock, news.key, "告知")
        outbox = Outbox()
        for notice in news.notices:
            outbox.send(notice)
        await outbox.emptied()
