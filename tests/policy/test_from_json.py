"""The answers of an application as JSON."""

import pytest

from bot.words import chinese
from domain.errors import DomainError, Refused
from domain.forms.from_json import values_from_json

LINE = "示例公司，企业，91140000MA0KEXAMP1，省国资委"


def test_json_is_read_as_if_it_had_been_typed() -> None:
    party = {
        "name": "示例公司",
        "kind": "企业",
        "credit_code": "91140000MA0KEXAMP1",
        "department": "省国资委",
    }
    assert values_from_json(
        {
            "lead": party,
            "partners": [party | {"name": "示例甲公司"}, {"name": "示例学院", "kind": "院校"}],
            "invest_own": 1200.5,
            "invest_bond": 0,
            "floor_area": "1.2万",
            "truthful": True,
            "willing": "否",
            "majors": ["旅游大类", "水利大类"],
            "bodies": [],
            "hub": None,
        }
    ) == {
        "lead": LINE,
        "partners": "示例甲公司，企业，91140000MA0KEXAMP1，省国资委\n示例学院，院校，，",
        "invest_own": "1200.50",
        "invest_bond": "0.00",
        "floor_area": "12000.00",
        "truthful": "是",
        "willing": "否",
        "majors": "旅游大类、水利大类",
        "bodies": "无",
    }


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("nothing", "1", "application.unknown_field"),
        ("invest_own", True, "application.bad_value"),
        ("invest_own", [1], "application.bad_value"),
        ("invest_own", 1e300, "answer.not_a_number"),
        ("invest_own", float("nan"), "answer.not_a_number"),
        ("hub", 3, "application.bad_value"),
        ("truthful", 1, "application.bad_value"),
        ("majors", [1], "application.bad_value"),
        ("majors", [], "answer.empty"),
        ("majors", {"a": 1}, "application.bad_value"),
        ("partners", ["示例公司"], "application.bad_value"),
        ("partners", [{"name": "示例公司", "type": "企业"}], "application.bad_value"),
        ("partners", [{"name": "示例\n学院，院校", "kind": "院校"}], "application.bad_value"),
        ("partners", [{"name": "示例，学院", "kind": "院校"}], "answer.party_fields"),
        ("partners", [{"name": 1, "kind": "院校"}], "application.bad_value"),
        ("lead", [], "answer.empty"),
    ],
)
def test_json_of_the_wrong_kind_is_refused(key: str, value: object, code: str) -> None:
    with pytest.raises(Refused) as caught:
        values_from_json({key: value, "truthful" if key != "truthful" else "willing": True})
    assert [item.code for item in caught.value.refusal.items] == [code]


def test_every_bad_field_is_named_at_once_and_the_refusal_crosses_json_whole() -> None:
    with pytest.raises(Refused) as caught:
        values_from_json({"floor_area": "大", "truthful": "也许", "nothing": 1, "invest_own": 5})
    refusal = caught.value.refusal
    assert chinese().refusal(refusal).splitlines() == [
        "有 3 项内容不能识别。（依据《发榜公告》附件3）",
        "1. 「大」不是能识别的数字。请用阿拉伯数字填写总建筑面积，如 32、1,200、1.2万（单位：平方米）。（依据《推进措施》五）",
        "2. 「也许」不能识别，「承诺申报材料真实」请回答「是」或「否」。（依据《发榜公告》附件3三-4）",
        "3. 没有「nothing」这一项。（依据《发榜公告》附件3）",
    ]
    again = type(refusal).model_validate_json(refusal.model_dump_json())
    assert again == refusal
    error = DomainError.of(again)
    assert isinstance(error, Refused)
    assert error.refusal.items == refusal.items
