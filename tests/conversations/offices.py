"""People of offices and member units in chats, and reports that wait for them."""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime

from sqlalchemy import update

from domain.base import BaseState
from domain.forms.registry import FORMS
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.obligation_decisions import AcceptReport, ObligationDecision, ObligationRequest
from domain.policy.members import LEADING_UNIT
from domain.terms import City, Level, ObligationState
from persistence.obligations import Obligations
from persistence.people import People
from persistence.tables import contacts
from tests.conversations.people import Chatter
from tests.conversations.town import KIND, PERIOD, Town, new_base_id
from tests.support import FULL, OFFICE, eventually, state_of

S = ObligationState
_numbers = itertools.count(1)
_FAR_AWAY = datetime(2099, 1, 1, tzinfo=UTC)


async def somebody(
    town: Town,
    department: str | None = LEADING_UNIT,
    city: City | None = None,
    *,
    may_decide: bool = True,
    name: str = "",
) -> Chatter:
    """Somebody of a member unit or of a city office, in a chat that is bound."""
    name = name or f"示例处室{next(_numbers)}"
    person = await town.stranger(name)
    async with town.database.transaction() as tx:
        people = People(tx)
        unit = None if city else department
        contact = await people.add(name, department=unit, city=city, may_decide=may_decide)
        code = await people.invite(contact, _FAR_AWAY)
        await people.redeem(code, town.channel, person.external_id, datetime.now(UTC))
    return person


def of_level(level: Level) -> BaseState:
    """A base in its pilot since July."""
    return state_of(new_base_id(), Step.PILOT, level=level, published_on=date(2021, 7, 1))


async def handed_in(
    town: Town, *levels: Level, at_first: Sequence[tuple[BaseState, Chatter]] = ()
) -> list[tuple[Chatter, str]]:
    """Bases, 省级 if nothing else is said, that have handed in December one after the other, and their contacts.

    `at_first`: bases that are written down already.
    """
    known = [*at_first]
    for state in map(of_level, levels or (Level.PROVINCE,)):
        base = await town.base(state)
        known.append((state, await town.contact_of(base, name=f"示例联系人 {base}")))
    await town.start(*(state for state, _ in known))
    for state, person in known:
        base = state.facts.base_id
        await person.hears("点「开始填报」")
        await person.taps("开始填报")
        await town.fill(base)
        for key in FULL.keys() - (await town.draft(base)).keys():  # it is asked back
            await person.says(f"{FORMS[KIND].by_key[key].no}={FULL[key]}")
            await person.taps("确认")
        await person.says("汇总")
        await person.taps("提交")
        await is_now(town, base, S.SUBMITTED)
    return [(person, state.facts.base_id) for state, person in known]


async def is_now(town: Town, base: str, state: ObligationState) -> None:
    """Wait until the report of December stands so on record."""

    async def ask() -> ObligationState:
        return (await town.row(base)).state

    await eventually(ask, lambda now: now is state)


async def decides(town: Town, base: str, decision: ObligationDecision | None = None) -> None:
    """Somebody else decides about the report, over the API."""
    owed = obligation_id(base, KIND, PERIOD)
    request = ObligationRequest(decision=decision or AcceptReport(), by=OFFICE)
    await town.gateway.decide_report(owed, request, f"{owed}:test")


async def decisions(town: Town, base: str) -> list[tuple[str, str, str]]:
    """What was decided about the report: kind, role and actor."""
    async with town.database.transaction() as tx:
        rows = await Obligations(tx).decisions(obligation_id(base, KIND, PERIOD))
    return [(row.kind, row.role, row.actor) for row in rows]


async def has_left(town: Town, person: Chatter) -> None:
    """Somebody does not work there any more."""
    async with town.database.transaction() as tx:
        contact = await People(tx).contact_of(town.channel, person.external_id)
        await tx.execute(update(contacts).where(contacts.c.id == contact).values(left_at=town.clock.now()))
