"""What this machine refuses is one clear line; what a killed run left behind is put in order."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from app import embedded
from app.embedded import HOST, SetupError
from app.wiring import connect
from tests.app.cli import Terminal


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with closing(socket.socket()) as other:
        other.bind((HOST, 0))
        other.listen()
        yield int(other.getsockname()[1])


@pytest.fixture
def alone(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal on a machine where nothing is configured."""
    for name in ("JIEBANG_DATABASE_URL", "TEMPORAL_ADDRESS", "TEMPORAL_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    terminal.set(
        **{f"JIEBANG_{name}_PORT": embedded.free_port() for name in ("HTTP", "TEMPORAL", "TEMPORAL_UI")}
    )
    return terminal


# One clear line


async def test_the_http_port_in_use(alone: Terminal, taken: int) -> None:
    alone.set(JIEBANG_HTTP_PORT=taken)
    for command in (["up"], ["up", "--demo"]):
        line = (await alone.jiebang(*command)).refusal()
        assert line == f"端口 {taken} 已被占用。请关闭占用它的程序，或设置 JIEBANG_HTTP_PORT 为其他端口。"


@pytest.mark.parametrize("name", ["JIEBANG_TEMPORAL_PORT", "JIEBANG_TEMPORAL_UI_PORT"])
async def test_a_port_of_temporal_in_use_stops_what_was_started(
    alone: Terminal, database_url: str, taken: int, name: str
) -> None:
    alone.set(**{name: taken, "JIEBANG_DATABASE_URL": database_url})
    outcome = await alone.jiebang("up", "--demo")
    assert (outcome.code, outcome.out.splitlines()) == (1, ["启动 Temporal …"])
    assert outcome.err == f"错误：端口 {taken} 已被占用。请关闭占用它的程序，或设置 {name} 为其他端口。\n"


@pytest.mark.parametrize("command", [["up", "--demo"], ["seed"], ["token", "revoke", "甲"]])
async def test_a_folder_that_cannot_be_written_to(
    alone: Terminal, tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    alone.set(JIEBANG_HOME=tmp_path / "file" / "home")
    line = (await alone.jiebang(*command)).refusal()
    assert line.startswith(f"数据目录 {tmp_path}/file/home 不可写（")
    assert line.endswith("请换一个目录：JIEBANG_HOME=/可写/目录")


async def test_a_disk_that_is_full(alone: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=499 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    line = (await alone.jiebang("up", "--demo")).refusal()
    assert line == f"{tmp_path / 'home'} 所在磁盘只剩 499 MiB，至少需要 500 MiB。"


@pytest.mark.parametrize(
    "year", ["", "30", "m", "0m", "-5m", "1.5h", "5 m", "30M", "1y", "半小时", "366d", "9" * 30 + "d"]
)
async def test_a_year_that_cannot_be_understood(alone: Terminal, year: str) -> None:
    assert (await alone.jiebang("up", "--demo", f"--year={year}")).refusal().startswith(f"--year {year}：")


async def test_a_month_that_no_demo_can_begin_with(alone: Terminal) -> None:
    line = (await alone.jiebang("up", "--demo", "--from=2022-01")).refusal()
    assert line == "--from 2022-01：请写成年和月，如 2023-10，可从 2023-07 至 2030-12"


async def test_a_second_run_in_the_same_folder_leaves_the_first_alone(
    alone: Terminal, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with embedded.alone(home):
        line = (await alone.jiebang("up", "--demo")).refusal()
        assert line.startswith(f"数据目录 {home} 正由另一个 jiebang up 使用")
    with embedded.alone(home):
        pass


def test_a_program_that_is_not_there_says_what_to_do() -> None:
    with pytest.raises(SetupError, match="make setup"):
        embedded.beside_python("no-such-program")


# What a killed run leaves behind


def is_gone(process: psutil.Process) -> bool:
    """Whether it has ended; who should bury it may be slow."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


class Killed(NamedTuple):
    """A run that was killed, and the Temporal that it left behind."""

    folder: Path
    port: int
    leftover: psutil.Process


_RUN = """
import sys, time
from pathlib import Path
from app import embedded
with embedded.temporal(Path(sys.argv[1]), int(sys.argv[2]), None):
    print("up", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def killed(home: Path) -> Iterator[Killed]:
    """A run of Temporal whose parent had no chance to stop it."""
    port = embedded.free_port()
    with subprocess.Popen([sys.executable, "-c", _RUN, home, str(port)], stdout=subprocess.PIPE) as run:
        assert run.stdout
        assert run.stdout.readline() == b"up\n"
        leftover = psutil.Process(int((home / "temporal.pid").read_text()))
        run.kill()
    yield Killed(home, port, leftover)
    if not is_gone(leftover):
        leftover.kill()


async def test_a_temporal_that_a_killed_run_left_behind_is_ended(killed: Killed) -> None:
    assert not is_gone(killed.leftover), "it goes on without its parent"
    with embedded.temporal(killed.folder, killed.port, None) as address:
        assert is_gone(killed.leftover)
        own = psutil.Process(int((killed.folder / "temporal.pid").read_text()))
        assert own.pid != killed.leftover.pid
        assert await (await connect(address)).service_client.check_health()
    assert is_gone(own)
    assert not (killed.folder / "temporal.pid").exists()
    embedded.check_port(killed.port, "the port is free again")


def test_a_process_that_only_has_the_same_number_is_left_alone(home: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as innocent:
        (home / "temporal.pid").write_text(str(innocent.pid))
        with embedded.temporal(home, embedded.free_port(), None):
            assert innocent.poll() is None
        innocent.kill()


@pytest.mark.parametrize("written", ["", "not a number", "999999999"])
def test_a_note_that_names_no_process_is_no_trouble(home: Path, written: str) -> None:
    (home / "temporal.pid").write_text(written)
    embedded._end_leftover(home)


async def test_a_temporal_that_does_not_start_names_its_log(home: Path) -> None:
    (home / "temporal.db").mkdir()
    with (
        pytest.raises(SetupError, match=r"temporal\.log"),
        embedded.temporal(home, embedded.free_port(), None),
    ):
        pass
    assert not (home / "temporal.pid").exists()


_POSTGRES = """
import sys, time
from pathlib import Path
from app import embedded
with embedded.postgres(Path(sys.argv[1])) as url:
    print(url, flush=True)
    time.sleep(float(sys.argv[2]))
"""


def postgres_of(folder: Path, seconds: int) -> list[str]:
    """A command that uses the PostgreSQL in a folder for a while."""
    return [sys.executable, "-c", _POSTGRES, str(folder), str(seconds)]


def server_of(folder: Path) -> psutil.Process:
    """The PostgreSQL that runs in a folder."""
    return psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))


def test_a_postgresql_that_a_killed_run_left_behind_is_taken_over_and_then_stopped(home: Path) -> None:
    folder = home / "pg"
    with subprocess.Popen(postgres_of(folder, 600), stdout=subprocess.PIPE) as run:
        assert run.stdout
        url = run.stdout.readline().decode().strip()
        server = server_of(folder)
        run.kill()
    assert not is_gone(server), "it goes on without its parent"
    with embedded.postgres(folder) as again:
        assert again == url
        assert server_of(folder) == server
    assert is_gone(server)


def test_a_postgresql_that_another_process_uses_goes_on(home: Path) -> None:
    """A command that finds the server of `jiebang up` running leaves it running."""
    folder = home / "pg"
    with subprocess.Popen(postgres_of(folder, 600), stdout=subprocess.PIPE) as run:
        assert run.stdout
        run.stdout.readline()
        server = server_of(folder)
        subprocess.run(postgres_of(folder, 0), check=True, stdout=subprocess.DEVNULL)
        assert not is_gone(server)
        run.kill()
    subprocess.run(postgres_of(folder, 0), check=True, stdout=subprocess.DEVNULL)
    assert is_gone(server)
