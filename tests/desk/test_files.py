"""A picture in the chat is shown, a workbook is offered; each to whom it was sent."""

from pathlib import Path
from urllib.parse import quote

import httpx

from casework import picture_chart, picture_sheet
from persistence.local_chat import LocalChat, LocalFile
from tests.browser import Browser
from tests.desk.conftest import Site
from tests.desk.scene import person
from tests.pictures.samples import sample
from tests.support import eventually

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAME = "2026年10月月调度情况"


async def sent(site: Site, who: int) -> tuple[int, int]:
    """A chart and a workbook; the ids of their messages."""
    chart = LocalFile(name=f"{NAME}.png", media_type="image/png", content=picture_chart.png(sample()))
    table = LocalFile(name=f"{NAME}.xlsx", media_type=XLSX, content=picture_sheet.xlsx(sample()))
    async with site.services.database.transaction() as tx:
        chat, now = LocalChat(tx), site.services.clock.now()
        return await chat.send(who, chart, "", now), await chat.send(who, table, "", now)


async def test_files_are_given_out_with_their_names(site: Site) -> None:
    who, other = await person(site.services, "示例值班员"), await person(site.services, "示例联系人")
    chart, table = await sent(site, who)
    async with httpx.AsyncClient(base_url=site.url) as http:
        shown = await http.get(f"/chat/{who}/files/{chart}")
        offered = await http.get(f"/chat/{who}/files/{table}")
        strangers = await http.get(f"/chat/{other}/files/{table}")
        nothing = await http.get(f"/chat/{who}/files/999999")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert shown.headers["content-disposition"].startswith("inline;")
    assert shown.content.startswith(b"\x89PNG")
    assert (offered.status_code, offered.headers["content-type"]) == (200, XLSX)
    assert offered.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote(NAME)}.xlsx"
    assert offered.content.startswith(b"PK")
    assert (strangers.status_code, nothing.status_code) == (404, 404)


async def test_the_picture_is_seen_in_the_chat_and_the_workbook_can_be_saved(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    who = await person(site.services, "示例值班员")
    chart, table = await sent(site, who)
    tab = await browser.open(f"{site.url}/chat/{who}")
    await tab.see(f"{NAME}.xlsx", ".jb-file")
    loaded = "return document.querySelector('img.jb-picture')?.naturalWidth || 0"
    await eventually(lambda: tab.script(loaded), lambda width: int(str(width)) > 800)
    look = "const i = document.querySelector('img.jb-picture'); return [i.alt, i.getAttribute('src'), i.clientWidth]"
    found = await tab.script(look)
    assert isinstance(found, list)
    alt, where, width = found
    assert (alt, where) == (f"{NAME}.png", f"/chat/{who}/files/{chart}")
    assert 300 < width <= 560
    link = "const a = document.querySelector('a.jb-file'); return [a.getAttribute('href'), a.hasAttribute('download')]"
    assert await tab.script(link) == [f"/chat/{who}/files/{table}", True]
    await tab.picture(tmp_path / "chat.png")
    await tab.resize(360, 640)
    assert await tab.script("return document.documentElement.scrollWidth") == 360
    assert await tab.errors() == []
