"""The sample people and institutions of the demo. All are invented and say so: 示例."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from domain.lifecycle import Stage
from domain.terms import City, LeadKind, Level

NEWCOMER = "示例联系人甲"
"""The one whom nobody plays, until the newcomer wants it."""

LATECOMERS = frozenset({"示例联系人丙"})
"""They answer only when everybody above them has been told."""

DEPUTIES = {
    "示例-001": "示例副联系人甲",
    "示例-002": "示例副联系人乙",
    "示例-003": "示例副联系人丙",
}
HEADS = {"示例-001": "示例负责人甲"}
"""By the number of their base. Nobody plays them: they read what they are told, until a newcomer hands a form over."""

OFFICIAL = "示例办公室经办人"
"""A contact of the office, to whom the pictures of periods go, and what is late. The players decide over the API about
what is reported, as long as this one is played on the page; else it waits here (「待我办」)."""

COMPETENT, COMPETENT_UNIT = "示例主管部门经办人", "省科技厅"
"""A contact of the competent department of zones, who is told before the office is. Not played either."""

CITY_OFFICIAL, CITY_OF_OFFICIAL = "示例晋中市办公室经办人", City.JINZHONG
"""A contact of the city office of the only 市级 base there is at the beginning. Not played either."""

_DEPARTMENTS = {
    LeadKind.SCHOOL: "省教育厅",
    LeadKind.ENTERPRISE: "省国资委",
    LeadKind.ZONE: COMPETENT_UNIT,
}


class SampleBase(NamedTuple):
    """A base as an office would take it over."""

    code: str
    name: str
    lead: str
    lead_kind: LeadKind
    level: Level
    city: City
    direction: int
    stage: Stage
    pilot_start: date
    planned_total: Decimal
    invested: Decimal
    contact: str
    merit: int  # what evaluators think of it, 0 to 100
    certified_on: date | None = None

    @property
    def department(self) -> str | None:
        """The competent department (B10)."""
        return _DEPARTMENTS.get(self.lead_kind)


class SampleApplicant(NamedTuple):
    """Somebody who applies in the 2021 round."""

    code: str
    name: str
    lead: str
    lead_kind: LeadKind
    level: Level
    city: City
    direction: int
    planned_total: Decimal
    contact: str
    merit: int  # what experts think of it, 0 to 100


BASES = (
    SampleBase(
        "示例-001",
        "示例大数据产教融合实训基地",
        "示例职业技术大学",
        LeadKind.SCHOOL,
        Level.PROVINCE,
        City.TAIYUAN,
        3,
        Stage.PILOT,
        date(2021, 6, 1),
        Decimal(8600),
        Decimal(3150),
        NEWCOMER,
        merit=91,
    ),
    SampleBase(
        "示例-002",
        "示例智能冶金产教融合实训基地",
        "示例钢铁集团有限公司",
        LeadKind.ENTERPRISE,
        Level.PROVINCE,
        City.CHANGZHI,
        2,
        Stage.PILOT,
        date(2021, 3, 15),
        Decimal(12500),
        Decimal(9800),
        "示例联系人乙",
        merit=82,
    ),
    SampleBase(
        "示例-003",
        "示例现代农业产教融合实训基地",
        "示例农业高新技术产业示范区",
        LeadKind.ZONE,
        Level.CITY,
        City.JINZHONG,
        26,
        Stage.PILOT,
        date(2021, 9, 10),
        Decimal(4200),
        Decimal(900),
        "示例联系人丙",
        merit=58,
    ),
)

APPLICANTS = (
    SampleApplicant(
        "示例-2021-01",
        "示例智能建造产教融合实训基地",
        "示例建筑职业技术学院",
        LeadKind.SCHOOL,
        Level.PROVINCE,
        City.TAIYUAN,
        1,
        Decimal(9800),
        "示例联系人丁",
        merit=90,
    ),
    SampleApplicant(
        "示例-2021-02",
        "示例现代物流产教融合实训基地",
        "示例物流股份有限公司",
        LeadKind.ENTERPRISE,
        Level.CITY,
        City.LINFEN,
        20,
        Decimal(5600),
        "示例联系人戊",
        merit=86,
    ),
    SampleApplicant(
        "示例-2021-03",
        "示例会展服务产教融合实训基地",
        "示例市人民政府",
        LeadKind.GOVERNMENT,
        Level.PROVINCE,
        City.DATONG,
        25,
        Decimal(3300),
        "示例联系人己",
        merit=81,
    ),
    SampleApplicant(
        "示例-2021-04",
        "示例装配式建筑产教融合实训基地",
        "示例建工集团有限公司",
        LeadKind.ENTERPRISE,
        Level.PROVINCE,
        City.YUNCHENG,
        1,
        Decimal(11200),
        "示例联系人庚",
        merit=84,
    ),
    SampleApplicant(
        "示例-2021-05",
        "示例建筑产业园产教融合实训基地",
        "示例建筑产业经济技术开发区",
        LeadKind.ZONE,
        Level.PROVINCE,
        City.CHANGZHI,
        1,
        Decimal(7400),
        "示例联系人辛",
        merit=78,
    ),
    SampleApplicant(
        "示例-2021-06",
        "示例冷链物流产教融合实训基地",
        "示例交通职业学院",
        LeadKind.SCHOOL,
        Level.CITY,
        City.LINFEN,
        20,
        Decimal(4100),
        "示例联系人壬",
        merit=74,
    ),
    SampleApplicant(
        "示例-2021-07",
        "示例会展策划产教融合实训基地",
        "示例商务职业学院",
        LeadKind.SCHOOL,
        Level.PROVINCE,
        City.YANGQUAN,
        25,
        Decimal(2900),
        "示例联系人癸",
        merit=87,
    ),
)
"""Three for one direction at the provincial level, where two places are; two of one city for another; two more."""
