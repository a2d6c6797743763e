"""The status card of a supervision, and its search attributes. From state alone."""

from datetime import datetime

from domain.calendar import SHANGHAI, shown_end
from domain.supervision import SupervisionState
from domain.terms import ObligationKind
from workflows import attributes
from workflows.cards import short
from workflows.supervision_messages import PlannedNotice


def supervision_title(base_id: str, period: str) -> str:
    """One line that names a supervision."""
    return short(f"{period} 季督导 · 督导（{base_id}）")


def supervision_card(state: SupervisionState, planned: tuple[PlannedNotice, ...], now: datetime) -> str:
    """Where it stands, whom it waits for and since when, what comes next."""
    facts, late = state.facts, "，**已逾期**" if state.overdue(now) else ""
    lines = [
        f"### {supervision_title(facts.base_id, facts.period)}",
        f"- **状态**：{state.step}，自 {_at(state.since)} 起{late}",
        f"- **等待**：{state.waiting_for()}",
        f"- **督导方式**：{facts.approach}（信用等级 {facts.grade}，自查{facts.self_report}）",
        f"- **办结期限**：{shown_end(state.until)}；发现问题 {len(state.findings)} 项",
    ]
    if state.visited:
        lines.append(f"- **现场督导**：{state.visited}")
    lines += [f"- **整改 {o.number}**：{o.state}，责令 {o.due} 前完成" for o in state.orders]
    if state.conclusion:
        lines.append(f"- **结论**：{state.conclusion}")
    if planned:
        lines.append(f"- **接下来**：{_at(planned[0].at)} 通知")
    return "\n".join(lines)


def search_attributes(state: SupervisionState, now: datetime) -> tuple[attributes.Update, ...]:
    """What operators find it by."""
    due = state.next_due()
    return (
        attributes.OBLIGATION_KIND.value_set(str(ObligationKind.SUPERVISION)),
        attributes.PERIOD.value_set(state.facts.period),
        attributes.WAITING_FOR.value_set(state.waiting_for()),
        attributes.NEXT_DUE.value_set(due) if due else attributes.NEXT_DUE.value_unset(),
        attributes.OVERDUE.value_set(state.overdue(now)),
    )


def _at(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
