"""Filters as coroutines: aiogram sends plain functions, `F.…` among them, through a thread, six hops for each answer."""

import re

from aiogram.enums import ChatType
from aiogram.filters import CommandObject, Filter
from aiogram.types import Message

from persistence.people import Arrived


class InGroup(Filter):
    """Not a private chat."""

    async def __call__(self, message: Message) -> bool:
        """Whether others read along."""
        return message.chat.type != ChatType.PRIVATE


class HasText(Filter):
    """Something typed."""

    async def __call__(self, message: Message) -> bool:
        """Whether there is text."""
        return bool(message.text)


class HasDocument(Filter):
    """A file."""

    async def __call__(self, message: Message) -> bool:
        """Whether a file came with it."""
        return message.document is not None


class HasPhoto(Filter):
    """A picture that was not sent as a file."""

    async def __call__(self, message: Message) -> bool:
        """Whether a picture came."""
        return bool(message.photo)


class Says(Filter):
    """Exactly one of some words, blanks around it aside."""

    def __init__(self, *words: str) -> None:
        self._words = frozenset(words)

    async def __call__(self, message: Message) -> bool:
        """Whether it is one of them."""
        return (message.text or "").strip() in self._words


class Binds(Filter):
    """「绑定 邀请码」: for those whose platform knows no commands, the same as `/start 邀请码`."""

    _BINDS = re.compile(r"\s*绑定\s*([0-9A-Za-z]+)\s*")

    async def __call__(self, message: Message) -> dict[str, CommandObject] | bool:
        """The command, with the code in it."""
        said = self._BINDS.fullmatch(message.text or "")
        return {"command": CommandObject(prefix="", command="绑定", args=said[1])} if said else False


class PlainAnswer(Filter):
    """Begins with a digit, in a chat that is on a form: that can be nothing but an answer."""

    async def __call__(self, message: Message, arrived: Arrived | None = None) -> bool:
        """Whether the other handlers need not be asked."""
        if arrived is None or arrived.routed is None or arrived.deciding or arrived.has_left:
            return False
        routed = arrived.routed
        return routed.allowed and bool(routed.obligation_id) and (message.text or "")[:1].isdigit()
