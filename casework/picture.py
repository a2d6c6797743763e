"""The picture of a period, put together from the records: for the office's chats, for the API, as chart and workbook."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from domain.calendar import Period, WorkingDays, last_day_before
from domain.decisions import Actor
from domain.errors import NotAllowed, NotFound, Refused
from domain.forms.questions import NONE_WORD, AnswerKind, Question
from domain.forms.registry import FORMS
from domain.league import Dimension, Group, Investment, League, league
from domain.picture import Change, Help, ItemTotal, Outstanding, Picture, Problem, grouped, weight, words_of
from domain.policy.directions import DIRECTIONS_2021
from domain.policy.members import ALL_MEMBER_UNITS
from domain.policy.obligations import CADENCES, REGULAR_SUPERVISION, in_force, schedule
from domain.policy.picture import CHANGES_SHOWN, INVESTED, PICTURE, STOCKS
from domain.policy.source import on
from domain.terms import ObligationKind, Role
from persistence.database import Database
from persistence.picture import GroupRow, Pictures, Scope, Sums

PROBLEMS, HELP_FROM = "problems", "help_from"
"""The items of a form that tell of problems, and which member unit is asked for help."""

UNKNOWN = "未登记"
"""What a group is called whose bases have no such thing on record."""

_NOTHING = Decimal(0)
_SUMMED = (AnswerKind.MONEY, AnswerKind.COUNT, AnswerKind.AREA)
_DIRECTIONS = {str(d.no): d.short for d in DIRECTIONS_2021}


class Asked(NamedTuple):
    """Which picture."""

    kind: ObligationKind
    period: Period
    city: str | None = None


def asked(kind: ObligationKind, period: str, actor: Actor, today: date) -> Asked:
    """What somebody may see: all but applicants, a city office its own city only. Raises NotAllowed, Refused, NotFound."""
    if actor.role is Role.LEAD:
        raise NotAllowed("picture.not_yours", PICTURE)
    length = on(CADENCES[kind], today).value.period
    try:
        found = Period.parse(period)
    except ValueError:
        found = None
    if found is None or found.kind is not length:
        raise Refused(
            "picture.no_period", REGULAR_SUPERVISION, given=period[:20], kind=kind, length=length or "—"
        )
    if found.last_day >= today or not in_force(kind, found):
        raise NotFound("picture.not_there", words=words_of(found), kind=kind)
    return Asked(kind, found, actor.city if actor.role is Role.CITY else None)


async def picture(database: Database, wanted: Asked, now: datetime, days: WorkingDays) -> Picture:
    """The picture as it is now, from one transaction."""
    kind, period = wanted.kind, wanted.period
    plan = schedule(kind, period, days, "")
    scope = Scope(
        kind=kind,
        period=str(period),
        last_day=period.last_day,
        city=wanted.city,
        now=now,
        locked=plan.locks <= now,
    )
    async with database.transaction() as tx:
        records = Pictures(tx, scope)
        await records.prepare()
        groups = await records.groups(INVESTED)
        outstanding = await records.outstanding()
        items = _items(wanted, groups, await records.sums())
        changes = await _changes(records, wanted, items)
        problems = await _problems(records, kind)
    return Picture(
        kind=kind,
        period=str(period),
        city=wanted.city,
        at=now,
        due=last_day_before(plan.due),
        locks=last_day_before(plan.locks),
        locked=scope.locked,
        tentative=plan.tentative,
        counts=_all(groups).counts,
        investment=_investment(kind, _all(groups)),
        leagues=tuple(_league(kind, dimension, groups) for dimension in Dimension),
        items=items,
        changes=changes,
        help=problems,
        outstanding=tuple(
            Outstanding(
                base_id=b.base_id, base=b.name, city=b.city, department=b.department, outcome=b.outcome
            )
            for b in outstanding
        ),
    )


def questions_of(kind: ObligationKind) -> Mapping[str, Question]:
    """The items that a form of this kind has, by key; none if it has no form."""
    return FORMS[kind].by_key if kind in FORMS else {}


def _all(groups: list[GroupRow]) -> GroupRow:
    return next(group for group in groups if group.dimension is None)


def _investment(kind: ObligationKind, group: GroupRow) -> Investment | None:
    if INVESTED not in questions_of(kind):
        return None
    return Investment(done=group.done, plan=group.plan, elapsed=group.elapsed)


def _league(kind: ObligationKind, dimension: Dimension, groups: list[GroupRow]) -> League:
    return league(
        dimension,
        [
            Group(name=_name(dimension, g), counts=g.counts, investment=_investment(kind, g))
            for g in groups
            if g.dimension is dimension
        ],
    )


def _name(dimension: Dimension, group: GroupRow) -> str:
    name = group.name or UNKNOWN
    return _DIRECTIONS.get(name, name) if dimension is Dimension.DIRECTION else name


def _items(wanted: Asked, groups: list[GroupRow], sums: Sums) -> tuple[ItemTotal, ...]:
    """Totals of the items that can be added up."""
    period = wanted.period
    january = Period.of(period.kind, date(period.year, 1, 1))
    now = _added(sums, str(period), str(period))
    before = _added(sums, str(period.previous), str(period.previous))
    year, start = _added(sums, str(january), str(period)), _added(sums, "", str(period))
    return tuple(
        ItemTotal(
            **question.model_dump(include={"no", "key", "label", "group", "unit"}),
            period=now.get(key, _NOTHING),
            previous=before.get(key, _NOTHING),
            year=_over_time(question, year),
            since_start=_all(groups).invested if key == INVESTED else _over_time(question, start),
        )
        for key, question in questions_of(wanted.kind).items()
        if question.kind in _SUMMED
    )


def _over_time(question: Question, sums: Mapping[str, Decimal]) -> Decimal | None:
    """Several periods of an item, if they can be added up."""
    return None if question.cumulative or question.key in STOCKS else sums.get(question.key, _NOTHING)


def _added(sums: Sums, first: str, last: str) -> dict[str, Decimal]:
    """By key, over the periods from `first` to `last`: as texts they are in the order of time."""
    found: dict[str, Decimal] = {}
    for (period, _), by_key in sums.items():
        if first <= period <= last:
            for key, total in by_key.items():
                found[key] = found.get(key, _NOTHING) + total
    return found


async def _changes(records: Pictures, wanted: Asked, items: tuple[ItemTotal, ...]) -> tuple[Change, ...]:
    questions = questions_of(wanted.kind)
    flows = {item.key: item for item in items if not questions[item.key].cumulative}
    whole = {key: max(item.period, item.previous) for key, item in flows.items()}
    most = on(CHANGES_SHOWN, wanted.period.last_day).value
    rows = await records.changes(str(wanted.period.previous), whole, most)
    return tuple(
        Change(
            base_id=row.base_id,
            base=row.name,
            city=row.city,
            key=row.key,
            label=flows[row.key].label,
            unit=flows[row.key].unit,
            before=row.before,
            now=row.now,
            weight=weight(row.now - row.before, (whole[row.key],)),
        )
        for row in rows
    )


async def _problems(records: Pictures, kind: ObligationKind) -> tuple[Help, ...]:
    if PROBLEMS not in questions_of(kind):
        return ()
    told = [
        Problem(base_id=row.base_id, base=row.name, city=row.city, unit=row.unit, text=row.text or "")
        for row in await records.problems(PROBLEMS, HELP_FROM, NONE_WORD)
    ]
    return grouped(told, ALL_MEMBER_UNITS)


def unit_of(help_: Help) -> str:
    """The unit asked, or that none is."""
    return help_.unit or "未请求协调"


def file_name(shown: Picture, ending: str) -> str:
    """2026年10月月调度情况.xlsx; of a city with its name."""
    return f"{shown.city or ''}{shown.title}情况.{ending}"
