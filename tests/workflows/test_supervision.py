"""The supervision of a quarter: from the end of the self-check to its conclusion."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.messages import MessageActivities
from activities.records import RecordsActivities
from activities.supervision import SupervisionActivities
from app.workers import activities_of
from casework.supervision import (
    Written,
    WrittenConclusion,
    WrittenFinding,
    WrittenOrder,
    WrittenRecord,
    decide,
)
from domain.calendar import Clock
from domain.decisions import Actor
from domain.errors import NotAllowed, Refused, Stale
from domain.ids import supervision_id
from domain.lifecycle import Step
from domain.policy.members import LEADING_UNIT
from domain.policy.supervision import Severity
from domain.supervision import SupervisionState, SupervisionStep
from domain.supervision_decisions import Conclusion, SupervisionDecisionKind
from domain.terms import City, ObligationKind, ObligationState, Role
from domain.views import NoticeKind
from persistence.bases import Timeline, TimelineRow
from persistence.database import Database
from persistence.people import People
from persistence.supervision import Rectifications, SupervisionRow, Supervisions
from tests.support import OFFICE, Recorder, at, clock_from, eventually, register, state_of
from tests.workflows.scene import new_base_id, pending
from tests.workflows.stand_in import StandIn
from workflows import queues
from workflows.gateway import Gateway
from workflows.messages import FollowUpInput, ObligationReport, RectificationOrder
from workflows.supervision import Supervision
from workflows.supervision_messages import SupervisionSnapshot

PERIOD = "2026-Q1"
OPENED = "2026-04-10 10:00"
LAST = "2026-05-06"  # the fifteenth working day, over the May holiday
CITY = Actor(role=Role.CITY, id="token:city", city=City.TAIYUAN)
RECORD, CONCLUDE = SupervisionDecisionKind.RECORD, SupervisionDecisionKind.CONCLUDE


def noted(text: str = "台账不全") -> WrittenFinding:
    return WrittenFinding(item="other", severity=Severity.MINOR, text=text)


def ordered(due: date | None = None) -> WrittenFinding:
    order = WrittenOrder(requirement="清理消防通道", owner="示例责任人", due=due)
    return WrittenFinding(item="safety", severity=Severity.GRAVE, text="消防通道堵塞", order=order)


def record(*findings: WrittenFinding, visited: date | None = None) -> WrittenRecord:
    return WrittenRecord(kind=RECORD, findings=findings, visited=visited)


def conclude(conclusion: Conclusion, remark: str = "") -> WrittenConclusion:
    return WrittenConclusion(kind=CONCLUDE, conclusion=conclusion, remark=remark)


class Quarter:
    """A supervision that began at a business time, and whoever it concerns."""

    def __init__(self, env: WorkflowEnvironment, database: Database, clock: Clock, base_id: str) -> None:
        self.env, self.database, self.clock, self.base_id = env, database, clock, base_id
        self.id = supervision_id(base_id, PERIOD)
        self.messenger = Recorder()
        self.gateway = Gateway(env.client, clock)
        self._updates = 0

    @property
    def current(self) -> Clock:
        """The clock in force, for the activities."""
        return self.clock

    def now(self) -> datetime:
        """Business time by the machine's clock."""
        return self.clock.now()

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """Its workflow, whichever run is the newest."""
        return self.env.client.get_workflow_handle(self.id)

    @property
    def base(self) -> WorkflowHandle[Any, Any]:
        """The workflow of its base."""
        return self.env.client.get_workflow_handle(self.base_id)

    async def until(self, business: str) -> None:
        """Let time pass."""
        await self.quiet()
        wait = self.clock.real(at(business)) - await self.env.get_current_time()
        await self.env.sleep(wait)

    async def quiet(self) -> None:
        """Wait until nothing is under way: the server's time stands still for good otherwise."""

        async def under_way() -> int:
            history = await self.handle.fetch_history()
            return pending(history, "WORKFLOW_TASK") + pending(history, "ACTIVITY_TASK")

        await eventually(under_way, lambda count: count == 0)

    async def take(
        self, written: Written, by: Actor = OFFICE, update_id: str | None = None
    ) -> SupervisionSnapshot:
        """Take a decision."""
        await self.quiet()
        self._updates += 1
        key = update_id or f"test:{self.id}:{self._updates}"
        return await decide(self.database, self.gateway, self.id, written, by, key)

    async def hears(self, number: str, state: ObligationState) -> None:
        """The base passes on what became of an order."""
        report = ObligationReport(
            obligation_id="x", period=number, state=state, kind=ObligationKind.RECTIFICATION
        )
        await self.quiet()
        await self.handle.signal("reported", report)
        await eventually(self.state, lambda found: any(o.state is state for o in found.orders))
        await self.quiet()

    async def state(self) -> SupervisionState:
        """Where it stands."""
        found = (await self.gateway.supervision(self.id)).state
        assert found
        return found

    async def row(self) -> SupervisionRow:
        """How it is shown."""
        async with self.database.transaction() as tx:
            return await Supervisions(tx).get(self.id)

    async def timeline(self) -> list[TimelineRow]:
        """What is on record of the base."""
        async with self.database.transaction() as tx:
            return await Timeline(tx).of(self.base_id)

    async def orders(self) -> list[RectificationOrder]:
        """What the base was told to put right."""
        return await self.base.query(StandIn.orders)

    async def told(self) -> list[str]:
        """Kinds of messages that went out."""
        return self.messenger.kinds

    async def run_id(self) -> str:
        """Which run is the newest."""
        return (await self.run()).execution.run_id

    async def run(self) -> WorkflowExecutionInfo:
        """The newest run, as the server has it."""
        found = await self.env.client.workflow_service.describe_workflow_execution(
            DescribeWorkflowExecutionRequest(
                namespace=self.env.client.namespace, execution=WorkflowExecution(workflow_id=self.id)
            )
        )
        return found.workflow_execution_info

    async def attributes(self) -> dict[str, Any]:
        """What operators see. The client cannot read it any more once one was unset on this server."""
        found = (await self.handle.describe()).typed_search_attributes
        return {pair.key.name: pair.value for pair in found}


@asynccontextmanager
async def quarter(
    env: WorkflowEnvironment,
    database: Database,
    self_report: ObligationState = ObligationState.SUBMITTED,
    *,
    business: str = OPENED,
    base_there: bool = True,
    carried: dict[str, Any] | None = None,
) -> AsyncIterator[Quarter]:
    """A supervision that begins now, and a base that remembers what it is told."""
    base_id = new_base_id()
    scene = Quarter(env, database, clock_from(business, await env.get_current_time()), base_id)
    contact = await register(database, state_of(base_id, Step.RUNNING, published_on=date(2024, 1, 1)))
    async with database.transaction() as tx:
        office = await People(tx).add("示例经办人", department=LEADING_UNIT)
        for person in (contact, office):
            code = await People(tx).invite(person, datetime(2099, 1, 1, tzinfo=UTC))
            await People(tx).redeem(code, "test", f"chat-of-{person}", datetime.now(UTC))
    records = [SupervisionActivities(database), RecordsActivities(database)]
    messages = MessageActivities(database, scene.messenger, scene)
    main = Worker(
        env.client,
        task_queue=queues.MAIN_QUEUE,
        workflows=[Supervision, StandIn],
        activities=activities_of(records),
    )
    outgoing = Worker(env.client, task_queue=queues.MESSAGE_QUEUE, activities=activities_of([messages]))
    async with main, outgoing:
        if base_there:
            await env.client.start_workflow(StandIn.run, id=base_id, task_queue=queues.MAIN_QUEUE)
        await env.client.start_workflow(
            Supervision.run,
            FollowUpInput(
                base_id=base_id, period=PERIOD, clock=scene.clock, self_report=self_report, carried=carried
            ),
            id=scene.id,
            task_queue=queues.MAIN_QUEUE,
        )
        yield scene


@pytest.mark.rule("A10")
async def test_after_the_self_check_the_office_is_waited_for(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with quarter(skipping, database) as q:
        await q.quiet()
        row = await q.row()
        assert (row.state, row.waiting_for, row.approach, row.grade) == (
            "督导中",
            LEADING_UNIT,
            "书面督导",
            "B",
        )
        assert row.until == at("2026-05-07 00:00")
        assert [entry.kind for entry in await q.timeline()] == ["督导开始"]
        known = await q.attributes()
        assert (known["ObligationKind"], known["Period"]) == ("季督导", PERIOD)
        assert (known["WaitingFor"], known["Overdue"]) == (LEADING_UNIT, False)
        assert known["NextDue"] == at("2026-05-07 00:00")


@pytest.mark.rule("A10")
async def test_the_office_is_reminded_once_on_the_last_day_and_is_late_after_it(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with quarter(skipping, database) as q:
        await q.until(f"{LAST} 08:59")
        assert await q.told() == []
        await q.until(f"{LAST} 11:30")
        await eventually(q.told, lambda told: told == ["supervision_due"])
        (notice,) = q.messenger.sent
        assert notice.params == {
            "period": PERIOD,
            "self_report": "已报送",
            "approach": "书面督导",
            "grade": "B",
            "until": LAST,
        }
        assert (await q.attributes())["Overdue"] is False
        await q.until("2026-05-07 00:01")
        await eventually(q.attributes, lambda known: known["Overdue"] is True)
        await q.until("2026-06-30 12:00")
        assert await q.told() == ["supervision_due"]


@pytest.mark.rule("A10")
async def test_nothing_found_and_the_base_is_told(skipping: WorkflowEnvironment, database: Database) -> None:
    async with quarter(skipping, database) as q:
        await q.take(conclude(Conclusion.NOTHING_FOUND, "资料齐全"))
        assert await q.base.result() == [q.id]
        row = await q.row()
        assert (row.state, row.conclusion, row.remark) == ("已办结", "未发现问题", "资料齐全")
        assert await q.told() == ["supervision_concluded"]
        assert q.messenger.sent[0].params == {
            "period": PERIOD,
            "conclusion": "未发现问题",
            "findings": "0",
            "orders": "0",
        }
        with pytest.raises(Stale, match=r"supervision\.concluded"):
            await decide(database, q.gateway, q.id, record(noted()), OFFICE, "later")


async def test_a_conclusion_at_noon_is_told_when_offices_are_open_again(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with quarter(skipping, database, business="2026-04-10 12:00") as q:
        await q.take(conclude(Conclusion.NOTHING_FOUND))
        await q.until("2026-04-10 14:29")
        assert await q.told() == []
        await q.until("2026-04-10 15:05")
        await eventually(q.told, lambda told: told == ["supervision_concluded"])


@pytest.mark.rule("A10")
async def test_what_has_to_be_put_right_is_ordered_of_the_base_and_verified(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    """Handed in, returned, handed in again, verified: then it is concluded without anybody's doing."""
    async with quarter(skipping, database) as q:
        after = await q.take(record(noted(), ordered()))
        assert (after.waiting_for, after.possible_conclusion) == ("基地联系人", None)
        assert await q.orders() == [
            RectificationOrder(number="2026-Q1-2", due=date(2026, 4, 24), origin=q.id)
        ]
        obligation = f"obligation-{q.base_id}-rectification-2026-Q1-2"
        async with database.transaction() as tx:
            assert await Rectifications(tx).requirement(obligation) == "清理消防通道"
        for outcome, waits in (
            (ObligationState.SUBMITTED, LEADING_UNIT),
            (ObligationState.RETURNED, "基地联系人"),
            (ObligationState.SUBMITTED, LEADING_UNIT),
        ):
            await q.hears("2026-Q1-2", outcome)
            assert (await q.row()).waiting_for == waits
        await q.handle.signal(
            "reported",
            ObligationReport(obligation_id=obligation, period="2026-Q1-2", state=ObligationState.ACCEPTED),
        )
        assert await q.base.result() == [q.id]
        row = await q.row()
        assert (row.state, row.conclusion, row.findings, row.orders_open) == ("已办结", "已整改", 2, 0)
        entries = [(entry.kind, entry.role) for entry in await q.timeline()]
        assert entries == [
            ("督导开始", "system"),
            ("督导记录", "office"),
            *[("整改进展", "system")] * 4,
            ("督导结论", "system"),
        ]
        assert await q.told() == ["supervision_concluded"], "the reminder is not true any more"


@pytest.mark.rule("A9", "A10")
async def test_what_was_not_put_right_in_time_is_for_the_office_to_decide(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    """It locks at midnight; the office hears of it in office hours, and says what follows."""
    async with quarter(skipping, database) as q:
        await q.take(record(ordered()))
        await q.until("2026-05-12 00:00")
        await q.hears("2026-Q1-1", ObligationState.MISSING)
        row = await q.row()
        assert (row.state, row.waiting_for) == ("逾期待处理", LEADING_UNIT)
        assert (await q.gateway.supervision(q.id)).overdue
        assert await q.told() == []
        await q.until("2026-05-12 09:30")
        await eventually(q.told, lambda told: told == ["consequence_due"])
        assert q.messenger.sent[0].params == {"period": PERIOD, "number": "2026-Q1-1"}
        with pytest.raises(Refused, match=r"supervision\.other_conclusion"):
            await q.take(conclude(Conclusion.POINTED_OUT))
        await q.take(conclude(Conclusion.NOT_RECTIFIED, "约谈负责人并通报"))
        assert await q.base.result() == [q.id]
        assert (await q.row()).remark == "约谈负责人并通报"
        assert await q.told() == ["consequence_due", "supervision_concluded"]


@pytest.mark.rule("A9")
async def test_a_missed_self_check_is_not_concluded_before_a_visit(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with quarter(skipping, database, ObligationState.MISSING) as q:
        await q.quiet()
        assert (await q.row()).approach == "现场督导"
        with pytest.raises(Refused, match=r"supervision\.visit_needed"):
            await q.take(conclude(Conclusion.NOTHING_FOUND))
        await q.take(record(visited=date(2026, 4, 10)))
        await q.take(conclude(Conclusion.NOTHING_FOUND))
        assert await q.base.result() == [q.id]


async def test_histories_hold_no_words_that_people_wrote(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with quarter(skipping, database) as q:
        await q.take(record(noted("台账混乱"), ordered()))
        await q.hears("2026-Q1-2", ObligationState.WAIVED)
        assert await q.base.result() == [q.id]
        for handle in (q.handle, q.base):
            history = (await handle.fetch_history()).to_json()
            for word in ("台账混乱", "消防通道堵塞", "清理消防通道", "示例责任人"):
                assert word not in history


async def test_a_decision_delivered_again_changes_nothing(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with quarter(skipping, database) as q:
        first = await q.take(record(ordered()), update_id="api:office:1")
        assert await q.take(record(ordered()), update_id="api:office:1") == first
        assert len(await q.orders()) == 1
        assert (await q.row()).findings == 1


@pytest.mark.rule("B12")
async def test_a_decision_that_is_not_theirs_leaves_no_trace_and_no_words(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with quarter(skipping, database) as q:
        await q.quiet()
        before = len((await q.handle.fetch_history()).events)
        with pytest.raises(NotAllowed, match=r"supervision\.other_city"):
            await q.take(record(noted()), by=CITY)
        assert len((await q.handle.fetch_history()).events) == before
        async with database.transaction() as tx:
            assert await Supervisions(tx).findings(q.id) == []


async def test_an_operators_signal_is_taken_and_a_wrong_one_is_on_record(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    by = OFFICE.model_dump(mode="json")
    async with quarter(skipping, database) as q:
        await q.quiet()
        await q.handle.signal("decision", {"decision": {"kind": "点赞"}, "by": by})
        wrong = {"kind": "督导结论", "conclusion": "已整改"}
        await q.handle.signal("decision", {"decision": wrong, "by": by})
        await q.quiet()
        right = {"kind": "督导结论", "conclusion": "未发现问题"}
        await q.handle.signal("decision", {"decision": right, "by": by})
        assert await q.base.result() == [q.id]
        entries = await q.timeline()
        assert [entry.kind for entry in entries] == ["督导开始", "决定被拒绝", "决定被拒绝", "督导结论"]
        codes = [entry.detail["code"] for entry in entries[1:3]]
        assert codes == ["decision.malformed", "supervision.other_conclusion"]


async def test_a_base_that_has_left_has_nothing_to_put_right(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with quarter(skipping, database, base_there=False) as q:
        await q.take(record(ordered()))
        await q.handle.result()
        row = await q.row()
        assert (row.state, row.conclusion, row.orders_open) == ("已办结", "已指出问题", 0)


async def test_a_clock_is_exchanged(skipping: WorkflowEnvironment, database: Database) -> None:
    async with quarter(skipping, database) as q:
        await q.quiet()
        q.clock = clock_from("2026-05-06 11:30", await skipping.get_current_time())
        await q.handle.signal("set_clock", q.clock)
        await eventually(q.told, lambda told: told == ["supervision_due"])


async def test_a_new_run_goes_on_where_the_last_one_was(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    """With its findings, its orders, its notices to come and the updates that it has dealt with."""
    async with quarter(skipping, database) as q:
        await q.take(record(ordered(), noted()), update_id="api:office:1")
        first = await q.run_id()
        before = await q.state()
        await q.hears("2026-Q1-1", ObligationState.MISSING)
        await _until_it_starts_over(q, first)
        after = await q.state()
        assert (after.findings, after.until) == (before.findings, before.until)
        assert after.step is SupervisionStep.CONSEQUENCE_DUE
        again = await q.take(record(ordered(), noted()), update_id="api:office:1")
        assert again.state == after
        await q.take(conclude(Conclusion.NOT_RECTIFIED, "通报"))
        assert await q.base.result() == [q.id]
        assert [kind for kind in await q.told() if kind != NoticeKind.CONSEQUENCE_DUE] == [
            "supervision_concluded"
        ]


async def _until_it_starts_over(q: Quarter, first: str) -> None:
    """Signals that are refused, each of which is written down, until its history is too long."""
    while (await q.run()).history_length < 4096 and await q.run_id() == first:
        await asyncio.gather(*(q.handle.signal("decision", {}) for _ in range(20)))
        await q.quiet()
    await eventually(q.run_id, lambda found: found != first)
    await q.quiet()
