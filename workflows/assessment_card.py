"""The status card of an assessment, and its search attributes. From state alone."""

from datetime import datetime

from domain.assessment import AssessmentState
from domain.calendar import SHANGHAI, shown_end
from domain.terms import ObligationKind
from workflows import attributes
from workflows.cards import short
from workflows.supervision_messages import PlannedNotice


def assessment_title(base_id: str, year: str) -> str:
    """One line that names an assessment."""
    return short(f"{year} 年考核 · 效能评价（{base_id}）")


def assessment_card(state: AssessmentState, planned: tuple[PlannedNotice, ...], now: datetime) -> str:
    """Where it stands, whom it waits for and since when, what comes next."""
    late = "，**已逾期**" if state.overdue(now) else ""
    lines = [
        f"### {assessment_title(state.facts.base_id, state.facts.year)}",
        f"- **环节**：{state.phase}，自 {_at(state.since)} 起{late}",
        f"- **等待**：{state.waiting_for()}",
    ]
    if state.due:
        lines.append(f"- **期限**：{shown_end(state.due)}")
    if state.result:
        parts = f"第三方 {state.result.third_party}，自评 {state.result.self_report}，报送 {state.result.reporting}"
        lines.append(f"- **得分**：{state.result.total}（{parts}）")
    if state.grade:
        lines.append(f"- **等次**：{state.grade}")
    if state.appeal_state:
        lines.append(f"- **申诉**：{state.appeal_state}")
    if planned:
        lines.append(f"- **接下来**：{_at(planned[0].at)} 通知")
    return "\n".join(lines)


def search_attributes(state: AssessmentState, now: datetime) -> tuple[attributes.Update, ...]:
    """What operators find it by."""
    return (
        attributes.STAGE.value_set(state.phase),
        attributes.OBLIGATION_KIND.value_set(str(ObligationKind.ASSESSMENT)),
        attributes.PERIOD.value_set(state.facts.year),
        attributes.WAITING_FOR.value_set(state.waiting_for()),
        attributes.NEXT_DUE.value_set(state.due) if state.due else attributes.NEXT_DUE.value_unset(),
        attributes.OVERDUE.value_set(state.overdue(now)),
    )


def _at(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
