"""A report is put off, or its clock stands still (A10): who is told what, and what is left afterwards."""

from datetime import date, timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.calendar import last_day_before
from domain.decisions import Resume, Revoke
from domain.errors import Stale
from domain.lifecycle import Step
from domain.obligation_decisions import (
    AcceptReport,
    ExtendReport,
    ObjectToReport,
    ResolveReport,
    ReturnReport,
)
from domain.policy.grounds import Ground
from domain.terms import ObligationState
from domain.views import Action, NoticeKind
from persistence.database import Database
from tests.support import LEAD, at, eventually, state_of
from tests.workflows.review import FEBRUARY, SUSPENDED, WRONG, reviewed
from tests.workflows.scene import CANONICAL, new_base_id, playing

# Put off


@pytest.mark.rule("A10")
async def test_an_extension_moves_the_deadline_and_every_step_after_it(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.until("03-05 10:10")
        await report.decides(ExtendReport(due=date(2026, 3, 12), reason="系统割接"))
        assert await report.due() == date(2026, 3, 12)
        assert last_day_before((await report.row()).locks) == date(2026, 3, 26)
        await report.until("03-09 12:00")
        assert not (await report.scene.base()).overdue
        await report.told("opened", "soon", "extended_report")
        await report.until("03-12 12:00")
        await report.told("opened", "soon", "extended_report", "soon", "today")
        await report.handed_in()
        assert (await report.row()).on_time is True


async def test_an_extension_after_the_due_day_takes_the_overdue_mark_away(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.until("03-09 12:00")
        assert (await report.scene.base()).overdue
        await report.decides(ExtendReport(due=date(2026, 3, 12), reason="系统割接"))
        assert await report.due() == date(2026, 3, 12)
        await eventually(report.scene.base, lambda b: not b.overdue)
        assert not (await report.scene.gateway.obligation(report.id)).overdue


async def test_who_asks_to_be_reminded_tomorrow_is_reminded_each_time(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    """「明天提醒我」 on Monday and again on Tuesday; on Wednesday there is a reminder anyway."""
    async with reviewed(skipping, database) as report:
        view = await report.says(Action.SNOOZE)
        assert [(n.code, n.params["date"]) for n in view.notes] == [("note.snoozed", "2026-03-03")]
        await report.until("03-03 12:00")
        await report.told("opened", "asked")
        await report.says("明天提醒我")
        await report.until("03-04 12:00")
        await report.told("opened", "asked", "soon")
        await report.says(Action.SNOOZE)
        await report.until("03-05 12:00")
        await report.told("opened", "asked", "soon", "asked")


# Standing still


@pytest.mark.rule("A10")
async def test_while_an_objection_is_open_nobody_is_reminded_and_nothing_locks(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.until("03-03 10:10")
        await report.decides(ObjectToReport(reason="示例理由"), LEAD)
        assert (await report.row()).paused
        await report.until("03-24 10:10")
        await report.told("opened", "objected")
        assert report.scene.messenger.sent[-1].to == ("厅际联席会议办公室",)
        await report.decides(ResolveReport(upheld=False, reason="示例答复"))
        assert await report.due() == date(2026, 3, 27), "four days were left"
        await report.until("03-27 12:00")
        await report.told("opened", "objected", "resumed", "soon", "today")
        await report.handed_in()
        assert (await report.row()).on_time is True


@pytest.mark.rule("A10")
async def test_an_upheld_objection_means_that_nothing_is_owed(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.until("03-03 10:10")
        await report.decides(ObjectToReport(reason="示例理由"), LEAD)
        await report.decides(ResolveReport(upheld=True, reason="示例答复"))
        assert (await report.ends()).state is ObligationState.WAIVED
        assert await report.credit() == []
        await report.told("opened", "objected", "waived")
        await eventually(report.scene.base, lambda b: report.id not in b.open)
        with pytest.raises(Stale):
            await report.says("开始")


async def test_a_base_may_object_to_a_return_and_what_it_handed_in_stands_if_it_is_right(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.until("03-03 10:10")
        await report.handed_in()
        await report.decides(ReturnReport(items=WRONG))
        await report.decides(ObjectToReport(reason="数据无误"), LEAD)
        await report.decides(ResolveReport(upheld=True, reason="示例答复"))
        assert (await report.ends()).state is ObligationState.ACCEPTED
        assert await report.scene.figures(FEBRUARY) == CANONICAL
        assert await report.credit() == ["按时报送"]


@pytest.mark.rule("A10")
async def test_a_suspended_base_is_left_alone_and_goes_on_with_the_days_that_were_left(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.until("03-04 12:10")
        await report.scene.decide(SUSPENDED)
        await eventually(report.row, lambda row: row.paused)
        await report.until("03-24 12:10")
        await report.told("opened", "soon", "paused")
        assert not (await report.scene.base()).overdue
        await report.scene.decide(Resume())
        await eventually(report.row, lambda row: not row.paused)
        assert await report.due() == date(2026, 3, 26), "Wednesday to Friday were left"
        await report.until("03-26 12:00")
        await report.told("opened", "soon", "paused", "resumed", "today")


async def test_standing_still_for_two_reasons_ends_with_the_last_of_them(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.until("03-04 12:10")
        await report.decides(ObjectToReport(reason="示例理由"), LEAD)
        await report.until("03-05 12:10")
        await report.scene.decide(SUSPENDED)
        await eventually(report.decided, lambda found: len(found) == 2)
        await report.until("03-10 12:10")
        await report.decides(ResolveReport(upheld=False, reason="示例答复"))
        assert (await report.row()).paused
        await report.until("03-17 12:10")
        await report.scene.decide(Resume())
        await eventually(report.row, lambda row: not row.paused)
        assert await report.due() == date(2026, 3, 19), "since the objection"


async def test_more_time_for_a_base_that_stands_still_is_no_second_stop(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.scene.decide(SUSPENDED)
        await eventually(report.row, lambda row: row.paused)
        await report.decides(ExtendReport(due=date(2026, 3, 31), reason="系统割接"))
        assert await report.due() == date(2026, 3, 31)
        await report.scene.quiet()
        await report.scene.quiet(report.id)
        assert [row.kind for row in await report.decided()] == ["暂停计时", "准予延期"]
        await eventually(report.scene.notices_of(), lambda told: NoticeKind.REPORT_EXTENDED in told)
        assert "决定被拒绝" not in await report.scene.kinds()


async def test_what_is_returned_to_a_base_that_stands_still_waits_for_it(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.handed_in()
        await report.scene.decide(SUSPENDED)
        await report.decides(ReturnReport(items=WRONG))
        await eventually(report.row, lambda row: row.paused)
        assert [row.kind for row in await report.decided()] == ["退回", "暂停计时"]
        await eventually(report.scene.notices_of(), lambda told: NoticeKind.REPORT_RETURNED in told)


async def test_what_was_open_is_owed_all_the_same_when_the_base_leaves_while_it_stands_still(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with reviewed(skipping, database) as report:
        await report.until("03-04 12:10")
        await report.scene.decide(SUSPENDED)
        await eventually(report.row, lambda row: row.paused)
        await report.until("03-10 10:10")
        await report.scene.decide(
            Revoke(reason="示例理由", ground=Ground.CLOSED, document_no="示例函〔2026〕2号")
        )
        await eventually(report.row, lambda row: not row.paused)
        assert await report.due() == date(2026, 3, 12)
        await report.handed_in()
        await report.decides(AcceptReport())
        await report.scene.completed()


# On the way out


async def test_a_message_waits_over_the_longest_holiday(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    """Accepted on the eve of the National Day, after hours: told on the first working day."""
    state = state_of(new_base_id(), Step.RUNNING, published_on=date(2026, 8, 3))
    async with playing(skipping, database, "2026-08-31 17:00", state) as scene:
        await scene.opened("2026-08")
        await scene.until("2026-09-21 16:30")  # locked at the end of the day
        await scene.until("2026-09-30 17:45")
        await scene.decide(SUSPENDED)
        await scene.until("2026-10-08 12:00")
        await eventually(scene.notices_of(), lambda told: "decided" in told)
        assert scene.messenger.sent[-1].kind is NoticeKind.DECIDED
        assert await scene.now() < at("2026-10-08 12:00") + timedelta(minutes=1)
