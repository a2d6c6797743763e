"""Contacts of other corps (互联企业): no cards, buttons are numbered lines."""

import pytest
from aiogram.exceptions import TelegramForbiddenError
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from tests.channels.wecom.conftest import Office
from tests.conversations.town import CANONICAL
from tests.support import FULL


@pytest.fixture
def linked() -> bool:
    """They are."""
    return True


async def test_a_form_in_numbered_lines(office: Office) -> None:
    base = await office.town.base()
    anna = await office.contact(base, name="wwother/anna")
    async with office.open():
        await office.town.start(base)
        notice = await anna.hears()
        assert "#1 开始填报" in notice.text.splitlines()
        assert notice.buttons == {}
        anna.types("#1")
        assert (await anna.hears()).text.startswith("1/22")
        office.wecom.most_a_minute = None
        office.bot.session.outbox._limits = ()  # type: ignore[attr-defined]
        for answer in FULL.values():
            anna.types(answer)
            said = await anna.hears()
            assert said.text.startswith("✓")
        line = next(line for line in said.text.splitlines() if line.endswith(" 提交"))
        anna.types(f"＃ {line.split()[0][1:]}")
        assert (await anna.hears()).text.startswith("✓ 已收到")
        await office.done()
    assert await office.town.figures(base) == CANONICAL
    assert {body["msgtype"] for body in office.wecom.sent} == {"text"}
    assert "message/send" not in office.wecom.calls


async def test_a_number_that_was_not_offered_is_a_text(office: Office) -> None:
    base = await office.town.base()
    anna = await office.contact(base, name="wwother/anna")
    async with office.open():
        await office.town.start(base)
        await anna.hears()
        anna.types("#1")
        assert (await anna.hears()).text.startswith("1/22")
        for typed in ("#9", "#0", "#1号"):
            anna.types(typed)
            assert f"「{typed}」" in (await anna.hears()).text, (
                "no such button: an answer, and none that is a number"
            )
        await office.done()
    assert await office.town.draft(base) == {}


async def test_who_is_not_linked_any_more(office: Office) -> None:
    anna = office.wecom.member("wwother/Anna")
    chat = await office.number_of(anna)
    anna.gone = True
    with pytest.raises(TelegramForbiddenError):
        await office.bot.send_message(chat, "甲")


async def test_long_texts_are_cut_and_the_numbers_end_them(office: Office) -> None:
    anna = office.wecom.member("wwother/anna")
    row = [InlineKeyboardButton(text="一个很长很长很长的按钮", callback_data="x:1")]
    await office.bot.send_message(
        await office.number_of(anna),
        "。".join(["长" * 100] * 15),
        reply_markup=InlineKeyboardMarkup(inline_keyboard=[row]),
    )
    assert len(anna.screen) == 3
    assert anna.screen[-1].text.endswith("\n#1 一个很长很长很长的按钮")
