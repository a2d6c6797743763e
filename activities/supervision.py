"""The supervision of a quarter: what it begins with, and writing down what happens to it."""

from temporalio import activity

from activities.calendar import working_days
from domain.calendar import WorkingDays, business_day, end_of
from domain.office_hours import message_instant
from domain.policy.supervision import approach_for, conclude_by
from domain.supervision import SupervisionFacts
from domain.terms import City, Level
from persistence.bases import Bases, Timeline
from persistence.credit_accounts import CreditAccounts
from persistence.database import Database
from persistence.supervision import Supervisions
from workflows.ports import SupervisionPort
from workflows.supervision_messages import SupervisionAsked, SupervisionOpened, SupervisionRecord


class SupervisionActivities(SupervisionPort):
    """Keeps PostgreSQL in step with the supervisions."""

    def __init__(self, database: Database, days: WorkingDays | None = None) -> None:
        self._database, self._days = database, days or working_days()

    @activity.defn
    async def open_supervision(self, ask: SupervisionAsked) -> SupervisionOpened:
        """The measures for the lead's credit grade, and the deadlines from the calendar as it is known now."""
        today = business_day(ask.at)
        async with self._database.transaction() as tx:
            base = await Bases(tx).get(ask.base_id, ask.at)
            grade = await CreditAccounts(tx).grade_of(ask.base_id, today)
            department = await Bases(tx).department_of(ask.base_id)
        facts = SupervisionFacts(
            base_id=ask.base_id,
            period=ask.period,
            level=Level(base.level),
            city=City(base.city),
            department=department,
            grade=grade,
            self_report=ask.self_report,
            approach=approach_for(grade, ask.self_report, today),
        )
        last = conclude_by(today, self._days)
        return SupervisionOpened(
            facts=facts,
            until=end_of(last),
            remind_at=message_instant(last, f"{facts.id}:due"),
            calendar=self._days.around(today.year),
        )

    @activity.defn
    async def record_supervision(self, record: SupervisionRecord) -> None:
        """Row, findings, orders and a timeline entry."""
        state = record.state
        key = f"{state.facts.id}:{state.seq}"
        detail = {"period": state.facts.period, **record.detail}
        async with self._database.transaction() as tx:
            await Supervisions(tx).put(state, record.opened_at)
            await Timeline(tx).append(state.facts.base_id, key, record.at, record.kind, record.by, detail)
