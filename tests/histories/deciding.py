"""What the office and others decide about one base in a play: what they write goes into the database first."""

from datetime import UTC, date, datetime
from decimal import Decimal

from casework import assessing, supervision
from casework.credit_findings import Decided
from domain.calendar import DAY
from domain.decisions import Actor
from domain.forms.assessment import ELEMENTS
from domain.ids import supervision_id
from domain.obligation import ObligationFacts
from domain.obligation_decisions import (
    AskReopen,
    ObligationDecision,
    ObligationRequest,
    RefuseReopen,
    Reopen,
)
from domain.policy.members import LEADING_UNIT
from domain.policy.supervision import Severity
from domain.supervision_decisions import Conclusion, SupervisionDecisionKind
from domain.terms import ObligationState
from domain.views import NoticeKind
from persistence.evaluators import Evaluations, Evaluators
from persistence.obligations import Obligations
from persistence.people import People
from tests.histories.record import BASE, Play
from tests.support import LEAD, OFFICE, eventually, state_of
from workflows.messages import ObligationInput, Reopening

PUBLISHED = date(2023, 7, 20)

OFFICER, OWNER, EVALUATOR, ORGANISATION = "示例经办人", "示例责任人", "示例评价人", "示例评价机构"
FOUND, REMARK, COMMENT = "示例：消防通道堵塞", "示例：约谈负责人", "示例：台账不全"
FEW, APPEALED, ANSWERED = "示例：机构不足", "示例：培训人次漏计", "示例：核实无误"
DISHONEST, REPAIRED = "示例：虚报实训人次", "示例：已退回补贴"
OFFICE_CHAT = "chat-4712"
WRITTEN = (
    *(OFFICER, OFFICE_CHAT, OWNER, EVALUATOR, ORGANISATION),
    *(FOUND, REMARK, COMMENT, FEW, APPEALED, ANSWERED, DISHONEST, REPAIRED),
)
"""Names, and what people wrote about the base: it is in the database, and no history may hold it."""

REQUIRED = "示例：清理消防通道"
"""What a 整改 asks for stands beside its questions, as the questions do in the history of a form."""


class Deciding(Play):
    """A play in which reports are reviewed, supervised and assessed."""

    async def _bind_the_office(self) -> None:
        async with self.database.transaction() as tx:
            officer = await People(tx).add(OFFICER, department=LEADING_UNIT)
            code = await People(tx).invite(officer, datetime(2099, 1, 1, tzinfo=UTC))
            await People(tx).redeem(code, "test", OFFICE_CHAT, datetime.now(UTC))

    async def _review(self, found: str, decision: ObligationDecision, by: Actor = OFFICE) -> None:
        request = ObligationRequest(decision=decision, by=by)
        await self.gateway.decide_report(found, request, self._key())

    async def _asks_to_correct(self, found: str, answer: RefuseReopen | Reopen) -> None:
        """After its workflow has ended: what was reported is in the database."""
        await self.client.get_workflow_handle(found).result()
        ended, asked = await self.gateway.obligation(found), self._key()
        assert ended.life
        async with self.database.transaction() as tx:
            values = await Obligations(tx).values(found)
        request = ObligationRequest(decision=AskReopen(reason="示例：统计口径有误"), by=LEAD)
        facts = state_of().facts
        start = ObligationInput(
            obligation_id=found,
            base_id=BASE,
            schedule=ended.schedule,
            clock=self.clock,
            pilot_start=PUBLISHED,
            facts=ObligationFacts(level=facts.level, city=facts.city),
            reopening=Reopening(request=request, life=ended.life, values=values, handled=asked),
        )
        assert await self.gateway.reopen(start)
        await self._stands(found, ObligationState.REOPENING)
        await self._review(found, answer)

    async def _hears(self, kind: NoticeKind) -> None:
        async def told() -> list[str]:
            return self.messenger.kinds

        await eventually(told, lambda kinds: kind in kinds)

    async def _stands(self, found: str, state: ObligationState) -> None:
        await eventually(lambda: self.gateway.obligation(found), lambda o: o.state is state)

    async def _records(self, period: str, *found: supervision.WrittenFinding, visited: bool = False) -> None:
        day = self._today() if visited else None
        kind = SupervisionDecisionKind.RECORD
        await self._supervise(period, supervision.WrittenRecord(kind=kind, findings=found, visited=day))

    async def _concludes(self, period: str, conclusion: Conclusion, remark: str = "") -> None:
        """After a visit, where there has to be one."""
        found = supervision_id(BASE, period)
        stands = await eventually(
            lambda: self.gateway.supervision(found), lambda s: s.possible_conclusion is conclusion
        )
        if stands.state and stands.state.visit_missing:
            await self._records(period, visited=True)
        kind = SupervisionDecisionKind.CONCLUDE
        written = supervision.WrittenConclusion(kind=kind, conclusion=conclusion, remark=remark)
        await self._supervise(period, written)

    async def _supervise(self, period: str, written: supervision.Written) -> None:
        found = supervision_id(BASE, period)
        await eventually(lambda: self.gateway.supervision(found), lambda s: s.state is not None)
        await supervision.decide(self.database, self.gateway, found, written, OFFICE, self._key())

    async def _assess(self, found: str, written: assessing.Written, by: Actor = OFFICE) -> None:
        await assessing.decide(self.database, self.gateway, found, written, by, self._key())

    async def _evaluated(self, year: str, *points: str) -> None:
        now, expires = self.clock.now(), self.clock.now() + 30 * DAY
        async with self.database.transaction() as tx:
            for n, given in enumerate(points):
                who = (EVALUATOR, f"{ORGANISATION}{n}")
                _, token = await Evaluators(tx).invite(year, *who, [BASE], expires)
                one = await Evaluators(tx).by_token(token, now)
                items = {element.key: Decimal(given) for element in ELEMENTS}
                await Evaluations(tx).put(one, BASE, items, Decimal(given), COMMENT, now)

    async def _told(self, decided: Decided) -> None:
        await self.gateway.tell_credit(decided.notices[0].key, decided.notices)


def finding(severity: Severity, *, ordered: bool = True) -> supervision.WrittenFinding:
    order = supervision.WrittenOrder(requirement=REQUIRED, owner=OWNER) if ordered else None
    return supervision.WrittenFinding(item="safety", severity=severity, text=FOUND, order=order)
