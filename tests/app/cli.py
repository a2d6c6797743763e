"""`jiebang` as somebody at a terminal sees it: what they type, what comes back, and the exit code."""

import asyncio
import sys
from typing import NamedTuple

import pytest

from app.__main__ import main


class Outcome(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    def line(self) -> str:
        """All that was printed, which must be one line, by a command that went well."""
        assert (self.code, self.err) == (0, ""), self
        (line,) = self.out.splitlines()
        return line

    def refusal(self) -> str:
        """The one clear line of a command that was refused."""
        assert (self.code, self.out) == (1, ""), self
        (line,) = self.err.splitlines()
        assert line.startswith("错误：")
        return line.removeprefix("错误：")


class Terminal:
    """Runs commands in this process: each has its own event loop, in a thread."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def set(self, **settings: object) -> None:
        """JIEBANG_… and TEMPORAL_… in the environment."""
        for name, value in settings.items():
            self._monkeypatch.setenv(name, str(value))

    async def jiebang(self, *arguments: object) -> Outcome:
        """Run a command to its end."""
        self._monkeypatch.setattr(sys, "argv", ["jiebang", *map(str, arguments)])
        self._capsys.readouterr()
        code = await asyncio.to_thread(_exit_code)
        printed = self._capsys.readouterr()
        return Outcome(code, printed.out, printed.err)


def _exit_code() -> int:
    try:
        main()
    except SystemExit as e:
        return int(e.code or 0)
    return 0
