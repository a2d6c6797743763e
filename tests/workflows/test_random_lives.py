"""Random lives on the real workflows: no message outside working time, none twice, none for what is not owed (A10).

The same lives as in `tests/policy/test_random_lives.py`, a few of them, each side by side with others.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from temporalio.testing import WorkflowEnvironment

from app import embedded
from domain.calendar import last_day_before, start_of
from domain.decisions import ConfirmFunds, Decision, Resume, Revoke, Suspend
from domain.errors import DomainError
from domain.lifecycle import Step
from domain.notice_truth import ALSO_PAUSED
from domain.obligation_decisions import (
    AcceptReport,
    AskReopen,
    ExtendReport,
    ObjectToReport,
    ObligationDecision,
    Reopen,
    ResolveReport,
    ReturnReport,
)
from domain.policy.grounds import Ground
from domain.policy.obligations import Schedule
from domain.terms import OWED
from domain.views import REMINDERS
from persistence.database import Database
from persistence.obligations import ObligationFilter, ObligationRow, Obligations
from tests.policy.lives import Deed, Life, lives
from tests.policy.lives import Step as LifeStep
from tests.support import LEAD, OFFICE, register_attributes, state_of
from tests.workflows.going_out import GRACE, check_hours, check_once
from tests.workflows.scene import new_base_id
from tests.workflows.stage import Base, Player, Sent, on_stage
from workflows.converter import plugin

SIDE_BY_SIDE, PLAYS = 4, 5
FOR_DAYS = timedelta(days=70)
PAPER = "示例函〔2025〕1号"

Noted = defaultdict[str, list[tuple[datetime, bool]]]
"""By obligation: from when on something was so, or was not."""


@st.composite
def plays(draw: st.DrawFn) -> list[Life]:
    """Lives that begin on the same day."""
    start = draw(st.dates(date(2024, 1, 1), date(2025, 10, 31)))
    found = [draw(lives(start, start)) for _ in range(SIDE_BY_SIDE)]
    return [life._replace(base_id=new_base_id()) for life in found]


class Played:
    """One base, what is done about it, and since when nothing was owed or nobody was to be reminded."""

    def __init__(self, player: Player, life: Life) -> None:
        self.player, self.life = player, life
        self.owed: dict[str, bool] = {}
        self.objected: set[str] = set()
        self.suspended = False
        self.running: Noted = defaultdict(list)
        self.owing: Noted = defaultdict(list)

    def deeds(self, through: date) -> list[tuple[datetime, Callable[[], Awaitable[None]]]]:
        """Everything that is done until a day, with its instant."""
        life, found = self.life, list[tuple[datetime, Callable[[], Awaitable[None]]]]()
        for n, plan in enumerate(life.owed_through(through)):
            found.append((plan.opens, partial(self._opens, plan)))
            instant = plan.opens
            for step in life.steps[n % len(life.steps)]:
                instant += step.wait
                found.append((instant, partial(self._does, plan, step)))
        suspend = Suspend(reason="示例理由", ground=Ground.CLOSED, document_no=PAPER)
        for first, last in life.stops:
            found.append((first, partial(self._decides, suspend, suspended=True)))
            found.append((last, partial(self._decides, Resume(), suspended=False)))
        if life.gone:
            revoke = Revoke(reason="示例理由", ground=Ground.CLOSED, document_no=PAPER)
            found.append((life.gone, partial(self._decides, revoke, suspended=False)))
        return [one for one in found if one[0] < start_of(through)]

    async def stays_to_the_end(self) -> None:
        """A base that has left waits for what it may have to pay back: the server's clock would stand still else."""
        on = self.life.pilot_start
        await self.player.decide(ConfirmFunds(amount=Decimal(100), document_no=PAPER, on=on))

    async def _opens(self, plan: Schedule) -> None:
        found = self.player.owed_id(plan.kind, plan.period)
        self.owed[found] = True
        self._note(found, plan.opens, plan.opens)

    async def _decides(self, decision: Decision, *, suspended: bool) -> None:
        await self.player.quiet()
        began = await self.player.now()
        await self.player.decide(decision)
        self.suspended = suspended
        await self.player.quiet()
        for found in self.owed:
            await self.player.quiet(found)
            self._note(found, began, await self.player.now())

    async def _does(self, plan: Schedule, step: LifeStep) -> None:
        found = await self.player.ready(plan.kind, plan.period)
        began = await self.player.now()
        with suppress(DomainError):  # what is not possible now is not done
            if step.deed is Deed.HAND_IN:
                await self.player.fills_in(plan.kind, plan.period)
            elif step.deed is Deed.SNOOZE:
                await self.player.snoozes(plan.kind, plan.period)
            else:
                await self._rules(plan, step)
        await self._look(found, began)

    async def _rules(self, plan: Schedule, step: LifeStep) -> None:
        live = (await self.player.gateway.obligation(self.player.owed_id(plan.kind, plan.period))).schedule
        longer = last_day_before(live.due) + timedelta(days=step.days)
        possible: dict[Deed, ObligationDecision] = {
            Deed.ACCEPT: AcceptReport(),
            Deed.RETURN: ReturnReport(items={_an_item(plan): "示例理由"}),
            Deed.EXTEND: ExtendReport(due=longer, reason="示例理由"),
            Deed.OBJECT: ObjectToReport(reason="示例理由"),
            Deed.DISMISS: ResolveReport(upheld=False, reason="示例理由"),
            Deed.UPHOLD: ResolveReport(upheld=True, reason="示例理由"),
            Deed.CORRECT: AskReopen(reason="示例理由"),
            Deed.REOPEN: Reopen(),
        }
        by = LEAD if step.deed in (Deed.OBJECT, Deed.CORRECT) else OFFICE
        found = self.player.owed_id(plan.kind, plan.period)
        await self.player.rules(plan.kind, plan.period, possible[step.deed], by)
        if step.deed is Deed.OBJECT:
            self.objected.add(found)
        elif step.deed in (Deed.DISMISS, Deed.UPHOLD):
            self.objected.discard(found)

    async def _look(self, found: str, began: datetime) -> None:
        await self.player.quiet(found)
        self.owed[found] = (await self.player.gateway.obligation(found)).state in OWED
        self._note(found, began, await self.player.now())

    def _note(self, found: str, began: datetime, now: datetime) -> None:
        """While something is done, it may be so already, or not yet."""
        runs = self.owed[found] and found not in self.objected and not self.suspended
        for noted, so in ((self.running[found], runs), (self.owing[found], self.owed[found])):
            noted += [(began, so or (bool(noted) and noted[-1][1])), (now, so)]

    # What has to hold

    def check(self, rows: list[ObligationRow], sent: list[Sent], through: date) -> None:
        """What is on record is what the base owes; nobody was reminded of anything else."""
        expected = {(p.kind, p.period) for p in self.life.owed_through(through)}
        assert {(row.kind, row.period) for row in rows} == expected, self.life
        locks = {row.id: row.locks for row in rows}
        for s in sent:
            if s.kind in REMINDERS and s.notice.obligation_id in locks:
                noted = self.owing if s.kind in ALSO_PAUSED else self.running
                assert _was_so(noted[s.notice.obligation_id], s.at), (s, self.life)
                assert s.at - GRACE < locks[s.notice.obligation_id], (s, self.life)


def _was_so(noted: list[tuple[datetime, bool]], instant: datetime) -> bool:
    """At that instant, or when the message began to leave."""
    states = [[so for since, so in noted if since <= moment] for moment in (instant, instant - GRACE)]
    return any(state and state[-1] for state in states)


def _an_item(plan: Schedule) -> str:
    return {"月调度": "certified", "年考核": "self_summary", "半年发布": "title"}.get(plan.kind, "problems")


@pytest.mark.rule("A10")
@given(plays())
@settings(
    max_examples=PLAYS,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[*HealthCheck],
)
async def test_whatever_happens_messages_leave_in_working_time_once_and_for_what_is_owed(
    database: Database, play: list[Life]
) -> None:
    start = play[0].pilot_start
    through = start + FOR_DAYS
    env = await WorkflowEnvironment.start_time_skipping(
        plugins=[plugin()], test_server_existing_path=embedded.beside_python("temporal-test-server")
    )
    async with env:
        await register_attributes(env.client)
        bases = [Base(state_of(life.base_id, Step.RUNNING, published_on=start)) for life in play]
        async with on_stage(env, database, f"{start} 00:00", bases) as (ledger, players):
            played = [Played(p, life) for p, life in zip(players, play, strict=True)]
            for one in played:
                await one.stays_to_the_end()
            deeds = [deed for one in played for deed in one.deeds(through)]
            for instant, deed in sorted(deeds, key=lambda d: d[0]):
                await players[0].until(instant)
                await deed()
            await players[0].until(start_of(through))
            check_hours(ledger)
            check_once(ledger)
            for one in played:
                about_it = [s for s in ledger.entries if s.notice.base_id == one.life.base_id]
                one.check(await _on_record(one.player), about_it, through - timedelta(days=1))


async def _on_record(player: Player) -> list[ObligationRow]:
    async with player.database.transaction() as tx:
        return await Obligations(tx).find(ObligationFilter(base=player.base_id), limit=100)
