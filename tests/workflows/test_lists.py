"""Expert review, ranking, the list and its quotas, offers of another level (B2, B7, B12, B13, B14)."""

from datetime import date

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.decisions import DeclineOffer, Expedite, TakeOffer
from domain.errors import NotAllowed, NotFound, Refused
from domain.lifecycle import Step
from domain.policy.eligibility import findings
from domain.policy.rounds import ROUND_2021
from domain.rounds.decisions import ChangeList, ConfirmList, ProposeList
from domain.rounds.state import Phase
from domain.terms import City, LeadKind, Level
from persistence.database import Database
from tests.support import LEAD
from tests.workflows.fair import CLOSE, Applicant, city_office, fair

SCHOOL = LeadKind.SCHOOL
PLAIN_SCHOOL = {"double_high": "无"}


@pytest.mark.rule("B13")
async def test_the_expert_review_ends_with_three_scores_each_or_a_reason(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        one, two = await place.to_expert_review(Applicant(3), Applicant(4))
        await place.all_are_scored(experts=2)
        with pytest.raises(Refused) as caught:
            await place.office(CLOSE)
        assert {i.params["base"]: i.params["count"] for i in caught.value.refusal.items} == {
            one: "2",
            two: "2",
        }
        await place.all_are_scored(experts=3)  # the first two correct their scores
        await place.office(CLOSE)
        await place.reaches(Phase.CONFERENCE)
        assert {e.count for e in (await place.round()).state.entries.values()} == {3}


@pytest.mark.rule("B13")
async def test_with_a_reason_who_has_too_few_scores_is_not_ranked_nor_selected(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (one,) = await place.to_expert_review(Applicant(3))
        await place.all_are_scored(experts=2)
        await place.office(CLOSE.model_copy(update={"reason": "专家因故缺席"}))
        await place.reaches(Phase.CONFERENCE)
        row = (await place.listed())[one]
        assert (row.rank, row.score, row.selected) == (None, None, False)
        await place.office(ConfirmList())
        assert await place.steps(lambda s: s[one] is Step.NOT_SELECTED)


@pytest.mark.rule("B2", "B7")
async def test_the_list_is_proposed_by_rank_and_explained_in_words(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        best, second, third = await place.to_conference(
            Applicant(3, kind=SCHOOL, score="85"),
            Applicant(3, kind=SCHOOL, score="85", answers=PLAIN_SCHOOL),
            Applicant(3, score="70"),
        )
        rows = await place.listed()
        assert [(rows[b].rank, rows[b].selected) for b in (best, second, third)] == [
            (1, True),
            (2, True),
            (3, False),
        ]
        assert "双高计划建设单位" in rows[best].explanation
        assert "《发榜公告》三-5" in rows[best].explanation


@pytest.mark.rule("B2")
async def test_a_third_of_one_direction_is_refused_and_an_eleventh_needs_a_reason(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        crowd = [Applicant(3, score=str(90 - n)) for n in range(3)]
        others = [Applicant(n, score="60") for n in range(10, 20)]
        base_ids = await place.to_conference(*crowd, *others)
        third, last = base_ids[2], base_ids[-1]
        with pytest.raises(Refused, match="附件1说明1"):
            await place.office(ChangeList(base=third, selected=True, reason="示例"))
        undecided = [b for b, e in (await place.round()).state.entries.items() if e.selected is None]
        assert set(undecided) == set(base_ids[3:]), "ten equals for eight places: nobody of them"
        with pytest.raises(Refused, match=r"list\.tie"):
            await place.office(ConfirmList())
        for base_id in base_ids[3:]:
            await place.office(ChangeList(base=base_id, selected=True, reason="方向急需"))
        with pytest.raises(Refused, match=r"list\.too_many"):
            await place.office(ConfirmList())
        await place.office(ConfirmList(reason="经联席会议讨论，增加两个"))
        steps = await place.steps(lambda s: Step.CONFERENCE not in s.values())
        assert steps[last] is Step.CONSENT
        assert steps[third] is Step.OFFERED


@pytest.mark.rule("B12")
async def test_a_city_proposes_its_own_list_and_says_why_it_passes_somebody_over(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        better, worse, elsewhere = await place.to_conference(
            Applicant(3, Level.CITY, score="90"),
            Applicant(3, Level.CITY, score="70"),
            Applicant(3, Level.CITY, City.DATONG, score="80"),
        )
        taiyuan, datong = city_office(City.TAIYUAN), city_office(City.DATONG)
        with pytest.raises(Refused, match=r"list\.not_in"):
            await place.office(ConfirmList())
        proposal = ProposeList(level=Level.CITY, city=City.TAIYUAN, selected=(worse,))
        with pytest.raises(NotAllowed, match=r"decision\.other_city"):
            await place.office(proposal, datong)
        with pytest.raises(Refused, match=r"list\.reason_needed"):
            await place.office(proposal, taiyuan)
        with pytest.raises(NotFound, match=r"list\.not_of_city"):
            await place.office(proposal.model_copy(update={"selected": (elsewhere,)}), taiyuan)
        await place.office(proposal.model_copy(update={"reason": "已有同类基地"}), taiyuan)
        await place.office(ProposeList(level=Level.CITY, city=City.DATONG, selected=(elsewhere,)), datong)
        await place.office(ConfirmList())
        steps = await place.steps(lambda s: Step.CONFERENCE not in s.values())
        assert steps == {worse: Step.CONSENT, elsewhere: Step.CONSENT, better: Step.NOT_SELECTED}


@pytest.mark.rule("B12")
async def test_a_county_base_stands_where_the_province_has_laid_one_down(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    terms = ROUND_2021.model_copy(update={"layout": {City.TAIYUAN: (3,)}})
    async with fair(skipping, database, terms=terms) as place:
        fits, does_not = await place.to_conference(
            Applicant(3, Level.COUNTY), Applicant(4, Level.COUNTY, score="70")
        )
        proposal = ProposeList(level=Level.COUNTY, city=City.TAIYUAN, selected=(fits, does_not))
        with pytest.raises(Refused, match=r"layout\.not_laid_out.*五"):
            await place.office(proposal, city_office(City.TAIYUAN))
        await place.office(proposal.model_copy(update={"selected": (fits,)}), city_office(City.TAIYUAN))


@pytest.mark.rule("B2")
@pytest.mark.parametrize("answer", ["takes it", "declines", "is silent", "comes too late"])
async def test_who_finds_the_quota_full_is_offered_the_city_level_for_five_working_days(
    skipping: WorkflowEnvironment, database: Database, answer: str
) -> None:
    async with fair(skipping, database) as place:
        *_, third = await place.to_conference(*[Applicant(3, score=str(90 - n)) for n in range(3)])
        await place.office(ConfirmList())
        await place.steps(lambda s: s[third] is Step.OFFERED)
        state = (await place.gateway.base(third)).state
        assert state.offer
        assert state.offer.rank == 3
        assert str(state.offer.until) == "2022-01-29 00:00:00+08:00"
        await place.waits_for(("申报主体", "确认改报"))
        if answer == "takes it":
            await place.decides(third, TakeOffer(), LEAD)
        elif answer == "declines":
            await place.decides(third, DeclineOffer(), LEAD)
        else:
            await place.until("2022-01-29 00:01")
        if answer == "comes too late":
            with pytest.raises(Exception, match=r"offer|wrong_step"):
                await place.decides(third, TakeOffer(), LEAD)
        await place.reaches(Phase.CONSENT)
        taken = answer == "takes it"
        assert (await place.step(third)) is (Step.CONSENT if taken else Step.NOT_SELECTED)
        row = (await place.listed())[third]
        assert (row.level, bool(row.selected)) == (("市级", True) if taken else ("省级", False))


@pytest.mark.rule("B14")
async def test_what_the_conference_changes_has_its_reason_on_record(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        first, second = await place.to_conference(Applicant(3, score="90"), Applicant(4, score="80"))
        await place.office(ChangeList(base=second, selected=False, reason="场地存在争议"))
        await place.office(ConfirmList())
        steps = await place.steps(lambda s: Step.CONFERENCE not in s.values())
        assert steps == {first: Step.CONSENT, second: Step.NOT_SELECTED}, (
            "no offer against the conference's word"
        )
        assert (await place.listed())[second].reason == "场地存在争议"
        change = next(e for e in await place.events() if e.kind == "调整名单")
        assert change.detail == {"base": second, "selected": False, "reason": "场地存在争议"}


@pytest.mark.rule("B4")
async def test_an_enterprise_off_the_list_is_admitted_by_a_recorded_decision_of_the_office(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        wanted = {"pilot_list": "优质企业简化遴选"}
        base_id = await place.applies(Applicant(3, kind=LeadKind.ENTERPRISE, answers=wanted))

        async def condition() -> str:
            found = findings(await place.casework.dossier(base_id), date(2022, 1, 5))
            return next(f.outcome for f in found if f.rule == "B4")

        assert await condition() == "需人工核实"
        with pytest.raises(NotAllowed):
            await place.decides(base_id, Expedite(reason="行业龙头"), LEAD)
        await place.decides(base_id, Expedite(reason="行业龙头"))
        assert await condition() == "符合"
