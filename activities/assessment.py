"""What a year comes to, and writing down what happens to its assessment."""

from temporalio import activity

from domain.forms.skipped import answered
from domain.ids import obligation_id
from domain.policy.effectiveness import Result, check_enough, result, ruling_day
from domain.terms import ObligationKind, ObligationState
from persistence.assessments import Assessments
from persistence.bases import Timeline
from persistence.database import Database
from persistence.evaluators import Evaluations
from persistence.obligations import Obligations
from workflows.assessment_messages import AssessmentRecord, EvaluationToClose
from workflows.ports import AssessmentPort


class AssessmentActivities(AssessmentPort):
    """Keeps PostgreSQL in step with the assessments."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def close_evaluation(self, ask: EvaluationToClose) -> Result:
        """In one transaction: nobody evaluates between the count and the closing."""
        facts, day = ask.facts, ruling_day(ask.facts.year)
        own_id = obligation_id(facts.base_id, ObligationKind.ASSESSMENT, facts.year)
        async with self._database.transaction() as tx:
            await Assessments(tx).close(facts.id, ask.at)
            given = await Evaluations(tx).of(facts.base_id, facts.year)
            check_enough(len(given), day, explained=ask.explained)  # undoes the closing
            missing = facts.self_report is ObligationState.MISSING
            own = None if missing else answered(await Obligations(tx).values(own_id))
            record = await Assessments(tx).record_of(facts.base_id, facts.year)
        return result([row.total for row in given], own, record, day)

    @activity.defn
    async def record_assessment(self, record: AssessmentRecord) -> None:
        """Row, timeline, and a line on the base's timeline, in one transaction."""
        state = record.state
        facts = state.facts
        detail = {"year": facts.year, **record.detail}
        async with self._database.transaction() as tx:
            await Assessments(tx).put(state)
            await Assessments(tx).append(state, record.at, record.kind, record.by, record.detail)
            await Timeline(tx).append(
                facts.base_id, f"{facts.id}:{state.seq}", record.at, f"年考核{record.kind}", record.by, detail
            )
