"""Record the histories of a base that reports in every way there is, and of what follows its reports.

    .venv/bin/python -m tests.histories.record_reporting 2026-11-reporting

plays it from October 2024 to February 2026, a year in little more than a minute. It takes two minutes. When to
record, and what never to do, is told in `record`.
"""

import asyncio
from datetime import date
from decimal import Decimal

from temporalio.client import WorkflowHistory

from app.schedules import DIGEST
from casework import assessing, credit_findings, ordering
from casework.credit_findings import NewFinding
from domain.assessment_decisions import AssessmentDecisionKind as A
from domain.calendar import DAY
from domain.decisions import (
    AssessReform,
    ConfirmFunds,
    RecallFunds,
    Recover,
    Resume,
    Revoke,
    Suspend,
)
from domain.digest import DigestDue, Moment
from domain.ids import assessment_id, obligation_id, supervision_id
from domain.lifecycle import Step
from domain.obligation_decisions import (
    AcceptReport,
    ExtendReport,
    ObjectToReport,
    RefuseReopen,
    Reopen,
    ResolveReport,
    ReturnReport,
    WaiveReport,
)
from domain.policy.credit_finding import FindingEnd, FindingKind
from domain.policy.grounds import Ground
from domain.policy.recall import Instalment, ReformResult
from domain.policy.supervision import Severity
from domain.supervision_decisions import Conclusion
from domain.terms import ObligationKind as K
from domain.terms import ObligationState
from domain.views import Action, NoticeKind
from persistence.credit_findings import Ending
from tests.histories.deciding import (
    ANSWERED,
    APPEALED,
    DISHONEST,
    FEW,
    OWNER,
    PUBLISHED,
    REMARK,
    REPAIRED,
    REQUIRED,
    Deciding,
    finding,
)
from tests.histories.record import BASE, label_from, record
from tests.support import LEAD, OFFICE, clock_from, eventually, register, state_of, working
from tests.workflows.office import Mailbox, at_work
from workflows import queues
from workflows.digest import Digest
from workflows.messages import DigestInput

JANUARY = DigestDue(kind=K.DISPATCH, period="2026-01", moment=Moment.DUE, day=date(2026, 2, 6))

REPORTS = {
    K.DISPATCH: ("2024-09", "2024-10", "2024-11", "2024-12", "2025-01", "2025-04", "2025-08"),
    K.SUPERVISION: ("2024-Q3",),
    K.PUBLICATION: ("2024-H2",),
    K.ASSESSMENT: ("2024",),
    K.REPORT: ("2024",),
    K.RECTIFICATION: ("2024-Q3-1", "2025-O1", "2025-Q3-1"),
}
KEPT = (
    *(obligation_id(BASE, kind, period) for kind, periods in REPORTS.items() for period in periods),
    *(supervision_id(BASE, quarter) for quarter in ("2024-Q3", "2025-Q1", "2025-Q3")),
    *(assessment_id(BASE, year) for year in ("2024", "2025")),
    DIGEST,
    JANUARY.id,
)
"""One of each kind, and each of the ways that one can go."""


class Reporting(Deciding):
    """A certified base, its office, and all that can become of a report."""

    begins = "2024-10-08 08:30"
    year_in_seconds = 75

    async def life(self) -> None:
        """From its first report to the last instalment that it pays back."""
        state = state_of(BASE, Step.RUNNING, published_on=PUBLISHED)
        await register(self.database, state, "1000")
        await self._bind_a_second_contact()
        await self._bind_the_office()
        async with working(self.client, self.database, self.clock, self.messenger):
            await self.gateway.start_base(state)
            await self._is_returned_and_supervised()
            await self._asks_for_time_and_objects()
            await self._hands_in_a_year()
            await self._is_assessed("2024", "40", "45", "38")
            await self._is_ordered_to_put_something_right()
            await self._stands_still()
            await self._has_to_pay_back()
            await self._does_not_put_right()
            await self._leaves()
            await self.client.get_workflow_handle(BASE).result()
        await self._is_told_of()

    # 2024

    async def _is_returned_and_supervised(self) -> None:
        month = await self._opened("2024-09")
        await self._fills(month, funds_central="800")
        await self._review(
            month, ReturnReport(items={"progress": "示例：过于笼统", "certified": "示例：与证书不符"})
        )
        await self._fills(month, progress="主体结构封顶，开始安装设备", certified="66")
        await self._review(month, AcceptReport())
        await self._fills(await self._opened("2024-Q3", K.SUPERVISION))
        await self._records("2024-Q3", finding(Severity.GRAVE))
        put_right = await self._opened("2024-Q3-1", K.RECTIFICATION)
        await self._fills(put_right)
        await self._review(put_right, ReturnReport(items={"measures": "示例：照片与描述不符"}))
        await self._fills(put_right, measures="示例：已更换全部线路")
        await self._review(put_right, AcceptReport())

    async def _asks_for_time_and_objects(self) -> None:
        october = await self._opened("2024-10")
        await self._review(october, ExtendReport(due=date(2024, 11, 22), reason="示例：审计进点"))
        await self._say(october, Action.SNOOZE)
        await self._hears(NoticeKind.ASKED)
        await self._fills(october)
        await self._stands(october, ObligationState.ACCEPTED)  # nobody returned it
        november = await self._opened("2024-11")
        await self._review(november, ObjectToReport(reason="示例：当月停工"), LEAD)
        await self._until(self._today() + 3 * DAY)
        await self._review(november, ResolveReport(upheld=False, reason="示例：停工一周"))
        await self._fills(november)
        await self._review(november, AcceptReport())
        await self._asks_to_correct(november, RefuseReopen(reason="示例：差异不大"))

    async def _hands_in_a_year(self) -> None:
        december = await self._opened("2024-12")
        half = await self._opened("2024-H2", K.PUBLICATION)
        await self._review(half, ObjectToReport(reason="示例：由市里统一发布"), LEAD)
        await self._review(half, ResolveReport(upheld=True, reason="示例：属实"))
        await self._fills(await self._opened("2024-Q4", K.SUPERVISION))
        await self._until(date(2025, 1, 10))  # it was due on the 8th
        await self._fills(december)
        await self._fills(await self._opened("2024", K.ASSESSMENT))
        report = await self._opened("2024", K.REPORT)
        await self._fills(report)
        await self._review(report, AcceptReport(remark="示例：材料齐全"))
        await self._concludes("2024-Q4", Conclusion.NOTHING_FOUND)
        await self._stands(december, ObligationState.ACCEPTED)
        await self._asks_to_correct(december, Reopen())
        await self._say(december, "开始")
        await self._say(december, "14=70")
        await self._say(december, "提交")
        await self._review(december, AcceptReport())

    # 2025

    async def _is_assessed(self, year: str, *points: str) -> None:
        found = assessment_id(BASE, year)
        await eventually(lambda: self.gateway.assessment(found), lambda a: a.state is not None)
        await self._evaluated(year, *points)
        few = None if points else FEW
        await self._assess(found, assessing.WrittenClosing(kind=A.CLOSE, reason=few))
        await self._assess(found, assessing.WrittenProposal(kind=A.PROPOSE))
        if points:
            await self._assess(found, assessing.WrittenAppeal(kind=A.APPEAL, reason=APPEALED), LEAD)
            dismissed = assessing.WrittenResolution(kind=A.RESOLVE, upheld=False, reason=ANSWERED)
            await self._assess(found, dismissed)
        await eventually(lambda: self.gateway.assessment(found), lambda a: a.possible == A.PUBLISH)
        paper = {"document_no": "示例发改〔2025〕9号", "on": self._today()}
        await self._assess(found, assessing.WrittenPublication.model_validate({"kind": A.PUBLISH, **paper}))

    async def _is_ordered_to_put_something_right(self) -> None:
        due = self._today() + 20 * DAY
        written = ordering.WrittenRectification(requirement=REQUIRED, owner=OWNER, due=due)
        await ordering.order(self.database, self.gateway, self.clock, BASE, written, OFFICE, self._key())
        ordered = await self._opened(f"{self._today().year}-O1", K.RECTIFICATION)
        await self._fills(ordered)
        await self._review(ordered, AcceptReport())

    async def _stands_still(self) -> None:
        await self._fills(await self._opened("2025-Q1", K.SUPERVISION))
        await self._records("2025-Q1", finding(Severity.MINOR, ordered=False))
        await self._concludes("2025-Q1", Conclusion.POINTED_OUT)
        found = await self._is_found_dishonest()
        april = await self._opened("2025-04")
        await self._decide(Suspend(reason="示例：失信", ground=Ground.DISHONEST))
        await eventually(lambda: self.gateway.obligation(april), lambda o: bool(o.life and o.life.paused))
        await self._until(date(2025, 6, 24))
        repaired = {
            "end_kind": FindingEnd.REPAIRED,
            "end_reason": REPAIRED,
            "end_document_no": "示例信〔2025〕2号",
        }
        ending = Ending.model_validate(repaired)
        await self._told(await credit_findings.end(self.database, found, ending, OFFICE, self.clock.now()))
        await self._until(date(2025, 7, 2))
        await self._decide(Resume(reason="示例：已修复"))
        await eventually(lambda: self.gateway.obligation(april), lambda o: bool(o.life and not o.life.paused))
        await self._fills(april)

    async def _is_found_dishonest(self) -> int:
        new = NewFinding(
            lead=None,
            base=BASE,
            credit_code="12140000MB0000000X",
            kind=FindingKind.SERIOUS,
            reason=DISHONEST,
            document_no="示例信〔2025〕1号",
            effective_from=self._today(),
            effective_to=None,
        )
        decided = await credit_findings.find(self.database, new, OFFICE, self.clock.now())
        await self._told(decided)
        return decided.finding.id

    async def _has_to_pay_back(self) -> None:
        paper = {"document_no": "示例投资〔2025〕3号", "on": self._today()}
        reform = {"result": ReformResult.POOR, "completed_on": date(2025, 3, 31)}
        await self._decide(AssessReform.model_validate(reform | paper))
        await self._decide(
            ConfirmFunds(amount=Decimal(800), document_no="示例投资〔2024〕1号", on=self._today())
        )
        await self._decide(
            RecallFunds(
                amount=Decimal(800),
                document_no="示例投资〔2025〕4号",
                reason="示例：推进不力",
                ground=Ground.REFORM,
                instalments=(
                    Instalment(due=date(2025, 9, 30), amount=Decimal(300)),
                    Instalment(due=date(2026, 1, 16), amount=Decimal(500)),
                ),
            )
        )
        await self._waived("2025-08")
        await self._until(date(2025, 10, 9))  # late, and the office was told
        await self._decide(_paid(300, self._today()))

    async def _waived(self, month: str) -> None:
        await self._review(await self._opened(month), WaiveReport(reason="示例：数据由审计组代报"))

    async def _does_not_put_right(self) -> None:
        await self._fills(await self._opened("2025-Q3", K.SUPERVISION))
        await self._records("2025-Q3", finding(Severity.GRAVE), visited=True)
        await self._opened("2025-Q3-1", K.RECTIFICATION)
        await self._stands(obligation_id(BASE, K.RECTIFICATION, "2025-Q3-1"), ObligationState.MISSING)
        await self._concludes("2025-Q3", Conclusion.NOT_RECTIFIED, REMARK)

    # 2026

    async def _leaves(self) -> None:
        await self._fills(await self._opened("2025-12"))
        await self._fills(await self._opened("2025-Q4", K.SUPERVISION))
        await self._fills(await self._opened("2025", K.ASSESSMENT))
        await self._decide(Revoke(reason="示例：考核不合格", ground=Ground.GRADE, document_no="示例函1号"))
        await self._fills(await self._opened("2025-H2", K.PUBLICATION))
        await self._fills(await self._opened("2025", K.REPORT))
        await self._concludes("2025-Q4", Conclusion.NOTHING_FOUND)
        await self._decide(_paid(500, self._today()))
        await self._is_assessed("2025")

    async def _is_told_of(self) -> None:
        """The office, in the afternoon on which January is due; an hour in a second."""
        clock = clock_from("2026-02-06 14:00", speed=3600)
        async with at_work(self.client, self.database, Mailbox(), clock):
            await self.client.execute_workflow(
                Digest.run, DigestInput(), id=DIGEST, task_queue=queues.MAIN_QUEUE
            )
            await self.client.get_workflow_handle(JANUARY.id).result()

    # What is kept

    async def histories(self) -> dict[str, WorkflowHistory]:
        """All of the base, and of every turn that something else took one."""
        news = await self._ids_of("CreditNews")
        return await self._runs_of(BASE, *KEPT, *news)


def _paid(amount: int, on: date) -> Recover:
    return Recover(amount=Decimal(amount), document_no="示例回单1号", on=on)


if __name__ == "__main__":
    asyncio.run(record(label_from(__doc__, "2026-11-reporting"), Reporting))
