"""One row of an import file: how a base that exists already is described, and what is refused about it.

A field's alias is the heading of its column, its description the hint that stands above the heading.
Fields are checked in the order of the columns, so a rule over two columns belongs to the later one.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from casework.cells import EXACT_DIGITS, cited, day_of, one_of, optional, quoted, text_of, usable
from casework.sheet import Layout
from domain.forms.numbers import NotANumberError, parse_number
from domain.lifecycle import Stage
from domain.policy.directions import DIRECTIONS_2021
from domain.policy.pilot import CERTIFICATION, PILOT_LENGTH, pilot_last_day
from domain.policy.source import call, ours
from domain.terms import City, ContactRole, LeadKind, Level

T = TypeVar("T")

STAGES = (Stage.PILOT, Stage.CERTIFIED)
"""The stages in which a base can be taken in: before them there is an application, not a base."""

LARGEST = Decimal("9999999999.99")
_CENT = Decimal("0.01")

code_of = text_of(60)
"""Reads the office's own number of a base."""


def _direction(value: object) -> int:
    text, last = text_of(100)(value), len(DIRECTIONS_2021)
    if not text.isdecimal() or not 1 <= int(text) <= last:
        raise ValueError(
            f"{quoted(text)}不是产业方向的序号，可填 1 至 {last} 的整数，见「产业方向」表{cited(call('附件1'))}"
        )
    return int(text)


def _money(value: object) -> Decimal:
    value = usable(value)
    try:
        # A number is what Excel shows: 0.1 + 0.2 is 0.3, not 0.30000000000000004.
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        amount = (
            Decimal(f"{value:.{EXACT_DIGITS}g}") if is_number else parse_number(text_of(100)(value), "万元")
        )
    except NotANumberError:
        raise ValueError(f"{quoted(value)}不是金额，请填数字，单位为万元，如 5000 或 1200.50") from None
    if not 0 <= amount <= LARGEST:
        raise ValueError(f"{quoted(value)}超出范围，可填 0 至 {LARGEST} 万元")
    if amount != amount.quantize(_CENT):
        raise ValueError(f"{quoted(value)}超过两位小数，请四舍五入到 0.01 万元（一百元）")
    return amount.quantize(_CENT)


_Name = Annotated[str, BeforeValidator(text_of(100))]
_OptionalDay = Annotated[date | None, BeforeValidator(optional(day_of))]
_OptionalPerson = Annotated[str | None, BeforeValidator(optional(text_of(50)))]
_OptionalPhone = Annotated[str | None, BeforeValidator(optional(text_of(30)))]
_OptionalMoney = Annotated[Decimal | None, BeforeValidator(optional(_money))]


class Row(BaseModel):
    """A base that exists already. Money in 万元. Built from cells by heading, with `today` in the context."""

    model_config = ConfigDict(frozen=True)

    code: Annotated[str, BeforeValidator(code_of)] = Field(
        alias="基地编号", description="本办自编，每个基地一个，不变"
    )
    name: _Name = Field(alias="基地名称", description="正式公布的名称")
    lead: _Name = Field(alias="牵头单位", description="单位全称")
    lead_kind: Annotated[LeadKind, BeforeValidator(one_of(LeadKind, call("一")))] = Field(
        alias="牵头单位类型", description="从下拉列表选择"
    )
    level: Annotated[Level, BeforeValidator(one_of(Level, call("二")))] = Field(
        alias="级别", description="从下拉列表选择"
    )
    city: Annotated[City, BeforeValidator(one_of(City))] = Field(alias="城市", description="从下拉列表选择")
    direction: Annotated[int, BeforeValidator(_direction)] = Field(
        alias="产业方向序号", description="1 至 30，见「产业方向」表"
    )
    stage: Annotated[Stage, BeforeValidator(one_of(STAGES, ours("既有基地纳入")))] = Field(
        alias="阶段", description="从下拉列表选择"
    )
    pilot_start: Annotated[date, BeforeValidator(day_of)] = Field(
        alias="试点起始日期", description="公布之日，如 2025-03-01"
    )
    certificate_no: Annotated[str | None, BeforeValidator(optional(text_of(60)))] = Field(
        alias="认定文件号", description="仅认定授牌填写，必填"
    )
    certified_on: _OptionalDay = Field(alias="认定日期", description="仅认定授牌填写，必填")
    planned_total: _OptionalMoney = Field(alias="计划总投资(万元)", description="最多两位小数；不清楚可不填")
    opening_total: _OptionalMoney = Field(
        alias="开工以来累计完成投资(万元)", description="截至纳入时；不清楚可不填"
    )
    contact_name: _OptionalPerson = Field(alias="联系人姓名", description="选填")
    contact_phone: _OptionalPhone = Field(alias="联系人电话", description="选填；填了电话就要填姓名")
    department: Annotated[str | None, BeforeValidator(optional(text_of(100)))] = Field(
        None, alias="行业主管部门", description="选填；成员单位写全称，如 省教育厅，逾期时告知"
    )
    deputy_name: _OptionalPerson = Field(
        None, alias="副联系人姓名", description="选填；可接手转交的报表，逾期时告知"
    )
    deputy_phone: _OptionalPhone = Field(None, alias="副联系人电话", description="选填；填了电话就要填姓名")
    head_name: _OptionalPerson = Field(None, alias="负责人姓名", description="选填；缺报和再次退回时告知")
    head_phone: _OptionalPhone = Field(None, alias="负责人电话", description="选填；填了电话就要填姓名")

    @field_validator("pilot_start")
    @classmethod
    def _pilot_has_begun(cls, value: date, info: ValidationInfo) -> date:
        today = _today(info)
        if value > today:
            raise ValueError(
                f"「{value}」晚于今天（{today}），试点还没有开始；请填 {today} 或更早的日期{cited(PILOT_LENGTH)}"
            )
        return value

    @field_validator("certificate_no", "certified_on")
    @classmethod
    def _only_of_certified(cls, value: T, info: ValidationInfo) -> T:
        stage = info.data.get("stage")
        if stage is Stage.CERTIFIED and value is None:
            raise ValueError(
                f"空着，而阶段是「{stage}」；请填写，或把阶段改为「{Stage.PILOT}」{cited(CERTIFICATION)}"
            )
        if stage is Stage.PILOT and value is not None:
            raise ValueError(
                f"{quoted(value)}不能填，阶段是「{stage}」，还没有认定；"
                f"请清空这一格，或把阶段改为「{Stage.CERTIFIED}」{cited(CERTIFICATION)}"
            )
        return value

    @field_validator("certified_on")
    @classmethod
    def _certified_after_pilot(cls, value: date | None, info: ValidationInfo) -> date | None:
        start, today = info.data.get("pilot_start"), _today(info)
        if value and value > today:
            raise ValueError(
                f"「{value}」晚于今天（{today}）；请填 {today} 或更早的日期{cited(CERTIFICATION)}"
            )
        if value and start and value < pilot_last_day(start):
            raise ValueError(
                f"「{value}」早于试点的最后一日（{pilot_last_day(start)}），试点期满才能认定；"
                f"请填这一日或以后的日期，或更正试点起始日期{cited(CERTIFICATION)}"
            )
        return value

    @field_validator("contact_phone", "deputy_phone", "head_phone")
    @classmethod
    def _phone_of_somebody(cls, value: str | None, info: ValidationInfo) -> str | None:
        name = str(info.field_name).replace("phone", "name")
        if value and info.data.get(name, value) is None:
            heading = cls.model_fields[name].alias
            raise ValueError(f"{quoted(value)}没有对应的{heading}；请填写姓名，或清空电话")
        return value

    def people(self) -> list[tuple[ContactRole, str, str | None]]:
        """Who answers for the base: role, name and telephone."""
        named = (
            (ContactRole.CONTACT, self.contact_name, self.contact_phone),
            (ContactRole.DEPUTY, self.deputy_name, self.deputy_phone),
            (ContactRole.HEAD, self.head_name, self.head_phone),
        )
        return [(role, name, phone) for role, name, phone in named if name]


def _today(info: ValidationInfo) -> date:
    context: Any = info.context
    day: date = context["today"]
    return day


HEADINGS = tuple(str(field.alias) for field in Row.model_fields.values())
"""The columns in order."""

SHEET = "基地"
LAYOUT = Layout(
    sheet=SHEET,
    headings=HEADINGS,
    where="请用 jiebang import --template 得到的模板填写",
    most_rows=10_000,
    formulas=True,
    may_lack=frozenset({"行业主管部门", "副联系人姓名", "副联系人电话", "负责人姓名", "负责人电话"}),
)
"""What a file has to look like."""
