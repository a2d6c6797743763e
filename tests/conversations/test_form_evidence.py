"""整改 and 半年发布 in a chat, with photos and PDFs as answers; where a chat takes no files, over a link."""

import hashlib
import io
from collections.abc import Callable
from datetime import date

import pytest
from PIL import Image

from bot.channels import telegram
from bot.handlers import papers
from domain.forms.files import files_of, said_file
from domain.ids import obligation_id
from domain.lifecycle import Step
from domain.terms import ObligationKind, ObligationState
from persistence.evidence import Evidence
from persistence.obligations import Obligations
from tests.conversations.conftest import Founding
from tests.conversations.people import Chatter, Phone
from tests.conversations.town import Town, new_base_id
from tests.pdfs import docx, pdf
from tests.peers.phone import Json, Said
from tests.support import eventually, state_of
from workflows.messages import RectificationOrder

ON_THE_PHONE = pytest.mark.parametrize("channel", [telegram.NAME], indirect=True)
ON_ALL = pytest.mark.parametrize("channel", ["local", telegram.NAME, "wecom"], indirect=True)
AT_NOON = "2024-07-02 12:00"
"""The second working day of the half-year: what is owed for the first one is open, and no message goes out now."""

R = ObligationKind.RECTIFICATION
NUMBER = "2024-Q1-1"
PHOTO_QUESTION = (
    "4/4 · 整改佐证\n整改前后照片或证明文件（请发送 JPEG、PNG、PDF 文件，最多 5 个，发完点「完成」）"
)


def picture(kind: str = "JPEG", shade: int = 0, size: tuple[int, int] = (64, 48)) -> bytes:
    """A photo; another shade is another content."""
    file = io.BytesIO()
    Image.new("RGB", size, (shade * 25, 80, 120)).save(file, kind)
    return file.getvalue()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
async def town(founding: Founding) -> Town:
    """A town at noon."""
    return await founding(AT_NOON)


async def running(town: Town) -> str:
    """A base in its pilot that owes the first half-year."""
    state = state_of(new_base_id(), Step.PILOT, published_on=date(2023, 9, 1))
    base = await town.base(state)
    await town.start(state)
    return base


async def ordered(town: Town, base: str) -> str:
    """整改 that the base was ordered to report; its id."""
    order = RectificationOrder(number=NUMBER, due=date(2024, 7, 12))
    await town.env.client.get_workflow_handle(base).signal("order_rectification", order)
    return await opened(town, base, R, NUMBER)


async def opened(town: Town, base: str, kind: ObligationKind, period: str) -> str:
    """Wait until something is open; its id."""
    owed = obligation_id(base, kind, period)

    async def has_a_form() -> bool:
        return (await town.gateway.obligation(owed)).view is not None

    await eventually(has_a_form)
    return owed


async def draft(town: Town, owed: str) -> dict[str, str]:
    return (await town.gateway.obligation(owed)).draft.values


async def stored(town: Town, owed: str) -> dict[str, str]:
    async with town.database.transaction() as tx:
        return await Obligations(tx).values(owed)


async def opens(anna: Chatter, label: str) -> Said:
    """Pick one of the open forms."""
    said = await anna.says("待办")
    return await anna.taps(next(b for b in said.buttons if b.startswith(label)))


async def at_the_photos(town: Town) -> tuple[Chatter, str]:
    """Somebody whose 整改 is answered up to its files, and its id."""
    base = await running(town)
    anna = await town.contact_of(base)
    owed = await ordered(town, base)
    said = await opens(anna, "2024年第一季度 整改第1项")
    for text in ("示例：更换老化线路", "2024-07-01", "无"):
        said = await anna.says(text)
        assert said.text.startswith("✓")
    assert PHOTO_QUESTION in said.text
    return anna, owed


async def sends(town: Town, anna: Chatter, content: bytes, *, photo: bool = False, size: int = 0) -> Said:
    """A file, or a photo in the sizes that Telegram makes of it; the one answer."""
    assert isinstance(anna.platform, Phone)
    phone, number = anna.platform, f"file{len(town.api.files)}"
    town.api.files[number] = content
    file: Json = {"file_id": number, "file_unique_id": number, "file_size": size or len(content)}
    sizes = [
        {"file_id": "thumb", "file_unique_id": "thumb", "width": 90, "height": 60},
        {**file, "width": 1280, "height": 960},
    ]
    sent = {"photo": sizes} if photo else {"document": file | {"file_name": "附件.pdf"}}
    return await anna.delivers(phone.update(phone.person.sends(sent)))


@ON_THE_PHONE
@pytest.mark.rule("A10")
async def test_photos_and_a_pdf_are_the_evidence_of_a_rectification(town: Town) -> None:
    anna, owed = await at_the_photos(town)
    said = await sends(town, anna, picture(), photo=True)
    assert said.text.startswith("✓ 已收到整改前后照片或证明文件，现有 1 个，最多 5 个。\n4/4 · 整改佐证\n")
    assert "已收到 1 个文件" in said.text
    assert list(said.buttons)[:2] == ["完成", "重新上传"]
    await sends(town, anna, picture("PNG"))
    said = await sends(town, anna, pdf(2))
    assert said.text.startswith("✓ 已收到整改前后照片或证明文件，现有 3 个")
    said = await anna.taps("完成")
    assert "4. 整改前后照片或证明文件：附件 3 个" in said.text
    said = await anna.taps("提交")
    assert said.text.startswith("✓ 已收到 2024年第一季度 整改第1项，共 4 项")
    kept = [digest(content) for content in (picture(), picture("PNG"), pdf(2))]
    assert (await stored(town, owed))["evidence"].split("、") == kept
    async with town.database.transaction() as tx:
        types = [await Evidence(tx).media_type(sha256) for sha256 in kept]
    assert types == ["image/jpeg", "image/png", "application/pdf"]
    for sha256 in kept:
        assert await town.documents.has(sha256)
    async with town.database.transaction() as tx:
        assert (await Obligations(tx).get(owed)).state is ObligationState.SUBMITTED


@ON_THE_PHONE
async def test_an_album_and_a_redelivery_are_each_one_file(town: Town) -> None:
    anna, owed = await at_the_photos(town)
    for n in range(3):
        said = await sends(town, anna, picture(shade=n), photo=True)
        again = await anna.again()
        assert (again.text, list(again.buttons)) == (said.text, list(said.buttons))
    await sends(town, anna, picture(shade=1), photo=True)
    assert files_of((await draft(town, owed))["evidence"]) == tuple(
        digest(picture(shade=n)) for n in range(3)
    )


@ON_THE_PHONE
async def test_with_five_files_the_form_goes_on_and_a_sixth_is_told_so(town: Town) -> None:
    anna, owed = await at_the_photos(town)
    for n in range(5):
        said = await sends(town, anna, picture(shade=n), photo=True)
    assert "汇总（4/4）" in said.text
    said = await sends(town, anna, picture(shade=9), photo=True)
    assert said.text.startswith("整改前后照片或证明文件最多收 5 个文件，这个文件没有收下。")
    assert len(files_of((await draft(town, owed))["evidence"])) == 5
    said = await anna.taps("上一项")
    await anna.taps("重新上传")
    assert "evidence" not in await draft(town, owed)


@ON_THE_PHONE
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            docx,
            "整改前后照片或证明文件只收 JPEG、PNG、PDF 文件（按内容判断，改扩展名不算）。（依据《推进措施》八）",
        ),
        (bytes, "这个文件是空的"),
        (lambda: picture()[:200], "这张照片已损坏或没有传完。"),
        (lambda: pdf()[:200], "这个 PDF 已损坏或无法读取。"),
        (lambda: picture("GIF"), "整改前后照片或证明文件只收"),
    ],
    ids=["docx", "empty", "cut off photo", "cut off pdf", "gif"],
)
async def test_what_is_no_evidence_is_refused_and_asked_for_again(
    town: Town, content: Callable[[], bytes], reason: str
) -> None:
    anna, owed = await at_the_photos(town)
    said = await sends(town, anna, content())
    assert said.text.startswith(reason)
    assert PHOTO_QUESTION in said.text
    assert "evidence" not in await draft(town, owed)
    assert not await town.documents.has(digest(content()))


@ON_THE_PHONE
@pytest.mark.parametrize("how", ["large", "gone"])
async def test_what_cannot_be_fetched_is_asked_for_again(town: Town, how: str) -> None:
    anna, owed = await at_the_photos(town)
    if how == "gone":
        town.api.fail(502, "getFile")
    said = await sends(town, anna, picture(), size=papers.MOST_BYTES + 1 if how == "large" else 0)
    wanted = "聊天中只能接收不超过 20 MB 的文件" if how == "large" else "没有取到这个文件，请重新发送。"
    assert said.text.startswith(wanted)
    assert "/evidence/" in said.text, "and there is the link"
    assert "evidence" not in await draft(town, owed)


@ON_ALL
async def test_a_typed_digest_is_no_file(town: Town) -> None:
    anna, owed = await at_the_photos(town)
    for text in (said_file("ab" * 32), f"4={said_file('ab' * 32)}", "ab" * 32, "照片.jpg"):
        said = await anna.says(text)
        assert (
            "不是文件，整改前后照片或证明文件要发送文件（JPEG、PNG、PDF）。（依据《推进措施》八）"
            in said.text
        )
    assert "evidence" not in await draft(town, owed)
    assert (await anna.says("完成")).text.startswith("还没有收到整改前后照片或证明文件，请先发送文件。")


@ON_ALL
async def test_the_question_for_files_comes_with_a_link_that_stays_the_same(town: Town) -> None:
    anna, _ = await at_the_photos(town)
    said = await anna.says("完成")
    link = next(line for line in said.text.splitlines() if "/evidence/" in line)
    assert link.startswith("上传链接（")
    assert "（" in link
    assert (await anna.again()).text == said.text
    assert len(said.text.encode()) <= 2048


@ON_ALL
@pytest.mark.rule("A14")
async def test_what_was_published_may_be_without_a_copy(town: Town) -> None:
    base = await running(town)
    anna = await town.contact_of(base)
    owed = await opened(town, base, ObligationKind.PUBLICATION, "2024-H1")
    said = await opens(anna, "2024年上半年 半年发布")
    for text in ("2024-07-01", "示例日报", "示例基地上半年运行情况", "第 3 版", "实训 1200 人次"):
        said = await anna.says(text)
    assert "没有请填「无」" in said.text
    said = await anna.taps("无")
    assert "6. 报样或网页截图：无" in said.text
    await anna.taps("提交")
    assert (await stored(town, owed))["published_on"] == "2024-07-01"


@ON_ALL
async def test_choices_are_tapped(town: Town) -> None:
    base = await running(town)
    anna = await town.contact_of(base)
    owed = await opened(town, base, ObligationKind.SUPERVISION, "2024-Q2")
    said = await opens(anna, "2024年第二季度 季督导")
    assert list(said.buttons) == ["超前", "按计划", "滞后", "暂停"]
    first = said
    said = await anna.taps("按计划")
    assert said.text.startswith("✓ 对照建设计划的推进情况 按计划。")
    assert list(said.buttons)[:2] == ["是", "否"]
    said = await anna.taps("滞后", on=first)
    assert said.text.startswith("这个按钮已经过期")
    await anna.taps("否")
    assert await draft(town, owed) == {"plan_progress": "按计划", "funds_as_approved": "否"}


@ON_ALL
async def test_to_be_reminded_tomorrow(town: Town) -> None:
    base = await running(town)
    anna = await town.contact_of(base)
    owed = await opened(town, base, ObligationKind.SUPERVISION, "2024-Q2")
    await opens(anna, "2024年第二季度 季督导")
    said = await anna.says("明天提醒我")
    assert said.text == "好的，2024-07-03 再提醒您。"
    assert list(said.buttons) == ["开始填报", "明天提醒我", "下载模板"]
    assert (await anna.taps("明天提醒我")).text == said.text
    assert await draft(town, owed) == {}
    stranger = await town.contact_of(name="示例旁人")
    assert (await stranger.says("明天提醒我")).text == "目前没有待办事项。"
