"""Who may talk with the bot: invite codes, strangers, groups, and what is not words."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.channels import telegram
from bot.keyboards import BaseAct, BaseButton, FormButton, TurnButton
from domain.views import Action
from persistence.tables import chats
from tests.conversations.people import Phone
from tests.conversations.town import Town
from tests.peers.phone import ME, Said
from tests.support import eventually

HOW_TO_GET_A_CODE = (
    "您好。这里只对已登记的基地联系人开放。请向厅际联席会议办公室索取一次性邀请码，然后发送：/start 邀请码"
)
BAD_CODE = "邀请码无效、已被使用或已过期。请向厅际联席会议办公室重新索取，然后发送：/start 邀请码"
ON_THE_PHONE = pytest.mark.parametrize("channel", [telegram.NAME], indirect=True)


async def test_a_stranger_learns_how_to_get_a_code_and_nothing_else(town: Town) -> None:
    base = await town.base()
    anna, stranger = await town.contact_of(base), await town.stranger()
    await town.start(base)
    await anna.hears("点「开始填报」")
    form = await anna.taps("开始填报")
    for text in (
        *("/start", "/help", "帮助", "?", "待办", "/todo", "基地", "/base", "开始填报", "32", "5=40", "提交"),
        "' OR 1=1 --",
        "/nonsense",
    ):
        assert (await stranger.says(text)).text == HOW_TO_GET_A_CODE, text
    buttons = {
        "form": FormButton(no=1, revision=1, action=Action.ZERO).pack(),
        "turn": TurnButton(no=1).pack(),
        "base": BaseButton(act=BaseAct.WITHDRAW_SURE, base_id=base).pack(),
        "old": "x:1",
    }
    for label in buttons:
        said = await stranger.taps(label, on=Said(form.message_id, form.text, buttons))
        assert (said.text, said.buttons) == (HOW_TO_GET_A_CODE, {}), label
    assert await town.draft(base) == {}


async def test_a_code_binds_once(town: Town) -> None:
    base = await town.base()
    code = await town.code_for(base)
    boris, stranger = await town.stranger("宝"), await town.stranger("外")
    assert (await boris.says(f"/start {code[:-1]}")).text == BAD_CODE
    assert (await boris.says("/start 邀请码")).text == BAD_CODE
    said = await boris.says(f"/start {code}")
    assert said.text.startswith("示例联系人，您好，绑定成功。发「待办」查看待报事项")
    assert (await boris.again()).text == said.text, "the same delivery once more"
    assert (await stranger.says(f"/start {code}")).text == BAD_CODE
    assert (await stranger.says("待办")).text == HOW_TO_GET_A_CODE
    assert (await boris.says("/start")).text.startswith("发「待办」：列出待报事项并切换")
    assert base in (await boris.says("基地")).text


async def test_whoever_binds_late_is_told_what_waits(town: Town) -> None:
    base = await town.base()
    code = await town.code_for(base)
    await town.start(base)
    await eventually(lambda: town.row(base))
    late = await town.stranger("晚到")
    await late.sends(await late.platform.typed(f"/start {code}"))
    said = await late.hears("您有 1 项待办，请选择：", "2021年12月 月调度")
    (button,) = said.buttons
    await late.sends(await late.tapped(button, said))
    await late.hears("1/22 · 投资完成")


async def test_a_code_expires(town: Town) -> None:
    late = await town.code_for(await town.base(), datetime.now(UTC) - timedelta(seconds=1))
    assert (await (await town.stranger()).says(f"/start {late}")).text == BAD_CODE


async def test_whom_nothing_waits_for(town: Town) -> None:
    anna = await town.contact_of()
    assert (await anna.says("待办")).text == "目前没有待办事项。"
    assert (await anna.says("32")).text == "目前没有待办事项。"
    assert (await anna.says("基地")).text == "您名下没有基地。"
    for text in ("帮助", " 帮助 ", "?", "？", "/help"):
        assert "「同上月」「汇总」「暂停」「提交」" in (await anna.says(text)).text


@ON_THE_PHONE
async def test_in_a_group_it_asks_whoever_speaks_to_it_for_a_private_chat(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    code = await town.code_for(base)
    assert isinstance(anna.platform, Phone)
    phone = anna.platform

    async def says(text: str, **more: object) -> list[str]:
        town.api.groups.clear()
        update = phone.update(phone.person.sends({"text": text, **more}, group=True))
        await town.dispatcher.feed_update(town.bot, update, channel=telegram.NAME)
        return list(town.api.groups)

    answer = ["为保护数据，请与我私聊办理。"]
    for text in (f"/start {code}", "/todo", "/todo@jiebang_bot", "@Jiebang_Bot 待办", "请 @jiebang_bot 看"):
        assert await says(text) == answer, text
    for text in ("待办", "基地", "32", "是", "明天开会", "/start@other_bot", "@jiebang_bot_2 待办", "a@b.cn"):
        assert await says(text) == [], text
    mine = {"message_id": 1, "date": 0, "chat": {"id": -1, "type": "group"}, "from": ME, "text": "x"}
    assert await says("好", reply_to_message=mine) == answer
    assert await says("好", reply_to_message=mine | {"from": ME | {"id": 5}}) == []
    assert await anna.unheard() == []
    async with town.database.transaction() as tx:
        assert await tx.scalar(select(chats.c.last_used_at)) is None, "a group is not the person's chat"


@ON_THE_PHONE
async def test_stickers_and_photos_get_a_polite_line(town: Town) -> None:
    anna, stranger = await town.contact_of(), await town.stranger()
    file = {"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}
    sticker = {"sticker": file | {"type": "regular", "is_animated": False, "is_video": False}}
    typed_or_pdf = "这里只接收文字、按钮和 PDF 文件。填报请用文字回复，材料请以 PDF 文件发送。"
    as_pdf = "照片不能作为材料。请转成 PDF 以文件发送。"
    for content, line in ((sticker, typed_or_pdf), ({"photo": [file], "caption": "32"}, as_pdf)):
        for person, answer in ((anna, line), (stranger, HOW_TO_GET_A_CODE)):
            assert isinstance(person.platform, Phone)
            phone = person.platform
            assert (await person.delivers(phone.update(phone.person.sends(content)))).text == answer


async def test_a_button_of_another_time(town: Town) -> None:
    anna = await town.contact_of()
    said = await anna.taps("?", on=Said(1, "", {"?": "x:1:2:3"}))
    assert said.text.startswith("这个按钮已经失效。请发「待办」")


@ON_THE_PHONE
async def test_a_tap_on_a_message_that_telegram_has_forgotten(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    assert isinstance(anna.platform, Phone)
    phone = anna.platform
    said = await anna.delivers(phone.update(phone.person.taps("开始填报", long_ago=True)))
    assert said.text.startswith("1/22")


@ON_THE_PHONE
async def test_a_tap_that_is_too_old_to_be_answered(town: Town) -> None:
    base, other = await town.base(), await town.base()
    anna, boris = await town.contact_of(base), await town.contact_of(other, name="宝")
    await town.start(base)
    await anna.hears("点「开始填报」")
    await anna.taps("开始填报")
    tap = await anna.tapped("0")
    town.api.forget_queries()
    assert (await anna.delivers(tap)).text.startswith("✓ 本月完成投资 0.00 万元。")
    tap = await boris.tapped("0", on=(await anna.look())[-2])
    town.api.forget_queries()
    said = await boris.delivers(tap)
    assert (said.text, said.alert) == ("这不是您负责的事项。", False)
