"""A nudge on its way is true as long as the unit that is nudged has not done its part, whatever others have done."""

import pytest
from sqlalchemy import update

from domain.base import LEAD_WAITED_FOR
from domain.lifecycle import Step
from domain.views import Notice, NoticeKind
from persistence.database import Database
from persistence.standings import Standings
from persistence.tables import bases
from tests.support import register, state_of

BASE = "base-2021-03-1"
FIRST, SECOND = "省教育厅", "省财政厅"


def nudge(to: str) -> Notice:
    """Sent while two units and the applicant are waited for."""
    stands = "、".join((FIRST, SECOND, LEAD_WAITED_FOR))
    params = {"kind": str(Step.FORMAL_REVIEW), "to": to, "stands": stands}
    return Notice(key=f"k:{to}", base_id=BASE, department=to, kind=NoticeKind.URGED_STEP, params=params)


@pytest.mark.parametrize(
    ("step", "waiting_for", "nudged"),
    [
        (Step.FORMAL_REVIEW, f"{FIRST}、{SECOND}、{LEAD_WAITED_FOR}", {FIRST, SECOND, LEAD_WAITED_FOR}),
        (Step.FORMAL_REVIEW, f"{SECOND}、{LEAD_WAITED_FOR}", {SECOND, LEAD_WAITED_FOR}),
        (Step.FORMAL_REVIEW, SECOND, {SECOND}),
        (Step.ACCEPTANCE, SECOND, set()),
    ],
)
async def test_who_has_not_signed_is_nudged_though_another_has_signed_meanwhile(
    database: Database, step: Step, waiting_for: str, nudged: set[str]
) -> None:
    await register(database, state_of(BASE, Step.FORMAL_REVIEW))
    async with database.transaction() as tx:
        now = {"step": step, "waiting_for": waiting_for}
        await tx.execute(update(bases).where(bases.c.id == BASE).values(now))
        about = Standings(tx)
        true = {who for who in (FIRST, SECOND, LEAD_WAITED_FOR) if (await about.of(nudge(who))).waits}
    assert true == nudged
