"""形式审查 (B9): signatures side by side, 退回补正, silence, and its end."""

import asyncio
from datetime import date

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.decisions import DecisionRequest, SignOff, lead_actor
from domain.errors import NotAllowed, Refused, Stale
from domain.lifecycle import Step
from domain.policy.formal_review import SignOffResult
from domain.rounds.decisions import CloseFormalReview
from domain.rounds.state import Phase
from domain.terms import City, LeadKind, Level
from persistence.bases import Timeline
from persistence.database import Database
from persistence.people import People
from tests.support import LEAD, OFFICE, at, eventually
from tests.workflows.fair import Applicant, city_office, department, fair

BUDGET, SCHOOLS, ENTERPRISES = department("省财政厅"), department("省教育厅"), department("省国资委")
APPLICANT = Applicant(3)
"""A city government with 示例软件有限公司 (省国资委) and 示例学院 as partners."""

pytestmark = pytest.mark.rule("B9")


async def test_every_party_is_reviewed_by_the_department_in_charge_of_it(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (base_id,) = await place.all_apply([APPLICANT])
        review = (await place.gateway.base(base_id)).state.review
        assert review
        assert {(d.id, d.department) for d in review.duties} == {
            ("whole", "省发展改革委"),
            ("budget", "省财政厅"),
            ("enterprise-1", "省国资委"),
            ("school-2", "省教育厅"),
        }


async def test_the_review_is_passed_when_all_have_signed_whoever_is_first(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (base_id,) = await place.all_apply([APPLICANT])
        signing = (("school-2", SCHOOLS), ("budget", BUDGET), ("enterprise-1", ENTERPRISES))
        for duty, by in signing:
            assert (await place.signs(base_id, duty, by)).state.step is Step.FORMAL_REVIEW
        done = await place.signs(base_id, "whole", OFFICE)
        assert done.state.step is Step.EXPERT_REVIEW


async def test_a_department_cannot_sign_for_another_nor_twice(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (base_id,) = await place.all_apply([APPLICANT])
        for duty, by in (("budget", SCHOOLS), ("whole", BUDGET), ("budget", OFFICE), ("budget", LEAD)):
            with pytest.raises(NotAllowed, match="四"):
                await place.signs(base_id, duty, by)
        await place.signs(base_id, "budget", BUDGET)
        with pytest.raises(Stale, match=r"sign_off\.signed"):
            await place.signs(base_id, "budget", BUDGET, "不通过", reason="改主意")
        with pytest.raises(Refused, match=r"sign_off\.no_such_duty"):
            await place.signs(base_id, "school-9", SCHOOLS)


async def test_of_two_signatures_at_the_same_moment_one_is_taken(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (base_id,) = await place.all_apply([APPLICANT])
        await place.quiet(base_id)

        def sign(n: int, result: SignOffResult) -> object:
            decision = SignOff(duty="budget", result=result, reason="预算依据不足")
            return place.gateway.decide(base_id, DecisionRequest(decision=decision, by=BUDGET), f"both-{n}")

        both = (sign(1, SignOffResult.PASS), sign(2, SignOffResult.FAIL))
        answers = await asyncio.gather(*both, return_exceptions=True)  # type: ignore[call-overload]
        assert [isinstance(a, Stale) for a in answers].count(True) == 1


async def test_a_city_office_signs_the_whole_of_its_own_city_level_applications_only(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        own, provincial = await place.all_apply([Applicant(3, Level.CITY), Applicant(4)])
        await place.signs(own, "whole", city_office(City.TAIYUAN))
        with pytest.raises(NotAllowed):
            await place.signs(own, "budget", city_office(City.TAIYUAN))
        for base_id, city in ((own, City.DATONG), (provincial, City.TAIYUAN)):
            with pytest.raises(NotAllowed):
                await place.signs(base_id, "whole", city_office(city))


async def test_what_one_department_turns_down_is_over_for_all_with_its_reason(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (base_id,) = await place.all_apply([APPLICANT])
        done = await place.signs(base_id, "school-2", SCHOOLS, "不通过", reason="院校资质不符")
        assert done.state.step is Step.REJECTED
        async with database.transaction() as tx:
            last = (await Timeline(tx).of(base_id))[-1]
        assert (last.kind, last.detail["reason"]) == ("不予受理", "院校资质不符")


async def test_only_what_was_returned_is_asked_again_and_the_others_go_on(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (base_id,) = await place.all_apply([APPLICANT])
        await place.until("2021-12-27 10:00")
        back = await place.signs(
            base_id, "budget", BUDGET, "退回补正", reason="预算依据不足", items=("plan",)
        )
        assert back.state.review
        assert back.state.review.returned["budget"].until == at("2022-01-05 00:00"), "five working days"
        assert set(back.waiting_for.split("、")) == {"省发展改革委", "省国资委", "省教育厅", "申报主体"}
        assert await place.waits_for(("申报主体", "补正"))
        await place.signs(base_id, "school-2", SCHOOLS)
        lead = lead_actor(1)
        with pytest.raises(Refused) as untouched:
            await place.casework.supplement(base_id, lead, "too-early")
        assert [item.params["item"] for item in untouched.value.refusal.items] == ["建设实施方案"]
        with pytest.raises(Refused, match=r"supplement\.not_asked"):
            await place.casework.fill_in(base_id, {"operator": "无"}, lead)
        await place.until("2021-12-28 10:00")
        await place.hands_in(base_id, "plan")
        again = await place.casework.supplement(base_id, lead, "now")
        assert again.state.review
        assert {d.id for d in again.state.review.pending} == {"whole", "budget", "enterprise-1"}


async def test_who_does_not_put_it_right_in_time_is_turned_down(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        late, other = await place.all_apply([APPLICANT, Applicant(4)])
        await place.until("2021-12-27 10:00")
        await place.signs(late, "budget", BUDGET, "退回补正", reason="预算依据不足", items=("plan",), days=2)
        await place.until("2021-12-29 23:59")
        assert await place.step(late) is Step.FORMAL_REVIEW
        await place.until("2021-12-30 00:01")
        steps = await place.steps(lambda s: s[late] is Step.REJECTED)
        assert steps[other] is Step.FORMAL_REVIEW


async def test_a_silent_department_is_reminded_once_for_all_in_working_time(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        async with database.transaction() as tx:
            contact = await People(tx).add("示例联系人", department="省财政厅")
            code = await People(tx).invite(contact, at("2099-01-01 00:00"))
            await People(tx).redeem(code, "test", "chat-of-budget", at("2021-12-20 10:00"))
        base_ids = await place.all_apply([APPLICANT, Applicant(4)])
        for base_id in base_ids:
            await place.signs(base_id, "school-2", SCHOOLS)
        await place.until("2021-12-24 12:00")

        async def reminders() -> list[dict[str, str]]:
            return [n.params for n in place.told.sent if n.department]

        assert [p["count"] for p in await eventually(reminders)] == ["2"]
        await place.all_pass()
        await place.until("2022-01-10 12:00")
        assert len(await reminders()) == 1, "nobody is silent any more"


async def test_the_office_ends_the_review_with_a_reason_for_those_who_are_left(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        done, left = await place.all_apply([APPLICANT, Applicant(4, kind=LeadKind.ENTERPRISE)])
        await place.all_pass(done)
        await place.until("2022-01-22 00:31")
        await place.reaches(Phase.FORMAL_REVIEW)
        await place.office(CloseFormalReview(reason="审查期限已到"))
        await place.reaches(Phase.EXPERT_REVIEW)
        assert await place.steps() == {done: Step.EXPERT_REVIEW, left: Step.REJECTED}
        assert date(2022, 1, 22) == (await place.gateway.base(left)).state.gone_on


async def test_only_what_this_applicant_can_put_right_is_returned(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (base_id,) = await place.all_apply([APPLICANT])
        for item in ("建设实施方案", "double_high", "pilot_list_application"):
            decision = SignOff(duty="budget", result=SignOffResult.RETURN, reason="误", items=(item,))
            with pytest.raises(Refused, match=r"sign_off\.unknown_item") as caught:
                await place.casework.sign_off(base_id, decision, BUDGET, f"bad-{item}")
            assert "plan" in caught.value.refusal.params["known"]


async def test_a_party_that_comes_in_while_papers_are_completed_is_reviewed_as_well(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with fair(skipping, database) as place:
        (base_id,) = await place.all_apply([APPLICANT])
        await place.signs(base_id, "enterprise-1", ENTERPRISES)
        await place.signs(
            base_id, "school-2", SCHOOLS, "退回补正", reason="合作院校有误", items=("partners",)
        )
        await place.until("2021-12-21 10:00")
        partners = (
            "示例软件有限公司，企业，91140000MA0KEXAMP2，省国资委\n示例智造有限公司，企业，，省工业和信息化厅"
        )
        await place.casework.fill_in(base_id, {"partners": partners}, lead_actor(1))
        again = (await place.casework.supplement(base_id, lead_actor(1), "again")).state.review
        assert again
        assert {(d.id, d.department) for d in again.pending} == {
            ("whole", "省发展改革委"),
            ("budget", "省财政厅"),
            ("enterprise-2", "省工业和信息化厅"),
        }
