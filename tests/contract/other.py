"""Dialogues beyond the month: what the office returns, other forms, applications, and those who are not known."""

from bot.channels import telegram
from tests.contract.month import OPENED, SUBMITTED, answered
from tests.contract.script import Script, again, hears, in_a_group, meanwhile, sends, taps, types
from tests.contract.settings import (
    accepts,
    alone,
    half_year,
    month,
    nobody,
    open_round,
    ordered,
    reopens,
    returns,
)
from tests.conversations.rounds import REGISTRATION
from tests.conversations.town import CANONICAL, PERIOD

AT_NOON = "2024-07-02 12:00"
STRANGER = "您好。这里只对已登记的基地联系人开放。请向厅际联席会议办公室索取一次性邀请码"
_HANDED_IN = (hears(OPENED), taps("开始填报", "1/22"), *answered(), taps("提交", SUBMITTED))

RETURNED = Script(
    "what was returned is asked again",
    month,
    (
        *_HANDED_IN,
        meanwhile(returns),
        hears("7. 本月到位主体自筹：与银行回单不符\n14. 取得职业技能等级证书人数：请核对证书数"),
        taps(
            "开始填报",
            "7/22 · 资金到位\n本月到位主体自筹（万元）\n原填：120.50 万元；退回理由：与银行回单不符",
        ),
        types("100", "14/22"),
        types("60", "14. 取得职业技能等级证书人数：60 人（退回，未改动）"),
        taps("提交", SUBMITTED),
    ),
    stored={PERIOD: CANONICAL | {"funds_self": "100.00"}},
)

REOPENED = Script(
    "a correction of what was accepted",
    month,
    (
        *_HANDED_IN,
        meanwhile(accepts),
        hears("2021年12月月调度（示例基地 {base}）已审核通过。"),
        types("更正", "可以提出更正的报送（发「更正 编号 理由」）：\n1. 2021年12月月调度（示例基地 {base}）"),
        types("更正 1", "请写明理由，发「更正 1 理由」。"),
        types(
            "更正 2021年12月 证书数录错",
            "✓ 已提出更正：2021年12月月调度（示例基地 {base}），等待办公室审定。",
        ),
        again("✓ 已提出更正"),
        meanwhile(reopens),
        hears("同意更正2021年12月月调度"),
        taps("开始填报", "汇总（22/22）"),
        types("14=58", "14. 取得职业技能等级证书人数：58 人（已更正）"),
        taps("提交", SUBMITTED),
    ),
    stored={PERIOD: CANONICAL | {"certified": "58"}},
)

OBJECTED = Script(
    "an objection",
    month,
    (
        hears(OPENED),
        types("异议", "可以提出异议的报送（发「异议 编号 理由」）：\n1. 2021年12月月调度（示例基地 {base}）"),
        types("异议 1", "请写明理由，发「异议 1 理由」。"),
        types(
            "异议 12月 项目尚未开工", "✓ 已提出异议：2021年12月月调度（示例基地 {base}），等待办公室审定。"
        ),
        again("✓ 已提出异议"),
        types("异议", "可以提出异议的报送"),
    ),
)

SELF_CHECK = Script(
    "a self-check with choices",
    half_year,
    (
        types("待办", "2024年第二季度 季督导"),
        taps("2024年第二季度 季督导 · 示例基地 {base}", "1/14"),
        taps("按计划", "✓ 对照建设计划的推进情况 按计划。\n2/14"),
        taps("滞后", "这个按钮已经过期", under="1/14"),
        taps("否", "3/14"),
        types("也许", "4/14"),
        types("上一项", "3/14"),
    ),
    begins=AT_NOON,
)

RECTIFIED = Script(
    "rectification with photos",
    ordered,
    (
        types("待办", "2024年第一季度 整改第1项"),
        taps("2024年第一季度 整改第1项 · 示例基地 {base}", "1/4"),
        types("示例：更换老化线路", "2/4"),
        types("2024-07-01", "3/4"),
        taps(
            "无",
            "4/4 · 整改佐证\n整改前后照片或证明文件（请发送 JPEG、PNG、PDF 文件，最多 5 个，发完点「完成」）",
        ),
        types("完成", "还没有收到整改前后照片或证明文件，请先发送文件。"),
        types("照片.jpg", "不是文件，整改前后照片或证明文件要发送文件"),
        sends(1),
        sends(2),
        sends(1),
        types("完成", "4. 整改前后照片或证明文件：附件 2 个"),
        taps("提交", "✓ 已收到 2024年第一季度 整改第1项，共 4 项"),
    ),
    begins=AT_NOON,
)

APPLIED = Script(
    "registering an application",
    open_round,
    (
        types("申报", "1/6 · 登记申报\n产业方向"),
        types("99", "不在「产业方向」的可选范围内"),
        types(REGISTRATION[0], "2/6"),
        taps("省级", "3/6"),
        types("上一项", "2/6"),
        types("省级", "3/6"),
        types(REGISTRATION[2], "4/6"),
        types("暂停", "已暂停，所填内容都已保存。发「申报」继续。"),
        types("申报", "已经开始的请继续，或另行申报其他产业方向。"),
        taps("继续登记", "4/6"),
        taps(REGISTRATION[3], "5/6"),
        types(REGISTRATION[4], "6/6"),
        types(REGISTRATION[5], "✓ 已登记：示例大数据实训基地", "的申报已登记（自愿申报）"),
        types("暂停", "已暂停，已填 0/20 项都已保存"),
        types("还缺", "申报还不能提交", "22. 还没有上传「建设实施方案」"),
        taps("填写申报书", "1/20"),
    ),
)

STRANGER_TALKS = Script(
    "a stranger",
    nobody,
    tuple(
        types(text, STRANGER)
        for text in ("你好", "待办", "基地", "5=40", "提交", "更正 1 理由", "申诉", "/help")
    ),
)

BAD_CODE = Script(
    "invite codes",
    nobody,
    (
        types("/start", STRANGER),
        types("/start 邀请码", "邀请码无效、已被使用或已过期。"),
        types("/start {code}", "示例联系人，您好，绑定成功。发「待办」查看待报事项"),
        again("示例联系人，您好，绑定成功。"),
        types("/start", "发「待办」：列出待报事项并切换"),
        types("基地", "示例基地 {base}"),
        types("待办", "目前没有待办事项。"),
    ),
)

NOTHING = Script(
    "nothing to do",
    alone,
    (
        types("待办", "目前没有待办事项。"),
        types("32", "目前没有待办事项。"),
        types("基地", "您名下没有基地。"),
        types("明天提醒我", "目前没有待办事项。"),
        types("申诉", "目前没有可以申诉的年考核。"),
        types("税收", "您名下没有行业骨干企业牵头的基地"),
        types("材料", "请发「申报」或「基地」"),
        types("申报", "现在没有可以申报的发榜。"),
    ),
)

IN_A_GROUP = Script(
    "in a group",
    month,
    (
        hears(OPENED),
        *(
            in_a_group(text, "为保护数据，请与我私聊办理。")
            for text in ("/todo", "/start x", "@jiebang_bot 32")
        ),
    ),
    channels=(telegram.NAME,),
)
"""Groups are something that only Telegram delivers."""

SCRIPTS = (
    *(RETURNED, REOPENED, OBJECTED, SELF_CHECK, RECTIFIED, APPLIED),
    *(STRANGER_TALKS, BAD_CODE, NOTHING, IN_A_GROUP),
)
