"""What goes out goes out once, and not more of it than is delivered."""

import asyncio
from datetime import timedelta

import pytest
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramNetworkError,
    TelegramRetryAfter,
)
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from sqlalchemy import update

from bot.channels.wecom.outbox import LIMITS
from domain.delivery import NoAnswerError, SlowDownError
from persistence.tables import wecom_messages
from persistence.wecom_messages import Limit
from tests.channels.wecom.conftest import Office
from tests.channels.wecom.sending import SEND, another_process, attachment, keyboard, number, texts
from tests.peers.wecom_api import Trouble


async def test_the_same_on_purpose_is_said_twice(office: Office) -> None:
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    for _ in range(3):
        await office.bot.send_message(chat, "目前没有待办事项。")
        await office.bot.send_message(chat, "请选择一项", reply_markup=keyboard("甲"))
    assert texts(anna) == ["目前没有待办事项。", "请选择一项"] * 3


async def test_the_same_text_with_other_buttons_is_said_again(office: Office) -> None:
    """Each text under which there are cards of its own is a message of its own."""
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    for n in range(3):
        row = [InlineKeyboardButton(text="开始", callback_data=f"a:{n}:1:x")]
        await office.bot.send_message(
            chat, "长" * 200, reply_markup=InlineKeyboardMarkup(inline_keyboard=[row])
        )
    await office.bot.send_message(chat, "长" * 200)
    assert [(said.text, list(said.buttons.values())) for said in anna.screen] == [
        *(("长" * 200, [f"a:{n}:1:x"]) for n in range(3)),
        ("长" * 200, []),
    ]


@pytest.mark.parametrize("task_first", [False, True])
@pytest.mark.parametrize("buttons", [(), ("开始填报", "明天提醒我")])
async def test_an_answer_that_is_lost_does_not_say_it_twice(
    office: Office, task_first: bool, buttons: tuple[str, ...]
) -> None:
    office.wecom.task_first = task_first
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    markup = keyboard(*buttons) if buttons else None
    office.wecom.drop(SEND, afterwards=True)
    with pytest.raises(TelegramNetworkError):
        await office.bot.send_message(chat, "2021年12月月调度", reply_markup=markup)
    again = another_process(office)
    await again.send_message(chat, "2021年12月月调度", reply_markup=markup)
    assert texts(anna) == ["2021年12月月调度"]
    assert tuple(anna.screen[0].buttons) == buttons
    await again.session.close()


@pytest.mark.parametrize("afterwards", [False, True])
async def test_what_goes_in_parts_goes_on_where_it_was(office: Office, afterwards: bool) -> None:
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    long = "。".join(["长" * 100] * 15)
    await office.bot.send_message(chat, "先")
    before = len(office.wecom.sent)
    office.wecom._troubles.append(_second(office, afterwards))
    with pytest.raises(TelegramNetworkError):
        await office.bot.send_message(chat, long, reply_markup=keyboard("开始"))
    await office.bot.send_message(chat, long, reply_markup=keyboard("开始"))
    assert "".join(texts(anna)[1:]).replace("\n", "") == long
    kinds = [each["msgtype"] for each in office.wecom.sent[before:]]
    assert kinds == ["text", "text", "text", "template_card"]


def _second(office: Office, afterwards: bool) -> Trouble:
    """The second request from now gets no answer."""
    office.wecom.drop(SEND, afterwards=afterwards)
    trouble = office.wecom._troubles.pop()
    seen = []

    def hits(what: str) -> bool:
        if what == SEND:
            seen.append(what)
        return what == SEND and len(seen) == 2

    trouble.hits = hits  # type: ignore[method-assign]
    return trouble


async def test_a_process_that_died_in_the_middle(office: Office) -> None:
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    office.wecom.drop(SEND, afterwards=True)
    with pytest.raises(TelegramNetworkError):
        await office.bot.send_message(chat, "甲", reply_markup=keyboard("开始"))
    async with office.town.database.transaction() as tx:  # as it stands when nobody could write how it went
        long_ago = wecom_messages.c.sent_at - timedelta(minutes=1)
        await tx.execute(update(wecom_messages).values(state="going", sent_at=long_ago))
    await office.bot.send_message(chat, "甲", reply_markup=keyboard("开始"))
    assert texts(anna) == ["甲"]


async def test_a_notice_whose_answer_was_lost(office: Office) -> None:
    """Through the messenger, which knows that this platform drops what it has had."""
    anna = office.wecom.member("anna")
    chat = str(await number(office, anna))
    office.wecom.drop(SEND, afterwards=True)
    with pytest.raises(NoAnswerError):
        await office.parts.messenger.send_file("wecom", chat, attachment())
    await office.parts.messenger.send_file("wecom", chat, attachment(), again=True)
    assert [said.document for said in anna.screen] == [attachment().content]


# A member's share


async def test_a_member_gets_no_more_than_is_delivered(office: Office) -> None:
    anna, boris = office.wecom.member("anna"), office.wecom.member("boris")
    chat = await number(office, anna)
    other = another_process(office, list(LIMITS))
    for n in range(30):
        await (office.bot if n % 2 else other).send_message(chat, f"第 {n} 条")
    with pytest.raises(TelegramRetryAfter) as wait:
        await office.bot.send_message(chat, "多了")
    assert 50 < wait.value.retry_after <= 70
    with pytest.raises(SlowDownError):
        await office.parts.messenger.send_file("wecom", str(chat), attachment())
    await office.bot.send_message(await number(office, boris), "别人不用等")
    assert (len(anna.screen), anna.dropped) == (30, 0)
    await _a_while_ago(office, 71)
    office.wecom.time_passes(71)
    await office.bot.send_message(chat, "多了")
    assert anna.dropped == 0
    await other.session.close()


async def test_thirty_at_once_from_two_processes(office: Office) -> None:
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    other = another_process(office, list(LIMITS))
    done = await asyncio.gather(
        *((office.bot if n % 2 else other).send_message(chat, f"第 {n} 条") for n in range(40)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, TelegramRetryAfter) for each in done) == 10
    assert (len(anna.screen), anna.dropped) == (30, 0)
    await other.session.close()


async def test_a_thousand_an_hour(office: Office) -> None:
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    small = another_process(office, [Limit(3, timedelta(hours=1))])
    for n in range(3):
        await small.send_message(chat, f"{n}")
    await _a_while_ago(office, 600)
    with pytest.raises(TelegramRetryAfter) as wait:
        await small.send_message(chat, "多了")
    assert 2900 < wait.value.retry_after <= 3000
    await small.session.close()


async def test_what_is_refused_does_not_count(office: Office) -> None:
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    small = another_process(office, [Limit(2, timedelta(hours=1))])
    for n in range(5):
        office.wecom.refuse(40058, SEND)
        with pytest.raises(TelegramBadRequest):
            await small.send_message(chat, f"{n}")
    await small.send_message(chat, "甲")
    await small.send_message(chat, "乙")
    await small.session.close()


async def _a_while_ago(office: Office, seconds: int) -> None:
    """All that was sent."""
    async with office.town.database.transaction() as tx:
        earlier = wecom_messages.c.sent_at - timedelta(seconds=seconds)
        await tx.execute(update(wecom_messages).values(sent_at=earlier))
