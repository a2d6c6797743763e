"""Random lives, without a server: no message outside working time, none twice, none for what is not owed (A10)."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.calendar import DAY, Period, PeriodKind, business_day, last_day_before
from domain.obligation_decisions import ObligationDecisionKind as D
from domain.office_hours import is_office_time
from domain.policy.source import CALL_DATE, MEASURES_DATE
from domain.terms import OWED, ObligationKind, ObligationState, Recipient
from domain.views import NoticeKind
from tests.policy.lives import CALENDAR, Life, Played, kind_and_period, lives, played

MANY = settings(database=None, deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
FOR_MONTHS = timedelta(days=150)

LENGTHS = {
    ObligationKind.DISPATCH: PeriodKind.MONTH,
    ObligationKind.SUPERVISION: PeriodKind.QUARTER,
    ObligationKind.PUBLICATION: PeriodKind.HALF,
    ObligationKind.ASSESSMENT: PeriodKind.YEAR,
    ObligationKind.REPORT: PeriodKind.YEAR,
}


def everything(life: Life) -> list[Played]:
    return played(life, life.pilot_start + FOR_MONTHS)


def owed_by_hand(life: Life) -> set[tuple[ObligationKind, str]]:
    """Day by day: whoever was there, and not standing still, on the last day of a period owes it."""
    found = set()
    day, last = life.pilot_start, life.pilot_start + FOR_MONTHS
    while day < last:
        evening = [s for s in life.stops if business_day(s[0]) <= day < business_day(s[1])]
        gone = life.gone is not None and business_day(life.gone) <= day
        for kind, length in LENGTHS.items():
            period = Period.of(length, day)
            if period.last_day == day and not evening and not gone:
                found.add((kind, str(period)))
        day += DAY
    return {(k, p) for k, p in found if CALENDAR.nth(Period.parse(p).next.first_day, 1) <= last}


@pytest.mark.rule("A10", "A14")
@given(lives())
@MANY
def test_a_base_owes_the_periods_on_whose_last_day_it_was_there_and_did_not_stand_still(life: Life) -> None:
    assert life.pilot_start >= max(CALL_DATE, MEASURES_DATE)
    assert {kind_and_period(one) for one in everything(life)} == owed_by_hand(life)


@pytest.mark.rule("A10")
@given(lives())
@MANY
def test_no_message_leaves_outside_working_time_and_none_twice(life: Life) -> None:
    for one in everything(life):
        assert all(is_office_time(m.at, CALENDAR) for m in one.sent)
        assert max(Counter(m.key for m in one.sent).values(), default=1) == 1


@pytest.mark.rule("A10")
@given(lives())
@MANY
def test_nobody_is_reminded_of_what_is_not_owed_or_stands_still_or_of_a_wrong_day(life: Life) -> None:
    for one in everything(life):
        for m in one.ladder:
            assert m.life.state in OWED
            assert not m.life.paused
            assert m.at < m.life.schedule.locks
            today, due = business_day(m.at), last_day_before(m.life.schedule.due)
            match m.kind:
                case NoticeKind.OPENED | NoticeKind.SOON:
                    assert today <= due
                case NoticeKind.TODAY:
                    assert today == due
                case NoticeKind.OVERDUE | NoticeKind.DEPARTMENT_TOLD | NoticeKind.OFFICE_TOLD:
                    assert today > due


@pytest.mark.rule("A10")
@given(lives())
@MANY
def test_what_is_owed_always_comes_to_an_end_unless_somebody_has_to_decide(life: Life) -> None:
    for one in everything(life):
        state = one.life.state
        assert one.life.over or one.life.paused or state is ObligationState.REOPENING
        missing = [m for m in one.sent if m.kind is NoticeKind.MISSING]
        assert len(missing) == (state is ObligationState.MISSING)


@pytest.mark.rule("A10")
@given(lives(), st.data())
@MANY
def test_if_nobody_does_anything_every_step_goes_out_on_its_day(life: Life, data: st.DataObject) -> None:
    idle = life._replace(stops=(), steps=((),))
    for one in everything(idle):
        told = [(m.kind, m.at) for m in one.ladder]
        assert told == [(NoticeKind(n.kind), n.at) for n in one.plan.nudges]
        assert one.life.state is ObligationState.MISSING


PAUSES = {D.PAUSE, D.RESUME, D.OBJECT, D.RESOLVE}


@pytest.mark.rule("A10")
@given(lives())
@settings(MANY, max_examples=240)
def test_standing_still_takes_no_working_day_and_no_step_above_the_contacts_away(life: Life) -> None:
    for one in everything(life._replace(steps=((), life.steps[0]))):
        if one.life.state is not ObligationState.MISSING or not PAUSES.issuperset(one.taken):
            continue
        first, last = business_day(one.plan.opens), last_day_before(one.life.schedule.locks)
        planned = CALENDAR.count(first, last_day_before(one.plan.locks))
        lost = sum(CALENDAR.is_working(day) for day in one.paused_days if day >= first)
        assert CALENDAR.count(first, last) - lost == planned
        above = Counter(m.to for m in one.ladder if Recipient.CONTACT not in m.to)
        assert above == {(Recipient.DEPARTMENT,): 1, (Recipient.OFFICE,): 1}


STEPS = {
    NoticeKind.SOON: -2,
    NoticeKind.TODAY: 0,
    NoticeKind.OVERDUE: 1,
    NoticeKind.DEPARTMENT_TOLD: 3,
    NoticeKind.OFFICE_TOLD: 5,
}
"""Of our dated ladder, in working days after the due day."""


@pytest.mark.rule("A10")
@given(lives())
@MANY
def test_from_the_day_after_the_last_decision_on_every_step_goes_out_on_its_day(life: Life) -> None:
    for one in everything(life):
        if one.life.state is not ObligationState.MISSING:
            continue
        plan, settled = one.life.schedule, business_day(one.last_decision)
        counted_from = plan.counted_from or last_day_before(plan.due)
        expected = {
            (kind, CALENDAR.add(counted_from, n))
            for kind, n in STEPS.items()
            if n or CALENDAR.is_working(counted_from)
        }
        told = {(m.kind, business_day(m.at)) for m in one.ladder if m.kind in STEPS}
        held_up = {kind for kind, day in expected if day == settled}  # since then, until offices opened
        assert {t for t in expected if t[1] > settled} <= told
        assert all(t in expected or t[0] in held_up for t in told if t[1] > settled)


@pytest.mark.rule("A10")
@given(lives())
@MANY
def test_whoever_has_to_answer_again_has_two_working_days_at_least(life: Life) -> None:
    for one in everything(life):
        assert all(CALENDAR.count(day + DAY, due) >= 2 for day, due in one.asked_again)


def test_lives_hold_everything_that_can_happen() -> None:
    """Otherwise the properties above would say little."""
    seen: Counter[str] = Counter()

    @given(lives())
    @settings(database=None, deadline=None, max_examples=300, derandomize=True)
    def look(life: Life) -> None:
        for one in everything(life):
            seen.update(map(str, one.taken))
            seen.update(str(m.kind) for m in one.sent)
            seen[str(one.life.state)] += 1

    look()
    wanted = {*map(str, D)} - {"重算期限", "不同意更正", "免报"}
    wanted |= {"opened", "soon", "today", "overdue", "department", "office", "asked", "missing"}
    wanted |= {"已报送", "已通过", "缺报", "免报"}
    assert {name for name in wanted if seen[name] < 3} == set()


def test_the_calendar_of_these_lives_is_known() -> None:
    assert CALENDAR.known_through >= date(2026, 1, 1).year
