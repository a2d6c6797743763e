"""Who reviews what in the formal review (B9)."""

import pytest

from domain.application import Application
from domain.policy.duties import duties, label
from domain.terms import LeadKind
from tests.policy.applicants import NAMES, values_of


def of(kind: LeadKind, **changes: str) -> Application:
    return Application.of(values_of(kind, **changes))


@pytest.mark.rule("B9")
def test_every_school_and_every_enterprise_goes_to_its_own_department() -> None:
    found = [(d.id, d.department, d.party) for d in duties(of(LeadKind.SCHOOL))]
    assert found == [
        ("whole", "省发展改革委", None),
        ("budget", "省财政厅", None),
        ("school-0", "省教育厅", 0),
        ("enterprise-1", "省国资委", 1),
        ("school-2", "省教育厅", 2),
    ]


@pytest.mark.rule("B9")
@pytest.mark.parametrize("department", ["省国资委", "省工业和信息化厅", "省小企业发展促进局"])
def test_an_enterprise_is_reviewed_by_the_department_of_its_field(department: str) -> None:
    partner = f"示例公司，企业，，{department}"
    assert duties(of(LeadKind.ZONE, partners=partner))[-1].department == department


@pytest.mark.rule("B9")
def test_governments_zones_and_institutes_have_no_review_of_their_own() -> None:
    application = of(LeadKind.GOVERNMENT, partners="示例园区，园区，，\n示例研究院，其他机构，，")
    assert [d.id for d in duties(application)] == ["whole", "budget"]


@pytest.mark.rule("B9")
def test_a_duty_names_nobody_and_has_a_label() -> None:
    found = duties(of(LeadKind.ENTERPRISE))
    assert [label(d) for d in found[:3]] == ["申报材料综合审查", "建设预算审核", "企业形式审查"]
    assert not any(name in d.model_dump_json() for d in found for name in (*NAMES.values(), "示例"))
    assert all(d.id.isascii() for d in found)
    assert len({d.id for d in found}) == len(found)
