"""Central money asked back and paid back, and days on which a base stood still, as they are on record."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import insert

from activities.funds import FundsActivities
from domain.decisions import RecallFunds, Recover, Resume, Suspend
from domain.errors import Refused
from domain.ids import obligation_id
from domain.lifecycle import DecisionKind, Step
from domain.policy.credit import CreditKind, CreditRecord
from domain.policy.grounds import Ground
from domain.policy.recall import Instalment
from domain.terms import ObligationKind
from persistence import tables
from persistence.credit import Credit
from persistence.database import Database
from persistence.funds import Funds
from tests.support import at, register, state_of
from workflows.messages import BaseAsked, ListedAsked, RecallAsked

BASE = "base-2021-03-1"
NOW = at("2026-03-02 10:00")
STOP = Suspend(reason="示例：停工", ground=Ground.HALTED, document_no="示例函1号")
RECALL = RecallFunds(
    amount=Decimal("1000.00"),
    document_no="示例发改〔2026〕3号",
    reason="示例：推进不力",
    ground=Ground.REFORM,
    instalments=(
        Instalment(due=date(2026, 6, 30), amount=Decimal(400)),
        Instalment(due=date(2026, 12, 31), amount=Decimal(600)),
    ),
)


@pytest.fixture
async def known(database: Database) -> Database:
    """With one base."""
    await register(database, state_of(BASE, Step.RUNNING, published_on=date(2024, 5, 1)))
    return database


async def record(
    database: Database, seq: int, decision: Suspend | Resume | RecallFunds | Recover, when: str = ""
) -> None:
    detail = decision.model_dump(mode="json", exclude={"kind"})
    async with database.transaction() as tx:
        await Funds(tx).record(BASE, seq, decision.kind, detail, at(when) if when else NOW)


@pytest.mark.rule("A10")
async def test_a_suspension_is_closed_with_the_day_before_and_none_that_lasted_no_day_is_kept(
    known: Database,
) -> None:
    await record(known, 1, STOP)
    await record(known, 1, STOP)  # recorded twice
    async with known.transaction() as tx:
        assert await Funds(tx).suspended_since(BASE) == date(2026, 3, 2)
    await record(known, 2, Resume(), "2026-03-20 10:00")
    await record(known, 3, STOP, "2026-03-20 11:00")
    await record(known, 4, Resume(), "2026-03-20 12:00")
    async with known.transaction() as tx:
        assert await Funds(tx).suspended_since(BASE) is None
        assert await Funds(tx).suspensions_of(BASE) == [(date(2026, 3, 2), date(2026, 3, 19))]


@pytest.mark.rule("A11")
async def test_a_recall_is_kept_with_its_instalments_and_what_came_in(known: Database) -> None:
    await record(known, 5, RECALL)
    await record(known, 5, RECALL)  # recorded twice
    for _ in range(2):
        await record(known, 6, Recover(amount=Decimal(400), document_no="示例回单1号", on=date(2026, 6, 1)))
    async with known.transaction() as tx:
        [recall] = await Funds(tx).recalls_of(BASE)
        [recovery] = await Funds(tx).recoveries_of(BASE)
    assert (recall.amount, recall.on, recall.ground) == (Decimal(1000), date(2026, 3, 2), "改革推进不力")
    assert recall.instalments == RECALL.instalments
    assert (recovery.amount, recovery.on) == (Decimal(400), date(2026, 6, 1))


async def test_other_decisions_mean_nothing_here(known: Database) -> None:
    async with known.transaction() as tx:
        await Funds(tx).record(BASE, 7, DecisionKind.CERTIFY, {"document_no": "x"}, NOW)
        assert await Funds(tx).recalls_of(BASE) == []
        assert await Funds(tx).received(BASE) == 0


async def report(database: Database, period: str, *versions: str) -> None:
    """A month whose central money was reported, and corrected, as so much."""
    owed = obligation_id(BASE, ObligationKind.DISPATCH, period)
    row = {"kind": "月调度", "opens": NOW, "due": NOW, "locks": NOW, "state": "已通过", "tentative": False}
    async with database.transaction() as tx:
        new = insert(tables.obligations).values(
            id=owed, base_id=BASE, period=period, version=len(versions), **row
        )
        await tx.execute(new)
        for n, amount in enumerate(versions, 1):
            known = {"obligation_id": owed, "version": n}
            await tx.execute(
                insert(tables.submissions).values(known | {"at": NOW, "role": "lead", "actor": ""})
            )
            figures = [{"key": "funds_central", "number": amount}, {"key": "funds_bond", "number": "7"}]
            await tx.execute(insert(tables.figures), [known | figure for figure in figures])


@pytest.mark.rule("A7", "A11")
async def test_received_is_what_the_newest_version_of_every_month_says(known: Database) -> None:
    await report(known, "2025-11", "100.00")
    await report(known, "2025-12", "900.00", "200.50")
    async with known.transaction() as tx:
        assert await Funds(tx).received(BASE) == Decimal("300.50")
    funds = FundsActivities(known)
    await funds.check_central_funds(BaseAsked(base_id=BASE))
    within = RecallAsked(base_id=BASE, amount=Decimal("200.50"), recalled=Decimal(100))
    await funds.check_recall(within)
    with pytest.raises(Refused) as caught:
        await funds.check_recall(within.model_copy(update={"amount": Decimal("200.51")}))
    assert caught.value.refusal.code == "recall.more_than_received"
    assert caught.value.refusal.params["most"] == "200.50"


@pytest.mark.rule("A11")
async def test_whoever_received_no_central_money_is_not_assessed_for_reform(known: Database) -> None:
    with pytest.raises(Refused, match=r"reform\.no_central_funds"):
        await FundsActivities(known).check_central_funds(BaseAsked(base_id=BASE))


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("first", "last", "listed"),
    [
        (date(2026, 3, 2), None, True),
        (date(2026, 1, 1), date(2026, 3, 2), True),
        (date(2026, 1, 1), date(2026, 3, 1), False),
        (date(2026, 3, 3), None, False),
    ],
)
async def test_a_lead_is_dishonest_while_it_is_on_the_list(
    known: Database, first: date, last: date | None, listed: bool
) -> None:
    entry = CreditRecord(
        name="示例职业技术大学",
        kind=CreditKind.DISHONEST,
        effective_from=first,
        effective_to=last,
        source="示例名单",
    )
    async with known.transaction() as tx:
        await Credit(tx).put([entry])
    ask = ListedAsked(base_id=BASE, on=NOW.date())
    if listed:
        await FundsActivities(known).check_listed(ask)
        return
    with pytest.raises(Refused, match=r"grounds\.not_listed"):
        await FundsActivities(known).check_listed(ask)
