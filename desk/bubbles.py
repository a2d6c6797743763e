"""From messages to what a page shows. Nothing of NiceGUI in here."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from domain.calendar import SHANGHAI
from persistence.local_chat import LocalMessage

_WEEKDAYS = "一二三四五六日"
_ADDRESS = re.compile(r"(https?://[\w.:/?=&%~-]+)", re.ASCII)


class Bubble(NamedTuple):
    """A message as it looks. It is drawn again only when this changes."""

    id: int
    mine: bool
    text: str
    buttons: list[list[tuple[str, str]]]
    fresh: bool  # its buttons are the current ones
    time: str
    month: str | None  # a line above it, where a month begins
    file: str | None = None  # what a file that came with it is called
    is_picture: bool = False


def bubbles(messages: Sequence[LocalMessage]) -> list[Bubble]:
    """Messages, oldest first, as bubbles; only the newest buttons look as if they were to be tapped."""
    newest = max((m.id for m in messages if m.buttons), default=None)
    shown, month = [], None
    for m in messages:
        at = m.at.astimezone(SHANGHAI)
        begins = f"{at.year}年{at.month}月"
        line = begins if begins != month else None
        month = begins
        time = f"{at.month}月{at.day}日 {at:%H:%M}"
        is_picture = (m.media_type or "").startswith("image/")
        shown.append(Bubble(m.id, m.mine, m.text, m.buttons, m.id == newest, time, line, m.file, is_picture))
    return shown


class Piece(NamedTuple):
    """Part of a text, or an address in it."""

    text: str
    is_address: bool


def pieces(text: str) -> list[Piece]:
    """A text in pieces, so that the addresses in it can be followed."""
    parts = enumerate(_ADDRESS.split(text))
    return [Piece(part, is_address=n % 2 == 1) for n, part in parts if part]


def long_time(now: datetime) -> str:
    """2022年1月4日 周二 08:50."""
    at = now.astimezone(SHANGHAI)
    return f"{at.year}年{at.month}月{at.day}日 周{_WEEKDAYS[at.weekday()]} {at:%H:%M}"
