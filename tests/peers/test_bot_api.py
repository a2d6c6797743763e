"""The peer itself: it refuses as documented, or the tests over it would prove nothing."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import LogOut
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram import telegram_bot
from tests.peers.bot_api import BotApi, hang_up


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A peer that is up."""
    async with BotApi().serving() as api:
        yield api


@pytest.fixture
async def bot(api: BotApi) -> AsyncIterator[Bot]:
    """A bot of this program at it."""
    bot = telegram_bot(api.token, api.url)
    yield bot
    await hang_up(bot)


def button(data: str) -> InlineKeyboardMarkup:
    """A keyboard of one button."""
    return InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="x", callback_data=data)]])


async def test_texts_and_buttons_have_their_limits(api: BotApi, bot: Bot) -> None:
    person = api.person("安")
    await bot.send_message(person.id, "文" * 4096, reply_markup=button("a" * 64))
    for text, data in (("文" * 4097, "a"), (" ", "a"), ("x", "基" * 22), ("x", "a" * 65)):
        with pytest.raises(TelegramBadRequest):
            await bot.send_message(person.id, text, reply_markup=button(data))
    assert len(person.screen) == 1


async def test_people_who_are_not_there(api: BotApi, bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(5, "x")
    person = api.person("安")
    person.blocked = True
    with pytest.raises(TelegramForbiddenError):
        await bot.send_message(person.id, "x")


async def test_who_asks_and_for_what(api: BotApi, bot: Bot) -> None:
    assert (await bot.get_me()).is_bot
    with pytest.raises(TelegramNotFound):
        await bot(LogOut())
    stranger = telegram_bot("4242:wrong", api.url)
    with pytest.raises(TelegramUnauthorizedError):
        await stranger.get_me()
    await hang_up(stranger)


async def test_updates_are_kept_until_they_are_confirmed(api: BotApi, bot: Bot) -> None:
    person = api.person("安")
    first, second = person.types("1")["update_id"], person.types("2")["update_id"]
    assert [u.update_id for u in await bot.get_updates()] == [first, second]
    assert [u.update_id for u in await bot.get_updates(offset=first)] == [first, second]
    assert [u.update_id for u in await bot.get_updates(offset=second, limit=1)] == [second]
    assert [u.update_id for u in await bot.get_updates()] == [second]
    assert await bot.get_updates(offset=second + 1) == []
    await bot.get_updates(allowed_updates=["callback_query"])
    person.types("3")
    assert await bot.get_updates() == []


async def test_who_comes_back_too_early_is_told_so(api: BotApi, bot: Bot) -> None:
    person, other = api.person("安"), api.person("宝")
    api.slow_down(60, person.id)
    for _ in range(2):
        with pytest.raises(TelegramRetryAfter) as told:
            await bot.send_message(person.id, "x")
        assert told.value.retry_after == 60
    assert api.too_early == 1
    await bot.send_message(other.id, "x")


async def test_messages_are_edited_and_taps_answered_once(api: BotApi, bot: Bot) -> None:
    person = api.person("安")
    sent = await bot.send_message(person.id, "x", reply_markup=button("a"))
    query = person.taps("x")["callback_query"]["id"]
    await bot.answer_callback_query(query, "好", show_alert=True)
    assert [(s.text, s.alert) for s in person.screen] == [("x", False), ("好", True)]
    for late in (query, "never"):
        with pytest.raises(TelegramBadRequest, match="query is too old"):
            await bot.answer_callback_query(late)
    await bot.edit_message_text("y", chat_id=person.id, message_id=sent.message_id, reply_markup=button("b"))
    await bot.edit_message_reply_markup(chat_id=person.id, message_id=sent.message_id)
    assert (person.screen[0].text, person.screen[0].buttons) == ("y", {})
    with pytest.raises(TelegramBadRequest, match="not modified"):
        await bot.edit_message_reply_markup(chat_id=person.id, message_id=sent.message_id)
    with pytest.raises(TelegramBadRequest, match="not found"):
        await bot.edit_message_text("y", chat_id=person.id, message_id=1)
    with pytest.raises(TelegramBadRequest, match="secret"):
        await bot.set_webhook("http://127.0.0.1:1/", secret_token="no spaces")
