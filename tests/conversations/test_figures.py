"""税收: an enterprise's contact sees what its credit and its training money come to, and how that is computed (A6)."""

import pytest

from domain.terms import ObligationKind
from tests.conversations.conftest import Founding
from tests.conversations.town import Town
from tests.persistence.reported import BASE, OTHER, a_base, an_enterprise, applied, reported

pytestmark = pytest.mark.rule("A6")

K = ObligationKind.ASSESSMENT


@pytest.fixture
async def town(founding: Founding) -> Town:
    """July 2026: 2025 is the last year."""
    return await founding("2026-07-06 10:00")


async def test_the_last_reported_year_is_shown_with_its_arithmetic(town: Town) -> None:
    await an_enterprise(town.database)
    await applied(town.database, BASE, pilot_list="已入库")
    first = {"tax_investment": "200.00", "tax_payable": "25.00"}
    second = {"tax_investment": "100.00", "tax_payable": "40.50"}
    training = {"training_funds": "100.00", "training_frontline": "66.00"}
    await reported(town.database, BASE, K, "2024", first | training)
    await reported(town.database, BASE, K, "2025", second | training)
    anna = await town.contact_of(BASE)
    assert (await anna.says("税收")).text.splitlines() == [
        "示例智造有限公司 2025年度财税与培训经费（已纳入试点企业，依据《推进措施》三）",
        "本年新增可抵免额：100.00×30%=30.00万元",
        "可抵免额合计：35.00+30.00=65.00万元",
        "当年抵免：取65.00和应缴40.50中较小的=40.50万元",
        "结转以后年度：65.00-40.50=24.50万元",
        "用于一线职工的比例：66.00÷100.00=66.0%",
        "用于一线职工的比例达到 60% 以上的要求。",
    ]
    assert (await anna.says("/tax")).text.startswith("示例智造有限公司 2025年度")


async def test_what_is_not_known_is_said_first(town: Town) -> None:
    await an_enterprise(town.database)
    await reported(town.database, BASE, K, "2025", {"training_funds": "10.00", "training_frontline": "1.00"})
    anna = await town.contact_of(BASE)
    lines = (await anna.says("税收")).text.splitlines()
    assert lines[0].endswith("（是否纳入试点企业不明，依据《推进措施》三）")
    assert lines[1] == "说明：没有该企业已纳入产教融合型试点企业的记录，以下为假定已纳入的试算，不计入合计。"
    assert lines[-1].startswith("用于一线职工的比例没有达到 60% 以上的要求")


async def test_without_an_enterprise_a_report_or_an_invitation_there_is_nothing(town: Town) -> None:
    await a_base(town.database, OTHER)
    await an_enterprise(town.database)
    anna, bert = await town.contact_of(BASE), await town.contact_of(OTHER, name="示例另一联系人")
    assert (await anna.says("税收")).text.startswith("示例智造有限公司：还没有报送年考核")
    assert (await bert.says("税收")).text == "您名下没有行业骨干企业牵头的基地，不计算财税与培训经费。"
    stranger = await town.stranger()
    assert (await stranger.says("税收")).text.startswith("您好。这里只对已登记的基地联系人开放。")
