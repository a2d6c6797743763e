"""Sending a notice to one chat: the port, and the two ways in which a platform refuses."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict

from domain.picture import Picture
from domain.views import Notice


class SlowDownError(Exception):
    """The platform asks to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry after {seconds} s")
        self.seconds = seconds


class UnreachableError(Exception):
    """This chat cannot be reached, and trying again will not help."""


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
    ) -> None:
        """Send, all in one message. Raises SlowDownError, UnreachableError, or any other error to be tried again."""


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

    async def send_picture(self, channel: str, external_id: str, picture: Picture) -> None:
        """Its main numbers in words."""

    async def send_file(self, channel: str, external_id: str, file: Attachment) -> None:
        """A chart or a workbook."""
