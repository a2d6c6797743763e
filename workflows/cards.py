"""Status cards for operators: where it stands, whom it waits for and since when, what comes next. From state alone."""

from datetime import datetime

from domain.base import CONTACT_WAITED_FOR, BaseState
from domain.calendar import SHANGHAI, shown_end
from domain.forms.said import Draft
from domain.obligation import ObligationLife
from domain.policy.obligations import Schedule
from domain.policy.rounds import CallOfRound
from domain.rounds.state import RoundState
from domain.rounds.waiting import Waiting
from workflows.messages import Appointment, OpenObligation

_SUMMARY_LIMIT = 60


def _at(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _until(instant: datetime) -> str:
    return shown_end(instant)


def short(text: str) -> str:
    """A summary that the UI accepts."""
    return text[:_SUMMARY_LIMIT]


def base_title(state: BaseState) -> str:
    """One line that names a base without naming anybody."""
    facts = state.facts
    return short(f"{facts.level}·{facts.city}·{facts.direction_name}（{facts.base_id}）")


def base_card(
    state: BaseState,
    waiting_for: str,
    next_due: datetime | None,
    opened: dict[str, OpenObligation],
    agenda: tuple[Appointment, ...],
) -> str:
    """The card of a base."""
    lines = [
        f"### {base_title(state)}",
        f"- **阶段**：{state.stage}（{state.step}），自 {_at(state.since)} 起",
        f"- **等待**：{waiting_for}，自 {_at(_waiting_since(state, waiting_for, opened))} 起",
    ]
    if next_due:
        lines.append(f"- **期限**：{_until(next_due)}")
    if state.published_on:
        number = f"（{state.published_no}）" if state.published_no else ""
        lines.append(f"- **试点起始**：{state.published_on}{number}")
    if state.certificate_no:
        lines.append(f"- **认定文件**：{state.certificate_no}，{state.title}")
    for item in sorted(opened.values(), key=lambda item: (item.due, item.obligation_id)):
        late = "，**已逾期**" if item.overdue else ""
        lines.append(f"- **未报**：{item.period} {item.kind}，应于 {_until(item.due)} 前报送{late}")
    if agenda:
        first = agenda[0]
        what = f"开启 {first.schedule.period} {first.schedule.kind}" if first.schedule else "提醒认定申请"
        lines.append(f"- **接下来**：{_at(first.at)} {what}")
    return "\n".join(lines)


def round_title(terms: CallOfRound) -> str:
    """One line that names a round."""
    return short(terms.title)


def round_card(state: RoundState, waiting: tuple[Waiting, ...], due: datetime | None) -> str:
    """The card of a round."""
    lines = [
        f"### {round_title(state.terms)}",
        f"- **环节**：{state.phase}，自 {_at(state.since)} 起",
        f"- **申报**：{len(state.applications)} 份，申报截止 {_until(state.deadline)}",
    ]
    lines += [
        f"- **等待**：{w.who}（{w.what}{f'，{w.count} 份' if w.count else ''}），自 {_at(w.since)} 起"
        for w in waiting
    ]
    if state.notice_first and state.notice_last:
        lines.append(f"- **公示期**：{state.notice_first} 至 {state.notice_last}")
    if due:
        lines.append(f"- **接下来**：{_at(due)}")
    return "\n".join(lines)


def _waiting_since(state: BaseState, waiting_for: str, opened: dict[str, OpenObligation]) -> datetime:
    """A contact is waited for since its oldest report opened, everybody else since the step began."""
    opens = [item.opened for item in opened.values() if item.opened]
    return min(opens) if opens and waiting_for == CONTACT_WAITED_FOR else state.since


def obligation_title(base_id: str, schedule: Schedule) -> str:
    """One line that names an obligation."""
    return short(f"{schedule.period} {schedule.kind}（{base_id}）")


def obligation_card(base_id: str, life: ObligationLife, draft: Draft, total: int, waits: str) -> str:
    """The card of an obligation."""
    schedule = life.schedule
    filled = f"已填 {len(draft.values)}/{total} 项"
    tentative = "（节假日暂定）" if schedule.tentative else ""
    lines = [
        f"### {obligation_title(base_id, schedule)}",
        f"- **状态**：{life.state}，{f'第 {life.version} 版' if life.version else filled}",
        f"- **等待**：自 {_at(life.handed_in or schedule.opens)} 起",
        f"- **应报**：{_until(schedule.due)}；**锁定**：{_until(schedule.locks)}{tentative}",
    ]
    if life.paused and life.stopped:
        why = "基地暂停运行" if life.suspended else "异议处理中"
        lines.append(f"- **暂停计时**：{why}，自 {_at(life.stopped)} 起")
    if life.returned:
        lines.append(f"- **退回**：{len(life.returned)} 项，第 {life.returns} 次")
    return "\n".join([*lines, f"- **接下来**：{waits}"])
