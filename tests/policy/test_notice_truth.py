"""What goes out late is still true, or does not go out: for every kind of notice."""

from datetime import date, datetime

import pytest

from domain.assessment import Phase
from domain.calendar import end_of
from domain.ids import assessment_id, supervision_id
from domain.lifecycle import Step
from domain.notice_truth import (
    ALSO_PAUSED,
    ALWAYS_TRUE,
    ASSESSMENT_AT,
    BASE_AT,
    OBLIGATION_AT,
    SUPERVISION_OVER,
    BaseNow,
    MissedError,
    ObligationNow,
    OutdatedError,
    Standing,
    assessment_of,
    supervision_of,
    true_now,
)
from domain.supervision import SupervisionStep
from domain.terms import OWED, ObligationState
from domain.views import REMINDERS, Notice, NoticeKind
from tests.support import at

NOW = at("2026-11-05 10:00")
DUE = date(2026, 11, 6)
S = ObligationState


def obligation(state: S = S.OPEN, due: date = DUE, *, paused: bool = False) -> Standing:
    """An obligation that stands so."""
    return Standing(
        obligation=ObligationNow(
            no=1, state=state, due=end_of(due), locks=end_of(date(2026, 11, 20)), paused=paused
        )
    )


def notice(kind: NoticeKind, **params: str) -> Notice:
    """A notice of the kind."""
    said = {"due": "2026-11-06", "locks": "2026-11-20"} | params
    return Notice(key="k", base_id="base-1", kind=kind, obligation_id="obligation-1", params=said)


def is_true(kind: NoticeKind, about: Standing, now: datetime = NOW, **params: str) -> bool:
    """Whether it goes out."""
    try:
        true_now(notice(kind, **params), about, now)
    except OutdatedError:
        return False
    return True


def test_every_kind_is_thought_of() -> None:
    groups = [
        *(REMINDERS, frozenset(OBLIGATION_AT), frozenset(BASE_AT), frozenset(SUPERVISION_OVER)),
        *(frozenset(ASSESSMENT_AT), ALWAYS_TRUE),
        frozenset({NoticeKind.SIGN_OFF_WAITING, NoticeKind.RECALL_OVERDUE, NoticeKind.URGED_STEP}),
    ]
    assert frozenset().union(*groups) == frozenset(NoticeKind)
    assert sum(map(len, groups)) == len(NoticeKind), "each in one way"


@pytest.mark.parametrize("kind", sorted(REMINDERS - {NoticeKind.TODAY}))
def test_a_reminder_is_over_once_nothing_is_owed(kind: NoticeKind) -> None:
    late = at("2026-11-09 10:00") if kind in LATE else NOW
    for state in S:
        assert is_true(kind, obligation(state), late) is (state in OWED), state
    assert is_true(kind, obligation(paused=True), late) is (kind in ALSO_PAUSED)


@pytest.mark.parametrize("kind", sorted(ALSO_PAUSED))
def test_what_was_decided_about_a_report_is_told_though_its_clock_stands_still(kind: NoticeKind) -> None:
    """A base that stands still may hand in; what is returned then stands still at once."""
    assert is_true(kind, obligation(S.RETURNED, paused=True))
    assert not is_true(kind, obligation(S.SUBMITTED, paused=True))


LATE = {NoticeKind.OVERDUE, NoticeKind.DEPARTMENT_TOLD, NoticeKind.OFFICE_TOLD}


@pytest.mark.parametrize(
    ("kind", "true_on"),
    [
        (NoticeKind.OPENED, {5, 6}),
        (NoticeKind.SOON, {5, 6}),
        (NoticeKind.TODAY, {6}),
        (NoticeKind.OVERDUE, {9}),
        (NoticeKind.DEPARTMENT_TOLD, {9}),
        (NoticeKind.OFFICE_TOLD, {9}),
        (NoticeKind.ASKED, {5, 6, 9}),
    ],
)
def test_a_step_of_the_ladder_is_true_on_its_side_of_the_due_day(kind: NoticeKind, true_on: set[int]) -> None:
    assert {d for d in (5, 6, 9) if is_true(kind, obligation(), at(f"2026-11-{d:02d} 10:00"))} == true_on


def test_a_reminder_names_the_days_that_hold_now() -> None:
    moved = obligation(due=date(2026, 11, 16))
    told = true_now(notice(NoticeKind.OPENED, total="22"), moved, NOW)
    assert told.params == {"due": "2026-11-16", "locks": "2026-11-20", "total": "22"}
    assert told.key == "k"


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        (NoticeKind.MISSING, {S.MISSING}),
        (NoticeKind.ACCEPTED, {S.ACCEPTED, S.REOPENING}),
        (NoticeKind.WAIVED, {S.WAIVED, S.ACCEPTED}),
        (NoticeKind.REOPEN_ASKED, {S.REOPENING}),
        (NoticeKind.REOPEN_REFUSED, {S.SUBMITTED, S.ACCEPTED}),
        (NoticeKind.HANDED_OVER, OWED),
        (NoticeKind.TAKEN_BACK, OWED),
    ],
)
def test_what_was_decided_about_a_report_is_told_while_it_holds(kind: NoticeKind, states: set[S]) -> None:
    assert {state for state in S if is_true(kind, obligation(state))} == states


def test_of_a_decision_that_was_overtaken_the_credit_that_it_brought_is_told() -> None:
    """Accepted after hours, and given back for a correction before offices opened again."""
    accepted = notice(NoticeKind.ACCEPTED, credit="按时报送", points="+1")
    assert true_now(accepted, obligation(S.ACCEPTED), NOW).kind is NoticeKind.ACCEPTED
    told = true_now(accepted, obligation(S.RETURNED), NOW)
    assert told == accepted.model_copy(update={"kind": NoticeKind.CREDIT})
    assert not is_true(NoticeKind.ACCEPTED, obligation(S.RETURNED))


@pytest.mark.parametrize("kind", [NoticeKind.PAUSED, NoticeKind.OBJECTED])
def test_that_the_clock_stands_still_is_told_while_it_does(kind: NoticeKind) -> None:
    assert is_true(kind, obligation(paused=True))
    assert not is_true(kind, obligation())
    assert not is_true(kind, obligation(S.WAIVED, paused=True))


@pytest.mark.parametrize("kind", list(BASE_AT))
def test_what_an_applicant_is_asked_for_is_over_with_its_step(kind: NoticeKind) -> None:
    last = {"last": "2026-11-30", "last_day": "2026-11-30"}
    for step in Step:
        about = Standing(base=BaseNow(step=step, next_due=end_of(date(2026, 11, 30))))
        assert is_true(kind, about, NOW, **last) is (step is BASE_AT[kind]), step


def test_an_extension_that_was_extended_is_told_once() -> None:
    about = Standing(base=BaseNow(step=Step.PREPARING, next_due=end_of(date(2026, 11, 30))))
    assert is_true(NoticeKind.EXTENDED, about, last="2026-11-30")
    assert not is_true(NoticeKind.EXTENDED, about, last="2026-11-20")


@pytest.mark.parametrize(("last", "true"), [("2026-11-05", True), ("2026-11-04", False), ("", True)])
def test_papers_are_not_asked_for_after_the_last_day(last: str, true: bool) -> None:
    about = Standing(base=BaseNow(step=Step.FORMAL_REVIEW, next_due=None))
    assert is_true(NoticeKind.RETURNED, about, last=last) is true


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        (NoticeKind.RETURNED, Standing(base=BaseNow(step=Step.REJECTED, next_due=None))),
        (NoticeKind.OFFERED, Standing(base=BaseNow(step=Step.NOT_SELECTED, next_due=None))),
        (NoticeKind.GRADE_PROPOSED, Standing(assessment=Phase.PUBLICATION)),
    ],
)
def test_what_somebody_lost_for_not_being_told_is_no_mere_outdated_notice(
    kind: NoticeKind, about: Standing
) -> None:
    with pytest.raises(MissedError, match="期限已过"):
        true_now(notice(kind), about, NOW)


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        (NoticeKind.RETURNED, Standing(base=BaseNow(step=Step.EXPERT_REVIEW, next_due=None))),
        (NoticeKind.OFFERED, Standing(base=BaseNow(step=Step.CONSENT, next_due=None))),
        (NoticeKind.GRADE_PROPOSED, Standing(assessment=Phase.REVIEW)),
    ],
)
def test_what_was_done_without_being_told_is_outdated(kind: NoticeKind, about: Standing) -> None:
    with pytest.raises(OutdatedError) as raised:
        true_now(notice(kind), about, NOW)
    assert not isinstance(raised.value, MissedError)


def test_the_days_until_certification_are_counted_from_today() -> None:
    about = Standing(base=BaseNow(step=Step.PILOT, next_due=None))
    soon = notice(NoticeKind.CERTIFICATION_SOON, days="30", last_day="2026-11-30")
    assert true_now(soon, about, NOW).params["days"] == "25"


def test_a_supervision_is_reminded_of_until_that_was_done() -> None:
    """What has to be decided about a 整改 is told when it is, which may be before it is on record."""
    true = {
        kind: {step for step in SupervisionStep if is_true(kind, Standing(supervision=step))}
        for kind in SUPERVISION_OVER
    }
    assert true == {
        NoticeKind.SUPERVISION_DUE: {SupervisionStep.REVIEWING},
        NoticeKind.CONSEQUENCE_DUE: {SupervisionStep.RECTIFYING, SupervisionStep.CONSEQUENCE_DUE},
    }


PHASES = list(Phase)


@pytest.mark.parametrize(
    ("kind", "phase"),
    [(NoticeKind.GRADE_PROPOSED, Phase.APPEAL), (NoticeKind.GRADE_APPEALED, Phase.REVIEW)],
)
def test_an_assessment_asks_until_its_phase_is_over(kind: NoticeKind, phase: Phase) -> None:
    """That a phase has begun may be told before it is on record."""
    for one in Phase:
        on_time = PHASES.index(one) <= PHASES.index(phase)
        assert is_true(kind, Standing(assessment=one)) is on_time, one


@pytest.mark.parametrize("phase", list(Phase))
def test_the_office_is_reminded_of_the_phase_that_waits(phase: Phase) -> None:
    for one in Phase:
        on_time = PHASES.index(one) <= PHASES.index(phase)
        assert is_true(NoticeKind.ASSESSMENT_WAITING, Standing(assessment=one), phase=phase) is on_time, one


def test_signatures_are_counted_again() -> None:
    waiting = notice(NoticeKind.SIGN_OFF_WAITING, count="5")
    assert true_now(waiting, Standing(waiting=2), NOW).params["count"] == "2"
    with pytest.raises(OutdatedError, match="已全部签署"):
        true_now(waiting, Standing(waiting=0), NOW)


def test_money_that_came_in_is_not_asked_for() -> None:
    assert is_true(NoticeKind.RECALL_OVERDUE, Standing(recalled=True))
    assert not is_true(NoticeKind.RECALL_OVERDUE, Standing(recalled=False))


def test_nobody_is_nudged_for_what_was_done() -> None:
    assert is_true(NoticeKind.URGED_STEP, Standing(waits=True))
    assert not is_true(NoticeKind.URGED_STEP, Standing(waits=False))


@pytest.mark.parametrize("kind", sorted(ALWAYS_TRUE))
def test_what_happened_stays_true(kind: NoticeKind) -> None:
    assert true_now(notice(kind), Standing(), NOW) == notice(kind)


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        *((kind, {}) for kind in (NoticeKind.SOON, NoticeKind.PAUSED, NoticeKind.OFFERED)),
        (NoticeKind.SUPERVISION_DUE, {"period": "2026-Q3"}),
        (NoticeKind.ASSESSMENT_WAITING, {"phase": Phase.REVIEW, "year": "2026"}),
        (NoticeKind.SIGN_OFF_WAITING, {}),
    ],
)
def test_of_what_is_not_on_record_nothing_is_known(kind: NoticeKind, params: dict[str, str]) -> None:
    assert is_true(kind, Standing(), NOW, **params)


def test_what_a_notice_is_about_has_the_id_of_its_workflow() -> None:
    about = notice(NoticeKind.SUPERVISION_DUE, period="2026-Q3", year="2026")
    assert supervision_of(about) == supervision_id("base-1", "2026-Q3")
    assert assessment_of(about) == assessment_id("base-1", "2026")


@pytest.mark.parametrize(
    ("kind", "assignee", "expected"),
    [
        (NoticeKind.HANDED_OVER, 2, True),
        (NoticeKind.HANDED_OVER, 1, False),
        (NoticeKind.HANDED_OVER, None, False),
        (NoticeKind.TAKEN_BACK, 1, True),
        (NoticeKind.TAKEN_BACK, 2, False),
        (NoticeKind.TAKEN_BACK, None, True),
    ],
)
def test_of_a_handover_is_told_who_has_the_form_still(
    kind: NoticeKind, assignee: int | None, expected: bool
) -> None:
    stands = obligation().obligation
    assert stands is not None
    about = Standing(obligation=stands.model_copy(update={"assignee": assignee}))
    told = notice(kind).model_copy(update={"contact": 2})
    if expected:
        assert true_now(told, about, NOW).contact == 2
    else:
        with pytest.raises(OutdatedError):
            true_now(told, about, NOW)
