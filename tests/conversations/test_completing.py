"""补正 in a chat: what was returned, and only that."""

import pytest

from domain.lifecycle import Step
from tests.conversations.conftest import Founding
from tests.conversations.rounds import (
    BEFORE_THE_DEADLINE,
    called,
    handed_in,
    on_file,
    returned,
    row_of,
    uploaded,
    values,
)
from tests.conversations.town import Town


@pytest.fixture
async def town(founding: Founding) -> Town:
    """A town in which one round is open."""
    found = await founding(BEFORE_THE_DEADLINE)
    await called(found)
    return found


@pytest.mark.rule("B9")
async def test_the_notice_says_what_by_whom_and_until_when(town: Town) -> None:
    anna = await town.contact_of()
    base = await handed_in(town, anna)
    await returned(town, base, "invest_own", "plan")
    said = await anna.hears("被省财政厅退回补正")
    assert said.text == (
        "示例大数据实训基地 的申报被省财政厅退回补正，请于 2022-01-12 前补正并报送，逾期未补正的不予受理。\n"
        "需补正：计划投资：主体自筹、建设实施方案\n理由：请核对后补正。"
    )
    assert list(said.buttons) == ["填写申报书", "补正报送"]


async def test_only_what_was_returned_is_asked(town: Town) -> None:
    anna = await town.contact_of()
    base = await handed_in(town, anna)
    await returned(town, base, "invest_own", "floor_area")
    await anna.hears("退回补正")
    said = await anna.taps("填写申报书")
    assert (
        said.text == "1/2 · 建设投资\n计划投资：主体自筹（万元）\n原填：1,200.50 万元（已退回，请重新填写）"
    )
    refused = await anna.taps("补正报送")
    assert refused.text.splitlines() == [
        "补正还不能报送，有 2 项没有补正。（依据《发榜公告》四）",
        "1. 已退回，请重新提供：「计划投资：主体自筹」退回后没有改动。（依据《发榜公告》四）",
        "2. 已退回，请重新提供：「总建筑面积」退回后没有改动。（依据《发榜公告》四）",
    ]
    said = await anna.says("1500")
    assert "2/2 · 场地\n总建筑面积（平方米）\n原填：10,000.00 平方米（已退回，请重新填写）" in said.text
    assert (await anna.says("3=7")).text.startswith("没有第 3 项，本表共 2 项。")
    said = await anna.says("12000")
    assert "汇总（2/2）" in said.text
    assert (await anna.again()).text.count("汇总（2/2）") == 1
    said = await anna.taps("补正报送", on=said)
    assert said.text.startswith("✓ 示例大数据实训基地：补正报送。")
    assert (await on_file(town, base)).values == values(invest_own="1500.00", floor_area="12000.00")
    row = await row_of(town, base)
    assert (row.step, "申报主体" in row.waiting_for) == (Step.FORMAL_REVIEW, False)
    assert (await anna.says("8")).text == "目前没有待办事项。", "done with it"


async def test_a_new_answer_may_call_for_another(town: Town) -> None:
    anna = await town.contact_of()
    base = await handed_in(town, anna)
    await returned(town, base, "hub_role")
    await anna.hears("退回补正")
    await anna.taps("填写申报书")
    said = await anna.taps("分基地")
    assert "2/2 · 协同布局\n所属主基地的编号" in said.text
    said = await anna.says("1=无")
    assert "汇总（1/1）" in said.text
    assert (await on_file(town, base)).values["hub_role"] == "无"


async def test_documents_alone_are_a_link(town: Town) -> None:
    anna = await town.contact_of()
    base = await handed_in(town, anna)
    await returned(town, base, "plan")
    await anna.hears("退回补正", "需补正：建设实施方案")
    said = await anna.taps("填写申报书")
    assert "/upload/" in said.text
    assert list(said.buttons) == ["材料", "补正报送"]
    assert "「建设实施方案」退回后没有改动" in (await anna.taps("补正报送")).text
    await uploaded(town, base, "plan")
    assert (await anna.taps("补正报送")).text.startswith("✓ 示例大数据实训基地：补正报送。")


async def test_what_is_missing_is_what_was_returned_and_not_put_right(town: Town) -> None:
    anna = await town.contact_of()
    base = await handed_in(town, anna)
    await returned(town, base, "invest_own", "plan")
    await anna.hears("退回补正")
    said = await anna.says("还缺")
    assert said.text.splitlines() == [
        "申报已退回补正，请于 2022-01-12 前补正报送，还有 2 项。（依据《发榜公告》四）",
        "1. 已退回，请重新提供：「计划投资：主体自筹」退回后没有改动。（依据《发榜公告》四）",
        "2. 已退回，请重新提供：「建设实施方案」退回后没有改动。（依据《发榜公告》四）",
    ]
    assert list(said.buttons) == ["填写申报书", "材料", "补正报送"]
    said = await anna.says("材料")
    assert said.text.splitlines()[:3] == [
        "申报已退回补正，请于 2022-01-12 前重新提供 1 项材料并补正报送：",
        "1. ✓ 参与主体简介",
        "2. 已退回，请重新提供 建设实施方案（依据《发榜公告》附件3二）",
    ]
    assert list(said.buttons) == ["填写申报书", "材料", "补正报送"]
    await uploaded(town, base, "plan")
    said = await anna.says("材料")
    assert said.text.startswith("申报已退回补正，没有待重新提供的材料，请于 2022-01-12 前补正报送：")
    assert "2. ✓ 建设实施方案" in said.text
    await anna.taps("填写申报书")
    await anna.says("1500")
    said = await anna.says("还缺")
    assert said.text == "示例大数据实训基地 退回的项目都已补正，请于 2022-01-12 前补正报送。"
    assert list(said.buttons) == ["补正报送"]
    assert (await anna.taps("补正报送")).text.startswith("✓ 示例大数据实训基地：补正报送。")


async def test_what_is_returned_again_is_asked_again(town: Town) -> None:
    anna = await town.contact_of()
    base = await handed_in(town, anna)
    await returned(town, base, "invest_own")
    await anna.hears("退回补正")
    await anna.taps("填写申报书")
    await anna.says("1500")
    await anna.taps("补正报送")
    await returned(town, base, "invest_own")
    await anna.hears("退回补正")
    said = await anna.taps("填写申报书")
    assert said.text.endswith("原填：1,500.00 万元（已退回，请重新填写）")


async def test_nothing_returned_means_nothing_to_complete(town: Town) -> None:
    anna = await town.contact_of()
    await handed_in(town, anna)
    said = await anna.says("基地")
    assert list(said.buttons) == ["撤回申报"]
