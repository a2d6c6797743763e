"""Decisions: every exit, every refusal, once and only once."""

import asyncio
import itertools
from datetime import date
from decimal import Decimal

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.decisions import (
    Accept,
    Actor,
    ApplyCertification,
    Certify,
    Consent,
    Decision,
    DecisionRequest,
    FailAcceptance,
    NotSelect,
    Propose,
    Publish,
    Reject,
    Revoke,
    Score,
    StartNotice,
    Submit,
    Terminate,
    Withdraw,
)
from domain.errors import DomainError, NotAllowed, NotFound, Refused, Stale
from domain.lifecycle import EXITS, REPORTING, TRANSITIONS, Stage, Step
from domain.policy.grounds import Ground
from domain.policy.source import call
from domain.terms import Level
from persistence.bases import Bases
from persistence.database import Database
from tests.policy.cast import ACTORS, BY_HAND, OF_KIND, WHO
from tests.support import LEAD, OFFICE, at, eventually, state_of
from tests.workflows.scene import Scene, new_base_id, playing

PUBLISHED = date(2022, 3, 1)
BEFORE_ANY_PERIOD = "2022-03-30 10:00"  # its first period opens on 1 April
SCORE = Score(score=Decimal(90), organiser="第三方", methods=("基础资料评审",))


def publish(on: date) -> Publish:
    return Publish(document_no="x", on=on, official_name="示例")


@pytest.mark.rule("B11")
@pytest.mark.parametrize(
    ("step", "decision", "by", "stage"),
    [
        (Step.PREPARING, Withdraw(), LEAD, Stage.WITHDRAWN),
        (Step.CONFERENCE, Withdraw(reason="资金不足"), LEAD, Stage.WITHDRAWN),
        (Step.FORMAL_REVIEW, Reject(reason="材料不全"), OFFICE, Stage.REJECTED),
        (Step.CONFERENCE, NotSelect(reason="名额已满"), OFFICE, Stage.NOT_SELECTED),
        (Step.NOTICE, NotSelect(reason="异议成立"), OFFICE, Stage.NOT_SELECTED),
        (
            Step.PILOT,
            Terminate(reason="停建", ground=Ground.HALTED, document_no="示例函1号"),
            OFFICE,
            Stage.TERMINATED,
        ),
        (
            Step.PLAQUE,
            Terminate(reason="停建", ground=Ground.HALTED, document_no="示例函1号"),
            OFFICE,
            Stage.TERMINATED,
        ),
        (Step.ACCEPTANCE, FailAcceptance(reason="未达标"), ACTORS["department"], Stage.NOT_CERTIFIED),
        (
            Step.RUNNING,
            Revoke(reason="停办", ground=Ground.CLOSED, document_no="示例函2号"),
            OFFICE,
            Stage.REVOKED,
        ),
    ],
)
async def test_a_base_leaves_by_its_exit_and_its_workflow_ends(
    skipping: WorkflowEnvironment,
    database: Database,
    step: Step,
    decision: Decision,
    by: Actor,
    stage: Stage,
) -> None:
    state = state_of(new_base_id(), step, published_on=PUBLISHED if step in REPORTING else None)
    now = "2021-12-21 10:00" if step is Step.PREPARING else BEFORE_ANY_PERIOD
    async with playing(skipping, database, now, state) as base:
        after = await base.decide(decision, by)
        assert (after.state.stage, after.waiting_for, after.next_due) == (stage, "无", None)
        await base.completed()
        assert await base.kinds() == [decision.kind]
        assert base.told()[-1] == "decided"
        async with database.transaction() as tx:
            row = await Bases(tx).get(base.base_id, at(now))
        assert (row.stage, row.gone_on) == (stage, at(now).date())
        with pytest.raises(Stale, match=r"decision\.wrong_step") as caught:
            await base.decide(decision, by)
        assert caught.value.refusal.clause is not None


@pytest.mark.rule("B17")
async def test_an_application_that_is_not_handed_in_by_the_deadline_lapses(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with playing(skipping, database, "2022-01-20 10:00", state_of(new_base_id())) as base:
        await base.until("2022-01-21 23:59")
        assert await base.step() == Step.PREPARING
        await base.until("2022-01-22 00:01")
        await eventually(base.step, lambda step: step == Step.WITHDRAWN)
        assert await base.kinds() == ["视为放弃"]
        with pytest.raises((Refused, Stale)):
            await base.decide(Submit(), LEAD)


@pytest.mark.rule("B15", "B16")
async def test_a_base_that_does_not_apply_for_certification_lapses_thirty_days_after_its_pilot(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2022, 3, 1))
    async with playing(skipping, database, "2023-02-28 10:00", state) as base:
        await base.until("2023-03-02 00:01")
        await eventually(base.step, lambda step: step == Step.CERTIFICATION_DUE)
        assert (await base.base()).state.next_due() == at("2023-04-01 00:00")
        await base.until("2023-03-31 23:59")
        assert await base.step() == Step.CERTIFICATION_DUE
        await base.until("2023-04-01 00:01")
        await eventually(base.step, lambda step: step == Step.TERMINATED)
        kinds = [k for k in await base.kinds() if not k.startswith("月调度") and k != "缺报"]
        assert kinds == ["试点期满", "视为放弃"]
        # It was there on the last day of March, so March is still owed.
        await base.opened("2023-03")
        await base.hand_in("2023-03")
        await base.until("2023-04-03 12:00")  # whoever left at midnight is told when offices are open
        await base.completed()
        assert list(await base.periods()) == ["2023-02", "2023-03"]


@pytest.mark.rule("B16")
async def test_certification_is_reminded_of_sixty_thirty_and_seven_days_before(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2022, 3, 1))
    async with playing(skipping, database, "2022-12-20 10:00", state) as base:
        seen = []
        for day in ("2023-01-03 12:00", "2023-01-30 12:00", "2023-02-22 12:00", "2023-03-10 12:00"):
            await base.until(day)
            seen.append([n.params["days"] for n in base.messenger.sent if n.kind == "certification_soon"])
        # offices are closed from the sixtieth day on: the days are those that are left when they are told
        assert seen == [["57"], ["57", "30"], ["57", "30", "7"], ["57", "30", "7"]]


# Refusals


async def steady(base: Scene) -> list[str]:
    """The history once the year is planned and everything is told."""
    await eventually(base.base, lambda b: bool(b.agenda) or b.state.published_on is None)
    await base.quiet()
    return await base.traces()


@pytest.mark.rule("B9", "B11", "B12")
@pytest.mark.parametrize("step", [s for s in Step if s not in EXITS and s is not Step.OFFERED])
async def test_a_decision_at_the_wrong_step_or_by_the_wrong_person_is_refused_without_trace(
    skipping: WorkflowEnvironment, database: Database, step: Step
) -> None:
    reporting = step in REPORTING
    state = state_of(new_base_id(), step, Level.CITY, published_on=PUBLISHED if reporting else None)
    now = "2021-12-21 10:00" if step is Step.PREPARING else BEFORE_ANY_PERIOD
    async with playing(skipping, database, now, state) as base:
        before, stood = await steady(base), await base.base()
        for kind, (who, by) in itertools.product(BY_HAND, ACTORS.items()):
            right_step = (step, kind) in TRANSITIONS
            if (right_step and who in WHO[Level.CITY][kind]) or (not right_step and who != "office"):
                continue  # allowed; or the wrong step once more, whoever asks
            with pytest.raises(DomainError) as caught:
                await base.decide(OF_KIND[kind], by)
            assert isinstance(caught.value, NotAllowed if right_step else Stale), (kind, who)
            assert caught.value.refusal.params["decision"] == kind
            assert caught.value.refusal.clause is not None
        assert await base.traces() == before
        assert await base.base() == stood
        assert await base.kinds() == []


@pytest.mark.rule("B14", "B16")
@pytest.mark.parametrize(
    ("step", "decision", "code", "clause"),
    [
        (Step.CONSENT, Consent(document_no="x", on=date(2022, 3, 31)), "decision.future_date", "五"),
        (
            Step.NOTICE_DUE,
            StartNotice(first=date(2022, 3, 29), last=date(2022, 4, 15)),
            "window.in_the_past",
            "五(三)",
        ),
        (Step.PUBLICATION, publish(date(2022, 3, 31)), "decision.future_date", "五(四)"),
        (Step.PUBLICATION, publish(date(2022, 3, 25)), "publication.before_notice_end", "五(三)"),
        (Step.PLAQUE, Certify(document_no="x", on=date(2022, 3, 31)), "decision.future_date", "五"),
    ],
)
async def test_a_decision_against_a_rule_is_refused_with_its_clause_and_without_trace(
    skipping: WorkflowEnvironment,
    database: Database,
    step: Step,
    decision: Decision,
    code: str,
    clause: str,
) -> None:
    state = state_of(new_base_id(), step, published_on=PUBLISHED if step in REPORTING else None)
    state = state.model_copy(update={"notice_last_day": date(2022, 3, 25)})
    async with playing(skipping, database, BEFORE_ANY_PERIOD, state) as base:
        before = await steady(base)
        with pytest.raises(Refused) as caught:
            await base.decide(decision)
        assert caught.value.refusal.code == code
        assert caught.value.refusal.clause == call(clause)
        assert await base.traces() == before
        assert await base.kinds() == []


@pytest.mark.rule("B17")
async def test_an_application_after_the_deadline_is_refused_even_before_it_has_lapsed(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    """At the first instant that is too late the timer and the applicant may race: the rule decides, not the race."""
    async with playing(skipping, database, "2022-01-21 23:00", state_of(new_base_id())) as base:
        await base.until("2022-01-22 00:00")
        with pytest.raises((Refused, Stale)) as caught:
            await base.decide(Submit(), LEAD)
        assert caught.value.refusal.clause is not None
        await eventually(base.kinds, lambda kinds: kinds == ["视为放弃"])


@pytest.mark.rule("B14")
async def test_a_notice_that_is_too_short_is_refused_and_changes_nothing(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    """The calendar is asked by an activity, so this refusal does leave events; but no decision."""
    async with playing(
        skipping, database, "2022-04-01 10:00", state_of(new_base_id(), Step.NOTICE_DUE)
    ) as base:
        short = StartNotice(first=date(2022, 4, 1), last=date(2022, 4, 7))  # 清明 lies between
        with pytest.raises(Refused) as caught:
            await base.decide(short)
        assert caught.value.refusal.code == "window.too_short"
        assert caught.value.refusal.params["days"] == "4"
        assert caught.value.refusal.clause is not None
        assert await base.kinds() == []
        after = await base.decide(short.model_copy(update={"last": date(2022, 4, 8)}))
        assert after.state.step is Step.NOTICE


@pytest.mark.rule("B12")
async def test_a_city_decides_about_its_own_bases_only(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.FORMAL_REVIEW, Level.CITY)
    async with playing(skipping, database, BEFORE_ANY_PERIOD, state) as base:
        assert (await base.base()).waiting_for == "太原市级办公室"
        with pytest.raises(NotAllowed, match=r"decision\.other_city"):
            await base.decide(Accept(), ACTORS["other city"])
        assert (await base.decide(Accept(), ACTORS["own city"])).state.step is Step.EXPERT_REVIEW


async def test_nothing_is_decided_about_a_base_that_does_not_exist(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.FORMAL_REVIEW)
    async with playing(skipping, database, BEFORE_ANY_PERIOD, state) as base:
        request = DecisionRequest(decision=Accept(), by=OFFICE)
        with pytest.raises(NotFound):
            await base.gateway.decide("base-2021-99-1", request, "api:1")
        with pytest.raises(NotFound):
            await base.gateway.base("base-2021-99-1")


# The signal


async def test_a_decision_by_signal_does_the_same(skipping: WorkflowEnvironment, database: Database) -> None:
    state = state_of(new_base_id(), Step.FORMAL_REVIEW)
    async with playing(skipping, database, BEFORE_ANY_PERIOD, state) as base:
        await base.signal(Accept(reason="材料齐全"))
        await eventually(base.kinds, lambda kinds: kinds == ["受理"])
        (entry,) = await base.timeline()
        assert (entry.role, entry.actor, entry.detail) == ("office", OFFICE.id, {"reason": "材料齐全"})
        assert (entry.stage, entry.step) == ("专家评议", "专家评议")
        await eventually(base.notices_of(), lambda kinds: kinds == ["decided"])


async def test_a_refused_signal_stands_on_the_timeline_with_its_reason(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.FORMAL_REVIEW)
    async with playing(skipping, database, BEFORE_ANY_PERIOD, state) as base:
        await base.signal(Propose())
        await base.signal(Accept(), ACTORS["department"])
        await base.signal(Propose())  # the same once more is one more entry
        entries = await eventually(base.timeline, lambda found: len(found) == 3)
        assert {e.kind for e in entries} == {"决定被拒绝"}
        assert [(e.actor, e.detail) for e in entries] == [
            (who, {"decision": kind, "code": code, "clause": f"《发榜公告》{article}"})
            for who, kind, code, article in (
                (OFFICE.id, "拟入选", "decision.wrong_step", "五"),
                (ACTORS["department"].id, "受理", "decision.not_yours", "四"),
                (OFFICE.id, "拟入选", "decision.wrong_step", "五"),
            )
        ]
        assert (await base.base()).state == state
        assert (await base.decide(Accept())).state.step is Step.EXPERT_REVIEW  # and the base goes on


async def test_a_signal_for_a_notice_that_is_too_short_stands_on_the_timeline(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with playing(
        skipping, database, "2022-04-01 10:00", state_of(new_base_id(), Step.NOTICE_DUE)
    ) as base:
        await base.signal(StartNotice(first=date(2022, 4, 1), last=date(2022, 4, 1)))
        (entry,) = await eventually(base.timeline, bool)
        assert (entry.kind, entry.detail["code"]) == ("决定被拒绝", "window.too_short")
        assert (await base.base()).state.step is Step.NOTICE_DUE


# Once


async def test_a_decision_that_arrives_five_times_at_once_is_taken_once(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.FORMAL_REVIEW)
    async with playing(skipping, database, BEFORE_ANY_PERIOD, state) as base:
        results = await asyncio.gather(*(base.decide(Accept(), update_id="api:1") for _ in range(5)))
        assert all(result == results[0] for result in results)
        assert results[0].state.step is Step.EXPERT_REVIEW
        await base.decide(SCORE)
        assert await base.decide(Accept(), update_id="api:1") == results[0]
        assert await base.kinds() == ["受理", "评议"]


async def test_of_two_offices_that_decide_at_once_one_is_told_that_it_was_too_late(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.FORMAL_REVIEW)
    async with playing(skipping, database, BEFORE_ANY_PERIOD, state) as base:
        results = await asyncio.gather(
            base.decide(Accept()), base.decide(Reject(reason="材料不全")), return_exceptions=True
        )
        refused = [r for r in results if isinstance(r, Stale)]
        assert len(refused) == 1
        assert len(await base.kinds()) == 1


async def test_a_decision_redelivered_after_the_base_has_left_gets_its_first_result(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.FORMAL_REVIEW)
    async with playing(skipping, database, BEFORE_ANY_PERIOD, state) as base:
        first = await base.decide(Reject(reason="材料不全"), update_id="api:1")
        await base.completed()
        assert await base.decide(Reject(reason="材料不全"), update_id="api:1") == first
        assert await base.kinds() == ["不予受理"]


async def test_a_decision_redelivered_after_new_year_is_not_taken_twice(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.CERTIFICATION_DUE, published_on=date(2021, 12, 15))
    async with playing(skipping, database, "2022-12-30 10:00", state) as base:
        first = await base.decide(ApplyCertification(), LEAD, update_id="telegram:77")
        run = await base.run_id()
        await base.until("2023-01-01 00:01")
        await eventually(base.run_id, lambda found: found != run)
        again = await base.decide(ApplyCertification(), LEAD, update_id="telegram:77")
        assert again.state == first.state
        with pytest.raises(Stale):
            await base.decide(ApplyCertification(), LEAD, update_id="telegram:78")
        assert await base.kinds() == ["申请认定"]


async def test_a_base_is_started_once(skipping: WorkflowEnvironment, database: Database) -> None:
    state = state_of(new_base_id(), Step.FORMAL_REVIEW)
    async with playing(skipping, database, BEFORE_ANY_PERIOD, state) as base:
        await base.decide(Reject(reason="材料不全"))
        assert not await base.gateway.start_base(state)
        await base.completed()
        assert not await base.gateway.start_base(state)  # nor after it has left
        assert await base.kinds() == ["不予受理"]


async def test_a_signal_that_is_no_decision_stands_on_the_timeline(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    state = state_of(new_base_id(), Step.FORMAL_REVIEW)
    async with playing(skipping, database, BEFORE_ANY_PERIOD, state) as base:
        await base.handle.signal(
            "decision", {"decision": {"kind": "受里"}, "by": {"role": "office", "id": "x"}}
        )
        (entry,) = await eventually(base.timeline, lambda found: len(found) == 1)
        assert (entry.kind, entry.detail["code"]) == ("决定被拒绝", "decision.malformed")
        assert "decision" in entry.detail["errors"]
        await base.signal(Accept())
        await eventually(base.kinds, lambda kinds: kinds == ["决定被拒绝", "受理"])
