"""The assessment of a year: from the self-assessment to the published grade."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.assessment import AssessmentActivities
from activities.calendar import CalendarActivities
from activities.messages import MessageActivities
from activities.records import RecordsActivities
from app.workers import activities_of
from casework.assessing import (
    Written,
    WrittenAppeal,
    WrittenClosing,
    WrittenProposal,
    WrittenPublication,
    WrittenResolution,
    decide,
)
from domain.assessment import AssessmentFacts, AssessmentState, Phase, opened
from domain.assessment_decisions import AssessmentDecisionKind as K
from domain.assessment_decisions import AssessmentRequest, CloseEvaluation
from domain.calendar import Clock, end_of
from domain.decisions import Actor
from domain.errors import NotAllowed, Refused, Stale
from domain.forms.assessment import ELEMENTS
from domain.ids import assessment_id
from domain.lifecycle import Step
from domain.policy.effectiveness import Grade
from domain.policy.members import LEADING_UNIT
from domain.terms import ObligationState
from persistence.assessments import AssessmentEvent, AssessmentRow, Assessments
from persistence.bases import Timeline
from persistence.database import Database
from persistence.evaluators import Evaluations, Evaluators
from persistence.people import People
from tests.histories.test_replay import texts_in
from tests.policy.published import DAYS_2026
from tests.support import LEAD, OFFICE, Recorder, at, clock_from, eventually, register, state_of
from tests.workflows.scene import new_base_id, pending
from tests.workflows.stand_in import StandIn
from workflows import queues
from workflows.assessment import Assessment
from workflows.assessment_messages import AssessmentCarried, AssessmentSnapshot
from workflows.gateway import Gateway
from workflows.messages import AssessmentResult, FollowUpInput

YEAR = "2025"
OPENED = "2026-02-05 10:00"
WHY, NOT_AGREED, ANSWER = "示例：机构不足", "示例：培训人次漏计", "示例：核实无误"

CLOSE = WrittenClosing(kind=K.CLOSE)
CLOSE_ANYWAY = WrittenClosing(kind=K.CLOSE, reason=WHY)
PROPOSE = WrittenProposal(kind=K.PROPOSE)
APPEAL = WrittenAppeal(kind=K.APPEAL, reason=NOT_AGREED)
DISMISS = WrittenResolution(kind=K.RESOLVE, upheld=False, reason=ANSWER)


def publish(on: str) -> WrittenPublication:
    return WrittenPublication(kind=K.PUBLISH, document_no="示例发改〔2026〕9号", on=date.fromisoformat(on))


class Year:
    """An assessment that began at a business time, and whoever it concerns."""

    def __init__(self, env: WorkflowEnvironment, database: Database, clock: Clock, base_id: str) -> None:
        self.env, self.database, self.clock, self.base_id = env, database, clock, base_id
        self.id = assessment_id(base_id, YEAR)
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
        await self.env.sleep(self.clock.real(at(business)) - await self.env.get_current_time())

    async def quiet(self) -> None:
        """Wait until nothing is under way: the server's time stands still for good otherwise."""

        async def under_way() -> int:
            history = await self.handle.fetch_history()
            return pending(history, "WORKFLOW_TASK") + pending(history, "ACTIVITY_TASK")

        await eventually(under_way, lambda count: count == 0)

    async def take(self, written: Written, by: Actor = OFFICE, update_id: str = "") -> AssessmentSnapshot:
        """Take a decision."""
        await self.quiet()
        self._updates += 1
        key = update_id or f"test:{self.id}:{self._updates}"
        return await decide(self.database, self.gateway, self.id, written, by, key)

    async def evaluated(self, *points: str) -> None:
        """So many evaluators give so many points for every element."""
        await self.quiet()
        async with self.database.transaction() as tx:
            for n, given in enumerate(points):
                who = ("示例评价人", f"示例评价机构{n}")
                _, token = await Evaluators(tx).invite(YEAR, *who, [self.base_id], end_of(date(2027, 1, 1)))
                one = await Evaluators(tx).by_token(token, at(OPENED))
                items = {element.key: Decimal(given) for element in ELEMENTS}
                await Evaluations(tx).put(one, self.base_id, items, Decimal(given), "", at(OPENED))

    async def state(self) -> AssessmentState:
        """Where it stands."""
        found = (await self.gateway.assessment(self.id)).state
        assert found
        return found

    async def phase(self) -> Phase:
        """What it is at."""
        return (await self.state()).phase

    async def row(self) -> AssessmentRow:
        """How it is shown."""
        async with self.database.transaction() as tx:
            return await Assessments(tx).get(self.id)

    async def events(self) -> list[AssessmentEvent]:
        """Its timeline."""
        async with self.database.transaction() as tx:
            return await Assessments(tx).timeline(self.id)

    async def texts(self) -> set[str]:
        """What was written about it."""
        async with self.database.transaction() as tx:
            return set((await Assessments(tx).texts(self.id)).values())

    async def told(self) -> list[str]:
        """Kinds of messages that went out."""
        return self.messenger.kinds

    async def to_appeal(self, *points: str) -> AssessmentSnapshot:
        """Evaluated, closed, and the lead is being told."""
        await self.evaluated(*(points or ("80", "80", "80")))
        await self.take(CLOSE)
        return await self.take(PROPOSE)


@asynccontextmanager
async def year(
    env: WorkflowEnvironment,
    database: Database,
    self_report: ObligationState = ObligationState.MISSING,
    *,
    business: str = OPENED,
    base_there: bool = True,
    carried: dict[str, Any] | None = None,
) -> AsyncIterator[Year]:
    """An assessment that begins now, and a base that remembers what it is told."""
    base_id = new_base_id()
    scene = Year(env, database, clock_from(business, await env.get_current_time()), base_id)
    contact = await register(database, state_of(base_id, Step.RUNNING, published_on=date(2024, 1, 1)))
    async with database.transaction() as tx:
        office = await People(tx).add("示例经办人", department=LEADING_UNIT)
        for person in (contact, office):
            code = await People(tx).invite(person, datetime(2099, 1, 1, tzinfo=UTC))
            await People(tx).redeem(code, "test", f"chat-of-{person}", datetime.now(UTC))
    records = [AssessmentActivities(database), RecordsActivities(database), CalendarActivities()]
    messages = MessageActivities(database, scene.messenger, scene)
    main = Worker(
        env.client,
        task_queue=queues.MAIN_QUEUE,
        workflows=[Assessment, StandIn],
        activities=activities_of(records),
    )
    outgoing = Worker(env.client, task_queue=queues.MESSAGE_QUEUE, activities=activities_of([messages]))
    async with main, outgoing:
        if base_there:
            await env.client.start_workflow(StandIn.run, id=base_id, task_queue=queues.MAIN_QUEUE)
        await env.client.start_workflow(
            Assessment.run,
            FollowUpInput(
                base_id=base_id, period=YEAR, clock=scene.clock, self_report=self_report, carried=carried
            ),
            id=scene.id,
            task_queue=queues.MAIN_QUEUE,
        )
        yield scene


@pytest.mark.rule("A10", "A12")
async def test_after_the_self_assessment_the_third_party_is_waited_for(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with year(skipping, database) as y:
        await y.quiet()
        row = await y.row()
        assert (row.phase, row.waiting_for, row.self_report) == ("第三方评价", "第三方评价机构", "缺报")
        assert row.due == at("2026-03-12 00:00")
        found = (await y.handle.describe()).typed_search_attributes
        known = {pair.key.name: pair.value for pair in found}
        assert (known["Stage"], known["ObligationKind"], known["Period"]) == ("第三方评价", "年考核", YEAR)
        assert (known["NextDue"], known["Overdue"]) == (at("2026-03-12 00:00"), False)


@pytest.mark.rule("A12")
async def test_a_year_from_its_evaluation_to_the_published_grade(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with year(skipping, database) as y:
        await y.evaluated("80", "85", "90")
        after = await y.take(CLOSE)
        assert (after.waiting_for, after.possible) == (LEADING_UNIT, "拟定等次")
        assert after.state is not None
        assert after.state.result is not None
        assert after.state.result.total == Decimal("79.50")  # 0.7 x 85 + 0.1 x 0 + 0.2 x 100
        assert after.state.grade is Grade.FAIR, "the self-assessment is missing"
        told = await y.take(PROPOSE)
        assert (told.waiting_for, told.next_due) == ("时间届满", at("2026-02-13 00:00"))
        await y.until("2026-02-12 23:59")
        assert await y.phase() is Phase.APPEAL
        await y.until("2026-02-13 00:01")
        await eventually(y.phase, lambda phase: phase is Phase.PUBLICATION)
        await y.take(publish("2026-02-13"))
        assert await y.base.query(StandIn.grades) == [
            AssessmentResult(year=YEAR, grade="基本合格", workflow_id=y.id)
        ]
        await y.until("2026-02-13 12:00")
        assert await y.base.result() == [y.id]
        row = await y.row()
        assert (row.phase, row.grade, row.score) == ("已公布", "基本合格", Decimal("79.50"))
        assert (row.published_on, row.document_no) == (date(2026, 2, 13), "示例发改〔2026〕9号")
        kinds = [event.kind for event in await y.events()]
        assert kinds == ["开始", "结束评价", "拟定等次", "申诉期满", "公布"]
        async with database.transaction() as tx:
            entries = [entry.kind for entry in await Timeline(tx).of(y.base_id)]
        assert entries == [f"年考核{kind}" for kind in kinds]
        assert await y.told() == ["grade_proposed", "grade_published"]
        assert y.messenger.sent[0].params == {
            "year": YEAR,
            "grade": "基本合格",
            "total": "79.50",
            "last": "2026-02-12",
        }


@pytest.mark.rule("A12")
async def test_too_few_evaluations_end_it_only_with_a_reason_and_until_then_it_goes_on(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with year(skipping, database) as y:
        await y.evaluated("80", "90")
        with pytest.raises(Refused) as caught:
            await y.take(CLOSE)
        assert caught.value.refusal.code == "assessment.too_few"
        assert await y.phase() is Phase.EVALUATION
        assert (await y.row()).scoring_closed_at is None
        await y.evaluated("80", "90", "100")  # it is still open
        await y.take(CLOSE)
        assert (await y.row()).scoring_closed_at is not None


@pytest.mark.rule("A12")
async def test_an_appeal_is_upheld_and_the_better_grade_is_published(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with year(skipping, database) as y:
        await y.to_appeal("50", "50", "50")
        await y.until("2026-02-12 10:00")
        after = await y.take(APPEAL, LEAD)
        assert (after.waiting_for, after.possible) == (LEADING_UNIT, "申诉处理")
        await y.until("2026-02-25 10:00")
        assert await y.phase() is Phase.REVIEW, "the clock stands still while it is decided about"
        upheld = WrittenResolution(kind=K.RESOLVE, upheld=True, grade=Grade.FAIR, reason=ANSWER)
        await y.take(upheld)
        await y.take(publish("2026-02-25"))
        assert await y.base.result() == [y.id]
        row = await y.row()
        assert (row.grade, row.appeal_state) == ("基本合格", "成立")
        assert row.result is not None
        assert row.result.grade is Grade.POOR, "what was computed stays on record"
        assert await y.texts() == {NOT_AGREED, ANSWER}
        told = await y.told()
        assert told == ["grade_proposed", "grade_appealed", "appeal_resolved", "grade_published"]


@pytest.mark.rule("A12")
async def test_an_appeal_is_dismissed_and_there_is_no_second(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with year(skipping, database) as y:
        await y.to_appeal()
        await y.take(APPEAL, LEAD)
        with pytest.raises(Stale, match=r"assessment\.appealed"):
            await y.take(APPEAL, LEAD)
        await y.take(DISMISS)
        with pytest.raises(Stale, match=r"assessment\.appealed"):
            await y.take(APPEAL, LEAD)
        assert (await y.state()).grade is Grade.FAIR


@pytest.mark.rule("A12")
async def test_an_appeal_that_comes_too_late_is_refused(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with year(skipping, database) as y:
        await y.to_appeal()
        await y.until("2026-02-13 00:01")
        await eventually(y.phase, lambda phase: phase is Phase.PUBLICATION)
        with pytest.raises(Refused) as caught:
            await y.take(APPEAL, LEAD)
        assert caught.value.refusal.code == "assessment.appeal_too_late"
        assert caught.value.refusal.params == {"last": "2026-02-12"}


async def test_the_office_is_reminded_on_the_last_day_and_every_five_working_days_after(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with year(skipping, database) as y:
        await y.until("2026-03-11 08:59")
        assert await y.told() == []
        await y.until("2026-03-26 12:00")
        await eventually(y.told, lambda told: told == ["assessment_waiting"] * 3)
        assert [notice.key.rsplit(":", 1)[1] for notice in y.messenger.sent] == [
            f"waiting-2026-03-{day}" for day in (11, 18, 25)
        ]
        assert {notice.params["phase"] for notice in y.messenger.sent} == {"第三方评价"}
        assert (await y.gateway.assessment(y.id)).overdue
        await y.take(CLOSE_ANYWAY)
        await y.until("2026-04-01 12:00")
        assert await y.told() == ["assessment_waiting"] * 3, "it is another phase, and not late yet"
        await y.until("2026-04-02 12:00")
        await eventually(y.told, lambda told: len(told) == 4)
        assert y.messenger.sent[-1].params["phase"] == "待拟定等次"


async def test_whoever_decides_at_night_lets_the_lead_sleep(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with year(skipping, database, business="2026-02-05 20:00") as y:
        after = await y.to_appeal()
        assert after.next_due == at("2026-02-14 00:00"), "counted from the day on which the lead is told"
        await y.until("2026-02-06 08:59")
        assert await y.told() == []
        await y.until("2026-02-06 09:40")
        await eventually(y.told, lambda told: told == ["grade_proposed"])


async def test_histories_hold_no_words_that_people_wrote(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with year(skipping, database) as y:
        await y.take(CLOSE_ANYWAY)
        await y.take(WrittenProposal(kind=K.PROPOSE, grade=Grade.POOR, reason="示例：弄虚作假"))
        await y.take(APPEAL, LEAD)
        await y.take(DISMISS)
        await y.take(publish("2026-02-05"))
        assert await y.base.result() == [y.id]
        found = list(texts_in(json.loads((await y.handle.fetch_history()).to_json())))
        assert any("不合格" in text for text in found), "payloads are decoded"
        for word in (WHY, NOT_AGREED, ANSWER, "弄虚作假", "示例评价"):
            assert not any(word in text for text in found)
        assert await y.texts() == {WHY, "示例：弄虚作假", NOT_AGREED, ANSWER}


async def test_a_decision_delivered_again_changes_nothing(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with year(skipping, database) as y:
        first = await y.take(CLOSE_ANYWAY, update_id="api:office:1")
        assert await y.take(CLOSE_ANYWAY, update_id="api:office:1") == first
        assert [event.kind for event in await y.events()] == ["开始", "结束评价"]


async def test_a_run_goes_on_where_the_one_before_ended_and_knows_what_was_dealt_with(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    facts = AssessmentFacts(base_id="base-2021-03-0", year=YEAR, self_report=ObligationState.MISSING)
    before = opened(facts, at(OPENED), DAYS_2026).model_copy(update={"phase": Phase.PROPOSAL, "seq": 2})
    carried = AssessmentCarried(
        state=before, calendar=DAYS_2026.around(2026), handled=("api:office:7",)
    ).model_dump(mode="json")
    async with year(skipping, database, carried=carried) as y:
        await y.quiet()
        assert await y.state() == before
        request = AssessmentRequest(decision=CloseEvaluation(), by=OFFICE)
        known = await y.gateway.decide_assessment(y.id, request, "api:office:7")
        assert known.state == before, "what was dealt with is not refused now"
        with pytest.raises(Stale, match=r"assessment\.wrong_phase"):
            await y.gateway.decide_assessment(y.id, request, "api:office:8")


async def test_an_operators_signal_is_taken_and_a_wrong_one_is_on_record(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    by = OFFICE.model_dump(mode="json")
    async with year(skipping, database) as y:
        await y.evaluated("80", "80", "80")
        for sent in ({"kind": "点赞"}, {"kind": "公布", "document_no": "x", "on": "2026-02-05"}):
            await y.handle.signal("decision", {"decision": sent, "by": by})
            await y.quiet()
        await y.handle.signal("decision", {"decision": {"kind": "结束评价"}, "by": by})
        await eventually(y.phase, lambda phase: phase is Phase.PROPOSAL)
        async with database.transaction() as tx:
            entries = await Timeline(tx).of(y.base_id)
        codes = [entry.detail["code"] for entry in entries if entry.kind == "决定被拒绝"]
        assert sorted(codes) == ["assessment.wrong_phase", "decision.malformed"]


async def test_what_is_not_theirs_leaves_no_trace_and_no_words(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with year(skipping, database) as y:
        await y.quiet()
        before = len((await y.handle.fetch_history()).events)
        with pytest.raises(NotAllowed, match=r"assessment\.not_yours"):
            await y.take(CLOSE_ANYWAY, LEAD)
        with pytest.raises(NotAllowed, match=r"assessment\.not_yours"):
            await y.take(APPEAL, OFFICE)
        assert len((await y.handle.fetch_history()).events) == before
        assert await y.texts() == set()


async def test_a_base_that_is_gone_is_assessed_all_the_same(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with year(skipping, database, base_there=False) as y:
        await y.take(CLOSE_ANYWAY)
        await y.take(PROPOSE)
        await y.take(APPEAL, LEAD)
        await y.take(DISMISS)
        await y.take(publish("2026-02-05"))
        await y.handle.result()
        assert (await y.row()).phase == "已公布"


async def test_a_clock_is_exchanged(skipping: WorkflowEnvironment, database: Database) -> None:
    async with year(skipping, database) as y:
        await y.quiet()
        y.clock = clock_from("2026-03-11 11:30", await skipping.get_current_time())
        await y.handle.signal("set_clock", y.clock)
        await eventually(y.told, lambda told: told == ["assessment_waiting"])
