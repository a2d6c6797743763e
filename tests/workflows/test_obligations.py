"""One period: opened, reminded of, answered, handed in or locked."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.calendar import working_days
from domain.base import BaseState
from domain.calendar import Period, end_of
from domain.errors import NotFound, Stale
from domain.lifecycle import Step
from domain.obligation_decisions import AcceptReport
from domain.policy.members import LEADING_UNIT
from domain.policy.obligations import schedule
from domain.policy.source import ours
from domain.terms import ObligationState
from domain.views import Action, Mode
from persistence.database import Database
from persistence.people import People
from tests.support import FULL, LEAD, at, clock_from, eventually, state_of
from tests.workflows.scene import CANONICAL, KIND, new_base_id, playing
from workflows import queues
from workflows.messages import ObligationInput
from workflows.obligation import Obligation

MARCH = "2022-03"  # opens on 1 April, due on the 8th because of 清明, locks at the end of the 22nd
BEFORE = "2022-03-31 17:00"


def in_pilot() -> BaseState:
    return state_of(new_base_id(), Step.PILOT, published_on=date(2022, 3, 1))


async def bind_the_office(database: Database) -> None:
    async with database.transaction() as tx:
        contact = await People(tx).add("示例经办人", department=LEADING_UNIT)
        code = await People(tx).invite(contact, datetime(2099, 1, 1, tzinfo=UTC))
        await People(tx).redeem(code, "test", f"office-{contact}", datetime.now(UTC))


@pytest.mark.rule("A10")
async def test_reminders_go_out_in_order_each_at_its_hour_and_each_once(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        plan = base.schedule(MARCH)
        await bind_the_office(database)  # which is told in the place of a department that nobody has named
        steps = [(n.at, str(n.kind)) for n in plan.nudges]
        assert [kind for _, kind in steps] == ["opened", "soon", "today", "overdue", "department", "office"]
        expected: list[str] = []
        for instant, kind in steps:
            await base.until(instant - timedelta(seconds=30))
            assert base.told(MARCH) == expected
            await base.until(instant + timedelta(seconds=30))
            expected.append(kind)
            await eventually(base.notices_of(MARCH), lambda told: told == expected)
        # The lock is at midnight: the contact hears of it when offices open on the next working day.
        await base.until("2022-04-24 09:00")
        assert base.told(MARCH) == expected
        await base.until("2022-04-24 09:30")
        await eventually(base.notices_of(MARCH), lambda told: told == [*expected, "missing"])
        keys = [n.key for n in base.messenger.sent]
        assert len(set(keys)) == len(keys)


async def test_a_reminder_says_how_much_is_filled_in_and_until_when(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        await base.opened(MARCH)
        await base.say(MARCH, "开始")
        await base.say(MARCH, "120.50")
        await base.until(base.schedule(MARCH).nudges[1].at + timedelta(minutes=1))
        await eventually(base.notices_of(MARCH), lambda told: told == ["opened", "soon"])
        params = base.messenger.sent[-1].params
        assert params == {
            "days": "-2",
            "period": "2022-03",
            "kind": "月调度",
            "filled": "1",
            "total": "22",
            "due": "2022-04-08",
            "locks": "2022-04-22",
        }


async def test_each_chat_of_a_base_is_told_once(skipping: WorkflowEnvironment, database: Database) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        async with database.transaction() as tx:
            other = await People(tx).add("示例联系人乙")
            await People(tx).attach(other, base.base_id)
            code = await People(tx).invite(other, datetime(2099, 1, 1, tzinfo=UTC))
            await People(tx).redeem(code, "test", "another", datetime.now(UTC))
        await base.opened(MARCH)
        await eventually(base.notices_of(MARCH), lambda told: told == ["opened", "opened"])


async def test_who_has_handed_in_is_not_reminded(skipping: WorkflowEnvironment, database: Database) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        await base.opened(MARCH)
        await base.hand_in(MARCH)
        await base.ended(MARCH)
        await base.until(base.schedule(MARCH).locks + timedelta(days=1))
        await eventually(base.notices_of(MARCH), lambda told: told == ["opened", "accepted"])
        assert (await base.periods())[MARCH].state is ObligationState.ACCEPTED  # nobody returned it


@pytest.mark.rule("A10")
async def test_a_form_that_is_handed_in_stands_in_the_records(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot(), opening_total="1000") as base:
        await base.opened(MARCH)
        assert (await base.base()).waiting_for == "基地联系人"
        assert list((await base.base()).open) == [base.obligation_id(MARCH)]
        view = await base.hand_in(MARCH)
        assert (view.mode, view.values) == (Mode.SUBMITTED, CANONICAL)
        assert view.progress == {"completion": "22.4", "time": "8.3", "gap": "14.1"}
        row = await base.ended(MARCH)
        assert (row.state, row.on_time) == (ObligationState.SUBMITTED, True)
        assert await base.figures(MARCH) == CANONICAL
        assert await base.kinds() == ["月调度开启", "月调度报送"]
        assert (await base.timeline())[-1].actor == LEAD.id
        assert (await base.base()).waiting_for == "时间届满"


async def test_last_month_is_known_in_the_next(skipping: WorkflowEnvironment, database: Database) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        await base.opened(MARCH)
        await base.hand_in(MARCH)
        await base.ended(MARCH)
        await base.opened("2022-04")
        view = await base.say("2022-04", "开始")
        assert view.last == CANONICAL["invest_month"]
        view = await base.say("2022-04", Action.SAME)
        assert view.offer == "241.00"  # the first month began at nothing: 120.50 twice


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("when", "on_time", "overdue"),
    [
        ("2022-04-08 23:59", True, False),
        ("2022-04-09 00:00", False, True),
        ("2022-04-22 23:58", False, True),
    ],
)
async def test_a_form_is_taken_late_until_it_locks_and_is_marked_as_late(
    skipping: WorkflowEnvironment, database: Database, when: str, on_time: bool, overdue: bool
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        await base.opened(MARCH)
        await base.until(when)
        await eventually(base.base, lambda b: b.overdue is overdue)
        await base.quiet(base.obligation_id(MARCH))
        await base.hand_in(MARCH)
        row = await base.ended(MARCH)
        assert (row.state, row.on_time) == (ObligationState.SUBMITTED, on_time)
        assert not (await base.base()).overdue


@pytest.mark.rule("A10")
async def test_what_is_not_handed_in_locks_as_missing_and_takes_no_answer_any_more(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        await base.opened(MARCH)
        await base.say(MARCH, "开始")
        await base.say(MARCH, "120.50")
        await base.until(end_of(date(2022, 4, 22)))
        row = await base.ended(MARCH)
        assert (row.state, row.on_time) == (ObligationState.MISSING, False)
        assert await base.kinds() == ["月调度开启", "缺报"]
        assert await base.figures(MARCH) == {}
        await base.until("2022-04-24 10:00")  # when offices are open again and the contact was told
        await base.completed(base.obligation_id(MARCH))
        with pytest.raises(Stale) as caught:
            await base.say(MARCH, "100")
        assert caught.value.refusal.code == "obligation.locked"
        assert caught.value.refusal.clause == ours("月调度时限")
        assert caught.value.refusal.params["locks"] == "2022-04-22"


async def test_what_is_handed_in_takes_no_answer_any_more(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        await base.opened(MARCH)
        await base.hand_in(MARCH)
        with pytest.raises(Stale, match=r"obligation\.submitted"):
            await base.say(MARCH, "1=999")
        await base.review(MARCH, AcceptReport())
        await base.completed(base.obligation_id(MARCH))
        with pytest.raises(Stale, match=r"obligation\.submitted") as caught:
            await base.say(MARCH, "1=999")
        assert caught.value.refusal.clause == ours("月调度时限")
        assert (await base.figures(MARCH))["invest_month"] == "120.50"


async def test_nothing_is_answered_for_a_period_that_is_not_open(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        with pytest.raises(NotFound):
            await base.say(MARCH, "开始")
        with pytest.raises(NotFound):
            await base.gateway.view(base.obligation_id(MARCH))
        with pytest.raises(NotFound):
            await base.gateway.obligation(base.obligation_id(MARCH))


async def test_the_views_of_the_form_can_be_asked_for_at_any_time(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        await base.opened(MARCH)
        view = await base.say(MARCH, "开始")
        assert await base.gateway.view(base.obligation_id(MARCH)) == view
        state = await base.gateway.obligation(base.obligation_id(MARCH))
        assert (state.state, state.overdue, state.view) == (ObligationState.OPEN, False, view)
        assert state.schedule.locks == base.schedule(MARCH).locks


# Once


async def test_an_answer_that_arrives_five_times_at_once_is_taken_once(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        await base.opened(MARCH)
        await base.say(MARCH, "开始", "telegram:1")
        views = await asyncio.gather(*(base.say(MARCH, "120.50", "telegram:2") for _ in range(5)))
        assert all(view == views[0] for view in views)
        assert (views[0].question, views[0].filled) == ("invest_total", 1)
        assert (await base.gateway.view(base.obligation_id(MARCH))).filled == 1


async def test_an_answer_redelivered_later_changes_nothing_and_gets_its_first_reply(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        await base.opened(MARCH)
        said = ["开始", *FULL.values(), "提交"]
        views = [await base.say(MARCH, text, f"telegram:{n}") for n, text in enumerate(said)]
        again = await base.say(MARCH, said[1], "telegram:1")
        assert again == views[1]
        assert await base.say(MARCH, "提交", f"telegram:{len(said) - 1}") == views[-1]
        await base.review(MARCH, AcceptReport())
        await base.completed(base.obligation_id(MARCH))
        for n in (0, 1, 7, len(said) - 1):
            assert await base.say(MARCH, said[n], f"telegram:{n}") == views[n]
        assert await base.figures(MARCH) == CANONICAL
        assert (await base.kinds()).count("月调度报送") == 1


async def test_a_refused_text_redelivered_gets_the_same_note(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        await base.opened(MARCH)
        await base.say(MARCH, "开始")
        view = await base.say(MARCH, "三十二", "telegram:9")
        assert [n.code for n in view.notes] == ["answer.not_a_number"]
        assert await base.say(MARCH, "三十二", "telegram:9") == view


# The clock


async def test_the_clock_is_exchanged_and_deadlines_move_with_it(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    """Set to the due day, the base opens March and reminds; what is open goes along to the lock.

    Of what has passed meanwhile only the last is still true.
    """
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        for business, told in (
            ("2022-04-08 15:00", ["today"]),
            ("2022-04-11 15:00", ["today", "overdue"]),
            ("2022-04-24 10:00", ["today", "overdue", "missing"]),
        ):
            base.clock = clock_from(business, await skipping.get_current_time())
            await base.handle.signal("set_clock", base.clock)
            await eventually(base.notices_of(MARCH), lambda found, told=told: found == told)  # type: ignore[misc]
        assert (await base.ended(MARCH)).state is ObligationState.MISSING


# Without its base


async def test_an_obligation_whose_base_is_gone_still_takes_the_form(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    async with playing(skipping, database, BEFORE, in_pilot()) as base:
        await base.handle.terminate("an operator did it")
        plan = base.schedule(MARCH)
        await base.env.client.start_workflow(
            Obligation.run,
            ObligationInput(
                obligation_id=base.obligation_id(MARCH),
                base_id=base.base_id,
                schedule=plan,
                clock=base.clock,
                pilot_start=date(2022, 3, 1),
            ),
            id=base.obligation_id(MARCH),
            task_queue=queues.MAIN_QUEUE,
        )
        await eventually(base.periods, lambda found: MARCH in found)
        await base.quiet(base.obligation_id(MARCH))
        await base.hand_in(MARCH)
        await base.review(MARCH, AcceptReport())
        await base.completed(base.obligation_id(MARCH))
        assert (await base.periods())[MARCH].state is ObligationState.ACCEPTED


def test_march_is_due_and_locks_when_these_tests_think() -> None:
    plan = schedule(KIND, Period.parse(MARCH), working_days(), "x")
    assert (plan.due, plan.locks) == (at("2022-04-09 00:00"), at("2022-04-23 00:00"))
