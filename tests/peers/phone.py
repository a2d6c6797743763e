"""People with Telegram on their phones."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

ME = {"id": 4242, "is_bot": True, "first_name": "揭榜", "username": "jiebang_bot"}

Json = dict[str, Any]


@dataclass
class Said:
    """A message on somebody's screen; an alert is a message that goes away."""

    message_id: int
    text: str
    buttons: dict[str, str] = field(default_factory=dict)
    alert: bool = False
    photo: bytes = b""
    document: bytes = b""
    file_name: str = ""


class Platform(Protocol):
    """What a phone is connected to."""

    def arrive(self, kind: str, content: Json) -> Json:
        """Something for the bot; the update."""

    def new_id(self) -> int:
        """Id of a message."""

    def new_query(self, person: "Person") -> str:
        """Id of a callback query."""


class Person:
    """Somebody with Telegram on the phone."""

    def __init__(self, api: Platform, number: int, name: str) -> None:
        self._api, self.id, self.name = api, number, name
        self.screen: list[Said] = []
        self.blocked = False
        self._read = 0

    def types(self, text: str, *, group: bool = False) -> Json:
        """Send a text, or say it in a group that the bot is in; the update."""
        return self.sends({"text": text}, group=group)

    def sends(self, content: Json, *, group: bool = False) -> Json:
        """Send anything: a sticker, a photo."""
        return self._api.arrive("message", self._message(self._api.new_id(), group) | content)

    def taps(self, label: str, on: Said | None = None, *, long_ago: bool = False) -> Json:
        """Tap a button on the newest message that has it, or on `on`. Of a message of `long_ago` only its id comes."""
        said = on or next(s for s in reversed(self.screen) if label in s.buttons)
        message = self._message(said.message_id) | {"from": ME, "text": said.text}
        if long_ago:
            message = {"chat": message["chat"], "message_id": said.message_id, "date": 0}
        query = self._api.new_query(self)
        content = {"id": query, "from": self._user, "chat_instance": f"c{self.id}", "message": message}
        return self._api.arrive("callback_query", content | {"data": said.buttons[label]})

    def blocks(self) -> Json:
        """Stop the bot in its menu; the update."""
        self.blocked = True
        return self._api.arrive("my_chat_member", self._membership("member", "kicked"))

    def unblocks(self) -> Json:
        """Start it again; the update."""
        self.blocked = False
        return self._api.arrive("my_chat_member", self._membership("kicked", "member"))

    def _membership(self, before: str, after: str) -> Json:
        def of_bot(status: str) -> Json:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"user": ME, "status": status} | until

        chat = {"id": self.id, "type": "private"}
        changed = {"old_chat_member": of_bot(before), "new_chat_member": of_bot(after)}
        return {"chat": chat, "from": self._user, "date": int(time.time())} | changed

    async def hears(self, seconds: float = 10) -> Said:
        """What comes next on the screen."""
        deadline = time.monotonic() + seconds
        while len(self.screen) <= self._read:
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name} heard nothing in {seconds} s; before: {self.screen[-2:]}")
            await asyncio.sleep(0.01)
        self._read += 1
        return self.screen[self._read - 1]

    @property
    def unread(self) -> list[str]:
        """What nobody has looked at yet."""
        return [said.text for said in self.screen[self._read :]]

    @property
    def _user(self) -> Json:
        return {"id": self.id, "is_bot": False, "first_name": self.name}

    def _message(self, number: int, group: bool = False) -> Json:
        chat = (
            {"id": -self.id, "type": "supergroup", "title": "群"}
            if group
            else {"id": self.id, "type": "private"}
        )
        return {"message_id": number, "date": int(time.time()), "chat": chat, "from": self._user}
