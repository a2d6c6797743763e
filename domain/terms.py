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
    """What a running base owes: period after period (A10, A14), or because it was ordered (整改)."""

    DISPATCH = "月调度"
    SUPERVISION = "季督导"
    ASSESSMENT = "年考核"
    PUBLICATION = "半年发布"
    REPORT = "年度综合报告"
    RECTIFICATION = "整改"


OBLIGATION_SLUG = {
    ObligationKind.DISPATCH: "monthly",
    ObligationKind.SUPERVISION: "quarterly",
    ObligationKind.ASSESSMENT: "assessment",
    ObligationKind.PUBLICATION: "publication",
    ObligationKind.REPORT: "report",
    ObligationKind.RECTIFICATION: "rectification",
}
"""How a kind is written in an id, where Chinese would be escaped."""


class ObligationState(StrEnum):
    """Where one obligation stands."""

    OPEN = "填报中"
    SUBMITTED = "已报送"
    RETURNED = "已退回"
    ACCEPTED = "已通过"
    MISSING = "缺报"
    WAIVED = "免报"
    REOPENING = "申请更正"


OWED = frozenset({ObligationState.OPEN, ObligationState.RETURNED})
"""Somebody at the base still has to hand something in."""

HANDED_IN = frozenset({ObligationState.SUBMITTED, ObligationState.ACCEPTED, ObligationState.REOPENING})
"""What the base reported stands."""


class ContactRole(StrEnum):
    """In what capacity somebody answers for a base."""

    CONTACT = "联系人"
    DEPUTY = "副联系人"
    HEAD = "负责人"


class Recipient(StrEnum):
    """Who is told of an obligation."""

    CONTACT = "联系人"
    DEPUTY = "副联系人"
    HEAD = "负责人"
    DEPARTMENT = "主管部门"
    OFFICE = "厅际联席会议办公室"
