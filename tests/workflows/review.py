"""A report that was handed in, and whoever reviews it: for tests of what comes afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime

from temporalio.testing import WorkflowEnvironment

from domain.calendar import last_day_before
from domain.decisions import Actor, Suspend
from domain.lifecycle import Step
from domain.obligation_decisions import (
    ObligationDecision,
)
from domain.policy.grounds import Ground
from domain.terms import Level, ObligationState
from domain.views import Action, View
from persistence.credit_accounts import CreditAccounts
from persistence.database import Database
from persistence.obligations import DecisionRow, ObligationRow, Obligations, VersionRow
from tests.support import OFFICE, eventually, state_of
from tests.workflows.office import office_chat
from tests.workflows.scene import Scene, new_base_id, playing

FEBRUARY = "2026-02"
"""Opens on Monday 2 March 2026, is due on Friday the 6th, locks on the 20th; its review takes ten working days."""

WRONG = {"trainees_rural": "请核实", "certified": "与名册不符"}
SUSPENDED = Suspend(reason="示例理由", ground=Ground.CLOSED, document_no="示例函〔2026〕1号")


class Reviewed:
    """A period of a base, and its review."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.database = scene, scene.database
        self.id = scene.obligation_id(FEBRUARY)

    async def decides(
        self, decision: ObligationDecision, by: Actor = OFFICE, update_id: str | None = None
    ) -> ObligationState:
        """Take a decision; the state after it."""
        return (await self.scene.review(FEBRUARY, decision, by, update_id)).state

    async def says(self, said: str | Action) -> View:
        """One step of the dialogue."""
        await self.scene.quiet(self.id)
        return await self.scene.say(FEBRUARY, said)

    async def handed_in(self, **different: str) -> None:
        """Fill in whatever is asked and submit."""
        await self.scene.quiet(self.id)
        await self.scene.hand_in(FEBRUARY, **different)
        await self.scene.quiet(self.id)

    async def row(self) -> ObligationRow:
        """As it stands on record."""
        return (await self.scene.periods())[FEBRUARY]

    async def due(self) -> date:
        """The last day for handing in, as the workflow, the record and the base know it."""
        live = (await self.scene.gateway.obligation(self.id)).schedule.due
        assert (await self.row()).due == live

        async def known_to_the_base() -> datetime:
            return (await self.scene.base()).open[self.id].due

        assert await eventually(known_to_the_base, lambda due: due == live)
        return last_day_before(live)

    async def until(self, day_and_time: str) -> None:
        """Let time pass in March."""
        await self.scene.quiet(self.id)
        await self.scene.until(f"2026-{day_and_time}")
        await self.scene.quiet(self.id)

    async def told(self, *kinds: str) -> None:
        """Wait until exactly these messages went out, in this order."""
        await eventually(self.scene.notices_of(FEBRUARY), lambda told: told == [*kinds])

    async def decided(self) -> list[DecisionRow]:
        """What was decided."""
        async with self.database.transaction() as tx:
            return await Obligations(tx).decisions(self.id)

    async def versions(self) -> list[VersionRow]:
        """What was handed in."""
        async with self.database.transaction() as tx:
            return await Obligations(tx).versions(self.id)

    async def credit(self) -> list[str]:
        """What was booked for the lead."""
        async with self.database.transaction() as tx:
            accounts = CreditAccounts(tx)
            found = await accounts.of_lead(await accounts.lead_of(self.scene.base_id), date(2026, 12, 31))
            entries = await accounts.entries_of(found.account_id) if found.account_id else []
        entries.reverse()  # oldest first
        return [str(entry.change.reason) for entry in entries]

    async def ends(self) -> ObligationRow:
        """Wait until its workflow has come to its end."""
        await self.scene.completed(self.id)
        return await self.row()


@asynccontextmanager
async def reviewed(
    env: WorkflowEnvironment, database: Database, level: Level = Level.PROVINCE
) -> AsyncIterator[Reviewed]:
    """A base that is asked for its first month, and the office in a chat."""
    state = state_of(new_base_id(), Step.RUNNING, level=level, published_on=date(2026, 2, 9))
    async with playing(env, database, "2026-02-28 17:00", state, opening_total="1000") as scene:
        await office_chat(database, "office")
        await scene.opened(FEBRUARY)
        await scene.until("2026-03-02 14:40")  # hours before offices close
        yield Reviewed(scene)
