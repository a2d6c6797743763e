"""`jiebang up --demo`, all of it, as a newcomer starts and stops it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import text
from temporalio.testing import WorkflowEnvironment

from app import embedded
from app.embedded import HOST
from demo.desk import ROUND
from demo.people import APPLICANTS, BASES, NEWCOMER, OFFICIAL
from domain.lifecycle import Step
from domain.rounds.state import Phase
from domain.terms import Role
from persistence.database import Database
from persistence.local_chat import LocalChat, LocalMessage
from persistence.tokens import Tokens
from tests.api.site import refused, serving
from tests.app.cli import Terminal
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
        assert {name_of(p) for p in processes} >= {"postgres", "temporal"}
        self.process.send_signal(how)
        assert self.process.wait(30) == 0, self.printed()
        assert [p for p in processes if not is_gone(p)] == []
        assert self.printed().rstrip().endswith("已全部停止。再次运行将从停下的地方继续。")
        assert "Traceback" not in self.printed()


def name_of(process: psutil.Process) -> str | None:
    """What it is; None if it has ended meanwhile, as PostgreSQL's helpers do."""
    with suppress(psutil.NoSuchProcess):
        return process.name()
    return None


@contextmanager
def demo(home: Path, log: str, year: str = "5m", *more: str) -> Iterator[Demo]:
    """Started on free ports; killed on leaving, if it was not stopped."""
    ports = {name: embedded.free_port() for name in ("HTTP", "TEMPORAL", "TEMPORAL_UI")}
    env = {k: v for k, v in os.environ.items() if not k.startswith(("JIEBANG_", "TEMPORAL_"))}
    env |= {f"JIEBANG_{name}_PORT": str(port) for name, port in ports.items()}
    command = [sys.executable, "-m", "app", "up", "--demo", "--year", year, *more]
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


@asynccontextmanager
async def office(running: Demo, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who looks on over the API."""
    async with database.transaction() as tx:
        token = await Tokens(tx).create("示例观察员", Role.OFFICE)
    bearer = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=running.url, headers=bearer) as http:
        yield http


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
        async with office(first, database) as http:
            of = (await http.get(ROUND)).json()
            assert (of["announced_on"], of["deadline"]) == ("2021-12-20", "2022-01-21")
            assert of["phase"] == Phase.APPLICATION
            assert sum(of["applications"].values()) == len(APPLICANTS)
        said = await chat_of(database, NEWCOMER)
        await database.close()
        first.stop(signal.SIGINT)

    stood = datetime.fromisoformat(re.findall(r'"business": "(.*)"', (home / "clock.json").read_text())[0])
    with embedded.postgres(home / "postgres"):
        assert await latest(database) <= stood, "nothing was said after the time at which it stopped"
        await database.close()

    with demo(home, "second.log", "3m") as second:
        went_on = await second.began()
        assert stood.date() <= went_on <= stood.date() + timedelta(days=1)
        assert (await chat_of(database, NEWCOMER))[: len(said)] == said
        async with database.transaction() as tx:
            begun = await tx.scalar(text("SELECT count(*) FROM bases"))
        assert begun == len(BASES) + len(APPLICANTS), "each once"
        async with office(second, database) as http:
            await plays_the_round_to_its_end(http, second)
        await database.close()
        second.stop(signal.SIGTERM)


async def plays_the_round_to_its_end(http: httpx.AsyncClient, running: Demo) -> None:
    """Applied, signed, scored, listed, shown, objected to, published: pilots begin, and nobody was refused."""

    async def live() -> dict[str, Any]:
        assert running.process.poll() is None, running.printed()
        return {**(await http.get(ROUND)).json(), "directions": []}

    await eventually(live, lambda of: of["phase"] == Phase.OVER, seconds=120)
    rows = {row["name"]: row for row in (await http.get(f"{ROUND}/list")).json()}
    assert {name: (row["rank"], row["level"], row["selected"]) for name, row in rows.items()} == {
        "示例智能建造产教融合实训基地": (1, "省级", True),
        "示例装配式建筑产教融合实训基地": (2, "省级", True),
        "示例建筑产业园产教融合实训基地": (3, "市级", True),  # no third place: offered and taken in chat
        "示例现代物流产教融合实训基地": (1, "市级", True),
        "示例冷链物流产教融合实训基地": (2, "市级", False),
        "示例会展策划产教融合实训基地": (1, "省级", True),
        "示例会展服务产教融合实训基地": (2, "省级", True),
    }
    bases = (await http.get("/api/bases", params={"limit": 200})).json()["items"]
    steps = {base["name"]: base["step"] for base in bases if base["name"] in rows}
    selected = {name for name, row in rows.items() if row["published_on"]}
    assert steps == {name: Step.PILOT if name in selected else Step.NOT_SELECTED for name in rows}
    assert selected == {name for name, row in rows.items() if row["selected"]}
    [objection] = (await http.get(f"{ROUND}/objections")).json()
    assert objection["state"] == "不成立"
    assert "was not taken" not in running.printed()


async def test_reports_are_reviewed_and_shown_to_the_office_when_the_demo_begins_later(home: Path) -> None:
    database = Database(f"postgresql+asyncpg://postgres@/postgres?host={home}/postgres")
    with demo(home, "later.log", "12m", "--from", "2023-10") as later:
        assert await later.began() == date(2023, 10, 7)  # worked, instead of a day of the holidays before
        assert f"{later.url}/public/assessments" in later.printed()
        async with database.transaction() as tx:
            chat = LocalChat(tx)
            await chat.set_played((await chat.person(NEWCOMER)).id, played=True)
        async with office(later, database) as http:

            async def report(of: str) -> dict[str, Any]:
                assert later.process.poll() is None, later.printed()
                answer = await http.get(f"/api/obligations/obligation-{of}")
                return answer.json() if answer.status_code == 200 else {"state": None}

            await eventually(
                lambda: report("base-existing-03-1-monthly-2023-09"),
                lambda one: one["state"] == "已通过" and one["version"] == 2,
                seconds=60,
            )
            self_check = partial(report, "base-existing-02-1-quarterly-2023-Q3")
            await eventually(self_check, lambda one: one["state"] == "已报送", seconds=60)
            concluded = {"state": "已办结", "period": "2023-Q3"}
            await eventually(lambda: http.get("/api/supervisions", params=concluded), has_items, seconds=60)
        sent = await eventually(lambda: sent_to(database, OFFICIAL), lambda files: len(files) > 1, seconds=60)
        assert {file.rpartition(".")[2] for file in sent} == {"png", "xlsx"}
        told = [m.text for m in await chat_of(database, OFFICIAL)]
        assert any(text.startswith("【2023年") and "按时率" in text for text in told)
        said = [m.text for m in await chat_of(database, NEWCOMER)]
        assert any("被退回" in text for text in said)
        assert any("原填：" in text and "退回理由：" in text for text in said)
        assert "was not taken" not in later.printed()
        await database.close()
        later.stop(signal.SIGINT)


def has_items(answer: httpx.Response) -> bool:
    """Whether a list is not empty."""
    return bool(answer.json()["items"])


async def sent_to(database: Database, name: str) -> list[str]:
    """The files on somebody's page."""
    return [m.file for m in await chat_of(database, name) if m.file]


async def test_the_2021_call_cannot_be_called_where_it_was_loaded_by_hand(
    terminal: Terminal, skipping: WorkflowEnvironment, database_url: str, database: Database
) -> None:
    assert (await terminal.jiebang("seed")).line() == "已载入"
    asked = {"slug": "2021", "title": "示例发榜", "deadline": "2022-01-22T00:00:00+08:00"}
    async with serving(skipping.client, database_url, workers=False) as site:
        problem = refused(await site.post("/api/rounds", asked), 422)
    assert problem["code"] == "round.known"
