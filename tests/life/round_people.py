"""Those who take part in the 2021 round: twelve applicants, four experts, and somebody who objects. All are invented."""

from dataclasses import dataclass, field

from domain.forms.application import asked
from domain.terms import City, LeadKind, Level
from tests.life.town import Person
from tests.policy.applicants import GENERAL_SCHOOL, values_of

DEVELOPMENT, EDUCATION, FINANCE = "省发展改革委", "省教育厅", "省财政厅"
INDUSTRY, STATE_ASSETS = "省工业和信息化厅", "省国资委"

PROVINCE, CITY, COUNTY = Level
GOVERNMENT, ENTERPRISE, SCHOOL, ZONE = LeadKind
TAIYUAN, DATONG = City.TAIYUAN, City.DATONG

_FIRM = f"示例软件有限公司，企业，91140000MA0KEXAMP2，{STATE_ASSETS}"
_COLLEGE = f"示例学院，院校，，{EDUCATION}"
_PARTY = {
    LeadKind.GOVERNMENT: "政府",
    LeadKind.ENTERPRISE: "企业",
    LeadKind.SCHOOL: "院校",
    LeadKind.ZONE: "园区",
}


@dataclass(eq=False)
class Applicant:
    """Somebody who applies, with what experts will think of it."""

    no: int
    name: str
    lead: str
    kind: LeadKind
    direction: int
    level: Level
    city: City
    points: int = 0
    department: str = ""  # of an enterprise
    partner: str = ""  # besides the usual two
    more: dict[str, str] = field(default_factory=dict)  # answers that are not the usual ones
    person: Person = field(init=False)
    contact_id: int = field(init=False)
    base: str = field(init=False)

    @property
    def values(self) -> dict[str, str]:
        """The complete 申报书. In 2022 省人力资源社会保障厅 is a member unit, and nobody's own department."""
        lead = f"{self.lead}，{_PARTY[self.kind]}，，{self.department or '示例主管部门'}"
        partners = "\n".join(filter(None, (_FIRM, _COLLEGE, self.partner)))
        usual = {"lead": lead, "partners": partners, "paired_unit": "省人力资源社会保障厅"}
        return values_of(self.kind, **usual | self.more)

    @property
    def answers(self) -> list[str]:
        """The same as it is typed, question by question."""
        complete = self.values
        return [complete[question.key] for question in asked(self.kind, self.direction, complete)]

    @property
    def contact(self) -> tuple[str, str]:
        """Name and telephone of the contact. Nobody else has them, so that they can be looked for."""
        return f"示例联系人{self.no:02d}号", f"139000000{self.no:02d}"


UNIVERSITY = "示例农业大学"
"""A partner of FARMING, and where one of the experts is from."""

DATA = Applicant(1, "示例大数据基地", "示例职业技术大学", SCHOOL, 3, PROVINCE, TAIYUAN, 92)
CLOUD = Applicant(
    2, "示例云计算基地", "示例云计算公司", ENTERPRISE, 3, PROVINCE, City.CHANGZHI, 88, department=INDUSTRY
)
CHIPS = Applicant(3, "示例算力基地", "示例经济技术开发区", ZONE, 3, PROVINCE, DATONG, 84)
MINING = Applicant(
    4, "示例煤机基地", "示例煤机公司", ENTERPRISE, 9, PROVINCE, City.JINZHONG, 86, department=STATE_ASSETS
)
HEALTH = Applicant(5, "示例康养基地", "示例医科大学", SCHOOL, 22, PROVINCE, TAIYUAN, 85, more=GENERAL_SCHOOL)
FARMING = Applicant(
    6,
    "示例杂粮基地",
    "示例运城市人民政府",
    GOVERNMENT,
    26,
    PROVINCE,
    City.YUNCHENG,
    83,
    partner=f"{UNIVERSITY}，院校，，{EDUCATION}",
)
ROBOTS = Applicant(7, "示例机器人基地", "示例高新技术开发区", ZONE, 9, CITY, TAIYUAN, 81)
RAILWAYS = Applicant(8, "示例轨道基地", "示例轨道公司", ENTERPRISE, 9, CITY, TAIYUAN, 78, department=INDUSTRY)
SENIORS = Applicant(9, "示例养老基地", "示例大同市人民政府", GOVERNMENT, 22, CITY, DATONG, 80)
ORCHARDS = Applicant(10, "示例果蔬基地", "示例农业开发区", ZONE, 26, COUNTY, TAIYUAN, 79)
DRONES = Applicant(11, "示例装备基地", "示例装备公司", ENTERPRISE, 9, PROVINCE, TAIYUAN, department=INDUSTRY)
NURSING = Applicant(12, "示例护理基地", "示例护理学院", SCHOOL, 22, PROVINCE, DATONG, more=GENERAL_SCHOOL)

EVERYBODY = (
    DATA,
    CLOUD,
    CHIPS,
    MINING,
    HEALTH,
    FARMING,
    ROBOTS,
    RAILWAYS,
    SENIORS,
    ORCHARDS,
    DRONES,
    NURSING,
)
IN_CHAT = (DATA, ROBOTS)
JUDGED = tuple(one for one in EVERYBODY if one not in (DRONES, NURSING))
PUBLISHED = tuple(one for one in JUDGED if one is not RAILWAYS)

EXPERTS = (("示例专家赵", "13800000001"), ("示例专家钱", "13800000002"), ("示例专家孙", "13800000003"))
INSIDER = ("示例专家李", "13800000004")
CITIZEN = ("示例公民周", "0351-7654321")
