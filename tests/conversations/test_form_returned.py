"""What the office sends back, and what the base asks for afterwards, in a chat: 退回, 更正, 异议."""

import pytest

from domain.ids import obligation_id
from domain.obligation_decisions import (
    AcceptReport,
    ObligationDecision,
    ObligationRequest,
    RefuseReopen,
    Reopen,
    ResolveReport,
    ReturnReport,
)
from domain.terms import ObligationState
from tests.conversations.people import Chatter
from tests.conversations.town import CANONICAL, KIND, PERIOD, Town
from tests.support import OFFICE, eventually

S = ObligationState


async def decides(town: Town, base: str, decision: ObligationDecision) -> None:
    """The office decides about the report."""
    owed = obligation_id(base, KIND, PERIOD)
    request = ObligationRequest(decision=decision, by=OFFICE)
    await town.gateway.decide_report(owed, request, f"{owed}:{decision.kind}")


async def is_now(town: Town, base: str, state: ObligationState) -> None:
    async def ask() -> ObligationState:
        return (await town.row(base)).state

    await eventually(ask, lambda now: now is state)


async def handed_in(town: Town) -> tuple[Chatter, str]:
    """Somebody who has handed in December, and the base."""
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    await anna.taps("开始填报")
    await town.fill(base)
    await anna.says("汇总")
    await anna.taps("提交")
    return anna, base


async def accepted(town: Town) -> tuple[Chatter, str, int]:
    """The same, and the office has accepted it; with its number."""
    anna, base = await handed_in(town)
    await decides(town, base, AcceptReport())
    await anna.hears("2021年12月月调度", "已审核通过。")
    return anna, base, (await town.row(base)).no


@pytest.mark.rule("A10")
async def test_only_what_was_returned_is_asked_again(town: Town) -> None:
    anna, base = await handed_in(town)
    why = {"funds_self": "与银行回单不符", "certified": "请核对证书数"}
    await decides(town, base, ReturnReport(items=why))
    notice = await anna.hears("2021年12月月调度", "被退回，请于 2022-01-10 前更正")
    assert notice.text.splitlines()[1:3] == [
        "7. 本月到位主体自筹：与银行回单不符",
        "14. 取得职业技能等级证书人数：请核对证书数",
    ]
    assert "（当前）" not in (await anna.says("待办")).text
    said = await anna.taps("开始填报", on=notice)
    assert said.text == (
        "7/22 · 资金到位\n本月到位主体自筹（万元）\n原填：120.50 万元；退回理由：与银行回单不符"
    )
    said = await anna.says("100")
    assert said.text.startswith("✓ 本月到位主体自筹 100.00 万元。\n14/22 · ")
    assert said.text.endswith("原填：60 人；退回理由：请核对证书数")
    said = await anna.says("60")
    assert "7. 本月到位主体自筹：100.00 万元（已更正）" in said.text
    assert "14. 取得职业技能等级证书人数：60 人（退回，未改动）" in said.text
    assert "6. 本月到位国内外贷款：0.00 万元\n" in said.text
    await anna.taps("提交")
    row = await town.row(base)
    assert (row.state, row.version, row.returns) == (S.SUBMITTED, 2, 1)
    assert await town.figures(base) == CANONICAL | {"funds_self": "100.00"}


@pytest.mark.rule("A10")
async def test_what_was_accepted_is_corrected_when_the_office_agrees(town: Town) -> None:
    anna, base, no = await accepted(town)
    said = await anna.says("更正")
    assert said.text == (
        f"可以提出更正的报送（发「更正 编号 理由」）：\n{no}. 2021年12月月调度（示例基地 {base}）"
    )
    assert (await anna.says(f"更正 {no}")).text == f"请写明理由，发「更正 {no} 理由」。"
    assert (await anna.says(f"更正 {no} {'由' * 501}")).text.startswith("理由共 501 字，超过 500 字")
    said = await anna.says(f"更正 {no} 证书数录错")
    assert said.text == f"✓ 已提出更正：2021年12月月调度（示例基地 {base}），等待办公室审定。"
    assert (await anna.again()).text == said.text
    await is_now(town, base, S.REOPENING)
    await decides(town, base, Reopen())
    notice = await anna.hears("同意更正2021年12月月调度")
    said = await anna.taps("开始填报", on=notice)
    assert "汇总（22/22）" in said.text
    said = await anna.says("14=58")
    assert "14. 取得职业技能等级证书人数：58 人（已更正）" in said.text
    await anna.taps("提交")
    assert (await town.row(base)).version == 2
    assert await town.figures(base) == CANONICAL | {"certified": "58"}


async def test_what_the_office_does_not_agree_to_stands(town: Town) -> None:
    anna, base, no = await accepted(town)
    await anna.says(f"更正 {no}：证书数录错")
    await is_now(town, base, S.REOPENING)
    refused = await anna.says(f"更正 {no} 再来一次")
    assert refused.text.startswith("这项报送现在是「申请更正」，不能「申请更正」。")
    await decides(town, base, RefuseReopen(reason="数据已汇总上报"))
    said = await anna.hears("不同意更正2021年12月月调度")
    assert said.text.endswith("\n理由：数据已汇总上报")
    assert said.buttons == {}
    assert await town.figures(base) == CANONICAL


async def test_what_is_not_owed_is_objected_to(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    no = (await town.row(base)).no
    assert f"{no}. 2021年12月月调度" in (await anna.says("异议")).text
    said = await anna.says(f"异议 {no} 项目尚未开工")
    assert said.text.startswith("✓ 已提出异议：2021年12月月调度")
    await decides(town, base, ResolveReport(upheld=True, reason="情况属实"))
    said = await anna.hears("免报，不必再填。")
    assert said.text.endswith("\n理由：情况属实")
    await is_now(town, base, S.WAIVED)
    assert (await anna.says("待办")).text == "目前没有待办事项。"


async def test_nothing_can_be_asked_about_others_or_out_of_turn(town: Town) -> None:
    anna, base = await handed_in(town)
    no = (await town.row(base)).no
    assert (await anna.says("更正")).text == "现在没有可以提出更正的报送。"
    assert (await anna.says(f"更正 {no} 证书数录错")).text.startswith(
        "这项报送现在是「已报送」，不能「申请更正」。"
    )
    boris = await town.contact_of(name="示例旁人")
    assert (await boris.says(f"更正 {no} 证书数录错")).text == "这不是您负责的事项。"
    stranger = await town.stranger()
    assert (await stranger.says(f"更正 {no} 证书数录错")).text.startswith("您好。这里只对已登记的")


async def test_an_answer_that_begins_with_such_a_word_is_an_answer(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    await anna.taps("开始填报")
    await town.fill(base)
    await anna.says("汇总")
    said = await anna.says("21=更正了上月数据，有异议的已协调")
    assert "21. 存在问题与建议：更正了上月数据，有异议的已协调" in said.text
