"""A terminal over the tests' database, and a short folder for servers of their own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.cli import Terminal


@pytest.fixture
def terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str, tmp_path: Path
) -> Terminal:
    """A terminal with JIEBANG_DATABASE_URL set."""
    made = Terminal(monkeypatch, capsys)
    made.set(JIEBANG_DATABASE_URL=database_url, JIEBANG_HOME=tmp_path / "home")
    return made


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder with a short path, for PostgreSQL's socket."""
    folder = Path(tempfile.mkdtemp(prefix="jb-home-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
