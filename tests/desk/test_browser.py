"""The chat as a person uses it, in a real Chromium."""

import asyncio
from pathlib import Path

from persistence.database import Database
from persistence.local_chat import LocalChat
from tests.browser import Browser, Tab
from tests.desk.conftest import Site
from tests.desk.scene import arrived, person, said, tell
from tests.support import eventually

QUESTION = "3/20 · 培训\n本月培训高职学生多少人次？（人次，如 120）\n上月：32"
BUTTONS = [
    [("同上月 32", "f:1:7:last"), ("0", "f:1:7:zero")],
    [("上一项", "f:1:7:back"), ("跳过", "f:1:7:skip")],
]


async def test_answer_by_typing_and_by_tapping(
    browser: Browser, site: Site, database: Database, tmp_path: Path
) -> None:
    contact = await person(site.services, "示例职业技术大学 王老师")
    await tell(site.services, contact, "2021年12月月调度，共20项，1月10日前。", [[("开始填报", "t:1")]])
    tab = await browser.open(f"{site.url}/chat/{contact}")
    await tab.see("2021年12月月调度", ".jb-bubble")
    await tab.tap("开始填报")
    await arrived(database, 1)
    asked = await tell(site.services, contact, QUESTION, BUTTONS)
    await tab.see("高职学生", ".jb-bubble", seconds=2)
    await tab.write("３２０")
    await tab.see("３２０", ".jb-mine .jb-bubble", seconds=2)
    await tab.tap("同上月")

    opened, typed, tapped = await arrived(database, 3)
    assert (opened["button"], typed["text"], typed["button"]) == ("t:1", "３２０", None)
    assert (tapped["button"], tapped["message_id"], tapped["person_id"]) == ("f:1:7:last", asked, contact)
    assert [m.text for m in await said(database, contact) if m.mine] == ["开始填报", "３２０", "同上月 32"]
    assert await tab.texts(".jb-spent .jb-button") == ["开始填报"]
    await tab.picture(tmp_path / "chat.png")
    await tab.resize(390, 844)
    await tab.picture(tmp_path / "chat-phone.png")
    await tab.resize(360, 640)
    assert await tab.script("return document.documentElement.scrollWidth") == 360
    await tab.tap("menu")
    await tab.see("以访客身份开始", ".jb-people")
    await asyncio.sleep(0.3)
    await tab.picture(tmp_path / "chat-phone-people.png")
    await tab.script("document.elementFromPoint(340, 300).click()")
    await eventually(lambda: tab.texts(".jb-open"), lambda found: found == [])
    assert await tab.errors() == []


async def test_old_button_still_works(browser: Browser, site: Site, database: Database) -> None:
    contact = await person(site.services, "王老师")
    old = await tell(site.services, contact, "第一问", [[("旧按钮", "old")]])
    await tell(site.services, contact, "第二问", [[("新按钮", "new")]])
    tab = await browser.open(f"{site.url}/chat/{contact}")
    await tab.tap("旧按钮")
    [update] = await arrived(database, 1)
    assert (update["button"], update["message_id"]) == ("old", old)


async def test_edited_message_is_drawn_again(browser: Browser, site: Site, database: Database) -> None:
    contact = await person(site.services, "王老师")
    number = await tell(site.services, contact, "原来的话", [[("开始", "go")]])
    tab = await browser.open(f"{site.url}/chat/{contact}")
    await tab.see("原来的话")
    async with database.transaction() as tx:
        await LocalChat(tx).change(number, "改过的话", [])
    await tab.see("改过的话", ".jb-bubble", seconds=2)
    assert await tab.texts(".jb-button") == []


async def test_two_people_and_one_twice(browser: Browser, site: Site, database: Database) -> None:
    first, second = [await person(site.services, name) for name in ("王老师", "李老师")]
    one = await browser.open(f"{site.url}/chat/{first}")
    again = await browser.open(f"{site.url}/chat/{first}")
    other = await browser.open(f"{site.url}/chat/{second}")
    await eventually(lambda: _count(site), lambda n: n == 3)
    await one.write("你好")
    await again.see("你好", ".jb-mine .jb-bubble", seconds=2)
    await tell(site.services, second, "给李老师的话")
    await other.see("给李老师的话", ".jb-bubble", seconds=2)
    assert await other.texts(".jb-bubble") == ["给李老师的话"]
    assert await one.texts(".jb-bubble") == ["你好"]
    await other.close()
    await again.close()
    await eventually(lambda: _count(site), lambda n: n == 1)


async def _count(site: Site) -> int:
    return site.feed.followers


async def test_nothing_in_a_message_is_markup(browser: Browser, site: Site, database: Database) -> None:
    nasty = '</title></script><img src=x onerror="window.harmed=1"> <b>粗</b> ${1+1} `x` {{ 7*7 }}\n  第二行  空格'
    contact = await person(site.services, f"<b>{nasty[:30]}</b>")
    await tell(site.services, contact, nasty, [[("<i>按</i>${2}", "b")]])
    tab = await browser.open(f"{site.url}/chat/{contact}")
    await tab.see("第二行", ".jb-bubble")
    await tab.write(nasty.splitlines()[0])
    await tab.see("粗", ".jb-mine .jb-bubble")
    shown = await tab.script("return document.querySelector('.jb-bubble').textContent")
    assert shown == nasty
    assert await tab.texts(".jb-button") == ["<i>按</i>${2}"]
    assert await tab.script("return document.querySelectorAll('.jb-main img').length") == 0
    assert await tab.script("return window.harmed") is None
    assert await tab.script("return document.title") == f"<b>{nasty[:30]}</b> · 揭榜"


async def test_an_address_that_the_bot_gives_can_be_followed(browser: Browser, site: Site) -> None:
    contact, address = await person(site.services, "王老师"), f"{site.url}/evidence/NS41_x-9"
    said = f"上传链接 <b>请勿转发</b>：\n{address}，或发文件"
    await tell(site.services, contact, said)
    tab = await browser.open(f"{site.url}/chat/{contact}")
    await tab.see("或发文件", ".jb-bubble")
    assert await tab.script("return document.querySelector('.jb-bubble').textContent") == said
    links = "return [...document.querySelectorAll('.jb-bubble a')].map(a => [a.href, a.target, a.rel])"
    assert await tab.script(links) == [[address, "_blank", "noopener"]]
    await tab.write(f"我的链接 {address}")
    await tab.see("我的链接", ".jb-mine .jb-bubble")
    assert await tab.script("return document.querySelectorAll('.jb-mine .jb-bubble a').length") == 0


async def test_the_end_stays_in_view_unless_scrolled_up(browser: Browser, site: Site) -> None:
    contact = await person(site.services, "王老师")
    for n in range(40):
        await tell(site.services, contact, f"第 {n} 条\n两行")
    tab = await browser.open(f"{site.url}/chat/{contact}")
    await eventually(lambda: _below(tab), lambda px: px == 0)
    await tell(site.services, contact, "新的一条")
    await tab.see("新的一条", ".jb-bubble")
    await eventually(lambda: _below(tab), lambda px: px == 0)
    await tab.script("document.querySelector('.jb-list').scrollTop = 300")
    await asyncio.sleep(0.2)
    await tell(site.services, contact, "又一条")
    await tab.see("又一条", ".jb-bubble")
    await asyncio.sleep(0.2)
    assert await tab.script("return document.querySelector('.jb-list').scrollTop") == 300


async def _below(tab: Tab) -> int:
    left = await tab.script(
        "const l = document.querySelector('.jb-list'); return Math.round(l.scrollHeight - l.scrollTop - l.clientHeight)"
    )
    assert isinstance(left, int)
    return left


async def test_player_answers_and_finishes(browser: Browser, site: Site, database: Database) -> None:
    contact = await person(site.services, "王老师")
    tab = await browser.open(f"{site.url}/chat/{contact}")
    await tab.tap("让演示角色填完本表")
    await tab.see("已填完", ".q-notification")
    await tab.see("✓ 已报送", ".jb-bubble")
    assert site.finished == [contact]
    await tab.script("document.querySelector('.jb-demo .q-toggle').click()")

    async def played() -> bool:
        async with database.transaction() as tx:
            return (await LocalChat(tx).people())[0].played

    await eventually(played)


async def test_visitor_begins(browser: Browser, site: Site, database: Database, tmp_path: Path) -> None:
    tab = await browser.open(f"{site.url}/chat")
    await tab.see("以访客身份开始", ".jb-people")
    await tab.picture(tmp_path / "nobody.png")
    await tab.write("张三", ".jb-visitor input")
    await tab.see("张三", ".jb-name")
    await tab.write("你好")
    [update] = await arrived(database, 1)
    assert update["text"] == "你好"
