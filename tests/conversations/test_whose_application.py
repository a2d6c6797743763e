"""Whose application it is: what others are refused, and what the office's applications offer."""

import pytest
from sqlalchemy import func, select

from bot.channels import telegram
from domain.lifecycle import Step
from persistence.tables import bases
from tests.conversations.conftest import Founding
from tests.conversations.rounds import BEFORE_THE_DEADLINE, called, on_file, ready, registered, row_of, values
from tests.conversations.town import Town
from tests.peers.phone import Said


@pytest.fixture
async def town(founding: Founding) -> Town:
    """A town in which one round is open."""
    found = await founding(BEFORE_THE_DEADLINE)
    await called(found)
    return found


async def count(town: Town) -> int:
    """How many bases there are."""
    async with town.database.transaction() as tx:
        return int(await tx.scalar(select(func.count()).select_from(bases)) or 0)


async def test_another_contacts_application_is_out_of_reach(town: Town) -> None:
    anna, boris = await town.contact_of(), await town.contact_of(name="宝")
    base = await ready(town, anna)
    revision = 0
    for data in (
        f"a:{base}:{revision}:0",
        f"a:{base}:{revision}:submit",
        f"b:fill:{base}",
        f"b:papers:{base}",
        f"b:submit:{base}",
        f"b:supplement:{base}",
        f"b:declined:{base}",
        f"p:{base}:plan:1",
    ):
        said = await boris.taps("?", on=Said(1, "", {"?": data}))
        assert said.text == "这不是您负责的事项。", data
    assert (await boris.says("还缺")).text == "请发「申报」或「基地」，选择要办理的申报。"
    assert (await on_file(town, base)).values == values()
    assert (await row_of(town, base)).step == Step.PREPARING


async def test_a_stranger_gets_nothing(town: Town) -> None:
    anna, stranger = await town.contact_of(), await town.stranger()
    base = await registered(town, anna)
    for text in ("申报", "/apply", "材料", "还缺"):
        assert (await stranger.says(text)).text.startswith("您好。这里只对已登记的基地联系人开放。"), text
    for data in (f"a:{base}:0:0", f"b:fill:{base}", "n:chat-1", "i:0:start", f"p:{base}:plan:1"):
        said = await stranger.taps("?", on=Said(1, "", {"?": data}))
        assert said.text.startswith("您好。这里只对已登记的基地联系人开放。"), data
    assert await count(town) == 1


async def test_an_application_of_the_office_is_offered(town: Town) -> None:
    anna = await town.contact_of()
    base = await registered(town, anna)
    notice = next(said for said in await anna.look() if "的申报已登记" in said.text)
    assert list(notice.buttons) == ["填写申报书", "提交申报", "撤回申报"]
    assert (await anna.taps("填写申报书", on=notice)).text.startswith("1/20")
    said = await anna.says("基地")
    assert list(said.buttons) == ["填写申报书", "提交申报", "撤回申报"]
    assert base


@pytest.mark.parametrize("channel", [telegram.NAME], indirect=True)
async def test_the_menu_has_it(town: Town) -> None:
    await telegram.set_commands(town.bot)
    assert {"command": "apply", "description": "申报"} in town.api.commands
