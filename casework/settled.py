"""What somebody else has decided meanwhile about something that waited: by which office, and when."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple

from casework.submission import Casework
from casework.urging import within_reach
from domain.base import LEAD_WAITED_FOR, city_office
from domain.decisions import SYSTEM
from domain.errors import NotFound
from domain.ids import assessment_id, supervision_id
from domain.lifecycle import DecisionKind
from domain.policy.members import LEADING_UNIT
from domain.supervision_decisions import SupervisionDecisionKind
from domain.terms import City, Role
from domain.worklist import ItemKind, Official
from persistence.assessments import Assessments
from persistence.bases import BaseRow, Bases, Timeline
from persistence.objections import Objections
from persistence.obligations import Obligations
from persistence.office_tasks import OfficeTasks
from persistence.supervision import Supervisions
from persistence.worklist import kinds_of


class Settled(NamedTuple):
    """What became of something that waited."""

    who: str  # an office, never a person
    what: str
    at: datetime


async def settled(work: Casework, official: Official, kind: ItemKind, ref: str) -> Settled | None:
    """Who decided what about it, and when; None if that is not on record, or nothing of this official's."""
    if kind not in kinds_of(official):
        return None
    if kind is ItemKind.TASK:
        return await _task_settled(work, ref)
    base = await _base_of(work, kind, ref)
    if base is None or not within_reach(official, base):
        return None
    return await _SETTLED[kind](work, base, ref)


async def _task_settled(work: Casework, ref: str) -> Settled | None:
    async with work.database.transaction() as tx:
        try:
            row = await OfficeTasks(tx).get(_number(ref))
        except (NotFound, ValueError):
            return None
    who = "系统" if row.closed_by == SYSTEM.id else LEADING_UNIT
    return Settled(who, row.remark or "", row.closed_at) if row.closed_at else None


async def _base_of(work: Casework, kind: ItemKind, ref: str) -> BaseRow | None:
    async with work.database.transaction() as tx:
        try:
            base_id = ref.partition("/")[0]
            if kind in _OF_OBLIGATIONS:
                base_id = (await Obligations(tx).by_no(_number(ref))).base_id
            if kind is ItemKind.OBJECTION:
                base_id = (await Objections(tx).get(_number(ref))).base_id
            return await Bases(tx).get(base_id, work.clock.now())
        except (NotFound, ValueError):
            return None


def _number(ref: str) -> int:
    """Of a row. Raises ValueError for what cannot be one: a button can be forged."""
    if (number := int(ref)) >= 2**31:
        raise ValueError(f"no row has the number {number}")
    return number


def office_of(role: str, city: str) -> str:
    """How whoever acted is called: by the office, not by name."""
    named = {
        Role.OFFICE: LEADING_UNIT,
        Role.CITY: city_office(City(city)),
        Role.DEPARTMENT: "成员单位",
        Role.LEAD: LEAD_WAITED_FOR,
        Role.SYSTEM: "系统",
        Role.ROUND: "发榜流程",
    }
    return named.get(Role(role), role)


async def _report_settled(work: Casework, base: BaseRow, ref: str) -> Settled | None:
    async with work.database.transaction() as tx:
        row = await Obligations(tx).by_no(int(ref))
        decisions = await Obligations(tx).decisions(row.id)
    if not decisions:
        return None
    last = decisions[-1]
    return Settled(office_of(last.role, base.city), last.kind, last.at)


async def _base_settled(work: Casework, base: BaseRow, ref: str) -> Settled | None:
    return await _last_entry(work, base, frozenset(DecisionKind))


async def _last_entry(work: Casework, base: BaseRow, kinds: frozenset[str]) -> Settled | None:
    async with work.database.transaction() as tx:
        entries = await Timeline(tx).of(base.id)
    last = next((entry for entry in reversed(entries) if entry.kind in kinds), None)
    return Settled(office_of(last.role, base.city), last.kind, last.at) if last else None


async def _supervision_settled(work: Casework, base: BaseRow, ref: str) -> Settled | None:
    async with work.database.transaction() as tx:
        row = await Supervisions(tx).get(supervision_id(base.id, ref.partition("/")[2]))
    by = await _last_entry(work, base, frozenset({SupervisionDecisionKind.CONCLUDE}))
    if row.conclusion is None:
        return None
    return Settled(by.who if by else office_of(Role.SYSTEM, base.city), row.conclusion, row.since)


async def _assessment_settled(work: Casework, base: BaseRow, ref: str) -> Settled | None:
    async with work.database.transaction() as tx:
        events = await Assessments(tx).timeline(assessment_id(base.id, ref.partition("/")[2]))
    if not events:
        return None
    return Settled(office_of(events[-1].role, base.city), events[-1].kind, events[-1].at)


async def _objection_settled(work: Casework, base: BaseRow, ref: str) -> Settled | None:
    async with work.database.transaction() as tx:
        row = await Objections(tx).get(int(ref))
    by = await _last_entry(work, base, frozenset({DecisionKind.RESOLVE_OBJECTION}))
    if row.resolved_at is None:
        return None
    return Settled(by.who if by else LEADING_UNIT, f"异议{row.state}", row.resolved_at)


_OF_OBLIGATIONS = (ItemKind.REPORT, ItemKind.CORRECTION, ItemKind.DISPUTE)
_SETTLED: dict[ItemKind, Callable[[Casework, BaseRow, str], Awaitable[Settled | None]]] = {
    **dict.fromkeys(_OF_OBLIGATIONS, _report_settled),
    **dict.fromkeys((ItemKind.BASE, ItemKind.SIGNATURE), _base_settled),
    ItemKind.SUPERVISION: _supervision_settled,
    ItemKind.ASSESSMENT: _assessment_settled,
    ItemKind.OBJECTION: _objection_settled,
}
