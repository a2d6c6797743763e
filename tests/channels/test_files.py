"""A picture and a workbook that the bot sends: on Telegram over the wire, and on the local page."""

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendDocument, SendPhoto
from aiogram.types import FSInputFile

from bot.channels import local, telegram
from casework import picture_chart, picture_sheet
from domain.delivery import Attachment, ChatGoneError, SlowDownError, UnreachableError
from persistence.local_chat import LocalChat
from tests.channels.conftest import Station
from tests.pictures.samples import sample

pytestmark = pytest.mark.parametrize("way", ["polling"], indirect=True)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHART = Attachment(name="示例情况.png", media_type="image/png", content=picture_chart.png(sample()))
TABLE = Attachment(name="示例情况.xlsx", media_type=XLSX, content=picture_sheet.xlsx(sample()))

LOCKED = sample().model_copy(update={"locked": True})

TOLD = """【2026年10月月调度】全省情况
应报日 2026-11-06，之后至 2026-11-20 仍可补报。截至 2026-11-06 15:07：
应报 112 家：按时 96 家（85.7%），迟报 10 家（8.9%），缺报 5 家（4.5%），未报 1 家（0.9%），另有免报 1 家。
报送率 94.6%，按时率 85.7%。
各市按时率：第 1 名 朔州 100.0%，第 1 名 长治 100.0%，第 3 名 晋中 93.8%，第 11 名 忻州 75.0%。
累计完成投资 738 万元，计划 1,000 万元，完成率 73.8%，序时进度 66.7%，相差 7.1 个百分点。
各市完成率：第 1 名 长治 124.9%，第 2 名 忻州 86.3%，第 3 名 晋城 82.1%，第 11 名 晋中 47.5%。
本月完成投资：本期 1,234,567.50 万元，本年 9,000,000 万元。
变动最大：示例困难 取得职业技能等级证书人数 400 → 100 人。
请求协调：省财政厅 1 项。
图和完整的表随后发出。"""


async def test_on_telegram_a_picture_is_a_photo_and_a_workbook_a_document(station: Station) -> None:
    person = await station.contact()
    messenger = station.parts.messenger
    await messenger.send_picture(telegram.NAME, str(person.id), sample())
    await messenger.send_file(telegram.NAME, str(person.id), CHART)
    await messenger.send_file(telegram.NAME, str(person.id), TABLE)
    told, photo, document = [await person.hears() for _ in range(3)]
    assert told.text == TOLD
    assert (photo.photo, photo.document) == (CHART.content, b"")
    assert (document.document, document.file_name) == (TABLE.content, TABLE.name)


async def test_a_platform_that_refuses_a_file_is_understood(station: Station) -> None:
    person = await station.contact()
    messenger = station.parts.messenger
    station.api.slow_down(3, person.id, "sendDocument")
    with pytest.raises(SlowDownError) as slow:
        await messenger.send_file(telegram.NAME, str(person.id), TABLE)
    assert slow.value.seconds == 3
    gone = await station.contact(name="宝")
    gone.blocked = True
    with pytest.raises(ChatGoneError):
        await messenger.send_file(telegram.NAME, str(gone.id), CHART)
    with pytest.raises(UnreachableError):
        await messenger.send_file("pager", "1", CHART)


async def test_on_the_page_both_are_kept_with_the_message(station: Station) -> None:
    async with station.town.database.transaction() as tx:
        number = (await LocalChat(tx).person("示例值班员")).id
    messenger = station.parts.messenger
    await messenger.send_picture(local.NAME, str(number), LOCKED)
    await messenger.send_file(local.NAME, str(number), CHART)
    await messenger.send_file(local.NAME, str(number), TABLE)
    async with station.town.database.transaction() as tx:
        chat = LocalChat(tx)
        told, chart, table = await chat.messages(number)
        kept = [await chat.file(number, one.id) for one in (told, chart, table)]
        assert await chat.file(number + 1, chart.id) is None, "somebody else's"
    assert "已于 2026-11-20 锁定" in told.text
    assert (told.file, chart.file, chart.media_type) == (None, CHART.name, "image/png")
    assert (table.file, table.media_type) == (TABLE.name, XLSX)
    assert [file.content if file else None for file in kept] == [None, CHART.content, TABLE.content]


@pytest.mark.parametrize(
    "method",
    [
        SendPhoto(chat_id=1, photo=FSInputFile(__file__)),
        SendDocument(chat_id=1, document=FSInputFile(__file__)),
    ],
    ids=["photo", "document"],
)
async def test_the_page_refuses_a_file_that_it_is_not_given(
    station: Station, method: SendPhoto | SendDocument
) -> None:
    with pytest.raises(TelegramBadRequest):
        await station.parts.bots[local.NAME](method)
