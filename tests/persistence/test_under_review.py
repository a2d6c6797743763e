"""Which reports wait for their review: those whose workflows go on after they were handed in."""

import pytest
from sqlalchemy import update

from domain.terms import ObligationKind, ObligationState
from persistence import tables
from persistence.database import Database
from persistence.under_review import UnderReview
from tests.persistence.samples import opened, running_base


@pytest.mark.parametrize(
    ("kind", "state", "waits"),
    [
        (ObligationKind.DISPATCH, ObligationState.OPEN, False),
        (ObligationKind.DISPATCH, ObligationState.SUBMITTED, True),
        (ObligationKind.DISPATCH, ObligationState.RETURNED, False),  # its base counts it as open
        (ObligationKind.DISPATCH, ObligationState.ACCEPTED, False),
        (ObligationKind.DISPATCH, ObligationState.REOPENING, True),
        (ObligationKind.RECTIFICATION, ObligationState.SUBMITTED, True),
        (ObligationKind.SUPERVISION, ObligationState.SUBMITTED, False),  # another workflow has taken over
    ],
)
async def test_what_waits_for_a_review(
    database: Database, kind: ObligationKind, state: ObligationState, waits: bool
) -> None:
    await running_base(database)
    obligation = await opened(database, "2026-02")
    async with database.transaction() as tx:
        await tx.execute(update(tables.obligations).values(kind=kind, state=state))
        assert await UnderReview(tx).ids() == ([obligation] if waits else [])
