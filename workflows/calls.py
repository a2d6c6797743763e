"""Calls of the activities, each with its words for the operator. An accident is tried again until it works."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from domain.base import BaseState
    from domain.calendar import CalendarDays, end_of
    from domain.decisions import (
        UNKNOWN,
        Actor,
        AssessReform,
        Decision,
        DecisionRequest,
        RecallFunds,
        StartNotice,
    )
    from domain.errors import DomainError
    from domain.forms.questions import FormContext
    from domain.policy.credit_account import CreditChange
    from domain.policy.effectiveness import Result
    from domain.policy.grounds import Ground
    from domain.policy.obligations import Schedule

from workflows import cards, queues
from workflows.assessment_messages import AssessmentRecord, EvaluationToClose
from workflows.messages import (
    BaseAsked,
    Closing,
    DaysAsked,
    DecisionRecord,
    ListedAsked,
    NextMorning,
    NoticeWindow,
    ObligationOpening,
    ObligationRecord,
    OpenObjection,
    OrderPlan,
    PlanYear,
    RecallAsked,
    RefusedSignal,
    Replan,
    RestAsked,
    RoundRecord,
    ScoringClosed,
    ScoringToClose,
    Stored,
    Submission,
    SupplementAsked,
    YearPlan,
)
from workflows.ports import (
    AssessmentPort,
    CalendarPort,
    FundsPort,
    RecordsPort,
    RoundsPort,
    SupervisionPort,
)
from workflows.supervision_messages import SupervisionAsked, SupervisionOpened, SupervisionRecord

A = TypeVar("A")
R = TypeVar("R")


async def _call(method: Callable[[Any, A], Awaitable[R]], ask: A, summary: str) -> R:
    return await workflow.execute_activity_method(
        method,
        ask,
        start_to_close_timeout=queues.ACTIVITY_TIMEOUT,
        retry_policy=queues.RETRY,
        summary=cards.short(summary),
    )


async def _ask(method: Callable[[Any, A], Awaitable[R]], ask: A, summary: str) -> R:
    """A call that may be refused: the refusal itself is raised."""
    try:
        return await _call(method, ask, summary)
    except ActivityError as e:
        if isinstance(e.cause, DomainError):
            raise e.cause from e
        raise


async def plan_year(ask: PlanYear) -> YearPlan:
    """Appointments of a base for the rest of a business year."""
    return await _call(CalendarPort.plan_year, ask, f"排定 {ask.after:%Y} 年日程")


async def check_notice(decision: StartNotice) -> None:
    """Refuse a public notice that is too short. Raises Refused."""
    window = NoticeWindow(first=decision.first, last=decision.last)
    await _ask(CalendarPort.check_notice, window, "核对公示期")


async def known_days(around: date) -> CalendarDays:
    """The working-day calendar as it is known now."""
    return await _call(CalendarPort.known_days, DaysAsked(around=around), f"取 {around:%Y} 年工作日历")


async def supplement_until(day: date, days: int | None, called_on: date | None) -> datetime:
    """Until when something that is returned on `day` may be put right."""
    ask = SupplementAsked(day=day, days=days, called_on=called_on)
    return await _call(CalendarPort.supplement_until, ask, "计算补正期限")


async def rest_of_notice(stopped: date, resumed: date, last: date) -> datetime:
    """The end of a public notice whose clock stood still."""
    ask = RestAsked(last=last, stopped=stopped, resumed=resumed)
    return end_of(await _call(CalendarPort.rest_of_notice, ask, "计算剩余公示期"))


async def record_round(record: RoundRecord) -> None:
    """Something that happened to a round."""
    await _call(RoundsPort.record_round, record, f"记录：{record.kind}")


async def open_objections(base_id: str) -> tuple[OpenObjection, ...]:
    """Objections that nobody has decided about, whether the base has heard of them or not."""
    return await _call(RoundsPort.open_objections, BaseAsked(base_id=base_id), "核对未处理的异议")


async def close_scoring(ask: ScoringToClose) -> ScoringClosed:
    """Close the expert review. Raises Refused if an application has too few scores."""
    return await _ask(RoundsPort.close_scoring, ask, "结束评分并启封")


async def check_consequence(state: BaseState, decision: Decision, today: date) -> None:
    """Refuse what the base's own state cannot tell: the credit list, and money that nobody has confirmed."""
    base_id = state.facts.base_id
    if getattr(decision, "ground", None) is Ground.DISHONEST:
        await _ask(FundsPort.check_listed, ListedAsked(base_id=base_id, on=today), "核对严重失信名单")
    if state.central_funds is not None:
        return
    if isinstance(decision, RecallFunds):
        ask = RecallAsked(base_id=base_id, amount=decision.amount, recalled=state.recalled)
        await _ask(FundsPort.check_recall, ask, "核对已到位中央投资")
    if isinstance(decision, AssessReform):
        await _ask(FundsPort.check_central_funds, BaseAsked(base_id=base_id), "核对有无中央投资")


async def record_decision(state: BaseState, request: DecisionRequest, at: datetime) -> None:
    """A decision that was taken, and the state after it."""
    decision = request.decision
    detail = decision.model_dump(mode="json", exclude={"kind"})
    record = DecisionRecord(state=state, at=at, kind=decision.kind, by=request.by, detail=detail)
    await _call(RecordsPort.record_decision, record, f"记录：{decision.kind}")


async def record_refusal(
    base_id: str, by: Actor, kind: str, code: str, clause: str, at: datetime, errors: str = ""
) -> None:
    """A decision sent as a signal that was refused."""
    refusal = RefusedSignal(
        base_id=base_id,
        key=f"refused-{workflow.info().get_current_history_length()}-{at:%Y%m%d%H%M%S}",
        at=at,
        by=by,
        kind=kind,
        code=code,
        clause=clause,
        errors=errors,
    )
    await _call(RecordsPort.record_refusal, refusal, f"记录：{kind} 被拒绝")


async def record_signal_refusal(base_id: str, payload: Any, error: Exception, at: datetime) -> None:
    """A decision sent as a signal that was refused, or that is none at all."""
    if isinstance(error, DomainError):
        refusal = error.refusal
        clause = refusal.clause.cite() if refusal.clause else ""
        sent = payload if isinstance(payload, dict) else {}
        by = Actor.model_validate(sent.get("by"))
        await record_refusal(base_id, by, str(sent["decision"]["kind"]), refusal.code, clause, at)
    elif isinstance(error, ValidationError):
        errors = str(error.errors(include_url=False, include_input=False))
        await record_refusal(base_id, UNKNOWN, "?", "decision.malformed", "", at, errors)


async def open_obligation(opening: ObligationOpening) -> FormContext:
    """A new obligation, and what is known for its form."""
    schedule = opening.schedule
    return await _call(RecordsPort.open_obligation, opening, f"开启 {schedule.period} {schedule.kind}")


async def store_submission(submission: Submission) -> Stored:
    """The figures of a period."""
    summary = f"保存 {submission.period} 报送数据"
    return await _call(RecordsPort.store_submission, submission, summary) or Stored()


async def record_obligation(record: ObligationRecord) -> CreditChange | None:
    """A decision about an obligation, and its row; what that means for the credit account."""
    summary = f"记录：{record.life.schedule.period} {record.decision.kind}"
    return await _call(RecordsPort.record_obligation, record, summary)


async def replan(ask: Replan) -> Schedule:
    """New deadlines of an obligation, because of a decision about it."""
    return await _call(CalendarPort.replan, ask, f"计算期限：{ask.decision.kind}")


async def plan_order(ask: OrderPlan) -> Schedule:
    """Deadlines of an ordered 整改."""
    return await _call(CalendarPort.plan_order, ask, f"计算整改 {ask.number} 期限")


async def next_morning(ask: NextMorning) -> datetime:
    """When a reminder goes out on the next working morning."""
    return await _call(CalendarPort.next_morning, ask, "明天提醒的时刻")


async def close_obligation(closing: Closing) -> CreditChange | None:
    """The end of an obligation without figures."""
    return await _call(RecordsPort.close_obligation, closing, f"锁定 {closing.period}：{closing.state}")


async def open_supervision(ask: SupervisionAsked) -> SupervisionOpened:
    """What the supervision of a quarter begins with."""
    return await _call(SupervisionPort.open_supervision, ask, f"开始 {ask.period} 季督导的督导")


async def record_supervision(record: SupervisionRecord) -> None:
    """Something that happened to a supervision, and the state after it."""
    await _call(SupervisionPort.record_supervision, record, f"记录：{record.kind}")


async def close_evaluation(ask: EvaluationToClose) -> Result:
    """What a year comes to. Raises Refused if there are too few evaluations."""
    return await _ask(AssessmentPort.close_evaluation, ask, f"结束 {ask.facts.year} 年第三方评价并计分")


async def record_assessment(record: AssessmentRecord) -> None:
    """Something that happened to an assessment, and the state after it."""
    await _call(AssessmentPort.record_assessment, record, f"记录：{record.kind}")
