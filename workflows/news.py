"""`News`: what one person's act gives another to be told, in office hours."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.calendar import business_day
    from domain.errors import DomainError
    from domain.office_hours import office_instant

from workflows import calls
from workflows.messages import NewsInput
from workflows.outbox import Outbox
from workflows.waiting import wait_until


@workflow.defn(failure_exception_types=[DomainError])
class News:
    """Tells it and ends."""

    @workflow.run
    async def run(self, news: NewsInput) -> None:
        """Wait for office hours, then send."""
        now = news.clock.business(workflow.now())
        days = (await calls.known_days(business_day(now))).working_days()
        at = office_instant(now, days, news.key)
        while news.clock.business(workflow.now()) < at:
            await wait_until(at, news.clock, _never, f"{at:%Y-%m-%d %H:%M} 告知")
        outbox = Outbox()
        for notice in news.notices:
            outbox.send(notice)
        await outbox.emptied()


def _never() -> bool:
    return False
