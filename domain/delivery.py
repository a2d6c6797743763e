"""Bringing a message to one chat: the port, how it can go wrong, and what is on record about it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict

from domain.picture import Picture
from domain.views import Notice

OUTDATED = "已过时："
"""Begins what is on record of a message that does not go out because it is not true any more."""


class DeliveryState(StrEnum):
    """Where one message to one chat stands."""

    QUEUED = "queued"  # it did not arrive, and is tried again
    SENDING = "sending"  # it is on its way, or it is not known whether it arrived
    SENT = "sent"
    FAILED = "failed"  # not by this chat, or not at all


class SlowDownError(Exception):
    """The platform asks to wait. The message did not arrive."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds


class NoAnswerError(Exception):
    """The platform did not answer, or not all of it went out: what was sent may have arrived."""

    def __init__(self, why: str, seconds: float = 0) -> None:
        super().__init__(why)
        self.seconds = seconds


class UnreachableError(Exception):
    """This message does not reach this chat, and trying again will not help."""


class ChatGoneError(UnreachableError):
    """Nothing reaches this chat: the person has blocked it, or left the platform."""


class Also(NamedTuple):
    """Another notice in the same message, and its obligation's number for the buttons."""

    notice: Notice
    obligation_no: int


class Messenger(Protocol):
    """Whoever can put a notice into words and send it."""

    async def send(
        self,
        channel: str,
        external_id: str,
        notice: Notice,
        obligation_no: int | None,
        also: Sequence[Also] = (),
        again: bool = False,
    ) -> None:
        """Send, all in one message; `again`: it may have arrived before, and says so where the platform cannot tell.

        Raises SlowDownError, NoAnswerError, UnreachableError, or any other error if it did not arrive and is to be
        tried again.
        """


class Attachment(BaseModel):
    """A file that is sent: a picture is shown, anything else is offered."""

    model_config = ConfigDict(frozen=True)

    name: str
    media_type: str
    content: bytes

    @property
    def is_picture(self) -> bool:
        """Whether it is to be looked at where it arrives."""
        return self.media_type.startswith("image/")


class OfficeMessenger(Protocol):
    """Whoever can send the office the picture of a period. All raise as `Messenger.send`."""

    async def send_picture(
        self, channel: str, external_id: str, picture: Picture, again: bool = False
    ) -> None:
        """Its main numbers in words."""

    async def send_file(self, channel: str, external_id: str, file: Attachment, again: bool = False) -> None:
        """A chart or a workbook."""
