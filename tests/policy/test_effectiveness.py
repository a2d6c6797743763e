"""效能评价 (A12, A15): the eight elements, the parts of a total, the grades at their boundaries, what limits them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Refused
from domain.forms.assessment import ELEMENTS
from domain.policy.effectiveness import (
    RUBRIC,
    SHARES,
    Cap,
    Grade,
    ReportingRecord,
    check_enough,
    grade_of,
    reporting_points,
    result,
    self_points,
)
from domain.policy.rubric import total
from domain.policy.source import on

DAY = date(2026, 2, 5)
ELEMENT_NAMES = [
    "计划规划",
    "组织方式",
    "目标定位",
    "重点任务",
    "指标体系",
    "规模价值",
    "预期效益",
    "绩效评价",
]
PERFECT = ReportingRecord(on_time=12)


def own(score: str) -> dict[str, str]:
    """A self-assessment with the same score throughout."""
    return {f"{element.key}_score": score for element in ELEMENTS} | {"self_summary": "示例"}


def scores(*points: str) -> list[Decimal]:
    return [Decimal(p) for p in points]


@pytest.mark.rule("A15")
def test_the_rubric_is_over_the_eight_elements_of_the_loop_and_its_weights_add_up() -> None:
    rubric = on(RUBRIC, DAY).value
    assert [item.label for item in rubric] == ELEMENT_NAMES
    assert sum(item.weight for item in rubric) == 100
    assert sum(on(SHARES, DAY).value) == 100


@pytest.mark.rule("A15")
def test_the_self_assessment_asks_for_the_same_elements() -> None:
    assert [(e.key, e.label) for e in ELEMENTS] == [(i.key, i.label) for i in on(RUBRIC, DAY).value]


@pytest.mark.rule("A12")
@pytest.mark.parametrize(
    ("points", "grade"),
    [
        ("100", Grade.EXCELLENT),
        ("90.00", Grade.EXCELLENT),
        ("89.99", Grade.GOOD),
        ("75.00", Grade.GOOD),
        ("74.99", Grade.FAIR),
        ("60.00", Grade.FAIR),
        ("59.99", Grade.POOR),
        ("0", Grade.POOR),
    ],
)
def test_a_grade_begins_at_its_boundary(points: str, grade: Grade) -> None:
    assert grade_of(Decimal(points), DAY) is grade


@pytest.mark.rule("A12", "A15")
def test_a_total_is_made_of_third_party_self_assessment_and_regular_reporting() -> None:
    record = ReportingRecord(on_time=9, late=2, missing=0)
    found = result(scores("80", "85", "90"), own("95"), record, DAY)
    assert (found.third_party, found.self_report) == (Decimal("85.00"), Decimal("95.00"))
    assert found.reporting == Decimal("90.91")  # (9 + 2 x 0.5) / 11
    assert found.total == Decimal("87.18")  # 0.7 x 85 + 0.1 x 95 + 0.2 x 90.91
    assert (found.grade, found.caps, found.evaluations, found.outliers) == (Grade.GOOD, (), 3, 0)


@pytest.mark.rule("A15")
def test_self_scores_are_weighed_like_everybody_elses() -> None:
    values = own("50") | {"tasks_score": "100"}
    assert self_points(values, DAY) == Decimal("60.00")
    rubric = on(RUBRIC, DAY).value
    same = {item.key: Decimal(values[f"{item.key}_score"]) for item in rubric}
    assert total(rubric, same) == Decimal("60.00")


@pytest.mark.rule("A10", "A12")
@pytest.mark.parametrize(
    ("record", "points"),
    [
        (ReportingRecord(), "100"),
        (ReportingRecord(on_time=12), "100.00"),
        (ReportingRecord(late=12), "50.00"),
        (ReportingRecord(missing=12), "0.00"),
        (ReportingRecord(on_time=1, late=1, missing=1), "50.00"),
    ],
)
def test_reports_count_whole_on_time_half_late_and_nothing_missing(
    record: ReportingRecord, points: str
) -> None:
    assert reporting_points(record, DAY) == Decimal(points)


@pytest.mark.rule("A10", "A12")
def test_whoever_did_not_report_is_not_among_the_best() -> None:
    one_missing = ReportingRecord(on_time=99, missing=1)
    found = result(scores("100", "100", "100"), own("100"), one_missing, DAY)
    assert (found.total, found.grade, found.caps) == (Decimal("99.80"), Grade.GOOD, (Cap.MISSING_REPORTS,))
    found = result(scores("100", "100", "100"), None, PERFECT, DAY)
    assert (found.total, found.grade, found.caps) == (Decimal("90.00"), Grade.FAIR, (Cap.NO_SELF_REPORT,))
    found = result(scores("10", "10", "10"), None, one_missing, DAY)
    assert (found.grade, found.caps) == (Grade.POOR, (Cap.NO_SELF_REPORT, Cap.MISSING_REPORTS))


@pytest.mark.rule("A12")
def test_where_nobody_evaluated_the_other_parts_are_all_there_is() -> None:
    found = result([], own("70"), PERFECT, DAY)
    assert (found.third_party, found.total) == (None, Decimal("90.00"))  # (10 x 70 + 20 x 100) / 30


@pytest.mark.rule("A12")
def test_an_evaluation_far_from_the_others_is_pointed_out_and_counts_all_the_same() -> None:
    found = result(scores("80", "80", "95.01"), own("80"), PERFECT, DAY)
    assert (found.outliers, found.third_party) == (1, Decimal("85.00"))
    assert result(scores("80", "80", "95"), own("80"), PERFECT, DAY).outliers == 0


@pytest.mark.rule("A12")
def test_three_evaluations_are_needed_or_a_reason() -> None:
    check_enough(3, DAY, explained=False)
    check_enough(0, DAY, explained=True)
    with pytest.raises(Refused) as caught:
        check_enough(2, DAY, explained=False)
    assert caught.value.refusal.code == "assessment.too_few"
    assert caught.value.refusal.params == {"count": "2", "least": "3"}
    assert caught.value.refusal.clause is not None


_POINTS = st.decimals(0, 100, places=2)


@given(
    st.lists(_POINTS, max_size=9),
    st.none() | st.integers(0, 100),
    st.builds(
        ReportingRecord, on_time=st.integers(0, 20), late=st.integers(0, 20), missing=st.integers(0, 20)
    ),
)
def test_a_total_is_between_nothing_and_a_hundred_and_a_grade_never_better_than_the_total(
    given_scores: list[Decimal], self_score: int | None, record: ReportingRecord
) -> None:
    found = result(given_scores, None if self_score is None else own(str(self_score)), record, DAY)
    order = list(Grade)
    assert 0 <= found.total <= 100
    assert order.index(found.grade) >= order.index(grade_of(found.total, DAY))
