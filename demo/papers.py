"""What the sample applicants hand in: the answers of the 申报书, and small PDFs."""

import io
from typing import Any

from pypdf import PageObject, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, NumberObject
from pypdf.generic import TextStringObject as Text

from demo.people import SampleApplicant
from domain.application import HubRole, Origin, PilotList, SchoolKind
from domain.forms.application import majors_of
from domain.policy.materials import PLAN_SECTIONS, SUPPORT_POLICIES
from domain.terms import LeadKind

_A4 = (595, 842)
_TITLE, _BODY = 20, 12
"""Points."""

_LEAD = {
    LeadKind.SCHOOL: ("院校", "省教育厅"),
    LeadKind.ENTERPRISE: ("企业", "省国资委"),
    LeadKind.ZONE: ("园区", "示例市人民政府"),
    LeadKind.GOVERNMENT: ("政府", "示例省级部门"),
}
"""Kind of party, and the department that it belongs to."""

_PARTNERS = [
    {"name": "示例智造有限公司", "kind": "企业", "department": "省工业和信息化厅"},
    {"name": "示例应用技术学院", "kind": "院校", "department": "省教育厅"},
]


def answers(applicant: SampleApplicant) -> dict[str, Any]:
    """Every question of the 申报书 that this applicant is asked, by key."""
    kind, department = _LEAD[applicant.lead_kind]
    own = applicant.planned_total * 6 // 10
    return {
        "lead": {"name": applicant.lead, "kind": kind, "department": department},
        "partners": _PARTNERS,
        "invest_central": 0,
        "invest_province": int(applicant.planned_total - own),
        "invest_bond": 0,
        "invest_loan": 0,
        "invest_own": int(own),
        "floor_area": 12000,
        "compatible_area": 1200,
        "operator": "无",
        "bodies": ["理事会", "联盟"],
        "hub_role": HubRole.NONE,
        "paired_unit": "省人力资源社会保障厅",
        "support_from": f"示例{applicant.city}市人民政府",
        "support_policies": [policy.label for policy in SUPPORT_POLICIES],
        "plan_sections": list(PLAN_SECTIONS),
        "credit_commitment": True,
        "truthful": True,
        "willing": True,
        **_own_answers(applicant),
    }


def _own_answers(applicant: SampleApplicant) -> dict[str, Any]:
    match applicant.lead_kind:
        case LeadKind.ENTERPRISE:
            said = "示例：有中试线、检测中心和省级企业技术中心"
            return {"pilot_list": PilotList.LISTED, "conditions": said, "origin": Origin.SHANXI}
        case LeadKind.SCHOOL:
            majors = list(majors_of(applicant.direction))
            return {"school_kind": SchoolKind.VOCATIONAL, "majors": majors, "double_high": "省级"}
    return {}


def pdf(title: str, *lines: str) -> bytes:
    """One page that says it in print."""
    page = PageObject.create_blank_page(width=_A4[0], height=_A4[1])
    page[NameObject("/Resources")] = _dictionary(Font=_dictionary(F1=_font()))
    page[NameObject("/Contents")] = _printed(title, lines)
    writer, file = PdfWriter(), io.BytesIO()
    writer.add_page(page)
    writer.add_metadata({"/Title": title})
    writer.write(file)
    return file.getvalue()


def _printed(title: str, lines: tuple[str, ...]) -> DecodedStreamObject:
    shown = [(title, _TITLE), *((line, _BODY) for line in lines)]
    body = " ".join(f"/F1 {size} Tf <{said.encode('utf-16-be').hex()}> Tj 0 -32 Td" for said, size in shown)
    stream = DecodedStreamObject()
    stream.set_data(f"BT 72 750 Td {body} ET".encode())
    return stream


def _font() -> DictionaryObject:
    """A Song type that every reader has for Chinese: nothing has to be embedded."""
    name = NameObject("/STSong-Light")
    collection = _dictionary(Registry=Text("Adobe"), Ordering=Text("GB1"), Supplement=NumberObject(4))
    glyphs = _dictionary(
        Type=NameObject("/Font"),
        Subtype=NameObject("/CIDFontType0"),
        BaseFont=name,
        CIDSystemInfo=collection,
        DW=NumberObject(1000),
    )
    return _dictionary(
        Type=NameObject("/Font"),
        Subtype=NameObject("/Type0"),
        BaseFont=name,
        Encoding=NameObject("/UniGB-UTF16-H"),
        DescendantFonts=ArrayObject([glyphs]),
    )


def _dictionary(**entries: Any) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{name}"): value for name, value in entries.items()})
