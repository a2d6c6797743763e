"""`CreditNews`: what was decided about a lead's credit is told to the contacts of its bases, in office hours."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.errors import DomainError

from workflows.messages import NewsInput
from workflows.outbox import Outbox
from workflows.waiting import offices_open


@workflow.defn(failure_exception_types=[DomainError])
class CreditNews:
    """Tells one decision and ends."""

    @workflow.run
    async def run(self, news: NewsInput) -> None:
        """Wait for office hours, then send."""
        await offices_open(news.clock, news.key, "告知信用记分")
        outbox = Outbox()
        for notice in news.notices:  # all have one key, so that a chat hears it once: one after the other
            outbox.send(notice)
            await outbox.emptied()
