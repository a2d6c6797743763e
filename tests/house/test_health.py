"""The health check of the containers, as Docker calls it: a process of its own, told by its exit code."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from tests.house.files import ROOT


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes what a test opens."""
    with ExitStack() as opened:
        yield opened


def _listening(stack: ExitStack) -> socket.socket:
    return stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def _held(stack: ExitStack, listener: socket.socket) -> None:
    """Connect to it, and stay."""
    stack.enter_context(closing(socket.create_connection(("127.0.0.1", _port(listener)))))


def _checked(role: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(ROOT / "deploy" / "health.py"), role]
    return subprocess.run(
        command, env={"PATH": os.environ["PATH"], **env}, capture_output=True, text=True, check=False
    )


def _env(temporal: socket.socket, postgres: socket.socket, **more: str) -> dict[str, str]:
    url = f"postgresql://jiebang:secret@127.0.0.1:{_port(postgres)}/jiebang"
    return {"TEMPORAL_ADDRESS": f"127.0.0.1:{_port(temporal)}", "JIEBANG_DATABASE_URL": url, **more}


def test_worker_that_polls_is_well(stack: ExitStack) -> None:
    """It holds its connection to Temporal."""
    temporal, postgres = _listening(stack), _listening(stack)
    _held(stack, temporal)
    done = _checked("worker", **_env(temporal, postgres))
    assert (done.returncode, done.stderr) == (0, "")


def test_worker_that_has_lost_temporal_is_not(stack: ExitStack) -> None:
    """That somebody listens is not enough."""
    temporal, postgres = _listening(stack), _listening(stack)
    done = _checked("worker", **_env(temporal, postgres))
    assert (done.returncode, done.stderr.strip()) == (1, "no connection to Temporal")


def test_worker_without_a_database_is_not_well(stack: ExitStack) -> None:
    """It polls, but every activity would fail."""
    temporal, postgres = _listening(stack), _listening(stack)
    _held(stack, temporal)
    env = _env(temporal, postgres)
    postgres.close()
    done = _checked("worker", **env)
    assert done.returncode == 1
    assert "PostgreSQL" in done.stderr


def test_bot_that_takes_webhooks_holds_nothing(stack: ExitStack) -> None:
    """Telegram comes to the API."""
    env = _env(_listening(stack), _listening(stack))
    hook = {
        "JIEBANG_TELEGRAM_TOKEN": "1:t",
        "JIEBANG_TELEGRAM_WEBHOOK_URL": "https://jiebang.example/telegram/webhook",
    }
    assert _checked("bot", **env).returncode == 0
    assert _checked("bot", **env, **hook).returncode == 0


def test_bot_that_polls_holds_its_connection_to_telegram(stack: ExitStack) -> None:
    """Or it is not polling."""
    telegram = _listening(stack)
    env = _env(_listening(stack), _listening(stack))
    env |= {
        "JIEBANG_TELEGRAM_TOKEN": "1:t",
        "JIEBANG_TELEGRAM_API_BASE": f"http://127.0.0.1:{_port(telegram)}",
    }
    assert _checked("bot", **env).returncode == 1
    _held(stack, telegram)
    assert _checked("bot", **env).returncode == 0


def test_api_that_does_not_answer_is_not_well(stack: ExitStack) -> None:
    """Its own word counts."""
    nobody = _listening(stack)
    port = str(_port(nobody))
    nobody.close()
    assert _checked("api", JIEBANG_HTTP_PORT=port).returncode == 1
