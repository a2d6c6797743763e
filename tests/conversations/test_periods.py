"""Periods as people write them."""

import re
from datetime import date

import pytest

from bot.periods import Named, read
from bot.words import period_words
from domain.calendar import Period, PeriodKind
from domain.terms import ObligationKind as K

SAID = [
    # what somebody writes, the periods that it fits, the kind, the rest
    ("2026年10月 数据录错", "2026-10", None, "数据录错"),
    ("2026年10月月调度，数据录错", "2026-10", K.DISPATCH, "数据录错"),
    ("２０２６年１０月 录错", "2026-10", None, "录错"),
    ("2026-10：录错", "2026-10", None, "录错"),
    ("2026.1 录错", "2026-01", None, "录错"),
    ("2026/01 录错", "2026-01", None, "录错"),
    ("10月份 录错", "2025-10 2026-10", None, "录错"),
    ("2026年第三季度 季督导 录错", "2026-Q3", K.SUPERVISION, "录错"),
    ("2026年3季度 录错", "2026-Q3", None, "录错"),
    ("三季度", "2025-Q3 2026-Q3", None, ""),
    ("2026Q3 录错", "2026-Q3", None, "录错"),
    ("2026年上半年 发布 录错", "2026-H1", K.PUBLICATION, "录错"),
    ("2026-H2", "2026-H2", None, ""),
    ("2026年度 录错", "2026", None, "录错"),
    ("2026年年考核 录错", "2026", K.ASSESSMENT, "录错"),
    ("2026年度综合报告 录错", "2026", K.REPORT, "录错"),
    ("2026年第一季度整改第2项 已完成", "2026-Q1-2", None, "已完成"),
    ("2026-Q1-2 已完成", "2026-Q1-2", None, "已完成"),
    ("2026-O1整改 已完成", "2026-O1", None, "已完成"),
    ("2026年10月 调度数据录错", "2026-10", None, "调度数据录错"),
    ("2026年10月 录错\n请核对", "2026-10", None, "录错\n请核对"),
]
KEPT = [
    *("2025-10", "2026-01", "2026-10", "2025-Q3", "2026-Q1", "2026-Q3", "2026-H1", "2026-H2", "2025", "2026"),
    *("2026-Q1-1", "2026-Q1-2", "2026-Q1-10", "2026-O1", "2026-O10"),
]


@pytest.mark.parametrize(("said", "fits", "kind", "rest"), SAID)
def test_a_period_is_read(said: str, fits: str, kind: K | None, rest: str) -> None:
    named = read(said)
    assert named
    assert [period for period in KEPT if re.fullmatch(named.pattern, period)] == fits.split()
    assert (named.kind, named.rest) == (kind, rest)
    assert said.startswith(named.said)


@pytest.mark.parametrize(
    "said",
    [
        *("", "理由", "12 理由", "2026 理由", "10月数据录错", "2026年13月 x", "2026-10-05 x", "2026年0月"),
        *("第五季度 x", "中半年 x", "2026年10月报表 x", "一项 x"),
    ],
)
def test_what_is_no_period_is_none(said: str) -> None:
    assert read(said) is None


@pytest.mark.parametrize("period", KEPT)
def test_what_the_bot_says_is_read_back(period: str) -> None:
    named = read(f"{period_words(period)} 理由")
    if re.fullmatch(r"\d{4}-O\d+", period):
        named = read(f"{period_words(period)}整改 理由")
    assert named
    assert re.fullmatch(named.pattern, period)
    assert isinstance(named, Named)


@pytest.mark.parametrize("kind", PeriodKind)
def test_every_length_is_read_for_each_of_its_periods(kind: PeriodKind) -> None:
    for month in range(1, 13):
        period = str(Period.of(kind, date(2026, month, 1)))
        named = read(period_words(period))
        assert named
        assert named.pattern == period
