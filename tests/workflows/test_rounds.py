"""A round from 发榜 to publication, on the time-skipping server."""

import asyncio
from datetime import date

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.calendar import end_of
from domain.errors import NotAllowed, Refused, Stale
from domain.lifecycle import Step
from domain.rounds.decisions import ConfirmList, Consent, Extend, RoundRequest, StartNotice
from domain.rounds.state import Phase
from domain.terms import City
from persistence.database import Database
from tests.support import LEAD, OFFICE, at
from tests.workflows.fair import (
    CLOSE,
    CONSENT_NO,
    PUBLICATION_NO,
    Applicant,
    Fair,
    city_office,
    department,
    fair,
)
from tests.workflows.scene import name

NOTICE = StartNotice(first=date(2022, 2, 7), last=date(2022, 2, 11), publication_no=PUBLICATION_NO)
CONSENT = Consent(document_no=CONSENT_NO, on=date(2022, 1, 22))


@pytest.mark.rule("B11", "B14", "B15")
async def test_a_round_goes_through_its_phases_in_the_order_of_the_call(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        await place.to_notice(Applicant(3), Applicant(4), first=NOTICE.first, last=NOTICE.last)
        await place.until("2022-02-14 12:00")
        assert set((await place.steps(lambda s: Step.NOTICE not in s.values())).values()) == {Step.PILOT}
        await place.reaches(Phase.OVER)
        events = await place.events()
        assert [e.kind for e in events] == [
            "发榜",
            "形式审查",
            "专家评议",
            "结束专家评议",
            "联席会议讨论",
            "确定名单",
            "报请省政府同意",
            "省政府同意",
            "公示",
            "公示",
            "公布",
            "结束",
        ]
        # Published by itself, on the first working day after the notice, and there the pilot begins.
        assert {row.published_on for row in (await place.listed()).values()} == {date(2022, 2, 14)}
        for base_id in place.applicants:
            state = (await place.gateway.base(base_id)).state
            assert (state.published_on, state.published_no) == (date(2022, 2, 14), PUBLICATION_NO)
            assert state.consent_no == CONSENT_NO


async def test_a_round_says_at_any_time_whom_it_waits_for(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        base_id = await place.applies(Applicant(3))
        assert await place.waits_for(("申报主体", "提交申报")) == {("申报主体", "提交申报"): 1}
        await place.submits(base_id)
        found = await place.waits_for(("省财政厅", "形式审查"))
        assert found == {(who, "形式审查"): 1 for who in ("省发展改革委", "省财政厅", "省国资委", "省教育厅")}
        await place.until("2022-01-22 00:31")
        await place.all_pass()
        await place.waits_for(("评审专家", "专家评议"), ("省发展改革委", "结束专家评议"))
        await place.reaches(Phase.EXPERT_REVIEW)
        await place.all_are_scored()
        await place.office(CLOSE)
        await place.waits_for(("厅际联席会议", "讨论并确定名单"))
        await place.office(ConfirmList())
        await place.waits_for(("省政府", "同意名单"))
        await place.office(CONSENT)
        await place.waits_for(("省发展改革委", "发布公示"))
        await place.office(NOTICE)
        assert await place.waits_for(("时间届满", "公示")) == {("时间届满", "公示"): 1}


@pytest.mark.rule("B17")
async def test_the_deadline_is_put_off_by_a_reasoned_decision_and_every_applicant_has_it(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        base_id = await place.applies(Applicant(3))
        later = Extend(deadline=end_of(date(2022, 1, 28)), reason="疫情影响")
        with pytest.raises(Refused, match=r"round\.not_later"):
            await place.office(Extend(deadline=at("2022-01-20 00:00"), reason="误"))
        await place.office(later)
        await place.quiet()
        await place.until("2022-01-25 10:00")
        assert (await place.submits(base_id)).state.step is Step.FORMAL_REVIEW
        await place.until("2022-01-29 00:31")
        await place.reaches(Phase.FORMAL_REVIEW)
        with pytest.raises(Stale, match=r"round\.wrong_phase"):
            await place.office(later)


@pytest.mark.rule("B17")
async def test_who_is_late_is_refused_with_the_clause_and_leaves_the_round(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        base_id = await place.applies(Applicant(3))
        await place.until("2022-01-22 00:00")
        with pytest.raises(Refused, match="六-2"):
            await place.submits(base_id)
        assert await place.step(base_id) is Step.PREPARING, "an upload under way may still come in"
        await place.until("2022-01-22 00:31")
        assert await place.steps(lambda s: s[base_id] is Step.WITHDRAWN)
        await place.reaches(Phase.OVER)


@pytest.mark.rule("B17")
async def test_the_start_of_the_upload_counts_that_a_submission_comes_with(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        base_id = await place.applies(Applicant(3))
        await place.until("2022-01-22 00:10")
        with pytest.raises(Refused, match=r"application\.too_late"):
            await place.casework.submit(base_id, LEAD, "late", started=at("2022-01-22 00:00"))
        taken = await place.casework.submit(base_id, LEAD, "in-time", started=at("2022-01-21 23:59"))
        assert taken.state.step is Step.FORMAL_REVIEW


@pytest.mark.parametrize(
    "by", [LEAD, department("省教育厅"), city_office(City.TAIYUAN)], ids=lambda a: a.role
)
async def test_only_the_office_decides_about_a_round(
    skipping: WorkflowEnvironment, database: Database, by: object
) -> None:
    async with fair(skipping, database) as place:
        with pytest.raises(NotAllowed, match="四"):
            await place.office(Extend(deadline=end_of(date(2022, 1, 28)), reason="误"), by)  # type: ignore[arg-type]


async def test_a_decision_of_another_phase_is_refused_and_leaves_no_trace(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        await place.quiet()
        before = await history(place)
        for decision in (CLOSE, ConfirmList(), CONSENT, NOTICE):
            with pytest.raises(Stale) as caught:
                await place.office(decision)
            assert caught.value.refusal.clause is not None
        assert await history(place) == before


async def test_the_same_decision_sent_twice_is_taken_once(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        await place.to_conference(Applicant(3))
        await place.quiet()
        request = RoundRequest(decision=ConfirmList(), by=OFFICE)
        first = await place.gateway.decide_round(place.slug, request, "twice")
        again = await place.gateway.decide_round(place.slug, request, "twice")
        assert again == first
        assert [e.kind for e in await place.events()].count("确定名单") == 1


async def history(place: Fair) -> list[str]:
    """What happened to the round, without the workflow tasks."""
    handle = place.env.client.get_workflow_handle(f"round-{place.slug}")
    events = (await handle.fetch_history()).events
    return [n for e in events if not (n := name(e)).startswith("WORKFLOW_TASK")]


async def test_a_round_goes_on_in_a_new_run_in_every_phase_and_loses_nothing(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        runs = set()
        base_id = await place.applies(Applicant(3))
        await place.quiet()
        runs.add(await start_over(place, base_id))
        await place.submits(base_id)
        await place.until("2022-01-22 00:31")
        await place.reaches(Phase.FORMAL_REVIEW)
        runs.add(await start_over(place, base_id))
        await place.all_pass()
        await place.reaches(Phase.EXPERT_REVIEW)
        runs.add(await start_over(place, base_id))
        await place.all_are_scored()
        await place.office(CLOSE)
        await place.reaches(Phase.CONFERENCE)
        runs.add(await start_over(place, base_id))
        await place.office(ConfirmList())
        await place.reaches(Phase.CONSENT)
        runs.add(await start_over(place, base_id))
        await place.office(CONSENT)
        await place.reaches(Phase.NOTICE)
        runs.add(await start_over(place, base_id))
        await place.office(NOTICE)
        await place.until("2022-02-14 12:00")
        assert await place.steps(lambda s: s[base_id] is Step.PILOT)
        assert len(runs) == 6, "each was another run"


async def start_over(place: Fair, base_id: str) -> str:
    """Report old news until the history is too long; the new run."""
    handle = place.env.client.get_workflow_handle(f"round-{place.slug}")
    before = (await handle.fetch_history()).run_id
    news = (await place.round()).state.applications[base_id]
    while (run := (await handle.fetch_history()).run_id) == before:
        await asyncio.gather(*(handle.signal("standing", news) for _ in range(500)))
        await place.quiet(base_id)  # a run does not end while signals keep coming in
    return run


async def test_a_rush_before_the_deadline_is_handed_in_application_by_application(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    """More at once than there are connections to the database, which records them as well."""
    async with fair(skipping, database) as place:
        base_ids = [await place.applies(Applicant(3)) for _ in range(24)]
        await place.quiet()
        async with asyncio.timeout(20):
            done = await asyncio.gather(
                *(place.casework.submit(base_id, LEAD, f"rush-{base_id}") for base_id in base_ids)
            )
        assert {snapshot.state.step for snapshot in done} == {Step.FORMAL_REVIEW}
