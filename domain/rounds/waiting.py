"""Whom a round waits for, since when, and for what."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from domain.base import LEAD_WAITED_FOR, TIME, city_office
from domain.lifecycle import Step
from domain.policy.members import LEADING_UNIT
from domain.rounds.state import Phase, RoundState, Standing, list_name

CONFERENCE = "厅际联席会议"
GOVERNMENT = "省政府"


class Waiting(BaseModel):
    """One party that the round waits for."""

    model_config = ConfigDict(frozen=True)

    who: str
    what: str
    count: int  # applications
    since: datetime


def waiting_for(state: RoundState) -> tuple[Waiting, ...]:
    """Everybody the round waits for now, whoever is waited for longest first."""
    found = [*_of_applications(state), *_of_phase(state)]
    return tuple(sorted(found, key=lambda w: (w.since, w.who)))


_APPLICATIONS = {
    Step.PREPARING: "提交申报",
    Step.FORMAL_REVIEW: "形式审查",
    Step.EXPERT_REVIEW: "专家评议",
    Step.OFFERED: "确认改报",
    Step.NOTICE: "公示",
    Step.PUBLICATION: "公布",
}


def _of_applications(state: RoundState) -> list[Waiting]:
    found: dict[tuple[str, str], list[Standing]] = {}
    for standing in state.applications.values():
        what = _APPLICATIONS.get(standing.step)
        if what is None or (standing.step is Step.EXPERT_REVIEW and state.scored):
            continue
        for who in standing.waiting:
            found.setdefault((who, _what(standing, who, what)), []).append(standing)
    return [
        Waiting(
            who=who, what=what, count=len(those), since=min(s.waiting_since.get(who, s.since) for s in those)
        )
        for (who, what), those in found.items()
    ]


def _what(standing: Standing, who: str, what: str) -> str:
    if standing.step is Step.FORMAL_REVIEW and who == LEAD_WAITED_FOR:
        return "补正"
    if standing.step is Step.NOTICE and who != TIME:
        return "处理异议"
    return what


def _of_phase(state: RoundState) -> list[Waiting]:
    def waits(who: str, what: str, count: int) -> Waiting:
        return Waiting(who=who, what=what, count=count, since=state.since)

    match state.phase:
        case Phase.EXPERT_REVIEW if not state.scored:
            return [waits(LEADING_UNIT, "结束专家评议", len(state.at(Step.EXPERT_REVIEW)))]
        case Phase.CONFERENCE if not state.confirmed:
            lists = [
                waits(city_office(city), f"拟定{list_name(city, level)}名单", 0)
                for city, level in state.lists_awaited()
            ]
            return [*lists, waits(CONFERENCE, "讨论并确定名单", len(state.at(Step.CONFERENCE)))]
        case Phase.CONSENT:
            return [waits(GOVERNMENT, "同意名单", len(state.at(Step.CONSENT)))]
        case Phase.NOTICE if state.notice_last is None:
            return [waits(LEADING_UNIT, "发布公示", len(state.at(Step.NOTICE_DUE)))]
    return []


def silent(state: RoundState, before: datetime) -> dict[str, int]:
    """Departments that have had applications to sign since `before` or longer, and how many."""
    found: dict[str, int] = {}
    for standing in state.at(Step.FORMAL_REVIEW):
        for who in standing.waiting:
            if who != LEAD_WAITED_FOR and standing.waiting_since.get(who, standing.since) < before:
                found[who] = found.get(who, 0) + 1
    return found
