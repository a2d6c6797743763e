"""A card that was used does not work any more, and of several about one thing only the newest does."""

from datetime import timedelta

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import AnswerCallbackQuery
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from sqlalchemy import select, update

from persistence.tables import wecom_inbox, wecom_messages
from tests.channels.wecom.conftest import Office
from tests.peers.wecom_member import Member, Shown
from tests.support import eventually

UPDATE = "message/update_template_card"


def keyboard(**buttons: str) -> InlineKeyboardMarkup:
    """Labels with what they carry."""
    row = [InlineKeyboardButton(text=label, callback_data=data) for label, data in buttons.items()]
    return InlineKeyboardMarkup(inline_keyboard=[row])


async def asked(office: Office, member: Member, text: str, **buttons: str) -> Shown:
    """A message with buttons, as it is on the screen."""
    await office.bot.send_message(await office.number_of(member), text, reply_markup=keyboard(**buttons))
    await office.settled()
    said = member.screen[-1]
    assert isinstance(said, Shown)
    return said


def frozen(said: Shown) -> list[str]:
    """What the cards of a message say instead of their buttons."""
    return [card.frozen for card in said.cards]


async def test_a_form_on_cards(office: Office) -> None:
    """From the notice on: every card that was tapped says what was chosen, and the questions before are closed."""
    base = await office.town.base()
    anna = await office.contact(base)
    async with office.open():
        await office.town.start(base)
        notice = await anna.hears()
        assert "点「开始填报」" in notice.text
        await eventually(lambda: _buttons(notice), lambda names: "开始填报" in names)
        anna.taps("开始填报")
        first = await anna.hears()
        assert first.text.startswith("1/22")
        assert isinstance(notice, Shown)
        assert frozen(notice) == ["已选：开始填报"]
        anna.types("120.50")
        second = await anna.hears()
        await office.done()
        assert second.text.startswith("✓ 本月完成投资 120.50 万元。\n2/22")
        assert isinstance(first, Shown)
        assert frozen(first) == ["已更新"]
        anna.taps("上一项")
        third = await anna.hears()
        assert third.text.startswith("1/22")
        await office.done()
        assert isinstance(second, Shown)
        assert frozen(second) == ["已选：上一项"]
        assert isinstance(third, Shown)
        assert frozen(third) == [""]


async def _buttons(said: object) -> list[str]:
    assert isinstance(said, Shown)
    return list(said.buttons)


async def test_only_the_newest_card_about_a_thing_stays_open(office: Office) -> None:
    anna, boris = office.wecom.member("anna"), office.wecom.member("boris")
    first = await asked(office, anna, "第一次提醒", 开始="f:12:1:start", 明天提醒我="z:12")
    other = await asked(office, anna, "另一张表", 开始="f:13:1:start")
    his = await asked(office, boris, "第一次提醒", 开始="f:12:1:start")
    several = await asked(office, anna, "待办", 甲="t:12", 乙="t:13")
    second = await asked(office, anna, "第二次提醒", 开始="f:12:2:start", 明天提醒我="z:12")
    assert frozen(first) == ["已更新"]
    assert [frozen(said) for said in (other, his, several, second)] == [[""]] * 4
    await office.bot.send_message(await office.number_of(anna), "没有按钮的话")
    assert frozen(second) == [""]


async def test_the_cards_of_one_message_are_closed_together(office: Office) -> None:
    anna = await office.contact()
    ten = {f"第{n}个": f"x:{n}" for n in range(10)}
    said = await asked(office, anna, "选一个", **ten)
    assert len(said.cards) == 2
    async with office.open():
        anna.taps("第8个")
        await anna.hears()  # the button is of another time
        await office.done()
    # the answer came over the chat, so that the cards stay open
    assert frozen(said) == ["", ""]
    fields = anna.tapped("第8个", said)
    async with office.answering():
        office.wecom.deliver(fields)
        await office.wecom.delivered()
    number = await _newest_arrival(office)
    await office.bot(AnswerCallbackQuery(callback_query_id=str(number)))
    assert frozen(said) == ["已选其他项", "已选：第8个"]


async def _newest_arrival(office: Office) -> int:
    async with office.town.database.transaction() as tx:
        return int(await tx.scalar(select(wecom_inbox.c.id).order_by(wecom_inbox.c.id.desc()).limit(1)) or 0)


async def test_what_is_said_over_the_chat_comes_as_a_message(office: Office) -> None:
    anna = await office.contact()
    said = await asked(office, anna, "请选择一项", 甲="x:1")
    async with office.answering():
        office.wecom.deliver(anna.tapped("甲", said))
        await office.wecom.delivered()
    number = await _newest_arrival(office)
    await office.bot.answer_callback_query(str(number), "这不是您负责的事项。", show_alert=True)
    assert [each.text for each in anna.screen] == ["请选择一项", "这不是您负责的事项。"]
    assert frozen(said) == [""]
    with pytest.raises(TelegramBadRequest):
        await office.bot.answer_callback_query("4711")


@pytest.mark.parametrize("how", ["spent", "too old", "out", "busy", "refused"])
async def test_a_card_that_cannot_be_frozen_harms_nobody(office: Office, how: str) -> None:
    anna = office.wecom.member("anna")
    first = await asked(office, anna, "第一次提醒", 开始="f:12:1:start")
    match how:
        case "spent":
            office.wecom._codes.clear()
        case "too old":
            office.wecom.codes_grow_old()
        case "out":
            office.wecom.fail(502, UPDATE)
        case "busy":
            office.wecom.refuse(45009, UPDATE)
        case _:
            office.wecom.refuse(40058, UPDATE)
    second = await asked(office, anna, "第二次提醒", 开始="f:12:2:start")
    assert (frozen(first), frozen(second)) == ([""], [""])
    assert office.wecom.calls.count(UPDATE) == 1
    third = await asked(office, anna, "第三次提醒", 开始="f:12:3:start")
    # what was refused for good is not tried again; what was not answered is
    assert frozen(first) == (["已更新"] if how in ("out", "busy") else [""])
    assert frozen(second) == ["已更新"]
    assert frozen(third) == [""]


async def test_a_code_of_three_days_ago_is_not_even_tried(office: Office) -> None:
    anna = office.wecom.member("anna")
    await asked(office, anna, "第一次提醒", 开始="f:12:1:start")
    async with office.town.database.transaction() as tx:
        earlier = wecom_messages.c.sent_at - timedelta(hours=73)
        await tx.execute(update(wecom_messages).values(sent_at=earlier))
    await asked(office, anna, "第二次提醒", 开始="f:12:2:start")
    assert office.wecom.calls.count(UPDATE) == 0


async def test_editing_closes_the_card_and_says_it_anew(office: Office) -> None:
    anna = office.wecom.member("anna")
    chat = await office.number_of(anna)
    markup = keyboard(甲="x:1")
    sent = await office.bot.send_message(chat, "原来的话", reply_markup=markup)
    await sent.edit_text("改过的话", reply_markup=keyboard(乙="x:2"))
    old, new = anna.screen
    assert isinstance(old, Shown)
    assert isinstance(new, Shown)
    assert (frozen(old), new.text, list(new.buttons)) == (["已更新"], "改过的话", ["乙"])
    again = await office.bot.send_message(chat, "还有按钮", reply_markup=markup)
    await again.edit_reply_markup(reply_markup=None)
    shown = anna.screen[-1]
    assert isinstance(shown, Shown)
    assert (shown.text, frozen(shown)) == ("还有按钮", ["已更新"])
    await again.edit_reply_markup(reply_markup=keyboard(丙="x:3"))
    assert anna.screen[-1].buttons["丙"] == "x:3"


async def test_a_tap_that_comes_twice_freezes_once(office: Office) -> None:
    anna = office.wecom.member("anna")
    said = await asked(office, anna, "请选择一项", 甲="x:1")
    async with office.answering():
        office.wecom.deliver(anna.tapped("甲", said))
        await office.wecom.delivered()
    number = await _newest_arrival(office)
    for _ in range(2):
        await office.bot.answer_callback_query(str(number))
    assert frozen(said) == ["已选：甲"]
    assert office.wecom.calls.count(UPDATE) == 1


async def test_somebody_elses_card_is_not_touched(office: Office) -> None:
    anna, boris = office.wecom.member("anna"), office.wecom.member("boris")
    said = await asked(office, anna, "请选择一项", 甲="x:1")
    async with office.answering():
        office.wecom.deliver(boris.tapped("甲", said))
        await office.wecom.delivered()
    await office.bot.answer_callback_query(str(await _newest_arrival(office)))
    assert frozen(said) == [""]
