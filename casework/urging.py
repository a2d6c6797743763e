"""催: whoever is waited for is nudged, at most once a working day, in office hours, and only while that is true."""

from datetime import date
from typing import NamedTuple

from casework.corrections import facts_of
from casework.plans import life_of
from casework.submission import Casework
from domain.base import CONTACT_WAITED_FOR, LEAD_WAITED_FOR, city_office
from domain.calendar import WorkingDays, business_day, last_day_before
from domain.errors import NotAllowed, NotFound, Refused, Stale
from domain.obligation import waits_for
from domain.office_hours import office_instant
from domain.policy.members import ALL_MEMBER_UNITS
from domain.policy.source import ours
from domain.terms import City, Recipient, Role
from domain.views import Notice, NoticeKind
from domain.worklist import Official
from persistence.bases import BaseRow, Bases
from persistence.obligations import ObligationRow, Obligations
from persistence.urgings import Urging, Urgings

URGING = ours("催办")


class Urged(NamedTuple):
    """Who is nudged, about what, and on which day that goes out."""

    to: str  # offices and parties, as they are called
    what: str  # the base's name
    day: date


class Owing(NamedTuple):
    """An obligation and whom it waits for."""

    row: ObligationRow
    waits_for: str


def within_reach(official: Official, base: BaseRow) -> bool:
    """Whether somebody of an office sees a base: a city office its own, all others every one."""
    return official.city is None or base.city == official.city


def _reached(base: BaseRow) -> frozenset[str]:
    """Everybody who can be reached about a base's step."""
    return frozenset({*ALL_MEMBER_UNITS, LEAD_WAITED_FOR, city_office(City(base.city))})


def parties_of(base: BaseRow) -> tuple[str, ...]:
    """Whom of those that can be nudged a base's step waits for."""
    return tuple(who for who in base.waiting_for.split("、") if who in _reached(base))


async def owing(work: Casework, base: BaseRow, rows: list[ObligationRow]) -> list[Owing]:
    """Obligations that wait for somebody, and for whom."""
    found = []
    async with work.database.transaction() as tx:
        for row in rows:
            life = life_of(row, await Obligations(tx).decisions(row.id))
            found.append(Owing(row, waits_for(life, facts_of(base))))
    return found


async def urge_report(
    work: Casework, days: WorkingDays, official: Official, no: int, update_id: str
) -> Urged:
    """Nudge whom an obligation waits for: its base's contact, or the office that has to look at it.

    The same `update_id` nudges once. Raises DomainError.
    """
    async with work.database.transaction() as tx:
        row = await Obligations(tx).by_no(no)
        base = await Bases(tx).get(row.base_id, work.clock.now())
    await _check_reach(work, official, base)
    (owed,) = await owing(work, base, [row])
    if owed.waits_for == CONTACT_WAITED_FOR:
        if row.paused:
            raise Stale("urging.paused", URGING)
        to: tuple[str, ...] = (CONTACT_WAITED_FOR,)
    else:
        to = _above(official, base, (owed.waits_for,))
    day = await _noted(work, days, official, row.id, update_id)
    notices = tuple(_about_report(row, official, who, day) for who in to)
    await work.gateway.tell(f"urging-{row.id}-{day}", notices, f"催办：{'、'.join(to)}")
    return Urged("、".join(to), base.name, day)


async def urge_base(
    work: Casework, days: WorkingDays, official: Official, base_id: str, update_id: str
) -> Urged:
    """Nudge whom the step of a base waits for. The same `update_id` nudges once. Raises DomainError."""
    async with work.database.transaction() as tx:
        base = await Bases(tx).get(base_id, work.clock.now())
    await _check_reach(work, official, base)
    to = parties_of(base)
    if to != (LEAD_WAITED_FOR,):
        to = _above(official, base, to)
    day = await _noted(work, days, official, base.id, update_id)
    notices = tuple(_about_base(base, official, who, day) for who in to)
    await work.gateway.tell(f"urging-{base.id}-{day}", notices, f"催办：{'、'.join(to)}")
    return Urged("、".join(to), base.name, day)


async def _check_reach(work: Casework, official: Official, base: BaseRow) -> None:
    """Of what this person does not see, nothing is said. A department nudges the bases that it guides (B10)."""
    if not within_reach(official, base):
        raise NotFound("base.not_found", id=base.id)
    if not official.may_decide:
        raise NotAllowed("deciding.not_granted", URGING, unit=official.unit)
    if official.actor.role is not Role.DEPARTMENT:
        return
    async with work.database.transaction() as tx:
        guide = await Bases(tx).department_of(base.id)
    if guide != official.department:
        raise NotAllowed("urging.not_yours", URGING, unit=official.unit)


def _above(official: Official, base: BaseRow, to: tuple[str, ...]) -> tuple[str, ...]:
    """Whom the office may nudge besides a base: member units and cities, but not itself."""
    others = tuple(who for who in to if who in _reached(base) and who != official.unit)
    if not others:
        raise Stale("urging.nobody", URGING, waiting="、".join(to) or base.waiting_for)
    if official.actor.role is not Role.OFFICE and others != (LEAD_WAITED_FOR,):
        raise NotAllowed("urging.not_above", URGING, waiting="、".join(others))
    return others


async def _noted(work: Casework, days: WorkingDays, official: Official, subject: str, update_id: str) -> date:
    """The day on which it goes out. Refused if there was one on that day."""
    now = work.clock.now()
    day = business_day(office_instant(now, days, subject))
    async with work.database.transaction() as tx:
        first = await Urgings(tx).note(Urging(subject, day), official.actor, now, update_id)
    if not first:
        raise Refused("urging.once_a_day", URGING, day=day)
    return day


def _about_report(row: ObligationRow, official: Official, who: str, day: date) -> Notice:
    known = {"period": row.period, "kind": str(row.kind), "by": official.unit}
    key = f"{row.id}:urged:{day}"
    if who == CONTACT_WAITED_FOR:
        due = {"due": str(last_day_before(row.due)), "locks": str(last_day_before(row.locks))}
        return Notice(
            key=key,
            base_id=row.base_id,
            kind=NoticeKind.URGED,
            obligation_id=row.id,
            to=(Recipient.CONTACT,),
            params=known | due,
        )
    return Notice(
        key=f"{key}:{who}",
        base_id=row.base_id,
        department=who,
        kind=NoticeKind.URGED_STEP,
        obligation_id=row.id,
        params=known | {"what": str(row.state), "to": who, "stands": str(row.state)},
    )


def _about_base(base: BaseRow, official: Official, who: str, day: date) -> Notice:
    return Notice(
        key=f"{base.id}:urged:{day}:{who}",
        base_id=base.id,
        department=None if who == LEAD_WAITED_FOR else who,
        kind=NoticeKind.URGED_STEP,
        params={
            "period": "",
            "kind": base.step,
            "what": base.stage,
            "to": who,
            "by": official.unit,
            "stands": base.waiting_for,
        },
    )
