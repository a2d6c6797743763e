"""待我办: an office finds what waits for it, decides with a reason and a yes, and is told what came of it."""

from datetime import UTC, datetime

import pytest

from domain.obligation_decisions import ReturnReport
from domain.policy.members import LEADING_UNIT
from domain.terms import City, Level, ObligationState
from persistence.people import People
from tests.conversations.offices import (
    decides,
    decisions,
    handed_in,
    has_left,
    is_now,
    of_level,
    somebody,
)
from tests.conversations.town import Town
from tests.peers.phone import Said

S = ObligationState
NO_RIGHT = "没有给您开通聊天办理，不能代表省发展改革委作出决定。（依据本系统约定聊天办理）"


def name(base: str) -> str:
    return f"审核2021年12月月调度（示例基地 {base}）"


@pytest.mark.rule("A10")
async def test_a_report_is_returned_with_two_items_and_only_those_are_asked_again(town: Town) -> None:
    ((anna, base),) = await handed_in(town)
    office = await somebody(town)
    said = await office.says("待我办")
    assert said.text == (
        f"省发展改革委待办共 1 项，第 1 至 1 项：\n1. {name(base)}，自 2022-01-05 起，2022-01-19 前办理"
    )
    assert list(said.buttons) == ["1. 月调度", "无疑问的通过"]
    card = await office.taps("1. 月调度")
    assert card.text.splitlines()[:6] == [
        f"【{name(base)}】自 2022-01-05 起等待，2022-01-19 前办理",
        "牵头单位：示例职业技术大学；省级，太原；阶段：试点培育（培育建设）",
        "第 1 次报送，2022-01-05 10:20，按时；曾退回 0 次",
        "完成率 22.4%，序时进度 50.0%，相差 -27.6 个百分点。",
        "1. 本月完成投资：120.50 万元",
        "2. 开工以来累计完成投资：1,120.50 万元（上期 1,000.00 万元）",
    ]
    assert list(card.buttons) == ["审核通过", "退回", "下一项"]
    asked = await office.taps("退回")
    assert asked.text.startswith(f"{name(base)}\n请写明「退回」的项目和理由，一行一项或用分号隔开")
    sure = await office.says("5：与批复不符；7：请附回单")
    assert sure.text == (
        f"请确认：{name(base)}\n决定：退回\n"
        "内容：5. 本月到位地方政府债券：与批复不符\n7. 本月到位主体自筹：请附回单"
    )
    done = await office.taps("确认")
    assert done.text == f"✓ 已办理：{name(base)}。决定：退回。"
    await is_now(town, base, S.RETURNED)
    notice = await anna.hears("2021年12月月调度", "被退回")
    assert notice.text.splitlines()[1:] == [
        "5. 本月到位地方政府债券：与批复不符",
        "7. 本月到位主体自筹：请附回单",
    ]
    assert (await anna.taps("开始填报", on=notice)).text.startswith("5/22 · 资金到位")
    ((kind, role, actor),) = await decisions(town, base)
    assert (kind, role, actor.split(":")[0]) == ("退回", "office", "contact")
    assert (await office.taps("下一项", on=done)).text == "没有其他待办事项。"


@pytest.mark.rule("A10")
async def test_every_step_delivered_again_gets_the_same_reply_and_decides_once(town: Town) -> None:
    ((_, base),) = await handed_in(town)
    office = await somebody(town)
    for step in (
        office.says("待我办"),
        office.taps("1. 月调度"),
        office.taps("退回"),
        office.says("5：与批复不符"),
        office.taps("确认"),
    ):
        first = await step
        assert (await office.again()).text == first.text
    await is_now(town, base, S.RETURNED)
    twice = await office.taps("确认")
    assert twice.text == f"✓ 已办理：{name(base)}。决定：退回。", "a second yes is the same yes"
    assert [kind for kind, _, _ in await decisions(town, base)] == ["退回"]


@pytest.mark.rule("A10")
async def test_the_reply_that_was_lost_is_sent_when_the_yes_is_delivered_again(town: Town) -> None:
    ((_, base),) = await handed_in(town)
    office = await somebody(town)
    await office.says("待我办")
    await office.taps("1. 月调度")
    await office.taps("审核通过")
    update = await office.tapped("确认")
    town.lose_a_reply()
    with pytest.raises(Exception, match="the bot is gone"):
        await office.sends(update)
    assert (await office.again()).text == f"✓ 已办理：{name(base)}。决定：审核通过。"
    assert [kind for kind, _, _ in await decisions(town, base)] == ["审核通过"]


async def test_a_reason_that_cannot_be_read_is_asked_for_again(town: Town) -> None:
    ((_, base),) = await handed_in(town)
    office = await somebody(town)
    await office.says("待我办")
    await office.taps("1. 月调度")
    await office.taps("退回")
    assert (await office.says("请核对")).text.startswith("「请核对」不能识别。请按「序号：理由」填写")
    assert (await office.says("23：没有这项")).text.startswith("没有第 23 项，最多到第 22 项。")
    assert (await office.says("5：错")).text.startswith("理由至少 2 个字")
    assert (await office.says("5：写错了")).text.endswith("内容：5. 本月到位地方政府债券：写错了")
    assert (await office.says("6：还是这项")).text.endswith("内容：6. 本月到位国内外贷款：还是这项")
    assert (await office.taps("取消")).text == "已取消，没有作出决定。"
    assert (await office.taps("确认")).text == "已取消，没有作出决定。", "no is final"
    assert await decisions(town, base) == []


async def test_a_command_leaves_what_waits_for_its_reason(town: Town) -> None:
    ((_, base),) = await handed_in(town)
    office = await somebody(town)
    await office.says("待我办")
    await office.taps("1. 月调度")
    await office.taps("退回")
    assert (await office.says("待我办")).text.startswith("省发展改革委待办共 1 项")
    said = await office.says("5：与批复不符")
    assert "请确认" not in said.text
    await office.taps("退回")
    assert (await office.says("取消")).text == "已取消，没有作出决定。"
    assert (await office.again()).text == "已取消，没有作出决定。"
    assert (await town.row(base)).state is S.SUBMITTED


async def test_who_turns_to_a_form_of_their_own_types_no_reason(town: Town) -> None:
    await handed_in(town)
    own = of_level(Level.PROVINCE)
    await town.base(own)
    office = await somebody(town)
    async with town.database.transaction() as tx:
        contact = await People(tx).contact_of(town.channel, office.external_id)
        await People(tx).attach(contact or 0, own.facts.base_id)
    await town.start(own, at_work=False)
    await office.hears("点「开始填报」")
    await office.says("待我办")
    await office.taps("1. 月调度")
    await office.taps("退回")
    assert (await office.taps("开始填报")).text.startswith("1/22")
    asked = await office.says("12")
    assert "2/22" in asked.text
    assert (await office.again()).text == asked.text


@pytest.mark.rule("A10")
async def test_what_is_on_time_and_leaves_no_doubt_is_accepted_at_once(town: Town) -> None:
    doubtful = of_level(Level.PROVINCE)
    await town.base(doubtful)
    await town.reported(doubtful.facts.base_id, "2021-11", trainees_students="20", invest_total="1000.00")
    anna = await town.contact_of(doubtful.facts.base_id)
    pairs = await handed_in(town, Level.PROVINCE, Level.PROVINCE, at_first=[(doubtful, anna)])
    office = await somebody(town)
    await office.says("待我办")
    asked = await office.taps("无疑问的通过")
    bad, *good = [base for _, base in pairs]
    assert asked.text.splitlines() == [
        "请确认：以下 2 项按时报送、没有疑问，全部审核通过？",
        *map(name, good),
        f"不在其中：{name(bad)}（有 1 处疑问）",
    ]
    assert (await office.again()).text == asked.text
    done = await office.taps("确认")
    assert done.text.splitlines() == ["已办理 2 项：", *map(name, good)]
    assert (await office.again()).text == done.text
    for base in good:
        assert [kind for kind, _, _ in await decisions(town, base)] == ["审核通过"]
    assert await decisions(town, bad) == []
    card = await office.taps("下一项", on=done)
    assert "▲ 高校在校生实训 320 人次，与上月 20 人次 相比变化 +1500%，超过 ±50%。" in card.text.splitlines()


async def test_of_several_at_once_what_another_has_decided_is_told_with_why(town: Town) -> None:
    (_, first), (_, second) = await handed_in(town, Level.PROVINCE, Level.PROVINCE)
    office = await somebody(town)
    await office.says("待我办")
    await office.taps("无疑问的通过")
    await decides(town, first, ReturnReport(items={"funds_self": "请附回单"}))
    lines = (await office.taps("确认")).text.splitlines()
    assert lines[:2] == ["已办理 1 项：", name(second)]
    assert lines[2].startswith(f"✗ 没有办理：{name(first)}。这项报送现在是「已退回」，不能「审核通过」。")
    assert "办理：退回。" in lines[3]


@pytest.mark.rule("A10")
async def test_what_another_has_decided_meanwhile_is_shown_as_such(town: Town) -> None:
    ((_, base),) = await handed_in(town)
    office = await somebody(town)
    await office.says("待我办")
    card = await office.taps("1. 月调度")
    await office.taps("审核通过")
    await decides(town, base)
    refused = (await office.taps("确认")).text.splitlines()
    assert refused[0].startswith("这项报送现在是「已通过」，不能「审核通过」。")
    assert refused[0].endswith("（依据《推进措施》八）")
    assert refused[1] == "这一项已由省发展改革委于 2022-01-05 10:20 办理：审核通过。"
    gone = await office.taps("退回", on=card)
    assert gone.text == "这一项已由省发展改革委于 2022-01-05 10:20 办理：审核通过。\n没有其他待办事项。"
    assert (await office.taps("1. 月调度")).text == gone.text
    assert len(await decisions(town, base)) == 1


async def test_a_card_of_an_older_version_decides_nothing(town: Town) -> None:
    ((anna, base),) = await handed_in(town)
    office = await somebody(town)
    await office.says("待我办")
    old = await office.taps("1. 月调度")
    await office.taps("审核通过")
    await decides(town, base, ReturnReport(items={"funds_self": "请附回单"}))
    await anna.taps("开始填报", on=await anna.hears("被退回"))
    await anna.says("90")
    await anna.taps("提交")
    await is_now(town, base, S.SUBMITTED)
    assert (await office.taps("确认")).text.startswith("情况在此期间有了变化，没有作出决定。")
    again = await office.taps("审核通过", on=old)
    lines = again.text.splitlines()
    assert lines[0] == "情况有了变化，请核对后再决定："
    assert lines[3] == "第 2 次报送，2022-01-05 10:20，按时；曾退回 1 次"
    assert "7. 本月到位主体自筹：90.00 万元（上次填 120.50 万元）" in lines
    assert [kind for kind, _, _ in await decisions(town, base)] == ["退回"]


async def test_who_may_not_decide_reads_and_is_refused(town: Town) -> None:
    ((_, base),) = await handed_in(town)
    clerk = await somebody(town, may_decide=False)
    said = await clerk.says("待我办")
    assert said.text.splitlines()[-1].startswith("您可以查看，但没有开通聊天办理。")
    assert list(said.buttons) == ["1. 月调度"]
    card = await clerk.taps("1. 月调度")
    assert "1. 本月完成投资：120.50 万元" in card.text
    assert list(card.buttons) == ["下一项"]
    no = (await town.row(base)).no
    forged = Said(card.message_id, card.text, {"通过": f"w:r:{no}:1:p", "全部": "k:1"})
    assert (await clerk.taps("通过", on=forged)).text == NO_RIGHT
    assert (await clerk.taps("全部", on=forged)).text == NO_RIGHT
    assert await decisions(town, base) == []


async def test_forged_buttons_of_strangers_and_contacts_change_nothing(town: Town) -> None:
    ((anna, base),) = await handed_in(town)
    no = (await town.row(base)).no
    stranger = await town.stranger()
    screen = (await anna.look())[-1]
    for person, words in ((anna, "这不是您负责的事项。"), (stranger, "您好。这里只对已登记的")):
        hello = screen if person is anna else await stranger.says("你好")
        data = {"a": f"w:r:{no}:1:o", "b": f"w:r:{no}:1:p", "c": "k:1", "d": "y:1:1", "e": f"u:{base}:{no}"}
        forged = Said(hello.message_id, hello.text, data)
        for label in data:
            assert (await person.taps(label, on=forged)).text.startswith(words), label
    assert (await town.row(base)).state is S.SUBMITTED
    assert await decisions(town, base) == []


@pytest.mark.rule("B12")
async def test_a_city_office_sees_and_decides_only_its_own(town: Town) -> None:
    (_, provincial), (_, own) = await handed_in(town, Level.PROVINCE, Level.CITY)
    taiyuan = await somebody(town, city=City.TAIYUAN)
    datong = await somebody(town, city=City.DATONG)
    office = await somebody(town)
    assert provincial in (await office.says("待我办")).text
    assert own not in (await office.says("待我办")).text
    said = await taiyuan.says("待办")
    assert said.text.startswith(f"太原市级办公室待办共 1 项，第 1 至 1 项：\n1. {name(own)}")
    assert (await datong.says("待我办")).text == "大同市级办公室目前没有待办事项。"
    numbers = {base: (await town.row(base)).no for base in (provincial, own)}
    forged = Said(said.message_id, said.text, {base: f"w:r:{no}:1:p" for base, no in numbers.items()})
    assert (await taiyuan.taps(provincial, on=forged)).text.startswith("这一项已经不在待办中。")
    hello = (await datong.look())[-1]
    forged = Said(hello.message_id, hello.text, forged.buttons)
    assert (await datong.taps(own, on=forged)).text.startswith("这一项已经不在待办中。")
    await taiyuan.taps("1. 月调度")
    await taiyuan.taps("审核通过")
    assert (await taiyuan.taps("确认")).text == f"✓ 已办理：{name(own)}。决定：审核通过。"
    assert [(kind, role) for kind, role, _ in await decisions(town, own)] == [("审核通过", "city")]
    assert await decisions(town, provincial) == []


async def test_whoever_has_left_decides_nothing_any_more(town: Town) -> None:
    ((_, base),) = await handed_in(town)
    office = await somebody(town)
    await office.says("待我办")
    await office.taps("1. 月调度")
    await office.taps("审核通过")
    await has_left(town, office)
    assert (await office.taps("确认")).text.startswith(("这不是您负责的事项。", "您好。"))
    assert await decisions(town, base) == []


async def test_a_chat_that_is_somebody_elses_now_decides_nothing_of_the_one_before(town: Town) -> None:
    ((_, base),) = await handed_in(town)
    office = await somebody(town)
    await office.says("待我办")
    await office.taps("1. 月调度")
    sure = await office.taps("审核通过")
    async with town.database.transaction() as tx:
        other = await People(tx).add("示例接任", department=LEADING_UNIT, may_decide=True)
        code = await People(tx).invite(other, datetime(2099, 1, 1, tzinfo=UTC))
        await People(tx).redeem(code, town.channel, office.external_id, datetime.now(UTC))
    assert "已经失效" in (await office.taps("确认", on=sure)).text
    assert await decisions(town, base) == []


async def test_a_page_that_there_cannot_be_is_an_old_button(town: Town) -> None:
    office = await somebody(town)
    said = await office.says("待我办")
    forged = Said(
        said.message_id, said.text, {"a": "k:0", "b": "k:-1", "c": f"k:{10**20}", "d": f"w:t:{10**20}:0:o"}
    )
    for label in "abc":
        assert "已经失效" in (await office.taps(label, on=forged)).text
    assert "不在待办中" in (await office.taps("d", on=forged)).text


@pytest.mark.rule("A10")
async def test_a_correction_is_refused_with_a_reason_and_another_one_agreed_to(town: Town) -> None:
    ((anna, base),) = await handed_in(town)
    await decides(town, base)
    await anna.hears("已审核通过")
    office = await somebody(town)
    await anna.says("更正 2021年12月 证书数录错")
    await office.hears("申请更正", "证书数录错")
    said = await office.says("待我办")
    assert f"1. 审定更正：2021年12月月调度（示例基地 {base}），自 2022-01-05 起" in said.text
    card = await office.taps("1. 审定更正")
    assert card.text.splitlines()[2] == "理由：证书数录错"
    await office.taps("不同意更正")
    assert (await office.says("申诉期已过，数据已汇总上报")).text.endswith("内容：申诉期已过，数据已汇总上报")
    await office.taps("确认")
    await anna.hears("不同意更正", "数据已汇总上报")
    await anna.says("更正 2021年12月 证书数确实录错")
    await office.hears("申请更正", "证书数确实录错")
    await office.says("待我办")
    await office.taps("1. 审定更正")
    await office.taps("同意更正")
    done = await office.taps("确认")
    assert done.text == f"✓ 已办理：审定更正：2021年12月月调度（示例基地 {base}）。决定：同意更正。"
    await is_now(town, base, S.RETURNED)


@pytest.mark.rule("A10")
async def test_an_objection_to_a_report_is_upheld(town: Town) -> None:
    base = await town.base()
    anna, office = await town.contact_of(base), await somebody(town)
    await town.start(base)
    await anna.hears("点「开始填报」")
    await anna.says("异议 2021年12月 项目尚未开工")
    await office.hears("提出异议")
    card = await office.delivers(await office.tapped("1. 处理异议", await office.says("待我办")))
    assert card.text.splitlines()[2] == "理由：项目尚未开工"
    await office.taps("异议成立")
    await office.says("情况属实，本月免报")
    await office.taps("确认")
    await is_now(town, base, S.WAIVED)
    assert (await office.says("待我办")).text == "省发展改革委目前没有待办事项。"
