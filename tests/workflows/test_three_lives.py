"""Three bases over twenty-six months: one in good order, one that is always late, one that stands still for a while.

Everything that people do is done at noon, when no message leaves. What has to go out is counted out by hand
(see `duties`) and compared with what went out.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from temporalio.testing import WorkflowEnvironment

from casework import corrections
from domain.decisions import (
    ApplyCertification,
    AssessReform,
    Certify,
    PassAcceptance,
    RecallFunds,
    Recover,
    Resume,
    Revoke,
    Suspend,
)
from domain.lifecycle import Step
from domain.obligation_decisions import (
    AskReopen,
    ExtendReport,
    ObligationRequest,
    Reopen,
    ReturnReport,
)
from domain.policy.effectiveness import Grade
from domain.policy.grounds import Ground
from domain.policy.recall import Instalment, ReformResult
from domain.supervision import SupervisionStep
from domain.terms import ObligationKind as K
from domain.terms import ObligationState
from domain.views import NoticeKind as N
from persistence.database import Database
from tests.support import FULL, FULL_BY_KIND, LEAD, eventually, state_of
from tests.workflows.duties import CONTACT, DAY, Duty, nth, periods, shift
from tests.workflows.duties import OFFICE as THE_OFFICE
from tests.workflows.going_out import check_everything
from tests.workflows.parts import Deed, Part, Script
from tests.workflows.scene import new_base_id
from tests.workflows.stage import Base, on_stage

BEGINS, ENDS = "2024-02-01 08:30", date(2026, 3, 31)
PILOT = date(2024, 1, 15)
LAST = date(2026, 2, 28)
"""The last day of the last month."""

A_DEPARTMENT = "省教育厅"


# The three lives


def in_good_order(me: Part) -> None:
    """Reports everything on the day on which it opens; one thing of each sort happens to it."""
    for kind, period, after in periods(PILOT, LAST):
        duty = me.owes(kind, period, after)
        me.script.on(duty.opens, _orderly(me, duty))
    _becomes_certified(me)


def _orderly(me: Part, duty: Duty) -> Deed:
    special = {
        (K.DISPATCH, "2024-03"): _is_returned,
        (K.DISPATCH, "2024-05"): _is_corrected,
        (K.DISPATCH, "2024-08"): _is_put_off,
        (K.DISPATCH, "2024-10"): _asks_for_tomorrow,
        (K.SUPERVISION, "2024-Q1"): _has_something_to_put_right,
        (K.ASSESSMENT, "2024"): _appeals,
    }
    usual = {K.SUPERVISION: _is_supervised, K.ASSESSMENT: _is_assessed}

    async def deed() -> None:
        await (special.get((duty.kind, duty.period)) or usual.get(duty.kind, _is_reviewed))(me, duty)

    return deed


async def _is_reviewed(me: Part, duty: Duty) -> None:
    """Every second month the office lets the time for a review run out."""
    await me.hands_in(duty)
    if duty.opens.month % 2:
        await me.accepts(duty)


async def _is_returned(me: Part, duty: Duty) -> None:
    async def returned() -> None:
        items = {"trainees_rural": "示例：请核实", "certified": "示例：与名册不符"}
        await me.player.rules(duty.kind, duty.period, ReturnReport(items=items))
        duty.done(me.script.today, "return")

    await me.hands_in(duty)
    me.script.on(shift(duty.opens, 3), returned)
    me.script.on(shift(duty.opens, 4), lambda: me.hands_in(duty))


async def _is_corrected(me: Part, duty: Duty) -> None:
    """Weeks after it was accepted."""
    later = shift(duty.opens, 30)
    found = me.player.owed_id(duty.kind, duty.period)

    async def asked() -> None:
        ask = ObligationRequest(decision=AskReopen(reason="示例理由"), by=LEAD)
        await corrections.decide(me.player.casework, found, ask, me.player.next_id())
        duty.done(me.script.today, "ask to reopen")
        await eventually(lambda: me.player.state_of(duty.kind, duty.period), _is(ObligationState.REOPENING))

    async def agreed() -> None:  # on another day, or the office would not be asked to
        await me.player.rules(duty.kind, duty.period, Reopen())
        duty.done(me.script.today, "reopen")

    async def corrected() -> None:
        await me.hands_in(duty)
        await me.accepts(duty)

    await me.hands_in(duty)
    await me.accepts(duty)
    me.script.on(later, asked)
    me.script.on(shift(later, 1), agreed)
    me.script.on(shift(later, 2), corrected)


def _is(wanted: ObligationState) -> Callable[[ObligationState], bool]:
    return lambda found: found is wanted


async def _is_put_off(me: Part, duty: Duty) -> None:
    until = shift(duty.due, 3)
    await me.player.rules(duty.kind, duty.period, ExtendReport(due=until, reason="示例理由"))
    duty.done(me.script.today, "extend", until)
    me.script.on(until, lambda: me.hands_in(duty))


async def _asks_for_tomorrow(me: Part, duty: Duty) -> None:
    await me.player.snoozes(duty.kind, duty.period)
    duty.done(me.script.today, "snooze")
    me.script.on(shift(duty.opens, 1), lambda: me.hands_in(duty))


async def _is_supervised(me: Part, duty: Duty) -> None:
    await me.hands_in(duty)
    await me.concludes(duty.period)


async def _has_something_to_put_right(me: Part, duty: Duty) -> None:
    await me.hands_in(duty)
    order = await me.orders(duty.period)

    async def put_right() -> None:
        await me.hands_in(order)
        await me.accepts(order)
        await me.supervised(duty.period, SupervisionStep.CONCLUDED)
        me.tell(me.script.today, N.SUPERVISION_CONCLUDED, CONTACT)

    me.script.on(shift(duty.opens, 2), put_right)


async def _is_assessed(me: Part, duty: Duty) -> None:
    await me.hands_in(duty)
    await me.proposes(duty.period, "92", "94", "96")
    # Five working days for an appeal, from the day on which the lead was told.
    me.script.on(shift(me.script.today, 6), lambda: me.publishes(duty.period, Grade.EXCELLENT))


async def _appeals(me: Part, duty: Duty) -> None:
    async def dismissed() -> None:
        await me.dismisses(duty.period)
        await me.publishes(duty.period, Grade.GOOD)

    await me.hands_in(duty)
    await me.proposes(duty.period, "80", "82", "84")
    me.script.on(shift(duty.opens, 1), lambda: me.appeals(duty.period))
    me.script.on(shift(duty.opens, 2), dismissed)


def _becomes_certified(me: Part) -> None:
    """The pilot's year ends on the corresponding day; it is reminded of that 60, 30 and 7 days before."""
    last = date(2025, 1, 15)
    for left in (60, 30, 7):
        me.tell_base(nth(last - left * DAY, 1), N.CERTIFICATION_SOON)
    me.tell_base(nth(last + DAY, 1), N.PILOT_OVER)

    async def certified() -> None:
        await me.decides(ApplyCertification(), LEAD)
        await me.decides(PassAcceptance())
        await me.decides(Certify(document_no="示例发改〔2025〕1号", on=me.script.today))

    me.script.on(nth(last + DAY, 1), certified)


def always_late(me: Part) -> None:
    """Late by two days or by six, or never; taken off the list in the second year, and pays back."""
    me.player.values = FULL_BY_KIND | {K.DISPATCH: FULL | {"funds_central": "100", "funds_self": "20.50"}}
    revoked = date(2025, 2, 28)
    for n, (kind, period, after) in enumerate(periods(PILOT, revoked - DAY)):
        duty = me.owes(kind, period, after)
        days_late = {K.DISPATCH: (2, 6, None)[n % 3], K.PUBLICATION: 6}.get(kind)
        days_late = 2 if period in ("2024-Q2", "2024-Q4") else days_late
        if days_late:
            me.script.on(shift(duty.due, days_late), _late(me, duty))
        elif kind is K.SUPERVISION:
            _self_check_ends(me, duty, duty.lock + DAY)
        if period == "2024-03":
            me.script.on(duty.opens, _puts_off_until(me, duty, nth(after, 9)))
    _is_found_wanting(me, me.duties[K.ASSESSMENT, "2024"].lock)


def _late(me: Part, duty: Duty) -> Deed:
    async def deed() -> None:
        await me.hands_in(duty)
        if duty.kind is K.SUPERVISION:
            _self_check_ends(me, duty, me.script.today)
        else:
            await me.accepts(duty)

    return deed


def _self_check_ends(me: Part, duty: Duty, on: date) -> None:
    """The office takes longer than the fifteen working days it has, and is reminded on the last of them."""
    last = nth(on + DAY, 15)
    me.tell(last, N.SUPERVISION_DUE, THE_OFFICE)
    me.script.on(shift(last, 1), lambda: me.concludes(duty.period, visits=True))


def _puts_off_until(me: Part, duty: Duty, until: date) -> Deed:
    """So that it is overdue on the day on which the quarter is due: the deputy hears of one of them only."""

    async def deed() -> None:
        await me.player.rules(duty.kind, duty.period, ExtendReport(due=until, reason="示例理由"))
        duty.done(me.script.today, "extend", until)

    return deed


def _is_found_wanting(me: Part, self_assessment_locked: date) -> None:
    told = nth(self_assessment_locked + DAY, 1)
    me.script.on(told, lambda: me.proposes("2024"))

    async def leaves() -> None:
        await me.publishes("2024", Grade.POOR)
        today, paper = me.script.today, "示例发改〔2025〕3号"
        built = AssessReform(
            result=ReformResult.POOR, document_no=paper, completed_on=date(2024, 11, 1), on=today
        )
        await me.decides(built)
        parts = tuple(Instalment(due=day, amount=Decimal(100)) for day in PAID_BACK)
        await me.decides(
            RecallFunds(
                amount=Decimal(300),
                document_no=paper,
                reason="示例理由",
                ground=Ground.REFORM,
                instalments=parts,
            )
        )
        await me.decides(Revoke(reason="示例理由", ground=Ground.GRADE, document_no=paper))

    async def pays() -> None:
        await me.decides(Recover(amount=Decimal(100), document_no="示例缴款书1号", on=me.script.today))

    me.script.on(shift(told, 6), leaves)
    for day in PAID_BACK:
        me.script.on(day, pays)


PAID_BACK = (date(2025, 6, 30), date(2025, 9, 30), date(2025, 12, 31))
STOPPED, WENT_ON = date(2024, 7, 3), date(2024, 10, 16)


def stands_still(me: Part) -> None:
    """Reports on the day on which the month is due; stands still from July to October of the first year."""
    for kind, period, after in periods(PILOT, LAST):
        if STOPPED <= after - DAY < WENT_ON:
            continue  # nothing is owed for what ends meanwhile
        duty = me.owes(kind, period, after)
        if duty.opens <= STOPPED < duty.due:
            _is_interrupted(me, duty)
        else:
            me.script.on(nth(after, 5), _in_time(me, duty))
    paper = "示例函〔2024〕5号"
    suspended = Suspend(reason="示例理由", ground=Ground.CLOSED, document_no=paper)
    me.script.on(STOPPED, lambda: me.decides(suspended))
    me.script.on(WENT_ON, lambda: me.decides(Resume()))


def _is_interrupted(me: Part, duty: Duty) -> None:
    """What was open when it stopped is handed in three days after it went on."""
    duty.done(STOPPED, "stop")
    duty.done(WENT_ON, "go on")
    me.script.on(shift(WENT_ON, 2), _in_time(me, duty))


def _in_time(me: Part, duty: Duty) -> Deed:
    async def deed() -> None:
        await me.hands_in(duty)
        if duty.kind is K.SUPERVISION:
            await me.concludes(duty.period)
        if duty.kind is K.ASSESSMENT:
            await me.proposes(duty.period)
            grade = Grade.EXCELLENT
            me.script.on(shift(me.script.today, 6), lambda: me.publishes(duty.period, grade))

    return deed


@pytest.mark.rule("A9", "A10", "A11", "A12", "A14", "A15")
async def test_three_bases_over_twenty_six_months_are_told_what_they_owe_and_nothing_else(
    skipping: WorkflowEnvironment, database: Database
) -> None:
    def base(step: Step, department: str | None = None) -> Base:
        return Base(state_of(new_base_id(), step, published_on=PILOT), department)

    bases = [base(Step.PILOT), base(Step.RUNNING, A_DEPARTMENT), base(Step.RUNNING)]
    async with on_stage(skipping, database, BEGINS, bases) as (ledger, players):
        script = Script()
        parts = [Part(p, b.department, script) for p, b in zip(players, bases, strict=True)]
        for part, life in zip(parts, (in_good_order, always_late, stands_still), strict=True):
            life(part)
        await script.play(players[0])
        await players[0].until(f"{ENDS} 12:05")
        check_everything(ledger, [e for part in parts for e in part.everything()])
        orderly, late, still = parts

        gone = [s for s in ledger.entries if s.chat.endswith(late.base) and s.day > date(2025, 3, 31)]
        assert [s.kind for s in gone] == [N.RECOVERED] * 6, "after it has left it is told of its money only"
        meanwhile = [s for s in ledger.entries if s.about.endswith(still.base) or still.base + "-" in s.about]
        meanwhile = [s for s in meanwhile if STOPPED < s.day < WENT_ON]
        assert meanwhile == [], "nobody is told anything about a base that stands still"
        await late.player.completed()
        assert (await late.player.base()).state.recalled == Decimal(300)
        owed = {kind: set(periods) for kind, periods in (await still.player.owed()).items()}
        assert not owed["月调度"] & {"2024-07", "2024-08", "2024-09"}
        assert "2024-Q3" not in owed["季督导"]
        assert len(await orderly.player.owed()) == 6, "every kind, and a 整改"
