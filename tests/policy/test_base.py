"""What a decision changes about a base, and whom it then waits for."""

from datetime import date
from decimal import Decimal

import pytest

from domain.changes import decided
from domain.decisions import Certify, Consent, Publish, Score, StartNotice, Terminate
from domain.lifecycle import EXITS, STAGE_OF, Step
from domain.terms import Level
from tests.support import at, state_of

NOW = at("2024-03-01 10:00")


def test_a_decision_is_numbered_and_dated() -> None:
    after = decided(
        state_of(step=Step.EXPERT_REVIEW),
        Score(score=Decimal("88.50"), organiser="第三方", methods=("基础资料评审",)),
        NOW,
    )
    assert (after.step, after.since, after.seq, after.score) == (Step.CONFERENCE, NOW, 1, Decimal("88.50"))


@pytest.mark.rule("B14", "B15")
def test_consent_notice_and_publication_leave_their_numbers_and_days() -> None:
    state = decided(state_of(step=Step.CONSENT), Consent(document_no="晋政函1号", on=NOW.date()), NOW)
    state = decided(state, StartNotice(first=date(2024, 3, 4), last=date(2024, 3, 8)), NOW)
    assert (state.consent_no, state.next_due()) == ("晋政函1号", at("2024-03-09 00:00"))
    state = decided(
        state.model_copy(update={"step": Step.PUBLICATION}),
        Publish(document_no="晋发改2号", on=date(2024, 3, 11), official_name="示例"),
        NOW,
    )
    assert (state.published_no, state.published_on) == ("晋发改2号", date(2024, 3, 11))
    assert state.next_due() == at("2025-03-12 00:00")


@pytest.mark.rule("B16")
@pytest.mark.parametrize("level", Level)
def test_the_title_names_the_level(level: Level) -> None:
    state = state_of(step=Step.PLAQUE, level=level, published_on=date(2023, 2, 1))
    after = decided(state, Certify(document_no="晋发改3号", on=NOW.date()), NOW)
    assert after.title == f"{level}产教融合重大平台载体和实训基地"
    assert (after.certificate_no, after.certified_on) == ("晋发改3号", NOW.date())
    assert after.next_due() is None


def test_a_base_that_leaves_is_gone_on_that_business_day() -> None:
    late = at("2024-03-31 23:30")
    after = decided(state_of(step=Step.PILOT, published_on=date(2023, 5, 1)), Terminate(reason="停建"), late)
    assert (after.gone_on, after.over) == (date(2024, 3, 31), True)


@pytest.mark.rule("B12")
@pytest.mark.parametrize(
    ("step", "level", "waits_for"),
    [
        (Step.PREPARING, Level.PROVINCE, "申报主体"),
        (Step.CERTIFICATION_DUE, Level.CITY, "申报主体"),
        (Step.FORMAL_REVIEW, Level.PROVINCE, "省发展改革委"),
        (Step.FORMAL_REVIEW, Level.CITY, "太原市级办公室"),
        (Step.CONFERENCE, Level.COUNTY, "太原市级办公室"),
        (Step.CONSENT, Level.CITY, "省政府"),
        (Step.PLAQUE, Level.CITY, "省发展改革委"),
        (Step.NOTICE, Level.PROVINCE, "时间届满"),
        (Step.PILOT, Level.PROVINCE, "时间届满"),
    ],
)
def test_each_step_waits_for_somebody(step: Step, level: Level, waits_for: str) -> None:
    assert state_of(step=step, level=level).waiting_for() == waits_for


@pytest.mark.parametrize("step", sorted(EXITS))
def test_who_has_left_waits_for_nobody_and_has_no_deadline(step: Step) -> None:
    state = state_of(step=step, published_on=date(2023, 2, 1))
    assert (state.waiting_for(), state.next_due(), state.stage) == ("无", None, STAGE_OF[step])
