"""Sending a notice to one chat: the port, and the two ways in which a platform refuses."""

from typing import Protocol

from domain.views import Notice


class SlowDownError(Exception):
    """The platform asks to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds


class UnreachableError(Exception):
    """This chat cannot be reached, and trying again will not help."""


class Messenger(Protocol):
    """Whoever can put a notice into words and send it."""

    async def send(self, channel: str, external_id: str, notice: Notice, obligation_no: int | None) -> None:
        """Send. Raises SlowDownError, UnreachableError, or any other error to be tried again."""
