"""The files of this repository."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def tracked() -> list[Path]:
    """What git knows and the folder still holds, relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def text(path: str | Path) -> str:
    """A file's text."""
    return (ROOT / path).read_text("utf-8")
