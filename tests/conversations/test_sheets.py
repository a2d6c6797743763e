"""A form as an Excel sheet: the template by chat, and back as a file where files can be sent, else over the link."""

import io
from collections.abc import Callable

import pytest
from openpyxl import Workbook, load_workbook

from bot.channels import local, telegram
from casework.form_sheet import SHEET
from domain.policy.uploads import SHEET_BYTES
from persistence.local_chat import LocalChat
from tests.conversations.people import Chatter, Phone
from tests.conversations.test_form import question
from tests.conversations.town import CANONICAL, PUBLIC_URL, Town
from tests.peers.phone import Said
from tests.support import FULL

ON_THE_PHONE = pytest.mark.parametrize("channel", [telegram.NAME], indirect=True)
ON_BOTH = pytest.mark.parametrize("channel", [local.NAME, telegram.NAME], indirect=True)


async def begun(town: Town) -> tuple[str, Chatter]:
    """A base that reported last month, and its contact at the first question."""
    base = await town.base()
    await town.reported(base, "2021-11", invest_total="1000.00")
    anna = await town.contact_of(base)
    await town.start(base)
    await anna.hears("点「开始填报」")
    await anna.taps("开始填报")
    return base, anna


async def template(town: Town, anna: Chatter, said: list[Said]) -> bytes:
    """The file that came last."""
    if isinstance(anna.platform, Phone):
        return said[-1].document
    async with town.database.transaction() as tx:
        file = await LocalChat(tx).file(int(anna.external_id), said[-1].message_id)
    assert file
    return file.content


async def asks(town: Town, anna: Chatter, text: str = "下载模板") -> bytes:
    return await template(town, anna, await anna.two_answers(await anna.platform.typed(text)))


async def sends(town: Town, anna: Chatter, content: bytes, name: str = "填好.xlsx") -> Said:
    """A file from the phone; the one answer."""
    assert isinstance(anna.platform, Phone)
    number = f"file{len(town.api.files)}"
    town.api.files[number] = content
    document = {"file_id": number, "file_unique_id": number, "file_name": name, "file_size": len(content)}
    return await anna.delivers(anna.platform.update(anna.platform.person.sends({"document": document})))


def changed(content: bytes, change: Callable[[Workbook], object]) -> bytes:
    book = load_workbook(io.BytesIO(content))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def filled(content: bytes, **cells: object) -> bytes:
    def fill(book: Workbook) -> None:
        for cell, value in cells.items():
            book[SHEET][cell] = value  # type: ignore[assignment]

    return changed(content, fill)


@ON_BOTH
@pytest.mark.parametrize("asked", ["下载模板", "/template"])
async def test_the_template_comes_with_a_link_and_what_is_known(town: Town, asked: str) -> None:
    base, anna = await begun(town)
    await anna.says("120.5")
    first, _ = said = await anna.two_answers(await anna.platform.typed(asked))
    assert first.text.startswith("2021年12月 月调度 的 Excel 模板如下")
    assert f"{PUBLIC_URL}/sheet/" in first.text
    sheet = load_workbook(io.BytesIO(await template(town, anna, said)))[SHEET]
    assert base in str(sheet["A1"].value)
    assert (sheet["E5"].value, sheet["F5"].value, sheet["E6"].value, sheet["F6"].value) == (
        120.5,
        120.5,
        1000,
        None,
    )
    assert question(await anna.says("1120.5")) == "3/22", "the form goes on meanwhile"


@ON_BOTH
async def test_the_template_is_a_tap_away_from_the_notice(town: Town) -> None:
    base = await town.base()
    anna = await town.contact_of(base)
    await town.start(base)
    said = await anna.hears("点「开始填报」")
    assert list(said.buttons) == ["开始填报", "明天提醒我", "下载模板"]
    first, _ = await anna.two_answers(await anna.tapped("下载模板"))
    assert "Excel 模板如下" in first.text


@ON_BOTH
async def test_of_several_forms_one_is_chosen_first_and_strangers_get_nothing(town: Town) -> None:
    bases = [await town.base() for _ in range(2)]
    anna, stranger = await town.contact_of(*bases), await town.stranger()
    await town.start(*bases)
    await anna.hears(bases[0])
    await anna.hears(bases[1])
    assert (await anna.says("下载模板")).text.startswith("请先发「待办」选定要填的事项")
    assert "只对已登记的基地联系人开放" in (await stranger.says("下载模板")).text


@ON_THE_PHONE
async def test_the_whole_form_comes_back_in_one_file(town: Town) -> None:
    base, anna = await begun(town)
    content = await asks(town, anna)
    cells = {f"F{n}": _cell(key) for n, key in enumerate(FULL, 5)}
    said = await sends(town, anna, filled(content, **cells))
    assert said.text.startswith("✓ 已填入 22 项，现已填 22/22 项。")
    assert "汇总（22/22）" in said.text
    assert (await anna.again()).text == said.text, "a redelivery gets the same reply"
    await anna.taps("提交")
    assert await town.figures(base) == CANONICAL


def _cell(key: str) -> object:
    text = FULL[key]
    return float(text) if text.replace(".", "").isdecimal() else text


@ON_THE_PHONE
async def test_one_wrong_cell_and_nothing_is_taken(town: Town) -> None:
    base, anna = await begun(town)
    content = await asks(town, anna)
    said = await sends(town, anna, filled(content, F5=120.5, F13="很多", F14=1.5, F15="=1+1"))
    assert said.text.splitlines()[:4] == [
        "4 项中有 3 处不能采用，本次全部没有填入，已填的内容不变。请更正后重新发送：",
        "F13（9. 高校在校生实训）：「很多」不是能识别的数字。请用阿拉伯数字填写高校在校生实训，如 32、1,200、1.2万"
        "（单位：人次）。（依据《推进措施》二）",
        "F14（10. 企业职工实训）：「1.5」不是整数，企业职工实训以人次计，不能有小数。请填整数，如 32。（依据《推进措施》二）",
        "F15（11. 农村转移就业劳动者实训）：这是没有计算结果的公式。请用 Excel 或 WPS 打开并保存一次，或直接填写数值。",
    ]
    assert question(said) == "1/22"
    assert await town.draft(base) == {}
    said = await sends(town, anna, filled(content, F5=120.5, F13=320, F14=81))
    assert said.text.startswith("✓ 已填入 3 项，现已填 3/22 项。\n2/22")


@ON_THE_PHONE
async def test_wild_changes_in_a_sheet_are_asked_back_one_by_one(town: Town) -> None:
    base, anna = await begun(town)
    said = await sends(town, anna, filled(await asks(town, anna), F5=900, F13=2000))
    assert said.text.startswith(
        "✓ 已填入 2 项，现已填 2/22 项。\n本月完成投资 900.00 万元，与上月 120.50 万元 相比变化 +647%"
    )
    assert "高校在校生实训 2000 人次" in (await anna.taps("确认")).text
    assert question(await anna.says("320")) == "2/22"
    assert await town.draft(base) == {"invest_month": "900.00", "trainees_students": "320"}


@ON_THE_PHONE
async def test_the_sheet_of_another_month_or_base_is_refused_with_words(town: Town) -> None:
    base, other = [await town.base() for _ in range(2)]
    anna, bert = await town.contact_of(base), await town.contact_of(other)
    await town.start(base, other)
    for person in (anna, bert):
        await person.hears("点「开始填报」")
        await person.taps("开始填报")
    theirs = filled(await asks(town, bert), F5=1)
    assert (await sends(town, anna, theirs)).text.startswith("这个模板不是您负责的基地的。")
    mine = filled(await asks(town, anna), F5=1)
    of_month = changed(mine, lambda book: book["标记"].__setitem__("A3", "2021-11"))
    assert (await sends(town, anna, of_month)).text.startswith("这个模板不是您负责的基地的。")
    assert await town.draft(base) == await town.draft(other) == {}


@ON_THE_PHONE
async def test_a_sheet_finds_its_form_by_itself_but_not_another_than_the_current_one(town: Town) -> None:
    bases = [await town.base() for _ in range(2)]
    anna = await town.contact_of(*bases)
    await town.start(*bases)
    said = {base: await anna.hears(base) for base in bases}
    first, second = bases
    sheets = {}
    for base in bases:
        two = await anna.two_answers(await anna.tapped("下载模板", on=said[base]))
        sheets[base] = filled(await template(town, anna, two), F5=120.5)
    assert (await sends(town, anna, sheets[second])).text.startswith("✓ 已填入 1 项")
    assert (await town.draft(first), await town.draft(second)) == ({}, {"invest_month": "120.50"})
    refused = await sends(town, anna, sheets[first])
    assert refused.text.startswith(
        f"这是 2021年12月 月调度 的模板（示例基地 {first}），现在填报的是 示例基地 {second}"
    )
    assert question(refused) == "2/22"
    await anna.taps("开始填报", on=said[first])
    assert (await sends(town, anna, sheets[first])).text.startswith("✓ 已填入 1 项")


@ON_THE_PHONE
@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"PK not a zip", "表.xlsx", "这个文件不是 XLSX"),
        (b"\xd0\xcf\x11\xe0 an old one", "表.xls", "这个文件不是 XLSX"),
        (b"0" * (SHEET_BYTES[0].value + 1), "表.xlsx", "文件超过 2 MB"),
    ],
)
async def test_what_is_no_sheet_is_refused_and_the_question_asked_again(
    town: Town, content: bytes, name: str, why: str
) -> None:
    base, anna = await begun(town)
    said = await sends(town, anna, content, name)
    assert said.text.startswith(why)
    assert question(said) == "1/22"
    assert await town.draft(base) == {}


@ON_THE_PHONE
async def test_after_the_lock_no_sheet_goes_out_or_comes_in(town: Town) -> None:
    base, anna = await begun(town)
    content = filled(await asks(town, anna), F5=120.5)
    await town.fill(base)
    await anna.says("汇总")
    await anna.says("提交")
    assert "已经报送" in (await sends(town, anna, content)).text
