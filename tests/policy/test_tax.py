"""《推进措施》三: 30 % of the investment against the surcharges, the rest in later years; 60 % for the front line (A6)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy.tax import (
    PilotStanding,
    TaxAnswer,
    TaxItem,
    TaxRemark,
    TaxYear,
    account,
    standing,
)

pytestmark = pytest.mark.rule("A6")


def answer(year: int, base_id: str = "base-2021-03-1", **reported: str) -> TaxAnswer:
    """What a base reported for a year."""
    return TaxAnswer(base_id=base_id, year=year, **{name: Decimal(value) for name, value in reported.items()})


def shown(year: TaxYear) -> list[str]:
    """The arithmetic as it is read."""
    return [f"{line.item}：{line.formula}={line.value}{line.unit}" for line in year.lines]


def test_three_tenths_of_the_investment_are_taken_off_what_is_owed_that_year() -> None:
    """可按投资额的30%比例，抵免该企业当年应缴教育费附加和地方教育附加."""
    (year,) = account([answer(2024, investment="100", payable="50")])
    assert (year.new, year.used, year.carried_out) == (Decimal(30), Decimal(30), Decimal(0))
    assert shown(year) == [
        "本年新增可抵免额：100.00×30%=30.00万元",
        "可抵免额合计：0.00+30.00=30.00万元",
        "当年抵免：取30.00和应缴50.00中较小的=30.00万元",
        "结转以后年度：30.00-30.00=0.00万元",
    ]


def test_what_is_not_enough_to_set_off_is_set_off_in_later_years() -> None:
    """不足抵免的，未抵免部分可在以后年度继续抵免: three years, the credit used up in the third."""
    first, second, third = account(
        [
            answer(2026, investment="0", payable="90"),
            answer(2024, investment="200", payable="25"),
            answer(2025, investment="100", payable="40.5"),
        ]
    )
    assert [(y.carried_in, y.new, y.used, y.carried_out) for y in (first, second, third)] == [
        (Decimal(0), Decimal(60), Decimal(25), Decimal(35)),
        (Decimal(35), Decimal(30), Decimal("40.5"), Decimal("24.5")),
        (Decimal("24.5"), Decimal(0), Decimal("24.5"), Decimal(0)),
    ]
    assert shown(third)[1:3] == [
        "可抵免额合计：24.50+0.00=24.50万元",
        "当年抵免：取24.50和应缴90.00中较小的=24.50万元",
    ]
    assert first.remarks == (TaxRemark.OPENING,)
    assert second.remarks == third.remarks == ()


@pytest.mark.parametrize(
    ("payable", "used", "carried"), [("29.99", "29.99", "0.01"), ("30", "30", "0"), ("30.01", "30", "0")]
)
def test_up_to_what_is_owed_and_not_more(payable: str, used: str, carried: str) -> None:
    (year,) = account([answer(2024, investment="100", payable=payable)])
    assert (year.used, year.carried_out) == (Decimal(used), Decimal(carried))


@pytest.mark.parametrize(("investment", "new"), [("0.01", "0.00"), ("0.05", "0.02"), ("33.35", "10.01")])
def test_the_credit_is_kept_to_the_cent_half_up(investment: str, new: str) -> None:
    (year,) = account([answer(2024, investment=investment)])
    assert str(year.new) == new


def test_a_year_that_was_not_reported_is_said_and_takes_nothing() -> None:
    _, later = account([answer(2024, investment="100"), answer(2026, payable="10")])
    assert (later.carried_in, later.used, later.carried_out) == (Decimal(30), Decimal(10), Decimal(20))
    assert later.remarks == (TaxRemark.GAP,)


def test_several_bases_of_one_enterprise_are_one_account() -> None:
    (year,) = account(
        [
            answer(2024, "base-2021-03-1", investment="60", payable="10", funds="8", front_line="4"),
            answer(2024, "base-2021-04-1", investment="40", payable="5.5", funds="2", front_line="2"),
        ]
    )
    assert (year.investment, year.used, year.carried_out) == (Decimal(100), Decimal("15.5"), Decimal("14.5"))
    assert shown(year)[:5] == [
        "符合条件的投资：60.00+40.00=100.00万元",
        "当年应缴教育费附加和地方教育附加：10.00+5.50=15.50万元",
        "职工教育经费：8.00+2.00=10.00万元",
        "用于一线职工的职工教育经费：4.00+2.00=6.00万元",
        "本年新增可抵免额：100.00×30%=30.00万元",
    ]
    assert (year.share, year.enough) == (Decimal("60.0"), True)
    assert TaxRemark.SEVERAL in year.remarks


@pytest.mark.parametrize(
    ("funds", "front_line", "share", "enough"),
    [
        ("100", "60", "60.0", True),  # 以上 includes the number itself
        ("100", "59.99", "59.9", False),
        ("10000", "5999.99", "59.9", False),  # not 60.0: it is not reached
        ("100", "60.01", "60.0", True),
        ("0.01", "0.01", "100.0", True),
        ("50", "0", "0.0", False),
    ],
)
def test_six_tenths_of_the_training_money_and_more_are_for_the_front_line(
    funds: str, front_line: str, share: str, enough: bool
) -> None:
    """60%以上用于一线职工教育和培训."""
    (year,) = account([answer(2024, funds=funds, front_line=front_line)])
    assert (year.share, year.enough) == (Decimal(share), enough)
    line = year.lines[-1]
    assert (line.item, line.unit) == (TaxItem.SHARE, "%")
    assert line.formula == f"{Decimal(front_line):.2f}÷{Decimal(funds):.2f}"


def test_without_training_money_there_is_no_share() -> None:
    (year,) = account([answer(2024, front_line="3")])
    assert (year.share, year.enough) == (None, None)
    assert TaxItem.SHARE not in {line.item for line in year.lines}


@pytest.mark.rule("B4")
@pytest.mark.parametrize(
    ("pilot_list", "expedited", "expected"),
    [
        ("已入库", False, PilotStanding.LISTED),
        ("优质企业简化遴选", True, PilotStanding.LISTED),
        (None, True, PilotStanding.LISTED),
        ("同时申请入库", False, PilotStanding.UNKNOWN),
        ("优质企业简化遴选", False, PilotStanding.UNKNOWN),
        ("无", False, PilotStanding.UNKNOWN),
        (None, False, PilotStanding.UNKNOWN),
    ],
)
def test_only_what_is_on_record_counts_as_being_listed(
    pilot_list: str | None, expedited: bool, expected: PilotStanding
) -> None:
    """纳入产教融合型企业建设培育范围的试点企业: to have filed for it is not enough."""
    assert standing(pilot_list, expedited=expedited) is expected


money = st.decimals(0, 10**7, places=2)


@given(st.dictionaries(st.integers(2023, 2040), st.tuples(money, money), max_size=8))
def test_no_credit_is_lost_or_made_over_the_years(reported: dict[int, tuple[Decimal, Decimal]]) -> None:
    years = account(
        TaxAnswer(base_id="base-2021-03-1", year=year, investment=i, payable=p)
        for year, (i, p) in reported.items()
    )
    for year in years:
        assert Decimal(0) <= year.used <= year.payable
        assert year.used == year.payable or year.carried_out == 0
    assert sum(y.new for y in years) == sum(y.used for y in years) + (years[-1].carried_out if years else 0)
    assert [y.carried_in for y in years[1:]] == [y.carried_out for y in years[:-1]]
