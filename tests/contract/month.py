"""Dialogues of 月调度."""

from domain.forms.registry import FORMS
from tests.contract.script import (
    ANNA,
    BORIS,
    OFFICE,
    Line,
    Script,
    again,
    hears,
    meanwhile,
    sends_sheet,
    taps,
    types,
)
from tests.contract.settings import (
    filled,
    month,
    month_after_another,
    two_bases,
    two_contacts,
    with_a_deputy,
    with_an_office,
)
from tests.conversations.town import CANONICAL, KIND, PERIOD
from tests.support import FULL

OPENED = "2021年12月月调度，共 22 项，2022-01-10 前报送（示例基地 {base}）"
SUBMITTED = "✓ 已收到 2021年12月 月调度，共 22 项，感谢您的报送。"
_LABELS = [question.label for question in FORMS[KIND].questions]


def answered(since: int = 1, until: int = 22, **different: str) -> tuple[Line, ...]:
    """Every item from `since` to `until`, typed."""
    texts = [*(FULL | different).values()]
    return tuple(types(texts[no - 1], f"✓ {_LABELS[no - 1]} ") for no in range(since, until + 1))


BY_TYPING = Script(
    "a month, typed item by item",
    month,
    (
        hears(OPENED),
        taps(
            "开始填报",
            "1/22 · 投资完成\n本月完成投资（万元）\n例：1200、1,200.50、1.2万；不小于 0，最多两位小数",
        ),
        *answered(),
        taps("提交", SUBMITTED),
        types("待办", "目前没有待办事项。"),
    ),
    stored={PERIOD: CANONICAL},
)

AS_LAST_MONTH = Script(
    "a month as the last one",
    month_after_another,
    (
        hears(OPENED),
        taps("开始填报", "上月：120.50 万元"),
        taps("同上月 120.50", "建议：1,241.00 万元（上月累计＋本月）"),
        taps("1,241.00", "✓ 开工以来累计完成投资 1,241.00 万元。\n3/22"),
        *(taps("同上月 0.00", f"✓ {_LABELS[no - 1]} 0.00 万元。") for no in range(3, 7)),
        taps("同上月 120.50", "8/22"),
        types("同上月", "✓ 形象进度 主体结构封顶。"),
        *(types("同上月", f"✓ {_LABELS[no - 1]} ") for no in range(9, 21)),
        taps("同上月 无", "22/22"),
        taps("同上月 无", "汇总（22/22）"),
        types("提交", SUBMITTED),
    ),
    stored={PERIOD: CANONICAL | {"invest_total": "1241.00"}},
)

CORRECTED = Script(
    "back and corrections",
    month,
    (
        hears(OPENED),
        taps("开始填报", "1/22"),
        types("120.5", "2/22"),
        types("1120.5", "3/22"),
        types("0", "4/22"),
        taps("上一项", "3/22 · 资金到位"),
        types("17", "✓ 已改为：本月到位中央预算内资金 17.00 万元。\n4/22"),
        types("5=40", "✓ 已改为：本月到位地方政府债券 40.00 万元。\n4/22"),
        again("✓ 已改为：本月到位地方政府债券 40.00 万元。\n4/22"),
        types("3＝１８", "✓ 已改为：本月到位中央预算内资金 18.00 万元。\n4/22"),
        types("23=1", "没有第 23 项，本表共 22 项。"),
        types("4=同上月", "「本月到位省级补助投资」没有可沿用的数值"),
        types("1=x", "「x」不是能识别的数字"),
        types("0", "6/22"),
    ),
)

WILD = Script(
    "a wild change is asked back",
    month_after_another,
    (
        hears(OPENED),
        taps("开始填报", "1/22"),
        types(
            "900",
            "本月完成投资 900.00 万元，与上月 120.50 万元 相比变化 +647%，超过 ±50%。\n核对无误请点「确认」",
        ),
        taps("重填", "1/22"),
        types("900", "超过 ±50%"),
        taps("确认", "✓ 本月完成投资 900.00 万元。\n2/22"),
        types("2000", "与上月累计 1120.50 万元加本月之和 2020.50 万元不一致"),
        types("确认", "✓ 开工以来累计完成投资 2,000.00 万元。\n3/22"),
        types("确认", "现在没有需要确认的内容。\n3/22"),
    ),
)

PAUSED = Script(
    "a rest in between",
    month,
    (
        hears(OPENED),
        taps("开始填报", "1/22"),
        types("120.5", "2/22"),
        taps("暂停", "已暂停，已填 1/22 项都已保存，2022-01-10 前报送。随时发任意文字继续。"),
        types("999", "2/22 · 投资完成"),
        types("暂停", "已暂停，已填 1/22 项都已保存，2022-01-10 前报送。"),
        types(
            "待办",
            "您有 1 项待办，请选择：\n1. 示例基地 {base}：2021年12月 月调度，2022-01-10 前报送（当前）",
        ),
        taps("2021年12月 月调度 · 示例基地 {base}", "2/22"),
        types("1120.5", "3/22"),
    ),
)

SUMMARY = Script(
    "summary, what is missing, submission",
    month,
    (
        hears(OPENED),
        types("汇总", "1/22"),
        types("汇总", "还没有填写任何一项。\n1/22"),
        types("120.5", "2/22"),
        types("汇总", "2021年12月 月调度 汇总（1/22）\n【投资完成】\n1. 本月完成投资：120.50 万元"),
        types("32", "现在是汇总，没有正在填写的项目。"),
        taps("提交", "还不能提交：已填 1/22 项，请继续填写。\n2/22"),
        *answered(since=2),
        types("20=9.5", "20. 成果孵化与交易转化收入：9.50 万元"),
        types("好的", "现在是汇总，没有正在填写的项目。"),
        types("提交", SUBMITTED),
        again(SUBMITTED),
        types("更正 2021年12月 录错", "这项报送现在是「已报送」，不能「申请更正」。"),
    ),
    stored={PERIOD: CANONICAL | {"income_transfer": "9.50"}},
)

OFF_SCRIPT = Script(
    "off the script",
    month,
    (
        hears(OPENED),
        taps("开始填报", "1/22"),
        types("三十二", "「三十二」不是能识别的数字。请用阿拉伯数字填写本月完成投资"),
        types("-3", "「-3」是负数，本月完成投资不能小于 0。没有请填 0。"),
        types("1.234", "「1.234」小数超过两位"),
        types("99999999999", "「99999999999」过大"),
        types("谢谢", "「谢谢」不是能识别的数字"),
        types("帮助", "发「待办」："),
        types("基地", "示例基地 {base}\n阶段："),
        types("1", "✓ 本月完成投资 1.00 万元。\n2/22"),
    ),
)

UNITS = Script(
    "full width, units and thousands",
    month,
    (
        hears(OPENED),
        taps("开始填报", "1/22"),
        *answered(
            invest_month="１２０．５",
            invest_total="0.11205万",
            funds_central="0元",
            funds_self="120.5万元",
            trainees_students=" 320 人次",
            teachers_dual="２５",
        ),
        types("提交", SUBMITTED),
    ),
    stored={PERIOD: CANONICAL},
)

TWO_FORMS = Script(
    "turning between two forms",
    two_bases,
    (
        hears(OPENED),
        hears(OPENED.replace("base", "other")),
        types("32", "您有 2 项待办，请选择：\n1. 示例基地 {base}"),
        taps("2021年12月 月调度 · 示例基地 {base}", "1/22"),
        types("120.5", "2/22"),
        types("待办", "前报送（当前）\n2. 示例基地 {other}"),
        taps("2021年12月 月调度 · 示例基地 {other}", "1/22"),
        types("7", "✓ 本月完成投资 7.00 万元。\n2/22"),
        taps("2021年12月 月调度 · 示例基地 {base}", "2/22"),
        meanwhile(filled),
        types("汇总", "汇总（22/22）"),
        taps("提交", f"{SUBMITTED}\n您还有 1 项待办，发「待办」查看。"),
        types("55", "2/22"),
        types("1007", "3/22"),
    ),
    stored={PERIOD: CANONICAL},
)

STALE = Script(
    "buttons that are out of date",
    month,
    (
        hears(OPENED),
        taps("开始填报", "1/22"),
        types("120.5", "2/22"),
        taps("0", "这个按钮已经过期，以下是当前内容。\n2/22", under="1/22 · 投资完成"),
        meanwhile(filled),
        types("汇总", "汇总（22/22）"),
        taps("提交", SUBMITTED),
        taps(
            "提交", "2021年12月月调度已经报送，不能再改。（依据本系统约定月调度时限）", under="汇总（22/22）"
        ),
        taps("开始填报", "2021年12月月调度已经报送，不能再改。", under="点「开始填报」逐项回答"),
    ),
    stored={PERIOD: CANONICAL},
)

TOMORROW = Script(
    "to be reminded tomorrow",
    month,
    (
        hears(OPENED),
        taps("明天提醒我", "好的，2022-01-06 再提醒您。"),
        taps("开始填报", "1/22", under="好的"),
        types("明天", "好的，2022-01-06 再提醒您。"),
        types("120.5", "✓ 本月完成投资 120.50 万元。\n2/22"),
    ),
)

TWO_CONTACTS = Script(
    "two people, one form",
    two_contacts,
    (
        hears(OPENED),
        hears(OPENED, who=BORIS),
        taps("开始填报", "1/22"),
        taps("开始填报", "1/22", who=BORIS),
        types("120.5", "2/22", who=ANNA),
        taps("0", "这个按钮已经过期，以下是当前内容。\n2/22", who=BORIS),
        types("1120.5", "3/22", who=BORIS),
        types("0", "4/22", who=BORIS),
    ),
)

PASTED = Script(
    "several lines at once",
    month,
    (
        hears(OPENED),
        taps("开始填报", "1/22"),
        types("本月完成投资：120.5\n30=5", "2 项中有 1 处不能采用，本次全部没有填入"),
        types("本月完成投资：120.5\n3=0\n企业职工实训：80", "✓ 已填入 3 项，现已填 3/22 项。\n2/22"),
        again("✓ 已填入 3 项，现已填 3/22 项。\n2/22"),
        types("\n".join(f"{n}={text}" for n, text in enumerate(FULL.values(), 1)), "现已填 22/22 项。"),
        types("提交", SUBMITTED),
    ),
    stored={PERIOD: CANONICAL},
)

SKIPPED = Script(
    "an item that is skipped",
    month,
    (
        hears(OPENED),
        taps("开始填报", "1/22"),
        types("跳过", "本月完成投资 暂不能填报的，请用一句话说明原因"),
        taps("重填", "1/22"),
        *answered(until=8),
        types("跳过", "请用一句话说明原因"),
        types("学校尚未报来名册", "✓ 高校在校生实训 暂缺：学校尚未报来名册。\n10/22"),
        *answered(since=10),
        types("提交", SUBMITTED),
    ),
    stored={PERIOD: CANONICAL | {"trainees_students": "暂缺：学校尚未报来名册"}},
)

BY_SHEET = Script(
    "a sheet",
    month,
    (
        hears(OPENED),
        taps("开始填报", "1/22"),
        types("下载模板", "2021年12月 月调度 的 Excel 模板如下"),
        sends_sheet(F5=120.5, F6=1120.5, F13=320),
        types("汇总", "汇总（3/22）"),
    ),
)

HANDED_OVER = Script(
    "handed over to the deputy and taken back",
    with_a_deputy,
    (
        hears(OPENED),
        taps("开始填报", "1/22"),
        types("120.5", "2/22"),
        types("转交", f"转交给副联系人{BORIS}（已填 1/22 项，都已保存）。"),
        hears(f"{ANNA}将示例基地 {{base}} 2021年12月 月调度转交给您，已填 1/22 项", who=BORIS),
        taps("开始填报", "2/22", who=BORIS),
        types("1120.5", "3/22", who=BORIS),
        again("3/22", who=BORIS),
        taps("收回", "收回"),
        hears(f"{ANNA}已收回示例基地 {{base}} 2021年12月 月调度", who=BORIS),
    ),
)

DECIDED = Script(
    "the office returns two items",
    with_an_office,
    (
        hears(OPENED),
        taps("开始填报", "1/22"),
        *answered(),
        taps("提交", SUBMITTED),
        types("待我办", "待办共 1 项，第 1 至 1 项：", who=OFFICE),
        taps("1. 月调度", "自 2022-01-05 起等待", who=OFFICE),
        taps("退回", "请写明「退回」的项目和理由", who=OFFICE),
        types("请核对", "「请核对」不能识别。", who=OFFICE),
        types("5：与批复不符；7：请附回单", "请确认：", who=OFFICE),
        taps("确认", "✓ 已办理：", who=OFFICE),
        again("✓ 已办理：", who=OFFICE),
        hears("5. 本月到位地方政府债券：与批复不符\n7. 本月到位主体自筹：请附回单"),
        taps("开始填报", "5/22"),
    ),
    stored={PERIOD: CANONICAL},
)

SCRIPTS = (
    *(BY_TYPING, AS_LAST_MONTH, CORRECTED, WILD, PAUSED, SUMMARY),
    *(OFF_SCRIPT, UNITS, TWO_FORMS, STALE, TOMORROW, TWO_CONTACTS),
    *(PASTED, SKIPPED, BY_SHEET, HANDED_OVER, DECIDED),
)
