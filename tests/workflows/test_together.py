"""A base stands still, and goes on, as a whole: its people are told in one message, not once for each thing it owes."""

from datetime import date

from temporalio.testing import WorkflowEnvironment

from domain.decisions import Resume
from domain.lifecycle import Step
from domain.views import NoticeKind
from persistence.database import Database
from tests.support import eventually, state_of
from tests.workflows.review import SUSPENDED
from tests.workflows.scene import new_base_id
from tests.workflows.stage import Base, Ledger, Sent, chat_of, on_stage


async def heard(ledger: Ledger, base: str, kind: NoticeKind, count: int) -> list[Sent]:
    """What the contact was told of this kind, once there is so much of it."""

    async def told() -> list[Sent]:
        return [s for s in ledger.entries if s.kind is kind and s.chat == chat_of(base, "contact")]

    return await eventually(told, lambda found: len(found) >= count)


async def test_standing_still_and_going_on_are_told_in_one_message_each(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2026, 3, 1))
    async with on_stage(skipping, database, "2026-12-28 09:00", [Base(state)]) as (ledger, (player,)):
        await player.until("2027-01-05 10:00")
        owed = [one for periods in (await player.owed()).values() for one in periods]
        assert len(owed) >= 3
        for decision, kind in ((SUSPENDED, NoticeKind.PAUSED), (Resume(), NoticeKind.RESUMED)):
            await player.decide(decision)
            told = await heard(ledger, player.base_id, kind, len(owed))
            assert len({s.message for s in told}) == 1, ledger.table()
            assert len({s.about for s in told}) == len(told) == len(owed)
