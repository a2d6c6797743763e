"""Lives of what is owed, played without a server: decisions at any hour, and what the workflow would do and tell."""

import heapq
import itertools
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from hypothesis import strategies as st

from activities.calendar import working_days
from domain.calendar import DAY, business_day, end_of, last_day_before, start_of
from domain.decisions import SYSTEM, Actor
from domain.errors import DomainError
from domain.obligation import ObligationFacts, ObligationLife, check, clock_runs_again, decided, handed_in
from domain.obligation_decisions import (
    AcceptReport,
    AskReopen,
    ExtendReport,
    ObjectToReport,
    ObligationDecision,
    ObligationRequest,
    PauseReport,
    Reopen,
    ResolveReport,
    ResumeReport,
    ReturnReport,
    ReviewOver,
)
from domain.obligation_decisions import ObligationDecisionKind as D
from domain.office_hours import message_instant, office_instant
from domain.policy.obligations import (
    Nudge,
    NudgeKind,
    Schedule,
    Suspension,
    extended,
    opening_in,
    owes,
    resumed,
    returned,
    schedule,
    still_true,
)
from domain.terms import ObligationKind, ObligationState, Recipient
from domain.views import REMINDERS, NoticeKind
from tests.support import LEAD, OFFICE
from workflows.report_notices import STEPS, key_of

CALENDAR = working_days()
MINUTES = timedelta(minutes=1)


class Deed(StrEnum):
    """What somebody may do about an obligation; what is not possible when its time comes is not done."""

    HAND_IN = "hand in"
    SNOOZE = "snooze"
    ACCEPT = "accept"
    RETURN = "return"
    EXTEND = "extend"
    OBJECT = "object"
    DISMISS = "dismiss"
    UPHOLD = "uphold"
    CORRECT = "correct"
    REOPEN = "reopen"


class Step(NamedTuple):
    """A deed, so many minutes after the one before; `days` is by how much an extension is longer."""

    wait: timedelta
    deed: Deed
    days: int


class Life(NamedTuple):
    """A base from its pilot on: when it stands still and leaves, and what is done about each thing that it owes."""

    base_id: str
    pilot_start: date
    stops: tuple[tuple[datetime, datetime], ...]
    gone: datetime | None
    steps: tuple[
        tuple[Step, ...], ...
    ]  # of the first obligation, the second, …; then from the beginning again

    def suspensions(self) -> tuple[Suspension, ...]:
        """As the base's state has them; one that begins and ends on a day is none."""
        days = [(business_day(first), business_day(last)) for first, last in self.stops]
        return tuple(Suspension(first=first, last=last - DAY) for first, last in days if first < last)

    def owed_through(self, last: date) -> Iterator[Schedule]:
        """What opens until then, and is owed, in the order of its opening."""
        gone = business_day(self.gone) if self.gone else None
        planned = [
            schedule(kind, period, CALENDAR, self.base_id)
            for year in (self.pilot_start.year, self.pilot_start.year + 1)
            for kind, period in opening_in(year)
            if owes(period, self.pilot_start, gone, self.suspensions())
        ]
        yield from sorted(
            (p for p in planned if business_day(p.opens) <= last), key=lambda p: (p.opens, p.kind)
        )


SCENES = (
    (Deed.HAND_IN,),
    (Deed.HAND_IN, Deed.ACCEPT),
    (Deed.HAND_IN, Deed.RETURN),
    (Deed.HAND_IN, Deed.ACCEPT, Deed.CORRECT, Deed.REOPEN),
    (Deed.EXTEND,),
    (Deed.SNOOZE,),
    (Deed.OBJECT, Deed.DISMISS),
    (Deed.OBJECT, Deed.UPHOLD),
    (Deed.OBJECT,),
)
"""What comes after one another more often than by chance."""


def _minutes(days: int) -> st.SearchStrategy[timedelta]:
    return st.integers(1, days * 24 * 60).map(lambda minutes: minutes * MINUTES)


WAITS = _minutes(6)
STEPS_OF_SCENE = st.sampled_from(SCENES).flatmap(
    lambda deeds: st.tuples(*(st.builds(Step, WAITS, st.just(deed), st.integers(1, 20)) for deed in deeds))
)
STEPS_OF_ONE = st.lists(STEPS_OF_SCENE, max_size=4).map(lambda scenes: tuple(itertools.chain(*scenes)))


@st.composite
def lives(draw: st.DrawFn, first: date = date(2024, 1, 1), last: date = date(2025, 12, 31)) -> Life:
    """Any life that begins between these days."""
    start = draw(st.dates(first, last))
    leaves = draw(st.sampled_from((False, False, True)))
    gone = start_of(start) + draw(_minutes(140)) if leaves else None
    stops, instant = [], start_of(start)
    for _ in range(draw(st.sampled_from((0, 1, 2, 4)))):
        first = instant + draw(_minutes(40))
        instant = first + draw(_minutes(20))
        stops.append((first, instant))
    stops = [stop for stop in stops if gone is None or stop[1] < gone]
    number = draw(st.integers(1, 999))
    steps = draw(st.lists(STEPS_OF_ONE, min_size=2, max_size=5))
    return Life(f"base-2021-03-{number}", start, tuple(stops), gone, tuple(steps))


class Message(NamedTuple):
    """A message that went out, and what was true then."""

    at: datetime
    kind: NoticeKind
    key: str
    to: tuple[Recipient, ...]
    life: ObligationLife


class Played:
    """One obligation of a base, from its opening to its end, by the rules that its workflow follows."""

    def __init__(self, plan: Schedule, life: Life, steps: tuple[Step, ...]) -> None:
        self.plan, self.base_id = plan, life.base_id
        self.id = f"{plan.kind}:{plan.period}"
        self.life = ObligationLife(schedule=plan)
        self.pending = plan.nudges
        self.sent: list[Message] = []
        self.taken: list[D] = []
        self.last_decision = plan.opens
        self.asked_again: list[tuple[date, date]] = []  # on which day, and until which
        self.paused_days: set[date] = set()  # on which it stood still, without the one on which it went on
        self._queue: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._count = itertools.count()
        self._plan(life, steps)
        while self._queue:
            now, _, happens = heapq.heappop(self._queue)
            happens(now)

    def _plan(self, life: Life, steps: tuple[Step, ...]) -> None:
        self._at(self.plan.opens, self._wake)
        for first, last in life.stops:
            stands_still = first <= self.plan.opens < last
            if stands_still or first > self.plan.opens:
                self._at(max(first, self.plan.opens), lambda now: self._by(PauseReport(), SYSTEM, now))
                self._at(last, lambda now: self._by(ResumeReport(), SYSTEM, now))
        instant = self.plan.opens
        for step in steps:
            instant += step.wait
            self._at(instant, partial(self._do, step))

    def _at(self, instant: datetime, happens: Callable[[datetime], None]) -> None:
        heapq.heappush(self._queue, (instant, next(self._count), happens))

    # What the workflow does by itself

    def _wake(self, now: datetime) -> None:
        life = self.life
        if life.paused or life.over:
            return
        if life.owed and now >= life.schedule.locks:
            self.life = life.model_copy(update={"state": ObligationState.MISSING})
            self._tell(NoticeKind.MISSING, (Recipient.CONTACT,), now)
        elif life.owed:
            self._remind(now)
        elif life.review_until and now >= life.review_until:
            self._by(ReviewOver(), SYSTEM, now)
        self._set_alarm(now)

    def _remind(self, now: datetime) -> None:
        due = [n for n in self.pending if n.at <= now]
        self.pending = self.pending[len(due) :]
        for nudge in {n.to: n for n in due}.values():
            asked_for = business_day(nudge.at) if nudge.kind is NudgeKind.ASKED else None
            self._tell(NoticeKind(nudge.kind), nudge.to, now, asked_for)

    def _set_alarm(self, now: datetime) -> None:
        life = self.life
        if life.paused or life.over:
            return
        instants = (
            [n.at for n in self.pending[:1]] + [life.schedule.locks] if life.owed else [life.review_until]
        )
        for instant in instants:
            if instant and instant > now:
                self._at(instant, self._wake)

    # What people do

    def _do(self, step: Step, now: datetime) -> None:
        match step.deed:
            case Deed.HAND_IN:
                self._hand_in(now)
            case Deed.SNOOZE:
                self._snooze(now)
            case Deed.ACCEPT:
                self._by(AcceptReport(), OFFICE, now)
            case Deed.RETURN:
                self._by(ReturnReport(items={"progress": "示例理由"}), OFFICE, now)
            case Deed.EXTEND:
                last = last_day_before(self.life.schedule.due) + step.days * DAY
                self._by(ExtendReport(due=last, reason="示例理由"), OFFICE, now)
            case Deed.OBJECT:
                self._by(ObjectToReport(reason="示例理由"), LEAD, now)
            case Deed.DISMISS | Deed.UPHOLD:
                upheld = step.deed is Deed.UPHOLD
                self._by(ResolveReport(upheld=upheld, reason="示例理由"), OFFICE, now)
            case Deed.CORRECT:
                self._by(AskReopen(reason="示例理由"), LEAD, now)
            case Deed.REOPEN:
                self._by(Reopen(), OFFICE, now)

    def _hand_in(self, now: datetime) -> None:
        plan = self.life.schedule
        if not self.life.owed or now >= plan.locks:
            return
        self.life = handed_in(self.life, now)
        if plan.review_days:
            until = end_of(CALENDAR.add(business_day(now), plan.review_days))
            self.life = self.life.model_copy(update={"review_until": until})
        self._set_alarm(now)

    def _snooze(self, now: datetime) -> None:
        morning = message_instant(CALENDAR.add(business_day(now), 1), f"{self.id}:asked")
        planned = {business_day(n.at) for n in self.pending if Recipient.CONTACT in n.to}
        if self.life.owed and morning < self.life.schedule.locks and business_day(morning) not in planned:
            asked = Nudge(kind=NudgeKind.ASKED, at=morning)
            self.pending = tuple(sorted((*self.pending, asked), key=lambda n: n.at))
            self._set_alarm(now)

    def _by(self, decision: ObligationDecision, by: Actor, now: datetime) -> None:
        before = self.life
        try:
            check(before, ObligationFacts(), ObligationRequest(decision=decision, by=by), now)
        except DomainError:
            return
        plan = self._replanned(decision, now)
        self.life = decided(before, decision, now, plan)
        self.taken.append(decision.kind)
        self.last_decision = now
        if plan and decision.kind in (D.RETURN, D.REOPEN):
            self.asked_again.append((business_day(now), last_day_before(plan.due)))
        if plan:
            asked = [n for n in self.pending if n.kind is NudgeKind.ASKED and n.at > now and before.owed]
            self.pending = tuple(sorted((*plan.nudges, *asked), key=lambda n: n.at))
        if before.stopped and not self.life.paused:
            self._stood_still(business_day(before.stopped), business_day(now))
        self._set_alarm(now)
        self._wake(now)

    def _stood_still(self, first: date, last: date) -> None:
        self.paused_days |= {first + n * DAY for n in range((last - first).days)}

    def _replanned(self, decision: ObligationDecision, now: datetime) -> Schedule | None:
        life, key = self.life, self.base_id
        match decision:
            case ReturnReport() | Reopen():
                return returned(life.schedule, life.handed_in or now, now, CALENDAR, key)
            case ExtendReport(due=due):
                return extended(life.schedule, due, now, CALENDAR, key)
        if clock_runs_again(life, decision.kind):
            return resumed(life.schedule, life.stopped or now, now, CALENDAR, key)
        return None

    # What is told

    def _tell(
        self, kind: NoticeKind, to: tuple[Recipient, ...], now: datetime, asked_for: date | None = None
    ) -> None:
        key = key_of(self.id, kind, self.life, asked_for)
        leaves = office_instant(now, CALENDAR, key)
        self._at(leaves, lambda at: self._send(Message(at, kind, key, to, self.life)))

    def _send(self, message: Message) -> None:
        """Whoever sends looks again whether it is still true, and was not sent before."""
        about = _Known(self.life.state, self.life.schedule.due, self.life.paused)
        true = message.kind not in REMINDERS or still_true(message.kind, about, message.at)
        if true and message.key not in {m.key for m in self.sent}:
            self.sent.append(message._replace(life=self.life))

    @property
    def ladder(self) -> list[Message]:
        """The steps that went out."""
        return [m for m in self.sent if m.kind in STEPS]


class _Known(NamedTuple):
    state: ObligationState
    due: datetime
    paused: bool


def played(life: Life, through: date) -> list[Played]:
    """Everything that a base owes until a day, each with what is done about it."""
    plans = life.owed_through(through)
    return [Played(plan, life, life.steps[n % len(life.steps)]) for n, plan in enumerate(plans)]


def kind_and_period(one: Played) -> tuple[ObligationKind, str]:
    """What is owed."""
    return one.plan.kind, one.plan.period
