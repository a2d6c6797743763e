"""Bases whose year is assessed, and evaluators of a third party."""

from datetime import date
from decimal import Decimal

from domain.assessment import AssessmentFacts, AssessmentState, Phase, opened
from domain.calendar import WorkingDays, end_of
from domain.decisions import SYSTEM
from domain.forms.assessment import ELEMENTS
from domain.ids import assessment_id
from domain.lifecycle import Step
from domain.policy.effectiveness import Grade, ReportingRecord, Result, result
from domain.terms import ObligationState
from persistence.assessments import Assessments
from persistence.database import Database
from persistence.evaluators import Evaluations, EvaluatorRow, Evaluators
from tests.persistence.jury import application
from tests.support import at

YEAR = "2025"
NOW = at("2026-02-05 10:00")
FIRST, SECOND = "base-2021-03-1", "base-2021-03-2"
POINTS = {element.key: Decimal(80) for element in ELEMENTS}
"""Eighty for each element."""
RESULT: Result = result([Decimal(80)] * 3, {}, ReportingRecord(on_time=12), date(2025, 12, 31))


def standing(base_id: str = FIRST, phase: Phase = Phase.EVALUATION) -> AssessmentState:
    """An assessment at a phase; from 拟定 on it is 合格 and can be appealed against until 13 February."""
    facts = AssessmentFacts(base_id=base_id, year=YEAR, self_report=ObligationState.MISSING)
    state = opened(facts, NOW, WorkingDays())
    if phase is Phase.EVALUATION:
        return state
    known: dict[str, object] = {
        "phase": phase,
        "result": RESULT,
        "grade": RESULT.grade,
        "closed_at": NOW,
        "seq": 2,
    }
    if phase is not Phase.PROPOSAL:
        known |= {"appeal_until": at("2026-02-13 00:00"), "due": at("2026-02-13 00:00")}
    if phase is Phase.PUBLISHED:
        known |= {"published_on": date(2026, 2, 13), "document_no": "示例发改〔2026〕9号", "due": None}
    return state.model_copy(update=known)


async def assessed(
    database: Database,
    base_id: str = FIRST,
    phase: Phase = Phase.EVALUATION,
    grade: Grade | None = None,
    *,
    known: bool = False,
) -> str:
    """A base (not `known` yet) of 示例职业技术大学 with a partner and an operator, whose year is assessed."""
    if not known:
        await application(database, base_id, Step.RUNNING)
    state = standing(base_id, phase)
    if grade:
        state = state.model_copy(update={"grade": grade})
    async with database.transaction() as tx:
        await Assessments(tx).put(state)
        await Assessments(tx).append(state, NOW, "开始", SYSTEM, {})
    return assessment_id(base_id, YEAR)


async def invited(
    database: Database,
    *base_ids: str,
    name: str = "示例评价人",
    organisation: str = "示例评价机构",
) -> tuple[EvaluatorRow, str]:
    """An evaluator and the token of the link."""
    async with database.transaction() as tx:
        evaluators = Evaluators(tx)
        expires = end_of(date(2026, 3, 31))
        _, token = await evaluators.invite(YEAR, name, organisation, base_ids or (FIRST,), expires)
        return await evaluators.by_token(token, NOW), token


async def gives(
    database: Database, evaluator: EvaluatorRow, base_id: str = FIRST, total: str = "80.00"
) -> None:
    """The evaluator gives points."""
    async with database.transaction() as tx:
        await Evaluations(tx).put(evaluator, base_id, POINTS, Decimal(total), "示例意见", NOW)
