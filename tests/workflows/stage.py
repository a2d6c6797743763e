"""Several bases side by side on the time-skipping server, with everybody who is told something in a chat of their own."""

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import NamedTuple

from temporalio import activity
from temporalio.testing import WorkflowEnvironment

from casework.submission import Casework
from domain.base import BaseState
from domain.calendar import Clock, business_day
from domain.decisions import Actor, Decision
from domain.delivery import Also
from domain.forms.questions import AnswerKind, Question
from domain.forms.registry import FORMS
from domain.forms.said import Said
from domain.ids import obligation_id
from domain.obligation_decisions import ObligationDecision, ObligationRequest
from domain.policy.rounds import ROUND_2021
from domain.terms import ContactRole, ObligationKind, ObligationState
from domain.views import Action, Mode, Notice, NoticeKind, View
from persistence.bases import Bases, NewBase
from persistence.database import Database
from persistence.obligations import Obligations
from persistence.people import People
from persistence.rounds import Rounds
from tests.support import FULL_BY_KIND, LEAD, OFFICE, Recorder, clock_from, eventually
from tests.workflows.office import CHANNEL, office_chat
from tests.workflows.scene import Scene
from workflows.messages import Answer

OFFICE_CHAT = "office"


class Sent(NamedTuple):
    """One notice that arrived in a chat; several may have arrived in one message."""

    at: datetime
    chat: str
    notice: Notice
    message: int

    @property
    def day(self) -> date:
        """On which it left."""
        return business_day(self.at)

    @property
    def kind(self) -> NoticeKind:
        """What it says."""
        return self.notice.kind

    @property
    def about(self) -> str:
        """The obligation, or the base."""
        return self.notice.obligation_id or self.notice.base_id or ""


class Ledger(Recorder):
    """A messenger that notes when each message left, by the server's time, and to whom."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock, self.entries = clock, list[Sent]()
        self._messages = itertools.count(1)

    async def send(
        self,
        channel: str,
        external_id: str,
        notice: Notice,
        obligation_no: int | None,
        also: Sequence[Also] = (),
        again: bool = False,
    ) -> None:
        """Note it down."""
        await super().send(channel, external_id, notice, obligation_no, also, again)
        now, number = self.clock.business(activity.info().started_time), next(self._messages)
        self.entries += [Sent(now, external_id, n, number) for n in (notice, *(one.notice for one in also))]

    def table(self) -> str:
        """Everything that went out, a line for each notice."""
        lines = [
            f"{s.at:%Y-%m-%d %a %H:%M:%S}  {s.message:>4}  {s.chat:<24} {s.kind:<22} {s.about}"
            for s in sorted(self.entries, key=lambda s: (s.at, s.message))
        ]
        return "\n".join(lines)


class Player(Scene):
    """One base of several: what its people and the office do about everything that it owes."""

    values: dict[ObligationKind, dict[str, str]] = FULL_BY_KIND

    @property
    def casework(self) -> Casework:
        """For what begins from the records."""
        return Casework(self.database, self.gateway, self.clock)

    def owed_id(self, kind: ObligationKind, period: str) -> str:
        """The id of an obligation."""
        return obligation_id(self.base_id, kind, period)

    async def ready(self, kind: ObligationKind, period: str) -> str:
        """Wait until an obligation can be talked about, and nothing of it is under way; its id."""
        found = self.owed_id(kind, period)

        async def shown() -> bool:
            return (await self.gateway.obligation(found)).view is not None

        await eventually(shown)
        await self.quiet(found)
        return found

    async def fills_in(self, kind: ObligationKind, period: str) -> None:
        """Answer whatever is asked, and submit."""
        found, form = await self.ready(kind, period), FORMS[kind].by_key
        view = await self._says(found, Said(text="开始"))
        while view.mode is not Mode.SUBMITTED:
            asked = form.get(view.question or "")
            view = await self._says(found, _next(view, self.values[kind], asked))
        await self.quiet(found)

    async def _says(self, found: str, said: Said) -> View:
        return await self.gateway.answer(found, Answer(said=said, by=LEAD), self._next_id())

    async def snoozes(self, kind: ObligationKind, period: str) -> None:
        """「明天提醒我」"""
        await self._says(await self.ready(kind, period), Said(action=Action.SNOOZE))

    async def rules(
        self, kind: ObligationKind, period: str, decision: ObligationDecision, by: Actor = OFFICE
    ) -> ObligationState:
        """Decide about an obligation; the state after it."""
        found = self.owed_id(kind, period)
        await self.quiet(found)
        request = ObligationRequest(decision=decision, by=by)
        return (await self.gateway.decide_report(found, request, self._next_id())).state

    async def state_of(self, kind: ObligationKind, period: str) -> ObligationState:
        """As it stands on record."""
        async with self.database.transaction() as tx:
            return (await Obligations(tx).get(self.owed_id(kind, period))).state

    async def rules_on_base(self, decision: Decision, by: Actor = OFFICE) -> None:
        """Decide about the base."""
        await self.decide(decision, by)
        await self.quiet()

    def next_id(self) -> str:
        """For an update."""
        return self._next_id()


def _next(view: View, values: dict[str, str], asked: Question | None) -> Said:
    """What a patient person says to this view."""
    if view.mode is Mode.SUMMARY or asked is None:
        return Said(text="提交")
    if view.mode is Mode.DOUBTING:
        return Said(text="确认")
    if asked.kind is AnswerKind.EVIDENCE and view.files:
        return Said(action=Action.DONE)
    return Said(text=view.offer or values[asked.key])


class Base(NamedTuple):
    """A base that plays a part."""

    state: BaseState
    department: str | None = None  # with a chat


def chat_of(base_id: str, role: str) -> str:
    """The chat of somebody at a base."""
    return f"{role}:{base_id}"


@asynccontextmanager
async def on_stage(
    env: WorkflowEnvironment, database: Database, business: str, bases: Sequence[Base]
) -> AsyncIterator[tuple[Ledger, list[Player]]]:
    """Bases that start at a business time, each with a lead, a contact and a deputy of its own; and workers."""
    clock = clock_from(business, await env.get_current_time())
    ledger = Ledger(clock)
    await office_chat(database, OFFICE_CHAT)
    for department in sorted({b.department for b in bases if b.department}):
        await office_chat(database, department, department)
    for base in bases:
        await _register(database, base)
    players = [Player(env, database, clock, b.state.facts.base_id, ledger) for b in bases]
    async with players[0].at_work():
        for base, player in zip(bases, players, strict=True):
            assert await player.gateway.start_base(base.state)
        yield ledger, players


async def _register(database: Database, base: Base) -> None:
    base_id = base.state.facts.base_id
    async with database.transaction() as tx:
        await Rounds(tx).add(ROUND_2021)
        new = NewBase(code=base_id, name=f"示例基地 {base_id}", lead=f"示例单位 {base_id}")
        await Bases(tx).add(new, base.state)
        if base.department:
            await Bases(tx).set_department(base_id, base.department)
        people = People(tx)
        for role, name in ((ContactRole.CONTACT, "contact"), (ContactRole.DEPUTY, "deputy")):
            person = await people.add(f"示例{role}")
            await people.attach(person, base_id, role)
            code = await people.invite(person, datetime(2099, 1, 1, tzinfo=UTC))
            await people.redeem(code, CHANNEL, chat_of(base_id, name), datetime.now(UTC))
