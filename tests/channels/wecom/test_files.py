"""Files and pictures out, pictures in, and the menu."""

import pytest
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramNetworkError,
)
from aiogram.methods import SendMessage, SendPhoto
from aiogram.types import BufferedInputFile

from bot.channels import wecom
from bot.channels.wecom.account import WeComError, as_telegram, task_is_known
from tests.channels.wecom.conftest import Office
from tests.channels.wecom.sending import SEND, keyboard, number


async def test_a_picture_and_a_workbook(office: Office) -> None:
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    png = b"\x89PNG\r\n a picture"
    picture = BufferedInputFile(png, "示例.png")
    await office.bot.send_photo(chat, picture, caption="全省情况")
    await office.bot.send_document(chat, BufferedInputFile(b"PK 12345", "示例.xlsx"))
    told, photo, file = anna.screen
    assert (told.text, photo.photo, file.document) == ("全省情况", png, b"PK 12345")
    assert file.file_name == "示例.xlsx"


async def test_files_that_are_too_small_or_too_large(office: Office) -> None:
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    for content in (b"12345", b"0" * (20 * 2**20 + 1)):
        with pytest.raises(TelegramBadRequest):
            await office.bot.send_document(chat, BufferedInputFile(content, "a.bin"))
    large = BufferedInputFile(b"\x89PNG" + b"0" * (10 * 2**20), "大.png")
    await office.bot.send_photo(chat, large)
    (said,) = anna.screen
    assert said.document.startswith(b"\x89PNG"), "too large to be looked at, it comes as a file"
    with pytest.raises(TelegramBadRequest):
        await office.bot(SendPhoto(chat_id=chat, photo="a-file-id"))
    with pytest.raises(TelegramBadRequest):
        await office.bot.send_document(chat, BufferedInputFile(b"123456", "a"), reply_markup=keyboard("甲"))


async def test_a_file_whose_answer_was_lost_is_uploaded_once(office: Office) -> None:
    anna = office.wecom.member("anna")
    chat = await number(office, anna)
    office.wecom.drop(SEND, afterwards=True)
    file = BufferedInputFile(b"PK 12345", "示例.xlsx")
    with pytest.raises(TelegramNetworkError):
        await office.bot.send_document(chat, file)
    await office.bot.send_document(chat, file)
    await office.bot.send_document(chat, file)
    assert len(anna.screen) == 2, "the first, whose answer was lost, and one more on purpose"
    assert office.wecom.calls.count("media/upload") == 2


async def test_a_picture_that_a_member_has_sent(office: Office) -> None:
    anna = office.wecom.member("anna")
    content = b"\x89PNG" + bytes(range(256)) * 1000
    media_id = anna.photographed(content)["MediaId"]
    found = await office.bot.get_file(media_id)
    assert office.bot.session.api.file_url(office.bot.token, found.file_path or "") == media_id
    office.wecom.token_dies()
    pieces = [piece async for piece in office.bot.session.stream_content(media_id)]
    assert b"".join(pieces) == content
    with pytest.raises(TelegramBadRequest):
        [piece async for piece in office.bot.session.stream_content("no-such-media")]
    office.wecom.unplugged = True
    with pytest.raises(TelegramNetworkError):
        [piece async for piece in office.bot.session.stream_content(media_id)]


# The menu


async def test_the_menu(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.wecom.fail(502, "menu/create")
    await wecom.set_menu(office.bot)
    assert office.wecom.menu == {}, "not worth failing for"
    await wecom.set_menu(office.bot)
    assert [one["name"] for one in office.wecom.menu["button"]] == ["待办", "待我办", "更多"]
    assert office.wecom.menu["button"][0] == {"type": "click", "name": "待办", "key": "待办"}


def test_which_refusals_mean_that_a_card_is_there_already() -> None:
    assert task_is_known(WeComError(42014, "invalid"))
    assert task_is_known(WeComError(40058, "template_card.task_id is used, hint: [1]"))
    assert not task_is_known(WeComError(40058, "template_card.button_list size invalid"))
    error = as_telegram(SendMessage(chat_id=1, text="a"), WeComError(40058, "x, hint: [1], from ip: 1.2.3.4"))
    assert "1.2.3.4" not in str(error)
