"""A base in a play: what it owes, what is done about it and by whom, and what has to be told of that to whom."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from datetime import date
from decimal import Decimal

from casework import assessing, supervision
from casework.supervision import WrittenConclusion, WrittenFinding, WrittenOrder, WrittenRecord
from domain.assessment import Phase
from domain.assessment_decisions import AssessmentDecisionKind as A
from domain.calendar import end_of
from domain.decisions import (
    Actor,
    Decision,
    RecallFunds,
    Recover,
)
from domain.forms.assessment import ELEMENTS
from domain.ids import assessment_id, supervision_id
from domain.obligation_decisions import (
    AcceptReport,
)
from domain.policy.effectiveness import Grade
from domain.policy.supervision import Severity
from domain.supervision import SupervisionStep
from domain.supervision_decisions import Conclusion, SupervisionDecisionKind
from domain.terms import ObligationKind as K
from domain.views import NoticeKind as N
from persistence.evaluators import Evaluations, Evaluators
from persistence.supervision import Supervisions
from tests.support import LEAD, OFFICE, at, eventually
from tests.workflows.duties import CONTACT, DEPARTMENT, DEPUTY, Duty, shift
from tests.workflows.duties import OFFICE as THE_OFFICE
from tests.workflows.stage import OFFICE_CHAT, Player, chat_of

Expected = tuple[date, str, N, str]
"""On which day, in which chat, what, and about which obligation or base."""


class Part:
    """A base in the play, what is owed by it, and what has to be told about it."""

    def __init__(self, player: Player, department: str | None, script: "Script") -> None:
        self.player, self.department, self.script = player, department, script
        self.duties: dict[tuple[K, str], Duty] = {}
        self.expected: list[Expected] = []
        self.base = player.base_id

    # What has to be told

    def tell(self, day: date, kind: N, *who: str, about: str = "") -> None:
        """Somebody has to be told on a day."""
        self.expected += [(day, self.chat(one), kind, about or self.base) for one in who]

    def tell_base(self, day: date, kind: N, times: int = 1) -> None:
        """All who answer for the base have to be told."""
        self.tell(day, kind, *(CONTACT, DEPUTY) * times)

    def chat(self, who: str) -> str:
        """Where somebody is told."""
        if who == THE_OFFICE:
            return OFFICE_CHAT
        return (self.department or OFFICE_CHAT) if who == DEPARTMENT else chat_of(self.base, who)

    def everything(self) -> Iterable[Expected]:
        """All that has to be told, of what is owed as well."""
        yield from self.expected
        for (kind, period), duty in self.duties.items():
            about = self.player.owed_id(kind, period)
            yield from ((told.day, self.chat(told.who), told.kind, about) for told in duty.told())

    # What is owed, and done about it

    def owes(self, kind: K, period: str, after: date) -> Duty:
        """By the rules."""
        duty = self.duties[kind, period] = Duty.of_period(self.base, kind, period, after)
        return duty

    async def hands_in(self, duty: Duty) -> None:
        """Now."""
        await self.player.fills_in(duty.kind, duty.period)
        duty.done(self.script.today, "hand in")

    async def accepts(self, duty: Duty) -> None:
        """The office does."""
        await self.player.rules(duty.kind, duty.period, AcceptReport())
        duty.done(self.script.today, "accept")

    async def decides(self, decision: Decision, by: Actor = OFFICE) -> None:
        """About the base: both contacts hear of it."""
        await self.player.rules_on_base(decision, by)
        kind = {RecallFunds: N.RECALLED, Recover: N.RECOVERED}.get(type(decision), N.DECIDED)
        self.tell_base(self.script.today, kind)

    # The office's part of a quarter

    async def concludes(self, period: str, *, visits: bool = False) -> None:
        """Nothing was found."""
        record = SupervisionDecisionKind.RECORD
        if visits:
            await self._supervises(period, WrittenRecord(kind=record, visited=self.script.today))
        conclusion = WrittenConclusion(
            kind=SupervisionDecisionKind.CONCLUDE, conclusion=Conclusion.NOTHING_FOUND
        )
        await self._supervises(period, conclusion)
        self.tell(self.script.today, N.SUPERVISION_CONCLUDED, CONTACT)

    async def orders(self, period: str) -> Duty:
        """Something was found that has to be put right in ten working days."""
        order = WrittenOrder(requirement="示例：清理消防通道", owner="示例责任人")
        found = WrittenFinding(item="safety", severity=Severity.GRAVE, text="示例：消防通道堵塞", order=order)
        await self._supervises(period, WrittenRecord(kind=SupervisionDecisionKind.RECORD, findings=(found,)))
        today, number = self.script.today, f"{period}-1"
        duty = self.duties[K.RECTIFICATION, number] = Duty.ordered(self.base, number, today, shift(today, 10))
        return duty

    async def _supervises(self, period: str, written: WrittenRecord | WrittenConclusion) -> None:
        found, player = supervision_id(self.base, period), self.player
        await self.supervised(period, SupervisionStep.REVIEWING)
        await player.quiet(found)
        await supervision.decide(player.database, player.gateway, found, written, OFFICE, player.next_id())

    async def supervised(self, period: str, step: SupervisionStep) -> None:
        """Wait until the supervision of a quarter stands there."""

        async def stands() -> str:
            async with self.player.database.transaction() as tx:
                return (await Supervisions(tx).get(supervision_id(self.base, period))).state

        await eventually(stands, lambda found: found == step)

    # The office's part of a year

    async def proposes(self, year: str, *points: str) -> None:
        """The third party has evaluated, the office closes that and tells the lead of its grade."""
        await self._at_phase(year, Phase.EVALUATION)
        await self._evaluated(year, points)
        why = None if points else "示例：无机构报价"
        await self._assesses(year, assessing.WrittenClosing(kind=A.CLOSE, reason=why))
        await self._assesses(year, assessing.WrittenProposal(kind=A.PROPOSE))
        self.tell(self.script.today, N.GRADE_PROPOSED, CONTACT)

    async def appeals(self, year: str) -> None:
        """The lead appeals."""
        await self._assesses(year, assessing.WrittenAppeal(kind=A.APPEAL, reason="示例理由"), LEAD)
        self.tell(self.script.today, N.GRADE_APPEALED, THE_OFFICE)

    async def dismisses(self, year: str) -> None:
        """The office dismisses the appeal: on another day, or it would not be asked to."""
        answer = assessing.WrittenResolution(kind=A.RESOLVE, upheld=False, reason="示例答复")
        await self._assesses(year, answer)
        self.tell(self.script.today, N.APPEAL_RESOLVED, CONTACT)

    async def publishes(self, year: str, grade: Grade) -> None:
        """The grade of a year, and the base knows it."""
        await self._at_phase(year, Phase.PUBLICATION)
        paper = f"示例发改〔{self.script.today.year}〕9号"
        written = assessing.WrittenPublication(kind=A.PUBLISH, document_no=paper, on=self.script.today)
        await self._assesses(year, written)
        self.tell(self.script.today, N.GRADE_PUBLISHED, CONTACT)
        await eventually(self.player.base, lambda b: b.state.last_grade is grade)

    async def _assesses(self, year: str, written: assessing.Written, by: Actor = OFFICE) -> None:
        found, player = assessment_id(self.base, year), self.player
        await player.quiet(found)
        await assessing.decide(player.database, player.gateway, found, written, by, player.next_id())

    async def _at_phase(self, year: str, phase: Phase) -> None:
        async def now() -> Phase | None:
            state = (await self.player.gateway.assessment(assessment_id(self.base, year))).state
            return state.phase if state else None

        await eventually(now, lambda found: found is phase)

    async def _evaluated(self, year: str, points: Iterable[str]) -> None:
        now = at(f"{self.script.today} 12:00")
        async with self.player.database.transaction() as tx:
            for n, given in enumerate(points):
                who = ("示例评价人", f"示例评价机构{n}")
                _, token = await Evaluators(tx).invite(year, *who, [self.base], end_of(date(2027, 1, 1)))
                one = await Evaluators(tx).by_token(token, now)
                items = {element.key: Decimal(given) for element in ELEMENTS}
                await Evaluations(tx).put(one, self.base, items, Decimal(given), "", now)


Deed = Callable[[], Awaitable[None]]


class Script:
    """What is done at noon, day by day; whatever is done may lead to something later."""

    def __init__(self) -> None:
        self.today = date.min
        self._deeds: defaultdict[date, list[Deed]] = defaultdict(list)

    def on(self, day: date, deed: Deed) -> None:
        """Something is to be done on a day; today, if it is today's."""
        self._deeds[day].append(deed)

    async def play(self, clock: Player) -> None:
        """From the first day to the last."""
        while self._deeds:
            self.today = min(self._deeds)
            await clock.until(f"{self.today} 12:05")
            while self._deeds.get(self.today):
                await self._deeds[self.today].pop(0)()
            del self._deeds[self.today]
