"""The chat without a browser: NiceGUI's simulated user over the real PostgreSQL, and plain HTTP."""

from collections.abc import AsyncIterator

import httpx
import nicegui
import pytest
from nicegui import ui
from nicegui.testing import User

from persistence.database import Database
from persistence.local_chat import LocalChat
from tests.desk.conftest import Site
from tests.desk.scene import arrived, person, tell
from tests.support import eventually, register, state_of


@pytest.fixture
async def user(site: Site) -> AsyncIterator[User]:
    """Somebody at the pages that are being served."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(nicegui.app), base_url="http://test"
    ) as client:
        yield User(client)


async def test_what_is_typed_becomes_an_update(user: User, site: Site, database: Database) -> None:
    contact = await person(site.services, "王老师")
    await user.open(f"/chat/{contact}")
    user.find(marker="entry").trigger("keydown", " 320 ")
    [update] = await arrived(database, 1)
    assert (update["person_id"], update["text"], update["button"]) == (contact, "320", None)
    await user.should_see("320")


async def test_what_the_bot_says_appears_and_can_be_tapped(
    user: User, site: Site, database: Database
) -> None:
    contact = await person(site.services, "王老师")
    await user.open(f"/chat/{contact}")
    asked = await tell(site.services, contact, "第一问", [[("同上月 32", "f:1")]])
    await user.should_see("第一问")
    await user.should_see("1月4日 08:50")
    user.find("同上月 32").click()
    [update] = await arrived(database, 1)
    assert (update["button"], update["message_id"], update["text"]) == ("f:1", asked, None)


async def test_blank_is_not_sent(user: User, site: Site, database: Database) -> None:
    contact = await person(site.services, "王老师")
    await user.open(f"/chat/{contact}")
    user.find(marker="entry").trigger("keydown", "  ")
    user.find(marker="entry").trigger("keydown", "在吗")
    [update] = await arrived(database, 1)
    assert update["text"] == "在吗"


async def test_what_is_sent_quickly_keeps_its_order(user: User, site: Site, database: Database) -> None:
    contact = await person(site.services, "王老师")
    await user.open(f"/chat/{contact}")
    for n in range(20):
        user.find(marker="entry").trigger("keydown", str(n))
    assert [row["text"] for row in await arrived(database, 20)] == [str(n) for n in range(20)]


async def test_switch_is_kept(user: User, site: Site, database: Database) -> None:
    contact = await person(site.services, "王老师")

    async def played() -> bool:
        async with database.transaction() as tx:
            return (await LocalChat(tx).people())[0].played

    await user.open(f"/chat/{contact}")
    user.find("由演示角色代答").click()
    await eventually(played)
    user.find("由演示角色代答").click()
    await eventually(played, lambda on: not on)


async def test_first_person_is_shown(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url) as client:
        assert "还没有人" in (await client.get("/chat")).text
        contact = await person(site.services, "王老师")
        reply = await client.get("/chat")
    assert (reply.status_code, reply.headers["location"]) == (307, f"/chat/{contact}")


async def test_unknown_person(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url) as client:
        reply = await client.get("/chat/999")
    assert reply.status_code == 404
    assert "没有这个人" in reply.text


async def test_other_addresses_are_not_ours(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url) as client:
        reply = await client.get("/api/unknown")
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/json")


async def test_desk_lists_bases(user: User, database: Database) -> None:
    await register(database, state_of())
    await user.open("/desk")
    [table] = user.find(ui.table).elements
    assert table.rows == [
        {
            "id": "base-2021-03-1",
            "基地": "示例基地 base-2021-03-1",
            "牵头单位": "示例职业技术大学",
            "级别": "省级",
            "城市": "太原",
            "阶段": "自愿申报",
            "等待": "申报主体",
            "期限": "2022-01-21",
            "逾期": "",
        }
    ]
