"""What a pilot enterprise may take off its education surcharges, and how much of its training money reaches the front
line (A6). Money in 万元 with two decimals.

The credit is the enterprise's own: it is computed for a lead over all its bases, and from year to year.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from domain.application import PilotList
from domain.policy.source import MEASURES_DATE, Dated, measures, on

TAX = measures("三")
CREDIT_PERCENT = (Dated(MEASURES_DATE, 30, TAX),)
"""Of the qualifying investment in vocational education; set off against 教育费附加和地方教育附加."""
FRONT_LINE_PERCENT = (Dated(MEASURES_DATE, 60, TAX),)
"""Of 职工教育经费 at least, for workers on the front line."""

_CENT, _TENTH, _ZERO = Decimal("0.01"), Decimal("0.1"), Decimal(0)


class PilotStanding(StrEnum):
    """Whether an enterprise is one of the 产教融合型试点企业 (B4): only those have the credit."""

    LISTED = "已纳入试点企业"
    UNKNOWN = "是否纳入试点企业不明"


class TaxItem(StrEnum):
    """What a line of the arithmetic comes to."""

    INVESTMENT = "符合条件的投资"
    PAYABLE = "当年应缴教育费附加和地方教育附加"
    NEW = "本年新增可抵免额"
    AVAILABLE = "可抵免额合计"
    USED = "当年抵免"
    CARRIED = "结转以后年度"
    FUNDS = "职工教育经费"
    FRONT_LINE = "用于一线职工的职工教育经费"
    SHARE = "用于一线职工的比例"


class TaxRemark(StrEnum):
    """What has to be known of a result, because it is not assumed."""

    STANDING = "没有该企业已纳入产教融合型试点企业的记录，以下为假定已纳入的试算，不计入合计"
    OPENING = "首个填报年度，此前的结转额没有记录，按 0 计"
    GAP = "此前有年度没有填报，该年度的投资和抵免没有计入"
    SEVERAL = "由几个基地分别填报，按合计数计算"
    MISSING = "本年度还有基地没有报送年考核，没有计入"
    ELSEWHERE = "该企业还有不在您查看范围内的基地，没有计入"


class TaxAnswer(BaseModel):
    """What one base reported of its lead for one year."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    year: int
    investment: Decimal = _ZERO
    payable: Decimal = _ZERO
    funds: Decimal = _ZERO
    front_line: Decimal = _ZERO


class TaxLine(BaseModel):
    """One step of the arithmetic: 本年新增可抵免额, `100.00×30%`, `30.00`, 万元."""

    model_config = ConfigDict(frozen=True)

    item: TaxItem
    formula: str
    value: str
    unit: str = "万元"


class TaxYear(BaseModel):
    """One year of an enterprise's account, with the arithmetic."""

    model_config = ConfigDict(frozen=True)

    year: int
    investment: Decimal
    payable: Decimal
    carried_in: Decimal
    new: Decimal
    used: Decimal
    carried_out: Decimal
    funds: Decimal
    front_line: Decimal
    share: Decimal | None  # percent, cut to one decimal; None: nothing was set aside
    enough: bool | None  # whether the exact share is what is demanded; None: there is no share
    lines: tuple[TaxLine, ...]
    remarks: tuple[TaxRemark, ...]


class TaxCase(BaseModel):
    """An enterprise with all that its bases reported, as far as it may be seen."""

    model_config = ConfigDict(frozen=True)

    lead: str
    standing: PilotStanding
    bases: tuple[str, ...]
    answers: tuple[TaxAnswer, ...] = ()
    missing: frozenset[int] = frozenset()  # years that one of the bases owes, or never reported
    elsewhere: bool = False  # it has bases that may not be seen

    def years(self) -> tuple[TaxYear, ...]:
        """Its account, with what has to be known of it."""
        return tuple(self._told(year) for year in account(self.answers))

    def _told(self, year: TaxYear) -> TaxYear:
        found = (
            (TaxRemark.STANDING, self.standing is PilotStanding.UNKNOWN),
            (TaxRemark.MISSING, year.year in self.missing),
            (TaxRemark.ELSEWHERE, self.elsewhere),
        )
        more = tuple(remark for remark, holds in found if holds)
        return year.model_copy(update={"remarks": (*more, *year.remarks)})


class _Credit(NamedTuple):
    carried_in: Decimal
    investment: Decimal
    payable: Decimal
    percent: int

    @property
    def new(self) -> Decimal:
        return (self.investment * self.percent / 100).quantize(_CENT, ROUND_HALF_UP)

    @property
    def available(self) -> Decimal:
        return self.carried_in + self.new

    @property
    def used(self) -> Decimal:
        return min(self.available, self.payable)

    @property
    def carried_out(self) -> Decimal:
        return self.available - self.used


class _Training(NamedTuple):
    funds: Decimal
    front_line: Decimal
    percent: int

    @property
    def share(self) -> Decimal | None:
        """Cut, not rounded: what is shown never reaches what was not reached."""
        return (self.front_line * 100 / self.funds).quantize(_TENTH, ROUND_DOWN) if self.funds else None

    @property
    def enough(self) -> bool | None:
        return self.front_line * 100 >= self.funds * self.percent if self.funds else None


def standing(pilot_list: str | None, *, expedited: bool) -> PilotStanding:
    """What is on record: on the list, or let onto it by 简化遴选 (B4). To have filed for it is not to be on it."""
    known = expedited or pilot_list == PilotList.LISTED
    return PilotStanding.LISTED if known else PilotStanding.UNKNOWN


def account(answers: Iterable[TaxAnswer]) -> tuple[TaxYear, ...]:
    """The years that an enterprise reported, oldest first; what one leaves unused is carried to the next."""
    by_year: dict[int, list[TaxAnswer]] = {}
    for answer in answers:
        by_year.setdefault(answer.year, []).append(answer)
    years: list[TaxYear] = []
    for _, of_year in sorted(by_year.items()):
        years.append(_year(of_year, years[-1] if years else None))
    return tuple(years)


class TaxTotals(BaseModel):
    """Of a year, over the enterprises that are known to be on the list; training money over all that reported."""

    model_config = ConfigDict(frozen=True)

    listed: int
    unknown: int  # enterprises whose credit is only tried out
    investment: Decimal
    new: Decimal
    used: Decimal
    carried_out: Decimal
    funds: Decimal
    front_line: Decimal
    enough: int
    not_enough: int


def totals(known: Iterable[tuple[PilotStanding, TaxYear]]) -> TaxTotals:
    """Add the results of one year up."""
    results = list(known)
    listed = [year for standing, year in results if standing is PilotStanding.LISTED]
    all_ = [year for _, year in results]
    return TaxTotals(
        listed=len(listed),
        unknown=len(results) - len(listed),
        investment=_sum(listed, "investment"),
        new=_sum(listed, "new"),
        used=_sum(listed, "used"),
        carried_out=_sum(listed, "carried_out"),
        funds=_sum(all_, "funds"),
        front_line=_sum(all_, "front_line"),
        enough=sum(year.enough is True for year in all_),
        not_enough=sum(year.enough is False for year in all_),
    )


def _year(answers: Sequence[TaxAnswer], before: TaxYear | None) -> TaxYear:
    day = date(answers[0].year, 12, 31)
    credit = _Credit(
        carried_in=before.carried_out if before else _ZERO,
        investment=_sum(answers, "investment"),
        payable=_sum(answers, "payable"),
        percent=on(CREDIT_PERCENT, day).value,
    )
    training = _Training(
        funds=_sum(answers, "funds"),
        front_line=_sum(answers, "front_line"),
        percent=on(FRONT_LINE_PERCENT, day).value,
    )
    return TaxYear(
        year=day.year,
        investment=credit.investment,
        payable=credit.payable,
        carried_in=credit.carried_in,
        new=credit.new,
        used=credit.used,
        carried_out=credit.carried_out,
        funds=training.funds,
        front_line=training.front_line,
        share=training.share,
        enough=training.enough,
        lines=(*_sum_lines(answers), *_credit_lines(credit), *_share_lines(training)),
        remarks=tuple(_remarks(answers, before)),
    )


def _sum(of: Sequence[TaxAnswer] | Sequence[TaxYear], name: str) -> Decimal:
    return sum((getattr(one, name) for one in of), _ZERO)


_REPORTED = (
    ("investment", TaxItem.INVESTMENT),
    ("payable", TaxItem.PAYABLE),
    ("funds", TaxItem.FUNDS),
    ("front_line", TaxItem.FRONT_LINE),
)


def _sum_lines(answers: Sequence[TaxAnswer]) -> Iterator[TaxLine]:
    """What several bases reported, put together."""
    for name, item in _REPORTED if len(answers) > 1 else ():
        parts = "+".join(_money(getattr(answer, name)) for answer in answers)
        yield TaxLine(item=item, formula=parts, value=_money(_sum(answers, name)))


def _credit_lines(credit: _Credit) -> Iterator[TaxLine]:
    available = _money(credit.available)
    for item, formula, value in (
        (TaxItem.NEW, f"{_money(credit.investment)}×{credit.percent}%", credit.new),
        (TaxItem.AVAILABLE, f"{_money(credit.carried_in)}+{_money(credit.new)}", credit.available),
        (TaxItem.USED, f"取{available}和应缴{_money(credit.payable)}中较小的", credit.used),
        (TaxItem.CARRIED, f"{available}-{_money(credit.used)}", credit.carried_out),
    ):
        yield TaxLine(item=item, formula=formula, value=_money(value))


def _share_lines(training: _Training) -> Iterator[TaxLine]:
    if training.share is not None:
        formula = f"{_money(training.front_line)}÷{_money(training.funds)}"
        yield TaxLine(item=TaxItem.SHARE, formula=formula, value=str(training.share), unit="%")


def _remarks(answers: Sequence[TaxAnswer], before: TaxYear | None) -> Iterator[TaxRemark]:
    if before is None:
        yield TaxRemark.OPENING
    elif before.year < answers[0].year - 1:
        yield TaxRemark.GAP
    if len(answers) > 1:
        yield TaxRemark.SEVERAL


def _money(value: Decimal) -> str:
    return f"{value:.2f}"
