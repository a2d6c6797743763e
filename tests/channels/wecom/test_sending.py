"""What goes out, and how each refusal that WeCom documents is taken."""

import asyncio
import logging
from datetime import timedelta
from functools import partial

import pytest
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import GetUpdates, SetMyCommands
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from sqlalchemy import select

from bot.channels import wecom
from bot.words import chinese
from domain.delivery import ChatGoneError
from persistence.tables import channel_tokens, wecom_messages
from tests.channels.wecom.conftest import Office
from tests.channels.wecom.sending import SEND, another_process, attachment, keyboard, number, texts
from tests.peers.wecom_member import ACCOUNT

# The token


async def test_one_token_for_all_processes(office: Office) -> None:
    anna = office.wecom.member("anna")
    other = another_process(office)
    chat = await number(office, anna)
    await asyncio.gather(*(bot.send_message(chat, f"{n}") for n, bot in enumerate([office.bot, other] * 5)))
    assert sorted(texts(anna)) == [str(n) for n in range(10)]
    assert office.wecom.tokens_given == 1
    await other.session.close()


async def test_a_token_that_dies_early_is_renewed_once_for_all(office: Office) -> None:
    anna = office.wecom.member("anna")
    other = another_process(office)
    chat = await number(office, anna)
    await office.bot.send_message(chat, "甲")
    office.wecom.token_dies()
    await asyncio.gather(*(bot.send_message(chat, f"{n}") for n, bot in enumerate([office.bot, other] * 3)))
    assert len(anna.screen) == 7
    assert office.wecom.tokens_given == 2
    await other.session.close()


@pytest.mark.parametrize("code", [40014, 42001, 40001])
async def test_a_call_whose_token_is_refused_is_made_once_more(office: Office, code: int) -> None:
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    await office.bot.send_message(chat, "甲")
    office.wecom.refuse(code, SEND)
    await office.bot.send_message(chat, "乙")
    assert texts(anna) == ["甲", "乙"]
    assert office.wecom.tokens_given == 2
    office.wecom.refuse(code, SEND, times=2)
    with pytest.raises(TelegramServerError):
        await office.bot.send_message(chat, "丙")
    await office.bot.send_message(chat, "丙")
    assert texts(anna) == ["甲", "乙", "丙"]


async def test_a_token_is_not_used_until_its_last_minute(office: Office) -> None:
    anna = office.wecom.member("anna")
    await office.bot.send_message(await number(office, anna), "甲")
    async with office.town.database.transaction() as tx:
        at = select(channel_tokens.c.expires_at - wecom_messages.c.sent_at).select_from(wecom_messages)
        lives = await tx.scalar(at.join(channel_tokens, channel_tokens.c.channel.startswith("wecom:")))
    assert lives
    assert timedelta(minutes=114) < lives < timedelta(minutes=116)


# Refusals


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (45009, TelegramRetryAfter),
        (45033, TelegramRetryAfter),
        (81013, TelegramForbiddenError),
        (60111, TelegramForbiddenError),
        (-1, TelegramServerError),
        (60020, TelegramServerError),
        (48002, TelegramServerError),
        (45002, TelegramBadRequest),
        (40058, TelegramBadRequest),
        (40008, TelegramBadRequest),
    ],
)
async def test_how_a_refusal_is_understood(office: Office, code: int, error: type[TelegramAPIError]) -> None:
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    office.wecom.refuse(code, SEND)
    with pytest.raises(error) as refused:
        await office.bot.send_message(chat, "甲", reply_markup=keyboard("开始"))
    assert str(code) in refused.value.message
    assert "weixin" not in str(refused.value)
    if isinstance(refused.value, TelegramRetryAfter):
        assert refused.value.retry_after == (60 if code == 45009 else 5)
    await office.bot.send_message(chat, "甲", reply_markup=keyboard("开始"))
    assert texts(anna) == ["甲"]


@pytest.mark.parametrize("how", ["429", "502", "dropped", "unplugged", "no JSON"])
async def test_a_platform_that_is_out(office: Office, how: str) -> None:
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    await office.bot.send_message(chat, "先")
    match how:
        case "dropped":
            office.wecom.drop(SEND)
        case "unplugged":
            office.wecom.unplugged = True
        case "no JSON":
            office.wecom.fail(200, SEND)
        case _:
            office.wecom.fail(int(how), SEND)
    error = TelegramRetryAfter if how == "429" else TelegramNetworkError
    with pytest.raises(error):
        await office.bot.send_message(chat, "甲")
    office.wecom.unplugged = False
    await office.bot.send_message(chat, "甲")
    assert texts(anna) == ["先", "甲"]


async def test_nobody_listens_at_all(office: Office) -> None:
    bot = wecom.wecom_bot(ACCOUNT, office.town.database, chinese(), "http://127.0.0.1:9")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(await number(office, office.wecom.member("anna")), "甲")
    await bot.session.close()


async def test_a_member_who_has_left(office: Office) -> None:
    anna, gone = office.wecom.member("anna"), office.wecom.member("Boris")
    gone.gone = True
    for chat in (await number(office, gone), 4711):
        with pytest.raises(TelegramForbiddenError):
            await office.bot.send_message(chat, "甲")
    await office.bot.send_message(await number(office, anna), "甲")
    messenger = office.parts.messenger
    with pytest.raises(ChatGoneError):
        await messenger.send_file("wecom", str(await number(office, gone)), attachment())


async def test_a_member_without_a_license_has_not_got_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = office.wecom.member("Anna")
    answer = {"errcode": 0, "unlicenseduser": "anna"}
    monkeypatch.setattr(type(office.wecom), "_accept", lambda *_: answer)
    with pytest.raises(TelegramForbiddenError):
        await office.bot.send_message(await number(office, anna), "甲")


@pytest.mark.parametrize(
    ("account", "said"),
    [
        (ACCOUNT._replace(secret="wrong"), "Secret 不正确，请检查 JIEBANG_WECOM_SECRET"),
        (ACCOUNT._replace(corp_id="wwwrong"), "企业 ID 不正确，请检查 JIEBANG_WECOM_CORP_ID"),
        (ACCOUNT._replace(agent_id=1), "AgentId 不正确，请检查 JIEBANG_WECOM_AGENT_ID"),
    ],
)
async def test_wrong_settings_are_said_once_and_lose_nothing(
    office: Office, caplog: pytest.LogCaptureFixture, account: wecom.Account, said: str
) -> None:
    bot = wecom.wecom_bot(account, office.town.database, chinese(), office.wecom.url)
    chat = await number(office, office.wecom.member("anna"))
    for _ in range(3):
        with pytest.raises(TelegramServerError):
            await bot.send_message(chat, "甲")
    lines = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert len(lines) == 1
    assert said in lines[0]
    await bot.session.close()


async def test_an_address_that_is_not_trusted(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    office.wecom.trusted = False
    for _ in range(2):
        with pytest.raises(TelegramServerError):
            await office.bot.send_message(chat, "甲")
    office.wecom.trusted = True
    await office.bot.send_message(chat, "甲")
    assert texts(anna) == ["甲"]
    assert [r.getMessage() for r in caplog.records if "企业可信 IP" in r.getMessage()] != []


async def test_what_wecom_cannot_do_is_refused(office: Office) -> None:
    with pytest.raises(TelegramBadRequest):
        await office.bot(SetMyCommands(commands=[]))
    with pytest.raises(TelegramBadRequest):
        await office.bot(GetUpdates())


async def test_a_button_that_carries_nothing_is_refused(office: Office) -> None:
    link = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="页", url="https://x.example")]])
    with pytest.raises(TelegramBadRequest):
        await office.bot.send_message(1, "甲", reply_markup=link)


async def test_neither_token_nor_address_is_told_to_anybody(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.DEBUG)
    bot = another_process(office)
    chat = await number(office, office.wecom.member("anna"))
    await bot.send_message(chat, "甲")
    told = []
    troubles = (
        partial(office.wecom.refuse, 40058, SEND),
        partial(office.wecom.fail, 502, SEND),
        partial(office.wecom.drop, SEND),
    )
    for go_wrong in troubles:
        go_wrong()
        with pytest.raises(TelegramAPIError) as error:
            await bot.send_message(chat, "乙")
        told.append(f"{error.value!r} {error.value} {error.value.__cause__!r}")
    told += [record.getMessage() for record in caplog.records if not record.name.startswith("aiohttp")]
    for line in told:
        assert "access_token" not in line
        assert "access-token" not in line
        assert office.wecom.url not in line
    await bot.session.close()
