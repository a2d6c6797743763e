"""月调度 in a chat, from the notice to 提交."""

from tests.conversations.town import CANONICAL, Town
from tests.peers.phone import Said

FIRST_QUESTION = "1/22 · 投资完成\n本月完成投资（万元）\n例：1200、1,200.50、1.2万；不小于 0，最多两位小数"


def question(said: Said) -> str:
    """The question at the end of an answer: 9/22."""
    return next(line for line in said.text.splitlines() if "/22 · " in line).split(" ")[0]


async def test_from_the_notice_to_the_figures(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    said = await anna.hears("2021年12月月调度，共 22 项，2022-01-10 前报送", base)
    assert list(said.buttons) == ["开始填报", "明天提醒我", "下载模板"]
    said = await anna.taps("开始填报")
    assert said.text == FIRST_QUESTION
    assert list(said.buttons) == ["0", "暂停"]
    said = await anna.answers()
    assert "汇总（22/22）" in said.text
    said = await anna.taps("提交")
    assert said.text == "✓ 已收到 2021年12月 月调度，共 22 项，感谢您的报送。"
    assert said.buttons == {}
    assert await town.figures(base) == CANONICAL
    assert (await town.row(base)).on_time
    assert "目前没有待办事项" in (await anna.says("待办")).text
    assert await anna.unheard() == []


async def test_as_people_type(town: Town) -> None:
    base = await town.base(opening_total=None)
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    await anna.taps("开始填报")
    typed = {
        "invest_month": "１，２００",  # full width
        "invest_total": "0.12万",
        "funds_central": "5000元",
        "funds_self": "1,200万元",
        "trainees_students": " 320 人次",
        "teachers_dual": "２５",
        "help_from": "2",
    }
    await anna.answers(1, **typed)
    await anna.says("提交")
    stored = await town.figures(base)
    assert {key: stored[key] for key in typed} == {
        "invest_month": "1200.00",
        "invest_total": "1200.00",
        "funds_central": "0.50",
        "funds_self": "1200.00",
        "trainees_students": "320",
        "teachers_dual": "25",
        "help_from": "省教育厅",
    }


async def test_wrong_answers_get_the_reason_and_the_question_again(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    await anna.taps("开始填报")
    for wrong, reason in (
        ("三十二", "「三十二」不是能识别的数字。请用阿拉伯数字填写本月完成投资，如 32、1,200、1.2万"),
        ("-3", "「-3」是负数，本月完成投资不能小于 0。没有请填 0。"),
        ("1.234", "「1.234」小数超过两位"),
        ("99999999999", "「99999999999」过大"),
        ("谢谢", "「谢谢」不是能识别的数字"),
    ):
        said = await anna.says(wrong)
        assert said.text.startswith(reason)
        assert said.text.endswith(FIRST_QUESTION)
        assert said.buttons
    assert await town.draft(base) == {}
    for answer in ("120.50", "1120.50", "0", "0", "0", "0", "120.50"):
        await anna.says(answer)
    said = await anna.says("进" * 201)
    assert "形象进度共 201 字，超过 200 字" in said.text
    assert question(said) == "8/22"
    await anna.says("进" * 200)
    said = await anna.says("1.5")
    assert said.text.startswith("「1.5」不是整数，高校在校生实训以人次计")
    assert question(said) == "9/22"
    for answer in ("320", "80", "0", "0", "5", "60", "1", "25", "2", "3.2", "0", "0", "无"):
        await anna.says(answer)
    said = await anna.says("外星局")
    assert "「外星局」不在成员单位名单内" in said.text
    assert question(said) == "22/22"
    assert "1. 省发展改革委" in said.text
    assert "汇总（22/22）" in (await anna.taps("无")).text


async def test_doubts_are_asked_back_and_kept_if_confirmed(town: Town) -> None:
    base = await town.base()
    await town.reported(base, "2021-11")
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    said = await anna.taps("开始填报")
    assert "上月：120.50 万元" in said.text
    said = await anna.says("900")
    assert said.text.startswith("本月完成投资 900.00 万元，与上月 120.50 万元 相比变化 +647%，超过 ±50%。")
    assert list(said.buttons) == ["确认", "重填", "暂停"]
    said = await anna.taps("重填")
    assert question(said) == "1/22"
    await anna.says("900")
    assert await town.draft(base) == {}
    said = await anna.says("确认")
    assert said.text.startswith("✓ 本月完成投资 900.00 万元。")
    assert "建议：2,020.50 万元（上月累计＋本月）" in said.text
    said = await anna.says("2000")
    assert "与上月累计 1120.50 万元加本月之和 2020.50 万元不一致" in said.text
    said = await anna.says("6000")
    assert "超过计划总投资 5000.00 万元" in said.text
    said = await anna.says("2020.5")
    assert question(said) == "3/22"
    assert await town.draft(base) == {"invest_month": "900.00", "invest_total": "2020.50"}


async def test_more_certificates_than_trainees(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    await anna.taps("开始填报")
    for answer in ("1", "1001", "0", "0", "0", "0", "1", "在建", "3", "2", "1", "0", "0"):
        await anna.says(answer)
    said = await anna.says("7")
    assert said.text.startswith("取得职业技能等级证书人数 7 人，多于本月实训人次合计 6。")
    assert question(await anna.taps("确认")) == "15/22"


async def test_a_month_like_the_last_in_twenty_two_taps(town: Town) -> None:
    base = await town.base()
    await town.reported(base, "2021-11")
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    said = await anna.taps("开始填报")
    while "汇总（" not in said.text:
        label = next(b for b in said.buttons if b.startswith("同上月") or b == "1,241.00")
        said = await anna.taps(label)
        assert said.text.startswith("✓")
    await anna.taps("提交")
    assert await town.figures(base) == CANONICAL | {"invest_total": "1241.00"}


async def test_back_and_corrections(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    await anna.taps("开始填报")
    for answer in ("120.5", "1120.5", "0"):
        await anna.says(answer)
    said = await anna.taps("上一项")
    assert question(said) == "3/22"
    said = await anna.says("17")
    assert said.text.startswith("✓ 已改为：本月到位中央预算内资金 17.00 万元。")
    assert question(said) == "4/22"
    said = await anna.says("3＝18")
    assert said.text.startswith("✓ 已改为：本月到位中央预算内资金 18.00 万元。")
    said = await anna.says("5=40")
    assert said.text.startswith("✓ 已改为：本月到位地方政府债券 40.00 万元。")
    assert question(said) == "4/22"
    assert (await anna.says("23=1")).text.startswith("没有第 23 项，本表共 22 项。")
    assert (await anna.says("4=同上月")).text.startswith("「本月到位省级补助投资」没有可沿用的数值")
    assert (await anna.says("1=x")).text.startswith("「x」不是能识别的数字")
    said = await anna.says("0")
    assert question(said) == "6/22", "the fifth is answered already"
    assert await town.draft(base) == {
        "invest_month": "120.50",
        "invest_total": "1120.50",
        "funds_central": "18.00",
        "funds_province": "0.00",
        "funds_bond": "40.00",
    }
    for _ in range(9):
        said = await anna.says("上一项")
    assert said.text.startswith("这已是第一项。")


async def test_the_summary_stands_by_group(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    assert (await anna.says("汇总")).text.endswith(FIRST_QUESTION), "anything starts a form at rest"
    assert (await anna.says("汇总")).text.startswith("还没有填写任何一项。")
    await anna.says("120.5")
    said = await anna.says("汇总")
    assert "汇总（1/22）" in said.text
    said = await anna.says("32")
    assert "本表已填完" not in said.text, "twenty-one are missing"
    said = await anna.taps("提交")
    assert said.text.startswith("还不能提交：已填 1/22 项，请继续填写。")
    assert question(said) == "2/22"
    said = await anna.answers(since=2)
    assert said.text.splitlines()[1:12] == [
        "2021年12月 月调度 汇总（22/22）",
        "【投资完成】",
        "1. 本月完成投资：120.50 万元",
        "2. 开工以来累计完成投资：1,120.50 万元",
        "【资金到位】",
        "3. 本月到位中央预算内资金：0.00 万元",
        "4. 本月到位省级补助投资：0.00 万元",
        "5. 本月到位地方政府债券：0.00 万元",
        "6. 本月到位国内外贷款：0.00 万元",
        "7. 本月到位主体自筹：120.50 万元",
        "【形象进度】",
    ]
    groups = [line for line in said.text.splitlines() if line.startswith("【")]
    assert groups == [
        f"【{g}】"
        for g in ("投资完成", "资金到位", "形象进度", "实训人次", "技能与合作", "经营收入", "问题与协调")
    ]
    assert "完成率 22.4%，序时进度 50.0%，相差 -27.6 个百分点。" in said.text
    said = await anna.says("20=9.5")
    assert "20. 成果孵化与交易转化收入：9.50 万元" in said.text
    assert (await anna.says("好的")).text.startswith("现在是汇总，没有正在填写的项目。")
    await anna.says("提交")
    assert (await town.figures(base))["income_transfer"] == "9.50"


async def test_a_rest_in_between(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    await anna.taps("开始填报")
    await anna.says("120.5")
    said = await anna.taps("暂停")
    assert said.text == "已暂停，已填 1/22 项都已保存，2022-01-10 前报送。随时发任意文字继续。"
    assert list(said.buttons) == ["开始填报", "明天提醒我", "下载模板"]
    assert "（当前）" in (await anna.says("待办")).text
    said = await anna.says("999")
    assert question(said) == "2/22", "the text wakes the form up and is not an answer"
    assert await town.draft(base) == {"invest_month": "120.50"}
    await anna.says("暂停")
    assert question(await anna.taps("开始填报")) == "2/22"


async def test_a_stale_button_shows_what_is_current(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    first = await anna.taps("开始填报")
    await anna.says("120.5")
    said = await anna.taps("0", on=first)
    assert said.text.startswith("这个按钮已经过期，以下是当前内容。")
    assert question(said) == "2/22"
    assert await town.draft(base) == {"invest_month": "120.50"}
    await anna.says("暂停")
    said = await anna.taps("0", on=first)
    assert "以下是当前内容。\n2021年12月 月调度：已填 1/22 项，2022-01-10 前报送。" in said.text
    await anna.says("继续")
    await town.fill(base)
    summary = await anna.says("汇总")
    await anna.taps("提交")
    said = await anna.taps("提交", on=summary)
    assert said.text == "2021年12月月调度已经报送，不能再改。（依据本系统约定月调度时限）"
    assert await town.figures(base) == CANONICAL


async def test_after_the_lock_the_clause_is_named(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    notice = await anna.hears("点「开始填报」")
    await anna.taps("开始填报")
    await anna.says("120.5")
    question = (await anna.look())[-1]
    await town.later("2022-01-25 12:00")
    await anna.hears("提醒：2021年12月月调度", "请于 2022-01-10 前报送，已填 1/22 项")
    await anna.hears("最后一天，已填 1/22 项")
    await anna.hears("已逾期，2022-01-24 前仍可补报")
    said = await anna.hears("已过补报期限，记为缺报")
    assert said.buttons == {}
    refused = "2021年12月月调度已于 2022-01-24 锁定，不能再报。（依据本系统约定月调度时限）"
    assert (await anna.says("1120.50")).text == refused
    assert (await anna.taps("暂停", on=question)).text == refused
    assert (await anna.taps("开始填报", on=notice)).text == refused
    assert await town.figures(base) == {}
    assert (await anna.says("1120.50")).text == "目前没有待办事项。"


async def test_late_is_accepted_and_noted(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    await town.later("2022-01-12 12:00")
    await anna.hears("已逾期")
    await anna.says("开始")
    await town.fill(base)
    await anna.says("提交")
    assert (await town.row(base)).on_time is False
