"""What waits for one office or member unit, from one statement: each part of it narrowed to what is theirs."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Select,
    String,
    and_,
    any_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.assessment import Phase
from domain.lifecycle import DecisionKind, Step
from domain.obligation_decisions import ObligationDecisionKind as D
from domain.policy.objections import ObjectionState
from domain.rounds.state import Phase as RoundPhase
from domain.supervision import SupervisionStep
from domain.terms import OWED, Level, ObligationKind, ObligationState, Role
from domain.worklist import PAGE, ItemKind, Official, Page, WorkItem
from persistence.tables import (
    assessments,
    bases,
    objections,
    obligation_decisions,
    obligations,
    office_tasks,
    rounds,
    supervisions,
    suspensions,
    timeline,
)

_AFTER_ROUND = (Step.ACCEPTANCE, Step.PLAQUE, Step.PILOT, Step.RUNNING)
"""Steps at which a base is decided about by itself, also if a round ran its application."""

_WAITING_STEPS = (SupervisionStep.REVIEWING, SupervisionStep.CONSEQUENCE_DUE)
"""While something is put right its obligation waits, and not the supervision."""


class Worklist:
    """Repository of what waits for an official."""

    def __init__(self, tx: AsyncConnection, official: Official) -> None:
        self._tx, self._desk = tx, official

    async def page(self, number: int) -> Page:
        """One page, the oldest first; the first one if there are not so many."""
        parts = union_all(*(part() for part in _parts(self._desk).values())).subquery()
        query = select(parts, func.count().over().label("total"))
        query = query.order_by(parts.c.since, parts.c.kind_order, parts.c.ref).limit(PAGE)
        rows = (await self._tx.execute(query.offset((number - 1) * PAGE))).mappings().all()
        if not rows and number > 1:
            return await self.page(1)
        total = rows[0]["total"] if rows else 0
        return Page(tuple(WorkItem.model_validate(dict(row)) for row in rows), number, total)

    async def next(self, *, but: tuple[ItemKind, str] | None = None) -> WorkItem | None:
        """The oldest, leaving one out: it may not be off the list yet."""
        parts = union_all(*(part() for part in _parts(self._desk).values())).subquery()
        query = select(parts).order_by(parts.c.since, parts.c.kind_order, parts.c.ref).limit(2)
        rows = (await self._tx.execute(query)).mappings()
        found = [WorkItem.model_validate(dict(row)) for row in rows]
        return next((item for item in found if item.subject != but), None)

    async def get(self, kind: ItemKind, ref: str) -> WorkItem | None:
        """One thing, if it waits for this official now."""
        part = _parts(self._desk).get(kind)
        if part is None:
            return None
        found = part().subquery()
        row = (await self._tx.execute(select(found).where(found.c.ref == ref).limit(1))).mappings().first()
        return WorkItem.model_validate(dict(row)) if row else None


def kinds_of(official: Official) -> frozenset[ItemKind]:
    """What can wait for such an official at all."""
    return frozenset(_parts(official))


def _parts(official: Official) -> dict[ItemKind, Callable[[], Select[Any]]]:
    """What can wait for such an official. Member units sign; the office alone assesses, and looks after messages."""
    reviewing: dict[ItemKind, Callable[[], Select[Any]]] = {
        ItemKind.REPORT: lambda: _reports(official),
        ItemKind.CORRECTION: lambda: _corrections(official),
        ItemKind.DISPUTE: lambda: _disputes(official),
        ItemKind.BASE: lambda: _bases(official),
        ItemKind.OBJECTION: lambda: _objections(official),
        ItemKind.SUPERVISION: lambda: _supervisions(official),
    }
    signing: dict[ItemKind, Callable[[], Select[Any]]] = {ItemKind.SIGNATURE: lambda: _signatures(official)}
    match official.actor.role:
        case Role.CITY:
            return reviewing
        case Role.OFFICE:
            own = {ItemKind.ASSESSMENT: _assessments, ItemKind.ROUND: _rounds, ItemKind.TASK: _tasks}
            return reviewing | signing | own
    return signing


def _part(kind: ItemKind, **columns: Any) -> list[ColumnElement[Any]]:
    """The columns of one part, the same in all of them."""
    known: dict[str, Any] = {
        "until": cast(null(), DateTime(timezone=True)),
        "what": literal("", String),
        "period": literal("", String),
        "on_time": cast(null(), obligations.c.on_time.type),
        "base_id": bases.c.id,
        "base_name": bases.c.name,
    } | columns
    head: list[ColumnElement[Any]] = [
        literal(kind, String).label("kind"),
        literal(list(ItemKind).index(kind)).label("kind_order"),
    ]
    names = ("ref", "mark", "base_id", "base_name", "since", "until", "what", "period", "on_time")
    return [*head, *(known[name].label(name) for name in names)]


def _level_of(official: Official) -> ColumnElement[bool]:
    """Bases that this office reviews: the province its own, a city those that it cultivates (B12)."""
    if official.city is not None:
        return and_(bases.c.level != Level.PROVINCE, bases.c.city == official.city)
    return bases.c.level == Level.PROVINCE


_IN_ROUND = exists().where(rounds.c.slug == bases.c.round, rounds.c.terms.is_not(None))


def _of_obligation(kind: ItemKind, **columns: Any) -> Select[Any]:
    o = obligations
    shown = {"ref": cast(o.c.no, String), "what": o.c.kind, "period": o.c.period} | columns
    return select(*_part(kind, **shown)).select_from(o.join(bases, bases.c.id == o.c.base_id))


def _reports(official: Official) -> Select[Any]:
    """Handed in and looked at by somebody: of a kind with a time for that, or 整改."""
    o = obligations
    found = _of_obligation(
        ItemKind.REPORT, mark=o.c.version, since=o.c.ended_at, until=o.c.review_until, on_time=o.c.on_time
    )
    return found.where(
        o.c.state == ObligationState.SUBMITTED,
        or_(o.c.review_until.is_not(None), o.c.kind == ObligationKind.RECTIFICATION),
        _level_of(official),
    )


def _newest(column: str, *kinds: D) -> Any:
    """Of the newest decision of such a kind about an obligation."""
    d = obligation_decisions
    query = select(d.c[column]).where(d.c.obligation_id == obligations.c.id, d.c.kind.in_(kinds))
    return query.order_by(d.c.seq.desc()).limit(1).scalar_subquery()


def _corrections(official: Official) -> Select[Any]:
    asked = {"mark": _newest("seq", D.ASK_REOPEN), "since": _newest("at", D.ASK_REOPEN)}
    found = _of_obligation(ItemKind.CORRECTION, **asked)
    return found.where(obligations.c.state == ObligationState.REOPENING, _level_of(official))


def _disputes(official: Official) -> Select[Any]:
    """The clock stands still, and not because the base does."""
    either = (D.OBJECT, D.RESOLVE)
    filed = {"mark": _newest("seq", D.OBJECT), "since": _newest("at", D.OBJECT)}
    return _of_obligation(ItemKind.DISPUTE, **filed).where(
        obligations.c.paused,
        obligations.c.state.in_(OWED),
        _newest("kind", *either) == D.OBJECT,
        _level_of(official),
    )


def _of_base(kind: ItemKind, **columns: Any) -> Select[Any]:
    b = bases
    shown = {"ref": b.c.id, "mark": b.c.seq, "since": b.c.since, "until": b.c.next_due, "what": b.c.step}
    return select(*_part(kind, **shown | columns)).select_from(b)


def _bases(official: Official) -> Select[Any]:
    stands = select(func.max(suspensions.c.first)).where(
        suspensions.c.base_id == bases.c.id, suspensions.c.last.is_(None)
    )
    stopped = func.timezone("Asia/Shanghai", cast(stands.scalar_subquery(), DateTime))
    since = func.greatest(bases.c.since, stopped, type_=DateTime(timezone=True))
    return _of_base(ItemKind.BASE, since=since).where(
        bases.c.waiting_for == official.unit,
        or_(~_IN_ROUND, bases.c.step.in_(_AFTER_ROUND)),
    )


def _signatures(official: Official) -> Select[Any]:
    """It is another question only once something was put right: others sign side by side."""
    waited_for = func.string_to_array(bases.c.waiting_for, "、")
    again = select(func.count()).where(
        timeline.c.base_id == bases.c.id, timeline.c.kind == DecisionKind.SUPPLEMENT
    )
    return _of_base(ItemKind.SIGNATURE, mark=again.scalar_subquery()).where(
        bases.c.step == Step.FORMAL_REVIEW, _IN_ROUND, literal(official.unit, String) == any_(waited_for)
    )


def _objections(official: Official) -> Select[Any]:
    n = objections
    shown = {"ref": cast(n.c.id, String), "mark": literal(0, Integer), "since": n.c.at, "what": n.c.state}
    found = select(*_part(ItemKind.OBJECTION, **shown))
    return found.select_from(n.join(bases, bases.c.id == n.c.base_id)).where(
        n.c.state == ObjectionState.OPEN, bases.c.step == Step.NOTICE, _level_of(official)
    )


def _supervisions(official: Official) -> Select[Any]:
    v = supervisions
    shown = {"mark": v.c.seq, "since": v.c.since, "until": v.c.until, "what": v.c.state, "period": v.c.period}
    found = select(*_part(ItemKind.SUPERVISION, ref=v.c.base_id + "/" + v.c.period, **shown))
    return found.select_from(v.join(bases, bases.c.id == v.c.base_id)).where(
        v.c.waiting_for == official.unit, v.c.state.in_(_WAITING_STEPS)
    )


def _assessments() -> Select[Any]:
    a = assessments
    shown = {"mark": a.c.seq, "since": a.c.since, "until": a.c.due, "what": a.c.phase, "period": a.c.year}
    found = select(*_part(ItemKind.ASSESSMENT, ref=a.c.base_id + "/" + a.c.year, **shown))
    return found.select_from(a.join(bases, bases.c.id == a.c.base_id)).where(
        a.c.phase.in_((Phase.PROPOSAL, Phase.REVIEW, Phase.PUBLICATION))
    )


def _rounds() -> Select[Any]:
    """Of rounds that a workflow runs; the list of a public notice is waited for as long as it has no days."""
    r = rounds
    shown = {"ref": r.c.slug, "mark": r.c.seq, "since": r.c.since, "what": r.c.phase}
    named = {"base_id": cast(null(), String), "base_name": r.c.title}
    return select(*_part(ItemKind.ROUND, **shown, **named)).where(
        r.c.terms.is_not(None),
        or_(
            r.c.phase.in_((RoundPhase.EXPERT_REVIEW, RoundPhase.CONFERENCE, RoundPhase.CONSENT)),
            and_(r.c.phase == RoundPhase.NOTICE, r.c.notice_last.is_(None)),
        ),
    )


def _tasks() -> Select[Any]:
    t = office_tasks
    shown = {
        "ref": cast(t.c.id, String),
        "mark": literal(0, Integer),
        "since": t.c.opened_at,
        "what": t.c.kind,
    }
    named = {
        "base_id": t.c.base_id,
        "base_name": func.coalesce(bases.c.name, t.c.params["subject"].astext, ""),
    }
    found = select(*_part(ItemKind.TASK, **shown, **named))
    return found.select_from(t.outerjoin(bases, bases.c.id == t.c.base_id)).where(t.c.closed_at.is_(None))
