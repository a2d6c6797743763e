"""The ten rules of asking well, one by one, in a real chat."""

import pytest

from bot.channels import local, telegram
from domain.terms import ObligationState
from tests.conversations.people import Chatter
from tests.conversations.test_form import question
from tests.conversations.town import CANONICAL, Town
from tests.support import FULL

pytestmark = pytest.mark.parametrize("channel", [local.NAME, telegram.NAME], indirect=True)


async def begun(town: Town) -> tuple[str, Chatter]:
    """A base that reported last month, and its contact at the first question."""
    base = await town.base()
    await town.reported(base, "2021-11", invest_total="1000.00")
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    await anna.taps("开始填报")
    return base, anna


async def at_item(anna: Chatter, no: int) -> None:
    """Answer what comes before it."""
    for text in [*FULL.values()][: no - 1]:
        assert (await anna.says(text)).text.startswith("✓")


async def test_rule_1_one_question_in_a_message_with_its_place_and_group(town: Town) -> None:
    _, anna = await begun(town)
    for n, text in enumerate(FULL.values(), 2):
        said = await anna.says(text)
        heads = [line for line in said.text.splitlines() if "/22 · " in line]
        assert [head.split(" · ")[0] for head in heads] == ([f"{n}/22"] if n <= 22 else [])


async def test_rule_2_one_message_for_an_answer_with_what_was_understood_and_what_comes_next(
    town: Town,
) -> None:
    _, anna = await begun(town)
    await at_item(anna, 10)
    said = await anna.says("８０ 人次")
    assert said.text.startswith("✓ 企业职工实训 80 人次。\n11/22 · 实训人次\n农村转移就业劳动者实训（人次）")


@pytest.mark.parametrize(
    ("no", "typed", "shown"),
    [
        (10, "８２", "企业职工实训 82 人次"),
        (10, "0.008万", "企业职工实训 80 人次"),
        (10, "80人次", "企业职工实训 80 人次"),
        (10, "同上月", "企业职工实训 80 人次"),
        (10, "和上月一样", "企业职工实训 80 人次"),
        (7, "0.012亿元", "本月到位主体自筹 120.00 万元"),
        (7, "1,200,000元", "本月到位主体自筹 120.00 万元"),
    ],
)
async def test_rule_3_figures_are_taken_as_people_write_them(
    town: Town, no: int, typed: str, shown: str
) -> None:
    _, anna = await begun(town)
    await at_item(anna, no)
    assert (await anna.says(typed)).text.startswith(f"✓ {shown}。")


async def test_rule_3_unit_example_and_range_stand_with_the_question(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    said = await anna.taps("开始填报")
    assert said.text.endswith("本月完成投资（万元）\n例：1200、1,200.50、1.2万；不小于 0，最多两位小数")
    assert (await anna.says("约100")).text.startswith("「约100」不是确数。请按台账填写本月完成投资的确切数字")


async def test_rule_4_an_error_names_value_rule_and_fix_and_after_two_skipping_is_offered(town: Town) -> None:
    base, anna = await begun(town)
    await at_item(anna, 9)
    for wrong in ("1.5", "很多"):
        said = await anna.says(wrong)
        assert said.text.startswith(f"「{wrong}」")
        assert "高校在校生实训" in said.text
        assert "（依据《推进措施》二）\n9/22" in said.text
    assert list(said.buttons) == ["同上月 320", "0", "跳过", "上一项", "暂停"]
    said = await anna.taps("跳过")
    assert said.text.startswith("高校在校生实训 暂不能填报的，请用一句话说明原因（2 至 100 字）")
    said = await anna.says("学校尚未报来名册")
    assert said.text.startswith("✓ 高校在校生实训 暂缺：学校尚未报来名册。\n10/22")
    assert len(await town.draft(base)) == 9, "answers are kept"
    for text in [*FULL.values()][9:]:
        said = await anna.says(text)
    assert "9. 高校在校生实训：暂缺：学校尚未报来名册" in said.text
    assert "其中 1 项暂缺，审核时可能退回补报。" in said.text
    await anna.taps("提交")
    stored = CANONICAL | {"trainees_students": "暂缺：学校尚未报来名册"}
    assert await town.figures(base) == stored
    assert (await town.row(base)).state is ObligationState.SUBMITTED


async def test_rule_5_never_more_than_six_buttons(town: Town) -> None:
    _, anna = await begun(town)
    for text in FULL.values():
        for wrong in ("？？", "？？"):
            said = await anna.says(wrong)
            assert 1 <= len(said.buttons) <= 6
        said = await anna.says(text)
        assert 1 <= len(said.buttons) <= 6


async def test_rule_6_a_wild_change_is_asked_back_and_not_refused(town: Town) -> None:
    base, anna = await begun(town)
    said = await anna.says("900")
    assert "与上月 120.50 万元 相比变化 +647%，超过 ±50%。" in said.text
    assert list(said.buttons) == ["确认", "重填", "暂停"]
    await anna.taps("确认")
    assert await town.draft(base) == {"invest_month": "900.00"}


async def test_rule_7_every_answer_can_be_corrected_from_anywhere(town: Town) -> None:
    base, anna = await begun(town)
    await at_item(anna, 8)
    assert question(await anna.says("5=8")) == "8/22"
    said = await anna.says("改 3")
    assert "3/22 · 资金到位\n本月到位中央预算内资金（万元）\n现填：0.00 万元" in said.text
    assert question(await anna.says("2")) == "8/22"
    said = await anna.answers(8)
    assert "【投资完成】" in said.text
    assert "5. 本月到位地方政府债券：8.00 万元" in said.text
    said = await anna.says("14")
    assert "14/22 · 技能与合作" in said.text
    said = await anna.says("61")
    assert said.text.startswith("✓ 已改为：取得职业技能等级证书人数 61 人。")
    assert "汇总（22/22）" in said.text
    assert next(iter(said.buttons)) == "提交"
    draft = await town.draft(base)
    assert [draft[key] for key in ("funds_bond", "funds_central", "certified")] == ["8.00", "2.00", "61"]


async def test_rule_8_it_can_be_gone_on_with_and_says_how_much_there_is_until_when(town: Town) -> None:
    _, anna = await begun(town)
    await at_item(anna, 9)
    said = await anna.says("暂停")
    assert said.text == "已暂停，已填 8/22 项都已保存，2022-01-10 前报送。随时发任意文字继续。"
    said = await anna.says("继续")
    assert said.text.startswith("已填 8/22 项，2022-01-10 前报送。\n9/22 · 实训人次")


@pytest.mark.parametrize(
    ("no", "typed", "help_"),
    [
        (1, "你好", "本月完成投资填数字，以万元计，0 至 9999999999.99，最多两位小数。"),
        (10, "这个怎么填？", "企业职工实训填整数，以人次计，0 至 9999999999，可以带单位；没有的填 0。"),
        (8, "这一项怎么填？", "形象进度用文字填写，不超过 200 字，可以换行。"),
        (22, "什么意思", "需协调的成员单位从所列选项中选一个"),
        (9, "帮助", "发「待办」：列出待报事项并切换"),
    ],
)
async def test_rule_9_who_asks_back_gets_help_and_the_same_question_again(
    town: Town, no: int, typed: str, help_: str
) -> None:
    base, anna = await begun(town)
    await at_item(anna, no)
    before = await town.draft(base)
    said = await anna.says(typed)
    assert said.text.startswith(help_)
    assert question(said) == f"{no}/22"
    assert said.buttons
    assert await town.draft(base) == before


async def test_rule_10_several_lines_at_once_are_taken_whole_or_not_at_all(town: Town) -> None:
    base, anna = await begun(town)
    said = await anna.says("9=320\n企业职工实训：很多\n第30项：5")
    assert said.text.splitlines()[:3] == [
        "3 项中有 2 处不能采用，本次全部没有填入，已填的内容不变。请更正后重新发送：",
        "10. 企业职工实训：「很多」不是能识别的数字。请用阿拉伯数字填写企业职工实训，如 32、1,200、1.2万（单位：人次）。"
        "（依据《推进措施》二）",
        "「第30项：5」对不上本表的项目，请用第 1 至 22 项的序号或项目名称。",
    ]
    assert question(said) == "1/22"
    assert await town.draft(base) == {}
    lines = "\n".join(f"{n}={text}" for n, text in enumerate(FULL.values(), 1))
    said = await anna.says(lines)
    assert said.text.startswith("✓ 已填入 22 项，现已填 22/22 项。")
    assert (await anna.again()).text == said.text
    await anna.taps("提交")
    assert await town.figures(base) == CANONICAL
