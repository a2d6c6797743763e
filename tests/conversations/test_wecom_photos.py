"""Photos as evidence from WeCom, which gives out what a member has photographed, and nothing else."""

import pytest

from bot.channels import wecom
from tests.conversations.conftest import Founding
from tests.conversations.people import WorkPhone
from tests.conversations.test_form_evidence import (
    AT_NOON,
    PHOTO_QUESTION,
    at_the_photos,
    digest,
    picture,
    stored,
)
from tests.conversations.town import Town

pytestmark = pytest.mark.parametrize("channel", [wecom.NAME], indirect=True)


@pytest.fixture
async def town(founding: Founding) -> Town:
    """A town at noon."""
    return await founding(AT_NOON)


async def test_photos_are_the_evidence_of_a_rectification(town: Town) -> None:
    anna, owed = await at_the_photos(town)
    phone = anna.platform
    assert isinstance(phone, WorkPhone)
    for n in (1, 2):
        said = await anna.delivers(await phone.update(phone.member.photographed(picture(shade=n))))
        assert said.text.startswith(f"✓ 已收到整改前后照片或证明文件，现有 {n} 个，最多 5 个。")
    await anna.taps("完成")
    said = await anna.taps("提交")
    assert said.text.startswith("✓ 已收到 2024年第一季度 整改第1项，共 4 项")
    assert (await stored(town, owed))["evidence"].split("、") == [digest(picture(shade=n)) for n in (1, 2)]


async def test_a_photo_that_is_not_given_out_any_more(town: Town) -> None:
    anna, owed = await at_the_photos(town)
    phone = anna.platform
    assert isinstance(phone, WorkPhone)
    assert town.wecom
    fields = phone.member.photographed(picture())
    town.wecom.files.pop(fields["MediaId"])
    said = await anna.delivers(await phone.update(fields))
    assert PHOTO_QUESTION in said.text
    assert await stored(town, owed) == {}
