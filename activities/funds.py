"""What stands behind a decision about money or an exit, looked up where it is on record."""

from temporalio import activity

from domain.errors import Refused
from domain.policy.credit import CREDIT, CreditKind, found
from domain.policy.grounds import Ground
from domain.policy.recall import REFORM, check_within
from persistence.credit import Credit
from persistence.credit_accounts import CreditAccounts
from persistence.database import Database
from persistence.funds import Funds
from workflows.messages import BaseAsked, ListedAsked, RecallAsked
from workflows.ports import FundsPort


class FundsActivities(FundsPort):
    """Answers from PostgreSQL; writes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def check_recall(self, ask: RecallAsked) -> None:
        """As long as nobody has confirmed the amount, what the base itself reported is what it received."""
        async with self._database.transaction() as tx:
            received = await Funds(tx).received(ask.base_id)
        check_within(ask.amount, received, ask.recalled)

    @activity.defn
    async def check_central_funds(self, ask: BaseAsked) -> None:
        """By what the base itself reported."""
        async with self._database.transaction() as tx:
            received = await Funds(tx).received(ask.base_id)
        if not received:
            raise Refused("reform.no_central_funds", REFORM)

    @activity.defn
    async def check_listed(self, ask: ListedAsked) -> None:
        """By name and code of the lead, on the list that the office keeps."""
        async with self._database.transaction() as tx:
            lead = await CreditAccounts(tx).lead_of(ask.base_id)
            records = await Credit(tx).about([lead])
        if not found(records, CreditKind.DISHONEST, ask.on, *lead):
            raise Refused("grounds.not_listed", CREDIT, on=ask.on, ground=Ground.DISHONEST)
