"""The application (申报书) as a typed value, and everything that its check looks at."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.policy.credit import CreditRecord
from domain.policy.credit_account import Standing
from domain.terms import City, LeadKind, Level

YES, NO, NONE = "是", "否", "无"
FIELD_SEPARATOR, LIST_SEPARATOR = "，", "、"
"""Between the fields of a party, and between the chosen items, in canonical texts."""


class PartyKind(StrEnum):
    """Kind of a participating party."""

    SCHOOL = "院校"
    ENTERPRISE = "企业"
    ZONE = "园区"
    GOVERNMENT = "政府"
    INSTITUTE = "其他机构"


class Funding(StrEnum):
    """Source of money (A7)."""

    CENTRAL = "中央预算内资金"
    PROVINCE = "省级补助投资"
    BOND = "地方政府债券"
    LOAN = "国内外贷款"
    OWN = "主体自筹"


INVESTMENT_KEYS = {
    "invest_central": Funding.CENTRAL,
    "invest_province": Funding.PROVINCE,
    "invest_bond": Funding.BOND,
    "invest_loan": Funding.LOAN,
    "invest_own": Funding.OWN,
}
"""The question that asks for each source."""


class Origin(StrEnum):
    """Where an enterprise comes from (B6)."""

    SHANXI = "省内"
    CHINA = "省外"
    ABROAD = "境外"


class SchoolKind(StrEnum):
    """Kind of a school (B7, B8)."""

    VOCATIONAL = "职业院校"
    APPLIED = "应用型本科"
    GENERAL = "普通本科"


class PilotList(StrEnum):
    """How an enterprise stands to the list of 省级产教融合型试点企业 (B4)."""

    LISTED = "已入库"
    FILING = "同时申请入库"
    SIMPLIFIED = "优质企业简化遴选"


class HubRole(StrEnum):
    """Part of a base in 一主多分 (A1)."""

    HUB = "主基地"
    BRANCH = "分基地"
    NONE = "无"


class DoubleHigh(StrEnum):
    """Membership in the 双高计划 (B7)."""

    NATIONAL = "国家级"
    PROVINCIAL = "省级"
    NONE = "无"


class Body(StrEnum):
    """What the parties have set up to run the base together (A2)."""

    COUNCIL = "理事会"
    COMMITTEE = "专委会"
    ALLIANCE = "联盟"


class Party(BaseModel):
    """One participating party."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: PartyKind
    credit_code: str = ""  # 统一社会信用代码, 18 characters
    department: str = ""  # 主管部门

    @property
    def line(self) -> str:
        """Its canonical text: 名称，类型，统一社会信用代码，主管部门."""
        return FIELD_SEPARATOR.join((self.name, self.kind, self.credit_code, self.department))

    @classmethod
    def of(cls, line: str) -> "Party":
        """The party behind a canonical text."""
        name, kind, credit_code, department = line.split(FIELD_SEPARATOR)
        return cls(name=name, kind=PartyKind(kind), credit_code=credit_code, department=department)


class Application(BaseModel):
    """The answers of an applicant. None, or empty: not answered yet, or answered with 无."""

    model_config = ConfigDict(frozen=True)

    lead: Party | None = None
    partners: tuple[Party, ...] = ()
    investment: dict[Funding, Decimal] = {}  # 万元
    floor_area: Decimal | None = None  # 平方米
    compatible_area: Decimal | None = None  # 平方米
    operator: str = ""  # third-party operator, or 无
    council: bool | None = None
    committee: bool | None = None
    alliance: bool | None = None
    hub_role: HubRole | None = None
    hub: str = ""  # base id of the 主基地 that a 分基地 belongs to
    paired_unit: str = ""
    support_from: str = ""  # who issued the 支持政策清单, or 无
    support_policies: tuple[str, ...] = ()
    plan_sections: tuple[str, ...] = ()
    pilot_list: PilotList | None = None
    conditions: str = ""
    origin: Origin | None = None
    local_subsidiary: str = ""  # its name, or 无
    global_500: bool | None = None
    local_team: bool | None = None
    school_kind: SchoolKind | None = None
    majors: tuple[str, ...] = ()
    double_high: DoubleHigh | None = None
    contribution: str = ""
    major_transfer: str = ""  # 重大科技转化成果, or 无
    direction_name: str = ""  # only for the direction that the applicant names
    credit_commitment: bool | None = None
    truthful: bool | None = None
    willing: bool | None = None

    @property
    def parties(self) -> tuple[Party, ...]:
        """The lead, then the partners; empty while the lead is not known."""
        return (self.lead, *self.partners) if self.lead else ()

    @property
    def invested(self) -> Decimal:
        """Investment from all sources, 万元."""
        return sum(self.investment.values(), Decimal(0))

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Application":
        """The application behind the canonical texts of its form, complete or not."""
        fields = {key: _READ.get(key, str)(value) for key, value in values.items() if key in cls.model_fields}
        money = {source: Decimal(values[key]) for key, source in INVESTMENT_KEYS.items() if key in values}
        return cls.model_validate({**fields, **_bodies(values), "investment": money})


def chosen(value: str) -> tuple[str, ...]:
    """The items behind a canonical list."""
    return () if value == NONE else tuple(value.split(LIST_SEPARATOR))


def _parties(value: str) -> tuple[Party, ...]:
    return () if value == NONE else tuple(Party.of(line) for line in value.splitlines())


def _yes(value: str) -> bool:
    return value == YES


def _bodies(values: Mapping[str, str]) -> dict[str, bool]:
    if "bodies" not in values:
        return {}
    there = chosen(values["bodies"])
    return {body.name.lower(): body in there for body in Body}


_READ: dict[str, Callable[[str], object]] = {
    "lead": lambda value: _parties(value)[0],
    "partners": _parties,
    "support_policies": chosen,
    "plan_sections": chosen,
    "majors": chosen,
    "pilot_list": lambda value: None if value == NONE else value,
    "global_500": _yes,
    "local_team": _yes,
    "credit_commitment": _yes,
    "truthful": _yes,
    "willing": _yes,
}


class HubFact(BaseModel):
    """What another application says of its part in 一主多分 (A1)."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    direction: int
    hub_role: HubRole
    hub: str = ""
    draft: bool = False  # not handed in yet
    settled: bool = False  # on the published list of an earlier or this round


class Dossier(BaseModel):
    """Everything that the check of one application looks at."""

    model_config = ConfigDict(frozen=True)

    base_id: str
    level: Level
    city: City
    lead_kind: LeadKind
    direction: int
    lead: str  # as registered
    values: dict[str, str] = {}  # canonical texts by key of the question
    materials: frozenset[str] = frozenset()  # keys of what was uploaded
    credit: tuple[CreditRecord, ...] = ()  # about the parties
    standings: tuple[Standing, ...] = ()  # of the lead's credit account, as it was booked
    others: tuple[HubFact, ...] = ()  # of this and earlier rounds
    called_on: date | None = None  # when the round was called
    expedited: bool = False  # the office decided on 简化遴选 (B4)

    @property
    def application(self) -> Application:
        """The answers, typed."""
        return Application.of(self.values)
