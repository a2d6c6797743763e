"""The pages while the database goes away and comes back."""

import asyncio
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app import embedded
from app.embedded import HOST, free_port
from app.http import serving
from desk.pages import mount
from desk.services import DeskServices
from persistence.database import Database
from persistence.migrate import upgrade
from tests.browser import Browser
from tests.desk.conftest import Site
from tests.desk.scene import person, said, tell
from tests.support import clock_from, eventually


async def test_lost_listener_listens_again(browser: Browser, site: Site, database: Database) -> None:
    contact = await person(site.services, "王老师")
    tab = await browser.open(f"{site.url}/chat/{contact}")
    await tab.see("王老师", ".jb-name")
    async with database.transaction() as tx:
        await tx.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        )
    await asyncio.sleep(3)  # meanwhile it has noticed
    await tell(site.services, contact, "还听得见吗")
    await tab.see("还听得见吗", ".jb-bubble", seconds=1)


async def test_database_goes_and_comes_back(
    browser: Browser, scratch: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = scratch / "pg2"
    port = free_port()
    async with AsyncExitStack() as stack:
        servers = stack.enter_context(ExitStack())
        url = servers.enter_context(embedded.postgres(folder))
        upgrade(url)
        database = Database(url)
        stack.push_async_callback(database.close)
        services = DeskServices(database, clock_from("2022-01-04 08:50"))
        app = FastAPI()
        mount(app, services)
        await stack.enter_async_context(serving(app, HOST, port))
        contact = await person(services, "王老师")
        await tell(services, contact, "先前的话")
        tab = await browser.open(f"http://{HOST}:{port}/chat/{contact}")
        await tab.see("先前的话")
        await asyncio.to_thread(servers.close)
        await tab.see("数据库暂时连不上", ".jb-away")
        await tab.write("这句没有送到")
        await tab.see("没有送到", ".q-notification")
        fresh = [
            await browser.open(f"http://{HOST}:{port}{path}")
            for path in ("/chat", f"/chat/{contact}", "/desk")
        ]
        for one in fresh:
            await one.see("数据库暂时连不上", ".jb-away")
        await tab.picture(tmp_path / "away.png")

        assert await asyncio.to_thread(servers.enter_context, embedded.postgres(folder)) == url
        await fresh[0].see("先前的话", ".jb-bubble")
        await fresh[1].see("先前的话", ".jb-bubble")
        for one in (tab, *fresh[1:]):
            await eventually(partial(one.texts, ".jb-away"), lambda lines: lines == [])
        await tell(services, contact, "又通了")
        await tab.see("又通了", ".jb-bubble", seconds=2)
        assert await tab.script("return document.querySelector('textarea').value") == "这句没有送到"
        assert [m.text for m in await said(database, contact)] == ["先前的话", "又通了"]
    assert [r.message for r in caplog.records if r.levelname == "ERROR"] == []
