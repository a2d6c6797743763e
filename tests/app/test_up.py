"""`jiebang up --demo`, all of it, as a newcomer starts and stops it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import psutil
from sqlalchemy import text

from app import embedded
from app.embedded import HOST
from demo.people import NEWCOMER
from persistence.database import Database
from persistence.local_chat import LocalChat, LocalMessage
from tests.app.test_embedded import is_gone
from tests.support import eventually

_ROOT = Path(__file__).parents[2]


@dataclass
class Demo:
    """A demo that runs in a process of its own."""

    home: Path
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def printed(self) -> str:
        """What stands on its terminal."""
        return self.log.read_text("utf-8")

    async def began(self) -> date:
        """The business date that it says it begins at."""

        async def said() -> re.Match[str] | None:
            assert self.process.poll() is None, self.printed()
            return re.search(r"现在是 (\d{4}-\d\d-\d\d)", self.printed())

        found = await eventually(said, seconds=60)
        assert found
        return date.fromisoformat(found[1])

    def everything(self) -> list[psutil.Process]:
        """Its own process, Temporal, PostgreSQL, and all that they started."""
        roots = [
            psutil.Process(self.process.pid),
            psutil.Process(int((self.home / "temporal.pid").read_text())),
            psutil.Process(int((self.home / "postgres" / "postmaster.pid").read_text().split()[0])),
        ]
        return [*roots, *(child for root in roots for child in root.children(recursive=True))]

    def stop(self, how: signal.Signals) -> None:
        """As Ctrl-C does: it ends well, in time, and leaves nothing running."""
        processes = self.everything()
        assert {p.name() for p in processes} >= {"postgres", "temporal"}
        self.process.send_signal(how)
        assert self.process.wait(30) == 0, self.printed()
        assert [p for p in processes if not is_gone(p)] == []
        assert self.printed().rstrip().endswith("已全部停止。再次运行将从停下的地方继续。")
        assert "Traceback" not in self.printed()


@contextmanager
def demo(home: Path, log: str) -> Iterator[Demo]:
    """Started on free ports; killed on leaving, if it was not stopped."""
    ports = {name: embedded.free_port() for name in ("HTTP", "TEMPORAL", "TEMPORAL_UI")}
    env = {k: v for k, v in os.environ.items() if not k.startswith(("JIEBANG_", "TEMPORAL_"))}
    env |= {f"JIEBANG_{name}_PORT": str(port) for name, port in ports.items()}
    command = [sys.executable, "-m", "app", "up", "--demo", "--year", "5m"]
    with (home / log).open("wb") as terminal:
        process = subprocess.Popen(
            command, cwd=_ROOT, env=env | {"JIEBANG_HOME": str(home)}, stdout=terminal, stderr=terminal
        )
    running = Demo(home, f"http://{HOST}:{ports['HTTP']}", process, home / log)
    try:
        yield running
        for name, port in ports.items():
            embedded.check_port(port, f"JIEBANG_{name}_PORT")
    finally:
        if process.poll() is None:
            for left in running.everything():
                with suppress(psutil.NoSuchProcess):
                    left.kill()
            process.wait()


async def chat_of(database: Database, name: str) -> list[LocalMessage]:
    """The bubbles on somebody's page."""
    async with database.transaction() as tx:
        chat = LocalChat(tx)
        person = next((p for p in await chat.people() if p.name == name), None)
        return await chat.messages(person.id, limit=1000) if person else []


async def latest(database: Database) -> datetime:
    """The business time of the last thing that was said to anybody."""
    async with database.transaction() as tx:
        found = await tx.scalar(text("SELECT max(at) FROM local_messages"))
    assert isinstance(found, datetime)
    return found


async def test_the_demo_starts_stops_and_goes_on_where_it_was(home: Path) -> None:
    database = Database(f"postgresql+asyncpg://postgres@/postgres?host={home}/postgres")
    began = time.monotonic()
    with demo(home, "first.log") as first:

        async def first_notice() -> LocalMessage | None:
            assert first.process.poll() is None, first.printed()
            try:
                return next((m for m in await chat_of(database, NEWCOMER) if "月调度" in m.text), None)
            except Exception:
                return None  # PostgreSQL is still starting

        notice = await eventually(first_notice, seconds=60)
        assert time.monotonic() - began < 60
        assert notice
        assert "点「开始填报」" in notice.text
        assert notice.buttons[0][0][0] == "开始填报"
        assert await first.began() == date(2022, 1, 4)
        async with httpx.AsyncClient(base_url=first.url, follow_redirects=True) as browser:
            for page in ("/chat", "/desk", "/docs"):
                assert (await browser.get(page)).status_code == 200, page
            assert (await browser.get("/readyz")).json() == {"status": "ok"}
        for address in ("/chat", "/desk", "/docs"):
            assert f"{first.url}{address}" in first.printed()
        said = await chat_of(database, NEWCOMER)
        await database.close()
        first.stop(signal.SIGINT)

    stood = datetime.fromisoformat(re.findall(r'"business": "(.*)"', (home / "clock.json").read_text())[0])
    with embedded.postgres(home / "postgres"):
        assert await latest(database) <= stood, "nothing was said after the time at which it stopped"
        await database.close()

    with demo(home, "second.log") as second:
        went_on = await second.began()
        assert stood.date() <= went_on <= stood.date() + timedelta(days=1)
        assert (await chat_of(database, NEWCOMER))[: len(said)] == said
        async with database.transaction() as tx:
            begun = await tx.scalar(text("SELECT count(*) FROM bases"))
        assert begun == 6, "three bases and three applicants, once"
        await database.close()
        second.stop(signal.SIGTERM)
