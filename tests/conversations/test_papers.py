"""材料 in a chat: the list, the link, and PDFs sent to the bot."""

import hashlib
import traceback
from collections.abc import Callable

import pytest

from bot.channels import telegram
from bot.handlers import papers
from bot.keyboards import PaperButton
from domain.lifecycle import Step
from persistence.materials import Materials
from tests.conversations.conftest import Founding
from tests.conversations.people import Chatter, Phone
from tests.conversations.rounds import (
    BEFORE_THE_DEADLINE,
    answered,
    called,
    handed_in,
    items,
    registered,
    row_of,
    uploaded,
)
from tests.conversations.town import Town
from tests.pdfs import docx, pdf
from tests.peers.phone import Said

ON_THE_PHONE = pytest.mark.parametrize("channel", [telegram.NAME], indirect=True)


@pytest.fixture
async def town(founding: Founding) -> Town:
    """A town in which one round is open."""
    found = await founding(BEFORE_THE_DEADLINE)
    await called(found)
    return found


async def sends(
    town: Town,
    person: Chatter,
    content: bytes,
    caption: str = "",
    size: int | None = None,
    name: str = "材料.pdf",
) -> Said:
    """A file sent to the bot; the one answer."""
    assert isinstance(person.platform, Phone)
    phone, number = person.platform, f"file{len(town.api.files)}"
    town.api.files[number] = content
    file = {"file_id": number, "file_unique_id": number, "file_name": name}
    document = file | {"file_size": size or len(content)}
    return await person.delivers(phone.update(phone.person.sends({"document": document, "caption": caption})))


@pytest.mark.rule("B20")
async def test_the_list_says_what_is_there_and_what_is_missing(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    await uploaded(town, base, "plan")
    said = await anna.says("材料")
    assert said.text.splitlines()[:3] == [
        "申报材料还缺 6 项：",
        "1. 缺 参与主体简介（依据《发榜公告》附件3一）",
        "2. ✓ 建设实施方案",
    ]
    assert "7. 缺 信用承诺书（依据《推进措施》七）" in said.text
    assert "https://jiebang.example/upload/" in said.text
    await uploaded(town, base)
    assert (await anna.says("材料")).text.startswith("申报材料已齐：\n1. ✓ 参与主体简介")


async def test_without_an_application_there_are_no_papers(town: Town) -> None:
    anna = await town.contact_of()
    assert (await anna.says("材料")).text == "请发「申报」或「基地」，选择要办理的申报。"


@ON_THE_PHONE
async def test_a_pdf_with_a_caption_is_taken_in(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    said = await sends(town, anna, pdf(3), "建设实施方案")
    assert said.text.startswith("✓ 已收到「建设实施方案」，共 3 页。\n申报材料还缺 6 项：")
    assert await items(town, base) == {"plan"}
    assert (await anna.again()).text.startswith("✓ 已收到「建设实施方案」")
    async with town.database.transaction() as tx:
        (row,) = await Materials(tx).of(base)
    assert (row.version, row.filename, row.pages) == (1, "材料.pdf", 3)


@ON_THE_PHONE
async def test_a_pdf_without_a_caption_is_asked_about(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    said = await sends(town, anna, pdf())
    assert said.text == "「材料.pdf」是哪一项材料？"
    assert list(said.buttons)[3] == "4. 土地及物理空间证明"
    assert await items(town, base) == frozenset()
    said = await anna.taps("4. 土地及物理空间证明")
    assert said.text.startswith("✓ 已收到「土地及物理空间证明」，共 1 页。")
    assert await items(town, base) == {"premises"}


@ON_THE_PHONE
async def test_several_files_at_once_are_told_apart(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    asked = [await sends(town, anna, pdf(pages), name=f"扫描{pages}.pdf") for pages in (1, 2, 3)]
    assert [said.text for said in asked] == [f"「扫描{pages}.pdf」是哪一项材料？" for pages in (1, 2, 3)]
    assert (await anna.again()).buttons == asked[2].buttons, "the same number"
    labels = ("1. 参与主体简介", "2. 建设实施方案", "3. 支持政策清单")
    for pages, label, said in zip((1, 2, 3), labels, asked, strict=True):
        kept = await anna.taps(label, on=said)
        assert kept.text.startswith(f"✓ 已收到「{label[3:]}」，共 {pages} 页。")
    async with town.database.transaction() as tx:
        found = {row.item: (row.pages, row.filename) for row in await Materials(tx).of(base)}
    assert found == {
        "profile": (1, "扫描1.pdf"),
        "plan": (2, "扫描2.pdf"),
        "support_policy": (3, "扫描3.pdf"),
    }
    said = await anna.taps("4. 土地及物理空间证明", on=asked[0])
    assert said.text.startswith("这个文件已经归类，或没有收到。以下面的清单为准，还缺的请重新发送。\n")
    await sends(town, anna, pdf(4), name="扫描4.pdf")
    said = await anna.taps("4. 土地及物理空间证明", on=asked[0])
    assert said.text.startswith("这个文件已经归类"), "a number is not given twice"
    assert await items(town, base) == found.keys()


@ON_THE_PHONE
async def test_a_kind_that_is_not_required_any_more_is_kept_all_the_same(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    await sends(town, anna, pdf())
    button = PaperButton(base_id=base, item="pilot_list_application", no=1)
    said = await anna.taps("?", on=Said(1, "", {"?": button.pack()}))
    assert said.text.startswith("✓ 已收到「省级产教融合型试点企业入库申请」，共 1 页。\n申报材料还缺 7 项：")
    assert await items(town, base) == {"pilot_list_application"}


@ON_THE_PHONE
@pytest.mark.parametrize("how", ["stall", "drop", "fail", "store"])
async def test_a_file_that_does_not_come_in_soon_gets_the_link(
    town: Town, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    monkeypatch.setattr(papers, "_FETCH_SECONDS", 0.5 if how == "stall" else 10)
    match how:
        case "stall":
            town.api.stall("getFile")
        case "drop":
            town.api.drop("getFile")
        case "fail":
            town.api.fail(502, "getFile")
        case "store":
            (town.folder / hashlib.sha256(pdf()).hexdigest()[:2]).write_text("no folder")
    said = await sends(town, anna, pdf(), "1")
    assert said.text.startswith("没有取到这个文件，请重新发送，或用下面的链接上传。\n")
    assert "/upload/" in said.text
    assert await items(town, base) == frozenset()


class GivenOutOnce(dict[str, bytes]):
    """Files that are gone between being found and being fetched."""

    def get(self, key: str, default: bytes | None = None) -> bytes | None:  # type: ignore[override]
        """The file, for the last time."""
        return self.pop(key, default)


@ON_THE_PHONE
async def test_the_token_of_the_bot_gets_into_no_error_and_no_log(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    anna = await town.contact_of()
    await registered(town, anna)
    town.api.files = GivenOutOnce()
    said = await sends(town, anna, pdf(), "1")
    assert said.text.startswith("没有取到这个文件")
    assert "NotFetchedError('ClientResponseError 404')" in caplog.text
    town.api.files["gone"] = pdf()
    with pytest.raises(papers.NotFetchedError) as error:
        await anext(papers.pieces(town.bot, "gone"))
    shown = caplog.text + "".join(traceback.format_exception(error.value))
    assert town.api.token not in shown


@ON_THE_PHONE
@pytest.mark.parametrize(
    ("content", "reason"),
    [(docx, "这个文件的内容不是 PDF（改扩展名不算）。"), (bytes, "这个文件是空的，请检查后重新上传。")],
)
async def test_what_is_no_pdf_is_refused(town: Town, content: Callable[[], bytes], reason: str) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    said = await sends(town, anna, content(), "1")
    assert said.text.startswith(reason)
    assert "（依据" in said.text
    assert await items(town, base) == frozenset()


@ON_THE_PHONE
async def test_what_is_too_large_for_the_chat_gets_the_link(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    said = await sends(town, anna, pdf(), "1", size=20 * 2**20 + 1)
    assert said.text.startswith(
        "聊天中只能接收不超过 20 MB 的文件，请用下面的链接上传。\n申报材料还缺 7 项："
    )
    assert "/upload/" in said.text
    assert await items(town, base) == frozenset()


@ON_THE_PHONE
async def test_a_file_that_telegram_gives_out_no_more(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    await sends(town, anna, pdf())
    town.api.files.clear()
    said = await anna.taps("1. 参与主体简介")
    assert said.text.startswith("没有取到这个文件，请重新发送，或用下面的链接上传。")
    assert await items(town, base) == frozenset()


@ON_THE_PHONE
@pytest.mark.rule("B17")
async def test_after_the_deadline_no_file_is_taken(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    await answered(town, base)
    await town.later("2022-01-22 00:05")
    said = await sends(town, anna, pdf(), "1")
    assert said.text.startswith("申报材料已于 2022-01-22 00:00 截止，您是 2022-01-22 00:0")
    assert said.text.endswith("截止后开始的不再接收。（依据《发榜公告》六-2）")
    assert await items(town, base) == frozenset()


@ON_THE_PHONE
@pytest.mark.rule("B17")
async def test_what_was_sent_before_the_deadline_is_in_time(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    await sends(town, anna, pdf())
    await town.later("2022-01-22 00:05")
    said = await anna.taps("1. 参与主体简介")
    assert said.text.startswith("✓ 已收到「参与主体简介」，共 1 页。")
    assert await items(town, base) == {"profile"}


@ON_THE_PHONE
async def test_after_handing_in_no_file_is_taken(town: Town) -> None:
    anna = await town.contact_of()
    base = await handed_in(town, anna)
    before = await items(town, base)
    said = await sends(town, anna, pdf(9), "1")
    assert said.text == (
        "这个文件没有收下：不清楚是哪一项申报的材料。请发「申报」或「基地」，选定申报后重新发送。"
    )
    assert (await row_of(town, base)).step == Step.FORMAL_REVIEW
    assert await items(town, base) == before


@ON_THE_PHONE
async def test_a_strangers_file_is_not_looked_at(town: Town) -> None:
    stranger = await town.stranger()
    said = await sends(town, stranger, pdf(), "1")
    assert said.text.startswith("您好。这里只对已登记的基地联系人开放。")
    assert "getFile" not in town.api.calls
