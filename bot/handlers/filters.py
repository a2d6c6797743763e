"""Filters as coroutines: aiogram sends plain functions, `F.…` among them, through a thread, six hops for each answer."""

from aiogram.enums import ChatType
from aiogram.filters import Filter
from aiogram.types import Message


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
