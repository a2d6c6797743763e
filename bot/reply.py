"""What is sent: text with buttons, in messages that no channel finds too long."""

from typing import NamedTuple

from aiogram.types import InlineKeyboardMarkup

MOST_BYTES = 2048
"""The shortest limit of the channels that there are or that are planned."""


class Reply(NamedTuple):
    """A message to be sent."""

    text: str
    markup: InlineKeyboardMarkup | None = None

    @property
    def parts(self) -> list["Reply"]:
        """The same in messages that are short enough; the buttons are under the last."""
        *first, last = cut(self.text)
        return [*map(Reply, first), Reply(last, self.markup)]


def cut(text: str, most: int = MOST_BYTES) -> list[str]:
    """Pieces of at most so many bytes, between paragraphs where that can be, else between lines."""
    return _packed(text, ("\n\n", "\n", ""), most)


def _packed(text: str, separators: tuple[str, ...], most: int) -> list[str]:
    """As few pieces as there can be, cut at the first separator, and at finer ones where that is not enough."""
    if len(text.encode()) <= most:
        return [text]
    separator, *finer = separators
    pieces: list[str] = []
    for part in text.split(separator) if separator else text:
        joined = f"{pieces[-1]}{separator}{part}" if pieces else part
        if len(joined.encode()) <= most:
            pieces[-1:] = [joined]
        else:
            pieces += _packed(part, tuple(finer), most)
    return pieces
