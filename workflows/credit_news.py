"""`CreditNews`: what was decided about a lead's credit is told to the contacts of its bases, in office hours."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.calendar import business_day
    from domain.errors import DomainError
    from domain.office_hours import office_instant

from workflows import calls
from workflows.messages import CreditNewsInput
from workflows.outbox import Outbox
from workflows.waiting import wait_until


@workflow.defn(failure_exception_types=[DomainError])
class CreditNews:
    """Tells one decision and ends."""

    @workflow.run
    async def run(self, news: CreditNewsInput) -> None:
        """Wait for office hours, then send."""
        now = news.clock.business(workflow.now())
        days = (await calls.known_days(business_day(now))).working_days()
        at = office_instant(now, days, news.key)
        while news.clock.business(workflow.now()) < at:
            await wait_until(at, news.clock, _never, f"{at:%Y-%m-%d %H:%M} 告知信用记分")
        outbox = Outbox()
        for notice in news.notices:  # all have one key, so that a chat hears it once: one after the other
            outbox.send(notice)
            await outbox.emptied()


def _never() -> bool:
    return False
