"""One obligation as pure state (A10): what leads where, who decides, when its clock stands still, how it ends."""

from datetime import date, datetime, timedelta
from itertools import product

import pytest

from domain.calendar import Period, end_of
from domain.decisions import SYSTEM, Actor
from domain.errors import NotAllowed, Refused, Stale
from domain.obligation import (
    AUTHORITY,
    LONGEST_EXTENSION_DAYS,
    TRANSITIONS,
    ObligationFacts,
    ObligationLife,
    check,
    check_items,
    clock_runs_again,
    decided,
    handed_in,
    outcome,
    possible,
    waits_for,
)
from domain.obligation_decisions import (
    AcceptReport,
    AskReopen,
    ExtendReport,
    ObjectToReport,
    ObligationDecision,
    ObligationRequest,
    PauseReport,
    RecomputeReport,
    RefuseReopen,
    Reopen,
    ResolveReport,
    ResumeReport,
    ReturnReport,
    ReviewOver,
    WaiveReport,
)
from domain.obligation_decisions import ObligationDecisionKind as D
from domain.policy.credit_account import CreditReason
from domain.policy.obligations import schedule
from domain.terms import HANDED_IN, OWED, City, Level, ObligationKind, Role
from domain.terms import ObligationState as S
from tests.policy.published import DAYS_2026
from tests.support import LEAD, OFFICE, at

FEBRUARY = schedule(ObligationKind.DISPATCH, Period.parse("2026-02"), DAYS_2026, "base-2021-03-1")
"""Due on 6 March, locks on the 20th."""

NOW = at("2026-03-05 12:00")
TAIYUAN = Actor(role=Role.CITY, id="token:city", city=City.TAIYUAN)
PROVINCIAL, OF_THE_CITY = ObligationFacts(), ObligationFacts(level=Level.CITY, city=City.TAIYUAN)

EXAMPLES: dict[D, ObligationDecision] = {
    D.ACCEPT: AcceptReport(),
    D.RETURN: ReturnReport(items={"invest_month": "与凭证不符"}),
    D.EXTEND: ExtendReport(due=date(2026, 3, 12), reason="示例理由"),
    D.OBJECT: ObjectToReport(reason="示例理由"),
    D.RESOLVE: ResolveReport(upheld=False, reason="示例理由"),
    D.WAIVE: WaiveReport(reason="示例理由"),
    D.ASK_REOPEN: AskReopen(reason="示例理由"),
    D.REOPEN: Reopen(),
    D.REFUSE_REOPEN: RefuseReopen(reason="示例理由"),
    D.PAUSE: PauseReport(),
    D.RESUME: ResumeReport(),
    D.RECOMPUTE: RecomputeReport(),
    D.REVIEW_OVER: ReviewOver(),
}
ACTORS = {Role.OFFICE: OFFICE, Role.LEAD: LEAD, Role.SYSTEM: SYSTEM}


def whoever_may(kind: D) -> Actor:
    return next(actor for role, actor in ACTORS.items() if role in AUTHORITY[kind])


def standing(state: S = S.OPEN, **known: object) -> ObligationLife:
    return ObligationLife(schedule=FEBRUARY, state=state).model_copy(update=known)


def fitting(state: S, kind: D) -> ObligationLife:
    """In that state, and such that the decision fits: what is resolved or resumed has to stand still."""
    return standing(state, objected=kind is D.RESOLVE, suspended=kind is D.RESUME)


def taken(life: ObligationLife, kind: D, now: datetime = NOW) -> ObligationLife:
    request = ObligationRequest(decision=EXAMPLES[kind], by=whoever_may(kind))
    check(life, PROVINCIAL, request, now)
    return decided(life, EXAMPLES[kind], now)


# What leads where

LEADS_TO = {
    (S.SUBMITTED, D.ACCEPT): S.ACCEPTED,
    (S.SUBMITTED, D.RETURN): S.RETURNED,
    (S.SUBMITTED, D.REVIEW_OVER): S.ACCEPTED,
    (S.ACCEPTED, D.ASK_REOPEN): S.REOPENING,
    (S.REOPENING, D.REOPEN): S.RETURNED,
    (S.REOPENING, D.REFUSE_REOPEN): S.ACCEPTED,
}
WHILE_OWED = (D.EXTEND, D.OBJECT, D.RESOLVE, D.PAUSE, D.RESUME, D.RECOMPUTE)


def expected(state: S, kind: D) -> S | None:
    if state in (S.OPEN, S.RETURNED) and kind in (*WHILE_OWED, D.WAIVE):
        return S.WAIVED if kind is D.WAIVE else state
    return LEADS_TO.get((state, kind))


@pytest.mark.rule("A10")
@pytest.mark.parametrize(("state", "kind"), [*product(S, D)])
def test_from_each_state_only_these_decisions_lead_on(state: S, kind: D) -> None:
    after = expected(state, kind)
    assert TRANSITIONS.get((state, kind)) is after
    if after:
        assert taken(fitting(state, kind), kind).state is after
        return
    with pytest.raises(Stale, match=r"obligation\.wrong_state") as caught:
        taken(fitting(state, kind), kind)
    assert caught.value.refusal.params["state"] == state


def test_every_decision_has_somebody_who_may_take_it() -> None:
    assert set(AUTHORITY) == set(D) == set(EXAMPLES)


def test_each_decision_is_counted() -> None:
    assert taken(standing(seq=4), D.EXTEND).seq == 5


@pytest.mark.parametrize(
    ("life", "found"),
    [
        (standing(), {D.EXTEND, D.OBJECT, D.WAIVE}),
        (standing(objected=True), {D.EXTEND, D.RESOLVE, D.WAIVE}),
        (standing(S.SUBMITTED), {D.ACCEPT, D.RETURN}),
        (standing(S.ACCEPTED), {D.ASK_REOPEN}),
        (standing(S.REOPENING), {D.REOPEN, D.REFUSE_REOPEN}),
        (standing(S.MISSING), set()),
        (standing(S.WAIVED), set()),
    ],
)
def test_what_somebody_can_decide_is_told(life: ObligationLife, found: set[D]) -> None:
    assert set(possible(life)) == found


@pytest.mark.parametrize(
    ("life", "kind"),
    [
        (standing(objected=True), D.OBJECT),
        (standing(), D.RESOLVE),
        (standing(suspended=True), D.PAUSE),
        (standing(), D.RESUME),
    ],
)
def test_only_what_runs_stops_and_only_what_stands_goes_on(life: ObligationLife, kind: D) -> None:
    with pytest.raises(Stale, match=r"obligation\.wrong_state"):
        taken(life, kind)


# Who decides


@pytest.mark.rule("A10", "B12")
@pytest.mark.parametrize(
    ("kind", "by", "facts", "allowed"),
    [
        (D.ACCEPT, OFFICE, PROVINCIAL, True),
        (D.ACCEPT, OFFICE, OF_THE_CITY, True),
        (D.ACCEPT, TAIYUAN, OF_THE_CITY, True),
        (D.RETURN, TAIYUAN, OF_THE_CITY, True),
        (D.ACCEPT, TAIYUAN, PROVINCIAL, False),
        (D.ACCEPT, TAIYUAN, ObligationFacts(level=Level.COUNTY, city=City.DATONG), False),
        (D.ACCEPT, LEAD, PROVINCIAL, False),
        (D.ACCEPT, SYSTEM, PROVINCIAL, False),
        (D.REVIEW_OVER, OFFICE, PROVINCIAL, False),
        (D.ACCEPT, Actor(role=Role.DEPARTMENT, id="token:d", department="省教育厅"), PROVINCIAL, False),
        (D.ACCEPT, Actor(role=Role.READONLY, id="token:r"), PROVINCIAL, False),
    ],
)
def test_the_office_reviews_and_a_city_the_bases_that_it_cultivates(
    kind: D, by: Actor, facts: ObligationFacts, allowed: bool
) -> None:
    request = ObligationRequest(decision=EXAMPLES[kind], by=by)
    if allowed:
        check(standing(S.SUBMITTED), facts, request, NOW)
        return
    with pytest.raises(NotAllowed, match=r"obligation\.not_yours"):
        check(standing(S.SUBMITTED), facts, request, NOW)


@pytest.mark.parametrize("kind", [D.PAUSE, D.RESUME, D.RECOMPUTE])
@pytest.mark.parametrize("by", [OFFICE, LEAD])
def test_nobody_stops_a_clock_by_hand(kind: D, by: Actor) -> None:
    with pytest.raises(NotAllowed):
        check(fitting(S.OPEN, kind), PROVINCIAL, ObligationRequest(decision=EXAMPLES[kind], by=by), NOW)


@pytest.mark.parametrize(("state", "kind"), [(S.OPEN, D.OBJECT), (S.ACCEPTED, D.ASK_REOPEN)])
def test_only_the_base_speaks_for_itself(state: S, kind: D) -> None:
    with pytest.raises(NotAllowed):
        check(standing(state), PROVINCIAL, ObligationRequest(decision=EXAMPLES[kind], by=OFFICE), NOW)


# Against a rule


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("due", "now", "code"),
    [
        ("2026-03-06", "2026-03-05 12:00", "obligation.not_later"),  # the same day
        ("2026-03-12", "2026-03-12 12:00", "obligation.not_later"),  # today is no more time
        ("2026-03-07", "2026-03-05 12:00", None),
        ("2027-03-06", "2026-03-05 12:00", None),
        ("2027-03-07", "2026-03-05 12:00", "obligation.too_far"),
    ],
)
def test_an_extension_gives_more_time_but_not_more_than_a_year(due: str, now: str, code: str | None) -> None:
    decision = ExtendReport(due=date.fromisoformat(due), reason="示例理由")
    request = ObligationRequest(decision=decision, by=OFFICE)
    if code is None:
        check(standing(), PROVINCIAL, request, at(now))
        return
    with pytest.raises(Refused) as caught:
        check(standing(), PROVINCIAL, request, at(now))
    assert caught.value.refusal.code == code
    assert LONGEST_EXTENSION_DAYS == 366


def test_only_what_was_handed_in_can_be_returned() -> None:
    decision = ReturnReport(items={"invest_month": "与凭证不符", "weather": "没有这一项"})
    with pytest.raises(Refused) as caught:
        check_items(decision, {"invest_month": "1.00", "progress": "封顶"})
    refusal = caught.value.refusal
    assert refusal.code == "obligation.unknown_item"
    assert refusal.params == {"items": "weather", "known": "invest_month、progress"}
    check_items(decision, {"invest_month": "1.00", "weather": "晴"})


# The clock


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("order", "runs_after"),
    [
        ([D.PAUSE, D.OBJECT, D.RESUME, D.RESOLVE], 4),
        ([D.PAUSE, D.OBJECT, D.RESOLVE, D.RESUME], 4),
        ([D.OBJECT, D.PAUSE, D.RESOLVE, D.RESUME], 4),
        ([D.OBJECT, D.PAUSE, D.RESUME, D.RESOLVE], 4),
        ([D.OBJECT, D.RESOLVE, D.PAUSE, D.RESUME], 2),
    ],
)
def test_what_stands_still_for_two_reasons_goes_on_when_both_are_gone(
    order: list[D], runs_after: int
) -> None:
    life = standing()
    for n, kind in enumerate(order, 1):
        goes_on = clock_runs_again(life, kind)
        life = taken(life, kind, NOW + timedelta(hours=n))
        assert life.paused is not (goes_on or n == len(order))
        if n < runs_after:
            assert (life.paused, life.stopped) == (True, NOW + timedelta(hours=1)), "since the first reason"
        if n == runs_after:
            assert (goes_on, life.paused, life.stopped) == (True, False, None)


def test_an_extension_or_new_holidays_do_not_start_the_clock() -> None:
    life = taken(standing(), D.OBJECT)
    for kind in (D.EXTEND, D.RECOMPUTE):
        assert not clock_runs_again(life, kind)
        assert taken(life, kind).stopped == NOW


@pytest.mark.rule("A10")
@pytest.mark.parametrize(("version", "state"), [(0, S.WAIVED), (2, S.ACCEPTED)])
def test_after_an_upheld_objection_nothing_is_owed_and_what_was_handed_in_stands(
    version: int, state: S
) -> None:
    life = standing(
        S.RETURNED if version else S.OPEN,
        version=version,
        objected=True,
        stopped=NOW,
        returned={"progress": "太短"} if version else {},
    )
    after = decided(life, ResolveReport(upheld=True, reason="示例理由"), NOW)
    assert (after.state, after.paused, after.stopped, after.returned) == (state, False, None, {})
    assert after.over


def test_an_objection_that_is_upheld_while_the_base_stands_still_ends_it_all_the_same() -> None:
    life = standing(objected=True, suspended=True, stopped=NOW)
    assert decided(life, ResolveReport(upheld=True, reason="示例理由"), NOW).over


# Handing in, return, review


@pytest.mark.rule("A10")
@pytest.mark.parametrize(
    ("when", "on_time"),
    [("2026-03-06 23:59", True), ("2026-03-07 00:00", False), ("2026-03-20 23:59", False)],
)
def test_the_first_version_tells_whether_it_was_on_time(when: str, on_time: bool) -> None:
    first = handed_in(standing(), at(when))
    assert (first.state, first.version, first.on_time) == (S.SUBMITTED, 1, on_time)
    returned = taken(first, D.RETURN, at("2026-03-23 12:00"))
    again = handed_in(returned, at("2026-03-24 12:00"))
    assert (again.version, again.on_time, again.handed_in) == (2, on_time, at("2026-03-24 12:00"))


def test_after_an_extension_the_new_deadline_counts() -> None:
    longer = FEBRUARY.model_copy(update={"due": end_of(date(2026, 3, 12))})
    life = decided(standing(), EXAMPLES[D.EXTEND], NOW, longer)
    assert handed_in(life, at("2026-03-12 23:59")).on_time
    assert life.schedule == longer


@pytest.mark.rule("A10")
def test_a_return_names_its_items_and_is_counted() -> None:
    life = standing(S.SUBMITTED, version=1, review_until=at("2026-03-20 00:00"))
    once = taken(life, D.RETURN)
    assert (once.state, once.returns, once.review_until) == (S.RETURNED, 1, None)
    assert once.returned == {"invest_month": "与凭证不符"}
    twice = taken(handed_in(once, NOW), D.RETURN)
    assert twice.returns == 2
    assert handed_in(twice, NOW).returned == {}


def test_a_correction_that_is_granted_is_no_return() -> None:
    life = taken(taken(standing(S.ACCEPTED, version=1), D.ASK_REOPEN), D.REOPEN)
    assert (life.state, life.returns, life.returned) == (S.RETURNED, 0, {})


@pytest.mark.parametrize(
    ("state", "review_days", "over"),
    [
        (S.OPEN, 10, False),
        (S.RETURNED, 10, False),
        (S.SUBMITTED, 10, False),
        (S.SUBMITTED, 0, False),  # somebody has to look
        (S.SUBMITTED, None, True),  # nobody reviews it
        (S.REOPENING, 10, False),
        (S.ACCEPTED, 10, True),
        (S.MISSING, 10, True),
        (S.WAIVED, 10, True),
    ],
)
def test_when_nothing_more_happens_by_itself(state: S, review_days: int | None, over: bool) -> None:
    plan = FEBRUARY.model_copy(update={"review_days": review_days})
    assert standing(state, schedule=plan).over is over


@pytest.mark.parametrize(
    ("life", "facts", "who"),
    [
        (standing(), PROVINCIAL, "基地联系人"),
        (standing(S.RETURNED), PROVINCIAL, "基地联系人"),
        (standing(suspended=True), PROVINCIAL, "基地联系人"),
        (standing(objected=True), PROVINCIAL, "省发展改革委"),
        (standing(objected=True), OF_THE_CITY, "太原市级办公室"),
        (standing(S.SUBMITTED), PROVINCIAL, "省发展改革委"),
        (standing(S.SUBMITTED), OF_THE_CITY, "太原市级办公室"),
        (standing(S.REOPENING), PROVINCIAL, "省发展改革委"),
        (standing(S.ACCEPTED), PROVINCIAL, "无"),
        (standing(S.MISSING), PROVINCIAL, "无"),
    ],
)
def test_it_is_told_whom_it_waits_for(life: ObligationLife, facts: ObligationFacts, who: str) -> None:
    assert waits_for(life, facts) == who


# What it means for the credit account

REGULAR = [kind for kind in ObligationKind if kind is not ObligationKind.RECTIFICATION]


@pytest.mark.rule("A9")
@pytest.mark.parametrize("kind", REGULAR)
@pytest.mark.parametrize(("state", "on_time"), [*product(S, (True, False))])
def test_a_report_counts_for_credit_once_it_has_come_to_something(
    kind: ObligationKind, state: S, on_time: bool
) -> None:
    found = outcome(kind, state, on_time=on_time)
    if state in HANDED_IN:
        assert found is (CreditReason.ON_TIME if on_time else CreditReason.LATE)
    elif state is S.MISSING:
        assert found is CreditReason.MISSING
    else:
        assert found is None
        assert state in OWED | {S.WAIVED}


@pytest.mark.rule("A9")
@pytest.mark.parametrize(
    ("state", "on_time", "reason"),
    [
        (S.ACCEPTED, True, None),  # that it was put right earns no points
        (S.ACCEPTED, False, CreditReason.RECTIFICATION_OVERDUE),
        (S.MISSING, False, CreditReason.RECTIFICATION_OVERDUE),
        (S.WAIVED, None, None),
        (S.OPEN, None, None),
    ],
)
def test_a_rectification_counts_when_it_was_not_in_time(
    state: S, on_time: bool | None, reason: CreditReason | None
) -> None:
    assert outcome(ObligationKind.RECTIFICATION, state, on_time=on_time) is reason
