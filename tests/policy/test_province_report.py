"""The figures of the province's reports, and what may be released (A14)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.calendar import Period
from domain.decisions import Actor
from domain.errors import DomainError
from domain.forms import dispatch
from domain.picture import words_of
from domain.policy import province_reports as policy
from domain.policy.effectiveness import Grade
from domain.policy.province_reports import (
    check_begun,
    check_office,
    check_release,
    check_replaced,
    report_period,
    title_of,
)
from domain.province_facts import BaseFact, Facts, Handing, Sums
from domain.province_report import FUNDS_KEYS, INCOME, SKILLS, STOCKS, TRAINING, progress_of, report_of
from domain.terms import City, Level, ObligationKind, ObligationState, Role
from tests.policy.published import FIGURES

pytestmark = pytest.mark.rule("A14")

H1, LAST = Period.parse("2026-H1"), date(2026, 6, 30)
S = ObligationState


def base(id: str = "b1", **known: Any) -> BaseFact:
    """A base of 太原 in its pilot since 2025."""
    row = {"level": Level.PROVINCE, "city": City.TAIYUAN, "direction": 3, "pilot_start": date(2025, 7, 1)}
    return BaseFact.model_validate({"id": id, **row, **known})


def facts(*bases: BaseFact, **known: Any) -> Facts:
    """What there is of the first half of 2026."""
    return Facts.model_validate({"period": H1, "day": LAST, "bases": bases, "sums": {}, **known})


def counted(counts: Sequence[Any]) -> list[tuple[str, int, str]]:
    """A table as it is read."""
    return [(one.name, one.count, str(one.share)) for one in counts]


def test_bases_are_counted_as_they_stood_on_the_last_day() -> None:
    report = report_of(
        facts(
            base("b1", level=Level.CITY, city=City.DATONG, direction=30),
            base("b2", certified_on=date(2026, 6, 30)),
            base("b3", certified_on=date(2026, 7, 1), suspended=True),
            base("b4", pilot_start=date(2026, 1, 1)),
            base("b5", gone_on=date(2026, 6, 30)),
            base("b6", gone_on=date(2026, 7, 1)),
            base("b7", pilot_start=date(2026, 7, 1)),
        )
    )
    assert (report.bases, report.begun, report.certified, report.gone, report.suspended) == (5, 1, 1, 1, 1)
    assert counted(report.levels) == [("省级", 4, "80.0"), ("市级", 1, "20.0")]
    assert counted(report.cities) == [("太原", 4, "80.0"), ("大同", 1, "20.0")]
    assert counted(report.directions) == [("大数据", 4, "80.0"), ("其它产业类型", 1, "20.0")]
    assert counted(report.stages) == [("试点培育", 4, "80.0"), ("认定授牌", 1, "20.0")]


def test_without_a_base_nothing_is_divided() -> None:
    report = report_of(facts())
    assert (report.bases, report.levels, report.progress, report.funds.rate) == (0, (), None, None)


@pytest.mark.parametrize("case", FIGURES["progress_vs_time"]["cases"], ids=lambda case: str(case["plan"]))
def test_the_rate_and_the_gap_come_out_as_published(case: dict[str, Any]) -> None:
    start = date(2026, 7 - case["months"], 1)
    one = base(
        pilot_start=start, planned_total=Decimal(str(case["plan"])), invested=Decimal(str(case["done"]))
    )
    found = progress_of([one], LAST)
    assert found
    assert (found.completion, found.gap) == (
        Decimal(str(case["published_rate"])),
        Decimal(str(case["published_gap"])),
    )


def test_each_base_is_measured_by_the_months_of_its_own_pilot_and_weighs_as_its_plan() -> None:
    old = base("b1", planned_total=Decimal(3000), invested=Decimal(3000), pilot_start=date(2025, 1, 1))
    new = base("b2", planned_total=Decimal(1000), invested=Decimal(100), pilot_start=date(2026, 6, 1))
    report = report_of(facts(old, new, base("b3", invested=Decimal(900))))
    assert (report.planned, report.invested, report.without_plan) == (Decimal(4000), Decimal(3100), 1)
    assert report.progress
    # 3000 of 3000 should be there after more than twelve months, and 1/12 of 1000 after one: 3083.33 of 4000.
    assert [str(report.progress.completion), str(report.progress.time), str(report.progress.gap)] == [
        "77.5",
        "77.1",
        "0.4",
    ]


@pytest.mark.rule("A7")
def test_money_of_each_source_stands_against_what_was_planned_of_it() -> None:
    report = report_of(
        facts(
            base("b1", planned={"invest_central": Decimal(100), "invest_own": Decimal(50)}),
            base("b2", planned={"invest_central": Decimal(300)}, gone_on=date(2026, 1, 1)),
            sums={
                "funds_central": Sums(in_period=Decimal(20), total=Decimal(75)),
                "funds_self": Sums(in_period=Decimal(5), total=Decimal(60)),
                "funds_bond": Sums(in_period=Decimal(1), total=Decimal(1)),
            },
        )
    )
    rows = [
        (s.name, int(s.planned), int(s.in_period), int(s.total), str(s.rate))
        for s in (*report.sources, report.funds)
    ]
    assert rows == [
        ("中央预算内资金", 100, 20, 75, "75.0"),
        ("省级补助投资", 0, 0, 0, "None"),
        ("地方政府债券", 0, 1, 1, "None"),
        ("国内外贷款", 0, 0, 0, "None"),
        ("主体自筹", 50, 5, 60, "120.0"),
        ("合计", 150, 26, 136, "90.7"),
    ]


@pytest.mark.rule("A4", "A5")
def test_training_skills_and_income_are_told_item_by_item() -> None:
    sums = {
        "trainees_students": Sums(in_period=Decimal(300), total=Decimal(500)),
        "trainees_veterans": Sums(in_period=Decimal(5), total=Decimal(6)),
        "teachers_dual": Sums(in_period=Decimal(25), total=Decimal(25)),
        "income_tech": Sums(in_period=Decimal("3.20"), total=Decimal("4.25")),
    }
    report = report_of(facts(sums=sums))
    assert len(report.training) == 5
    assert (report.trained.in_period, report.trained.total) == (Decimal(305), Decimal(506))
    assert [one.label for one in report.skills if one.stock] == ["双师型教师人数"]
    assert [one.label for one in report.income] == [
        "有偿社会培训收入",
        "技术服务收入",
        "成果孵化与交易转化收入",
    ]
    assert report.earned.total == Decimal("4.25")


def test_on_time_late_missing_and_open_are_all_that_was_owed() -> None:
    def handing(state: S, on_time: bool | None, count: int) -> Handing:
        return Handing(kind=ObligationKind.DISPATCH, state=state, on_time=on_time, count=count)

    (row,) = report_of(
        facts(
            handings=(
                handing(S.ACCEPTED, True, 50),
                handing(S.SUBMITTED, True, 3),
                handing(S.ACCEPTED, False, 7),
                handing(S.RETURNED, False, 1),
                handing(S.MISSING, None, 4),
                handing(S.MISSING, True, 2),  # returned, and never put right
                handing(S.OPEN, None, 6),
                handing(S.WAIVED, None, 9),
            )
        )
    ).on_time
    assert (row.owed, row.on_time, row.late, row.missing, row.open, row.waived) == (73, 53, 8, 6, 6, 9)
    assert row.on_time + row.late + row.missing + row.open == row.owed
    assert str(row.rate) == "72.6"


def test_who_is_asked_for_help_most_stands_first_and_grades_in_their_order() -> None:
    report = report_of(
        facts(
            helpers={"省教育厅": 2, "省财政厅": 5, "省总工会": 2},
            grades={Grade.POOR: 1, Grade.EXCELLENT: 3},
        )
    )
    assert counted(report.helpers) == [
        ("省财政厅", 5, "55.6"),
        ("省教育厅", 2, "22.2"),
        ("省总工会", 2, "22.2"),
    ]
    assert counted(report.grades) == [("优秀", 3, "75.0"), ("不合格", 1, "25.0")]


def test_what_is_looked_for_is_asked() -> None:
    groups = {question.group for question in dispatch.QUESTIONS}
    keys = {question.key for question in dispatch.QUESTIONS}
    assert {TRAINING, SKILLS, INCOME} <= groups
    assert {*FUNDS_KEYS, *STOCKS, "invest_month", "invest_total", "problems", "help_from"} <= keys


# What may be released


@pytest.mark.parametrize(
    "text", ["2026-06", "2026-Q2", "2026-H3", "x", "", "2026-H1-1", "9999", "2020", "9" * 500]
)
def test_only_halves_and_years_have_a_report(text: str) -> None:
    with pytest.raises(DomainError) as refused:
        report_period(text)
    assert refused.value.refusal.code == "report.no_period"


def test_half_years_and_years_have_their_own_titles() -> None:
    half, year = Period.parse("2026-H2"), Period.parse("2026")
    assert (words_of(half), words_of(H1), words_of(year)) == (
        "2026年下半年",
        "2026年上半年",
        "2026年度",
    )
    assert title_of(half).endswith("体系指标能力建设运行情况")
    assert title_of(year).endswith("年度综合报告")


RELEASES = [
    # period, day, media, today, what refuses it
    ("2026-H1", "2026-07-20", ["示例日报"], "2026-07-20", None),
    ("2026-H1", "2026-07-01", ["示例日报"], "2026-07-20", None),
    ("2026-H1", "2026-06-30", ["示例日报"], "2026-07-20", "report.not_over"),
    ("2026-H1", "2026-07-21", ["示例日报"], "2026-07-20", "report.future"),
    ("2026-H1", "2026-07-20", [], "2026-07-20", "report.no_media"),
    ("2026", "2027-01-20", [], "2027-01-20", None),
    ("2026", "2026-12-31", [], "2027-01-20", "report.not_over"),
]


@pytest.mark.parametrize(("period", "day", "media", "today", "code"), RELEASES)
def test_a_report_is_released_after_its_period_and_to_the_media(
    period: str, day: str, media: list[str], today: str, code: str | None
) -> None:
    """每半年向省内主要媒体发布；每年向厅际联席会议办公室报告."""
    known = (Period.parse(period), date.fromisoformat(day), media, date.fromisoformat(today))
    if code is None:
        check_release(*known)
        return
    with pytest.raises(DomainError) as refused:
        check_release(*known)
    assert refused.value.refusal.code == code
    assert refused.value.refusal.clause == policy.REPORTS


def test_what_was_released_is_replaced_only_with_a_reason() -> None:
    check_replaced(released=False, reason="")
    check_replaced(released=True, reason="更正数据")
    with pytest.raises(DomainError, match="reason_needed"):
        check_replaced(released=True, reason="  ")


def test_a_period_that_has_not_begun_has_no_report() -> None:
    check_begun(H1, date(2026, 1, 1))
    with pytest.raises(DomainError, match="not_begun"):
        check_begun(H1, date(2025, 12, 31))


@pytest.mark.parametrize("role", list(Role))
def test_reports_are_the_offices(role: Role) -> None:
    actor = Actor(role=role, id="x")
    if role is Role.OFFICE:
        check_office(actor)
        return
    with pytest.raises(DomainError, match="office_only"):
        check_office(actor)
