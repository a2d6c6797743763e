"""A base that has to pay back, on the skipping server: it is not over before the money is there (A11)."""

from datetime import date
from decimal import Decimal

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.decisions import AssessReform, ConfirmFunds, RecallFunds, Recover, Revoke
from domain.errors import Refused
from domain.lifecycle import Step
from domain.policy.grounds import Ground
from domain.policy.recall import Instalment, ReformResult
from persistence.database import Database
from tests.support import eventually, state_of
from tests.workflows.scene import Scene, new_base_id, playing

TODAY = date(2026, 3, 2)
NOW = "2026-03-02 10:00"
CONFIRM = ConfirmFunds(amount=Decimal(3000), document_no="示例投资〔2025〕1号", on=TODAY)
REFORM = AssessReform(
    result=ReformResult.POOR, document_no="示例发改〔2026〕2号", completed_on=date(2025, 12, 1), on=TODAY
)
RECALL = RecallFunds(
    amount=Decimal(1000),
    document_no="示例发改〔2026〕3号",
    reason="示例：推进不力",
    ground=Ground.REFORM,
    instalments=(
        Instalment(due=date(2026, 6, 30), amount=Decimal(400)),
        Instalment(due=date(2026, 12, 31), amount=Decimal(600)),
    ),
)
REVOKE = Revoke(reason="示例：推进不力", ground=Ground.REFORM)


def recover(amount: int, on: date) -> Recover:
    return Recover(amount=Decimal(amount), document_no="示例回单1号", on=on)


async def ended(base: Scene) -> bool:
    """Whether its workflow is over."""
    return "WORKFLOW_EXECUTION_COMPLETED" in await base.traces()


@pytest.mark.rule("A11")
async def test_a_base_without_its_plaque_lives_until_the_recalled_money_is_back(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.RUNNING, published_on=TODAY)
    async with playing(skipping, database, NOW, state) as base:
        for decision in (CONFIRM, REFORM, RECALL, REVOKE):
            await base.decide(decision)
        await base.until("2026-07-01 09:00")
        stands = await base.base()
        assert (stands.state.step, stands.waiting_for) == (Step.REVOKED, "申报主体")
        assert stands.state.recall_overdue(date(2026, 7, 1))
        await base.decide(recover(400, date(2026, 7, 1)))
        assert not await ended(base)
        done = await base.decide(recover(600, date(2026, 7, 1)))
        assert not done.state.recall_open
        await base.until("2026-08-30 00:01")  # what was not recalled could have been, until then
        await base.completed()
        assert "收回到账" in await base.kinds()


@pytest.mark.rule("A11")
async def test_money_that_nobody_confirmed_is_looked_up_and_a_refusal_changes_nothing(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.RUNNING, published_on=TODAY)
    async with playing(skipping, database, NOW, state) as base:
        with pytest.raises(Refused, match=r"reform\.no_central_funds"):
            await base.decide(REFORM)
        with pytest.raises(Refused, match=r"grounds\.no_evidence"):
            await base.decide(REVOKE)
        with pytest.raises(Refused, match=r"grounds\.not_listed"):
            await base.decide(Revoke(reason="示例", ground=Ground.DISHONEST))
        assert await base.kinds() == []
        assert (await base.base()).state.step is Step.RUNNING


@pytest.mark.rule("A12")
async def test_a_signal_without_a_ground_stands_on_the_timeline_as_refused(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.RUNNING, published_on=TODAY)
    async with playing(skipping, database, NOW, state) as base:
        await base.signal(Revoke(reason="示例"))
        [entry] = await eventually(base.timeline, bool)
        assert (entry.kind, entry.detail["code"]) == ("决定被拒绝", "grounds.none")
        assert (await base.base()).state.step is Step.RUNNING
