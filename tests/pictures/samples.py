"""A picture of a period as a value."""

from datetime import date
from decimal import Decimal

from domain.league import Counts, Dimension, Group, Investment, league
from domain.picture import Change, Help, ItemTotal, Outcome, Outstanding, Picture, Problem
from domain.policy.directions import DIRECTIONS_2021
from domain.policy.members import ALL_MEMBER_UNITS
from domain.terms import City, ObligationKind
from tests.policy.published import FIGURES
from tests.support import at

RATES = FIGURES["league_table_completion_pct_shanxi_2019_jan_aug"]


def _investment(rate: float) -> Investment:
    return Investment(done=Decimal(str(rate)) * 10, plan=Decimal(1000), elapsed=Decimal(8000))


def _cities() -> list[Group]:
    return [
        Group(
            name=city,
            counts=Counts(on_time=5 + n, late=n % 3, missing=n % 2, open=int(n == 4), waived=int(n == 5)),
            investment=_investment(rate),
        )
        for n, (city, rate) in enumerate(RATES)
    ]


def sample(*, figures: bool = True, evil: str = "示例困难") -> Picture:
    """The eleven cities as published for 2019; without figures as of a kind whose form has none."""
    cities = [c if figures else c.model_copy(update={"investment": None}) for c in _cities()]
    names = {
        Dimension.DIRECTION: [d.short for d in DIRECTIONS_2021],
        Dimension.DEPARTMENT: ["未登记", "省教育厅", "省国资委"],
    }
    groups = {Dimension.CITY: cities} | {
        dimension: [g.model_copy(update={"name": name}) for g, name in zip(cities * 3, of, strict=False)]
        for dimension, of in names.items()
    }
    return Picture(
        kind=ObligationKind.DISPATCH if figures else ObligationKind.PUBLICATION,
        period="2026-10" if figures else "2026-H1",
        city=None,
        at=at("2026-11-06 15:07"),
        due=date(2026, 11, 6),
        locks=date(2026, 11, 20),
        locked=False,
        tentative=False,
        counts=Counts(on_time=96, late=10, missing=5, open=1, waived=1),
        investment=_investment(73.8) if figures else None,
        leagues=tuple(league(dimension, of) for dimension, of in groups.items()),
        items=_items() if figures else (),
        changes=(_change(evil),) if figures else (),
        help=(
            Help(unit=ALL_MEMBER_UNITS[4], problems=(_problem(evil),)),
            Help(unit=None, problems=(_problem("示例困难二"),)),
        ),
        outstanding=(
            Outstanding(base_id="b9", base=evil, city=City.DATONG, department=None, outcome=Outcome.OPEN),
        ),
    )


def _items() -> tuple[ItemTotal, ...]:
    money = ItemTotal(
        no=1,
        key="invest_month",
        label="本月完成投资",
        group="投资完成",
        unit="万元",
        period=Decimal("1234567.50"),
        previous=Decimal("1000000.00"),
        year=Decimal("9000000.00"),
        since_start=Decimal("20000000.00"),
    )
    people = ItemTotal(
        no=16,
        key="teachers_dual",
        label="双师型教师人数",
        group="技能与合作",
        unit="人",
        period=Decimal("2500.00"),
        previous=Decimal("0.00"),
        year=None,
        since_start=None,
    )
    return money, people


def _change(name: str) -> Change:
    return Change(
        base_id="b1",
        base=name,
        city=City.TAIYUAN,
        key="certified",
        label="取得职业技能等级证书人数",
        unit="人",
        before=Decimal("400.00"),
        now=Decimal("100.00"),
        weight=Decimal("12.5"),
    )


def _problem(text: str) -> Problem:
    return Problem(base_id="b1", base="示例基地1", city=City.TAIYUAN, unit=None, text=text)
