"""What is taken in must be a PDF by its content (《发榜公告》六-2). Its name is never trusted, only kept to be shown."""

import asyncio
import re
import subprocess
import sys
import unicodedata
from datetime import date
from pathlib import Path

from domain.errors import Refused
from domain.policy.materials import MAX_BYTES
from domain.policy.rounds import SUBMISSION_DEADLINE
from domain.policy.source import on

AS_PDF = SUBMISSION_DEADLINE
"""The article with the deadline is also the one that asks for PDF."""

CHECK_SECONDS = 20.0
"""A PDF that takes longer to read was made to."""

_COUNTER = Path(__file__).with_name("pdf_pages.py")
_MARK, _MARK_WITHIN = b"%PDF-", 1024
_LONGEST_NAME = 100
_NAMELESS = "未命名"
_INVISIBLE = ("C", "Zl", "Zp")
"""Control signs, those that turn the direction of writing, and breaks."""


def check_size(size: int, day: date) -> None:
    """Refuse a file of more bytes than are taken on `day`."""
    limit = on(MAX_BYTES, day)
    if size > limit.value:
        raise Refused("upload.too_large", limit.clause, limit=limit.value // 2**20)


async def check_pdf(path: Path, seconds: float = CHECK_SECONDS) -> int:
    """The number of pages. Raises Refused for what is no PDF, is encrypted, broken, without pages or takes too long."""
    head = _head(path)
    if not head:
        raise Refused("upload.empty", AS_PDF)
    if _MARK not in head:
        raise Refused("upload.not_pdf", AS_PDF)
    said, _, pages = (await asyncio.to_thread(_verdict, path, seconds)).partition(" ")
    if said == "encrypted":
        raise Refused("upload.encrypted", AS_PDF)
    if said != "pages":
        raise Refused("upload.broken", AS_PDF)
    if int(pages) == 0:
        raise Refused("upload.no_pages", AS_PDF)
    return int(pages)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MARK_WITHIN)


def _verdict(path: Path, seconds: float) -> str:
    """What `pdf_pages` says. One that was killed by its own limits has found a broken file."""
    command = [sys.executable, "-I", str(_COUNTER), str(path)]
    try:
        done = subprocess.run(command, env={}, capture_output=True, text=True, timeout=seconds)  # noqa: S603
    except subprocess.TimeoutExpired:
        return "broken"
    if done.returncode > 0:
        raise RuntimeError(f"PDF could not be checked: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()


def clean_name(filename: str) -> str:
    """A name to be shown: no folders, nothing invisible, no sign that a file system takes amiss, always .pdf."""
    last = re.split(r"[/\\]", filename)[-1]
    shown = "".join(sign for sign in last if not unicodedata.category(sign).startswith(_INVISIBLE))
    stem = re.sub(r'[<>:"|?*]', "_", shown).strip(" .")
    stem = stem[: -len(".pdf")] if stem.lower().endswith(".pdf") else stem
    return f"{stem.strip(' .')[: _LONGEST_NAME - len('.pdf')] or _NAMELESS}.pdf"
