"""The closed vocabularies of the documents: levels, kinds of lead, cities, offices. Values are Chinese."""

from enum import StrEnum


class Level(StrEnum):
    """Level of a base (B2)."""

    PROVINCE = "省级"
    CITY = "市级"
    COUNTY = "县级"


class LeadKind(StrEnum):
    """Kind of lead applicant (B1)."""

    GOVERNMENT = "市人民政府"
    ENTERPRISE = "行业骨干企业"
    SCHOOL = "高等学校"
    ZONE = "开发区"


class City(StrEnum):
    """The eleven cities of Shanxi."""

    TAIYUAN = "太原"
    DATONG = "大同"
    SHUOZHOU = "朔州"
    XINZHOU = "忻州"
    YANGQUAN = "阳泉"
    LVLIANG = "吕梁"
    JINZHONG = "晋中"
    CHANGZHI = "长治"
    JINCHENG = "晋城"
    LINFEN = "临汾"
    YUNCHENG = "运城"


class Role(StrEnum):
    """In what capacity somebody acts."""

    LEAD = "lead"  # 申报主体, through its contact
    OFFICE = "office"  # 厅际联席会议办公室
    CITY = "city"  # 市级办公室, for its own bases
    DEPARTMENT = "department"  # a member unit of the 厅际联席会议
    ROUND = "round"  # a round, carrying out what was decided about its list
    PUBLIC = "public"  # whoever objects to a public notice
    READONLY = "readonly"
    SYSTEM = "system"  # a deadline that passed


class ObligationKind(StrEnum):
    """What a running base owes period after period (A10)."""

    DISPATCH = "月调度"


OBLIGATION_SLUG = {ObligationKind.DISPATCH: "monthly"}
"""How a kind is written in an id, where Chinese would be escaped."""


class ObligationState(StrEnum):
    """Where one obligation stands."""

    OPEN = "填报中"
    SUBMITTED = "已报送"
    MISSING = "缺报"
