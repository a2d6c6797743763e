"""After a report is handed in (A10): it is accepted, returned, corrected."""

from datetime import date

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.calendar import end_of
from domain.decisions import Actor
from domain.errors import NotAllowed, Refused
from domain.forms.registry import FORMS
from domain.obligation_decisions import (
    AcceptReport,
    AskReopen,
    ObligationRequest,
    RefuseReopen,
    Reopen,
    ReturnReport,
)
from domain.obligation_decisions import ObligationDecisionKind as D
from domain.terms import City, Level, ObligationState, Role
from domain.views import Mode
from persistence.database import Database
from tests.support import LEAD, OFFICE, eventually
from tests.workflows.review import FEBRUARY, WRONG, Reviewed, reviewed
from tests.workflows.scene import CANONICAL, KIND
from workflows.messages import ObligationInput, Reopening

# Accepted


@pytest.mark.rule("A9", "A10")
async def test_a_report_that_is_accepted_is_on_record_told_and_counts_for_credit(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.until("03-03 10:10")
        await report.handed_in()
        assert (await report.row()).review_until == end_of(date(2026, 3, 17))
        assert await report.credit() == []
        assert await report.decides(AcceptReport(remark="示例意见")) is ObligationState.ACCEPTED
        assert (await report.ends()).state is ObligationState.ACCEPTED
        await report.told("opened", "accepted")
        params = report.scene.messenger.sent[-1].params
        assert (params["credit"], params["total"], params["reason"]) == ("按时报送", "86", "示例意见")
        assert await report.credit() == ["按时报送"]
        (entry,) = await report.decided()
        assert (entry.kind, entry.role, entry.version) == ("审核通过", "office", 1)
        assert (await report.scene.kinds())[-1] == "月调度审核通过"


@pytest.mark.rule("A10", "B12")
async def test_a_city_reviews_the_bases_that_it_cultivates_and_no_others(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database, Level.COUNTY) as report:
        await report.handed_in()
        other = Actor(role=Role.CITY, id="token:other", city=City.DATONG)
        with pytest.raises(NotAllowed, match=r"obligation\.not_yours"):
            await report.decides(AcceptReport(), other)
        own = Actor(role=Role.CITY, id="token:own", city=City.TAIYUAN)
        assert await report.decides(AcceptReport(), own) is ObligationState.ACCEPTED


@pytest.mark.rule("A10")
async def test_what_nobody_returns_in_time_counts_as_accepted(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.until("03-03 10:10")
        await report.handed_in()
        await report.until("03-17 23:59")
        assert (await report.row()).state is ObligationState.SUBMITTED
        await report.scene.until("2026-03-18 12:00")
        assert (await report.ends()).state is ObligationState.ACCEPTED
        (entry,) = await report.decided()
        assert (entry.kind, entry.role) == ("视为通过", "system")
        await report.told("opened", "accepted")


# Returned


@pytest.mark.rule("A10")
async def test_only_returned_items_are_asked_again_with_the_old_value_and_the_reason(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.handed_in()
        assert await report.decides(ReturnReport(items=WRONG)) is ObligationState.RETURNED
        await report.told("opened", "returned_report")
        view = await report.says("开始")
        assert (view.question, view.old, view.returned_for) == ("trainees_rural", "0", "请核实")
        assert (view.open_again, view.filled) == (2, len(CANONICAL) - 2)
        view = await report.says("0")
        assert (view.question, view.old, view.returned_for) == ("certified", "60", "与名册不符")
        view = await report.says("66")
        assert (view.mode, view.open_again) == (Mode.SUMMARY, 0)
        assert view.corrected == {"trainees_rural": False, "certified": True}
        await report.says("提交")
        await report.scene.quiet(report.id)
        first, second = await report.versions()
        assert (first.version, first.values) == (1, CANONICAL)
        assert (second.version, second.values) == (2, CANONICAL | {"certified": "66"})
        assert await report.scene.figures(FEBRUARY) == second.values
        assert await report.decides(AcceptReport()) is ObligationState.ACCEPTED
        await report.told("opened", "returned_report", "accepted")
        assert [row.kind for row in await report.decided()] == ["退回", "审核通过"]


async def test_the_message_about_a_return_names_the_items_and_why(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.until("03-03 10:10")
        await report.handed_in()
        await report.decides(ReturnReport(items=WRONG))
        await report.told("opened", "returned_report")
        params = report.scene.messenger.sent[-1].params
        assert params["items"] == "trainees_rural,certified"
        assert params["reason_certified"] == "与名册不符"
        assert (params["due"], params["period"]) == ("2026-03-06", FEBRUARY)


async def test_what_was_not_handed_in_cannot_be_returned(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.handed_in()
        with pytest.raises(Refused, match=r"obligation\.unknown_item"):
            await report.decides(ReturnReport(items={"weather": "没有这一项"}))
        assert (await report.row()).state is ObligationState.SUBMITTED


@pytest.mark.rule("A10")
async def test_after_a_return_the_clock_goes_on_where_it_stopped(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    """Handed in on Tuesday with four days left, returned on Tuesday a week later."""
    async with reviewed(skipping, database) as report:
        await report.until("03-03 10:10")
        await report.handed_in()
        await report.until("03-10 10:10")
        await report.decides(ReturnReport(items=WRONG))
        assert await report.due() == date(2026, 3, 13)
        assert not (await report.scene.base()).overdue
        await report.until("03-13 12:00")
        await report.told("opened", "returned_report", "soon", "today")
        await report.until("03-16 12:00")
        assert (await report.scene.base()).overdue
        await report.told("opened", "returned_report", "soon", "today", "overdue")
        await report.handed_in()
        row = await report.row()
        assert (row.state, row.version, row.on_time) == (ObligationState.SUBMITTED, 2, True)
        assert not (await report.scene.base()).overdue


@pytest.mark.rule("A10")
async def test_what_is_not_answered_again_locks_as_missing_but_keeps_what_was_handed_in(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.until("03-03 10:10")
        await report.handed_in()
        await report.decides(ReturnReport(items=WRONG))
        await report.scene.until("2026-03-23 12:00")
        assert (await report.ends()).state is ObligationState.MISSING
        assert [v.values for v in await report.versions()] == [CANONICAL]
        assert await report.credit() == ["缺报"]
        told = report.scene.told(FEBRUARY)
        ladder = ["soon", "today", "overdue", "department", "office"]
        assert told == ["opened", "returned_report", *ladder, "missing", "credit"]


@pytest.mark.rule("A9")
async def test_the_second_return_costs_points_and_the_first_does_not(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.until("03-03 10:10")
        for n, booked in enumerate(([], ["两次退回"], ["两次退回"])):
            await report.handed_in(certified=str(60 + n))
            await report.decides(ReturnReport(items={"certified": f"示例理由{n}"}))
            assert await report.credit() == booked
            await report.told("opened", *["returned_report"] * (n + 1))
        assert [n.params.get("credit") for n in report.scene.messenger.sent[1:]] == [None, "两次退回", None]
        await report.handed_in()
        await report.decides(AcceptReport())
        assert await report.credit() == ["两次退回", "按时报送"]


# Corrected later


async def ask_to_correct(report: Reviewed) -> None:
    """As the base asks, whose report is long accepted."""
    scene = report.scene
    known = (await scene.gateway.obligation(report.id)).life
    assert known is not None
    update_id = f"{report.id}:ask:{known.seq}"
    request = ObligationRequest(decision=AskReopen(reason="示例理由"), by=LEAD)
    start = ObligationInput(
        obligation_id=report.id,
        base_id=scene.base_id,
        schedule=known.schedule,
        clock=scene.clock,
        pilot_start=date(2026, 2, 9),
        reopening=Reopening(
            request=request, life=known, values=await scene.figures(FEBRUARY), handled=update_id
        ),
    )
    assert await scene.gateway.reopen(start)
    assert not await scene.gateway.reopen(start), "it runs by now"
    await eventually(report.row, lambda row: row.state is ObligationState.REOPENING)
    await scene.gateway.decide_report(report.id, request, update_id)  # delivered again: nothing more happens
    assert (await report.row()).state is ObligationState.REOPENING


async def accepted(report: Reviewed) -> None:
    await report.until("03-03 10:10")
    await report.handed_in()
    await report.decides(AcceptReport())
    await report.scene.completed(report.id)
    await report.scene.until("2026-03-24 10:10")


@pytest.mark.rule("A10")
async def test_an_accepted_report_is_corrected_when_the_office_agrees(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await accepted(report)
        await ask_to_correct(report)
        await report.told("opened", "accepted", "reopen_asked")
        assert report.scene.messenger.sent[-1].to == ("厅际联席会议办公室",)
        assert await report.decides(Reopen()) is ObligationState.RETURNED
        assert await report.due() == date(2026, 3, 27), "the four days that were left"
        await report.told("opened", "accepted", "reopen_asked", "reopened")
        view = await report.says("开始")
        assert (view.mode, view.filled) == (Mode.SUMMARY, len(CANONICAL))
        number = FORMS[KIND].by_key["certified"].no
        view = await report.says(f"{number}=66")
        assert view.corrected == {"certified": True}
        await report.says("提交")
        await report.scene.quiet(report.id)
        assert await report.decides(AcceptReport()) is ObligationState.ACCEPTED
        row = await report.ends()
        assert (row.state, row.version, row.on_time) == (ObligationState.ACCEPTED, 2, True)
        assert (await report.scene.figures(FEBRUARY))["certified"] == "66"
        assert [row.kind for row in await report.decided()] == [
            "审核通过",
            "申请更正",
            "同意更正",
            "审核通过",
        ]
        assert await report.credit() == ["按时报送"], "a correction is not counted again"


async def test_a_correction_can_be_asked_for_before_the_last_message_has_left(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    """Accepted in the evening: the message waits for the morning, and its workflow with it."""
    async with reviewed(skipping, database) as report:
        await report.handed_in()
        await report.until("03-03 18:00")
        await report.decides(AcceptReport())
        assert await report.decides(AskReopen(reason="示例理由"), LEAD) is ObligationState.REOPENING
        await report.until("03-04 10:10")
        await report.told("opened", "accepted", "reopen_asked")
        assert await report.decides(Reopen()) is ObligationState.RETURNED


@pytest.mark.rule("A10")
async def test_an_accepted_report_stands_when_the_office_does_not_agree(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await accepted(report)
        await ask_to_correct(report)
        assert await report.decides(RefuseReopen(reason="示例答复")) is ObligationState.ACCEPTED
        assert (await report.ends()).state is ObligationState.ACCEPTED
        await report.told("opened", "accepted", "reopen_asked", "reopen_refused")
        assert report.scene.messenger.sent[-1].params["reason"] == "示例答复"
        assert await report.scene.figures(FEBRUARY) == CANONICAL
        assert await report.credit() == ["按时报送"]


# Once, and by whoever may


async def test_a_decision_that_is_delivered_again_is_taken_once(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.until("03-03 10:10")
        await report.handed_in()
        for _ in range(3):
            state = await report.decides(ReturnReport(items=WRONG), update_id="telegram:7")
            assert state is ObligationState.RETURNED
        assert len(await report.decided()) == 1
        await report.told("opened", "returned_report")


async def test_a_signal_that_is_refused_stands_on_the_timeline(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        handle = skipping.client.get_workflow_handle(report.id)
        await handle.signal("decision", ObligationRequest(decision=AcceptReport(), by=OFFICE))
        await handle.signal("decision", {"decision": {"kind": "审核"}, "by": "x"})
        await eventually(report.scene.kinds, lambda kinds: kinds.count("决定被拒绝") == 2)
        wrong_state, malformed = [e for e in await report.scene.timeline() if e.kind == "决定被拒绝"]
        assert wrong_state.detail["code"] == "obligation.wrong_state"
        assert "《推进措施》八" in wrong_state.detail["clause"]
        assert malformed.detail["code"] == "decision.malformed"
        assert (await report.row()).state is ObligationState.OPEN
        assert await report.decided() == []


async def test_a_signal_is_taken_as_a_decision(skipping: WorkflowEnvironment, database: Database) -> None:
    async with reviewed(skipping, database) as report:
        await report.handed_in()
        handle = skipping.client.get_workflow_handle(report.id)
        await handle.signal("decision", ObligationRequest(decision=AcceptReport(), by=OFFICE))
        await eventually(report.row, lambda row: row.state is ObligationState.ACCEPTED)
        assert [D(row.kind) for row in await report.decided()] == [D.ACCEPT]
