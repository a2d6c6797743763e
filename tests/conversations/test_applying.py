"""An application in a chat, from 「申报」 to 提交."""

import re
from datetime import date

import pytest
from sqlalchemy import func, select

from domain.application import Application
from domain.lifecycle import Step
from persistence.tables import bases
from tests.conversations.conftest import Founding
from tests.conversations.rounds import (
    BEFORE_THE_DEADLINE,
    KIND,
    REGISTRATION,
    answered,
    called,
    handed_in,
    on_file,
    registered,
    row_of,
    typed,
    uploaded,
    values,
)
from tests.conversations.town import Town
from tests.policy.applicants import NAMES
from tests.support import at, state_of


@pytest.fixture
async def town(founding: Founding) -> Town:
    """A town in which one round is open."""
    found = await founding(BEFORE_THE_DEADLINE)
    await called(found)
    return found


async def count(town: Town) -> int:
    """How many bases there are."""
    async with town.database.transaction() as tx:
        return int(await tx.scalar(select(func.count()).select_from(bases)) or 0)


@pytest.mark.rule("B17", "B18", "B20")
async def test_from_the_first_word_to_the_formal_review(town: Town) -> None:
    anna = await town.contact_of()
    said = await anna.says("申报")
    assert said.text.startswith("示例发榜，2022-01-21 前提交。请先登记以下 6 项。\n1/6 · 登记申报\n产业方向")
    assert "\n30. 其它产业类型" in said.text
    said = await anna.says("3")
    assert said.text.startswith("✓ 产业方向 大数据。\n2/6 · 登记申报\n申报级别（请点选）")
    said = await anna.taps("省级")
    assert "3/6" in said.text
    assert "11. 运城" in said.text
    await anna.says("太原")
    await anna.taps("高等学校")
    await anna.says(NAMES[KIND])
    await anna.sends(await anna.platform.typed("示例大数据实训基地"))
    said = await anna.hears("✓ 已登记：示例大数据实训基地", "1/20 · 参与主体\n牵头单位（每行一家")
    await anna.hears("的申报已登记（自愿申报），请于 2022-01-21 前核对并提交申报")
    base = said.text.split("（")[1].split("）")[0]
    for key, reply in typed()[:-1]:
        said = await anna.says(reply)
        assert said.text.startswith("✓"), (key, said.text)
    assert list(said.buttons) == ["是", "否", "上一项", "暂停"]
    summary, papers = await anna.two_answers(await anna.tapped("是"))
    assert "申报书（示例大数据实训基地）汇总（22/22）\n【参与主体】\n1. 牵头单位：" in summary.text
    assert papers.text.startswith("申报材料还缺 7 项：\n1. 缺 参与主体简介（依据《发榜公告》附件3一）")
    assert list(papers.buttons) == ["提交申报", "上一项", "暂停", "材料"]
    assert (await on_file(town, base)).values == values()
    assert Application.of((await on_file(town, base)).values).lead is not None
    await uploaded(town, base)
    update = await anna.tapped("提交申报")
    answer, _ = sorted(await anna.two_answers(update), key=lambda one: one.text[0] != "✓")
    assert answer.text == "✓ 示例大数据实训基地：提交申报。当前阶段：自愿申报（形式审查）。"
    row = await row_of(town, base)
    assert (row.step, row.direction, row.level, row.city) == (Step.FORMAL_REVIEW, 3, "省级", "太原")
    assert "省教育厅" in row.waiting_for
    assert (await anna.again()).text == answer.text


async def test_what_is_registered_twice_is_one_base(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    said = await anna.again()
    assert said.text.startswith("1/20 · 参与主体"), "the application as it stands, and no answer to it"
    assert await count(town) == 1
    assert (await on_file(town, base)).values == {}


async def test_every_answer_before_registering_counts_once(town: Town) -> None:
    anna = await town.contact_of()
    await anna.says("申报")
    said = await anna.again()
    assert "1/6" in said.text
    await anna.says("3")
    assert "2/6" in (await anna.again()).text
    said = await anna.says("国家级")
    assert said.text.startswith("「国家级」不在「申报级别」的可选范围内")
    assert "（依据《发榜公告》二）" in said.text
    assert "2/6" in said.text
    said = await anna.taps("上一项")
    assert "1/6" in said.text
    assert (await anna.says("31")).text.startswith("「第 31 项」不在「产业方向」的可选范围内")
    assert await count(town) == 0


async def test_a_registration_can_wait(town: Town) -> None:
    anna = await town.contact_of()
    await anna.says("申报")
    await anna.says("大数据")
    said = await anna.taps("暂停")
    assert said.text == "已暂停，所填内容都已保存。发「申报」继续。"
    assert (await anna.again()).text == said.text
    assert (await anna.says("省级")).text == "目前没有待办事项。"
    said = await anna.says("申报")
    assert list(said.buttons) == ["继续登记", "新申报 · 示例发榜"]
    assert "2/6" in (await anna.taps("继续登记")).text
    assert "3/6" in (await anna.says("省级")).text


async def test_a_half_filled_registration_is_not_given_up_unasked(town: Town) -> None:
    anna = await town.contact_of()
    await anna.says("申报")
    await anna.says("大数据")
    await anna.says("申报")
    asked = await anna.taps("新申报 · 示例发榜")
    assert asked.text == "「示例发榜」的登记还没有完成（已填 1 项）。重新开始将放弃已填的内容。"
    assert list(asked.buttons) == ["继续填写", "重新开始"]
    assert "2/6" in (await anna.taps("继续填写")).text
    assert "1/6" in (await anna.taps("重新开始", on=asked)).text
    await anna.says("大数据")
    assert "2/6" in (await anna.says("省部级")).text


async def test_the_code_of_an_application_does_not_tell_who_registered_it(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    async with town.database.transaction() as tx:
        code = str(await tx.scalar(select(bases.c.code).where(bases.c.id == base)))
    assert re.fullmatch("申报-[0-9a-f]{20}", code)


async def test_several_directions_are_several_applications(town: Town) -> None:
    anna = await town.contact_of()
    first = await registered(town, anna)
    said = await anna.says("/apply")
    assert list(said.buttons) == [f"填写申报书 · {REGISTRATION[-1]}", "新申报 · 示例发榜"]
    await anna.taps("新申报 · 示例发榜")
    for answer in ("5", *REGISTRATION[1:-1]):
        await anna.says(answer)
    await anna.sends(await anna.platform.typed("示例人工智能基地"))
    await anna.hears("已登记：示例人工智能基地")
    await anna.hears("的申报已登记", "示例人工智能基地")
    assert await count(town) == 2
    await anna.says(typed()[0][1])
    assert (await on_file(town, first)).values == {}
    said = await anna.taps("填写申报书 · 示例大数据实训基地", on=said)
    await anna.says(typed()[0][1])
    assert set((await on_file(town, first)).values) == {"lead"}


@pytest.mark.rule("B17")
async def test_a_round_that_is_over_is_not_offered(founding: Founding) -> None:
    town = await founding("2022-01-22 09:00")
    await called(town, deadline=at("2022-01-22 00:00"))
    anna = await town.contact_of()
    assert (await anna.says("申报")).text == "现在没有可以申报的发榜。"


async def test_the_same_answer_twice_changes_nothing(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    await anna.says(typed()[0][1])
    first = anna.last_update
    assert first
    before = await on_file(town, base)
    said = await anna.again()
    assert said.text.startswith("2/20 · 参与主体\n参与单位")
    await anna.says(typed()[1][1])
    assert (await anna.delivers(first)).text.startswith("3/20")
    assert (await on_file(town, base)).values == before.values | dict(typed()[1:2])


async def test_a_wrong_answer_says_the_rule_and_keeps_what_is_there(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    said = await anna.says(f"{NAMES[KIND]}，学校")
    assert said.text.startswith(
        f"第 1 行「{NAMES[KIND]}，学校」的类型应为院校、企业、园区、政府或其他机构。（依据《发榜公告》一）\n1/20"
    )
    assert (await on_file(town, base)).values == {}


async def test_back_summary_pause_and_corrections(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    for _, answer in typed()[:4]:
        await anna.says(answer)
    assert "4/20" in (await anna.taps("上一项")).text
    assert (await anna.says("500.5")).text.startswith("✓ 已改为：计划投资：省级补助投资 500.50 万元。\n5/20")
    assert (await anna.says("3=7")).text.startswith("✓ 已改为：计划投资：中央预算内资金 7.00 万元。\n5/20")
    assert (await anna.says("40=7")).text.startswith("没有第 40 项，本表共 20 项。")
    said = await anna.says("汇总")
    assert "申报书（示例大数据实训基地）汇总（4/20）" in said.text
    assert "申报材料还缺 7 项：\n1. 缺 参与主体简介（依据《发榜公告》附件3一）" in said.text
    assert "https://jiebang.example/upload/" in said.text
    said = await anna.says("暂停")
    assert said.text == "已暂停，已填 4/20 项都已保存。随时发任意文字继续。"
    assert (await anna.says("好")).text.startswith("已填 4/20 项，接着填写。\n5/20"), "the text is no answer"
    assert (await on_file(town, base)).values["invest_central"] == "7.00"


async def test_what_is_asked_follows_the_answers(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    for _, reply in typed()[:11]:
        said = await anna.says(reply)
    assert "12/20 · 协同布局\n一主多分中的定位（请点选）" in said.text
    assert list(said.buttons) == ["主基地", "分基地", "无", "上一项", "暂停"]
    said = await anna.taps("分基地")
    assert "13/21 · 协同布局\n所属主基地的编号" in said.text
    said = await anna.says("12=无")
    assert "13/20 · 协同布局\n结对单位（请发序号或名称）\n1. 省发展改革委" in said.text
    assert (await anna.says("6")).text.startswith("✓ 结对单位 省人力资源社会保障厅。")
    await anna.says("无")
    said = await anna.taps("全部")
    assert said.text.startswith("✓ 支持政策清单包含的内容 建设用地和规划保障、")
    stored = (await on_file(town, base)).values
    assert (stored["hub_role"], stored["paired_unit"]) == ("无", "省人力资源社会保障厅")


async def test_a_stale_button_shows_what_is_current(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    for _, answer in typed()[:2]:
        said = await anna.says(answer)
    await anna.taps("0", on=said)
    stale = await anna.taps("0", on=said)
    assert stale.text.startswith("这个按钮已经过期，以下是当前内容。\n4/20")
    assert (await on_file(town, base)).values.keys() == {"lead", "partners", "invest_central"}


@pytest.mark.rule("B3", "B20", "A9")
async def test_what_is_missing_is_named_with_its_clause(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    await answered(town, base, support_from="无", credit_commitment="否")
    await uploaded(town, base, "plan", "profile")
    said = await anna.says("还缺")
    lines = said.text.splitlines()
    assert lines[0] == "申报还不能提交，共有 7 项需要补齐或改正。（依据《发榜公告》五(一)）"
    assert lines[1] == "1. 还没有上传「支持政策清单」。（依据《发榜公告》附件3三-1）"
    assert all("（依据《" in line for line in lines), said.text
    assert "没有地市政府或省直单位出具的支持政策清单。（依据《发榜公告》三-1）" in said.text
    assert list(said.buttons) == ["填写申报书", "材料"]
    assert (await anna.says("提交")).text == said.text
    assert (await row_of(town, base)).step == Step.PREPARING


async def test_a_long_list_comes_in_parts(town: Town) -> None:
    anna = await town.contact_of()
    await registered(town, anna)
    before = len(await anna.look())
    await anna.sends(await anna.platform.typed("还缺"))
    parts = (await anna.look())[before:]
    assert len(parts) > 1
    assert all(len(part.text.encode()) <= 2048 for part in parts)
    assert [bool(part.buttons) for part in parts] == [False] * (len(parts) - 1) + [True]


async def test_after_the_deadline_nothing_can_be_changed(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    await town.later("2022-01-22 00:05")
    said = await anna.says(typed()[0][1])
    assert said.text == "申报已于 2022-01-22 00:00 截止，不能再提交。（依据《发榜公告》六-2）"
    assert (await on_file(town, base)).values == {}


async def test_what_was_handed_in_cannot_be_changed(town: Town) -> None:
    anna = await town.contact_of()
    base = await handed_in(town, anna)
    said = await anna.taps("填写申报书")
    assert said.text.startswith("申报已经提交或已经结束，现在是「形式审查」，申报书和材料不能再改。")
    assert (await on_file(town, base)).values == values()


async def test_the_newest_choice_wins_between_a_report_and_an_application(town: Town) -> None:
    pilot = await town.base()
    anna = await town.contact_of(pilot)
    base = await registered(town, anna)
    assert await town.gateway.start_base(state_of(pilot, Step.PILOT, published_on=date(2021, 7, 1)))
    await anna.hears("点「开始填报」")
    await anna.says(typed()[0][1])
    await anna.taps("开始填报")
    assert (await anna.says("120.5")).text.startswith("✓ 本月完成投资 120.50 万元。")
    await anna.says("申报")
    said = await anna.taps(f"填写申报书 · {REGISTRATION[-1]}")
    assert said.text.startswith("2/20 · 参与主体")
    await anna.says("无")
    assert await town.draft(pilot) == {"invest_month": "120.50"}
    assert (await on_file(town, base)).values == dict(typed()[:1]) | {"partners": "无"}
